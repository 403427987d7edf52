"""Frames that can be explained in several ways -> the one way that follows a motion."""

import numpy as np

from .frame import Way
from .paths import may_follow

MOST_PREFIXES = 4_096  # beginnings of a sequence that are followed


def one_way(ways: list[list[Way]], kinds: list[int], motion: str | None, free: tuple[int, int]) -> np.ndarray | int:
    """The corners (k, t, 2) int64 if there is one solution; else the first frame that has several.

    Args:
        ways: for each frame, all ways to place k digits.
        kinds: (k,) which digits are equal; exchanging them for the whole sequence is the same solution.
        motion: that every path must follow; None: each frame stands alone.
        free: (rows, cols), the free range.
    """
    several = [t for t, each in enumerate(ways) if len(each) > 1]
    if not several:
        return np.array([each[0] for each in ways]).swapaxes(0, 1)
    if motion is None:
        return several[0]
    paths = np.empty((1, len(kinds), 0, 2), np.int64)
    for t, each in enumerate(ways):
        nexts = np.array(each, np.int64)
        paths = np.concatenate(
            [paths.repeat(len(nexts), axis=0), np.tile(nexts, (len(paths), 1, 1))[:, :, None]], axis=2
        )
        if len(nexts) > 1 or t + 1 == len(ways):
            q, k = paths.shape[:2]
            paths = paths[may_follow(motion, paths.reshape(q * k, t + 1, 2), free).reshape(q, k).all(1)]
        if len(paths) > MOST_PREFIXES:
            return several[0]
    different = np.array(sorted({canonical(path, kinds) for path in paths.tolist()}))
    if len(different) == 1:
        return different[0]
    if not len(different):
        return several[0]
    return int((different != different[0]).any((0, 1, 3)).argmax())


def canonical(path: list, kinds: list[int]) -> tuple:
    """Paths of k digits with those of equal digits in ascending order."""
    frozen = [tuple(map(tuple, each)) for each in path]
    queues = {kind: sorted(each for each, k in zip(frozen, kinds, strict=True) if k == kind) for kind in set(kinds)}
    return tuple(queues[kind].pop(0) for kind in kinds)
