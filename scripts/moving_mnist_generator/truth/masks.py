"""The truth about every pixel: what is too large to be columns, and follows from them.

Masks, boxes, owners and optical flow are computed from what a row says of its digits (which, where, how turned, how
large, how bright), not from its frames: they are exact. All are functions of Sequences, whether `generate` made them
or `from_rows` rebuilt them from rows of the dataset.

There is no true depth: where two digits overlap, "max" shows the brighter one and "add" the sum of both. So each pixel
is given to the digit that contributes most to it, and among equals to the one painted last. Digits are painted in the
order of axis k. In colour, the grey values before colouring decide, although the frame shows the largest of each
channel: red under blue is magenta, and belongs to the brighter of the two.

    from moving_mnist_generator import truth
    sequences = truth.from_rows(dataset[:8], "two_digits", "train")
    boxes = truth.ink_boxes(truth.visible_masks(sequences))

Memory: layers and masks take k bytes a pixel (164 kB a sequence of two digits, 20 frames of 64 x 64), owners 1,
optical flow 8. Each sequence is computed on its own, so ask for a few at a time if all are too many.
"""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from ..common.checks import InputError, as_array
from ..common.draws import sine_cosine_of_turns
from ..core.painting import paint
from ..core.rendering import SEQUENCES_AT_A_TIME
from ..core.scenes import scene_of
from ..core.sequences import Sequences, usable_sequences
from ..digits.loading import Digits
from ..looks import LOOKS, Look, Stage, looks_of
from ..looks.pose import pose
from .reading import pool_of

BACKGROUND, OCCLUDER = -1, -2  # owners of pixels that no digit has


def layers(sequences: Sequences, *, digits: Digits | None = None) -> np.ndarray:
    """Each digit alone on black, as it would be without the others, without occluders, before colouring.

    Args:
        sequences: Sequences; digits: Digits they were made from; None, the embedded MNIST.

    Returns:
        (n, k, t, H, W) uint8.
    """
    n, k, t = usable_sequences(sequences).positions.shape[:3]
    kept = looks_of(sequences.variant, Stage.ANGLE, Stage.SCALE, Stage.VIEW, Stage.DIGITS)
    looks = {field: getattr(sequences.variant, field) for field in kept}
    alone = replace(sequences.variant, num_digits=1, looks=tuple(looks.items()))
    _, pool, chosen = pool_of(sequences, digits)
    drawn = {
        field: one_digit_each(values, k, LOOKS[field]) for field, values in sequences.drawn.items() if field in kept
    }
    corners = sequences.positions.astype(np.int64).reshape(n * k, 1, t, 2)
    frames = paint(scene_of(alone, digits), pool, chosen.reshape(n * k, 1), corners, drawn)
    return frames.reshape(n, k, *frames.shape[1:])


def one_digit_each(values: np.ndarray, k: int, look: Look) -> np.ndarray:
    """What a look has drawn for n sequences of k digits -> the same for n * k sequences of one digit."""
    if look.column and look.column.axes.startswith("k"):
        return values.reshape(-1, 1, *values.shape[2:])
    return values.repeat(k, axis=0)


def owners(sequences: Sequences, *, digits: Digits | None = None) -> np.ndarray:
    """Whose each pixel is: a map of segments.

    Args:
        sequences, digits: as for `layers`.

    Returns:
        (n, t, H, W) int8 (int16 beyond 128 digits): the digit on axis k that contributes most, the last one
        of equals; -1 black, -2 under an occluder, whatever is below.
    """
    n, k, t = usable_sequences(sequences).positions.shape[:3]
    smallest = np.min_scalar_type(-k)  # int8 holds -128, and 127, the last of 128 digits
    found = np.empty((n, t, *sequences.variant.frame_size), smallest)
    for part, few in a_few_at_a_time(sequences):
        largest(layers(few, digits=digits), found[part])
        for field, look in looks_of(few.variant).items():
            if look.covers and field in few.drawn:
                np.copyto(found[part], OCCLUDER, where=look.covers(few.drawn[field], few.variant.frame_size)[:, None])
    return found


def whole_masks(sequences: Sequences, *, digits: Digits | None = None) -> np.ndarray:
    """Where each digit has ink, seen or not: (n, k, t, H, W) bool."""
    return layers(sequences, digits=digits) > 0


def visible_masks(sequences: Sequences, *, digits: Digits | None = None) -> np.ndarray:
    """Where each digit is seen, the pixels that it owns: (n, k, t, H, W) bool.

    Each pixel with ink outside the occluders is one digit's, no pixel is two digits'.
    """
    k = np.arange(usable_sequences(sequences).variant.num_digits)
    return owners(sequences, digits=digits)[:, None] == k[:, None, None, None]


def ink_boxes(masks: np.ndarray) -> np.ndarray:
    """The tightest boxes around masks.

    Args:
        masks: (n, k, t, H, W) bool, or any (..., H, W).

    Returns:
        (n, k, t, 4) or (..., 4) int16 (int32 for sides of 32,768 and more), pixels: top, left, bottom,
        right, the latter two just outside; all 0 where the mask is empty.
    """
    array = as_array("masks", masks)
    if array.ndim < 2 or array.dtype != bool or 0 in array.shape[-2:]:
        raise InputError(f"masks must be (..., H, W) bool, not {array.dtype} {array.shape}")
    first, last = [], []
    for other_axis in (-1, -2):
        line = np.any(array, axis=other_axis)
        first.append(line.argmax(-1))
        last.append(np.where(line.any(-1), line.shape[-1] - line[..., ::-1].argmax(-1), 0))
    return np.stack(first + last, axis=-1).astype(np.int16 if max(array.shape[-2:]) < 2**15 else np.int32)


def optical_flow(sequences: Sequences, *, digits: Digits | None = None) -> np.ndarray:
    """How the digit that owns a pixel of frame t carries it to frame t + 1.

    The digit's motion and the camera's step together; `camera_flow` is the latter alone. Whole pixels where digits
    keep their look. Where they turn or grow, the way of that very point: about the digit's centre with the digit, and
    with its centre; exact but for float32. Frames show it to the nearest pixel.

    Args:
        sequences, digits: as for `layers`.

    Returns:
        (n, t - 1, H, W, 2) float32, pixels (row, col); 0 where no digit is seen.
    """
    flow = np.zeros(flow_shape(sequences, 2), np.float32)
    for part, few in a_few_at_a_time(sequences):
        at, way = ways(few, owners(few, digits=digits), digits)
        flow[part][at] = way
    return flow


def flow_valid(sequences: Sequences, *, digits: Digits | None = None) -> np.ndarray:
    """Where optical flow can be seen at both ends: it leads, to the nearest pixel, to a pixel of the same digit.

    Not where the digit is covered in frame t + 1, or has left the frame. A turning digit's rim may miss it, too.

    Returns:
        (n, t - 1, H, W) bool.
    """
    valid = np.zeros(flow_shape(sequences), bool)
    for part, few in a_few_at_a_time(sequences):
        owner = owners(few, digits=digits)
        at, way = ways(few, owner, digits)
        n, t, *place = at
        to = np.rint(np.stack(place, axis=-1) + way).astype(np.int64)
        inside = ((to >= 0) & (to < few.variant.frame_size)).all(-1)
        row, col = np.where(inside[:, None], to, 0).T
        valid[part][at] = inside & (owner[n, t + 1, row, col] == owner[at])
    return valid


def ways(sequences, owner, digits):
    """The pixels of frames 0 .. t - 2 that digits own, as four index arrays (p,), and their flow (p, 2) float64."""
    at = np.nonzero(owner[:, :-1] >= 0)
    n, t, row, col = at
    digit = n, owner[at], t
    corners = sequences.positions.astype(np.float64)
    way = np.diff(corners, axis=2)[digit]
    turning = turns(sequences)
    if turning is None:
        return at, way
    size = np.array(scene_of(sequences.variant, digits).digit_size)
    from_centre = np.stack([row, col], axis=-1) - corners[digit] - (size - 1) / 2
    return at, way + np.einsum("pij,pj->pi", turning[digit], from_centre)


def turns(sequences):
    """How far points move as their digit turns and grows: (n, k, t - 1, 2, 2), in parts of their way from the centre.

    None if no digit turns or grows.
    """
    angles, scales = pose(sequences.variant, sequences.drawn)
    if angles is None and scales is None:
        return None
    factor = 1.0 if scales is None else scales[..., 1:] / scales[..., :-1]
    sine, cosine = (0.0, 1.0) if angles is None else sine_cosine_of_turns(np.diff(angles) / 360)
    along, across = np.broadcast_arrays(factor * cosine - 1, factor * sine)
    return np.stack([np.stack([along, -across], axis=-1), np.stack([across, along], axis=-1)], axis=-2)


def flow_shape(sequences, *axes):
    """(n, t - 1, H, W, *axes)."""
    n, _, t = usable_sequences(sequences).positions.shape[:3]
    return (n, t - 1, *sequences.variant.frame_size, *axes)


def largest(stack, out):
    """(n, k, t, H, W) uint8 -> out (n, t, H, W) int: which of k is largest, the last of equals; -1 where all are 0."""
    out.fill(BACKGROUND)
    value = np.zeros_like(stack[:, 0])
    for k, layer in enumerate(np.moveaxis(stack, 1, 0)):
        np.copyto(out, k, where=(layer >= value) & (layer > 0))
        np.maximum(value, layer, out=value)


def a_few_at_a_time(sequences: Sequences) -> Iterator[tuple[slice, Sequences]]:
    """Yields (slice, Sequences of it), so that temporary arrays stay small."""
    for first in range(0, len(sequences), SEQUENCES_AT_A_TIME):
        part = slice(first, first + SEQUENCES_AT_A_TIME)
        yield part, sequences[part]
