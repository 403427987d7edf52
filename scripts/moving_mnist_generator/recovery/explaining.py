"""One sequence: what `find` leaves open. Other digits, frames with several solutions, whether there is one at all."""

from typing import NamedTuple

import numpy as np

from .finding import UNKNOWN, Found
from .frame import FrameSolver, TooMany, Way
from .linking import one_way
from .searching import MOST_FOUND, candidates
from .sets import SetSearch
from .strips import STRIP, StripTable
from .ways import NONE, SEVERAL, TOO_MANY, Unexplained, ways_to_place


class Solution(NamedTuple):
    """digits: k positions in the file; corners: (k, t, 2) int64, pixels."""

    digits: list[int]
    corners: np.ndarray


class Explainer:
    """Explains single sequences by digits of one file.

    table: the digits; num_digits: k; motion: that all paths must follow, or None; free: (rows, cols), the free range.
    """

    def __init__(self, table: StripTable, num_digits: int, motion: str | None, free: tuple[int, int]) -> None:
        self.table, self.num_digits, self.motion, self.free = table, num_digits, motion, free

    def explain(self, frames: np.ndarray, found: Found) -> Solution:
        """The one solution for frames (t, H, W), given what was found in them: arrays of `Found` without axis n.

        Raises:
            Unexplained: there is none, or more than one.
        """
        digits, ways = self._digits_and_ways(frames, found)
        corners = one_way(ways, FrameSolver(self.table.images[digits]).kinds, self.motion, self.free)
        if isinstance(corners, int):
            raise Unexplained(corners, SEVERAL)
        return Solution(digits, corners)

    def _digits_and_ways(self, frames: np.ndarray, found: Found) -> tuple[list[int], list[list[Way]]]:
        """The digits of a sequence, and for each frame all ways to place them."""
        digits = found.digits.tolist()
        search = SetSearch(self.table, self.num_digits, frames)
        if UNKNOWN in digits:
            return search.run([digit for digit in digits if digit != UNKNOWN])
        try:
            return digits, ways_to_place(self.table, digits, frames, found)
        except Unexplained as error:
            shown = found.explained & found.places.known.all(0)  # frames that show these digits, so no others
            if error.why != NONE or shown.any():
                raise
            return search.run([])

    def check_no_other(self, frames: np.ndarray, solution: Solution, digit: int) -> None:
        """Refuse a solution in which another digit could stand for one of them, the others being where they are.

        Raises:
            Unexplained: another can, or too many had to be looked at.
        """
        others = [i for i in range(self.num_digits) if i != digit]
        images = self.table.images[solution.digits]
        covered = [paint(images[others], solution.corners[others, t], frame.shape) for t, frame in enumerate(frames)]
        seen = np.stack([frame > cover for frame, cover in zip(frames, covered, strict=True)])
        t = int(seen.sum((1, 2)).argmax())
        if not seen[t].any():
            raise Unexplained(t, SEVERAL)
        places = candidates(self.table, frames[t], seen[t], 1)
        if len(places) > MOST_FOUND:
            raise Unexplained(t, TOO_MANY)
        for other in {digit for digit, _, _ in places} - {solution.digits[digit]}:
            solver = FrameSolver(self.table.images[[other]])
            try:
                possible = all(solver.over(frame, cover) for frame, cover in zip(frames, covered, strict=True))
            except TooMany:
                possible = True
            if possible:
                raise Unexplained(t, SEVERAL)


def paint(images: np.ndarray, corners: np.ndarray, frame_size: tuple[int, ...]) -> np.ndarray:
    """Digits (k, h, w) uint8 at corners (k, 2) on one frame."""
    frame = np.zeros(frame_size, np.uint8)
    for image, (row, col) in zip(images, corners.tolist(), strict=True):
        part = frame[row : row + image.shape[0], col : col + image.shape[1]]
        np.maximum(part, image, out=part)
    return frame


def stands_free(table: StripTable, digits: np.ndarray, corners: np.ndarray) -> np.ndarray:
    """Whether a digit shows, in some frame, a free strip that no other digit of the file has.

    Then no other digit can stand for it while the others are where they are.

    Args:
        digits: (n, k) int; corners: (n, k, t, 2) int64.

    Returns:
        (n, k) bool.
    """
    k = digits.shape[1]
    free = np.zeros(digits.shape, bool)
    for side, (axis, sign) in enumerate(((0, 1), (0, -1), (1, 1), (1, -1))):
        edge = sign * (table.box[side][digits][..., None] + corners[..., axis])  # ascending inwards
        for digit in range(k):
            others = np.delete(edge, digit, axis=1)
            alone = (others >= edge[:, digit, None] + STRIP).all(1).any(1)
            free[:, digit] |= alone & table.unique[side][digits[:, digit]]
    return free
