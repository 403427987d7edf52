"""Digits that shrink for 5 frames, then grow for 5, and so on, each by a factor of its own."""

from functools import partial

import numpy as np

from ..common.column import Column
from ..common.fields import Field, Range
from .base import Look, Stage, bounds_of, uniform_in
from .rhythm import exponents, powers


def scales(scalings: np.ndarray, num_frames: int) -> np.ndarray:
    """(...) factor a frame -> (..., t) float64: divided by it for 5 frames, then multiplied, and so on."""
    return powers(scalings, -exponents(num_frames))


SCALE = Look(
    field=Field(Range(0.5, 2), None, "factor a frame by which each digit shrinks for 5 frames, then grows for 5"),
    draw=partial(uniform_in, "scale"),
    bounds=partial(bounds_of, "scale"),
    words="growing and shrinking",
    stage=Stage.SCALE,
    column=Column(
        "scalings",
        "float32",
        "k",
        "Factor a frame by which each digit shrinks for 5 frames, then grows for 5, and so on",
    ),
    by_frame=scales,
    in_frames="scales",
    recurrence=exponents,
)
