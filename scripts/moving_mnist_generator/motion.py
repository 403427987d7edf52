"""Start and velocity -> the corners of a digit in every frame, in the ways the published generators move.

A corner is a digit's top-left pixel, and the free range is where it can be: frame size - digit size, in
pixels, for rows and columns. The axes are (..., t, 2): anything, t frames, 2 = (row, col).

Each way of moving follows its authors' own arithmetic, operation by operation: many positions fall exactly
between two pixels, where the same formula in another order already rounds to another corner. None is an
improved version of another. What happens at a wall is what tells them apart:

    srivastava          stops on the wall, loses the rest of its step, turns back (Srivastava et al., 2015)
    tfds                is mirrored exactly, however often (TensorFlow Datasets)
    svg                 stops on the wall for one frame, turns back (Denton and Fergus, 2018)
    svg_stochastic      the same, with new speeds
    srvp                is mirrored within the step (Franceschi et al., 2020)
    srvp_stochastic     turns within the step with new speeds, and again if they lead into a wall

Not here: random numbers. Chance comes in as start, velocity and redraws, or as uniform numbers.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from typing import NamedTuple

import numpy as np

STEP = 0.1  # of the free range a frame (3.6 of 36 px): the speed of srivastava and tfds
TOP_SPEED = 4  # pixels a frame: svg and srvp draw the speed of each axis from -4..4
SPEEDS = 2 * TOP_SPEED + 1  # how many whole speeds that is
SPEED_LIMIT = 1024  # in any motion's unit; a frame of srvp takes a pass for each wall that is crossed
FREE_LIMIT = 2**24  # pixels; float32, in which tfds reckons, holds no more whole numbers

# New speeds for up to 8 walls crossed in one step of srvp_stochastic. No number is certain to be enough:
# beside a corner the speeds drawn at one wall can lead straight into the other, and so on. But each time the
# free axis must get one of the 4 outward speeds in 9 and be close enough: of the steps that meet a wall, less
# than (4/9)^8 = 0.15 % cross a ninth; counted, 0.012 % (free range 36 px). From there on the digit is mirrored,
# which ends: a mirrored axis crosses at most 1 + speed / free range more walls in a step.
CROSSINGS = 8

# Closer than this to a wall is on it, and two walls less apart in time are met at once. Rounding leaves 1e-14,
# which would otherwise be a crossing.
MARGIN = 1e-9  # pixels in srvp, and parts of a frame

# Taylor terms, highest first, of sin and cos of a quarter turn times r, in r^2; the next one is below 2^-58.
SINE = (
    6.0669357311061955e-12, -6.688035109811468e-10, 5.692172921967927e-08, -3.598843235212085e-06,
    0.00016044118478735983, -0.004681754135318688, 0.07969262624616705, -0.6459640975062463, 1.5707963267948966,
)  # fmt: skip
COSINE = (
    6.565963114979473e-11, -6.386603083791852e-09, 4.710874778818172e-07, -2.5202042373060607e-05,
    0.0009192602748394266, -0.02086348076335296, 0.25366950790104803, -1.2337005501361697, 1.0,
)  # fmt: skip


class Trace(NamedTuple):
    """What a digit does in every frame.

    corners:    (..., t, 2) int64, pixels
    velocities: (..., t, 2) float64, pixels a frame: with which the digit leaves frame t, so after the walls
                it met on its way there. The drawn velocity is the one before frame 0 (srivastava, which
                takes its first step before frame 0) or that of frame 0 (the others, away from the walls).
    hits:       (..., t, 2) int8: the wall that axis met in the step that led to frame t, -1 the top or left,
                1 the bottom or right, 0 none; the last one where a step met several. Frame 0 has none,
                except in srivastava, and in svg if the start is the end of the free range itself.
    """

    corners: np.ndarray
    velocities: np.ndarray
    hits: np.ndarray


@dataclass(frozen=True)
class Motion:
    """A way of moving, and what its authors tie to it."""

    path: Callable  # (start, velocity, num_frames, free, redraws) -> Trace, time first
    draw: Callable  # (u, free) -> (start, velocity)
    digit_size: int = 28  # pixels; 32: MNIST's 28 resized by Pillow, bilinear
    overlap: str = "max"  # of two digits: "max" the brighter pixel, "add" the sum up to 255
    units: str = "free range"  # of start and velocity: "free range" (0..1) or whole "pixels"
    draws_a_frame: tuple[int, ...] = (0,)  # uniform numbers a frame, for `redraws_from_uniforms`

    @property
    def stochastic(self):
        """Whether speeds are drawn anew at a wall."""
        return self.draws_a_frame != (0,)

    def start_and_velocity(self, u, free):
        """Start and velocity as the authors draw them, but from given uniform numbers.

        Args:
            u: (..., 4) float64 in [0, 1): the start's row and col, then the direction and a number without
                use (free range), or the speed's row and col (pixels).
            free: free range in pixels, int or (rows, cols).

        Returns:
            start, velocity: (..., 2) each. srivastava: float64, start anywhere, velocity 0.1 * (sin, cos) of
            the direction. tfds: the same as float32, start a multiple of 2^-24. svg: int64, start
            0..free-1, speeds -4..4. srvp: int64, start 0..free, speeds -4..4.

        Raises:
            ValueError: numbers outside [0, 1), another last axis than 4, a free range that cannot be.
        """
        u = uniform_numbers(u)
        if u.shape[-1:] != (4,):
            raise ValueError(f"u must have 4 numbers in its last axis, not shape {u.shape}")
        return self.draw(u, free_range(free, self.units))


def walk(motion, start, velocity, num_frames, free, *, redraws=None):
    """The corners of digits that move: `trace` without the rest.

    Returns:
        (..., num_frames, 2) int64, pixels (row, col).
    """
    return trace(motion, start, velocity, num_frames, free, redraws=redraws).corners


def trace(motion, start, velocity, num_frames, free, *, redraws=None):
    """The corners of digits that move, the velocities in force and the walls they meet.

    Args:
        motion: one of MOTIONS.
        start, velocity: (..., 2) (row, col), broadcast against each other; a place, and a step a frame. For
            srivastava and tfds in units of the free range, start 0..1; for svg and srvp whole pixels, start
            0..free. No velocity is above 1,024.
        num_frames: whole number >= 1.
        free: free range in pixels, whole number or (rows, cols); >= 0 for srivastava and tfds, >= 1 for svg,
            which never stands on its end, and srvp, which needs way to go on after a wall.
        redraws: new speeds in pixels a frame, whole numbers (row, col), for the stochastic motions and no
            other. The speed along the axis that hit counts by its size, and leads away from the wall.
            svg_stochastic: (..., num_frames, 2, 2), [t, 0] if the top or bottom is met in frame t, [t, 1]
            if the left or right is; of two, the latter stays. srvp_stochastic: (..., num_frames, 8, 2),
            [t, i] for the i-th wall crossed in the step that leads to frame t, so [0] is without use.

    Returns:
        Trace.

    Raises:
        ValueError: an unknown motion, or an argument that breaks a rule above.
    """
    if not isinstance(motion, str) or motion not in MOTIONS:
        raise ValueError(f"motion must be one of {', '.join(MOTIONS)}, not {motion!r}")
    num_frames = frame_count("num_frames", num_frames)
    units = MOTIONS[motion].units
    free = free_range(free, units)
    start, velocity = places(start, free, units), speeds("velocity", velocity, units)
    try:
        start, velocity = np.broadcast_arrays(start, velocity)
    except ValueError:
        raise ValueError(f"start {start.shape} and velocity {velocity.shape} must broadcast") from None
    shape = (*start.shape[:-1], num_frames, 2)
    redraws = new_speeds(motion, redraws, shape[:-1])
    m = start[..., 0].size
    path = MOTIONS[motion].path
    moved = path(
        start.reshape(m, 2),
        velocity.reshape(m, 2),
        num_frames,
        np.tile(free, (m, 1)),  # spelt out: numpy is slow where an array is stretched along an axis of 2
        None if redraws is None else redraws.reshape(m, num_frames, *redraws.shape[-2:]),
    )
    return Trace(*(time_last(array).reshape(shape) for array in moved))


def time_last(array):
    """(t, m, 2) -> (m, t, 2), in C order."""
    pairs = array.view(f"V{2 * array.itemsize}")[..., 0]  # one item each: a copy of two numbers at a time is slow
    return np.ascontiguousarray(pairs.T).view(array.dtype).reshape(*pairs.T.shape, 2)


def redraws_from_uniforms(motion, u):
    """Uniform numbers -> the `redraws` of `walk` and `trace`, as the authors draw them.

    Args:
        motion: svg_stochastic or srvp_stochastic.
        u: (..., t, *MOTIONS[motion].draws_a_frame) float64 in [0, 1): one number for the two speeds drawn at
            each wall that could be met, (..., t, 2) for svg_stochastic, (..., t, 8) for srvp_stochastic.

    Returns:
        (..., t, 2 or 8, 2) int8, pixels a frame. svg_stochastic: 1..4 for the axis that hit, -4..4 for the
        other. srvp_stochastic: -4..4 for both.

    Raises:
        ValueError: another motion, numbers outside [0, 1), another last axis.
    """
    stochastic = [name for name in MOTIONS if MOTIONS[name].stochastic]
    if motion not in stochastic:
        raise ValueError(f"motion must be one of {', '.join(stochastic)} to draw anew, not {motion!r}")
    u, walls = uniform_numbers(u), MOTIONS[motion].draws_a_frame
    if u.shape[-1:] != walls:
        raise ValueError(f"u must have {walls[0]} numbers in its last axis for {motion}, not shape {u.shape}")
    if motion == "srvp_stochastic":
        return np.stack(np.divmod((u * SPEEDS**2).astype(np.int8), SPEEDS), axis=-1) - np.int8(TOP_SPEED)
    inward, other = np.divmod((u * TOP_SPEED * SPEEDS).astype(np.int8), SPEEDS)
    own_axis = np.eye(2, dtype=bool)
    return np.where(own_axis, inward[..., None] + 1, other[..., None] - TOP_SPEED).astype(np.int8)


def sine_cosine_of_turns(u):
    """sin and cos of 2 pi u: the same bits on every machine, within 2 units in the last place.

    numpy's own sin and cos depend on the processor and the maths library; this uses only what IEEE 754
    rounds exactly.

    Args:
        u: float or (...) float64, turns.

    Returns:
        sine, cosine: (...) float64.
    """
    quarters = 4.0 * np.asarray(u, dtype=np.float64)
    quarter = np.floor(quarters + 0.5)
    r = quarters - quarter  # exact, -0.5..0.5: an eighth of a turn either way
    sine, cosine = r * polynomial(SINE, r * r), polynomial(COSINE, r * r)
    odd, quadrant = quarter % 2 == 1, quarter % 4
    return (
        np.where(odd, cosine, sine) * np.where(quadrant >= 2, -1.0, 1.0),
        np.where(odd, sine, cosine) * np.where((quadrant == 1) | (quadrant == 2), -1.0, 1.0),
    )


def polynomial(coefficients, x):
    """Horner's rule, highest coefficient first."""
    total = coefficients[0]
    for coefficient in coefficients[1:]:
        total = total * x + coefficient
    return total


# How each motion moves: start, velocity (m, 2) float64, free (m, 2) int64, redraws (m, t, walls, 2) or None
# -> a Trace with time first, (t, m, 2), so that what is done in one frame is done to one block of memory.


def srivastava_path(start, velocity, num_frames, free, redraws):
    """Step, then stop on the wall and turn back; a frame is seen after its step, frame 0 too."""
    trace = empty_trace(num_frames, len(start))
    for t in range(num_frames):  # what a wall takes away changes all that follows: no closed form
        start = start + velocity
        hit = (start >= 1).view(np.int8) - (start <= 0).view(np.int8)
        start = np.clip(start, 0, 1)
        velocity = np.where(hit != 0, -velocity, velocity)
        record(trace, t, start * free, velocity * free, hit)  # kept as integers, so truncated, as theirs
    return trace


def tfds_path(start, velocity, num_frames, free, redraws):
    """A straight line in a plane of mirror images, folded into one; to the nearest pixel, half to even."""
    line, folded = tfds_lines(start.astype(np.float32), velocity.astype(np.float32), num_frames)
    velocity = velocity.astype(np.float32).astype(np.float64)
    # Images are numbered along the line, the odd ones mirrored. On a wall it is the one ahead that counts.
    back = velocity < 0
    image = np.where(back, np.ceil(line) - 1, np.floor(line)).astype(np.int64)
    far_wall = (image + back) % 2 == 1  # the wall behind: between two images, the odd walls are the far ones
    passed = np.diff(image, axis=0, prepend=image[:1]) != 0
    return Trace(
        corners=np.rint(folded * free.astype(np.float32)).astype(np.int64),
        velocities=np.where(image % 2 == 1, -velocity, velocity) * free,
        hits=(passed & far_wall).view(np.int8) - (passed & ~far_wall).view(np.int8),
    )


def tfds_lines(start, velocity, num_frames):
    """The way without walls, and folded at them: (t, m, 2) float32 each, in units of the free range."""
    frames = np.arange(num_frames, dtype=np.float32)[:, None, None]
    line = start + velocity * frames
    folded = line - np.float32(2) * np.floor(line * np.float32(0.5))  # line % 2, bit for bit, in less time
    return line, np.minimum(np.float32(2) - folded, folded)


def svg_path(start, velocity, num_frames, free, redraws):
    """Back onto the last pixel if beyond, and turn, vertical first; then the frame is seen; then step."""
    trace = empty_trace(num_frames, len(start))
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


def srvp_path(start, velocity, num_frames, free, redraws):
    """Frame 0 is the start; each step turns at the points where it crosses a wall, and goes on from there."""
    trace = empty_trace(num_frames, len(start))
    hit = np.zeros(start.shape, np.int8)
    for t in range(num_frames):  # speeds drawn at a wall change all that follows: no closed form
        if t > 0:
            new = None if redraws is None else redraws[:, t]
            start, velocity, hit = srvp_step(start, velocity, free, new)
        record(trace, t, np.rint(start), velocity, hit)
    return trace


def srvp_step(place, velocity, free, redraws):
    """One frame on: place and velocity (m, 2) float64 -> those and the walls met, (m, 2) int8.

    redraws (m, 8, 2) or None, to be mirrored.
    """
    place, velocity, hits = place + velocity, velocity.copy(), np.zeros(place.shape, np.int8)
    left = slice(None)  # those of which it is not known that they stay inside
    for crossing in count():
        beyond = walls_crossed(place[left], velocity[left], free[left])
        out = np.flatnonzero(beyond[:, 0] | beyond[:, 1])
        if not out.size:
            return place, velocity, hits
        left, beyond = (out if crossing == 0 else left[out]), beyond[out]
        point, rest, own = first_crossing(place[left], velocity[left], beyond, free[left])
        drawn = redraws is not None and crossing < CROSSINGS
        velocity[left] = inward(redraws[left, crossing] if drawn else velocity[left], own, beyond)
        place[left] = point + velocity[left] * rest[:, None]
        hits[left] = np.where(own, beyond, hits[left])


def walls_crossed(target, velocity, free):
    """(m, 2) -> int8: -1 beyond the top or left wall, 1 beyond the bottom or right, 0 inside or on its way in."""
    high = (target > free + MARGIN) & (velocity > 0)
    low = (target < -MARGIN) & (velocity < 0)
    return high.view(np.int8) - low.view(np.int8)


def first_crossing(target, velocity, beyond, free):
    """Where steps that lead beyond a wall first meet one.

    target, velocity (m, 2) float64; beyond (m, 2) int8, -1 or 1 on the axes that leave; free (m, 2) -> the
    point (m, 2), the part of a frame left there (m,), and which axis it was (m, 2) bool; the row's on a tie.
    """
    wall = np.where(beyond > 0, free, 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):  # speeds of 0, in the places that are not chosen
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


def inward(velocity, own, hit):
    """Velocity (m, 2), the speeds along an axis that hit (own) made to lead away from that wall (hit, -1 or 1)."""
    return np.where(own, -hit * np.abs(velocity.astype(np.float64)), velocity)


def empty_trace(num_frames, m):
    """A Trace of (t, m, 2) arrays, to be recorded into."""
    shape = (num_frames, m, 2)
    return Trace(np.empty(shape, np.int64), np.empty(shape, np.float64), np.empty(shape, np.int8))


def record(trace, t, corners, velocities, hits):
    """Frame t into a Trace."""
    trace.corners[t] = corners
    trace.velocities[t] = velocities
    trace.hits[t] = hits


# How each motion starts, from u (..., 4) float64 in [0, 1). u * whole is below whole after rounding, too.


def srivastava_draw(u, free):
    """Anywhere, in any direction."""
    return u[..., :2], STEP * np.stack(sine_cosine_of_turns(u[..., 2]), axis=-1)


def tfds_draw(u, free):
    """The same in float32, where u itself could round up to 1."""
    start, velocity = srivastava_draw(u, free)
    return (np.floor(start * 2**24) * 2.0**-24).astype(np.float32), velocity.astype(np.float32)


def svg_draw(u, free):
    """Any pixel but the last, any speeds."""
    return srvp_draw(u, free - 1)


def srvp_draw(u, free):
    """Any pixel, any speeds."""
    return (u[..., :2] * (free + 1)).astype(np.int64), (u[..., 2:] * SPEEDS).astype(np.int64) - TOP_SPEED


MOTIONS = {
    "srivastava": Motion(srivastava_path, srivastava_draw),
    "tfds": Motion(tfds_path, tfds_draw),
    "svg": Motion(svg_path, svg_draw, 32, "add", "pixels"),
    "svg_stochastic": Motion(svg_path, svg_draw, 32, "add", "pixels", draws_a_frame=(2,)),
    "srvp": Motion(srvp_path, srvp_draw, 28, "add", "pixels"),
    "srvp_stochastic": Motion(srvp_path, srvp_draw, 28, "add", "pixels", draws_a_frame=(CROSSINGS,)),
}


# What is asked of arguments.


def numbers(name, value):
    """Any real numbers -> float64, all finite."""
    array = np.asarray(value)
    if array.dtype.kind not in "iuf":
        raise ValueError(f"{name} must be numbers, not {array.dtype}")
    array = array.astype(np.float64)
    return require(name, array, np.isfinite(array), "be finite")


def require(name, array, right, rule):
    """The array, or a ValueError with the rule and the first value that breaks it."""
    if not right.all():
        raise ValueError(f"{name} must {rule}, not {array[~right].flat[0]}")
    return array


def uniform_numbers(u):
    """(...) float64 in [0, 1)."""
    u = numbers("u", u)
    return require("u", u, (u >= 0) & (u < 1), "be in [0, 1)")


def frame_count(name, value):
    """An int >= 1."""
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < 1:
        raise ValueError(f"{name} must be a whole number >= 1, not {value!r}")
    return int(value)


def free_range(free, units):
    """A whole number or (rows, cols) -> (2,) int64, pixels."""
    array, smallest = numbers("free", free), 1 if units == "pixels" else 0
    if array.shape not in ((), (2,)):
        raise ValueError(f"free must be one number or (rows, cols), not shape {array.shape}")
    right = (array % 1 == 0) & (array >= smallest) & (array <= FREE_LIMIT)
    require("free", array, right, f"be whole pixels in {smallest}..{FREE_LIMIT}")
    return np.broadcast_to(array.astype(np.int64), (2,))


def places(start, free, units):
    """(..., 2) float64 within 0..1, or whole pixels within 0..free."""
    start = pairs("start", start, units)
    most, limit = (free, "free") if units == "pixels" else (1, "1")
    return require("start", start, (start >= 0) & (start <= most), f"be within 0..{limit}")


def speeds(name, value, units):
    """(..., 2) float64, whole for pixels."""
    value = pairs(name, value, units)
    return require(name, value, np.abs(value) <= SPEED_LIMIT, f"be at most {SPEED_LIMIT} either way")


def pairs(name, value, units):
    """(..., 2) float64, whole for pixels."""
    value = numbers(name, value)
    if value.shape[-1:] != (2,):
        raise ValueError(f"{name} must be (row, col) in its last axis, not shape {value.shape}")
    if units == "pixels":
        require(name, value, value % 1 == 0, "be whole pixels")
    return value


def new_speeds(motion, redraws, leading):
    """(*leading, walls, 2) float64, whole; None for a motion that draws nothing anew."""
    if not MOTIONS[motion].stochastic:
        if redraws is not None:
            raise ValueError(f"redraws must be None for {motion}, which draws nothing anew")
        return None
    shape = (*leading, *MOTIONS[motion].draws_a_frame, 2)
    if redraws is None:
        raise ValueError(f"redraws must be given for {motion}: shape {shape}")
    redraws = np.asarray(redraws)
    if redraws.dtype.kind not in "iu" or (redraws.size and max(redraws.max(), -int(redraws.min())) > SPEED_LIMIT):
        redraws = speeds("redraws", redraws, "pixels")
    if redraws.shape != shape:
        raise ValueError(f"redraws must have shape {shape} for {motion}, not {redraws.shape}")
    return redraws
