"""from_frames(): frames that anybody made -> Sequences, each proven by painting it again."""

from typing import NamedTuple

import numpy as np

from ..common.checks import InputError, in_short, one_of, whole_number
from ..common.fields import Flag
from ..core.scenes import usable_digits
from ..core.sequences import Sequences
from ..core.variants import Variant
from ..digits.loading import Digits
from .explaining import Solution
from .finding import no_brighter
from .paths import FOLLOWED, room_for_corners
from .solving import solutions_of, velocities_of
from .strips import StripTable, strip_table

SAMPLE = 32  # sequences, about, that show which file the digits are from
MOST_DIGITS = 100  # in a sequence
FILES = ("train", "test")


class NotExplained(InputError):
    """A sequence without a solution, or with more than one. position: in the frames; why: which frame shows it."""

    def __init__(self, message: str, position: int = 0, why: str = "") -> None:
        super().__init__(message)
        self.position, self.why = position, why


class Recovered(NamedTuple):
    """What was found in frames.

    sequences:   Sequences of those that are explained; their `sequence_id` are positions in the frames
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
    return recover(frames, digits=digits, num_digits=num_digits, motion=motion, leave_out=leave_out).sequences


def recover(
    frames: np.ndarray,
    *,
    digits: Digits | None = None,
    num_digits: int = 2,
    motion: str | None = None,
    leave_out: bool = True,
) -> Recovered:
    """`from_frames` with the reasons for what is left out: see there.

    >>> recovered = recover(np.zeros((1, 20, 64, 64), np.uint8))
    >>> len(recovered.sequences), recovered.unexplained
    (0, {0: 'frame 0 is not explained'})
    """
    digits = usable_digits(digits)
    frames = usable_frames(frames, digits.train_images.shape[1:])
    k, t = whole_number("num_digits", num_digits, 1, MOST_DIGITS), frames.shape[1]
    if motion is not None:
        one_of("motion", motion, FOLLOWED)
    leave_out = Flag().check("leave_out", leave_out)
    split = file_of(frames, digits, k)
    solutions: dict[int, Solution] = {}
    reasons: dict[int, str] = {}
    for position, solved in solutions_of(frames, digits, split, k, motion):
        if isinstance(solved, Solution):
            solutions[position] = solved
        elif leave_out:
            reasons[position] = str(solved)
        else:
            message = f"frames[{position}] must show {k} digits of the source: {solved}"
            raise NotExplained(message, position, str(solved))
    digit_ids = np.array([each.digits for each in solutions.values()], np.int32).reshape(-1, k)
    corners = np.array([each.corners for each in solutions.values()], np.int16).reshape(-1, k, t, 2)
    velocities = None
    if motion is not None:
        free = room_for_corners(frames.shape[2:], digits)
        velocities = velocities_of(motion, corners.reshape(-1, t, 2), free).reshape(-1, k, 2)
    found = Sequences(
        variant=Variant("recovered", k, t, frames.shape[2:], motion or "srivastava"),  # for its maximum overlap
        split=split,
        sequence_id=np.array(list(solutions), np.int64),
        frames=frames if not reasons else frames[list(solutions)],
        labels=digits.pool(split, whole_file=True).labels[digit_ids],
        digit_ids=digit_ids,
        positions=corners,
        velocities=velocities,
        velocities_in_force=None,
        hits=None,
    )
    return Recovered(found, reasons)


def usable_frames(frames: np.ndarray, size: tuple[int, ...]) -> np.ndarray:
    """Refuse what are no grey frames with room for digits of a size (h, w)."""
    if not isinstance(frames, np.ndarray) or frames.dtype != np.uint8 or frames.ndim != 4 or not frames.shape[1]:
        found = f"{frames.dtype} {frames.shape}" if isinstance(frames, np.ndarray) else in_short(frames)
        raise InputError(f"frames must be uint8 of shape (n, t, H, W), not {found}")
    if frames.shape[2] < size[0] or frames.shape[3] < size[1]:
        raise InputError(f"frames must hold digits of {size[0]} x {size[1]} pixels, not {frames.shape[2:]}")
    return frames


def file_of(frames: np.ndarray, digits: Digits, num_digits: int) -> str:
    """The file whose digits have more of the strips of some frames: "train" or "test".

    Where strips do not decide, as all digits cover each other, the file that explains more of them.
    """
    some = np.ascontiguousarray(frames[:: max(1, len(frames) // SAMPLE)])
    strips = {split: frames_with_strips(some, strip_table(digits, split)) for split in FILES}
    if strips["train"] != strips["test"]:
        return max(FILES, key=strips.__getitem__)
    explained = {
        split: sum(isinstance(each, Solution) for _, each in solutions_of(some, digits, split, num_digits, None))
        for split in FILES
    }
    if explained["train"] == explained["test"] > 0:
        raise InputError("digits must be of the train or the test file, and those of the frames are in both")
    return max(FILES, key=explained.__getitem__)


def frames_with_strips(frames: np.ndarray, table: StripTable) -> int:
    """In how many of the frames (n, t, H, W) a strip of a digit is seen."""
    frames = frames.reshape(-1, *frames.shape[2:])
    hits = table.look_up(frames)
    return len(np.unique(hits.frame[no_brighter(table, hits, frames)]))
