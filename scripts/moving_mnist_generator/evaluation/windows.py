"""Compute SSIM of many frames at once, with the two windows that published code uses.

Both slide a window over a frame, and take only the places where all of it lies inside:

    uniform     7 x 7, all weights equal, sample variance (divisor 48), the default of scikit-image
    Gaussian    11 x 11, sigma 1.5, weights of sum 1, population variance, as Wang et al. (2004) define SSIM

The uniform window is a sum of shifted copies of a whole stack of frames, in float32 where that is exact enough; the
Gaussian is two matrix products a frame. Both are faster than filtering frame by frame.

m frames of H x W pixels.
"""

import numpy as np

from ..common.checks import InputError

UNIFORM_SIDE, GAUSSIAN_SIDE, SIGMA = 7, 11, 1.5  # pixels
PIXELS_PER_PART = 8 * 64 * 64  # of frames that are worked on together: temporary arrays stay in a core's cache

# A variance is a difference of mean squares. In float32 it is off by up to 2e-7 of them, and C2, to which it is added,
# is (0.03 span)^2: where mean squares are below this part of span^2, SSIM is off by less than 1e-5 even if all of a
# frame is flat. Frames of Moving MNIST are mostly black and stay below it with a span of 2.
MOST_MEAN_SQUARE_IN_FLOAT32 = 0.05  # times span^2


def ssim_uniform(first: np.ndarray, second: np.ndarray, span: float) -> np.ndarray:
    """SSIM with the uniform window.

    Args:
        first, second: (m, H, W) float32 or whole numbers, each side at least 7 pixels.
        span: float, the range of values that the constants C1 and C2 assume.

    Returns:
        (m,) float64, the mean over (H - 6) x (W - 6) places.

    >>> frames = np.zeros((3, 64, 64), np.float32)
    >>> ssim_uniform(frames, frames, 2.0)
    array([1., 1., 1.])
    """
    check_sides(first, UNIFORM_SIDE)
    result, pieces = np.empty(len(first)), parts(first)
    room = aligned(first[pieces[0]].size, np.float32)  # for all pieces: fresh memory is slow
    for part in pieces:
        a, b = (values[part].astype(np.float32, copy=False) for values in (first, second))
        result[part], mean_squares = uniform_part(a, b, span, room)
        bright = mean_squares > MOST_MEAN_SQUARE_IN_FLOAT32 * span**2
        if bright.any():
            a, b = a[bright].astype(np.float64), b[bright].astype(np.float64)
            result[part][bright], _ = uniform_part(a, b, span, aligned(a.size, np.float64))
    return result


def ssim_gaussian(first: np.ndarray, second: np.ndarray, span: float | np.ndarray) -> np.ndarray:
    """SSIM with the Gaussian window.

    Args:
        first, second: (m, H, W) float32 or whole numbers, each side at least 11 pixels.
        span: float or (m,) float64, as for `ssim_uniform`, one for all or one a frame.

    Returns:
        (m,) float64, the mean over (H - 10) x (W - 10) places. NaN where span is 0.

    >>> frames = np.ones((2, 64, 64), np.float32)
    >>> ssim_gaussian(frames, frames, np.array([1.0, 0.5]))
    array([1., 1.])
    """
    check_sides(first, GAUSSIAN_SIDE)
    span, result = np.broadcast_to(np.asarray(span, np.float64), len(first)), np.empty(len(first))
    rows, cols = (band(side) for side in first.shape[1:])
    for part in parts(first):
        a, b = first[part].astype(np.float64), second[part].astype(np.float64)
        moments = [rows @ (values @ cols.T) for values in (a, b, a * a + b * b, a * b)]
        with np.errstate(invalid="ignore"):  # 0 / 0 where the span is 0
            result[part] = 4 * similarity(*moments, span=span[part, None, None], weights=1, divisor=1).mean((1, 2))
    return result


def similarity(a, b, squares, product, means=None, *, span, weights, divisor):
    """A quarter of the map of SSIM, from windowed sums: of a, of b, of a^2 + b^2, of a b. They are changed in place.

    weights: the sum of a window's weights; divisor: of its variances, as often as weights; means: memory to use.
    """
    # SSIM = (2 ab + c1) (2 cov + c2) / ((a^2 + b^2 + c1) (var a + var b + c2)); factors times weights^2 or divisor.
    c1, c2 = (weights * 0.01 * span) ** 2, divisor * (0.03 * span) ** 2
    means = np.multiply(a, b, out=means)
    a *= a
    b *= b
    a += b
    squares -= np.multiply(a, 1 / weights, out=b)
    squares += c2
    a += c1
    squares *= a
    product -= np.multiply(means, 1 / weights, out=b)
    product += c2 / 2
    means += c1 / 2
    product *= means
    product /= squares
    return product


def uniform_part(a, b, span, room):
    """`ssim_uniform` of frames that are worked on together, in their own dtype; room (7, pixels) is overwritten.

    Returns:
        (m,) float64, SSIM; (m,), the mean of a^2 + b^2 over a frame.
    """
    m, height, width = a.shape
    size, rows, cols = UNIFORM_SIDE**2, height - UNIFORM_SIDE + 1, width - UNIFORM_SIDE + 1
    *moments, squares, pairs, down = room[:, : a.size]
    a, b = a.reshape(-1), b.reshape(-1)
    np.multiply(a, a, out=squares)
    squares += np.multiply(b, b, out=down)
    mean_squares = np.einsum("mp->m", squares.reshape(m, -1)) / (height * width)
    for moment, values in zip(moments, (a, b, squares, None), strict=True):
        if values is None:
            values = np.multiply(a, b, out=squares)
        # One line of all pixels: sums that run over the end of a row are at places where no window fits.
        sums = sums_of_7(sums_of_7(values, width, pairs, down), 1, pairs, moment)
        moment[len(sums) :] = 0
    frames = (values.reshape(m, height, width) for values in (*moments, down))
    places = similarity(*frames, span=span, weights=size, divisor=size - 1)
    return 4 * np.einsum("mhw->mh", places[:, :rows, :cols]).sum(1, dtype=np.float64) / (rows * cols), mean_squares


def sums_of_7(values, step, pairs, out):
    """Sums of 7 values `step` apart, in 4 additions instead of 6: (p,) -> (p - 6 step,), in `out`; `pairs` is used."""
    size = len(values) - 6 * step
    pairs, out = pairs[: len(values) - step], out[:size]
    np.add(values[:-step], values[step:], out=pairs)
    np.add(pairs[:size], pairs[2 * step : 2 * step + size], out=out)
    out += pairs[4 * step : 4 * step + size]
    out += values[6 * step :]
    return out


def band(side):
    """(side - 10, side) float64: the Gaussian window at each place along one side, to multiply frames with."""
    offsets = np.arange(GAUSSIAN_SIDE) - GAUSSIAN_SIDE // 2
    weights = np.exp(-0.5 * (offsets / SIGMA) ** 2)
    weights /= weights.sum()
    matrix = np.zeros((side - GAUSSIAN_SIDE + 1, side))
    for place, row in enumerate(matrix):
        row[place : place + GAUSSIAN_SIDE] = weights
    return matrix


def aligned(size, dtype):
    """(7, size) of a dtype, not filled, from a whole cache line on: a core is a third slower in memory that is not."""
    memory: np.ndarray = np.empty(7 * size + 64, dtype)
    first = -memory.ctypes.data % 64 // memory.itemsize
    return memory[first : first + 7 * size].reshape(7, size)


def parts(frames):
    """Slices of the frames that are worked on together."""
    step = max(1, PIXELS_PER_PART // frames[0].size)
    return [slice(first, first + step) for first in range(0, len(frames), step)]


def check_sides(frames, least):
    """Refuse frames that the window does not fit into."""
    if min(frames.shape[1:]) < least:
        height, width = frames.shape[1:]
        raise InputError(f"frames must be at least {least} x {least} pixels for this SSIM, not {height} x {width}")
