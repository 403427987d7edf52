"""Digits that darken for 5 frames, then brighten for 5, and so on, all of a sequence by one factor.

In MovingMNIST++, brightness can rise above its start and pixels above 255. Here pixels end at 255.
"""

from functools import partial

import numpy as np

from ..common.column import Column
from ..common.fields import Field, Range
from .base import Look, Stage, Uniforms, Variant, between, bounds_of
from .rhythm import exponents, powers

ONE = 1 << 16  # fixed point: brightness in units of 1 / ONE


def draw(variant: Variant, uniforms: Uniforms) -> np.ndarray:
    """(n,) float32, one factor for all digits of a sequence."""
    return between(variant.brightness, uniforms("brightness"))


def brightness(fadings: np.ndarray, num_frames: int) -> np.ndarray:
    """(...) factor a frame -> (..., t) float64: multiplied by it for 5 frames, then divided, and so on."""
    return powers(fadings, exponents(num_frames))


def dimmed(pictures: np.ndarray, brightness: np.ndarray) -> np.ndarray:
    """(n, k, 1 or u, h, w) uint8 times (n, k, u) -> (n, k, u, h, w) uint8, to the nearest whole number up to 255."""
    # Exact below 256 in float32: 8 bits of the whole part and 16 of the factor's. From 256 on it stays above 255.
    products = pictures * (np.rint(brightness * ONE) / ONE).astype(np.float32)[..., None, None]
    products += np.float32(0.5)
    np.minimum(products, np.float32(255), out=products)
    return products.astype(np.uint8)


BRIGHTNESS = Look(
    field=Field(Range(0.01, 1), None, "factor a frame by which all digits darken for 5 frames, then brighten for 5"),
    draw=draw,
    bounds=partial(bounds_of, "brightness"),
    words="fading",
    stage=Stage.DIGITS,
    column=Column(
        "fadings",
        "float32",
        "",
        "Factor a frame by which all digits darken for 5 frames, then brighten for 5, and so on",
    ),
    apply=dimmed,
    by_frame=brightness,
    in_frames="brightness",
    recurrence=exponents,
)
