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
GROUP = 400  # pictures of one group: more are less alike, fewer leave numpy's loops too short
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
            (rows, p, cols) uint8. numpy's loops run along the last axes: columns alone would leave them short.
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
    row, col = ink_ends(images)
    first, last = (np.stack([ends(row, axis=1), ends(col, axis=1)], axis=-1) for ends in (np.min, np.max))
    cut, corner = cut_out(images, first - 1, last + 2)
    begin, size = boxes(row, col, side, sine, cosine, scales)
    sine, cosine = (None if part is None else steps(part, scales) for part in (sine, cosine))
    centre = (ENLARGED * (side - 2 * corner) + 2) * ONE
    return Turned(enlarge(cut), centre, sine, cosine, begin.reshape(-1, 2), size.reshape(-1, 2), side)


def steps(part, scales):
    """A sine or cosine -> (m t,) int64, the way from a pixel to the next, in points and fixed point."""
    return np.rint(ENLARGED * ONE * part / scales).astype(np.int64).reshape(-1)


def ink_ends(images):
    """The leftmost and the rightmost ink of each row: two arrays each that hold all ink between them.

    Returns:
        row, col: (m, 2 h) int64. A row without ink has the ends of the digit's first row with ink instead; a digit
        without any, its top row.
    """
    m, h, w = images.shape
    ink = images > 0
    any_ink = ink.any(2)
    row = np.where(any_ink, np.arange(h), any_ink.argmax(1)[:, None])
    ink = ink[np.arange(m)[:, None], row]
    return np.hstack([row, row]), np.hstack([ink.argmax(2), w - 1 - ink[:, :, ::-1].argmax(2)])


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


def boxes(row, col, side, sine, cosine, scales):
    """The pixels that the ink of each picture can reach.

    Args:
        row, col: (m, p) int64, see `ink_ends`; sine, cosine, scales: (m, t) float64; sine None and cosine 1: upright.

    Returns:
        begin, size: (m, t, 2) int64, see `Turned`.
    """
    middle = (side - 1) / 2
    row, col = ((ink - half).T[:, :, None].astype(np.float32) for ink, half in zip((row, col), middle, strict=True))
    if sine is None:
        ways, fade = (row, col), 1
    else:
        fade = np.abs(sine) + np.abs(cosine)
        sine, cosine = sine.astype(np.float32), cosine.astype(np.float32)
        ways = row * cosine - col * sine, row * sine + col * cosine
    # Bilinear ink ends before the centres of the next pixels.
    first, last = (
        np.stack([(ends(way, axis=0) + more) * scales for way in ways], axis=-1)
        for ends, more in ((np.min, -fade), (np.max, fade))
    )
    begin = np.ceil(middle + first - ROUNDED).astype(np.int64)
    return begin, np.floor(middle + last + ROUNDED).astype(np.int64) + 1 - begin


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
    at_row, flat = nearest(down, points.shape[2])[:, :, None], points.reshape(-1)
    found, step = np.empty((len(down), *across.shape), np.uint8), max(1, CHUNK // across.size)
    for begin in range(0, len(down), step):
        some = slice(begin, begin + step)
        flat.take(at_row[some] + at_col, out=found[some], mode="clip")
    return found


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
    flat, place = points.reshape(-1), np.repeat(place, cols)
    found, step = np.empty((rows, p * cols), np.uint8), max(1, min(rows, CHUNK // (p * cols)))
    (down, down_by_row), (across, across_by_row) = (
        (way.reshape(-1), np.repeat(more, cols)) for way, more in (down, across)
    )
    down, across = down + by_row[:step] * down_by_row, across + by_row[:step] * across_by_row
    down_by_step, across_by_step = 2 * step * down_by_row, 2 * step * across_by_row
    at_col, at_row = np.empty((2, step, p * cols), down.dtype)
    at = np.empty((step, p * cols), np.intp)
    for begin in range(0, rows, step):
        nearest(across, points.shape[1], out=at_col)
        at_col *= points.shape[2]
        at_col += place
        nearest(down, points.shape[2], out=at_row)
        np.add(at_col, at_row, out=at)
        some = found[begin : begin + step]
        flat.take(at[: len(some)], out=some, mode="clip")
        across += across_by_step
        down += down_by_step
    return found.reshape(rows, p, cols)


def nearest(way, points, out=None):
    """Twice the way from the first point, in fixed point -> the nearest of `points` points.

    The first and the last one stand for all that is outside.
    """
    out = np.right_shift(way, 17, out=out)
    return np.clip(out, 0, points - 1, out=out)


def enlarge(digits):
    """(m, h, w) uint8 -> (m, 5 w + 2, 5 h + 2) uint8, transposed, with a rim of 0 for all that is outside.

    Bilinear; point 5 i + 2 is pixel i itself.
    """
    m, h, w = digits.shape
    rimmed = np.zeros((m, ENLARGED * w + 2, ENLARGED * h + 2), np.uint8)
    for first in range(0, m, FEW):
        some = slice(first, first + FEW)
        taller = lines_between(np.ascontiguousarray(digits[some].swapaxes(0, 1)))
        wider = lines_between(np.ascontiguousarray(taller.swapaxes(0, 2)))
        rimmed[some, 1:-1, 1:-1] = wider.swapaxes(0, 1)
    return rimmed


def lines_between(lines):
    """(h, ...) uint8 -> (5 h, ...) uint8, with four lines more between two, and two at both ends, towards black."""
    h, *rest = lines.shape
    once = np.zeros((h + 2, *rest), np.uint16)
    once[1:-1] = lines
    twice = once * np.uint16(2)
    thrice, four_times = once + twice, twice + twice
    thrice += np.uint16(2)  # rounds the division by 5
    four_times += np.uint16(2)
    before, at, after = slice(0, -2), slice(1, -1), slice(2, None)
    points = np.empty((h, ENLARGED, *rest), np.uint8)
    points[:, 2] = lines
    for place, one, other in (
        (0, twice[before], thrice[at]),
        (1, once[before], four_times[at]),
        (3, four_times[at], once[after]),
        (4, thrice[at], twice[after]),
    ):
        mixed = one + other
        mixed //= np.uint16(5)
        points[:, place] = mixed
    return points.reshape(ENLARGED * h, *rest)
