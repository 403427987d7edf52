"""All sequences, a few at a time: found, settled, proven, and checked against a motion."""

from collections.abc import Iterator

import numpy as np

from ..core.rendering import render
from ..digits.loading import Digits
from .explaining import Explainer, Solution, stands_free
from .finding import Found, find
from .paths import drawn_from, fit, room_for_corners, start_and_velocity
from .placing import Places
from .strips import StripTable, strip_table
from .ways import Unexplained

CHUNK_PIXELS = 2**21  # of frames that are explained at a time


def solutions_of(
    frames: np.ndarray, digits: Digits, split: str, num_digits: int, motion: str | None
) -> Iterator[tuple[int, Solution | Unexplained]]:
    """For each sequence its position, and its Solution or why there is none."""
    table, free = strip_table(digits, split), room_for_corners(frames.shape[2:], digits)
    explainer = Explainer(table, num_digits, motion, free)
    step = max(1, CHUNK_PIXELS // max(1, frames[0].size if len(frames) else 1))
    for first in range(0, len(frames), step):
        some = np.ascontiguousarray(frames[first : first + step])
        solved = solve(some, find(some, table, num_digits), explainer)
        check_proof(some, solved, table)
        if motion is not None:
            check_motion(solved, motion, free)
        yield from enumerate(solved, first)


def solve(frames: np.ndarray, found: Found, explainer: Explainer) -> list[Solution | Unexplained]:
    """The Solution of each of a few sequences, or why there is none."""
    clear = np.all(found.explained & found.places.known.all(1), axis=1)
    free = stands_free(explainer.table, np.maximum(found.digits, 0), found.places.corners)
    solved: list[Solution | Unexplained] = []
    for i, each in enumerate(frames):
        try:
            if clear[i]:
                solution, sure = Solution(found.digits[i].tolist(), found.places.corners[i]), free[i]
            else:
                one = Found(found.digits[i], Places(*(part[i] for part in found.places)), found.explained[i])
                solution = explainer.explain(each, one)
                sure = stands_free(explainer.table, np.array([solution.digits]), solution.corners[None])[0]
            for digit in np.flatnonzero(~sure).tolist():
                explainer.check_no_other(each, solution, digit)
            solved.append(in_order(solution))
        except Unexplained as error:
            solved.append(error)
    return solved


def in_order(solution: Solution) -> Solution:
    """Digits sorted by their position in the file, equal ones by their corners."""
    order = sorted(range(len(solution.digits)), key=lambda i: (solution.digits[i], solution.corners[i].tolist()))
    return Solution([solution.digits[i] for i in order], solution.corners[order])


def check_proof(frames: np.ndarray, solved: list[Solution | Unexplained], table: StripTable) -> None:
    """Paint every solution again. That the frames come out is what everything here promises."""
    solutions = {i: each for i, each in enumerate(solved) if isinstance(each, Solution)}
    if solutions:
        images = table.images[[each.digits for each in solutions.values()]]
        again = render(images, np.stack([each.corners for each in solutions.values()]), frames.shape[2:])
        if not np.array_equal(again, frames[list(solutions)]):
            raise AssertionError("a solution does not paint its frames")


def check_motion(solved: list[Solution | Unexplained], motion: str, free: tuple[int, int]) -> None:
    """Replace, in place, solutions with a path that does not follow a motion."""
    solutions = {i: each for i, each in enumerate(solved) if isinstance(each, Solution)}
    if not solutions:
        return
    corners = np.stack([each.corners for each in solutions.values()])
    follows = start_and_velocity(motion, corners.reshape(-1, *corners.shape[2:]), free).found
    for (i, solution), each in zip(solutions.items(), follows.reshape(corners.shape[:2]), strict=True):
        if not each.all():
            solved[i] = off_the_path(solution.corners[each.argmin()], motion, free)


def off_the_path(path: np.ndarray, motion: str, free: tuple[int, int]) -> Unexplained:
    """The first frame up to which a path (t, 2) does not follow a motion."""
    for t in range(len(path) - 1):
        if not start_and_velocity(motion, path[None, : t + 1], free).found[0]:
            return Unexplained(t, f"does not follow {motion}")
    return Unexplained(len(path) - 1, f"does not follow {motion}")


def velocities_of(motion: str, corners: np.ndarray, free: tuple[int, int]) -> np.ndarray:
    """Velocities (p, 2) float32, pixels a frame, from which `walk` gives paths (p, t, 2) for some start."""
    velocity = start_and_velocity(motion, corners, free).velocity
    triples = fit(corners, free, motion)
    own = ~np.isnan(triples[:, 0])
    velocity[own] = drawn_from(triples[own], free, motion)[1]
    return (velocity * free).astype(np.float32)
