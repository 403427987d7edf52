"""Grey rectangles that stand still before the digits."""

import numpy as np

from ..common.column import Column
from ..common.fields import Field, Whole
from .base import Look, Stage, Uniforms, Variant

GREY = 128
SIDES = (8, 20)  # pixels, shortest and longest


def draw(variant: Variant, uniforms: Uniforms) -> np.ndarray:
    """(n, m, 4) int16: top, left, bottom, right of each rectangle, the latter two just outside."""
    u, (shortest, longest) = uniforms("occluders", variant.num_occluders, 4), SIDES
    sides = np.minimum(shortest + np.floor(u[..., :2] * (longest - shortest + 1)), variant.frame_size)
    corner = np.floor(u[..., 2:] * (np.asarray(variant.frame_size) - sides + 1))
    return np.concatenate([corner, corner + sides], axis=-1).astype(np.int16)


def mask(occluders: np.ndarray, frame_size: tuple[int, int]) -> np.ndarray:
    """(n, m, 4) -> (n, H, W) bool, where an occluder is."""
    covered = np.zeros((len(occluders), *frame_size), bool)
    for sequence, boxes in zip(covered, occluders.tolist(), strict=True):
        for top, left, bottom, right in boxes:
            sequence[top:bottom, left:right] = True
    return covered


def occlude(frames: np.ndarray, occluders: np.ndarray) -> None:
    """Paint grey rectangles (n, m, 4) over frames (n, t, H, W[, c]), in place."""
    for sequence, boxes in zip(frames, occluders.tolist(), strict=True):  # boxes differ in size: no one slice for all
        for top, left, bottom, right in boxes:
            sequence[:, top:bottom, left:right] = GREY


OCCLUDERS = Look(
    field=Field(Whole(0, 1_000), 0, "grey rectangles that stand still before the digits"),
    draw=draw,
    bounds=lambda variant: (0, np.tile(variant.frame_size, 2)),
    words="behind grey rectangles",
    stage=Stage.FRAMES,
    column=Column(
        "occluders",
        "int16",
        "m4",
        "Pixels (top, left, bottom, right) of each grey rectangle, the latter two just outside",
    ),
    apply=occlude,
    covers=mask,
    axis="m",
)
