"""Digits at corners -> frames.

A digit is widened with zeros to the width of the frame, so that it is one contiguous strip of memory: painting it is
one copy per frame instead of one per row. Every corner keeps the digit inside the frame, so only zeros wrap around
into the next row, and neither rule of overlap sees zeros. Where digits may leave the frame, there are margins, too.
"""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ..common.checks import InputError, as_array, in_short, room_for, usable_out, whole_pair

LARGEST_SIDE = 2**16  # pixels of a frame: no row of pixels is as long as what int64 counts
SEQUENCES_AT_A_TIME = (
    24  # sequences painted at a time: what digits cover of their frames (25 kB each) stays in a core's cache
)
SEQUENCES_WITH_MARGINS = 8  # sequences painted at a time with margins (140 kB each), for the same reason


def render(
    digits: ArrayLike,
    corners: ArrayLike,
    frame_size: tuple[int, int],
    overlap: str = "max",
    *,
    overhang: tuple[int, int] = (0, 0),
    shown: ArrayLike | None = None,
    out: np.ndarray | None = None,
) -> np.ndarray:
    """Paint digits, in their order, on black frames.

    Args:
        digits: (n, k, h, w) uint8, or (n, k, u, h, w) where a digit's look changes by frame.
        corners: (n, k, t, 2) int, pixels (row, col) of each digit's top-left pixel.
        frame_size: (H, W) pixels.
        overlap: "max" keeps the brighter pixel, "add" adds and stops at 255.
        overhang: (rows, cols) pixels by which a digit may leave the frame on any side.
        shown: (t,) int, which of the u looks each frame shows; None: u = t looks in their order.
        out: (n, t, H, W) uint8, C-contiguous, to paint into instead of new memory.

    Returns:
        (n, t, H, W) uint8, 0 black.

    Raises:
        InputError: shapes that do not fit, an unknown overlap, a digit that leaves the frame.

    >>> digit = np.full((1, 1, 28, 28), 255, np.uint8)
    >>> frames = render(digit, np.array([[[[0, 0], [36, 36]]]]), (64, 64))
    >>> frames.shape, int(frames[0, 1, 63, 63])
    ((1, 2, 64, 64), 255)
    """
    digits, corners = as_array("digits", digits), as_array("corners", corners)
    height, width = frame_size = whole_pair("frame_size", frame_size, 1, LARGEST_SIDE)
    overhang = whole_pair("overhang", overhang, 0, LARGEST_SIDE)
    n, t = check(digits, corners, frame_size, overlap, overhang, shown)
    larger = (height + 2 * overhang[0]) * (width + 2 * overhang[1]) if any(overhang) else 0
    size = n * t * height * width + min(n, SEQUENCES_WITH_MARGINS) * t * larger
    room_for(f"{n:,} sequences of {t:,} frames of {height} x {width} pixels", size)
    frames = canvas((n, t, height, width), out)
    render_into(frames, digits, corners, overlap, overhang, shown, black=out is None)
    return frames


def render_into(
    frames: np.ndarray,
    digits: np.ndarray,
    corners: np.ndarray,
    overlap: str,
    overhang: Any,
    shown: Any,
    *,
    black: bool,
) -> None:
    """`render` into frames (n, t, H, W) uint8 that are C-contiguous. black: whether they are black already."""
    n, t, height, width = frames.shape
    if any(overhang):
        paint_larger(digits, corners, overlap, overhang, shown, frames)
        return
    for first in range(0, n, SEQUENCES_AT_A_TIME):
        chunk = slice(first, min(first + SEQUENCES_AT_A_TIME, n))
        if not black:
            frames[chunk] = 0
        some = corners[chunk]
        at = some[..., 0].astype(np.int64) * width + some[..., 1]
        at += (np.arange(len(some) * t) * (height * width)).reshape(len(some), 1, t)
        paint_digits(frames[chunk].reshape(-1), at, digits[chunk], width, overlap, shown)


def paint_larger(digits, corners, overlap, overhang, shown, frames):
    """Paint on a canvas with a margin below and to the right of each frame, and keep the frames.

    One margin is enough: what leaves a frame on the left enters the margin of the row above, what leaves it at the
    top enters that of the frame before.
    """
    n, t, height, width = frames.shape
    rows, cols = overhang[0], max(overhang[1], digits.shape[-1] - width)  # a row holds the width of a digit
    tall, wide = height + rows, width + cols
    before = rows * wide + cols  # pixels that the first digit may need before the first frame
    strip = (digits.shape[-2] - 1) * wide + digits.shape[-1]
    canvas = np.empty(before + min(n, SEQUENCES_WITH_MARGINS) * t * tall * wide + strip, np.uint8)
    for first in range(0, n, SEQUENCES_WITH_MARGINS):
        some = corners[first : first + SEQUENCES_WITH_MARGINS]
        pixels = canvas[: before + len(some) * t * tall * wide + strip]
        pixels.fill(0)
        at = some[..., 0].astype(np.int64) * wide + some[..., 1] + before
        at += (np.arange(len(some) * t) * (tall * wide)).reshape(len(some), 1, t)
        paint_digits(pixels, at, digits[first : first + SEQUENCES_WITH_MARGINS], wide, overlap, shown)
        larger = pixels[before : before + len(some) * t * tall * wide].reshape(len(some), t, tall, wide)
        frames[first : first + len(some)] = larger[:, :, :height, :width]


def paint_digits(pixels, at, digits, width, overlap, shown):
    """All digits, in their order, into one run of pixels: digits (n, k, [u,] h, w) at first pixels (n, k, t)."""
    strip = (digits.shape[-2] - 1) * width + digits.shape[-1]  # pixels from a digit's first to its last
    windows = every_window(pixels, strip)
    for digit, strips in enumerate(as_strips(digits, width, strip)):
        looks = strips if shown is None else strips[:, shown]
        paint(windows, at[:, digit], looks, overlap, first_digit=digit == 0)


def paint(windows, at, strips, overlap, *, first_digit):
    """One digit of each sequence: strips (n, 1 or t, strip) uint8 into windows[at], at (n, t) int."""
    if first_digit:  # nothing to blend with yet
        windows[at] = as_items(strips)
        return
    below = windows[at].view(np.uint8).reshape(*at.shape, -1)
    if overlap == "add":
        strips = np.minimum(strips, 255 - below)
        np.add(below, strips, out=below)
    else:
        np.maximum(below, strips, out=below)
    windows[at] = as_items(below)


def paint_rows(
    pixels: np.ndarray, at: np.ndarray, pictures: np.ndarray, width: int, overlap: str, *, first_digit: bool
) -> None:
    """Paint pictures row by row into one run of pixels.

    Args:
        pixels: (size,) uint8, frames one after the other, their rows of `width` pixels.
        at: (p,) int64, the pixel at which each picture begins. No picture may leave its frame or meet another.
        pictures: (rows, p, cols) uint8.
    """
    rows, p, cols = pictures.shape
    at = at[:, None] + np.arange(rows) * width  # picture by picture, as a frame's rows are side by side in memory
    pictures = np.ascontiguousarray(as_items(pictures).T).view(np.uint8).reshape(p, rows, cols)
    paint(every_window(pixels, cols), at, pictures, overlap, first_digit=first_digit)


def as_items(strips):
    """(..., strip) uint8 -> (...) items of `strip` bytes."""
    return strips.view(f"V{strips.shape[-1]}")[..., 0]


def as_strips(digits, width, strip):
    """(n, k, [u,] h, w) -> (k, n, 1 or u, strip) uint8: digits widened to the frame's rows."""
    if digits.ndim == 4:
        digits = digits[:, :, None]
    n, k, u, h, w = digits.shape
    wide = np.zeros((k, n, u, h, width), np.uint8)
    wide[..., :w] = digits.swapaxes(0, 1)
    return np.ndarray((k, n, u, strip), np.uint8, wide, strides=(n * u * h * width, u * h * width, h * width, 1))


def every_window(pixels, strip):
    """A view of (p,) uint8 as all its overlapping runs of `strip` bytes, one item each, by first byte."""
    return np.ndarray((max(pixels.size - strip + 1, 0),), f"V{strip}", pixels, strides=(1,))


def canvas(shape: tuple[int, ...], out: Any) -> np.ndarray:
    """New black frames, or `out`, which still has to be blackened."""
    return np.zeros(shape, np.uint8) if out is None else usable_out(shape, out)


def check(digits, corners, frame_size, overlap, overhang, shown):
    """Refuse what cannot be painted. Returns n and t."""
    if not isinstance(overlap, str) or overlap not in ("max", "add"):
        raise InputError(f'overlap must be "max" or "add", not {in_short(overlap)}')
    if corners.ndim != 4 or corners.shape[-1] != 2 or corners.dtype.kind not in "iu":
        raise InputError(f"corners must be (n, k, t, 2) integers, not {corners.dtype} {corners.shape}")
    n, k, t, _ = corners.shape
    allowed = ((n, k), (n, k, t)) if shown is None else ((n, k, *digits.shape[2:3]),)
    if digits.dtype != np.uint8 or digits.ndim not in (4, 5) or digits.shape[:-2] not in allowed:
        wanted = " or ".join(f"({', '.join(map(str, shape))}, h, w)" for shape in allowed)
        raise InputError(
            f"digits must be uint8 of shape {wanted} to go with the corners, not {digits.dtype} {digits.shape}"
        )
    if 0 in digits.shape[-2:]:
        raise InputError(f"digits must have at least one pixel, not {digits.shape[-2]} x {digits.shape[-1]}")
    if shown is not None:
        check_shown(shown, t, digits.shape[2])
    for axis, name in enumerate(("row", "col")):
        places, least = corners[..., axis], -overhang[axis]
        most = frame_size[axis] - digits.shape[axis - 2] + overhang[axis]
        if places.size and not least <= places.min() <= places.max() <= most:
            raise InputError(f"corners must lie in {least}..{most} ({name}), not {places.min()}..{places.max()}")
    return n, t


def check_shown(shown, num_frames, num_looks):
    """Refuse what does not name one of the looks for each frame."""
    array, rule = as_array("shown", shown), f"shown must be one of {num_looks} looks for each of {num_frames} frames"
    right = array.shape == (num_frames,) and (not array.size or array.dtype.kind in "iu")
    if not right or not ((array >= 0) & (array < num_looks)).all():
        raise InputError(f"{rule}, not {in_short(shown)}")
