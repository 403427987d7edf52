"""One row for each table, as somebody who adds to the project would write it: nothing else is touched.

The functions are importable by name, so that worker processes find them.
"""

import numpy as np

from moving_mnist_generator.common.column import Column
from moving_mnist_generator.common.fields import Field, Whole
from moving_mnist_generator.layouts.base import Layout
from moving_mnist_generator.looks.base import Look
from moving_mnist_generator.motions.base import Motion, empty_trace, record


def draw_fog(variant, uniforms):
    """(n,) uint8: how bright the fog of a sequence is, up to the field's value."""
    return (1 + uniforms("fog") * variant.fog).astype(np.uint8)


def fog(frames, brightness):
    """No pixel is darker than the fog."""
    np.maximum(frames, brightness[:, None, None, None, None], out=frames)


FOG = Look(
    field=Field(Whole(0, 100), 0, "grey value of the fog, at most"),
    draw=draw_fog,
    words="in fog",
    stage="frames",
    column=Column("fogs", "uint8", "", "Grey value of the fog"),
    apply=fog,
)


def draw_blur(variant, uniforms):
    """(n, k) uint8: whether a digit is blurred."""
    return (100 * uniforms("blur", variant.num_digits) < variant.blur).astype(np.uint8)


def blur(pictures, blurred):
    """The mean of 3 x 3 pixels, of those pictures that are blurred."""
    return np.where(blurred[..., None, None] == 1, box_mean(pictures), pictures).astype(np.uint8)


def box_mean(pictures):
    """(..., h, w) -> the mean of 3 x 3 pixels, rounded down; black around them."""
    h, w = pictures.shape[-2:]
    wider = np.pad(pictures.astype(np.uint16), [(0, 0)] * (pictures.ndim - 2) + [(1, 1)] * 2)
    return sum(wider[..., row : row + h, col : col + w] for row in range(3) for col in range(3)) // 9


BLUR = Look(
    field=Field(Whole(0, 100), 0, "percent of the digits that are blurred"),
    draw=draw_blur,
    words="blurred",
    stage="digits",
    column=Column("blurred", "uint8", "k", "Whether each digit is blurred"),
    apply=blur,
    reach=1,
)


def draw_pan(variant, uniforms):
    """(n, 2) int8: pixels (row, col) by which the frame moves in each step."""
    return (uniforms("pan", 2) * (2 * variant.pan + 1)).astype(np.int8) - np.int8(variant.pan)


def pan(corners, steps):
    """Corners (n, k, t, 2) as a frame sees them that moves over the world, from its middle on."""
    frames = np.arange(corners.shape[2])[:, None] * steps[:, None, None].astype(np.int64)
    return corners - 32 - frames


def world(variant):
    """Digits move in a world of twice the frame."""
    return tuple(2 * side for side in variant.frame_size)


PAN = Look(
    field=Field(Whole(0, 3), 0, "pixels a frame by which the frame moves over a larger world, at most"),
    draw=draw_pan,
    words="seen by a moving camera",
    stage="view",
    column=Column("pans", "int8", "2", "Pixels (row, col) by which the frame moves in each step"),
    apply=pan,
    space=world,
)


def dance(start, velocity, num_frames, free, redraws):
    """The digits of a sequence exchange places in each frame: start (n, k, 2) -> a Trace of (t, n, k, 2)."""
    trace = empty_trace(num_frames, start.shape)
    for t in range(num_frames):
        places = np.roll(start, t, axis=1)
        record(trace, t, places, np.roll(start, t + 1, axis=1) - places, 0)
    return trace


def anywhere(u, free):
    return (u[..., :2] * (free + 1)).astype(np.int64), np.zeros(u[..., 2:].shape, np.int64)


DANCE = Motion(dance, anywhere, "A toy: digits exchange places in each frame.", units="pixels", together=True)


def centres(sequences, class_names):
    """(n, k, t) float32."""
    return sequences.positions[..., 1].astype(np.float32) + 14


CENTRES = Column("centres", "float32", "kt", "Pixels from the left to the middle of each digit", values=centres)


def ribbon_feature(num_frames, frame_shape):
    return {"_type": "Image"}


def encode_ribbon(frames):
    from moving_mnist_generator.rows.nested import picture_files
    from moving_mnist_generator.rows.png import png

    return picture_files([png(np.ascontiguousarray(np.concatenate(sequence, axis=1))) for sequence in frames])


def decode_ribbon(column, num_frames):
    from moving_mnist_generator.rows.nested import pixels_of_pictures

    ribbons = pixels_of_pictures(column, len(column))[:, 0]
    return np.stack(np.split(ribbons, num_frames, axis=2), axis=1)


def rows_in_a_file(variant):
    return 50


RIBBONS = Layout(
    words="one PNG, all frames side by side",
    bare="ribbons",
    suffix="_ribbons",
    published=False,
    feature=ribbon_feature,
    encode=encode_ribbon,
    decode=decode_ribbon,
    group_rows=20,
    file_rows=rows_in_a_file,
    whole_files=False,
    settings={},
)
