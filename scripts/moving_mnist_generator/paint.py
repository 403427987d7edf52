"""Digits, where they are and how they look -> the frames of a variant."""

import numpy as np

from . import appearance
from .motion import MOTIONS
from .render import CHUNK, render


def paint(variant, images, chosen, corners, look, out=None):
    """Frames of digits `images[chosen]` at corners, with the look that `draw_look` gives.

    Args:
        images: (m, h, w) uint8; chosen: (n, k) int; corners: (n, k, t, 2) int, pixels.
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
    step = sequences_at_a_time(variant)
    if step is None:
        return paint_part(variant, images[chosen], corners, look, frames)
    frames = np.empty(shape, np.uint8) if frames is None else frames
    for first in range(0, len(chosen), step):
        part = slice(first, first + step)
        partly = {name: value[part] for name, value in look.items()}
        paint_part(variant, images[chosen[part]], corners[part], partly, frames[part])
    return frames.reshape(*shape[:2], *variant.frame_shape)


def sequences_at_a_time(variant):
    """How many to paint together, so that what is made for them by the way stays in the cache; None, all."""
    if variant.rotation is not None or variant.scale is not None:
        return 1
    return CHUNK if variant.changes_look or variant.colour or variant.num_occluders else None


def paint_part(variant, images, corners, look, out):
    """Some sequences: images (n, k, h, w), corners (n, k, t, 2) -> (n, t, H, W or 3 W) uint8, in `out` if given."""
    height, width = variant.frame_size
    margin, channels = 0, 1
    if variant.changes_look:
        images, margin = appearance.looks(images, variant.num_frames, **by_frame(look, variant))
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
        out=out,
    )
    if variant.num_occluders:
        appearance.occlude(frames.reshape(*frames.shape[:3], width, channels), look["occluders"])
    return frames


def by_frame(look, variant):
    """What `appearance.looks` takes, (n, k, t) each."""
    t, changes = variant.num_frames, {}
    if variant.rotation is not None:
        changes["angles"] = appearance.angles_by_frame(look["rotations"], t)
    if variant.scale is not None:
        changes["scales"] = appearance.scales_by_frame(look["scalings"], t)
    if variant.brightness is not None:
        brightness = appearance.brightness_by_frame(look["fadings"], t)
        changes["brightness"] = brightness[:, None].repeat(variant.num_digits, axis=1)
    return changes
