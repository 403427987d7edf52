"""from_frames(): frames that anybody made -> Sequences, each proven by painting it again."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from ..common.checks import InputError, in_short, one_of, whole_number
from ..core.rendering import render
from ..core.sequences import Sequences, usable_digits
from ..core.variants import Variant
from ..digits.loading import Digits
from .explaining import Explainer, Solution, Unexplained, stands_free
from .finding import Found, find, no_brighter
from .paths import FOLLOWED, drawn_from, fit, start_and_velocity
from .placing import Places
from .strips import strip_table

CHUNK_PIXELS = 2**21  # of frames that are explained at a time
SAMPLE = 32  # sequences from which the file of the digits is told
FILES = ("train", "test")


class Recovered(NamedTuple):
    """What was found in frames.

    sequences:   Sequences of those that are explained; `sequence_id` are their positions in the frames
    unexplained: {position: why not} of all others
    """

    sequences: Sequences
    unexplained: dict[int, str]


def from_frames(
    frames: np.ndarray,
    *,
    digits: Digits | None = None,
    num_digits: int = 2,
    motion: str | None = None,
    leave_out: bool = False,
) -> Sequences:
    """Find out which digits are in frames, and where: the counterpart of `from_rows`.

    Frames hold whole copies of a source's digits at whole-pixel corners, and the brighter pixel wins, as in the
    authors' test file, OpenSTL, SimVP, PredRNN and torchvision's copy. Each sequence is proven: painting the digits
    again gives every pixel of every frame, and with these digits no other corners do, nor does another digit in the
    place of one of them.

    Args:
        frames: (n, t, H, W) uint8; a memory map is read piece by piece.
        digits: Digits to look for; None, the embedded MNIST. All come from one of its files.
        num_digits: k, of each sequence.
        motion: None; or "srivastava" or "tfds", which every path must follow, at any speed. It settles where a digit
            is that others hide, and which of two equal digits is which, if it leaves one possibility.
        leave_out: leave out sequences that are not explained, instead of refusing all.

    Returns:
        Sequences of a variant `recovered`. sequence_id are positions in `frames`: with `leave_out`, those that are
        there. split is "test" if the digits come from the source's test file, else "train"; digit_ids are positions
        in that file, so those of its validation part are possible in "train". The order of digits cannot be seen:
        they are sorted by digit_id, equal ones by their corners. velocities are None without a motion; else those of
        a start and velocity from which `walk` gives all corners again, near the middle of what is possible; those of
        the motion's own speed where there is one. velocities_in_force and hits are None.

    Raises:
        InputError: frames of another kind; a sequence without a solution, or with more than one, by its position and
            its first frame that shows it.

    >>> from moving_mnist_generator import generate, truth
    >>> made = generate("two_digits", "test", range(2))
    >>> found = truth.from_frames(made.frames, motion="srivastava")
    >>> found.split, bool((np.sort(made.digit_ids) == found.digit_ids).all())
    ('test', True)
    """
    recovered = recover(frames, digits=digits, num_digits=num_digits, motion=motion)
    if recovered.unexplained and not leave_out:
        first = min(recovered.unexplained)
        raise InputError(
            f"frames[{first}] must show {num_digits} digits of the source: {recovered.unexplained[first]}"
        )
    return recovered.sequences


def recover(
    frames: np.ndarray, *, digits: Digits | None = None, num_digits: int = 2, motion: str | None = None
) -> Recovered:
    """`from_frames` with the reasons for what is left out: see there.

    >>> recovered = recover(np.zeros((1, 20, 64, 64), np.uint8))
    >>> len(recovered.sequences), recovered.unexplained
    (0, {0: 'frame 0 is not explained'})
    """
    digits = usable_digits(digits)
    frames = usable_frames(frames, digits.train_images.shape[1:])
    num_digits = whole_number("num_digits", num_digits, 1, 1_000)
    if motion is not None:
        one_of("motion", motion, FOLLOWED)
    split = file_of(frames, digits)
    solutions: list[Solution] = []
    kept, reasons = [], {}
    for position, solved in solutions_of(frames, digits, split, num_digits, motion):
        if isinstance(solved, Unexplained):
            reasons[position] = str(solved)
        else:
            kept.append(position)
            solutions.append(solved)
    k, t = num_digits, frames.shape[1]
    digit_ids = np.array([solution.digits for solution in solutions], np.int32).reshape(-1, k)
    corners = np.array([solution.corners for solution in solutions], np.int16).reshape(-1, k, t, 2)
    variant = Variant("recovered", k, t, frames.shape[2:], motion or "srivastava")
    labels = digits.test_labels if split == "test" else digits.train_labels
    velocities = None
    if motion is not None:
        velocities = velocities_of(motion, corners.reshape(-1, t, 2), free_of(frames, digits)).reshape(-1, k, 2)
    return Recovered(
        Sequences(
            variant=variant,
            split=split,
            sequence_id=np.array(kept, np.int64),
            frames=frames if len(kept) == len(frames) else frames[kept],
            labels=labels[digit_ids],
            digit_ids=digit_ids,
            positions=corners,
            velocities=velocities,
            velocities_in_force=None,
            hits=None,
        ),
        reasons,
    )


def usable_frames(frames: np.ndarray, size: tuple[int, ...]) -> np.ndarray:
    """Refuse what are no grey frames with room for digits of a size (h, w)."""
    if not isinstance(frames, np.ndarray) or frames.dtype != np.uint8 or frames.ndim != 4 or not frames.shape[1]:
        found = f"{frames.dtype} {frames.shape}" if isinstance(frames, np.ndarray) else in_short(frames)
        raise InputError(f"frames must be uint8 of shape (n, t, H, W), not {found}")
    if frames.shape[2] < size[0] or frames.shape[3] < size[1]:
        raise InputError(f"frames must hold digits of {size[0]} x {size[1]} pixels, not {frames.shape[2:]}")
    return frames


def free_of(frames: np.ndarray, digits: Digits) -> tuple[int, int]:
    """(rows, cols), pixels in which corners can be."""
    return tuple(int(room) for room in np.subtract(frames.shape[2:], digits.train_images.shape[1:]))


def file_of(frames: np.ndarray, digits: Digits) -> str:
    """The file whose digits have more of the strips of some frames: "train" or "test"."""
    some = np.unique(np.linspace(0, max(len(frames) - 1, 0), SAMPLE).astype(int)) if len(frames) else []
    sample = np.ascontiguousarray(frames[some]).reshape(-1, *frames.shape[2:])
    counts = {}
    for split in FILES:
        table = strip_table(digits, split)
        hits = table.look_up(sample)
        right = no_brighter(table, hits, sample)
        counts[split] = len(np.unique(hits.frame[right]))
    return max(FILES, key=counts.__getitem__)


def solutions_of(
    frames: np.ndarray, digits: Digits, split: str, num_digits: int, motion: str | None
) -> Iterator[tuple[int, Solution | Unexplained]]:
    """For each sequence its position, and its Solution or why there is none."""
    table, free = strip_table(digits, split), free_of(frames, digits)
    explainer = Explainer(table, num_digits, motion)
    step = max(1, CHUNK_PIXELS // max(1, frames[0].size if len(frames) else 1))
    for first in range(0, len(frames), step):
        some = np.ascontiguousarray(frames[first : first + step])
        solved = solve(some, find(some, table, num_digits), explainer)
        check_proof(some, solved, explainer)
        if motion is not None:
            check_motion(solved, motion, free)
        yield from enumerate(solved, first)


def solve(frames: np.ndarray, found: Found, explainer: Explainer) -> list[Solution | Unexplained]:
    """The Solution of each of a few sequences, or why there is none."""
    clear = (found.explained & found.places.known.all(1)).all(1)
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


def check_proof(frames: np.ndarray, solved: list[Solution | Unexplained], explainer: Explainer) -> None:
    """Paint every solution again. That the frames come out is what everything here promises."""
    right = [i for i, solution in enumerate(solved) if isinstance(solution, Solution)]
    if right:
        images = explainer.table.images[[solved[i].digits for i in right]]
        again = render(images, np.stack([solved[i].corners for i in right]), frames.shape[2:])
        if not np.array_equal(again, frames[right]):
            raise AssertionError("a solution does not paint its frames")


def check_motion(solved: list[Solution | Unexplained], motion: str, free: tuple[int, int]) -> None:
    """Replace, in place, solutions with a path that does not follow a motion."""
    right = [i for i, solution in enumerate(solved) if isinstance(solution, Solution)]
    if right:
        corners = np.stack([solved[i].corners for i in right])
        follow = start_and_velocity(motion, corners.reshape(-1, *corners.shape[2:]), free).found
        for i, follows in zip(right, follow.reshape(len(right), -1), strict=True):
            if not follows.all():
                solved[i] = off_the_path(solved[i], motion, int(follows.argmin()), free)


def off_the_path(solution: Solution, motion: str, digit: int, free: tuple[int, int]) -> Unexplained:
    """The first frame up to which a digit does not follow a motion."""
    path = solution.corners[digit][None]
    t = next((t for t in range(path.shape[1]) if not start_and_velocity(motion, path[:, : t + 1], free).found[0]), 0)
    return Unexplained(t, f"does not follow {motion}")


def velocities_of(motion: str, corners: np.ndarray, free: tuple[int, int]) -> np.ndarray:
    """Velocities (p, 2) float32, pixels a frame, from which `walk` gives paths (p, t, 2) for some start."""
    velocity = start_and_velocity(motion, corners, free).velocity
    triples = fit(corners, free, motion)
    own = ~np.isnan(triples[:, 0])
    velocity[own] = drawn_from(triples[own], free, motion)[1]
    return (velocity * free).astype(np.float32)
