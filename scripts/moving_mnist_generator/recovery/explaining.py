"""One sequence: what `find` leaves open. Other digits, frames with several solutions, whether there is one at all."""

from typing import NamedTuple

import numpy as np

from .finding import Found, proposals, unexplained
from .frame import FrameSolver, TooMany, Way
from .linking import one_way
from .searching import MOST_FOUND, candidates
from .strips import STRIP, StripTable

MOST_SETS = 24  # sets of digits that are looked at for one sequence
MOST_SEARCHES = 3  # searches of all digits for one sequence, at most half a second each


class Unexplained(Exception):
    """A sequence has no solution, or not one alone. frame: the first that shows it; why: in words."""

    def __init__(self, frame: int, why: str) -> None:
        super().__init__(f"frame {frame} {why}")
        self.frame, self.why = frame, why


NONE = "is not explained"
SEVERAL = "has more than one explanation"
TOO_MANY = "has too many possible explanations"


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
        digits = found.digits.tolist()
        if min(digits) < 0:
            digits, ways = self._search(frames, [digit for digit in digits if digit >= 0])
        else:
            try:
                ways = self._ways(frames, digits, found)
            except Unexplained as error:
                shown = found.explained & found.places.known.all(0)  # frames that show these digits, so no others
                if error.why != NONE or shown.any():
                    raise
                digits, ways = self._search(frames, [])
        corners = one_way(ways, self._solver(digits).kinds, self.motion, self.free)
        if isinstance(corners, int):
            raise Unexplained(corners, SEVERAL)
        return Solution(digits, corners)

    def _solver(self, digits) -> FrameSolver:
        return FrameSolver(self.table.images[digits])

    def _ways(self, frames, digits, found=None) -> list[list[Way]]:
        """For each frame all ways to place digits."""
        solver, ways = self._solver(digits), []
        for t, frame in enumerate(frames):
            corners = [] if found is None else [tuple(corner) for corner in found.places.corners[:, t].tolist()]
            known = [False] * len(digits) if found is None else found.places.known[:, t].tolist()
            if all(known) and found.explained[t]:
                ways.append([tuple(corners)])
                continue
            sure = {digit: corner for digit, corner in enumerate(corners) if known[digit]}
            try:
                ways.append(solver.ways(frame, sure))
            except TooMany:
                raise Unexplained(t, TOO_MANY) from None
            if not ways[-1]:
                raise Unexplained(t, NONE)
        return ways

    def _search(self, frames: np.ndarray, begin: list[int]) -> tuple[list[int], list[list[Way]]]:
        """Try sets of digits, strips first, then all digits, until one explains all frames."""
        budget = {"sets": MOST_SETS, "searches": MOST_SEARCHES}
        failed: list[Unexplained] = []
        for start in [begin, []] if begin else [[]]:
            solved = self._extend(frames, start, budget, failed)
            if solved:
                return solved
        raise max(failed, key=lambda error: error.frame, default=Unexplained(0, NONE))

    def _extend(self, frames, digits, budget, failed):
        """The first set that begins with `digits` and explains all frames, and its ways; None if there is none."""
        if budget["sets"] <= 0:
            return None
        budget["sets"] -= 1
        if len(digits) == self.num_digits:
            try:
                return digits, self._ways(frames, digits)
            except Unexplained as error:
                failed.append(error)
                return None
        known = np.array([digits + [-1] * (self.num_digits - len(digits))])
        rest = frames if not digits else unexplained(frames[None], self.table, known)[0]
        inked = np.flatnonzero(rest.any((1, 2)))
        if not len(inked):
            failed.append(Unexplained(0, "does not show all digits" if digits else NONE))
            return None
        failed.append(Unexplained(int(inked[0]), NONE))
        for digit in self._options(frames, rest, self.num_digits - len(digits), budget):
            solved = self._extend(frames, [*digits, digit], budget, failed)
            if solved:
                return solved
        return None

    def _options(self, frames, rest, missing, budget):
        """Digits that may be in what is left of frames: those that strips propose, then the others."""
        _, proposed = proposals(self.table, rest[None], frames[None])
        tried = proposed[:3].tolist()
        yield from tried
        if budget["searches"] <= 0 or budget["sets"] <= 0:
            return
        budget["searches"] -= 1
        t = int((rest > 0).sum((1, 2)).argmax())
        places = candidates(self.table, frames[t], rest[t] > 0, missing)
        yield from dict.fromkeys(digit for digit, _, _ in places[:3] if digit not in tried)

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
