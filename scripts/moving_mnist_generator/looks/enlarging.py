"""Digits 5 times as large, with bilinear points between their pixels.

Points are the same on every machine: whole numbers, rounded to the nearest.
"""

import numpy as np

ENLARGED = 5  # odd, so that a pixel's centre is a point of the enlarged digit
DIGITS_AT_A_TIME = 16  # enlarged: temporary arrays (80 kB each) stay in a core's cache


def enlarge(digits: np.ndarray) -> np.ndarray:
    """Make digits 5 times as large.

    Args:
        digits: (m, h, w) uint8.

    Returns:
        (m, s, s) uint8, by column and row: [:, 5 col + 3, 5 row + 3] is the pixel at row, col. s is 5 times the longer
        side and 2 more, for a rim of 0 that stands for all that is outside.

    >>> enlarge(np.full((1, 1, 1), 255, np.uint8))[0, 3].tolist()
    [0, 153, 204, 255, 204, 153, 0]
    """
    m, h, w = digits.shape
    rimmed = np.zeros((m, *[ENLARGED * max(h, w) + 2] * 2), np.uint8)
    for first in range(0, m, DIGITS_AT_A_TIME):
        some = digits[first : first + DIGITS_AT_A_TIME].swapaxes(0, 1)
        taller = np.empty((h, ENLARGED, *some.shape[1:]), np.uint8)
        lines_between(np.ascontiguousarray(some), taller)
        taller = np.ascontiguousarray(taller.reshape(-1, *some.shape[1:]).swapaxes(0, 2))
        inner = rimmed[first : first + DIGITS_AT_A_TIME, 1 : ENLARGED * w + 1, 1 : ENLARGED * h + 1]
        lines_between(taller, inner.reshape(len(inner), w, ENLARGED, -1).transpose(1, 2, 0, 3))
    return rimmed


def lines_between(lines, points):
    """(h, ...) uint8 into (h, 5, ...) uint8: four lines more between two, and two at both ends, towards black."""
    h, *rest = lines.shape
    padded = np.zeros((h + 2, *rest), np.uint16)  # modulo 65,536: differences may be below 0, sums are not
    padded[1:-1] = lines
    before, at, after = padded[:-2], padded[1:-1], padded[2:]
    five_times = at * np.uint16(5)
    five_times += np.uint16(2)  # rounds the division by 5
    points[:, 2] = lines
    for near, far, change in ((1, 0, before - at), (3, 4, after - at)):
        mixed = five_times + change
        points[:, near] = mixed // np.uint16(5)
        mixed += change
        mixed //= np.uint16(5)
        points[:, far] = mixed
