"""Corners -> starts and velocities from which `walk` gives these corners again."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from ..common.draws import sine_cosine_of_turns
from ..digits.loading import Digits
from ..motions import MOTIONS, walk
from ..motions.srivastava import STEP
from .lines import Bounds, bounds_of, starts

FOLLOWED = ("srivastava", "tfds")  # motions whose paths follow from start and velocity, with maximum overlap
PARTS = (0.5, 0.35, 0.65, 0.2, 0.8, 0.05, 0.95)  # of an interval: the middle is tried first
QUADRANTS = 4


class Start(NamedTuple):
    """Starts and velocities of p paths, in units of the free range: (p, 2) float64 each. found: (p,) bool."""

    start: np.ndarray
    velocity: np.ndarray
    found: np.ndarray


def room_for_corners(frame_size: Sequence[int], digits: Digits) -> tuple[int, int]:
    """(rows, cols), pixels in which corners of whole digits can be in a frame (H, W): the free range."""
    height, width = digits.train_images.shape[1:]
    return frame_size[0] - height, frame_size[1] - width


def start_and_velocity(motion: str, corners: np.ndarray, free: tuple[int, int]) -> Start:
    """A start and a velocity of any size for each path, near the middle of what is possible.

    Args:
        motion: "srivastava" or "tfds"; corners: (p, t, 2) int, pixels; free: (rows, cols), the free range.

    Returns:
        Start. found: whether `walk` gives all corners of a path again.

    >>> corners = walk("srivastava", (0.5, 0.5), (0.05, -0.08), 20, 36)
    >>> start_and_velocity("srivastava", corners[None], (36, 36)).velocity.round(2).tolist()
    [[0.05, -0.08]]
    """
    axes = [one_speed(bounds_of(motion, corners[..., axis], free[axis]), len(corners)) for axis in (0, 1)]
    found = axes[0][1] & axes[1][1]
    start, velocity = np.zeros((2, len(corners), 2))
    done = np.zeros(len(corners), bool)
    for part in PARTS:
        left = np.flatnonzero(found & ~done)
        if not len(left):
            break
        for axis, (bounds, _) in enumerate(axes):
            some = bounds.some(left)
            speed = middle(some.slow, some.fast, part)
            where = starts(some, speed, 0.5)
            start[left, axis] = inside(where / max(free[axis], 1))
            velocity[left, axis] = speed / max(free[axis], 1)
        done[left] = leads_to(motion, start[left], velocity[left], corners[left], free)
    return Start(start, velocity, done)


def one_speed(bounds: Bounds, count: int) -> tuple[Bounds, np.ndarray]:
    """For each of `count` paths its pattern with the widest interval of speeds, and whether it has one."""
    order = np.lexsort((bounds.slow - bounds.fast, bounds.path))
    first = order[np.flatnonzero(np.diff(bounds.path[order], prepend=-1))]
    found = np.zeros(count, bool)
    found[bounds.path[first]] = True
    row = np.zeros(count, np.int64)
    row[bounds.path[first]] = first
    return (bounds.some(row) if len(first) else Bounds(*(part[:0].repeat(0) for part in bounds))), found


def middle(slow: np.ndarray, fast: np.ndarray, part: float) -> np.ndarray:
    """The speed at `part` of an interval. Where it is endless, its first pixel counts."""
    slow = np.where(np.isfinite(slow), slow, np.where(np.isfinite(fast), fast - 1, 0))
    fast = np.where(np.isfinite(fast), fast, slow + 1)
    return slow * (1 - part) + fast * part


def inside(start: np.ndarray) -> np.ndarray:
    """Starts in 0..1, as they are drawn: below 1."""
    return np.clip(start, 0, 1 - 2**-24)


def leads_to(
    motion: str, start: np.ndarray, velocity: np.ndarray, corners: np.ndarray, free: tuple[int, int]
) -> np.ndarray:
    """Whether `walk` gives the corners (p, t, 2) of paths: (p,) bool."""
    return (walk(motion, start, velocity, corners.shape[1], free) == corners).all((1, 2))


def may_follow(motion: str, corners: np.ndarray, free: tuple[int, int]) -> np.ndarray:
    """Whether bounds leave paths (p, t, 2) a start and a speed along both axes, by bounds alone: (p,) bool."""
    rows, cols = (bounds_of(motion, corners[..., axis], free[axis]).path for axis in (0, 1))
    return np.isin(np.arange(len(corners)), np.intersect1d(rows, cols))


def walk_of_triples(
    triples: np.ndarray, num_frames: int, free: tuple[int, int], motion: str = "srivastava"
) -> np.ndarray:
    """The corners of paths from triples (..., 3) float32: start row, start column, direction in turns.

    As the motion draws them, the direction is that of a step of a tenth of the free range.

    Returns:
        (..., t, 2) int64, pixels.
    """
    start, velocity = drawn_from(triples, free, motion)
    return walk(motion, start, velocity, num_frames, free)


def drawn_from(
    triples: np.ndarray, free: tuple[int, int], motion: str = "srivastava"
) -> tuple[np.ndarray, np.ndarray]:
    """Start and velocity (..., 2) float64 of triples, in units of the free range."""
    unused = np.zeros((*triples.shape[:-1], 1))
    start, velocity, *_ = MOTIONS[motion].start_and_velocity(np.concatenate([triples, unused], axis=-1), free)
    return start, velocity


def fit(corners: np.ndarray, free: tuple[int, int], motion: str = "srivastava") -> np.ndarray:
    """Triples from which a motion gives paths again, at its own speed, near the middle of what is possible.

    Args:
        corners: (p, t, 2) int, pixels; free: (rows, cols), the free range; motion: "srivastava" or "tfds".

    Returns:
        (p, 3) float32: start row, start column, each 0..1, and direction in turns, 0..1; NaN for a path for which no
        triple was found.

    >>> corners = walk_of_triples(np.float32([[0.25, 0.5, 0.1]]), 20, (36, 36))
    >>> bool((walk_of_triples(fit(corners, (36, 36)), 20, (36, 36)) == corners).all())
    True
    """
    rows, cols = (bounds_of(motion, corners[..., axis], free[axis]) for axis in (0, 1))
    row, col, low, high = directions(rows, cols, free)
    path = rows.path[row]
    triples = np.full((len(corners), 3), np.nan, np.float32)
    rank = ranks(path, low - high)
    for best in range(int(rank.max(initial=-1)) + 1):
        for part in PARTS:
            some = np.flatnonzero((rank == best) & np.isnan(triples[path, 0]))
            if not len(some):
                break
            turns = np.float32((low[some] * (1 - part) + high[some] * part) % 1) % np.float32(1)
            speeds = sine_cosine_of_turns(turns)
            starting = [
                inside(starts(bounds.some(at[some]), STEP * size * speed, 0.5) / max(size, 1))
                for bounds, at, size, speed in zip((rows, cols), (row, col), free, speeds, strict=True)
            ]
            tried = np.stack([*starting, turns], axis=-1).astype(np.float32)
            right = (walk_of_triples(tried, corners.shape[1], free, motion) == corners[path[some]]).all((1, 2))
            triples[path[some][right]] = tried[right]
    return triples


def directions(rows: Bounds, cols: Bounds, free: tuple[int, int]):
    """Intervals of directions, in turns, in which a step of STEP has possible speeds along both axes.

    Returns:
        (i,) int64 each, the patterns of rows and cols; (i,) float64 each, the interval's ends.
    """
    first = np.searchsorted(cols.path, rows.path, "left")
    count = np.searchsorted(cols.path, rows.path, "right") - first
    row = np.arange(len(rows.path)).repeat(count)
    col = np.arange(len(row)) - (np.cumsum(count) - count).repeat(count) + first.repeat(count)
    found = []
    for quadrant in range(QUADRANTS):  # in each, sine and cosine have one sign
        down, right = quadrant < 2, quadrant in (0, 3)
        sine = sizes(rows.some(row), down, STEP * free[0])
        cosine = sizes(cols.some(col), right, STEP * free[1])
        low = np.maximum(np.arcsin(sine[0]), np.arccos(cosine[1]))
        high = np.minimum(np.arcsin(sine[1]), np.arccos(cosine[0]))
        real = (low <= high) & (sine[0] <= sine[1]) & (cosine[0] <= cosine[1])
        low, high = low / (2 * np.pi), high / (2 * np.pi)
        low, high = (low, high) if down == right else (0.5 - high, 0.5 - low)
        low, high = (low, high) if down else (low + 0.5, high + 0.5)
        found.append((row[real], col[real], low[real], high[real]))
    return tuple(np.concatenate(part) for part in zip(*found, strict=True))


def sizes(bounds: Bounds, positive: bool, step: float) -> tuple[np.ndarray, np.ndarray]:
    """Bounds of |sine| or |cosine|, for one sign, from those of speeds; the first is larger if there is none."""
    if step == 0:
        return np.zeros(len(bounds.path)), np.ones(len(bounds.path))
    slow, fast = (bounds.slow, bounds.fast) if positive else (-bounds.fast, -bounds.slow)
    none = (fast < 0) | (slow > step)
    low, high = np.clip(slow / step, 0, 1), np.clip(fast / step, 0, 1)
    return np.where(none, 1, low), np.where(none, 0, high)


def ranks(path: np.ndarray, worth: np.ndarray) -> np.ndarray:
    """The place of each row among those of its path, the smallest `worth` first: (i,) int64."""
    order = np.lexsort((worth, path))
    sorted_path = path[order]
    first = np.flatnonzero(np.diff(sorted_path, prepend=-1))
    place = np.arange(len(path)) - first.repeat(np.diff([*first, len(path)]))
    rank = np.empty(len(path), np.int64)
    rank[order] = place
    return rank
