"""Find digits in frames by the outermost lines of ink.

The outermost STRIP rows or columns of a digit's ink are a key that few digits share. Where nothing covers them, they
are also the outermost lines of the ink of a frame. So a table of the keys of all digits, on all four sides, says which
digit stands at the top, the bottom, the left and the right of a frame, and where.

A key is a polynomial of the pixels modulo 2^64, in whole numbers: the same on every machine. Moving a strip along its
side multiplies the key by a power, which is divided out. Two strips with one key can be different, so a key only
proposes a digit; painting it proves it.
"""

import functools
from typing import NamedTuple

import numpy as np

from ..digits.loading import Digits

STRIP = 3  # rows or columns in a key
SIDES = 4  # top, bottom, left, right
BASE, LINE = 0x9E3779B97F4A7C15, 0xD6E8FEB86659FD93  # odd, so they have inverses modulo 2^64
PICTURES = 4_096  # digits whose keys are computed at a time
MOST_MATCHES = 16  # digits with one key that are looked at: a blank line says nothing about a digit


class Strips(NamedTuple):
    """The outermost strips of ink of m pictures.

    keys:  (4, m) uint64; 0 for a picture without ink
    edges: (4, m) int64, the ink's outermost row (top, bottom) or column (left, right)
    first: (4, m) int64, the first column or row, along the side, in which the strip has ink
    """

    keys: np.ndarray
    edges: np.ndarray
    first: np.ndarray


def strips(pictures: np.ndarray) -> Strips:
    """Strips of pictures (m, H, W) uint8."""
    m, height, width = pictures.shape
    across, along = ink_lines(pictures)
    top, left = across.argmax(1), along.argmax(1)
    bottom, right = height - 1 - across[:, ::-1].argmax(1), width - 1 - along[:, ::-1].argmax(1)
    edges = np.stack([top, bottom, left, right])
    which, steps = np.arange(m)[:, None], np.arange(STRIP)
    found = []
    for side, edge in enumerate(edges):
        lines = edge[:, None] + (-steps if side % 2 else steps)
        size = height if side < 2 else width
        kept = np.clip(lines, 0, size - 1)
        if side < 2:
            strip = pictures[which, kept]
        else:
            strip = pictures[which[..., None], np.arange(height)[:, None], kept[:, None]].swapaxes(1, 2)
        found.append(key(np.where((lines == kept)[..., None], strip, 0)))
    keys, first = (np.stack(part) for part in zip(*found, strict=True))
    return Strips(keys, edges, first)


def ink_lines(pictures: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Which rows (m, H) and columns (m, W) of pictures have ink: bool."""
    m, _, width = pictures.shape
    if width % 8 or not pictures.flags.c_contiguous:
        return pictures.max(2) > 0, pictures.max(1) > 0
    words = pictures.view(np.uint64)  # eight pixels at a time
    rows = words[..., 0].copy()
    for word in range(1, width // 8):
        rows |= words[..., word]
    columns = np.bitwise_or.reduce(words, axis=1)
    return rows != 0, columns.view(np.uint8).reshape(m, width) != 0


def key(strip: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Strips (m, STRIP, side) uint8 -> their keys (m,) uint64, and the first place along the side with ink, (m,)."""
    powers, inverses = powers_of(BASE, strip.shape[2])
    lines = powers_of(LINE, STRIP)[0]
    value = (strip * lines[:, None]).sum(1)
    total = (value * powers).sum(1)
    first = strip.any(1).argmax(1)
    return total * inverses[first], first


@functools.lru_cache(maxsize=8)
def powers_of(base: int, count: int) -> tuple[np.ndarray, np.ndarray]:
    """base ** 0 .. base ** (count - 1) modulo 2^64, and their inverses: (count,) uint64 each."""
    modulus = 2**64
    powers, inverses = (
        np.array([pow(each, i, modulus) for i in range(count)], np.uint64) for each in (base, pow(base, -1, modulus))
    )
    return powers, inverses


class Hits(NamedTuple):
    """Digits that strips of frames propose: (h,) int64 each. frame: which picture; row, col: the digit's corner."""

    frame: np.ndarray
    digit: np.ndarray
    row: np.ndarray
    col: np.ndarray


class StripTable:
    """The strips of all digits of one file of a source, to look up those of frames.

    images: (m, h, w) uint8
    unique: (4, m) bool, whether no other digit has the key on that side
    box:    (4, m) int64, the ink's first row, last row, first column, last column
    """

    def __init__(self, images: np.ndarray) -> None:
        pieces = [strips(images[at : at + PICTURES]) for at in range(0, len(images), PICTURES)]
        self.images = images
        self.has_ink = images.any((1, 2))
        keys, self.box, self.first = (np.concatenate(part, axis=1) for part in zip(*pieces, strict=True))
        self.order = np.argsort(keys, axis=1, kind="stable")
        self.sorted = np.take_along_axis(keys, self.order, axis=1)
        same = self.sorted[:, 1:] == self.sorted[:, :-1]
        never = np.zeros((SIDES, 1), bool)
        self.unique = np.empty(keys.shape, bool)
        shared = np.concatenate([same, never], axis=1) | np.concatenate([never, same], axis=1)
        np.put_along_axis(self.unique, self.order, ~shared, axis=1)

    def look_up(self, frames: np.ndarray) -> Hits:
        """The digits whose strips are outermost in frames (m, H, W) uint8, and fit into them."""
        seen = strips(frames)
        parts = [self._side(side, seen) for side in range(SIDES)]
        hits = Hits(*(np.concatenate(part) for part in zip(*parts, strict=True)))
        room = np.subtract(frames.shape[1:], self.images.shape[1:])
        inside = (hits.row >= 0) & (hits.row <= room[0]) & (hits.col >= 0) & (hits.col <= room[1])
        return Hits(*(part[inside] for part in hits))

    def _side(self, side: int, seen: Strips) -> Hits:
        begin = np.searchsorted(self.sorted[side], seen.keys[side], "left")
        count = np.zeros(len(begin), np.int64)
        inked = np.flatnonzero(seen.keys[side])
        count[inked] = np.searchsorted(self.sorted[side], seen.keys[side][inked], "right") - begin[inked]
        count = np.minimum(count, MOST_MATCHES)
        frame = np.arange(len(count)).repeat(count)
        rank = np.arange(len(frame)) - (np.cumsum(count) - count).repeat(count)
        digit = self.order[side][begin[frame] + rank]
        across = seen.edges[side][frame] - self.box[side][digit]
        along = seen.first[side][frame] - self.first[side][digit]
        row, col = (across, along) if side < 2 else (along, across)
        return Hits(frame, digit, row, col)

    @functools.cached_property
    def by_pixel(self) -> np.ndarray:
        """(h * w, m) uint8: for each pixel, its value in all digits, side by side in memory."""
        return np.ascontiguousarray(self.images.reshape(len(self.images), -1).T)

    @functools.cached_property
    def frequency(self) -> np.ndarray:
        """(256,) int64: how many pixels of all digits have each value."""
        return np.bincount(self.images.ravel(), minlength=256)


@functools.lru_cache(maxsize=4)
def strip_table(digits: Digits, split: str) -> StripTable:
    """The StripTable of the file, "train" or "test", of a source. It is built in memory once."""
    return StripTable(digits.test_images if split == "test" else digits.train_images)
