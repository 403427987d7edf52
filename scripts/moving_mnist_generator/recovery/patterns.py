"""The ways in which a coordinate can have met the walls, read from its corners.

Corners c_t of one coordinate are whole pixels in 0..free. Where a digit meets the near wall, the corner is 0 for some
frames, and which of them it was cannot be seen: each is a pattern. Given a pattern, all that corners say about start
and speed is linear: see `lines`.
"""

import itertools
from collections.abc import Iterator

import numpy as np

NEAR, FAR = -1, 1
MOST_PATTERNS = 4_096  # of one coordinate
SLACK = 2.0  # pixels by which steps of one speed can differ where corners are rounded


def stops(corners: np.ndarray, free: int) -> Iterator[list[int]]:
    """Patterns of srivastava for one coordinate (t,) int: in each frame the wall on which the digit stands, or 0.

    The corner is `free` on the far wall alone, since corners are truncated. Between two frames with ink of it further
    in, the near wall is met once; at the beginning and the end it may not be met.
    """
    t = len(corners)
    sure = [FAR if corner == free else 0 for corner in corners]
    runs = runs_of(corners == 0)
    options: list[list[int]] = []  # frames in which a run meets the wall; -1: it does not
    for begin, end in runs:
        maybe = [-1] if begin == 0 or end == t else []
        options.append([*range(begin, end), *maybe])
    for _, chosen in zip(range(MOST_PATTERNS), product(options), strict=False):
        pattern = list(sure)
        for frame in chosen:
            if frame >= 0:
                pattern[frame] = NEAR
        walls = [wall for wall in pattern if wall]
        if all(one != other for one, other in itertools.pairwise(walls)):
            yield pattern


def runs_of(marked: np.ndarray) -> list[tuple[int, int]]:
    """(t,) bool -> [(begin, end)] of the runs that are True."""
    edges = np.flatnonzero(np.diff(marked.astype(np.int8), prepend=0, append=0))
    return [(int(begin), int(end)) for begin, end in edges.reshape(-1, 2)]


def product(options: list[list[int]]) -> Iterator[tuple[int, ...]]:
    """`itertools.product`, which would make tuples of all options first."""
    if not options:
        yield ()
        return
    for first in options[0]:
        for rest in product(options[1:]):
            yield (first, *rest)


def mirror_images(corners: np.ndarray, free: int) -> Iterator[list[int]]:
    """Patterns of tfds for one coordinate (t,) int: in which mirror image of the range each frame lies.

    Images are counted along the way: digits move to the far wall in even ones, to the near wall in odd ones. The first
    is 0 or 1. No step is longer than half of the range: a digit that does could also stand still.
    """
    c = corners.tolist()
    endless = (np.inf, -np.inf)
    open_ways = [([image], endless) for image in (0, 1)]  # images, and the shortest and the longest step
    for t in range(1, len(c)):
        longer = []
        for images, bounds in open_ways:
            for image in (images[-1], images[-1] + 1):
                before, now = unfolded(c[t - 1], images[-1], free), unfolded(c[t], image, free)
                step = now - before
                least, most = min(bounds[0], step), max(bounds[1], step)
                if -1 <= step <= free / 2 + 1 and most - least <= SLACK:
                    longer.append(([*images, image], (least, most)))
        open_ways = longer[:MOST_PATTERNS]
    yield from (images for images, _ in open_ways)


def unfolded(corner: int, image: int, free: int) -> int:
    """A corner on the straight line that mirror images make of the way."""
    return image * free + corner if image % 2 == 0 else (image + 1) * free - corner
