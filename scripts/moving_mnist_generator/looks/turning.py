"""Pictures of digits turned and scaled about their centre.

A pixel of the new picture shows the nearest point of the digit enlarged 5 times (bilinear). Coordinates are whole
numbers, so pictures are the same on every machine. An upright digit at scale 1 keeps its very pixels.

Most of a picture is black. So pictures are sorted by how far their ink reaches, and each group of similar ones looks
up the square around its ink only.
"""

import math
from dataclasses import dataclass

import numpy as np

from ..draws import sine_cosine_of_turns

ENLARGED = 5  # odd, so that a pixel's centre is a point of the enlarged digit
ONE = 1 << 16  # fixed point: coordinates in units of 1 / ONE
GROUP = 160  # pictures of one group: more are less alike, fewer leave numpy's loops too short
CHUNK = 1 << 15  # pixels looked up at a time: their coordinates (128 kB an array) stay in a core's cache
FEW = 8  # digits enlarged at a time, for the same reason
ROUNDED = 0.1  # pixels, more than rounded coordinates can move a point

# The C library gives freed memory back to the system, and page faults then take a fifth of the time. Once an array
# of this size has been freed, glibc keeps memory up to twice as large.
np.empty(1 << 23, np.uint8)


def turned(images, angles=None, scales=None):
    """Turn digits, scale them, or both.

    Args:
        images: (n, k, h, w) uint8, 0 background.
        angles: (n, k, u) degrees, counterclockwise; None, upright.
        scales: (n, k, u) factors > 0; None, 1. One of the two must be given.

    Returns:
        (n, k, u, h + 2 m, w + 2 m) uint8, and m, the margin in pixels that the ink needs on each side.

    >>> pictures, margin = turned(np.full((1, 1, 28, 28), 255, np.uint8), scales=np.full((1, 1, 3), 1.5))
    >>> pictures.shape, margin
    ((1, 1, 3, 60, 60), 16)
    """
    margin = max(0, margin_of(ink_reach(images, scales).max(initial=0), min(images.shape[2:])))
    return transformed(images, angles, scales, margin), margin


def transformed(images, angles, scales, margin):
    """Like `turned`, with a given margin: (n, k, u, h + 2 margin, w + 2 margin) uint8. Ink beyond it is cut."""
    n, k, h, w = images.shape
    shape = (n, k, (scales if angles is None else angles).shape[-1])
    pictures = np.zeros((math.prod(shape), h + 2 * margin, w + 2 * margin), np.uint8)
    digits = images.reshape(n * k, h, w)
    down, across = Line(h, *ink_range(digits, 2)), Line(w, *ink_range(digits, 1))
    enlarged = enlarge(digits[:, down.begin : down.end, across.begin : across.end])
    sine, cosine = steps(angles, scales, shape, 2 * sum(pictures.shape[1:]) + ENLARGED * (h + w), enlarged.size)
    reach = np.broadcast_to(ink_reach(images, scales), shape).reshape(-1)
    for some in np.array_split(np.argsort(reach), max(1, reach.size // GROUP)):
        rows, cols = (inside(reach[some].max(initial=0), side, margin) for side in (h, w))
        first = some // max(1, shape[2]) * enlarged[:1].size
        part = (None if sine is None else sine[some], cosine[some], len(rows), len(cols))
        found = look_up(enlarged, first.astype(cosine.dtype), *part, down, across)
        pictures[some, rows.start : rows.stop, cols.start : cols.stop] = np.moveaxis(found, 0, 1)
    return pictures.reshape(*shape, *pictures.shape[1:])


@dataclass(frozen=True)
class Line:
    """The rows of a digit, or its columns: how many there are, and which of them are enlarged."""

    side: int
    begin: int
    end: int

    @property
    def centre(self):
        """Twice the way from the first point of the enlarged part to the digit's centre, in fixed point."""
        return (ENLARGED * (self.side - 2 * self.begin) + 2) * ONE

    def nearest(self, way):
        """Twice the way from the first point, in fixed point -> 1 .. for the nearest point; changed in place.

        0, or one more than the last, for all that is outside.
        """
        way >>= way.dtype.type(17)
        last = way.dtype.type(ENLARGED * (self.end - self.begin) + 1)
        return np.clip(way, way.dtype.type(0), last, out=way)


def look_up(enlarged, first, sine, cosine, rows, cols, down, across):
    """The nearest point of each pixel.

    Args:
        enlarged: (d, across, down) uint8; down, across: its Lines.
        first: (m,) int, position in `enlarged` of the first point of each picture's digit.
        sine, cosine: (m,) int, see `steps`; rows, cols: int, of a picture.

    Returns:
        (rows, m, cols) uint8. numpy's loops run along what comes last, which a few columns alone would leave short.
    """
    whole, flat = cosine.dtype.type, enlarged.reshape(-1)
    row, col = from_centre(rows, whole)[:, None], from_centre(cols, whole)
    stride = whole(enlarged.shape[2])
    if sine is None:  # an upright picture's rows do not depend on its columns
        at_row = down.nearest(row * cosine + whole(down.centre)) + first
        at_col = across.nearest(cosine[:, None] * col + whole(across.centre)) * stride
        return flat.take(at_row[:, :, None] + at_col)
    sine, cosine, first = (np.repeat(part, cols) for part in (sine, cosine, first))
    col = np.tile(col, len(first) // cols)
    across_by_col, across_by_row = col * cosine + whole(across.centre), -sine
    down_by_col, down_by_row = col * sine + whole(down.centre), cosine
    found, step = np.empty((rows, len(col)), np.uint8), max(1, CHUNK // max(1, len(col)))
    at, at_down = np.empty((2, step, len(col)), whole)
    for begin in range(0, rows, step):
        some = row[begin : begin + step]
        at, at_down = at[: len(some)], at_down[: len(some)]
        np.multiply(some, across_by_row, out=at)
        at += across_by_col
        across.nearest(at)
        at *= stride
        at += first
        np.multiply(some, down_by_row, out=at_down)
        at_down += down_by_col
        at += down.nearest(at_down)
        found[begin : begin + step] = flat.take(at)
    return found.reshape(rows, -1, cols)


def steps(angles, scales, shape, farthest, points):
    """The way from a pixel to the next, in points of the enlarged digit and units of 1 / ONE.

    Args:
        angles, scales: as for `turned`; shape: (n, k, u).
        farthest: int, pixels; points: int, of all enlarged digits.

    Returns:
        sine, cosine: (n k u,) int32 or, where products with `farthest` or positions need it, int64. sine is None where
        digits are upright.
    """
    parts = (None, 1.0) if angles is None else sine_cosine_of_turns(angles / 360)
    parts = [
        part if part is None else np.rint(ENLARGED * ONE * part / (1.0 if scales is None else scales))
        for part in parts
    ]
    longest = max(np.abs(part).max(initial=ONE * ENLARGED) for part in parts if part is not None)
    whole = np.int32 if max(longest * farthest, points) < 2**31 else np.int64
    return [part if part is None else np.broadcast_to(part, shape).reshape(-1).astype(whole) for part in parts]


def from_centre(side, whole):
    """Twice the way from the centre of a picture to each of its pixels, along one side: (side,)."""
    return 2 * np.arange(side, dtype=whole) - (side - 1)


def ink_reach(images, scales=None):
    """How far the ink of each picture reaches from its centre: (n, k, u), or (n, k, 1) at scale 1, float64, pixels.

    Bilinear ink ends before the centres of the next pixels, and at the sides of the digit.
    """
    h, w = images.shape[-2:]
    row, col = (np.minimum(np.abs(np.arange(side) - (side - 1) / 2) + 1, side / 2) for side in (h, w))
    ways = np.hypot(row[:, None], col).astype(np.float32)
    reach = ((images > 0) * ways).max((-2, -1), initial=0)[..., None].astype(np.float64)
    return reach if scales is None else reach * scales


def margin_of(reach, side):
    """Pixels to add on both ends of a side, so that it has all pixels within reach; negative, to cut."""
    return max(math.ceil(reach + ROUNDED - side / 2 - 0.5), -((side - 1) // 2))


def inside(reach, side, margin):
    """The pixels within reach, of a side with a margin: a range."""
    outside = max(0, margin - margin_of(reach, side))
    return range(outside, side + 2 * margin - outside)


def ink_range(digits, other):
    """Where any digit has ink along a side, and one pixel more on both ends if there is one: first, last + 1."""
    ink = np.flatnonzero(digits.any((0, other)))
    side = digits.shape[3 - other]
    return (max(0, int(ink[0]) - 1), min(side, int(ink[-1]) + 2)) if ink.size else (0, 1)


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
