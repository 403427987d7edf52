"""Digits in colours: each of a sequence in one of its own, as long as there are colours left."""

import numpy as np

from ..common.column import Column
from ..common.fields import Field, Flag
from .base import Look, Stage, Uniforms, Variant

COLOURS = {
    "red": (255, 0, 0),
    "green": (0, 255, 0),
    "blue": (0, 0, 255),
    "yellow": (255, 255, 0),
    "magenta": (255, 0, 255),
    "cyan": (0, 255, 255),
}  # channels are 0 or 255, so that colouring keeps every pixel's value


def draw(variant: Variant, uniforms: Uniforms) -> np.ndarray:
    """(n, k) uint8, which of COLOURS each digit has."""
    u = uniforms("colours", max(variant.num_digits, len(COLOURS)))
    return chosen_colours(u, variant.num_digits).astype(np.uint8)


def chosen_colours(u: np.ndarray, num_digits: int) -> np.ndarray:
    """(n, m) uniform numbers, m the larger of COLOURS and digits -> (n, k) int: which of COLOURS.

    No two digits of a sequence have the same while there are colours left.
    """
    return np.argsort(u, axis=1)[:, :num_digits] % len(COLOURS)


def coloured(pictures: np.ndarray, colours: np.ndarray) -> np.ndarray:
    """(n, k, [u,] h, w) uint8 and (n, k), which of COLOURS -> (n, k, [u,] h, w, 3) uint8."""
    channels = np.array(list(COLOURS.values()), np.uint8)[colours]
    axes = pictures.ndim - 2
    return pictures[..., None] & channels.reshape(*channels.shape[:2], *[1] * axes, 3)


COLOUR = Look(
    field=Field(Flag(), False, "each digit in a colour of its own: RGB frames"),
    draw=draw,
    bounds=lambda variant: (0, len(COLOURS) - 1),
    words="in colours",
    stage=Stage.COLOUR,
    column=Column("colours", "uint8", "k", "Colour of each digit", classes=tuple(COLOURS)),
    apply=coloured,
    adjectives=tuple(COLOURS),
)
