"""Digits, where they are and how they look -> the frames of a variant.

The stages: the looks that turn or scale digits, those that change their pixels, colour; then the digits are painted
at their corners; then the looks that act on whole frames. Digits that turn or scale are painted in groups of pictures
of similar size, all others sequence by sequence.
"""

import numpy as np

from ..looks import looks_of
from ..looks.enlarging import ENLARGED
from ..looks.pose import in_force, pose
from ..looks.turning import turn
from ..motions import MOTIONS
from .rendering import CHUNK, canvas, paint_rows, render_into

TURNED_PIXELS = 128 * 45 * 28 * 28  # of the pictures of digits, and of digits 5 times as large, made at a time


def paint(variant, pool, chosen, corners, drawn, out=None):
    """Paint digits of a Pool at corners, as the looks of a variant make them look.

    Args:
        chosen: (n, k) int, positions in the pool.
        corners: (n, k, t, 2) int, pixels, as the frame sees them.
        drawn: {field of LOOKS: (n, ...) array}, what each look of the variant has drawn. A look without an entry is
            left out.
        out: (n, t, H, W) or (n, t, H, W, 3) uint8, C-contiguous, to paint into; None, new memory.

    Returns:
        (n, t, H, W) or (n, t, H, W, 3) uint8.
    """
    n, t = len(chosen), variant.num_frames
    frames = canvas((n, t, *variant.frame_shape), out)
    if active(variant, drawn, "angle", "scale"):  # about the centre of the whole digit
        images, put, step = pool.images, put_turned, turned_at_a_time(pool.images.shape[1:], t)
    else:
        (images, begin), put = pool.ink, put_upright  # fewer pixels to paint
        corners = corners + begin[chosen][:, :, None].repeat(t, axis=2)
        step = CHUNK if variant.looks else max(1, n)  # temporary arrays of looks stay in the cache
    for begin in range(0, n, step):
        part = slice(begin, begin + step)
        some = {field: values[part] for field, values in drawn.items()}
        put(variant, images[chosen[part]], some, corners[part], frames[part], black=out is None)
        put_over(variant, some, frames[part])
    return frames


def active(variant, drawn, *acts_on):
    """{field: Look} of the looks of some kinds that have drawn something."""
    return {field: look for field, look in looks_of(variant, *acts_on).items() if field in drawn}


def turned_at_a_time(side, num_frames):
    """How many sequences to paint together: enough pictures to find similar ones. side: (h, w) of a digit."""
    return max(1, TURNED_PIXELS // (side[0] * side[1] * (num_frames + ENLARGED**2)))


def put_upright(variant, images, drawn, corners, frames, *, black):
    """Paint digits that neither turn nor scale.

    Args:
        images: (n, k, h, w) uint8; corners: (n, k, t, 2) int, pixels.
        frames: (n, t, H, W) or (n, t, H, W, 3) uint8, to paint into. black: whether they are black.
    """
    pictures, looks = images, active(variant, drawn, "digits")
    first, shown = different_frames(looks, variant.num_frames)
    if looks:
        pictures = images[:, :, None]
    for field, look in looks.items():
        pictures = look.apply(pictures, in_force(look, drawn[field], variant, first))
    for field, look in active(variant, drawn, "colour").items():
        pictures = look.apply(pictures, drawn[field])
    beyond = np.full(2, variant.overhang)
    if looks_of(variant, "view"):  # a digit may be anywhere: out of sight, it is put just outside
        beyond = np.array(images.shape[2:])
        corners = np.clip(corners, -beyond, variant.frame_size)
    if variant.channels == 3:  # a coloured digit is painted as a grey one that is three times as wide
        pictures = pictures.reshape(*pictures.shape[:-2], -1)
        corners, beyond = corners * (1, 3), beyond * (1, 3)
    flat = frames.reshape(*frames.shape[:3], -1)
    render_into(flat, pictures, corners, MOTIONS[variant.motion].overlap, beyond, shown, black=black)


def different_frames(looks, num_frames):
    """Which frames show digits that look different, whatever was drawn.

    Returns:
        u frames, as an index of the time axis; and (t,) int, which of them each frame looks like; None if u = t, or
        if digits never change.
    """
    if not looks:
        return slice(None), None
    numbers = np.stack([look.recurrence(num_frames) for look in looks.values()])
    _, first, shown = np.unique(numbers, axis=1, return_index=True, return_inverse=True)
    return (slice(None), None) if len(first) == num_frames else (first, shown.reshape(-1))


def put_turned(variant, images, drawn, corners, frames, *, black):
    """Like `put_upright`, for digits that turn or scale."""
    height, width, channels = *variant.frame_size, variant.channels
    overlap, pixels = MOTIONS[variant.motion].overlap, frames.reshape(-1)
    if not black:
        frames[:] = 0
    poses, apply_looks = pose(variant, drawn), looks_of_pictures(variant, drawn)
    for digit in range(variant.num_digits):
        turned = turn(images[:, digit], *(part if part is None else part[:, digit] for part in poses))
        corner = corners[:, digit].reshape(-1, 2).T
        for some in turned.alike():
            rows, cols = np.minimum(turned.size[:, some].max(1), variant.frame_size).tolist()
            row, col = corner[:, some]
            top = np.clip(row + turned.begin[0, some], 0, height - rows)  # a window never leaves the frame
            left = np.clip(col + turned.begin[1, some], 0, width - cols)
            pictures = apply_looks(turned.look_up(some, top - row, left - col, rows, cols), digit, some)
            at = ((some * height + top) * width + left) * channels
            paint_rows(pixels, at, pictures, width * channels, overlap, first_digit=digit == 0)


def looks_of_pictures(variant, drawn):
    """A function that applies to turned pictures what else changes digits.

    It takes pictures (rows, p, cols) uint8, the number of their digit in its sequence, and (p,) int64, which frames of
    all sequences they are for. It returns (rows, p, cols or, in colour, 3 cols) uint8.
    """
    t = variant.num_frames
    digits = [(look, in_force(look, drawn[f], variant)) for f, look in active(variant, drawn, "digits").items()]
    colours = [(look, drawn[f]) for f, look in active(variant, drawn, "colour").items()]

    def apply(pictures, digit, some):
        if not digits and not colours:
            return pictures
        rows, p, _ = pictures.shape
        pictures = np.moveaxis(pictures, 0, 1)[:, None, None]
        for look, values in digits:
            pictures = look.apply(pictures, values[some // t, digit, some % t][:, None, None])
        for look, values in colours:
            pictures = look.apply(pictures, values[some // t, digit][:, None])
        return np.moveaxis(pictures[:, 0, 0], 1, 0).reshape(rows, p, -1)

    return apply


def put_over(variant, drawn, frames):
    """Apply the looks that act on whole frames, in place."""
    for field, look in looks_of(variant, "frames").items():
        if field in drawn:
            look.apply(frames.reshape(*frames.shape[:4], variant.channels), drawn[field])
