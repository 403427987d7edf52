"""Pictures of digits turned and scaled about their centre.

All arithmetic is in whole numbers, on digits enlarged 5 times, so that pictures are the same on every machine. An
upright digit at scale 1 keeps its very pixels.
"""

import math

import numpy as np

from ..draws import sine_cosine_of_turns

ENLARGED = 5  # odd, so that a pixel's centre is a point of the enlarged digit
ONE = 1 << 16  # fixed point: coordinates in units of 1 / ONE


def turned(images, angles=None, scales=None):
    """Digits as they look turned and scaled.

    Args:
        images: (n, k, h, w) uint8.
        angles: (n, k, u) degrees, counterclockwise; scales: (n, k, u) factors. At least one of them.

    Returns:
        (n, k, u, h + 2 m, w + 2 m) uint8, and m, the margin in pixels that turned and scaled digits need.

    >>> pictures, margin = turned(np.full((1, 1, 28, 28), 255, np.uint8), scales=np.full((1, 1, 1), 2.0))
    >>> pictures.shape, margin
    ((1, 1, 1, 80, 80), 26)
    """
    angles = np.zeros(scales.shape) if angles is None else angles
    scales = np.ones(angles.shape) if scales is None else scales
    margin = max(0, math.ceil(ink_radius(images) * scales.max(initial=1) - min(images.shape[2:]) / 2))
    return transformed(images, angles, scales, margin), margin


def ink_radius(images):
    """The farthest that any pixel of ink reaches from the centre of its picture, in pixels."""
    h, w = images.shape[-2:]
    rows, cols = np.nonzero(images.reshape(-1, h, w).any(0))
    return np.hypot(np.abs(rows - (h - 1) / 2) + 0.5, np.abs(cols - (w - 1) / 2) + 0.5).max(initial=0)


def transformed(images, angles, scales, margin):
    """(n, k, h, w) uint8 turned and scaled about its centre -> (n, k, u, h + 2 margin, w + 2 margin) uint8.

    Numbers are laid out (row, n, k, u, col): numpy's loops run along what comes last, which a few columns alone
    would leave too short.
    """
    n, k, h, w = images.shape
    rows, cols = h + 2 * margin, w + 2 * margin
    enlarged = enlarge(images)
    sine, cosine = (np.rint(ENLARGED * ONE * part / scales) for part in sine_cosine_of_turns(angles / 360))
    farthest = np.abs([sine, cosine]).max(initial=0) * (rows + cols) + (ENLARGED * max(h, w) + 2) * ONE
    whole = np.int32 if max(farthest, enlarged.size) < 2**31 else np.int64
    sine, cosine = (np.repeat(part.astype(whole), cols) for part in (sine, cosine))  # (n k u cols)
    row = from_centre(rows, whole)[:, None]
    col = np.tile(from_centre(cols, whole), angles.size)
    at = nearest(row * -sine, col * cosine, ENLARGED * w)
    at *= whole(enlarged.shape[-1])
    at += nearest(row * cosine, col * sine, ENLARGED * h)
    at = at.reshape(rows, n * k, -1)
    at += (np.arange(n * k, dtype=whole) * whole(enlarged[0, 0].size))[:, None]
    return np.moveaxis(enlarged.reshape(-1).take(at).reshape(rows, n, k, -1, cols), 0, -2)


def from_centre(side, whole):
    """Twice the way from the centre of a picture to each of its pixels, along one side: (side,)."""
    return 2 * np.arange(side, dtype=whole) - (side - 1)


def nearest(by_row, by_col, side):
    """The sum, twice the way from the centre, fixed point -> place 1 .. side in a padded picture, else 0 or side + 1.

    The first is changed in place.
    """
    whole = by_row.dtype.type
    by_row += by_col + whole((side + 2) * ONE)
    by_row >>= whole(17)
    return np.clip(by_row, whole(0), whole(side + 1), out=by_row)


def enlarge(images):
    """(..., h, w) uint8 -> (..., 5 w + 2, 5 h + 2) uint8, transposed, with a rim of 0 for all that is outside.

    Bilinear; point 5 i + 2 is pixel i itself.
    """
    *leading, h, w = images.shape
    rimmed = np.zeros((*leading, ENLARGED * w + 2, ENLARGED * h + 2), np.uint8)
    rimmed[..., 1:-1, 1:-1] = with_rows_between(np.ascontiguousarray(with_rows_between(images).swapaxes(-1, -2)))
    return rimmed


def with_rows_between(images):
    """(..., h, w) uint8 -> (..., 5 h, w) uint8."""
    *leading, h, w = images.shape
    padded = np.zeros((*leading, h + 2, w), np.uint16)
    padded[..., 1:-1, :] = images
    before, at, after = padded[..., :-2, :], padded[..., 1:-1, :], padded[..., 2:, :]
    points = np.empty((*leading, h, ENLARGED, w), np.uint16)
    for place, mixed in enumerate((before * 2 + at * 3, before + at * 4, at * 5, at * 4 + after, at * 3 + after * 2)):
        points[..., place, :] = mixed
    points += 2
    points //= 5
    return points.astype(np.uint8).reshape(*leading, ENLARGED * h, w)
