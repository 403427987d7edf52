"""Place known digits in frames, by the grey values that they have once.

A grey value that occurs in one pixel of all digits of a sequence, and in a pixel of a frame, leaves one place for that
digit: under the brighter pixel, each pixel of a frame is a pixel of a digit. So where the digits are known, such a
place is not only found but the only one that is possible. MNIST's digits have dozens of such values.
"""

from typing import NamedTuple

import numpy as np

from ..core.rendering import render

VALUES = 256


class Ink(NamedTuple):
    """The pixels of frames (n, t, H, W) uint8 that are not black: (p,) each.

    frame: int64, n * t frames in their order; row, col: int64; value: uint8
    """

    frame: np.ndarray
    row: np.ndarray
    col: np.ndarray
    value: np.ndarray


def ink_of(frames: np.ndarray) -> Ink:
    """The Ink of frames (n, t, H, W) uint8, C-contiguous."""
    at = np.flatnonzero(frames != 0)
    frame, pixel = np.divmod(at, frames.shape[2] * frames.shape[3])
    return Ink(frame, *np.divmod(pixel, frames.shape[3]), frames.reshape(-1)[at])


class Places(NamedTuple):
    """Where digits are. corners: (n, k, t, 2) int64, pixels (row, col); known: (n, k, t) bool, else the corner is 0."""

    corners: np.ndarray
    known: np.ndarray


def place(ink: Ink, images: np.ndarray, num_frames: int, room: tuple[int, int], *, vote: bool) -> Places:
    """Place digits in frames.

    Args:
        ink: Ink of n * t frames.
        images: (n, k, h, w) uint8, the digits of each sequence; black for one that is not known.
        num_frames: t.
        room: (rows, cols), the last possible corner.
        vote: whether there are other digits in the frames, so that only the place that most pixels speak for is
            taken. Without, all pixels agree, or the digits cannot explain the frame.

    Returns:
        Places.
    """
    n, k, height, width = images.shape
    pixel = unique_values(images)[ink.frame // num_frames, ink.value]
    some = np.flatnonzero(pixel >= 0)
    frame, pixel = ink.frame[some], pixel[some]
    digit, pixel = np.divmod(pixel, height * width)
    row, col = ink.row[some] - pixel // width, ink.col[some] - pixel % width
    inside = (row >= 0) & (row <= room[0]) & (col >= 0) & (col <= room[1])
    sequence, t = np.divmod(frame, num_frames)
    slot = ((sequence * k + digit) * num_frames + t)[inside]
    corner = (row * (room[1] + 1) + col)[inside]
    if vote:
        slot, corner = most_common(slot, corner, (room[0] + 1) * (room[1] + 1))
    found = np.full(n * k * num_frames, -1)
    found[slot] = corner
    known = found >= 0
    corners = np.stack(np.divmod(np.where(known, found, 0), room[1] + 1), axis=-1)
    return Places(corners.reshape(n, k, num_frames, 2), known.reshape(n, k, num_frames))


def unique_values(images: np.ndarray) -> np.ndarray:
    """(n, k, h, w) uint8 -> (n, 256) int64: the one pixel of the n-th digits with a value, in k * h * w; else -1."""
    n, size = len(images), images[0].size if len(images) else 1
    at = (np.arange(n)[:, None] * VALUES + images.reshape(n, size)).reshape(-1)
    where = np.zeros(n * VALUES, np.int64)
    where[at] = np.tile(np.arange(size), n)
    where[np.bincount(at, minlength=n * VALUES) != 1] = -1
    where = where.reshape(n, VALUES)
    where[:, 0] = -1
    return where


def most_common(slot: np.ndarray, value: np.ndarray, most: int) -> tuple[np.ndarray, np.ndarray]:
    """The value that each slot has most often: slots without repeats, and their values."""
    pairs, count = np.unique(slot * most + value, return_counts=True)
    slots = pairs // most
    order = np.lexsort((-count, slots))
    first = order[np.flatnonzero(np.diff(slots[order], prepend=-1))]
    return slots[first], pairs[first] % most


def painted(images: np.ndarray, places: Places, frame_size: tuple[int, int]) -> np.ndarray:
    """Digits (n, k, h, w) uint8 at their places on black: (n, t, H, W) uint8. All must be known."""
    return render(images, places.corners, frame_size)
