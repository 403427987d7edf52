"""The motion of Stochastic Moving MNIST: stop on the wall for one frame, then turn (Denton and Fergus, 2018)."""

from dataclasses import replace

import numpy as np

from . import srvp
from .base import Motion, Trace, empty_trace, inward, record
from .srvp import SPEEDS, TOP_SPEED


def path(
    start: np.ndarray, velocity: np.ndarray, num_frames: int, free: np.ndarray, redraws: np.ndarray | None
) -> Trace:
    """Go back onto the last pixel if beyond, and turn, vertical first; record the frame; then step."""
    trace = empty_trace(num_frames, start.shape)
    for t in range(num_frames):  # the step lost at a wall changes all that follows: no closed form
        hit = (start >= free).view(np.int8) - (start < 0).view(np.int8)
        start = np.clip(start, 0, free - 1)
        if redraws is None:
            velocity = np.where(hit != 0, -velocity, velocity)
        else:
            velocity = velocity.copy()
            for axis in (0, 1):
                met = np.flatnonzero(hit[:, axis])
                velocity[met] = inward(redraws[met, t, axis], np.arange(2) == axis, hit[met])
        record(trace, t, start, velocity, hit)
        start = start + velocity
    return trace


def draw(u: np.ndarray, free: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Any pixel but the last, any speeds."""
    return srvp.draw(u, free - 1)


def redraw(u: np.ndarray) -> np.ndarray:
    """(..., 2) -> (..., 2, 2): at each wall, 1..4 for the axis that hit, -4..4 for the other."""
    away, other = np.divmod((u * TOP_SPEED * SPEEDS).astype(np.int8), SPEEDS)
    own_axis = np.eye(2, dtype=bool)
    return np.where(own_axis, away[..., None] + 1, other[..., None] - TOP_SPEED).astype(np.int8)


SVG = Motion(
    path,
    draw,
    "Stochastic Moving MNIST without its chance. Whole pixels, -4..4 a frame on each axis. A digit stops on the last "
    "pixel but one for a frame, then turns. Frame 0 is the start.",
    digit_size=32,
    overlap="add",
    units="pixels",
)
SVG_STOCHASTIC = replace(
    SVG,
    words="Stochastic Moving MNIST (SVG). As `svg`, with new speeds at each wall.",
    walls=2,
    redraw=redraw,
    without_chance="svg",
)
