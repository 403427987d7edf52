"""The truth about every pixel: what is too large to be columns, and follows from them.

Masks, boxes, owners and optical flow are computed from what a row says of its digits (which, where, how
turned, how large, how bright), not from its frames: they are exact. All are functions of Sequences, whether
`generate` made them or `from_rows` rebuilt them from rows of the dataset.

There is no true depth: where two digits overlap, "max" shows the brighter one and "add" the sum of both. So
each pixel is given to the digit that contributes most to it, and to the one painted last of equals; digits are
painted in the order of axis k. In colour the grey values decide, as they are before colouring, although the
frame shows the largest of each channel: red under blue is magenta, and belongs to the brighter of the two.

    from moving_mnist_generator import truth
    sequences = truth.from_rows(dataset[:8], "two_digits", "train")
    boxes = truth.ink_boxes(truth.visible_masks(sequences))

Memory: layers and masks take k bytes a pixel (164 kB a sequence of two digits, 20 frames of 64 x 64), owners 1,
optical flow 8. Every sequence is computed by itself, so ask for a few at a time where all are too many.
"""

from collections.abc import Mapping
from dataclasses import fields, replace

import numpy as np

from .appearance import occluder_mask
from .digits import load_digits
from .motion import sine_cosine_of_turns
from .painting import paint
from .rendering import CHUNK
from .sequences import Sequences, digit_size, find_variant

BACKGROUND, OCCLUDER = -1, -2  # owners of pixels that no digit has
CHANGES = {"rotations": "rotation", "scalings": "scale", "fadings": "brightness"}  # columns, and Variant's fields


def from_rows(rows, variant, split, *, digits=None):
    """Rows of the dataset -> Sequences, by their own columns, without the generator's randomness.

    Args:
        rows: as datasets gives them: columns by name (`dataset[3:7]`), one row (`dataset[3]`), or a list of
            rows; pictures or arrays, lists or numpy. Without `image_sequence` the frames are painted.
        variant: name of one of VARIANTS, or a Variant; split: "train", "validation" or "test".
        digits: Digits that the rows were made from; None, the embedded MNIST.

    Returns:
        Sequences. velocities_in_force and hits are None, as they are no columns and nothing here needs
        them: `generate(variant, split, rows["sequence_id"], seed=...)` has them.

    Raises:
        ValueError: a column that is missing or does not fit the variant; digits that are not those of the
            split.
    """
    variant = find_variant(variant)
    columns, kinds = as_columns(rows), column_kinds(variant)
    if missing := set(kinds) - set(columns) - {"image_sequence"}:
        raise ValueError(f"rows of {variant.name} must have columns {', '.join(sorted(missing))}")
    values = {name: as_array(name, columns[name], *kind) for name, kind in kinds.items() if name in columns}
    frames = values.pop("image_sequence", None)
    latents = {"velocities_in_force": None, "hits": None, **values}
    sequences = Sequences(variant=variant, split=split, frames=frames, **latents)
    pool_of(sequences, digits)  # refuses digits of another source or split
    return sequences if frames is not None else replace(sequences, frames=repaint(sequences, digits=digits))


def repaint(sequences, *, digits=None):
    """The frames again, from the annotations alone: (n, t, H, W) or (n, t, H, W, 3) uint8."""
    pool, chosen = pool_of(sequences, digits)
    return paint(sequences.variant, pool, chosen, sequences.positions, look_of(sequences))


def layers(sequences, *, digits=None):
    """Each digit alone on black, as it would be without the others, without occluders, before colouring.

    Args:
        sequences: Sequences; digits: Digits they were made from; None, the embedded MNIST.

    Returns:
        (n, k, t, H, W) uint8.
    """
    alone = replace(sequences.variant, num_digits=1, colour=False, num_occluders=0)
    pool, chosen = pool_of(sequences, digits)
    n, k, t = sequences.positions.shape[:3]
    look = {name: value for name, value in look_of(sequences).items() if name in CHANGES}
    for name, value in look.items():  # one value for each digit, now in a sequence of its own
        look[name] = value.repeat(k) if name == "fadings" else value.reshape(n * k, 1)
    corners = sequences.positions.reshape(n * k, 1, t, 2)
    frames = paint(alone, pool, chosen.reshape(n * k, 1), corners, look)
    return frames.reshape(n, k, *frames.shape[1:])


def owners(sequences, *, digits=None):
    """Whose each pixel is: a map of segments.

    Args:
        sequences, digits: as for `layers`.

    Returns:
        (n, t, H, W) int8 (int16 beyond 128 digits): the digit on axis k that contributes most, the last one
        of equals; -1 black, -2 under an occluder, whatever is below.
    """
    n, k, t = sequences.positions.shape[:3]
    smallest = np.min_scalar_type(-k)  # int8 holds -128, and 127, the last of 128 digits
    found = np.empty((n, t, *sequences.variant.frame_size), smallest)
    for part, few in a_few_at_a_time(sequences):
        largest(layers(few, digits=digits), found[part])
        if few.occluders is not None:
            mask = occluder_mask(few.occluders, few.variant.frame_size)
            np.copyto(found[part], OCCLUDER, where=mask[:, None])
    return found


def whole_masks(sequences, *, digits=None):
    """Where each digit has ink, seen or not: (n, k, t, H, W) bool."""
    return layers(sequences, digits=digits) > 0


def visible_masks(sequences, *, digits=None):
    """Where each digit is seen, the pixels that it owns: (n, k, t, H, W) bool.

    Each pixel with ink outside the occluders is one digit's, no pixel is two digits'.
    """
    k = np.arange(sequences.variant.num_digits)
    return owners(sequences, digits=digits)[:, None] == k[:, None, None, None]


def ink_boxes(masks):
    """The tightest boxes around masks.

    Args:
        masks: (n, k, t, H, W) bool, or any (..., H, W).

    Returns:
        (n, k, t, 4) or (..., 4) int16, pixels: top, left, bottom, right, the latter two just outside; all 0
        where the mask is empty.
    """
    first, last = [], []
    for other_axis in (-1, -2):
        line = masks.any(other_axis)
        first.append(line.argmax(-1))
        last.append(np.where(line.any(-1), line.shape[-1] - line[..., ::-1].argmax(-1), 0))
    return np.stack(first + last, axis=-1).astype(np.int16)


def optical_flow(sequences, *, digits=None):
    """How the digit that owns a pixel of frame t carries it to frame t + 1.

    Whole pixels where digits keep their look. Where they turn or grow, the way of that very point: about the
    digit's centre with the digit, and with its centre; exact but for float32. Frames show it to the nearest
    pixel.

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


def flow_valid(sequences, *, digits=None):
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
    if sequences.rotations is None and sequences.scalings is None:
        return at, way
    size = digit_size(sequences.variant, load_digits() if digits is None else digits)
    from_centre = np.stack([row, col], axis=-1) - corners[digit] - (np.array(size) - 1) / 2
    return at, way + np.einsum("pij,pj->pi", turns(sequences)[digit], from_centre)


def turns(sequences):
    """How far points move as their digit turns and grows: (n, k, t - 1, 2, 2), of their way from the centre."""
    factor, sine, cosine = 1.0, 0.0, 1.0
    if sequences.scalings is not None:
        scales = sequences.scales
        factor = scales[..., 1:] / scales[..., :-1]
    if sequences.rotations is not None:
        sine, cosine = sine_cosine_of_turns(np.diff(sequences.angles) / 360)
    along, across = np.broadcast_arrays(factor * cosine - 1, factor * sine)
    return np.stack([np.stack([along, -across], axis=-1), np.stack([across, along], axis=-1)], axis=-2)


def flow_shape(sequences, *axes):
    """(n, t - 1, H, W, *axes)."""
    n, _, t = sequences.positions.shape[:3]
    return (n, t - 1, *sequences.variant.frame_size, *axes)


def largest(stack, out):
    """(n, k, t, H, W) uint8 -> out (n, t, H, W) int: which of k is largest, the last of equals; -1 where all are 0."""
    out.fill(BACKGROUND)
    value = np.zeros_like(stack[:, 0])
    for k, layer in enumerate(np.moveaxis(stack, 1, 0)):
        np.copyto(out, k, where=(layer >= value) & (layer > 0))
        np.maximum(value, layer, out=value)


def a_few_at_a_time(sequences):
    """Yields (slice, Sequences of it), so that what is made by the way stays small."""
    for first in range(0, len(sequences), CHUNK):
        part = slice(first, first + CHUNK)
        values = {field.name: getattr(sequences, field.name) for field in fields(sequences)}
        few = {name: value[part] for name, value in values.items() if isinstance(value, np.ndarray)}
        yield part, replace(sequences, **few)


def pool_of(sequences, digits):
    """The Pool that sequences draw from, and which of it they show: (n, k) int64."""
    digits = load_digits() if digits is None else digits
    pool = digits.pool(sequences.split, digit_size(sequences.variant, digits))
    chosen = sequences.digit_ids.astype(np.int64) - pool.first
    within = chosen.size == 0 or (chosen.min() >= 0 and chosen.max() < len(pool.images))
    if not within or not np.array_equal(pool.labels[chosen], sequences.labels):
        raise ValueError(f"digit_ids and labels must be those of the {sequences.split} split of these digits")
    return pool, chosen


def look_of(sequences):
    """What `paint` takes as look: all that the variant has of it."""
    names = (*CHANGES, "colours", "occluders")
    return {name: getattr(sequences, name) for name in names if getattr(sequences, name) is not None}


def column_kinds(variant):
    """{column: (dtype, shape of a row)} of what a variant's rows say about their sequences."""
    k, t = variant.num_digits, variant.num_frames
    kinds = {
        "image_sequence": (np.uint8, (t, *variant.frame_shape)),
        "sequence_id": (np.int64, ()),
        "labels": (np.uint8, (k,)),
        "digit_ids": (np.int32, (k,)),
        "positions": (np.int16, (k, t, 2)),
        "velocities": (np.float32, (k, 2)),
    }
    for name, field in CHANGES.items():
        if getattr(variant, field) is not None:
            kinds[name] = np.float32, () if name == "fadings" else (k,)
    if variant.colour:
        kinds["colours"] = (np.uint8, (k,))
    if variant.num_occluders:
        kinds["occluders"] = (np.int16, (variant.num_occluders, 4))
    return kinds


def as_columns(rows):
    """Columns by name, one row, or rows one after another -> {name: list or array of n}."""
    if isinstance(rows, Mapping):
        if np.ndim(rows.get("sequence_id", [])) > 0:
            return rows
        rows = [rows]
    rows = list(rows)
    return {name: [row[name] for row in rows] for name in (rows[0] if rows else ())}


def as_array(name, column, dtype, shape):
    """A column of any kind -> (n, *shape) dtype."""
    try:
        array = np.asarray(column, dtype)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{name} must be {np.dtype(dtype)} of shape {shape} in each row: {error}") from error
    if array.size and array.shape[1:] != shape:
        raise ValueError(f"{name} must be {np.dtype(dtype)} of shape {shape} in each row, not {array.shape[1:]}")
    return array.reshape(len(column), *shape)
