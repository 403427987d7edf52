"""What protocols measure in single frames, and which form of the frames they measure it on.

n sequences, t frames, h w pixels. A measure takes Frames and the name of a view, and gives (n, t) float64.
"""

import numpy as np

from .windows import ssim_gaussian, ssim_uniform

LEVELS = 255  # the largest value of uint8


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

    def __init__(self, prediction, truth, batch=None):
        self.prediction, self.truth, self.batch = prediction, truth, batch
        self.inside = prediction.min() >= 0 and prediction.max() <= 1
        self.views, self.measured = {}, {}

    def view(self, name):
        """(prediction, truth) in the form that a view names."""
        if name not in self.views:
            self.views[name] = VIEWS[name](self.prediction, self.truth)
        return self.views[name]

    def measure(self, measure, view):
        """(n, t) float64."""
        view = "as_given" if view == "clipped" and self.inside else view  # the same values
        if (measure, view) not in self.measured:
            self.measured[measure, view] = measure(self, view)
        return self.measured[measure, view]

    @property
    def pixels(self):
        """h w."""
        return self.truth[0, 0].size

    def flat(self, view):
        """A view's (prediction, truth) as (n t, h, w)."""
        return (values.reshape(-1, *values.shape[2:]) for values in self.view(view))


def squared_sum(frames, view):
    """The sum of squared differences over the pixels of a frame."""
    error = difference(frames, view)
    return np.einsum("nthw,nthw->nth", error, error).sum(-1, dtype=np.float64)


def absolute_sum(frames, view):
    """The sum of absolute differences over the pixels of a frame."""
    error = difference(frames, view)
    return np.abs(error, out=error).sum(-1).sum(-1, dtype=np.float64)


def squared_mean(frames, view):
    """The mean of squared differences over the pixels of a frame."""
    return frames.measure(squared_sum, view) / frames.pixels


def wrapped_squared_mean(frames, view):
    """The same of levels whose difference and its square are both taken modulo 256, as uint8 does."""
    error = np.subtract(*frames.view(view))
    return np.square(error).mean((2, 3), dtype=np.float64)


def noise_to_signal(frames, view):
    """Squared differences over the squares of the truth; infinite or NaN for a black frame."""
    _, truth = frames.view(view)
    signal = np.einsum("nthw,nthw->nth", truth, truth).sum(-1, dtype=np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        return frames.measure(squared_sum, view) / signal


def uniform_ssim_2(frames, view):
    """SSIM with the uniform window and range 2, which scikit-image up to 0.19 assumes for any float."""
    return ssim_of(ssim_uniform, frames, view, 2.0)


def uniform_ssim_255(frames, view):
    """SSIM with the uniform window and range 255."""
    return ssim_of(ssim_uniform, frames, view, 255.0)


def gaussian_ssim_1(frames, view):
    """SSIM with the Gaussian window and range 1."""
    return ssim_of(ssim_gaussian, frames, view, 1.0)


def gaussian_ssim_255(frames, view):
    """SSIM with the Gaussian window and range 255."""
    return ssim_of(ssim_gaussian, frames, view, 255.0)


def gaussian_ssim_of_batches(frames, view):
    """SSIM with the Gaussian window; its range is the span of a batch's values, of the prediction or the truth."""
    low, high = batch_extremes(frames, view)
    span = (high.max(-1) - low.min(-1)).max(0)  # (n,)
    return ssim_of(ssim_gaussian, frames, view, span.repeat(frames.truth.shape[1]))


def gaussian_ssim_of_frame_batches(frames, view):
    """The same where a batch holds one frame of each sequence, as for a curve by frame."""
    low, high = batch_extremes(frames, view)
    return ssim_of(ssim_gaussian, frames, view, (high - low).max(0).reshape(-1))


def batch_extremes(frames, view):
    """The lowest and the highest value of each frame number in the batch of a sequence.

    Returns:
        low, high: (2, n, t) float64 each, of prediction and truth.
    """
    starts = np.arange(0, len(frames.truth), frames.batch)
    of_batch = np.arange(len(frames.truth)) // frames.batch
    lows, highs = [], []
    for values in frames.view(view):
        lows.append(np.minimum.reduceat(values.min((2, 3)), starts)[of_batch])
        highs.append(np.maximum.reduceat(values.max((2, 3)), starts)[of_batch])
    return np.array(lows, np.float64), np.array(highs, np.float64)


def ssim_of(ssim, frames, view, span):
    """An SSIM of all frames, (n, t)."""
    return ssim(*frames.flat(view), span).reshape(frames.truth.shape[:2])


def difference(frames, view):
    """Prediction - truth, float32: exact for levels, too."""
    return np.subtract(*frames.view(view), dtype=np.float32)


# What a value of a frame is made of what was measured.


def same(measured):
    """The value itself."""
    return measured


def decibels(measured):
    """-10 log10 of a mean squared error, or of noise over signal: infinite where there is no error."""
    with np.errstate(divide="ignore"):
        return -10 * np.log10(measured)


def decibels_of_levels(measured):
    """20 log10 255 - 10 log10 of a mean squared error in levels."""
    return 20 * np.log10(LEVELS) + decibels(measured)
