"""Digits, where they are and how they look -> the frames of a variant.

The stages: the looks that turn or scale digits, those that change their pixels, colour; then the digits are painted
at their corners; then the looks that act on whole frames.
"""

import numpy as np

from .looks import looks_of
from .looks.pose import in_force, pose
from .looks.turning import turned
from .motions import MOTIONS
from .rendering import CHUNK, canvas, render_into

TURNED_PIXELS = 32 * 20 * 64 * 64  # pixels of frames, counted for each digit, for which digits are turned together


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
    images = pool.images
    if not variant.turns_or_scales:  # fewer pixels to paint; digits turn and scale about the centre of the whole
        images, begin = pool.ink
        corners = corners + begin[chosen][:, :, None].repeat(t, axis=2)
    first, shown = different_frames(variant)
    step = sequences_at_a_time(variant, n)
    for begin in range(0, n, step):
        part = slice(begin, begin + step)
        some = {field: values[part] for field, values in drawn.items()}
        pictures, margin = looks_of_digits(variant, images[chosen[part]], some, first)
        put(variant, pictures, margin, corners[part], shown, frames[part], black=out is None)
        put_over(variant, some, frames[part])
    return frames


def sequences_at_a_time(variant, n):
    """How many sequences to paint together, so that temporary arrays stay in the cache."""
    if variant.turns_or_scales:
        return max(1, TURNED_PIXELS // (variant.num_digits * variant.pixels))
    return CHUNK if variant.looks else max(1, n)


def different_frames(variant):
    """Which frames show digits that look different, whatever was drawn.

    Returns:
        u frames, as an index of the time axis; and (t,) int, which of them each frame looks like; None if u = t, or
        if digits never change.
    """
    looks = looks_of(variant, "angle", "scale", "digits").values()
    if not looks:
        return slice(None), None
    numbers = np.stack([look.recurrence(variant.num_frames) for look in looks])
    _, first, shown = np.unique(numbers, axis=1, return_index=True, return_inverse=True)
    return (slice(None), None) if len(first) == variant.num_frames else (first, shown.reshape(-1))


def looks_of_digits(variant, images, drawn, first):
    """Digits as they look in the frames `first`.

    Args:
        images: (n, k, h, w) uint8; first: index of the time axis, u frames.

    Returns:
        pictures, (n, k, u, h, w) uint8, or (n, k, h, w) if digits never change; with a last axis of 3 in colour; and
        the margin, pixels by which a picture is larger than its digit on each side.
    """
    pictures, margin = images, 0
    angles, scales = pose(variant, drawn, first)
    if angles is not None or scales is not None:
        pictures, margin = turned(images, angles, scales)
    elif looks_of(variant, "digits"):
        pictures = images[:, :, None]
    for field, look in looks_of(variant, "digits").items():
        if field in drawn:
            pictures = look.apply(pictures, in_force(look, drawn[field], variant, first))
    for field, look in looks_of(variant, "colour").items():
        pictures = look.apply(pictures, drawn[field])
    return pictures, margin


def put(variant, pictures, margin, corners, shown, frames, *, black):
    """Paint pictures at corners (n, k, t, 2) into frames (n, t, H, W[, 3])."""
    channels, (height, width) = variant.channels, variant.frame_size
    size = np.array(pictures.shape[-3:-1] if channels == 3 else pictures.shape[-2:])
    beyond = np.full(2, variant.overhang + margin)
    if margin:
        corners = corners - margin
    if looks_of(variant, "view"):  # a digit may be anywhere: out of sight, it is put just outside
        corners, beyond = np.clip(corners, -size, variant.frame_size), size
    if channels == 3:  # a coloured digit is painted as a grey one that is three times as wide
        pictures = pictures.reshape(*pictures.shape[:-2], -1)
        corners = corners * (1, channels)
    flat = frames.reshape(*frames.shape[:2], height, width * channels)
    overlap = MOTIONS[variant.motion].overlap
    render_into(flat, pictures, corners, overlap, (beyond[0], beyond[1] * channels), shown, black=black)


def put_over(variant, drawn, frames):
    """Apply the looks that act on whole frames, in place."""
    for field, look in looks_of(variant, "frames").items():
        if field in drawn:
            look.apply(frames.reshape(*frames.shape[:4], variant.channels), drawn[field])
