"""Noise on every pixel of every frame: whole numbers, all values equally likely, cut at 0 and 255.

What is drawn is a key for each sequence, from which its noise is made while frames are painted: the noise itself would
take as much memory as the frames. Noise is no column, so what follows from columns is clean: `truth.repaint`, layers,
masks, flow.
"""

import numpy as np

from ..common.fields import Field, Whole
from .base import Look, Stage, Uniforms, Variant


def draw(variant: Variant, uniforms: Uniforms) -> np.ndarray:
    """(n, 3) uint64: a Philox key of two numbers for each sequence, and the largest change of a pixel."""
    key = (uniforms("noise", 2) * 2.0**53).astype(np.uint64)
    return np.concatenate([key, np.full((len(key), 1), variant.noise, np.uint64)], axis=1)


def noise(key: np.ndarray, most: int, size: int) -> np.ndarray:
    """Whole numbers within -most..most.

    Args:
        key: (2,) uint64; most: int; size: how many.

    Returns:
        (size,) int16.
    """
    raw = np.random.Philox(key=key).random_raw(-(-size // 4))
    parts = raw.astype("<u8", copy=False).view("<u2")[:size].astype(np.uint32)
    return ((parts * np.uint32(2 * most + 1)) >> np.uint32(16)).astype(np.int16) - np.int16(most)


def add_noise(frames: np.ndarray, drawn: np.ndarray) -> None:
    """Add noise to frames (n, t, H, W, c) uint8, in place."""
    for sequence, (*key, most) in zip(frames, drawn, strict=True):  # one at a time, to stay in a core's cache
        total = noise(np.array(key), int(most), sequence.size).reshape(sequence.shape)
        total += sequence
        np.clip(total, 0, 255, out=sequence, casting="unsafe")


NOISE = Look(
    field=Field(Whole(0, 255), 0, "grey values by which noise changes each pixel of each frame, at most"),
    draw=draw,
    words="in noise",
    stage=Stage.FRAMES,
    apply=add_noise,
    compressible=False,
)
