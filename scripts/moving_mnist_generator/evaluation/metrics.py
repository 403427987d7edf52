"""Turn what is measured of frames into the numbers of a protocol, and define the metrics that protocols share.

In formulas: y truth and p prediction, float32 with 1 for white; c is p clipped to 0..1; "levels" are
uint8(255 c) and uint8(255 y), truncated; sums and means run over the pixels of a frame unless something else is named.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ..common.checks import one_of
from . import measures

Values = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Metric:
    """One number of a protocol.

    A measure gives one number for each frame. `frame` turns it into the value of the frame, `sequence` turns all of a
    sequence into its value, and the mean over sequences, through `finish`, is the result.
    """

    name: str
    formula: str
    measure: measures.Measure  # (n, t) float64
    view: str  # one of measures.VIEWS
    frame: Values = measures.same  # elementwise
    sequence: Values | None = None  # (..., t) of the measure -> (...); None: the mean of the frames' values
    finish: Values = measures.same  # elementwise
    higher_is_better: bool = False
    has_curve: bool = True  # whether values by frame are defined
    curve_measure: measures.Measure | None = None  # of the values by frame; None: `measure`

    def __post_init__(self) -> None:
        one_of(f"view of {self.name}", self.view, measures.VIEWS)

    def of_sequences(self, measured: np.ndarray) -> np.ndarray:
        """What was measured, (..., t) -> the values of sequences, (...)."""
        return self.frame(measured).mean(-1) if self.sequence is None else self.sequence(measured)

    def best(self, measured: np.ndarray) -> np.ndarray:
        """What was measured of s samples, (s, n, t) -> the best sample of each sequence, (n,) int."""
        values = self.of_sequences(measured)
        return values.argmax(0) if self.higher_is_better else values.argmin(0)


def psnr_of_sequences(measured: np.ndarray) -> np.ndarray:
    """(..., t) mean squared errors -> (...) decibels of their mean."""
    return measures.decibels(measured.mean(-1))


def sum_of_frames(measured: np.ndarray) -> np.ndarray:
    """(..., t) -> (...)."""
    return measured.sum(-1)


MSE = Metric("mse", "sum of (p - y)^2, mean of frames", measures.squared_sum, "as_given")
MAE = Metric("mae", "sum of |p - y|, mean of frames", measures.absolute_sum, "as_given")
CLIPPED_MSE = replace(MSE, formula="sum of (c - y)^2, mean of frames", view="clipped")
CLIPPED_MAE = replace(MAE, formula="sum of |c - y|, mean of frames", view="clipped")
MEAN_MSE = Metric("mse", "mean of (p - y)^2, mean of frames", measures.squared_mean, "as_given")
PSNR = Metric(
    "psnr",
    "-10 log10 of the mean of (p - y)^2, mean of frames",
    measures.squared_mean,
    "as_given",
    frame=measures.decibels,
    higher_is_better=True,
)
CLIPPED_PSNR = replace(PSNR, formula="-10 log10 of the mean of (c - y)^2, mean of frames", view="clipped")
LEVELS_PSNR = replace(
    PSNR,
    formula="20 log10 255 - 10 log10 of the mean of squared differences of levels, mean of frames",
    view="in_levels",
    frame=measures.decibels_of_levels,
)
SSIM_OF_P = Metric(
    "ssim",
    "7 x 7 uniform window, range 2, of p and y, mean of frames",
    measures.uniform_ssim_2,
    "as_given",
    higher_is_better=True,
)
SSIM_OF_C = replace(SSIM_OF_P, formula="7 x 7 uniform window, range 2, of c and y, mean of frames", view="clipped")


def gaussian_ssim(words: str, measure: measures.Measure, view: str, **others: Any) -> Metric:
    """A Metric: SSIM with the Gaussian window."""
    formula = f"11 x 11 Gaussian window, sigma 1.5, {words}, mean of frames"
    return replace(SSIM_OF_P, formula=formula, measure=measure, view=view, **others)
