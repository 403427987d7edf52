"""All ways to place known digits in the frames of one sequence."""

import numpy as np

from .finding import Found
from .frame import FrameSolver, TooMany, Way
from .strips import StripTable

NONE = "is not explained"
SEVERAL = "has more than one explanation"
TOO_MANY = "has too many possible explanations"
HIDDEN = "does not show all digits"


class Unexplained(Exception):
    """A sequence has no solution, or not one alone. frame: the first that shows it; why: in words."""

    def __init__(self, frame: int, why: str) -> None:
        super().__init__(f"frame {frame} {why}")
        self.frame, self.why = frame, why


def ways_to_place(
    table: StripTable, digits: list[int], frames: np.ndarray, found: Found | None = None
) -> list[list[Way]]:
    """For each frame, all ways to place digits.

    Args:
        table: of the digits; digits: k positions in it; frames: (t, H, W) uint8.
        found: what was found of these digits, arrays of `Found` without axis n.

    Raises:
        Unexplained: there is none for a frame, or more than are tried.
    """
    solver, ways = FrameSolver(table.images[digits]), []
    for t, frame in enumerate(frames):
        sure = {} if found is None else places_in(found, t)
        if found is not None and found.explained[t] and len(sure) == len(digits):
            ways.append([tuple(sure.values())])
            continue
        try:
            ways.append(solver.ways(frame, sure))
        except TooMany:
            raise Unexplained(t, TOO_MANY) from None
        if not ways[-1]:
            raise Unexplained(t, NONE)
    return ways


def places_in(found: Found, t: int) -> dict[int, tuple[int, int]]:
    """{digit: corner} of the digits that can be nowhere else in frame t."""
    known = np.flatnonzero(found.places.known[:, t]).tolist()
    corners = found.places.corners[:, t].tolist()
    return {digit: (corners[digit][0], corners[digit][1]) for digit in known}
