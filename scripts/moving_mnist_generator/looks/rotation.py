"""Digits that turn, each by one angle a frame."""

from functools import partial

import numpy as np

from ..common.column import Column
from ..common.fields import Field, Range
from .base import Look, Stage, bounds_of, uniform_in


def angles(rotations: np.ndarray, num_frames: int) -> np.ndarray:
    """(n, k) degrees a frame -> (n, k, t) float64 degrees."""
    return rotations[..., None].astype(np.float64) * np.arange(num_frames)


ROTATION = Look(
    field=Field(Range(-180, 180), None, "degrees a frame, counterclockwise, by which each digit turns"),
    draw=partial(uniform_in, "rotation"),
    bounds=partial(bounds_of, "rotation"),
    words="turning",
    stage=Stage.ANGLE,
    column=Column("rotations", "float32", "k", "Degrees a frame, counterclockwise, by which each digit turns"),
    by_frame=angles,
    in_frames="angles",
)
