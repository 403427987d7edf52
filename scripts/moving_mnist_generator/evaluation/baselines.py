"""Forecast without a model, to compare a model with.

A baseline is a function of the past frames and, where it needs them, of the annotations. n sequences, k digits,
t frames of which p are past, H W pixels.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from ..common.checks import InputError, one_of, whole_number
from ..core.scenes import scene_of
from ..core.sequences import generate
from ..floor import floor_forecast
from ..motions import MOTIONS, walk
from ..sources.annotated import Annotated
from ..truth.reading import repaint

AUTHORS_RECIPE = "two_digits"


@dataclass(frozen=True)
class Baseline:
    """A forecast without a model: a row of BASELINES.

    function: (past (n, p, H, W) uint8, frames to forecast, Annotated or None) -> (n, frames, H, W) uint8, or float32
        in 0..1
    """

    function: Callable[[np.ndarray, int, Annotated | None], np.ndarray]
    words: str  # what it forecasts, for the help of `evaluate` and the README
    least_past: int = 1  # frames
    annotated: bool = False  # whether it needs annotations
    recipe: bool = False  # whether it needs a variant that has a floor; unannotated frames are of AUTHORS_RECIPE


def black(past: np.ndarray, future: int, annotated: Annotated | None = None) -> np.ndarray:
    """Nothing."""
    return np.zeros((len(past), future, *past.shape[2:]), np.uint8)


def copy_last(past: np.ndarray, future: int, annotated: Annotated | None = None) -> np.ndarray:
    """The last past frame, again and again."""
    return past[:, -1:].repeat(future, axis=1)


def mean_past(past: np.ndarray, future: int, annotated: Annotated | None = None) -> np.ndarray:
    """The mean of the past frames, again and again: float32 in 0..1."""
    mean = past.mean(1, dtype=np.float64, keepdims=True) / 255
    return mean.astype(np.float32).repeat(future, axis=1)


def expected(past: np.ndarray, future: int, annotated: Annotated | None = None, kind: str = "expected") -> np.ndarray:
    """The mean picture under all starts and velocities that agree with the past frames: float32 in 0..1.

    Of the annotations, the variant and the source of its digits alone are used.
    """
    if annotated is None:
        return floor_forecast(past, AUTHORS_RECIPE, future, kind=kind)
    return floor_forecast(past, annotated.sequences.variant, future, digits=annotated.digits, kind=kind)


def likeliest(past: np.ndarray, future: int, annotated: Annotated | None = None) -> np.ndarray:
    """As `expected`, but each digit is at its most probable corner of each frame: uint8."""
    return expected(past, future, annotated, "likeliest")


def constant_velocity(past, future, annotated):
    """Each digit moves on by whole pixels as between the last two past frames, and leaves the frame at its edge.

    Digits keep the looks that their annotations give them (turning, growing, fading), and occluders stay.
    """
    corners = annotated.sequences.positions.astype(np.int64)
    p = past.shape[1]
    last, step = corners[:, :, p - 1 : p], corners[:, :, p - 1 : p] - corners[:, :, p - 2 : p - 1]
    ahead = last + step * np.arange(1, future + 1)[:, None]
    return painted_at(annotated, ahead, p)


def oracle(past, future, annotated):
    """The recipe itself: the forecast of someone who knows its rules, seed and draws, but not what walls will draw.

    Rows hold whole pixels, and their motion lies between them, so start and velocity are drawn again from seed and
    sequence_id, and the motion goes on from there. Noise and the steps of a camera are drawn again, too, so its error
    is 0. But where speeds are drawn anew at a wall, a digit goes on from its last past place with the speed it has
    there, and turns back with the same speed from any wall it meets later.

    Where the seed is not known, as of `authors`, the annotations were found in all frames, and are the forecast.
    """
    sequences = annotated.sequences
    p, motion = past.shape[1], MOTIONS[sequences.variant.motion]
    if annotated.seed is None:
        return repaint(sequences, digits=annotated.digits)[:, p : p + future]
    made = generate(
        sequences.variant, sequences.split, sequences.sequence_id, seed=annotated.seed, digits=annotated.digits
    )
    wrong = (made.frames[:, :p] != past).reshape(len(past), -1).any(1)
    if wrong.any():
        first = sequences.sequence_id[wrong][0]
        raise InputError(
            f"past frames must be those that seed {annotated.seed} gives for {sequences.variant.name} "
            f"{sequences.split}, but sequence {first} has others"
        )
    if motion.without_chance is None:
        return made.frames[:, p : p + future]
    assert made.velocities_in_force is not None  # what is generated has them
    (height, width), overhang = scene_of(sequences.variant, annotated.digits).free, sequences.variant.overhang
    start, speed = made.positions[:, :, p - 1] + overhang, made.velocities_in_force[:, :, p - 1]
    corners = walk(motion.without_chance, start, speed, future + 1, (int(height), int(width)))
    return painted_at(annotated, corners[:, :, 1:] - overhang, p)


def painted_at(annotated: Annotated, ahead: np.ndarray, p: int) -> np.ndarray:
    """Frames with digits at the corners `ahead` from frame p on, (n, k, f, 2) int; outside of the frame they are cut.

    Returns:
        (n, f, H, W) uint8, f <= t - p.
    """
    sequences = annotated.sequences
    scene = scene_of(sequences.variant, annotated.digits)
    size = np.array(scene.digit_size)
    # Twice its size beyond the frame nothing is left of a digit, however it turns: so far, and no farther.
    size = size if sequences.scales is None else np.ceil(size * max(1, sequences.scales.max())).astype(int)
    end = p + ahead.shape[2]
    corners = np.concatenate([sequences.positions[:, :, :p], ahead, sequences.positions[:, :, end:]], axis=2)
    corners = np.clip(corners, -2 * size, np.add(scene.space, size))
    variant = replace(sequences.variant, overhang=int(2 * size.max()))
    moved = replace(sequences, variant=variant, positions=corners.astype(np.int16))
    return repaint(moved, digits=annotated.digits)[:, p:end]


BASELINES = {
    "black": Baseline(black, "a black screen"),
    "copy_last": Baseline(copy_last, "the last past frame, again and again"),
    "mean_past": Baseline(mean_past, "the mean of the past frames, again and again"),
    "constant_velocity": Baseline(
        constant_velocity,
        "each digit moves on as between the last two past frames, as if there were no walls",
        least_past=2,
        annotated=True,
    ),
    "likeliest": Baseline(
        likeliest,
        "each digit at its most probable corner, as the past frames and the recipe have it",
        least_past=2,
        recipe=True,
    ),
    "expected": Baseline(
        expected,
        "the mean of all pictures that the past frames and the recipe allow: the floor of the squared error",
        least_past=2,
        recipe=True,
    ),
    "oracle": Baseline(oracle, "the recipe itself, without what walls will draw", annotated=True),
}


def forecast(name: str, past: np.ndarray, future: int, annotated: Annotated | None = None) -> np.ndarray:
    """The forecast of a baseline.

    Args:
        name: one of BASELINES; past: (n, p, H, W) uint8, p >= 1 (constant_velocity, likeliest, expected: 2).
        future: whole number >= 1, frames to forecast.
        annotated: Annotated of the same sequences, for constant_velocity and oracle; for likeliest and expected, if
            they are not of the authors' recipe.

    Returns:
        (n, future, H, W) uint8; mean_past and expected: float32 in 0..1.

    Raises:
        InputError: an unknown name, too few past frames, no annotations where they are needed.

    >>> forecast("copy_last", np.full((1, 10, 64, 64), 7, np.uint8), 2)[0, :, 0, 0]
    array([7, 7], dtype=uint8)
    """
    baseline = BASELINES[one_of("baseline", name, BASELINES)]
    future = whole_number("future", future, 1)
    if past.shape[1] < baseline.least_past:
        raise InputError(f"{name} must have at least {baseline.least_past} past frames, not {past.shape[1]}")
    if baseline.annotated and annotated is None:
        raise InputError(f"{name} must have the annotations of a variant, and these sequences have none")
    return baseline.function(past, future, annotated)
