"""The motion of SRVP: mirrored, or sent on with new speeds, within the step (Franceschi et al., 2020)."""

from dataclasses import replace
from itertools import count
from typing import Any

import numpy as np

from .base import Motion, Trace, empty_trace, inward, record

TOP_SPEED = 4  # pixels a frame: svg and srvp draw the speed of each axis from -4..4
SPEEDS = 2 * TOP_SPEED + 1  # how many whole speeds that is

# New speeds for up to 8 walls crossed in one step of srvp_stochastic. No number is certain to be enough: beside a
# corner the speeds drawn at one wall can lead straight into the other, and so on. But each time the free axis must
# get one of the 4 outward speeds in 9 and be close enough: of the steps that meet a wall, less than
# (4/9)^8 = 0.15 % cross a ninth; counted, 0.012 % (free range 36 px). From there on the digit is mirrored, which
# ends: a mirrored axis crosses at most 1 + speed / free range more walls in a step.
CROSSINGS = 8

# A digit closer to a wall than this is on it, and two walls closer in time than this are met at once. Rounding
# leaves errors of 1e-14, which would otherwise count as a crossing.
MARGIN = 1e-9  # pixels, and parts of a frame


def path(
    start: np.ndarray, velocity: np.ndarray, num_frames: int, free: np.ndarray, redraws: np.ndarray | None
) -> Trace:
    """Frame 0 is the start. Each step turns at the points where it crosses a wall, and goes on from there."""
    trace = empty_trace(num_frames, start.shape)
    hit = np.zeros(start.shape, np.int8)
    for t in range(num_frames):  # speeds drawn at a wall change all that follows: no closed form
        if t > 0:
            new = None if redraws is None else redraws[:, t]
            start, velocity, hit = step(start, velocity, free, new)
        record(trace, t, np.rint(start), velocity, hit)
    return trace


def step(place, velocity, free, redraws):
    """Move on by one frame.

    Args:
        place, velocity: (m, 2) float64; redraws: (m, 8, 2), or None to be mirrored.

    Returns:
        place, velocity, and the walls met: (m, 2) int8.
    """
    place, velocity, hits = place + velocity, velocity.copy(), np.zeros(place.shape, np.int8)
    unsettled: Any = slice(None)  # digits that may still cross a wall in this step
    for crossing in count():
        beyond = walls_crossed(place[unsettled], velocity[unsettled], free[unsettled])
        out = np.flatnonzero(beyond[:, 0] | beyond[:, 1])
        if not out.size:
            return place, velocity, hits
        unsettled, beyond = (out if crossing == 0 else unsettled[out]), beyond[out]
        point, rest, own = first_crossing(place[unsettled], velocity[unsettled], beyond, free[unsettled])
        drawn = redraws is not None and crossing < CROSSINGS
        velocity[unsettled] = inward(redraws[unsettled, crossing] if drawn else velocity[unsettled], own, beyond)
        place[unsettled] = point + velocity[unsettled] * rest[:, None]
        hits[unsettled] = np.where(own, beyond, hits[unsettled])


def walls_crossed(target, velocity, free):
    """(m, 2) -> int8: -1 beyond the top or left wall, 1 beyond the bottom or right, 0 inside or on its way in."""
    high = (target > free + MARGIN) & (velocity > 0)
    low = (target < -MARGIN) & (velocity < 0)
    return high.view(np.int8) - low.view(np.int8)


def first_crossing(target, velocity, beyond, free):
    """Where steps that lead beyond a wall first meet one.

    Args:
        target, velocity: (m, 2) float64; beyond: (m, 2) int8, -1 or 1 on the axes that leave; free: (m, 2).

    Returns:
        the point (m, 2), the part of a frame left there (m,), and which axis it was (m, 2) bool; the row's on a tie.
    """
    wall = np.where(beyond > 0, free, 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):  # speeds of 0, whose results np.where does not choose
        late = np.where(beyond != 0, (target - wall) / velocity, -1.0)
        by_row = late[:, 0] >= late[:, 1] - MARGIN
        slope = velocity[:, 1] / velocity[:, 0]
        intercept = target[:, 1] - slope * target[:, 0]  # the step is on the line col = slope * row + intercept
        upright = np.where(velocity[:, 0] == 0, target[:, 0], (wall[:, 1] - intercept) / slope)
        point = np.where(
            by_row[:, None],
            np.stack([wall[:, 0], slope * wall[:, 0] + intercept], axis=-1),
            np.stack([upright, wall[:, 1]], axis=-1),
        )
        rest = np.where(velocity[:, 0] == 0, late[:, 1], (target[:, 0] - point[:, 0]) / velocity[:, 0])
    return point, rest, np.stack([by_row, ~by_row], axis=-1)


def draw(u: np.ndarray, free: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Any pixel, any speeds. u * whole stays below whole after rounding, too."""
    return (u[..., :2] * (free + 1)).astype(np.int64), (u[..., 2:] * SPEEDS).astype(np.int64) - TOP_SPEED


def redraw(u: np.ndarray) -> np.ndarray:
    """(..., 8) -> (..., 8, 2): -4..4 on both axes for each crossing."""
    return np.stack(np.divmod((u * SPEEDS**2).astype(np.int8), SPEEDS), axis=-1) - np.int8(TOP_SPEED)


SRVP = Motion(
    path,
    draw,
    "SRVP without its chance. Whole pixels at the start, -4..4 a frame on each axis. A digit is mirrored within the "
    "step. Frame 0 is the start; corners are rounded to the nearest pixel.",
    overlap="add",
    units="pixels",
)
SRVP_STOCHASTIC = replace(
    SRVP,
    words="SRVP. As `srvp`, with new speeds from the point where the wall is met.",
    walls=CROSSINGS,
    redraw=redraw,
    without_chance="srvp",
)
