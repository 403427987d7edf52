"""Where digits are in each frame: boxes around their ink, and the ways of their corners."""

from dataclasses import dataclass

import numpy as np

from ..common.checks import InputError, room_for
from ..core.scenes import scene_of
from ..sources.source import Rows
from ..truth import masks

UNKNOWN_SIZE = (0, 0)  # with which the way of a digit is that of its corner


@dataclass(frozen=True, eq=False)
class Marks:
    """What is drawn over n sequences of k digits and t frames.

    boxes: (n, k, t, 4) int16 pixels: top, left, bottom, right of each digit's ink, the latter two just outside, also
        where something covers it; all 0 where there is none in the frame. None if they are not known.
    corners: (n, k, t, 2) int16 pixels (row, col) of each digit's corner in the frame. None if they are not known.
    size: (rows, cols), pixels of a digit; UNKNOWN_SIZE where no variant is known, or other digits than the package's.
    why: str, why boxes are not known.
    """

    boxes: np.ndarray | None = None
    corners: np.ndarray | None = None
    size: tuple = UNKNOWN_SIZE
    why: str = ""

    def of(self, first: int, stop: int) -> "Marks":
        """Those of some of the sequences."""
        boxes = None if self.boxes is None else self.boxes[first:stop]
        corners = None if self.corners is None else self.corners[first:stop]
        return Marks(boxes, corners, self.size, self.why)

    @staticmethod
    def joined(pieces: list["Marks"]) -> "Marks":
        """Those of sequences one after the other."""
        boxes = joined([each.boxes for each in pieces])
        corners = joined([each.corners for each in pieces])
        return Marks(boxes, corners, pieces[0].size, "; ".join(sorted({each.why for each in pieces} - {""})))


def joined(arrays: list[np.ndarray | None]) -> np.ndarray | None:
    """Arrays one after another; None if one of them is not known."""
    known = [array for array in arrays if array is not None]
    return np.concatenate(known) if len(known) == len(arrays) else None


def marks_of(columns: dict[str, list], rows: Rows) -> Marks:
    """Marks of a few rows. columns: what `rows.columns()` returned."""
    corners = corners_of(columns, rows.frames.shape)
    if corners is None:
        return Marks(why="there is no column positions")
    try:
        annotated = rows.annotated()
        if annotated is None:
            return Marks(None, corners, why="no variant is known that made the rows")
        sequences = annotated.sequences
        return Marks(boxes_of(sequences), corners, scene_of(sequences.variant, None).digit_size)
    except InputError as error:
        return Marks(None, corners, why=str(error))


def corners_of(columns, shape):
    """(n, k, t, 2) int16: the column `positions`; None if it is not there or does not fit."""
    if "positions" not in columns:
        return None
    try:
        positions = np.array(columns["positions"], np.int64)
    except (TypeError, ValueError, OverflowError):  # lists of different lengths, or no numbers
        return None
    fits = positions.ndim == 4 and positions.shape[2:] == (shape[1], 2)
    return np.clip(positions, -(2**15), 2**15 - 1).astype(np.int16) if fits else None


def boxes_of(sequences):
    """(n, k, t, 4) int16: tight boxes around the whole ink of each digit."""
    n, k, t = sequences.positions.shape[:3]
    height, width = sequences.variant.frame_size
    room_for("boxes around digits", 2 * min(n, masks.SEQUENCES_AT_A_TIME) * k * t * height * width)
    found = np.empty((n, k, t, 4), np.int16)
    for part, few in masks.a_few_at_a_time(sequences):
        found[part] = masks.ink_boxes(masks.whole_masks(few))
    return found
