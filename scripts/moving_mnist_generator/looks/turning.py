"""Digits turned and scaled about their centre.

A pixel shows the nearest point of the digit enlarged 5 times (bilinear). Coordinates are whole numbers, so pixels are
the same on every machine. An upright digit at scale 1 keeps its very pixels.

Most of a frame is black. So only a box around the ink of each picture is looked up, and pictures with boxes of similar
size are looked up together.
"""

import functools
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..common.draws import sine_cosine_of_turns
from .enlarging import ENLARGED, enlarge

ONE = 1 << 16  # fixed point: coordinates in units of 1 / ONE
PICTURES_A_GROUP = 300  # pictures of one group: more are less alike, fewer leave numpy's loops too short
PIXELS_AT_A_TIME = 1 << 15  # pixels looked up at a time: their coordinates (128 kB an array) stay in a core's cache
ROUNDING_PIXELS = 0.1  # pixels, more than rounded coordinates can move a point

# The C library gives freed memory back to the system, and page faults then take a tenth of the time. Once an array
# of this size has been freed, glibc keeps memory up to twice as large.
np.empty(1 << 23, np.uint8)


@dataclass(frozen=True)
class Turned:
    """m digits in t frames, turned and scaled. Picture p is digit p // t in frame p % t.

    points: (m, s, s) uint8, the part of each digit that has ink, see `enlarge`
    centre: (2, m) int64, twice the way down and across from the first point to the digit's centre, in fixed point
    sine, cosine: (m t,) int64, the way from a pixel to the next, in points and fixed point. sine is None if all digits
        are upright
    begin, size: (2, m t) int64, pixels (row, col): the box around the ink, from the corner of the upright digit
    side: (h, w), pixels of a digit
    """

    points: np.ndarray
    centre: np.ndarray
    sine: np.ndarray | None
    cosine: np.ndarray
    begin: np.ndarray
    size: np.ndarray
    side: tuple[int, int]

    def alike(self) -> list[np.ndarray]:
        """Pictures with boxes of similar size: a list of (p,) int64, each in increasing order."""
        rows, cols = np.minimum(self.size, 2**16 - 1).astype(np.uint16)  # numpy sorts 16 bits fast
        parts = max(1, round((len(rows) / PICTURES_A_GROUP) ** 0.5))
        by_rows = np.array_split(np.argsort(rows, kind="stable"), parts)
        groups = [np.array_split(some[np.argsort(cols[some], kind="stable")], parts) for some in by_rows]
        return [np.sort(group) for some in groups for group in some if group.size]

    def look_up(self, some: np.ndarray, top: np.ndarray, left: np.ndarray, rows: int, cols: int) -> np.ndarray:
        """A window of each picture.

        Args:
            some: (p,) int64, pictures.
            top, left: (p,) int64, pixels from the corner of the upright digit to that of the window.
            rows, cols: int, pixels of a window.

        Returns:
            (rows, p, cols) uint8. numpy's loops run along what comes last, and a few columns alone are short.
        """
        digit = some // (len(self.cosine) // len(self.points))
        sine, cosine = None if self.sine is None else self.sine[some], self.cosine[some]
        row, col = (2 * first - (side - 1) for first, side in zip((top, left), self.side, strict=True))
        whole = self.whole(max(np.abs(row).max() + 2 * rows, np.abs(col).max() + 2 * cols))
        place, cosine, row, col = (part.astype(whole) for part in (digit * self.points[0].size, cosine, row, col))
        down, across = self.centre[:, digit].astype(whole)
        down, across = down + row * cosine, across + col * cosine
        if sine is None:
            return upright(self.points, place, down, across, cosine, rows, cols)
        sine = sine.astype(whole)
        first = np.stack([down + col * sine, across - row * sine])
        return slanted(self.points, place, first, np.stack([sine, cosine]), np.stack([cosine, -sine]), rows, cols)

    def whole(self, farthest):
        """int32 if all coordinates within `farthest`, twice the pixels, and all places of points fit; else int64."""
        most = 2 * self.longest * int(farthest) + int(np.abs(self.centre).max())
        return np.int32 if max(most, self.points.size) < 2**31 else np.int64

    @functools.cached_property
    def longest(self):
        """The longest way from a pixel to the next."""
        return max(int(np.abs(step).max()) for step in (self.sine, self.cosine) if step is not None)


def turn(images: np.ndarray, angles: np.ndarray | None = None, scales: np.ndarray | None = None) -> Turned:
    """Turn digits, scale them, or both.

    Args:
        images: (m, h, w) uint8, 0 background.
        angles: (m, t) degrees, counterclockwise; None, upright.
        scales: (m, t) factors > 0; None, 1. One of the two must be given.

    Returns:
        Turned.

    >>> turned = turn(np.full((1, 28, 28), 255, np.uint8), scales=np.full((1, 3), 1.5))
    >>> turned.begin[:, 0].tolist(), turned.size[:, 0].tolist()
    ([-8, -8], [44, 44])
    """
    sine, cosine = (None, 1.0) if angles is None else sine_cosine_of_turns(angles / 360)
    factors: Any = 1.0 if scales is None else scales
    outline, side = ink_ends(images), images.shape[1:]
    cut, corner = cut_out(images, outline.min(1) - 1, outline.max(1) + 2)
    begin, size = boxes(outline, side, sine, cosine, factors)
    sine, cosine = None if sine is None else steps(sine, factors), steps(cosine, factors)
    centre = (ENLARGED * (np.array(side) - 2 * corner).T + 2) * ONE
    return Turned(enlarge(cut), centre, sine, cosine, begin, size, side)


def steps(part, scales):
    """A sine or cosine -> (m t,) int64, the way from a pixel to the next, in points and fixed point."""
    return np.rint(ENLARGED * ONE * part / scales).astype(np.int64).reshape(-1)


def ink_ends(images):
    """The leftmost and the rightmost ink of each row of a digit: (m, 2 h, 2) int64, pixels (row, col).

    A row without ink has the ends of the digit's first row with ink instead; in a black digit, those of the top row.
    """
    m, h, w = images.shape
    ink = images > 0
    left, right = ink.argmax(2), w - 1 - ink[:, :, ::-1].argmax(2)
    inked = (left > 0) | ink[:, :, 0]
    row = np.where(inked, np.arange(h), inked.argmax(1)[:, None])
    digit = np.arange(m)[:, None]
    return np.stack([np.hstack([row, row]), np.hstack([left[digit, row], right[digit, row]])], axis=-1)


def cut_out(images, first, end):
    """The part of each digit from first to end, (m, 2) int64 both, or as much as lies in the digit.

    Returns:
        (m, h', w') uint8, the smallest size that holds them all; (m, 2) int64, pixels from the digit's corner to its.
    """
    side = np.array(images.shape[1:])
    size = np.minimum((end - first).max(0, initial=1), side)
    corner = np.clip(first, 0, side - size)
    cuts = np.lib.stride_tricks.sliding_window_view(images, tuple(size), axis=(1, 2))
    return cuts[(np.arange(len(images)), *corner.T)], corner


def boxes(outline, side, sine, cosine, scales):
    """The box that the ink of each picture can reach.

    Args:
        outline: (m, p, 2) int64, see `ink_ends`; side: (h, w), pixels of a digit.
        sine, cosine, scales: (m, t) float64; sine None and cosine 1, upright; scales may be 1.

    Returns:
        begin, size: (2, m t) int64, see `Turned`.
    """
    middle = (np.array(side) - 1) / 2
    if sine is None:
        fade, ways = 1, (outline - middle).transpose(1, 2, 0)[..., None]
    else:
        fade, ways = np.abs(sine) + np.abs(cosine), turned_points(outline - middle, sine, cosine)
    # Bilinear ink ends before the centres of the next pixels.
    first, last = scales * (ways.min(0) - fade), scales * (ways.max(0) + fade)
    middle = middle[:, None, None]
    begin = np.ceil(middle + first - ROUNDING_PIXELS).astype(np.int64).reshape(2, -1)
    end = np.floor(middle + last + ROUNDING_PIXELS).astype(np.int64).reshape(2, -1) + 1
    return begin, np.maximum(end - begin, 1)


def turned_points(points, sine, cosine):
    """(m, p, 2) points (row, col) from a centre, turned by (m, t) angles -> (p, 2, m, t) float32."""
    (m, p, _), t = points.shape, sine.shape[1]
    turns = np.stack([np.stack([cosine, -sine], axis=1), np.stack([sine, cosine], axis=1)])  # 2, m, 2, t
    ways = np.empty((p, 2, m, t), np.float32)
    np.matmul(points.astype(np.float32), turns.astype(np.float32), out=ways.transpose(1, 2, 0, 3))
    return ways


def upright(points, place, down, across, step, rows, cols):
    """Points of upright pictures, whose rows do not depend on their columns.

    Args:
        points: (m, s, s) uint8, see `enlarge`; place: (p,) int, that of each picture's digit in them.
        down, across: (p,) int, twice the way from the first point to the first pixel, in fixed point.
        step: (p,) int, half of what the next pixel adds.

    Returns:
        (rows, p, cols) uint8.
    """
    at_row = nearest(down + from_first(rows, step)[:, None] * step, points.shape[1])
    at_col = nearest(across[:, None] + from_first(cols, step) * step[:, None], points.shape[1])
    at_col *= points.shape[1]
    at_col += place[:, None]
    at_row, at_col, flat = at_row.astype(np.intp)[:, :, None], at_col.astype(np.intp), points.reshape(-1)
    found, step = np.empty((rows, *at_col.shape), np.uint8), max(1, PIXELS_AT_A_TIME // at_col.size)
    for begin in range(0, rows, step):
        some = slice(begin, begin + step)
        flat.take(at_row[some] + at_col, out=found[some], mode="wrap")
    return found


def slanted(points, place, first, by_col, by_row, rows, cols):
    """Points of turned pictures.

    Args:
        points, place: as for `upright`.
        first, by_col, by_row: (2, p) int: twice the way, down and across, from the first point to the first pixel, in
            fixed point; half of what the next column adds; half of what the next row adds.

    Returns:
        (rows, p, cols) uint8.
    """
    p, flat, step = len(place), points.reshape(-1), max(1, min(rows, PIXELS_AT_A_TIME // (len(place) * cols)))
    place, first, by_col, by_row = (np.repeat(part, cols, axis=-1) for part in (place, first, by_col, by_row))
    first += by_col * np.tile(from_first(cols, first), p)
    ways = first[:, None] + from_first(step, first)[:, None] * by_row[:, None]
    by_row *= 2 * step
    found, nearby = np.empty((rows, p * cols), np.uint8), np.empty_like(ways)
    for begin in range(0, rows, step):
        if begin:
            ways += by_row[:, None]
        some = found[begin : begin + step]
        m = len(some)
        at_row, at_col = nearest(ways[:, :m], points.shape[1], out=nearby[:, :m])
        at_col *= points.shape[1]
        at_col += place
        at_col += at_row
        flat.take(at_col, out=some, mode="wrap")  # all are inside; "raise" would copy
    return found.reshape(rows, p, cols)


def from_first(pixels, like):
    """Twice the way from the first pixel to each one: (pixels,), with the dtype of `like`."""
    return np.arange(0, 2 * pixels, 2, dtype=like.dtype)


def nearest(way, points, out=None):
    """Twice the way from the first point, in fixed point -> the nearest of `points` points.

    The first and the last one stand for all that is outside.
    """
    out = np.right_shift(way, 17, out=out)
    return out.clip(0, points - 1, out=out)
