"""generate(): the sequences of a variant, and the truth about them, from their indices alone."""

from dataclasses import dataclass, field, fields, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ..common.checks import LARGEST, InputError, as_array, in_short, one_of, room_for, usable_out, whole_number
from ..common.draws import uniforms
from ..common.names import SPLITS
from ..digits.loading import Digits
from ..digits.pools import Pool
from ..looks import LOOKS, Stage
from ..looks.base import Uniforms
from ..motions import MOTIONS, Trace, redraws_from_uniforms, trace
from ..motions.base import BYTES_A_FRAME
from .look_fields import LookArrays
from .painting import paint
from .scenes import Scene, scene_of, usable_digits
from .variants import Variant, find_variant

GENERATOR_VERSION = 3  # raised whenever the same arguments would give other sequences


@dataclass(frozen=True, eq=False)
class Sequences(LookArrays):
    """n sequences of t frames in which k digits move, and the truth about them.

    variant:     Variant; split: str
    sequence_id: (n,) int64, the indices within variant and split
    frames:      (n, t, H, W) uint8, 0 black; (n, t, H, W, 3) in colour
    labels:      (n, k) uint8, in paint order
    digit_ids:   (n, k) int32, position of each digit in its source's train or test file
    positions:   (n, k, t, 2) int16, pixels (row, col), the corner painted. For digits that turn or grow, that of the
                 upright digit at scale 1 about the same centre
    velocities:  (n, k, 2) float32, pixels a frame (row, col), the drawn start velocity; None if it is not known
    velocities_in_force: (n, k, t, 2) float32, pixels a frame, with which a digit leaves each frame
    hits:        (n, k, t, 2) int8, the wall that each axis met on the way to each frame: -1 the top or left, 1 the
                 bottom or right, 0 none
    meetings:    (n, k, t) int16, the digit that each one last met on the way to each frame, -1 none; None if digits
                 pass through each other
    drawn:       {field of LOOKS: (n, ...) array}, what each look of the variant has drawn

    What looks have drawn is an attribute, too, by the name of its column, and what follows from it for each frame:
    see LookArrays. velocities_in_force and hits are None where sequences were rebuilt from rows.
    """

    variant: Variant
    split: str
    sequence_id: np.ndarray
    frames: np.ndarray
    labels: np.ndarray
    digit_ids: np.ndarray
    positions: np.ndarray
    velocities: np.ndarray | None
    velocities_in_force: np.ndarray | None
    hits: np.ndarray | None
    meetings: np.ndarray | None = None
    drawn: dict[str, np.ndarray] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.sequence_id)

    def __post_init__(self) -> None:
        for key, look in LOOKS.items():
            drawn = self.drawn.get(key)
            if look.column:
                object.__setattr__(self, look.column.name, drawn)
            if look.in_frames and look.by_frame:
                values = None if drawn is None else look.by_frame(drawn, self.variant.num_frames)
                object.__setattr__(self, look.in_frames, values)

    def arrays(self) -> dict[str, np.ndarray]:
        """{name: array} of all that is not None, looks by the names of their columns; each has a leading n."""
        named = {each.name: getattr(self, each.name) for each in fields(self)}
        named |= {column.name: self.drawn[key] for key in self.drawn if (column := LOOKS[key].column)}
        return {name: value for name, value in named.items() if isinstance(value, np.ndarray)}

    def __getitem__(self, part: slice) -> "Sequences":
        """A slice of the sequences.

        >>> len(generate("two_digits", "train", range(8))[2:5])
        3
        """
        values = {each.name: getattr(self, each.name) for each in fields(self)}
        values = {name: value[part] if isinstance(value, np.ndarray) else value for name, value in values.items()}
        return replace(self, **{**values, "drawn": {key: value[part] for key, value in self.drawn.items()}})


def generate(
    variant: str | Variant,
    split: str,
    indices: ArrayLike,
    *,
    seed: int = 0,
    digits: Digits | None = None,
    out: np.ndarray | None = None,
) -> Sequences:
    """Make the sequences `indices` of a variant's split.

    A sequence depends on (seed, variant, split, index) and the digits alone, not on what else is asked for.

    Args:
        variant: name of one of VARIANTS, or a Variant.
        split: "train", "validation" or "test".
        indices: (n,) whole numbers >= 0: a range, a list, an array.
        seed: whole number >= 0.
        digits: Digits (see `load_digits`); None, the embedded MNIST.
        out: (n, t, H, W) or (n, t, H, W, 3) uint8, C-contiguous, for the frames instead of new memory.

    Returns:
        Sequences.

    Raises:
        InputError: an unknown variant or split, an index or seed that is no whole number >= 0, digits that do not fit
            into the variant's frame or lack its classes, more memory than there is.

    >>> generate("two_digits", "train", range(3)).frames.shape
    (3, 20, 64, 64)
    """
    variant = find_variant(variant)
    digits = usable_digits(digits)
    numbers, seed = whole_numbers(indices), whole_number("seed", seed)
    one_of("split", split, SPLITS)
    scene = scene_of(variant, digits)
    room_for(f"{len(numbers):,} sequences of {variant.name}", len(numbers) * bytes_of(variant))
    if out is not None:
        usable_out((len(numbers), variant.num_frames, *variant.frame_shape), out)
    pool = digits.pool(split, scene.digit_size)

    def draw(latent: str, *shape: int) -> np.ndarray:
        return uniforms(seed, variant.name, split, latent, numbers, shape)

    chosen = choose(pool, variant.classes, draw("digits", variant.num_digits))
    path, velocity = move(scene, draw)
    corners = path.corners - variant.overhang
    drawn = {field: look.draw(variant, draw) for field, look in scene.looks.items()}
    for key, look in scene.drawn(drawn, Stage.VIEW).items():
        corners = look.apply(corners, drawn[key])
    return Sequences(
        variant=variant,
        split=split,
        sequence_id=numbers,
        frames=paint(scene, pool, chosen, corners, drawn, out),
        labels=pool.labels[chosen],
        digit_ids=(pool.first + chosen).astype(np.int32),
        positions=corners.astype(np.int16),
        velocities=velocity.astype(np.float32),
        velocities_in_force=path.velocities.astype(np.float32),
        hits=path.hits,
        meetings=path.meetings,
        drawn=drawn,
    )


def choose(pool: Pool, classes: tuple[int, ...] | None, u: np.ndarray) -> np.ndarray:
    """(n, k) int64, positions in the pool, from uniform numbers u (n, k)."""
    if classes is None:
        return (u * len(pool.images)).astype(np.int64)
    those = pool.of_classes(classes)
    return those[(u * len(those)).astype(np.int64)]


def move(scene: Scene, draw: Uniforms) -> tuple[Trace, np.ndarray]:
    """The digits' Trace, and their start velocities (n, k, 2) in pixels a frame."""
    variant, motion, free = scene.variant, scene.motion, scene.free
    k, t = variant.num_digits, variant.num_frames
    start, velocity, *latents = motion.start_and_velocity(draw("motion", k, motion.draws), free)
    if variant.speed is not None:
        lowest, highest = variant.speed
        velocity = motion.at_speed(velocity, lowest + (highest - lowest) * draw("speed", k, 1), free)
    redraws = None
    if motion.stochastic:
        redraws = redraws_from_uniforms(variant.motion, draw("redraws", k, t, motion.walls))
    moved = trace(variant.motion, start, velocity, t, free, redraws=redraws, latents=latents)
    return moved, velocity * motion.pixels(free)


def bytes_of(variant: Variant) -> int:
    """About how much memory one sequence takes while it is made."""
    frames = variant.num_digits * variant.num_frames
    redraws = MOTIONS[variant.motion].walls * 3 * 8
    return variant.pixels + frames * (BYTES_A_FRAME + redraws) + 1_000 * len(variant.looks)


def usable_sequences(sequences: Any) -> Sequences:
    """Refuse what is not Sequences, and return them."""
    if not isinstance(sequences, Sequences):
        made = "as generate and truth.from_rows return them"
        raise InputError(f"sequences must be Sequences, {made}, not {in_short(sequences)}")
    return sequences


def whole_numbers(indices: ArrayLike) -> np.ndarray:
    """Indices of any kind -> (n,) int64."""
    if isinstance(indices, range):
        return numbers_of_range(indices)
    array = as_array("indices", indices)
    if array.ndim != 1 or (
        array.size and (array.dtype.kind not in "iu" or not 0 <= array.min() <= array.max() <= LARGEST)
    ):
        raise InputError(f"indices must be whole numbers in 0..2**62, in one dimension, not {in_short(indices)}")
    return array.astype(np.int64)


def numbers_of_range(indices: range) -> np.ndarray:
    """A range, however long and wherever it is -> (n,) int64."""
    ends = (indices[0], indices[-1]) if indices else (0,)
    if not 0 <= min(ends) <= max(ends) <= LARGEST:
        raise InputError(f"indices must be whole numbers in 0..2**62, not {in_short(indices)}")
    room_for(f"{len(indices):,} indices", 8 * len(indices))
    step = indices.step if len(indices) > 1 else 1
    return np.arange(len(indices), dtype=np.int64) * step + ends[0]
