"""Place known digits in frames, by the grey values that they have once.

A grey value that occurs in one pixel of all digits of a sequence, and in a pixel of a frame, leaves one place for that
digit: under the brighter pixel, each pixel of a frame is a pixel of a digit. So where the digits are known, such a
place is not only found but the only one that is possible. MNIST's digits have dozens of such values.
"""

import math
from typing import NamedTuple

import numpy as np

from ..core.rendering import render

VALUES = 256
MOST_REPEATS = 4  # pixels of a digit with one value, up to which they vote; or as many as its rarest value has


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
    """Where digits are. corners: (n, k, t, 2) int64, pixels; known: (n, k, t) bool, else the corner is (0, 0)."""

    corners: np.ndarray
    known: np.ndarray


def place(ink: Ink, images: np.ndarray, num_frames: int, room: tuple[int, int]) -> Places:
    """Place digits where they must be, if they are all the digits there are.

    Args:
        ink: Ink of n * t frames.
        images: (n, k, h, w) uint8, the digits of each sequence; black for one that is not known.
        num_frames: t.
        room: (rows, cols), the last possible corner.

    Returns:
        Places: each the only one that is possible, or the digits cannot explain the frame.
    """
    n, k, height, width = images.shape
    pixel = unique_values(images)[ink.frame // num_frames, ink.value]
    some = np.flatnonzero(pixel >= 0)
    digit, pixel = np.divmod(pixel[some], height * width)
    sequence, t = np.divmod(ink.frame[some], num_frames)
    slot = (sequence * k + digit) * num_frames + t
    inside, corner = corners_of(ink, some, pixel, width, room)
    return as_places(slot[inside], corner[inside], (n, k, num_frames), room)


def vote(ink: Ink, images: np.ndarray, num_frames: int, room: tuple[int, int]) -> Places:
    """Place each digit where most pixels speak for it, as there may be others: arguments as for `place`."""
    n, k, height, width = images.shape
    flat = images.reshape(n * k, height * width)
    order = np.argsort(flat, axis=1, kind="stable")
    count = counts_of(flat)
    begin = np.cumsum(count, axis=1) - count + (flat == 0).sum(1)[:, None]  # black comes first
    rarest = count.min(axis=1, where=count > 0, initial=flat.shape[1])
    count[count > np.maximum(rarest, MOST_REPEATS)[:, None]] = 0
    sequence, t = np.divmod(ink.frame, num_frames)
    nothing = np.zeros(0, np.int64)
    slots, corners = [nothing], [nothing]
    for digit in range(k):
        row = sequence * k + digit
        times = count[row, ink.value]
        for repeat in range(times.max(initial=0)):
            some = np.flatnonzero(repeat < times)
            pixel = order[row[some], begin[row[some], ink.value[some]] + repeat]
            inside, corner = corners_of(ink, some, pixel, width, room)
            slots.append((row[some] * num_frames + t[some])[inside])
            corners.append(corner[inside])
    most = (room[0] + 1) * (room[1] + 1)
    slot, corner = most_common(np.concatenate(slots), np.concatenate(corners), most)
    return as_places(slot, corner, (n, k, num_frames), room)


def corners_of(ink, some, pixel, width, room):
    """If pixels of digits are these pixels of ink: whether the digits lie inside, and their corners as numbers."""
    row, col = ink.row[some] - pixel // width, ink.col[some] - pixel % width
    inside = (row >= 0) & (row <= room[0]) & (col >= 0) & (col <= room[1])
    return inside, row * (room[1] + 1) + col


def as_places(slot, corner, shape, room):
    """Places (n, k, t) from corners as numbers."""
    found = np.full(math.prod(shape), -1)
    found[slot] = corner
    known = found >= 0
    corners = np.stack(np.divmod(np.where(known, found, 0), room[1] + 1), axis=-1)
    return Places(corners.reshape(*shape, 2), known.reshape(shape))


def counts_of(flat: np.ndarray) -> np.ndarray:
    """How many pixels of each picture (m, p) uint8 have each value: (m, 256) int64."""
    m = len(flat)
    at = np.arange(m)[:, None] * VALUES + flat
    count = np.bincount(at.reshape(-1), minlength=m * VALUES).reshape(m, VALUES)
    count[:, 0] = 0
    return count


def unique_values(images: np.ndarray) -> np.ndarray:
    """(n, k, h, w) uint8 -> (n, 256) int64: the one pixel of the n-th digits with a value, in k * h * w; else -1."""
    flat = images.reshape(len(images), math.prod(images.shape[1:]))
    where = np.zeros((len(flat), VALUES), np.int64)
    where[np.arange(len(flat))[:, None], flat] = np.arange(flat.shape[1])
    return np.where(counts_of(flat) == 1, where, -1)


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
