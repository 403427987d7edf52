"""Try sets of digits on one sequence, where the first set that strips propose is not the right one."""

from collections.abc import Iterator

import numpy as np

from .finding import UNKNOWN, proposals, unexplained
from .frame import Way
from .searching import candidates
from .strips import StripTable
from .ways import HIDDEN, NONE, Unexplained, ways_to_place

MOST_SETS = 24  # sets of digits that are looked at for one sequence
MOST_SEARCHES = 3  # searches of all digits for one sequence, at most half a second each
OPTIONS = 3  # digits of one proposal that are tried

Explained = tuple[list[int], list[list[Way]]]  # digits, and for each frame all ways to place them


class SetSearch:
    """A search for the digits of frames (t, H, W) uint8 in a table, k at a time."""

    def __init__(self, table: StripTable, num_digits: int, frames: np.ndarray) -> None:
        self.table, self.num_digits, self.frames = table, num_digits, frames
        self.sets, self.searches = MOST_SETS, MOST_SEARCHES  # that are left
        self.failures: list[Unexplained] = []

    def run(self, known: list[int]) -> Explained:
        """The first set that explains all frames: one that has the known digits, else any.

        Raises:
            Unexplained: none was found. Its frame is the one that the best set does not explain.
        """
        for start in [known, []] if known else [[]]:
            if explained := self._extend(start):
                return explained
        raise max(self.failures, key=lambda error: error.frame, default=Unexplained(0, NONE))

    def _extend(self, digits: list[int]) -> Explained | None:
        """The first set that begins with `digits` and explains all frames."""
        if self.sets <= 0:
            return None
        self.sets -= 1
        missing = self.num_digits - len(digits)
        if not missing:
            return self._try(digits)
        rest = self.frames
        if digits:
            rest = unexplained(self.frames[None], self.table, np.array([digits + [UNKNOWN] * missing]))[0]
        inked = np.flatnonzero(rest.any((1, 2)))
        if not len(inked):
            self.failures.append(Unexplained(0, HIDDEN if digits else NONE))
            return None
        self.failures.append(Unexplained(int(inked[0]), NONE))
        for digit in self._options(rest, missing):
            if explained := self._extend([*digits, digit]):
                return explained
        return None

    def _try(self, digits: list[int]) -> Explained | None:
        try:
            return digits, ways_to_place(self.table, digits, self.frames)
        except Unexplained as error:
            self.failures.append(error)
            return None

    def _options(self, rest: np.ndarray, missing: int) -> Iterator[int]:
        """Digits that may be in what is left of the frames: those that strips propose, then any."""
        proposed = proposals(self.table, rest[None], self.frames[None])[1][:OPTIONS].tolist()
        yield from proposed
        if self.searches <= 0 or self.sets <= 0:
            return
        self.searches -= 1
        t = int(np.count_nonzero(rest, axis=(1, 2)).argmax())
        places = candidates(self.table, self.frames[t], rest[t] > 0, missing)
        yield from dict.fromkeys(digit for digit, _, _ in places[:OPTIONS] if digit not in proposed)
