"""Find the digits of many sequences at once: strips propose them, their grey values place them.

In each round the strips of what is not explained yet propose digits, at most as many as are missing. They are placed
in all frames and painted, and the next round looks at the rest, in which they no longer cover others.
"""

from typing import NamedTuple

import numpy as np

from .placing import Places, ink_of, painted, place, vote
from .strips import Hits, StripTable

UNKNOWN = -1


class Found(NamedTuple):
    """What was found in n sequences of t frames.

    digits:    (n, k) int64, positions in the file, UNKNOWN where none was found
    places:    Places; known only in frames in which no other place is possible
    explained: (n, t) bool, whether digits at these places paint the frame
    """

    digits: np.ndarray
    places: Places
    explained: np.ndarray


def find(frames: np.ndarray, table: StripTable, num_digits: int) -> Found:
    """Find `num_digits` digits of a file in frames (n, t, H, W) uint8, C-contiguous."""
    n, t, height, width = frames.shape
    room = (height - table.images.shape[1], width - table.images.shape[2])
    digits = np.full((n, num_digits), UNKNOWN, np.int64)
    left, ink = np.arange(n), ink_of(frames)
    for _ in range(num_digits):
        some = frames if len(left) == n else frames[left]
        known = digits[left]
        rest = some if (known == UNKNOWN).all() else unexplained(some, table, known)
        add(known, proposals(table, rest, some))
        grown = (known != digits[left]).any(1)
        digits[left] = known
        left = left[grown & (known == UNKNOWN).any(1)]
        if not len(left):
            break
    images = images_of(table, digits)
    places = place(ink, images, t, room)
    explained = (painted(images, places, (height, width)) == frames).all((2, 3))
    return Found(digits, places, explained & (digits != UNKNOWN).all(1)[:, None])


def images_of(table: StripTable, digits: np.ndarray) -> np.ndarray:
    """Pictures (n, k, h, w) uint8 of digits (n, k); black where none is known."""
    images = table.images[np.maximum(digits, 0)]
    images[digits == UNKNOWN] = 0
    return images


def unexplained(frames: np.ndarray, table: StripTable, digits: np.ndarray) -> np.ndarray:
    """Frames with the pixels that known digits explain made black, and all of a frame in which one has no place."""
    t, height, width = frames.shape[1:]
    images = images_of(table, digits)
    room = (height - images.shape[2], width - images.shape[3])
    places = vote(ink_of(frames), images, t, room)
    shown = painted(images, places, (height, width))
    sequence, digit, frame = np.nonzero(places.known)
    hits = Hits(sequence * t + frame, digits[sequence, digit], *places.corners[sequence, digit, frame].T)
    places.known[sequence, digit, frame] = no_brighter(table, hits, frames.reshape(-1, height, width))
    unclear = ~(places.known | (digits == UNKNOWN)[..., None]).all(1)
    return np.where((frames > shown) & ~unclear[..., None, None], frames, 0).astype(np.uint8)


def proposals(table: StripTable, rest: np.ndarray, frames: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Digits that strips propose, those of a sequence by how many strips speak for them.

    Args:
        rest: (n, t, H, W) uint8, whose strips are looked up; frames: the same, than which no digit may be brighter.

    Returns:
        sequence, digit: (p,) int64, sorted by sequence.
    """
    t, total = frames.shape[1], len(table.images)
    hits = table.look_up(rest.reshape(-1, *rest.shape[2:]))
    pair, first, count = np.unique(hits.frame // t * total + hits.digit, return_index=True, return_counts=True)
    right = no_brighter(table, Hits(*(part[first] for part in hits)), frames.reshape(-1, *frames.shape[2:]))
    pair, count = pair[right], count[right]
    sequence, digit = np.divmod(pair, total)
    order = np.lexsort((-count, sequence))
    return sequence[order], digit[order]


def no_brighter(table: StripTable, hits: Hits, frames: np.ndarray) -> np.ndarray:
    """Which digits are nowhere brighter than the frames (m, H, W) at their corners: (h,) bool."""
    windows = np.lib.stride_tricks.sliding_window_view(frames, table.images.shape[1:], axis=(1, 2))
    return (table.images[hits.digit] <= windows[hits.frame, hits.row, hits.col]).all((1, 2))


def add(digits: np.ndarray, proposed: tuple[np.ndarray, np.ndarray]) -> None:
    """Write the first proposals of each sequence where digits (n, k) are UNKNOWN, in place."""
    sequence, digit = proposed
    count = (digits != UNKNOWN).sum(1)
    rank = np.arange(len(sequence)) - np.searchsorted(sequence, sequence, "left")
    slot = count[sequence] + rank
    kept = slot < digits.shape[1]
    digits[sequence[kept], slot[kept]] = digit[kept]
