"""Start and velocity -> the corners of a digit in every frame, in the ways the published generators move.

A corner is a digit's top-left pixel. The free range is where corners can be: frame size - digit size, in pixels, for
rows and columns. The axes are (..., t, 2): anything, t frames, 2 = (row, col).

Each motion follows its authors' own arithmetic, operation by operation: many positions fall exactly between two
pixels, where the same formula in another order rounds to another corner. None is an improved version of another.

No random numbers are drawn here. Chance comes in as start, velocity and redraws, or as uniform numbers.

A new motion is a file of this folder that ends with a Motion, and a row of the table MOTIONS.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ..common.checks import InputError, as_array, numbers, one_of, require, room_for, uniform_numbers, whole_number
from ..common.registry import Table
from .base import BYTES_A_FRAME, Motion, Trace, free_range
from .colliding import COLLIDING
from .srivastava import SRIVASTAVA
from .srvp import SRVP, SRVP_STOCHASTIC
from .svg import SVG, SVG_STOCHASTIC
from .tfds import TFDS

__all__ = ["MOTIONS", "Motion", "Trace", "redraws_from_uniforms", "trace", "walk"]

MOTIONS = Table(
    "MOTIONS",
    Motion,
    {
        "srivastava": SRIVASTAVA,
        "tfds": TFDS,
        "svg": SVG,
        "svg_stochastic": SVG_STOCHASTIC,
        "srvp": SRVP,
        "srvp_stochastic": SRVP_STOCHASTIC,
        "colliding": COLLIDING,
    },
)

SPEED_LIMIT = 1024  # in any motion's unit; a frame of srvp takes a pass for each wall that is crossed


def walk(
    motion: str,
    start: ArrayLike,
    velocity: ArrayLike,
    num_frames: int,
    free: int | tuple[int, int],
    *,
    redraws: ArrayLike | None = None,
) -> np.ndarray:
    """The corners of moving digits: `trace` without the rest.

    Returns:
        (..., num_frames, 2) int64, pixels (row, col).

    >>> walk("srivastava", (0.95, 0), (0.1, 0), num_frames=3, free=36)[:, 0].tolist()  # it stops on row 36
    [36, 32, 28]
    """
    return trace(motion, start, velocity, num_frames, free, redraws=redraws).corners


def trace(
    motion: str,
    start: Any,
    velocity: Any,
    num_frames: int,
    free: Any,
    *,
    redraws: Any = None,
    latents: Sequence[np.ndarray] = (),
) -> Trace:
    """The corners of moving digits, their velocities in each frame, and the walls that they meet.

    Args:
        motion: one of MOTIONS.
        start, velocity: (..., 2) (row, col), broadcast against each other: a place, and a step a frame. For motions
            in units of the free range, start is 0..1; in pixels, both are whole numbers and start is 0..free. No
            velocity is above 1,024.
        num_frames: whole number >= 1.
        free: free range in pixels, whole number or (rows, cols). At least 0 for motions in units of the free range,
            at least 1 for those in pixels: svg never stands on its end, srvp needs room to go on after a wall.
            colliding: start is (..., k, 2), no two digits of which overlap.
        redraws: for the stochastic motions only: new speeds in pixels a frame, whole numbers (row, col). The speed
            along the axis that hit counts by its size and leads away from the wall.
            svg_stochastic: (..., num_frames, 2, 2), [t, 0] if the top or bottom is met in frame t, [t, 1] if the
            left or right is; if both are, [t, 1] stays. srvp_stochastic: (..., num_frames, 8, 2), [t, i] for the
            i-th wall crossed in the step that leads to frame t, so [0] is not used.
        latents: for the motions that have some only: what `draw` gives besides start and velocity.

    Returns:
        Trace.

    Raises:
        InputError: an unknown motion, an argument that breaks a rule above, a motion that leaves the free range.

    >>> trace("tfds", (0.75, 0), (0.5, 0), num_frames=2, free=36).hits[:, 0].tolist()  # it meets the bottom
    [0, 1]
    """
    way = MOTIONS[one_of("motion", motion, MOTIONS)]
    num_frames = whole_number("num_frames", num_frames, 1)
    free = free_range(free, way.units)
    start, velocity = places(start, free, way.units), speeds("velocity", velocity, way.units)
    try:
        start, velocity = np.broadcast_arrays(start, velocity)
    except ValueError:
        raise InputError(f"start {start.shape} and velocity {velocity.shape} must broadcast") from None
    if way.together and (start.ndim < 2 or not start.shape[-2]):
        rule = f"(..., k, 2), k at least 1, for {motion}, whose digits act on each other"
        raise InputError(f"start must be {rule}, not {start.shape}")
    leading = start.shape[:-1]
    room_for(f"{num_frames:,} frames of {start[..., 0].size:,} digits", start.size * num_frames * BYTES_A_FRAME)
    redraws = new_speeds(motion, redraws, (*leading, num_frames))
    digits = (-1, start.shape[-2]) if way.together else (start[..., 0].size,)
    start, velocity = start.reshape(*digits, 2), velocity.reshape(*digits, 2)
    free = np.tile(free, (*start.shape[:-1], 1))  # written out: numpy is slow where it stretches along an axis of 2
    redraws = None if redraws is None else redraws.reshape(*start.shape[:-1], num_frames, *redraws.shape[-2:])
    more = [array.reshape(*start.shape[:-1], *array.shape[len(leading) :]) for array in latents_of(motion, latents)]
    moved = way.path(start, velocity, num_frames, free, redraws, *more)
    check_inside(motion, moved.corners, (num_frames, *start.shape), free)
    arrays = [time_last(array.reshape(num_frames, -1, 2)).reshape(*leading, num_frames, 2) for array in moved[:3]]
    meetings = moved.meetings
    if meetings is not None:
        meetings = np.ascontiguousarray(meetings.reshape(num_frames, -1).T).reshape(*leading, num_frames)
    return Trace(arrays[0], arrays[1], arrays[2], meetings)


def latents_of(motion: str, latents: Sequence[np.ndarray]) -> Sequence[np.ndarray]:
    """The latents of a motion, if they are as many as it names."""
    names = MOTIONS[motion].latents
    if len(latents) != len(names):
        raise InputError(f"latents must be {', '.join(names) or 'none'} for {motion}, not {len(latents)} arrays")
    return latents


def check_inside(motion: str, corners: np.ndarray, shape: tuple[int, ...], free: np.ndarray) -> None:
    """Refuse a motion whose corners leave the free range: its digits would be painted into the next row of pixels."""
    if corners.shape != shape or corners.dtype != np.int64:
        raise InputError(f"corners of {motion} must be int64 {shape}, not {corners.dtype} {corners.shape}")
    if (corners.view(np.uint64) > free.view(np.uint64)).any():  # below 0, too: it is larger than all others
        frame, *digit, axis = np.argwhere((corners < 0) | (corners > free))[0].tolist()
        most, name = free[(*digit, axis)], ("row", "col")[axis]
        value = corners[(frame, *digit, axis)]
        raise InputError(f"{motion} must keep corners within 0..{most} ({name}), not at {value}, as in frame {frame}")


def redraws_from_uniforms(motion: str, u: Any) -> np.ndarray:
    """Uniform numbers -> the `redraws` of `walk` and `trace`, as the authors draw them.

    Args:
        motion: a stochastic motion.
        u: (..., t, walls) float64 in [0, 1), walls = MOTIONS[motion].walls: one number for the two speeds drawn at
            each wall that could be met; 2 for svg_stochastic, 8 for srvp_stochastic.

    Returns:
        (..., t, walls, 2) int8, pixels a frame. svg_stochastic: 1..4 for the axis that hit, -4..4 for the other.
        srvp_stochastic: -4..4 for both.

    Raises:
        InputError: another motion, numbers outside [0, 1), another last axis.

    >>> redraws_from_uniforms("svg_stochastic", [[0.0, 0.99]]).tolist()
    [[[1, -4], [4, 4]]]
    """
    stochastic = [name for name in MOTIONS if MOTIONS[name].stochastic]
    if motion not in stochastic:
        raise InputError(f"motion must be one of {', '.join(stochastic)} to draw new speeds, not {motion!r}")
    u, way = uniform_numbers(u), MOTIONS[motion]
    if u.shape[-1:] != (way.walls,):
        raise InputError(f"u must have {way.walls} numbers in its last axis for {motion}, not shape {u.shape}")
    assert way.redraw is not None  # as it is stochastic
    return way.redraw(u)


def time_last(array: np.ndarray) -> np.ndarray:
    """(t, m, 2) -> (m, t, 2), in C order."""
    pairs = array.view(f"V{2 * array.itemsize}")[..., 0]  # one item each: numpy copies two numbers at a time slowly
    return np.ascontiguousarray(pairs.T).view(array.dtype).reshape(*pairs.T.shape, 2)


def places(start: Any, free: np.ndarray, units: str) -> np.ndarray:
    """(..., 2) float64 within 0..1, or pixels within 0..free."""
    start = pairs("start", start, units)
    most, limit = (1, "1") if units == "free range" else (free, "free")
    return require("start", start, (start >= 0) & (start <= most), f"be within 0..{limit}")


def speeds(name: str, value: Any, units: str) -> np.ndarray:
    """(..., 2) float64, whole for pixels."""
    value = pairs(name, value, units)
    return require(name, value, np.abs(value) <= SPEED_LIMIT, f"be at most {SPEED_LIMIT} either way")


def pairs(name: str, value: Any, units: str) -> np.ndarray:
    """(..., 2) float64, whole for pixels."""
    value = numbers(name, value)
    if value.shape[-1:] != (2,):
        raise InputError(f"{name} must be (row, col) in its last axis, not shape {value.shape}")
    if units == "pixels":
        require(name, value, value % 1 == 0, "be whole pixels")
    return value


def new_speeds(motion: str, redraws: Any, leading: tuple[int, ...]) -> np.ndarray | None:
    """(*leading, walls, 2) whole numbers; None for a motion without new speeds."""
    if not MOTIONS[motion].stochastic:
        if redraws is not None:
            raise InputError(f"redraws must be None for {motion}, which draws no new speeds")
        return None
    shape = (*leading, MOTIONS[motion].walls, 2)
    if redraws is None:
        raise InputError(f"redraws must be given for {motion}: shape {shape}")
    redraws = as_array("redraws", redraws)
    if redraws.dtype.kind not in "iu" or (redraws.size and max(redraws.max(), -int(redraws.min())) > SPEED_LIMIT):
        redraws = speeds("redraws", redraws, "pixels")
    if redraws.shape != shape:
        raise InputError(f"redraws must have shape {shape} for {motion}, not {redraws.shape}")
    return redraws
