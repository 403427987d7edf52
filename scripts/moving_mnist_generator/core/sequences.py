"""generate(): the sequences of a variant, and the truth about them, from their indices alone."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ..common.checks import LARGEST, InputError, as_array, in_short, one_of, room_for, usable_out, whole_number
from ..common.draws import uniforms
from ..common.names import SPLITS
from ..digits.loading import Digits, load_digits
from ..looks import LOOKS, looks_of
from ..motions import MOTIONS, redraws_from_uniforms, trace
from ..motions.base import BYTES_A_FRAME
from ..motions.srivastava import STEP
from .painting import paint
from .variants import Variant, find_variant

PUBLISHED_SIZE = 28  # pixels of MNIST's digits; a motion with another size has them resized
VERSION = 3  # raised whenever the same arguments would give other sequences


@dataclass(frozen=True, eq=False)
class Sequences:
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

    What looks have drawn is an attribute, too, by the name of its column, and what follows from it for each frame.
    They are None if the variant has no such look:
    rotations, angles:   (n, k) float32, degrees a frame, counterclockwise; (n, k, t) float64, degrees
    scalings, scales:    (n, k) float32, factor a frame; (n, k, t) float64, factors
    fadings, brightness: (n,) float32, factor a frame, for all digits; (n, t) float64, factors
    colours:             (n, k) uint8, which of `looks.colour.COLOURS`
    occluders:           (n, m, 4) int16, pixels: top, left, bottom, right, the latter two just outside
    cameras, actions:    (n, t, 2) int16, pixels, the frame's corner in the world; (n, t, 2) int8, its step to frame t

    velocities_in_force and hits are None where sequences were rebuilt from rows.
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
    drawn: dict = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.sequence_id)

    def __getattr__(self, name: str) -> Any:
        """What a look has drawn, by the name of its column, or what is in force in each frame."""
        if "drawn" in vars(self):  # not while it is unpickled
            for key, look in LOOKS.items():
                if look.column and name == look.column.name:
                    return self.drawn.get(key)
                if name == look.in_frames:
                    return look.by_frame(self.drawn[key], self.variant.num_frames) if key in self.drawn else None
        raise AttributeError(f"{type(self).__name__} has no attribute {name!r}")

    def arrays(self) -> dict[str, np.ndarray]:
        """{name: array} of all that is not None, looks by the names of their columns; each has a leading n."""
        named = {name: value for name, value in vars(self).items() if isinstance(value, np.ndarray)}
        return named | {LOOKS[key].column.name: value for key, value in self.drawn.items() if LOOKS[key].column}

    def __getitem__(self, part: slice) -> "Sequences":
        """A slice of the sequences.

        >>> len(generate("two_digits", "train", range(8))[2:5])
        3
        """
        values = {name: value[part] if isinstance(value, np.ndarray) else value for name, value in vars(self).items()}
        return Sequences(**{**values, "drawn": {key: value[part] for key, value in self.drawn.items()}})


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
    variant, indices = find_variant(variant), whole_numbers(indices)
    seed, digits = whole_number("seed", seed), usable_digits(digits)
    one_of("split", split, SPLITS)
    size = digit_size(variant, digits)
    room_for(f"{len(indices):,} sequences of {variant.name}", len(indices) * bytes_of(variant))
    if out is not None:
        usable_out((len(indices), variant.num_frames, *variant.frame_shape), out)
    pool = digits.pool(split, size)

    def draw(latent, *shape):
        return uniforms(seed, variant.name, split, latent, indices, shape)

    chosen = choose(pool, variant.classes, draw("digits", variant.num_digits))
    path, velocity = move(variant, size, draw)
    corners = path.corners - variant.overhang
    drawn = {field: look.draw(variant, draw) for field, look in looks_of(variant).items()}
    for key, look in looks_of(variant, "view").items():
        corners = look.apply(corners, drawn[key])
    return Sequences(
        variant=variant,
        split=split,
        sequence_id=indices,
        frames=paint(variant, pool, chosen, corners, drawn, out),
        labels=pool.labels[chosen],
        digit_ids=(pool.first + chosen).astype(np.int32),
        positions=corners.astype(np.int16),
        velocities=velocity.astype(np.float32),
        velocities_in_force=path.velocities.astype(np.float32),
        hits=path.hits,
        meetings=getattr(path, "meetings", None),
        drawn=drawn,
    )


def choose(pool, classes, u):
    """(n, k) int64, positions in the pool, from uniform numbers u (n, k)."""
    if classes is None:
        return (u * len(pool.images)).astype(np.int64)
    those = pool.of_classes(classes)
    return those[(u * len(those)).astype(np.int64)]


def move(variant, size, draw):
    """The digits' Trace, and their start velocities (n, k, 2) in pixels a frame."""
    motion, k = MOTIONS[variant.motion], variant.num_digits
    free = free_range(variant, size)
    start, velocity = motion.start_and_velocity(draw("motion", k, motion.draws), free)
    scale = free if motion.units == "free range" else 1
    if variant.speed is not None:
        lowest, highest = variant.speed
        pixels = lowest + (highest - lowest) * draw("speed", k, 1)
        velocity = velocity / STEP * pixels / free  # the authors' direction, another speed
    redraws = None
    if motion.stochastic:
        redraws = redraws_from_uniforms(variant.motion, draw("redraws", k, variant.num_frames, motion.walls))
    return trace(variant.motion, start, velocity, variant.num_frames, free, redraws=redraws), velocity * scale


def space_of(variant):
    """(rows, cols) in which digits move, pixels: the frame, or what a look says."""
    spaces = [look.space(variant) for look in looks_of(variant).values() if look.space]
    return spaces[-1] if spaces else variant.frame_size


def free_range(variant, size):
    """(2,) int64, pixels (rows, cols) in which the corners of digits of a size can be."""
    return np.subtract(space_of(variant), size) + 2 * variant.overhang


def check_digits(variant, digits):
    """Refuse digits that have no room, or lack classes of the variant in one of the splits."""
    motion, size = MOTIONS[variant.motion], digit_size(variant, digits)
    motion.start_and_velocity(np.empty((0, variant.num_digits, motion.draws)), free_range(variant, size))
    for split in SPLITS if variant.classes else ():
        digits.pool(split).of_classes(variant.classes)


def digit_size(variant, digits):
    """(rows, cols) of the digits in a variant: its own, or the motion's, or the source's."""
    size = variant.digit_size or digits.train_images.shape[1:]
    if variant.digit_size is None and MOTIONS[variant.motion].digit_size != PUBLISHED_SIZE:
        size = (MOTIONS[variant.motion].digit_size,) * 2
    free = free_range(variant, size)
    if (free < 0).any():
        space = space_of(variant)
        name = "frame_size" if space == variant.frame_size else "the space of digits"
        raise InputError(f"{name} must hold digits of {size[0]} x {size[1]} pixels, not {space}")
    if variant.speed is not None and (free == 0).any():
        raise InputError(f"speed must be None for digits of {size[0]} x {size[1]} pixels that have no room to move")
    return tuple(size)


def bytes_of(variant):
    """About how much memory one sequence takes while it is made."""
    frames = variant.num_digits * variant.num_frames
    redraws = MOTIONS[variant.motion].walls * 3 * 8
    return variant.pixels + frames * (BYTES_A_FRAME + redraws) + 1_000 * len(variant.looks)


def usable_digits(digits):
    """Digits; None stands for the embedded MNIST."""
    if digits is not None and not isinstance(digits, Digits):
        raise InputError(f"digits must be Digits, as load_digits returns them, not {in_short(digits)}")
    return load_digits() if digits is None else digits


def usable_sequences(sequences):
    """Refuse what is not Sequences, and return them."""
    if not isinstance(sequences, Sequences):
        made = "as generate and truth.from_rows return them"
        raise InputError(f"sequences must be Sequences, {made}, not {in_short(sequences)}")
    return sequences


def whole_numbers(indices):
    """Indices of any kind -> (n,) int64."""
    if isinstance(indices, range):
        return numbers_of_range(indices)
    array = as_array("indices", indices)
    if array.ndim != 1 or (
        array.size and (array.dtype.kind not in "iu" or not 0 <= array.min() <= array.max() <= LARGEST)
    ):
        raise InputError(f"indices must be whole numbers in 0..2**62, in one dimension, not {in_short(indices)}")
    return array.astype(np.int64)


def numbers_of_range(indices):
    """A range, however long and wherever it is -> (n,) int64."""
    ends = (indices[0], indices[-1]) if indices else (0,)
    if not 0 <= min(ends) <= max(ends) <= LARGEST:
        raise InputError(f"indices must be whole numbers in 0..2**62, not {in_short(indices)}")
    room_for(f"{len(indices):,} indices", 8 * len(indices))
    step = indices.step if len(indices) > 1 else 1
    return np.arange(len(indices), dtype=np.int64) * step + ends[0]
