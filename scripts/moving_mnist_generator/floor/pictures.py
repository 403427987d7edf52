"""Probabilities of corners -> the mean picture, where of overlapping digits the brighter pixel wins.

The draws of digits are independent, so a pixel is the maximum of independent values. Where one digit alone can have
ink, its mean is that of the maximum. Elsewhere the mean is the sum over grey levels g of the probability that the
maximum is above g, one less the product of each digit's probability to be at most g: exact, for any number of digits.
"""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

LEVELS = 256


def mean_frame(
    pictures: np.ndarray, places: list[tuple[np.ndarray, np.ndarray]], frame_size: tuple[int, int]
) -> np.ndarray:
    """The mean of one frame.

    Args:
        pictures: (k, h, w) uint8; places: for each digit its corners (c, 2) int, pixels, and probabilities (c,)
            float64; frame_size: pixels (rows, cols).

    Returns:
        (H, W) float32 in 0..1.

    >>> white, corner = np.full((1, 2, 2), 255, np.uint8), np.array([[0, 0], [0, 1]])
    >>> mean_frame(white, [(corner, np.array([0.75, 0.25]))], (2, 4))[0].tolist()
    [0.75, 1.0, 0.25, 0.0]
    """
    total, digits = np.zeros(frame_size), np.zeros(frame_size, np.int64)
    windows = [window(picture, *place) for picture, place in zip(pictures, places, strict=True)]
    for area, shown, chance in windows:
        mean = np.tensordot(chance, shown.astype(np.float64), axes=1)
        total[area] += mean
        digits[area] += mean > 0
    shared = digits > 1
    if shared.any():
        total[shared] = mean_of_maximum(windows, shared)
    return (total / (LEVELS - 1)).astype(np.float32)


def window(picture, corners, chance):
    """A digit at each of its corners, in the part of the frame that they reach.

    Returns:
        the part, a pair of slices; (c, h, w) uint8; (c,) float64.
    """
    top, bottom = corners.min(0), corners.max(0)
    reach, size = bottom - top, np.array(picture.shape)
    padded = np.pad(picture, [(side, side) for side in reach])
    down, right = (reach - (corners - top)).T
    shown = sliding_window_view(padded, tuple(size + reach))[down, right]
    return tuple(slice(a, b) for a, b in zip(top, bottom + size, strict=True)), shown, chance


def mean_of_maximum(windows, shared):
    """The mean of the brightest digit at the pixels `shared`, (H, W) bool, in grey levels: (q,) float64."""
    number = np.full(shared.shape, -1)
    number[shared] = np.arange(shared.sum())
    below = np.ones((shared.sum(), LEVELS))
    for area, shown, chance in windows:
        inside = shared[area]
        values, pixels = shown[:, inside], number[area][inside]
        index = np.arange(len(pixels)) * LEVELS + values
        weights = np.broadcast_to(chance[:, None], index.shape)
        levels = np.bincount(index.ravel(), weights.ravel(), len(pixels) * LEVELS).reshape(-1, LEVELS)
        below[pixels] *= np.cumsum(levels, axis=1)
    return (1 - below[:, :-1]).sum(1)
