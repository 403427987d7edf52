"""Digits turned and scaled about their centre.

A pixel shows the nearest point of the digit enlarged 5 times (bilinear). Coordinates are whole numbers, so pixels are
the same on every machine. An upright digit at scale 1 keeps its very pixels.

Most of a frame is black. So only a box around the ink of each picture is looked up, and pictures with boxes of similar
size are looked up together.
"""

from dataclasses import dataclass

import numpy as np

from ..draws import sine_cosine_of_turns

ENLARGED = 5  # odd, so that a pixel's centre is a point of the enlarged digit
ONE = 1 << 16  # fixed point: coordinates in units of 1 / ONE
GROUP = 160  # pictures of one group: more are less alike, fewer leave numpy's loops too short
CHUNK = 1 << 15  # pixels looked up at a time: their coordinates (128 kB an array) stay in a core's cache
FEW = 8  # digits enlarged at a time, for the same reason
ROUNDED = 0.1  # pixels, more than rounded coordinates can move a point


@dataclass(frozen=True)
class Turned:
    """m digits in t frames, turned and scaled. Picture p is digit p // t in frame p % t.

    points: (m, across, down) uint8, the part of each digit that has ink, see `enlarge`
    centre: (m, 2) int64, twice the way (down, across) from the first point to the digit's centre, in fixed point
    sine, cosine: (m t,) int64, the way from a pixel to the next, in points and fixed point. sine is None if all digits
        are upright
    begin, size: (m t, 2) int64, pixels: the box around the ink, from the corner of the upright digit
    side: (2,) int64, pixels (rows, cols) of a digit
    """

    points: np.ndarray
    centre: np.ndarray
    sine: np.ndarray | None
    cosine: np.ndarray
    begin: np.ndarray
    size: np.ndarray
    side: np.ndarray

    def alike(self):
        """Pictures with boxes of similar size: a list of (p,) int64."""
        rows, cols = self.size.T
        parts = max(1, round((len(rows) / GROUP) ** 0.5))
        by_rows = np.array_split(np.argsort(rows, kind="stable"), parts)
        groups = [np.array_split(some[np.argsort(cols[some], kind="stable")], parts) for some in by_rows]
        return [group for some in groups for group in some if group.size]

    def look_up(self, some, first, rows, cols):
        """A window of each picture.

        Args:
            some: (p,) int64, pictures.
            first: (p, 2) int64, pixels from the corner of the upright digit to that of the window.
            rows, cols: int, pixels of a window.

        Returns:
            (rows, p, cols) uint8. numpy's loops run along what comes last, which a few columns alone would leave short.
        """
        digit = some // (len(self.cosine) // len(self.points))
        sine, cosine = None if self.sine is None else self.sine[some], self.cosine[some]
        way, centre = 2 * first - (self.side - 1), self.centre[digit]
        whole = self.whole(sine, cosine, np.abs(way).max() + 2 * max(rows, cols))
        cosine, way, centre = cosine.astype(whole), way.astype(whole), centre.astype(whole)
        place = (digit * self.points[0].size).astype(whole)
        row, col = way[:, :1], way[:, 1:] + np.arange(0, 2 * cols, 2, dtype=whole)
        down, across = row * cosine[:, None] + centre[:, :1], col * cosine[:, None] + centre[:, 1:]
        by_row = 2 * np.arange(rows, dtype=whole)[:, None]
        if sine is None:
            return upright(self.points, place, down[:, 0] + by_row * cosine, across)
        sine = sine.astype(whole)
        down, across = down + col * sine[:, None], across - row * sine[:, None]
        return slanted(self.points, place, (down, cosine), (across, -sine), by_row)

    def whole(self, sine, cosine, farthest):
        """int32 if all coordinates within `farthest`, twice the pixels, and all places of points fit; else int64."""
        longest = max(int(np.abs(step).max()) for step in (sine, cosine) if step is not None)
        most = 2 * longest * int(farthest) + int(np.abs(self.centre).max())
        return np.int32 if max(most, self.points.size) < 2**31 else np.int64


def turn(images, angles=None, scales=None):
    """Turn digits, scale them, or both.

    Args:
        images: (m, h, w) uint8, 0 background.
        angles: (m, t) degrees, counterclockwise; None, upright.
        scales: (m, t) factors > 0; None, 1. One of the two must be given.

    Returns:
        Turned.

    >>> turned = turn(np.full((1, 28, 28), 255, np.uint8), scales=np.full((1, 3), 1.5))
    >>> turned.begin[0].tolist(), turned.size[0].tolist()
    ([-8, -8], [44, 44])
    """
    shape, side = (scales if angles is None else angles).shape, np.array(images.shape[1:])
    sine, cosine = (None, 1.0) if angles is None else sine_cosine_of_turns(angles / 360)
    scales = np.ones(shape) if scales is None else scales
    first, last = ink_ends(images)
    cut, corner = cut_out(images, first - 1, last + 2)
    begin, size = boxes(first, last, side, sine, cosine, scales)
    sine, cosine = (None if part is None else steps(part, scales) for part in (sine, cosine))
    centre = (ENLARGED * (side - 2 * corner) + 2) * ONE
    return Turned(enlarge(cut), centre, sine, cosine, begin.reshape(-1, 2), size.reshape(-1, 2), side)


def steps(part, scales):
    """A sine or cosine -> (m t,) int64, the way from a pixel to the next, in points and fixed point."""
    return np.rint(ENLARGED * ONE * part / scales).astype(np.int64).reshape(-1)


def ink_ends(images):
    """(m, h, w) -> first and last pixels (row, col) with ink, (m, 2) int64 both; of a black digit, all of it."""
    lines = [(images.max(other) > 0) for other in (2, 1)]
    first = [line.argmax(1) for line in lines]
    last = [line.shape[1] - 1 - line[:, ::-1].argmax(1) for line in lines]
    return np.stack(first, axis=-1), np.stack(last, axis=-1)


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


def boxes(first, last, side, sine, cosine, scales):
    """The pixels that the ink of each picture can reach.

    Bilinear ink ends before the centres of the next pixels, so its box is that much larger on each side.

    Args:
        first, last: (m, 2) int64, see `ink_ends`; sine, cosine, scales: (m, t) float64.

    Returns:
        begin, size: (m, t, 2) int64, see `Turned`.
    """
    middle, half = (first + last - (side - 1))[:, None] / 2, (last - first)[:, None] / 2 + 1
    down, across = middle[..., 0], middle[..., 1]
    if sine is None:
        turned, reach = (down, across), (half[..., 0], half[..., 1])
    else:
        turned = down * cosine - across * sine, down * sine + across * cosine
        sine, cosine = np.abs(sine), np.abs(cosine)
        reach = half[..., 0] * cosine + half[..., 1] * sine, half[..., 0] * sine + half[..., 1] * cosine
    middle, reach = np.stack(turned, -1) * scales[..., None], np.stack(reach, -1) * scales[..., None] + ROUNDED
    middle += (side - 1) / 2
    begin = np.ceil(middle - reach).astype(np.int64)
    return begin, np.maximum(np.floor(middle + reach).astype(np.int64) + 1 - begin, 1)


def upright(points, place, down, across):
    """Points of upright pictures, whose rows do not depend on their columns.

    Args:
        points: (m, across, down) uint8; place: (p,) int, that of the first point of each picture's digit in them.
        down: (rows, p) int, across: (p, cols) int, twice the way from the first point, in fixed point.

    Returns:
        (rows, p, cols) uint8.
    """
    at_col = nearest(across, points.shape[1])
    at_col *= points.shape[2]
    at_col += place[:, None]
    return points.reshape(-1).take(nearest(down, points.shape[2])[:, :, None] + at_col)


def slanted(points, place, down, across, by_row):
    """Points of turned pictures.

    Args:
        points, place: as for `upright`.
        down, across: ((p, cols) int, (p,) int): twice the way from the first point, in fixed point, in the first row
            of pixels; half of what each further row adds.
        by_row: (rows, 1) int, 0, 2, 4 and so on.

    Returns:
        (rows, p, cols) uint8.
    """
    (p, cols), rows = down[0].shape, len(by_row)
    (down, down_by_row), (across, across_by_row) = (
        (way.reshape(-1), np.repeat(more, cols)) for way, more in (down, across)
    )
    place, flat = np.repeat(place, cols), points.reshape(-1)
    found, step = np.empty((rows, p * cols), np.uint8), max(1, CHUNK // (p * cols))
    at_col, at_row = np.empty((2, min(step, rows), p * cols), down.dtype)
    for begin in range(0, rows, step):
        some = by_row[begin : begin + step]
        at_col, at_row = at_col[: len(some)], at_row[: len(some)]
        np.multiply(some, across_by_row, out=at_col)
        at_col += across
        nearest(at_col, points.shape[1])
        at_col *= points.shape[2]
        at_col += place
        np.multiply(some, down_by_row, out=at_row)
        at_row += down
        at_col += nearest(at_row, points.shape[2])
        found[begin : begin + step] = flat.take(at_col)
    return found.reshape(rows, p, cols)


def nearest(way, points):
    """Twice the way from the first point, in fixed point -> the nearest of `points` points; changed in place.

    The first and the last one stand for all that is outside.
    """
    way >>= 17
    return np.clip(way, 0, points - 1, out=way)


def enlarge(digits):
    """(m, h, w) uint8 -> (m, 5 w + 2, 5 h + 2) uint8, transposed, with a rim of 0 for all that is outside.

    Bilinear; point 5 i + 2 is pixel i itself.
    """
    m, h, w = digits.shape
    rimmed = np.zeros((m, ENLARGED * w + 2, ENLARGED * h + 2), np.uint8)
    for first in range(0, m, FEW):
        taller = with_rows_between(digits[first : first + FEW])
        rimmed[first : first + FEW, 1:-1, 1:-1] = with_rows_between(np.ascontiguousarray(taller.swapaxes(1, 2)))
    return rimmed


def with_rows_between(digits):
    """(m, h, w) uint8 -> (m, 5 h, w) uint8."""
    m, h, w = digits.shape
    once = np.zeros((m, h + 2, w), np.uint16)
    once[:, 1:-1] = digits
    twice = once * np.uint16(2)
    thrice, four_times = once + twice, twice + twice
    thrice += np.uint16(2)  # rounds the division by 5
    four_times += np.uint16(2)
    before, at, after = slice(0, -2), slice(1, -1), slice(2, None)
    points = np.empty((m, h, ENLARGED, w), np.uint8)
    points[:, :, 2] = digits
    for place, one, other in (
        (0, twice[:, before], thrice[:, at]),
        (1, once[:, before], four_times[:, at]),
        (3, four_times[:, at], once[:, after]),
        (4, thrice[:, at], twice[:, after]),
    ):
        mixed = one + other
        mixed //= np.uint16(5)
        points[:, :, place] = mixed
    return points.reshape(m, ENLARGED * h, w)
