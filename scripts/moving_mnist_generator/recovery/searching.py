"""Search all digits at all corners of one frame: for digits that never show a free strip, and to rule out others."""

import numpy as np

from .strips import StripTable

SAMPLE = 32  # pixels of a frame whose values are compared with those of all digits
SATURATED = 240  # brighter values are common, so they say little
MOST_FOUND = 64  # digits that are looked at


def candidates(table: StripTable, frame: np.ndarray, rest: np.ndarray, missing: int) -> list[tuple[int, int, int]]:
    """Digits and corners that can explain what is left of a frame.

    Args:
        table: the digits to choose from.
        frame: (H, W) uint8.
        rest: (H, W) bool, the pixels with ink that are not explained yet; at least one.
        missing: how many digits explain them together: one explains all, or one of more its part at least.

    Returns:
        [(digit, row, col)], those that explain most pixels first. They are nowhere brighter than the frame and explain
        at least 1 / missing of the rest. With one missing these are all there are; with several, only those that
        a sample of the pixels shows well enough.
    """
    rows, cols = np.nonzero(rest)
    values = frame[rows, cols]
    height, width = table.images.shape[1:]
    tops, lefts = range(frame.shape[0] - height + 1), range(frame.shape[1] - width + 1)
    if missing == 1:  # it covers every pixel
        tops = range(max(0, int(rows.max()) - height + 1), min(tops[-1], int(rows.min())) + 1)
        lefts = range(max(0, int(cols.max()) - width + 1), min(lefts[-1], int(cols.min())) + 1)
    sample = spread(rows, values, table, missing)
    found = []
    for top in tops:
        for left in lefts:
            for digit in proposed(table, rows[sample] - top, cols[sample] - left, values[sample], missing):
                window = slice(top, top + height), slice(left, left + width)
                image = table.images[digit]
                if (image <= frame[window]).all():
                    explained = int((image == frame[window])[rest[window]].sum())
                    if explained * missing >= len(rows):
                        found.append((explained, int(digit), top, left))
        if len(found) > MOST_FOUND:
            break
    return [(digit, top, left) for _, digit, top, left in sorted(found, key=lambda each: -each[0])]


def spread(rows, values, table, missing):
    """Which pixels to compare: the rarest values for one digit; for several, pixels all over the frame."""
    if missing == 1:
        return np.argsort(table.frequency[values], kind="stable")[:SAMPLE]
    grey = np.flatnonzero(values < SATURATED)
    grey = grey if len(grey) >= SAMPLE // 2 else np.arange(len(values))
    return grey[np.linspace(0, len(grey) - 1, min(SAMPLE, len(grey))).astype(int)]


def proposed(table, rows, cols, values, missing):
    """Digits with enough of these pixels, of the given values, at (rows, cols) from their corner."""
    height, width = table.images.shape[1:]
    inside = (rows >= 0) & (rows < height) & (cols >= 0) & (cols < width)
    pixels, values = (rows * width + cols)[inside], values[inside]
    if missing == 1:
        digits = np.flatnonzero(table.by_pixel[pixels[0]] == values[0])
        for pixel, value in zip(pixels[1:], values[1:], strict=True):
            if not len(digits):
                break
            digits = digits[table.images.reshape(len(table.images), -1)[digits, pixel] == value]
        return digits
    needed = max(2, len(rows) // (2 * missing))
    if len(pixels) < needed:
        return ()
    count = np.zeros(len(table.images), np.uint8)
    for pixel, value in zip(pixels, values, strict=True):
        count += table.by_pixel[pixel] == value
    return np.flatnonzero(count >= needed)
