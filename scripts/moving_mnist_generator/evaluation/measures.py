"""Measure single frames as protocols do, in each of the forms into which protocols turn frames first.

n sequences, t frames, h w pixels. A measure takes Frames and the name of a view, and gives (n, t) float64.
"""

from collections.abc import Callable
from functools import partial

import numpy as np

from ..common.checks import InputError
from .windows import ssim_gaussian, ssim_uniform

LEVELS = 255  # the largest value of uint8
LOWEST, HIGHEST = -1, 2  # of predictions: what no model of values in 0..1 leaves

Pair = tuple[np.ndarray, np.ndarray]  # predictions and truth


def as_given(prediction, truth):
    """Predictions as the model gave them, in float32."""
    return prediction, truth


def clipped(prediction, truth):
    """Predictions clipped to 0..1."""
    return np.clip(prediction, 0, 1), truth


def in_levels(prediction, truth):
    """Both clipped and turned into 0..255: times 255 in float32, then truncated."""
    return tuple((np.clip(values, 0, 1) * np.float32(LEVELS)).astype(np.uint8) for values in (prediction, truth))


def black_and_white(prediction, truth):
    """Both clipped and rounded to 0 or 1, then times 255: white where a value is above 0.5."""
    return tuple(LEVELS * np.rint(np.clip(values, 0, 1)) for values in (prediction, truth))


VIEWS = {view.__name__: view for view in (as_given, clipped, in_levels, black_and_white)}


class Frames:
    """Predictions and truth of a few sequences, with their views and what was measured, each computed once.

    prediction, truth: (n, t, h, w) float32, in units where 1 is white; batch: sequences in a batch, None without
    batches. Sequence 0 begins a batch.
    """

    def __init__(self, prediction: np.ndarray, truth: np.ndarray, batch: int | None = None) -> None:
        self.prediction, self.truth, self.batch = prediction, truth, batch
        lowest, highest = prediction.min(), prediction.max()
        if not (lowest >= LOWEST and highest <= HIGHEST):  # NaN is neither
            worst = highest if lowest >= LOWEST else lowest
            advice = ": divide them by 255, or pass uint8" if highest > HIGHEST else ""
            raise InputError(f"predictions must be float in 0..1, at most {LOWEST}..{HIGHEST}, not {worst}{advice}")
        self.inside = lowest >= 0 and highest <= 1
        self.views: dict[str, Pair] = {}
        self.measured: dict[tuple[Measure, str], np.ndarray] = {}

    def view(self, name: str) -> Pair:
        """(prediction, truth) in the form that a view names."""
        if name not in self.views:
            self.views[name] = VIEWS[name](self.prediction, self.truth)
        return self.views[name]

    def measure(self, measure: "Measure", view: str) -> np.ndarray:
        """What a measure gives for a view: (n, t) float64, or (n, t, h, w) float32 from `distance`."""
        view = "as_given" if view == "clipped" and self.inside else view  # the same values
        if (measure, view) not in self.measured:
            self.measured[measure, view] = measure(self, view)
        return self.measured[measure, view]


Measure = Callable[[Frames, str], np.ndarray]


def distance(frames: Frames, view: str) -> np.ndarray:
    """|prediction - truth| of each pixel, (n, t, h, w) float32: exact for levels, too."""
    error = np.subtract(*frames.view(view), dtype=np.float32)
    return np.abs(error, out=error)


def sum_of_products(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """(n, t, h, w) float32 each -> (n, t) float64, the sum over the pixels of a frame."""
    return np.einsum("ntbp,ntbp->ntb", in_blocks(first), in_blocks(second)).sum(-1, dtype=np.float64)


def in_blocks(values: np.ndarray) -> np.ndarray:
    """(n, t, h, w) -> (n, t, b, p): parts of a frame short enough to be summed in float32."""
    n, t, h, _ = values.shape
    return values.reshape(n, t, h // 8 if h % 8 == 0 else h, -1)


def squared_sum(frames: Frames, view: str) -> np.ndarray:
    """The sum of squared differences over the pixels of a frame."""
    return sum_of_products(*[frames.measure(distance, view)] * 2)


def absolute_sum(frames: Frames, view: str) -> np.ndarray:
    """The sum of absolute differences over the pixels of a frame."""
    return np.einsum("ntbp->ntb", in_blocks(frames.measure(distance, view))).sum(-1, dtype=np.float64)


def squared_mean(frames: Frames, view: str) -> np.ndarray:
    """The mean of squared differences over the pixels of a frame."""
    return frames.measure(squared_sum, view) / frames.truth[0, 0].size


def wrapped_squared_mean(frames: Frames, view: str) -> np.ndarray:
    """The same of levels whose difference and its square are both taken modulo 256, as uint8 does."""
    error = np.subtract(*frames.view(view))
    return np.square(error).mean((2, 3), dtype=np.float64)


def noise_to_signal(frames: Frames, view: str) -> np.ndarray:
    """Squared differences over the squares of the truth; infinite or NaN for a black frame."""
    _, truth = frames.view(view)
    with np.errstate(divide="ignore", invalid="ignore"):
        return frames.measure(squared_sum, view) / sum_of_products(truth, truth)


def ssim_of(ssim: Callable, span: float | np.ndarray, frames: Frames, view: str) -> np.ndarray:
    """An SSIM of all frames, (n, t). span: the range of values that it assumes."""
    n, t, *size = frames.truth.shape
    return ssim(*(values.reshape(n * t, *size) for values in frames.view(view)), span).reshape(n, t)


uniform_ssim_2 = partial(ssim_of, ssim_uniform, 2.0)  # the range that scikit-image up to 0.19 assumes for any float
uniform_ssim_255 = partial(ssim_of, ssim_uniform, 255.0)
gaussian_ssim_1 = partial(ssim_of, ssim_gaussian, 1.0)
gaussian_ssim_255 = partial(ssim_of, ssim_gaussian, 255.0)


def gaussian_ssim_of_batches(frames: Frames, view: str) -> np.ndarray:
    """SSIM with the Gaussian window; its range is the span of a batch's values, of the prediction or the truth."""
    low, high = batch_extremes(frames, view)
    span = (high.max(-1) - low.min(-1)).max(0)  # (n,)
    return ssim_of(ssim_gaussian, span.repeat(frames.truth.shape[1]), frames, view)


def gaussian_ssim_of_frame_batches(frames: Frames, view: str) -> np.ndarray:
    """The same where a batch holds one frame of each sequence, as for a curve by frame."""
    low, high = batch_extremes(frames, view)
    return ssim_of(ssim_gaussian, (high - low).max(0).reshape(-1), frames, view)


def batch_extremes(frames: Frames, view: str) -> Pair:
    """The lowest and the highest value of each frame number in the batch of a sequence.

    Returns:
        low, high: (2, n, t) float64 each, of prediction and truth.
    """
    n = len(frames.truth)
    batch = frames.batch or n
    starts, of_batch = np.arange(0, n, batch), np.arange(n) // batch
    lows, highs = [], []
    for values in frames.view(view):
        lows.append(np.minimum.reduceat(values.min((2, 3)), starts)[of_batch])
        highs.append(np.maximum.reduceat(values.max((2, 3)), starts)[of_batch])
    return np.array(lows, np.float64), np.array(highs, np.float64)


# From what was measured to the value of a frame.


def same(measured: np.ndarray) -> np.ndarray:
    """The value itself."""
    return measured


def decibels(measured: np.ndarray) -> np.ndarray:
    """-10 log10 of a mean squared error, or of noise over signal: infinite where there is no error."""
    with np.errstate(divide="ignore"):
        return -10 * np.log10(measured)


def decibels_of_levels(measured: np.ndarray) -> np.ndarray:
    """20 log10 255 - 10 log10 of a mean squared error in levels."""
    return 20 * np.log10(LEVELS) + decibels(measured)
