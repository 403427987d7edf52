"""generate(): the sequences of a variant, and the truth about them, from their indices alone."""

from dataclasses import dataclass

import numpy as np

from .digits import load_digits
from .draws import uniforms
from .motion import MOTIONS, walk
from .render import render
from .variants import VARIANTS, Variant

VERSION = 1  # raised whenever the same arguments would give other sequences


@dataclass(frozen=True, eq=False)
class Sequences:
    """n sequences of t frames in which k digits move; what is published of them, and nothing derived.

    sequence_id: (n,) int64, the indices within variant and split
    frames:      (n, t, H, W) uint8, 0 black
    labels:      (n, k) uint8, in paint order
    digit_ids:   (n, k) int32, position of each digit in its source's train or test file
    positions:   (n, k, t, 2) int16, pixels (row, col), the corner painted
    velocities:  (n, k, 2) float32, pixels a frame (row, col), the drawn start velocity
    """

    sequence_id: np.ndarray
    frames: np.ndarray
    labels: np.ndarray
    digit_ids: np.ndarray
    positions: np.ndarray
    velocities: np.ndarray

    def __len__(self):
        return len(self.sequence_id)


def generate(variant, split, indices, *, seed=0, digits=None, out=None):
    """The sequences `indices` of a variant's split.

    A sequence depends on (seed, variant, split, index) and the digits alone, not on what else is asked for.

    Args:
        variant: name of one of VARIANTS, or a Variant.
        split: "train", "validation" or "test".
        indices: (n,) whole numbers >= 0: a range, a list, an array.
        seed: whole number >= 0.
        digits: Digits (see `load_digits`); None, the embedded MNIST.
        out: (n, t, H, W) uint8, C-contiguous, for the frames instead of new memory.

    Returns:
        Sequences.

    Raises:
        ValueError: an unknown variant or split, an index or seed that is no whole number >= 0.
    """
    variant = find_variant(variant)
    indices = whole_numbers(indices)
    if isinstance(seed, bool) or not isinstance(seed, (int, np.integer)) or seed < 0:
        raise ValueError(f"seed must be a whole number >= 0, not {seed!r}")
    digits = load_digits() if digits is None else digits
    motion = MOTIONS[variant.motion]
    pool = digits.pool(split, (motion.digit_size, motion.digit_size))

    def draw(latent, *shape):
        return uniforms(seed, variant.name, split, latent, indices, (variant.num_digits, *shape))

    free = np.subtract(variant.frame_size, motion.digit_size)
    chosen = (draw("digits") * len(pool.images)).astype(np.int64)
    start, velocity = motion.start_and_velocity(draw("motion", 4), free)
    corners = walk(variant.motion, start, velocity, variant.num_frames, free)
    frames = render(pool.images[chosen], corners, variant.frame_size, motion.overlap, out=out)
    return Sequences(
        sequence_id=indices,
        frames=frames,
        labels=pool.labels[chosen],
        digit_ids=(pool.first + chosen).astype(np.int32),
        positions=corners.astype(np.int16),
        velocities=(velocity * free if motion.units == "free range" else velocity).astype(np.float32),
    )


def find_variant(variant):
    """A Variant, by its name where a name is given."""
    if isinstance(variant, Variant):
        return variant
    if variant not in VARIANTS:
        raise ValueError(f"variant must be one of {', '.join(VARIANTS)}, not {variant!r}")
    return VARIANTS[variant]


def whole_numbers(indices):
    """Indices of any kind -> (n,) int64."""
    array = np.arange(indices.start, indices.stop, indices.step) if isinstance(indices, range) else np.asarray(indices)
    if array.ndim != 1 or (array.size and (array.dtype.kind not in "iu" or array.min() < 0)):
        raise ValueError(f"indices must be whole numbers >= 0 in one dimension, not {indices!r:.60}")
    return array.astype(np.int64)
