"""Digits, where they are and how they look -> the frames of a variant."""

import numpy as np

from . import appearance
from .motion import MOTIONS
from .rendering import CHUNK, render

BY_FRAME = ("angles", "scales", "brightness")  # what `appearance.looks` takes
TRANSFORMED = 32 * 20 * 64 * 64  # pixels of frames, counted for each digit, for which digits are turned together


def paint(variant, pool, chosen, corners, look, out=None):
    """Frames of the digits `chosen` of a Pool at corners, with the look that `draw_look` gives.

    Args:
        chosen: (n, k) int, positions in the pool; corners: (n, k, t, 2) int, pixels.
        look: dict; out: as for `generate`.

    Returns:
        (n, t, H, W) or (n, t, H, W, 3) uint8.
    """
    height, width = variant.frame_size
    channels = 3 if variant.colour else 1
    shape = (len(chosen), variant.num_frames, height, width * channels)
    if out is not None and (out.shape != (*shape[:2], *variant.frame_shape) or not out.flags.c_contiguous):
        raise ValueError(f"out must be C-contiguous, {(*shape[:2], *variant.frame_shape)}, not {out.shape}")
    frames = None if out is None else out.reshape(shape)
    images = pool.images
    if not variant.transforms:  # fewer pixels to paint; digits are turned and scaled about the centre of the whole
        images, begin = pool.ink
        corners = corners + begin[chosen][:, :, None].repeat(variant.num_frames, axis=2)
    shown, changes = looks_by_frame(variant, look)
    look, step = look | changes, sequences_at_a_time(variant)
    if step is None:
        return paint_part(variant, images[chosen], corners, look, shown, frames)
    frames = np.empty(shape, np.uint8) if frames is None else frames
    for first in range(0, len(chosen), step):
        part = slice(first, first + step)
        some = {name: value[part] for name, value in look.items()}
        paint_part(variant, images[chosen[part]], corners[part], some, shown, frames[part])
    return frames.reshape(*shape[:2], *variant.frame_shape)


def sequences_at_a_time(variant):
    """How many to paint together, so that what is made for them by the way stays in the cache; None, all."""
    if variant.transforms:
        return max(1, TRANSFORMED // (variant.num_digits * variant.pixels))
    return CHUNK if variant.changes_look or variant.colour or variant.num_occluders else None


def looks_by_frame(variant, look):
    """How digits change, as few looks as there are.

    Returns:
        (t,) int, which of u looks each frame shows, or None, one look a frame, or one for all; {name: (n, k, u)}, what
        `appearance.looks` takes to make them.
    """
    t, changes, first, shown = variant.num_frames, {}, slice(None), None
    if variant.rotation is not None:
        changes["angles"] = appearance.angles_by_frame(look["rotations"], t)
    elif variant.changes_look:  # scale and brightness come back to where they were
        _, first, shown = np.unique(appearance.exponents(t), return_index=True, return_inverse=True)
    if variant.scale is not None:
        changes["scales"] = appearance.scales_by_frame(look["scalings"], t)
    if variant.brightness is not None:
        brightness = appearance.brightness_by_frame(look["fadings"], t)
        changes["brightness"] = brightness[:, None].repeat(variant.num_digits, axis=1)
    return shown, {name: values[..., first] for name, values in changes.items()}


def paint_part(variant, images, corners, look, shown, out):
    """Some sequences: images (n, k, h, w), corners (n, k, t, 2) -> (n, t, H, W or 3 W) uint8, in `out` if given.

    look: what `draw_look` gives and what `looks_by_frame` makes of it.
    """
    height, width = variant.frame_size
    margin, channels = 0, 1
    changes = {name: look[name] for name in BY_FRAME if name in look}
    if changes:
        images, margin = appearance.looks(images, **changes)
    if variant.colour:  # a coloured digit is painted as a grey one three times as wide
        channels = 3
        images = appearance.coloured(images, look["colours"])
        images = images.reshape(*images.shape[:-2], -1)
    overhang = variant.overhang + margin
    frames = render(
        images,
        corners if margin == 0 and channels == 1 else (corners - margin) * (1, channels),
        (height, width * channels),
        MOTIONS[variant.motion].overlap,
        overhang=(overhang, overhang * channels),
        shown=shown,
        out=out,
    )
    if variant.num_occluders:
        appearance.occlude(frames.reshape(*frames.shape[:3], width, channels), look["occluders"])
    return frames
