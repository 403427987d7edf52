"""Past corners, or past frames -> the forecasts that mark the floor."""

import numpy as np

from ..common.checks import InputError, one_of, whole_number
from ..core.scenes import usable_digits
from ..core.variants import Variant, find_variant
from ..digits.loading import Digits
from ..truth import from_frames
from .pictures import LEVELS, mean_frame
from .posterior import future_corners, likeliest, likely
from .prior import NODES_PER_CELL, check_floor, prior_of

KINDS = {"expected": likely, "likeliest": likeliest}


def forecast_corners(
    past_corners: np.ndarray,
    pictures: np.ndarray,
    variant: str | Variant,
    future: int,
    *,
    kind: str = "expected",
    nodes: int = NODES_PER_CELL,
) -> np.ndarray:
    """The forecast of someone who knows the recipe, the digits and their past corners.

    Args:
        past_corners: (n, k, p, 2) int, pixels (row, col), in any order of the digits.
        pictures: (n, k, h, w) uint8, the digits.
        variant: one that has a floor, see `has_floor`; future: whole number >= 1, frames to forecast.
        kind: "expected", the mean picture; "likeliest", each digit at its most probable corner of each frame.
        nodes: whole number >= 1, Gauss-Legendre nodes a cell of velocities.

    Returns:
        (n, future, H, W): float32 in 0..1 for "expected", uint8 for "likeliest".

    Raises:
        InputError: a variant that has no floor, another kind, shapes that do not fit.

    >>> from moving_mnist_generator import generate, load_digits
    >>> made = generate("one_digit", "test", range(2))
    >>> pictures = load_digits().pool("test").images[made.digit_ids]
    >>> ahead = forecast_corners(made.positions[:, :, :10], pictures, "one_digit", 10)
    >>> ahead.shape, ahead.dtype.name
    ((2, 10, 64, 64), 'float32')
    """
    variant, future = find_variant(variant), whole_number("future", future, 1)
    chosen, nodes = KINDS[one_of("kind", kind, KINDS)], whole_number("nodes", nodes, 1)
    if past_corners.ndim != 4 or past_corners.shape[:2] != pictures.shape[:2] or not past_corners.shape[2]:
        shapes = f"{past_corners.shape} and {pictures.shape}"
        raise InputError(f"past_corners and pictures must be (n, k, p, 2) and (n, k, h, w), not {shapes}")
    height, width = pictures.shape[2:]
    prior = prior_of(variant, (height, width), past_corners.shape[2], future, nodes)
    ahead = np.empty((len(pictures), future, *variant.frame_size), np.float32)
    for corners, shown, out in zip(past_corners.astype(np.int64), pictures, ahead, strict=True):
        digits = [future_corners(path, prior) for path in corners]
        for t in range(future):
            out[t] = mean_frame(shown, [chosen(joint[t]) for joint in digits], variant.frame_size)
    return ahead if kind == "expected" else np.rint(ahead * (LEVELS - 1)).astype(np.uint8)


def floor_forecast(
    past: np.ndarray,
    variant: str | Variant,
    future: int,
    *,
    digits: Digits | None = None,
    kind: str = "expected",
) -> np.ndarray:
    """The forecast of someone who knows the recipe and the source of the digits, and sees the past frames alone.

    Args:
        past: (n, p, H, W) uint8, p >= 2.
        variant, future, kind: as for `forecast_corners`.
        digits: Digits that the frames show; None, the embedded MNIST.

    Returns:
        (n, future, H, W): float32 in 0..1 for "expected", uint8 for "likeliest".

    Raises:
        InputError: as `forecast_corners`, and past frames that whole digits at whole corners do not explain, or that
            they explain in more than one way, as `truth.from_frames`.

    >>> from moving_mnist_generator import generate
    >>> made = generate("two_digits", "test", range(2))
    >>> floor_forecast(made.frames[:, :10], "two_digits", 10, kind="likeliest").shape
    (2, 10, 64, 64)
    """
    variant, digits = find_variant(variant), usable_digits(digits)
    check_floor(variant)
    found = from_frames(past, digits=digits, num_digits=variant.num_digits, motion=variant.motion)
    pictures = digits.pool(found.split, whole_file=True).images[found.digit_ids]
    return forecast_corners(found.positions, pictures, variant, future, kind=kind)
