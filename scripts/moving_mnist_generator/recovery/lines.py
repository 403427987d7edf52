"""Corners -> the starts and speeds that lead to them: intervals, coordinate by coordinate.

Between walls a digit moves on a line: coordinate = start + speed * time, and the corner of each frame bounds it from
both sides. Two bounds at two times bound the speed, and all such pairs together give the exact interval of speeds for
which a start exists. After a wall where srivastava stops, the coordinate is a multiple of the speed alone.
"""

from typing import NamedTuple

import numpy as np

from .patterns import mirror_images, stops

ROWS = 4_096  # patterns that are solved at a time


class Bounds(NamedTuple):
    """What r patterns of coordinates say. The coordinate at time j, 0 .. T - 1, is start + j * speed, pixels.

    path:        (r,) int64, to which path each belongs
    least, most: (r, T) float64, bounds of the coordinate at each time; infinite where there are none
    slow, fast:  (r,) float64, bounds of the speed that other frames give
    """

    path: np.ndarray
    least: np.ndarray
    most: np.ndarray
    slow: np.ndarray
    fast: np.ndarray

    def some(self, kept: np.ndarray | slice) -> "Bounds":
        """Those rows alone."""
        return Bounds(*(part[kept] for part in self))


def bounds_of(motion: str, corners: np.ndarray, free: int) -> Bounds:
    """Bounds of all possible patterns of one coordinate of paths: corners (p, t) int, pixels."""
    corners = corners.astype(np.int64)
    if free == 0:
        return unbounded(len(corners))
    find = stops if motion == "srivastava" else mirror_images
    path, patterns = [], []
    for i, each in enumerate(corners):
        for pattern in find(each, free):
            path.append(i)
            patterns.append(pattern)
    which = np.array(path, np.int64)
    shown = np.array(patterns, np.int64).reshape(-1, corners.shape[1])
    bound = stopping if motion == "srivastava" else mirrored
    return possible(bound(which, corners[which], shown, free))


def unbounded(count: int) -> Bounds:
    """Bounds of `count` paths that have no room, so that every speed is possible."""
    endless = np.full(count, np.inf)
    return Bounds(np.arange(count), -endless[:, None], endless[:, None], -endless, endless)


def stopping(path: np.ndarray, corners: np.ndarray, walls: np.ndarray, free: int) -> Bounds:
    """Bounds of srivastava, which are on the line until the first wall: corners, walls (r, t). Time 0 is the start."""
    r, t = corners.shape
    frames = np.arange(t)
    latest = np.maximum.accumulate(np.where(walls != 0, frames, -1), axis=1)
    before = np.concatenate([np.full((r, 1), -1), latest[:, :-1]], axis=1)  # the wall that the digit comes from
    comes_from = np.take_along_axis(walls, np.maximum(before, 0), axis=1)
    on_line, low, high = before < 0, corners.astype(np.float64), corners + 1.0
    low, high = np.where(walls > 0, free, low), np.where(walls > 0, np.inf, high)
    low, high = np.where(walls < 0, -np.inf, low), np.where(walls < 0, 0, high)
    start = np.zeros((r, 1))
    least = np.concatenate([start, np.where(on_line, low, -np.inf)], axis=1)
    most = np.concatenate([start + free, np.where(on_line, high, np.inf)], axis=1)
    steps = np.maximum(frames - before, 1)
    gone_low, gone_high = np.where(comes_from > 0, free - high, low), np.where(comes_from > 0, free - low, high)
    slow = np.where(on_line, 0, gone_low / steps).max(axis=1)  # how far it went from the wall
    fast = np.where(on_line, np.inf, gone_high / steps).min(axis=1)
    first = np.take_along_axis(walls, (walls != 0).argmax(1)[:, None], axis=1)[:, 0]
    down, free_way = first < 0, first == 0
    slow, fast = np.where(down, -fast, slow), np.where(down, -slow, fast)
    return Bounds(path, least, most, np.where(free_way, -np.inf, slow), np.where(free_way, np.inf, fast))


def mirrored(path: np.ndarray, corners: np.ndarray, images: np.ndarray, free: int) -> Bounds:
    """Bounds of tfds, a straight line through mirror images: corners, images (r, t). Time 0 is frame 0."""
    least, most = np.maximum(corners - 0.5, 0), np.minimum(corners + 0.5, free)
    odd, begin = images % 2 == 1, images * free
    least, most = np.where(odd, free - most, least) + begin, np.where(odd, free - least, most) + begin
    first = images[:, :1] * free  # the line is counted from the beginning of its first image
    least, most = least - first, most - first
    back, endless = images[:, 0] == 1, np.full(len(corners), np.inf)
    least, most = np.where(back[:, None], free - most, least), np.where(back[:, None], free - least, most)
    return Bounds(path, least, most, np.where(back, -endless, 0), np.where(back, 0, endless))


def possible(bounds: Bounds) -> Bounds:
    """The patterns for which some speed is possible, with the exact bounds of the speed."""
    kept = [solved(bounds.some(slice(at, at + ROWS))) for at in range(0, len(bounds.path), ROWS)]
    return Bounds(*(np.concatenate(part) for part in zip(*kept, strict=True))) if kept else bounds


def solved(bounds: Bounds) -> Bounds:
    """`possible` for a few patterns."""
    slow, fast = bounds.slow.copy(), bounds.fast.copy()
    for gap in range(1, bounds.least.shape[1]):  # two times that are `gap` frames apart
        slow = np.maximum(slow, ((bounds.least[:, gap:] - bounds.most[:, :-gap]) / gap).max(axis=1))
        fast = np.minimum(fast, ((bounds.most[:, gap:] - bounds.least[:, :-gap]) / gap).min(axis=1))
    return bounds._replace(slow=slow, fast=fast).some(slow < fast)  # a single speed has no room for rounding


def starts(bounds: Bounds, speed: np.ndarray, part: float) -> np.ndarray:
    """Starts (r,) float64, pixels, for speeds (r,): `part`, 0..1, of the way through what is possible."""
    times = np.arange(bounds.least.shape[1])
    least = (bounds.least - times * speed[:, None]).max(axis=1)
    most = (bounds.most - times * speed[:, None]).min(axis=1)
    free = ~np.isfinite(least)
    return np.where(free, 0, np.where(free, 0, least) * (1 - part) + np.where(free, 0, most) * part)
