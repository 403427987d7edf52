"""A metric: what is measured of frames, and how the values of frames become one number; and those that are shared.

In formulas: y truth and p prediction, float32 with 1 for white; c is p clipped to 0..1; "levels" are
uint8(255 c) and uint8(255 y), truncated; sums and means run over the pixels of a frame unless something else is named.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from . import measures


@dataclass(frozen=True)
class Metric:
    """One number of a protocol.

    A measure gives one value for each frame; `frame` makes of it what the frame's value is called, `sequence` that of
    a sequence, and the mean over sequences, through `finish`, is the result.
    """

    name: str
    formula: str
    measure: Callable  # (Frames, view) -> (n, t) float64
    view: str  # one of measures.VIEWS
    frame: Callable = measures.same  # elementwise
    sequence: Callable | None = None  # (..., t) of the measure -> (...); None: the mean of the frames' values
    finish: Callable = measures.same  # elementwise
    higher_is_better: bool = False
    curve: Callable | None = measures.same  # the measure for values by frame: `same`, that above; None, no such values

    def of_sequences(self, table):
        """What was measured, (..., t) -> the values of sequences, (...)."""
        return self.frame(table).mean(-1) if self.sequence is None else self.sequence(table)

    def best(self, table):
        """What was measured of s samples, (s, n, t) -> the best sample of each sequence, (n,) int."""
        values = self.of_sequences(table)
        return values.argmax(0) if self.higher_is_better else values.argmin(0)


def psnr_of_sequences(table):
    """(..., t) mean squared errors -> (...) decibels of their mean."""
    return measures.decibels(table.mean(-1))


def sum_of_frames(table):
    """(..., t) -> (...)."""
    return table.sum(-1)


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


def gaussian_ssim(words, measure, view, **others):
    """A Metric: SSIM with the Gaussian window."""
    formula = f"11 x 11 Gaussian window, sigma 1.5, {words}, mean of frames"
    return replace(SSIM_OF_P, formula=formula, measure=measure, view=view, **others)
