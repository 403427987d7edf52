"""What a way of moving is: one row of the table MOTIONS."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from ..common.checks import InputError, in_short, numbers, one_of, require, uniform_numbers
from ..common.column import Column

FREE_LIMIT = 2**24  # pixels; float32, which tfds calculates in, holds no larger whole numbers
BYTES_A_FRAME = 100  # of memory for one digit's frame while it is traced, redraws not counted
SMALLEST_FREE = {"free range": 0, "pixels": 1, "parts of pixels": 0}  # by unit, pixels


class Trace(NamedTuple):
    """What a digit does in every frame.

    corners:    (..., t, 2) int64, pixels
    velocities: (..., t, 2) float64, pixels a frame: the velocity with which the digit leaves frame t, after any wall
                that it met on its way there. The drawn velocity is the one before frame 0 in srivastava, which takes
                its first step before frame 0, and that of frame 0 in the others, away from the walls.
    hits:       (..., t, 2) int8: the wall that each axis met in the step that led to frame t: -1 the top or left,
                1 the bottom or right, 0 none. If a step met several, the last one. Frame 0 has none, except in
                srivastava, and in svg if the start is the end of the free range itself.
    meetings:   (..., k, t) int16: the digit on axis k that each one last met in the step that led to frame t, -1
                none. None for a motion in which digits pass through each other.
    """

    corners: np.ndarray
    velocities: np.ndarray
    hits: np.ndarray
    meetings: np.ndarray | None = None


@dataclass(frozen=True)
class Motion:
    """A way of moving, and what its authors tie to it.

    Inside, digits are one axis of m = n * k, and time comes first, so that the work of one frame is done on one block
    of memory. A motion in which the digits of a sequence act on each other is `together`: it gets (n, k) instead of m.

    path:       (start, velocity, num_frames, free, redraws, *latents) -> Trace. start, velocity: (m, 2) float64; free:
                (m, 2) int64, pixels; redraws: (m, t, walls, 2) or None; the arrays of the Trace: (t, m, 2), meetings
                (t, n, k). Corners must stay within 0..free.
    draw:       (u, free) -> (start, velocity, *latents), from uniform numbers u (..., draws).
    words:      the row of the README's table: where it comes from, and what happens at a wall.
    digit_size: pixels a side. 32: MNIST's 28 resized by Pillow's bilinear filter.
    overlap:    of two digits: "max" keeps the brighter pixel, "add" adds and stops at 255.
    units:      of start and velocity: "free range" (0..1), whole "pixels", or "parts of pixels" (any numbers).
    speed:      how long each velocity is that `draw` gives, in those units: `Variant.speed` makes it longer or
                shorter. None: it has no one length, or must be whole, so that a variant can set no speed.
    latents:    names of what `draw` gives for each digit besides start and velocity, in order: arrays (...) or
                (..., any) of numbers, such as the centre of a circle.
    movement:   what moving digits do, in a caption; None, "bouncing off the walls" or "moving in straight lines".
    walls:      for how many walls a frame new speeds are drawn; 0: nothing is left to chance after the start.
    redraw:     u (..., walls) -> (..., walls, 2) int8, those new speeds, pixels a frame.
    without_chance: for such a motion, the name of the one that goes on with the same speed after a wall.
    together:   whether the digits of a sequence act on each other.
    draws:      how many uniform numbers `draw` takes for each digit.
    column:     what digits do to each other, as it is published: meetings.
    """

    path: Callable[..., Trace]
    draw: Callable[[np.ndarray, np.ndarray], tuple[np.ndarray, ...]]
    words: str
    digit_size: int = 28
    overlap: str = "max"
    units: str = "free range"
    speed: float | None = None
    latents: tuple[str, ...] = ()
    movement: str | None = None
    walls: int = 0
    redraw: Callable[[np.ndarray], np.ndarray] | None = None
    without_chance: str | None = None
    together: bool = False
    draws: int = 4
    column: Column | None = None

    def __post_init__(self) -> None:
        one_of("overlap", self.overlap, ("max", "add"))
        one_of("units", self.units, SMALLEST_FREE)
        for name in ("path", "draw"):
            if not callable(getattr(self, name)):
                raise InputError(f"{name} of a motion must be a function, not {in_short(getattr(self, name))}")
        if self.speed is not None and self.units == "pixels":
            raise InputError(f"speed must be None for a motion in whole pixels, not {in_short(self.speed)}")
        if self.stochastic != (self.redraw is not None) or self.stochastic != (self.without_chance is not None):
            raise InputError("a motion must have redraw and without_chance if it has walls, and else none of them")

    @property
    def stochastic(self) -> bool:
        """Whether speeds are drawn anew at a wall."""
        return self.walls > 0

    def pixels(self, free: Any) -> Any:
        """The length of its unit, pixels: the free range, or 1."""
        return free if self.units == "free range" else 1

    def start_and_velocity(self, u: Any, free: int | ArrayLike) -> tuple[np.ndarray, ...]:
        """Start, velocity and latents as the authors draw them, but from given uniform numbers.

        Args:
            u: (..., draws) float64 in [0, 1): row and column of the start, then the direction and an unused number
                (free range), or row and column of the speed (pixels). colliding: (..., k, 34), the rest are other
                places for the start.
            free: free range in pixels, int or (rows, cols).

        Returns:
            start, velocity: (..., 2) each. srivastava: float64, start anywhere, velocity 0.1 * (sin, cos) of the
            direction. colliding: the same, no two starts overlap. tfds: as srivastava, in float32, start a multiple
            of 2^-24. svg: int64, start 0..free-1, speeds -4..4. srvp: int64, start 0..free, speeds -4..4.
            Behind them the latents, if the motion has some.

        Raises:
            InputError: numbers outside [0, 1), another last axis than `draws`, an impossible free range.

        >>> from moving_mnist_generator.motions import MOTIONS
        >>> start, velocity = MOTIONS["svg"].start_and_velocity([0.5, 0.25, 0.5, 0.9], free=32)
        >>> start.tolist(), velocity.tolist()
        ([16, 8], [0, 4])
        """
        u = uniform_numbers(u)
        if u.shape[-1:] != (self.draws,) or (self.together and u.ndim < 2):
            axes = f"(..., {'k, ' if self.together else ''}{self.draws})"
            raise InputError(f"u must be {axes}, not of shape {u.shape}")
        drawn = self.draw(u, free_range(free, self.units))
        if len(drawn) != 2 + len(self.latents):
            names = ", ".join(("start", "velocity", *self.latents))
            raise InputError(f"draw of a motion must give {names}, not {len(drawn)} arrays")
        return drawn

    def at_speed(self, velocity: np.ndarray, pixels: np.ndarray, free: np.ndarray) -> np.ndarray:
        """Drawn velocities (..., 2) with the same directions, and speeds of `pixels` (..., 1) a frame."""
        lengths = np.hypot(velocity[..., 0], velocity[..., 1])
        rule = f"be {self.speed} long each, the speed that the motion states"
        assert self.speed is not None  # or Variant refuses a speed
        require("velocities drawn", lengths, np.abs(lengths - self.speed) <= 1e-5 * self.speed, rule)
        return velocity / self.speed * pixels / self.pixels(free)


def free_range(free: ArrayLike, units: str) -> np.ndarray:
    """A whole number or (rows, cols) -> (2,) int64, pixels."""
    array, smallest = numbers("free", free), SMALLEST_FREE[units]
    if array.shape not in ((), (2,)):
        raise InputError(f"free must be one number or (rows, cols), not shape {array.shape}")
    right = (array % 1 == 0) & (array >= smallest) & (array <= FREE_LIMIT)
    require("free", array, right, f"be whole pixels in {smallest}..{FREE_LIMIT}")
    return np.broadcast_to(array.astype(np.int64), (2,))


def empty_trace(num_frames: int, shape: tuple[int, ...]) -> Trace:
    """A Trace of (t, *shape) arrays to record into."""
    shape = (num_frames, *shape)
    return Trace(np.empty(shape, np.int64), np.empty(shape, np.float64), np.empty(shape, np.int8))


def record(trace: Trace, t: int, corners: ArrayLike, velocities: ArrayLike, hits: ArrayLike) -> None:
    """Write frame t into a Trace."""
    trace.corners[t] = corners
    trace.velocities[t] = velocities
    trace.hits[t] = hits


def inward(velocity: np.ndarray, own: np.ndarray, hit: np.ndarray) -> np.ndarray:
    """Velocity (m, 2) with its speed along an axis that hit (own, bool) made to lead away from that wall (hit, ±1)."""
    return np.where(own, -hit * np.abs(velocity.astype(np.float64)), velocity)
