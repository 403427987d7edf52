"""generate(): the sequences of a variant, and the truth about them, from their indices alone."""

from dataclasses import dataclass

import numpy as np

from . import appearance
from .digits import load_digits
from .draws import uniforms
from .motion import MOTIONS, STEP, redraws_from_uniforms, trace
from .painting import paint
from .variants import VARIANTS, Variant

PUBLISHED_SIZE = 28  # pixels of MNIST's digits; a motion that names another size has them resized
VERSION = 2  # raised whenever the same arguments would give other sequences


@dataclass(frozen=True, eq=False)
class Sequences:
    """n sequences of t frames in which k digits move, and the truth about them.

    variant:     Variant; split: str
    sequence_id: (n,) int64, the indices within variant and split
    frames:      (n, t, H, W) uint8, 0 black; (n, t, H, W, 3) in colour
    labels:      (n, k) uint8, in paint order
    digit_ids:   (n, k) int32, position of each digit in its source's train or test file
    positions:   (n, k, t, 2) int16, pixels (row, col), the corner painted; where digits turn or grow, that of
                 the upright digit at scale 1 about the same centre
    velocities:  (n, k, 2) float32, pixels a frame (row, col), the drawn start velocity
    velocities_in_force: (n, k, t, 2) float32, pixels a frame, with which a digit leaves each frame
    hits:        (n, k, t, 2) int8, the wall that each axis met on the way to each frame: -1 the top or left,
                 1 the bottom or right, 0 none

    None where the variant has no such thing, as drawn (see `appearance` for what follows from it by frame):
    rotations:   (n, k) float32, degrees a frame, counterclockwise
    scalings:    (n, k) float32, factor a frame
    fadings:     (n,) float32, factor a frame of the brightness of all digits
    colours:     (n, k) uint8, which of `appearance.COLOURS`
    occluders:   (n, m, 4) int16, pixels: top, left, bottom, right, the latter two just outside

    velocities_in_force and hits are None, too, where sequences were rebuilt from rows.
    """

    variant: Variant
    split: str
    sequence_id: np.ndarray
    frames: np.ndarray
    labels: np.ndarray
    digit_ids: np.ndarray
    positions: np.ndarray
    velocities: np.ndarray
    velocities_in_force: np.ndarray
    hits: np.ndarray
    rotations: np.ndarray | None = None
    scalings: np.ndarray | None = None
    fadings: np.ndarray | None = None
    colours: np.ndarray | None = None
    occluders: np.ndarray | None = None

    def __len__(self):
        return len(self.sequence_id)

    @property
    def angles(self):
        """(n, k, t) float64, degrees counterclockwise in each frame; None where nothing turns."""
        return None if self.rotations is None else appearance.angles_by_frame(self.rotations, self.variant.num_frames)

    @property
    def scales(self):
        """(n, k, t) float64, factors in each frame; None where nothing grows."""
        return None if self.scalings is None else appearance.scales_by_frame(self.scalings, self.variant.num_frames)

    @property
    def brightness(self):
        """(n, t) float64, factors in each frame; None where nothing fades."""
        return None if self.fadings is None else appearance.brightness_by_frame(self.fadings, self.variant.num_frames)


def generate(variant, split, indices, *, seed=0, digits=None, out=None):
    """The sequences `indices` of a variant's split.

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
        ValueError: an unknown variant or split, an index or seed that is no whole number >= 0, digits that
            do not fit into the variant's frame.
    """
    variant, indices = find_variant(variant), whole_numbers(indices)
    check_whole_number("seed", seed, 0)
    digits = load_digits() if digits is None else digits
    size = digit_size(variant, digits)
    pool = digits.pool(split, size)

    def draw(latent, *shape):
        return uniforms(seed, variant.name, split, latent, indices, shape)

    chosen = (draw("digits", variant.num_digits) * len(pool.images)).astype(np.int64)
    path, velocity = move(variant, np.subtract(variant.frame_size, size) + 2 * variant.overhang, draw)
    corners = path.corners - variant.overhang
    look = draw_look(variant, draw)
    return Sequences(
        variant=variant,
        split=split,
        sequence_id=indices,
        frames=paint(variant, pool, chosen, corners, look, out),
        labels=pool.labels[chosen],
        digit_ids=(pool.first + chosen).astype(np.int32),
        positions=corners.astype(np.int16),
        velocities=velocity.astype(np.float32),
        velocities_in_force=path.velocities.astype(np.float32),
        hits=path.hits,
        **look,
    )


def move(variant, free, draw):
    """The digits' Trace, and their start velocities (n, k, 2) in pixels a frame."""
    motion, k = MOTIONS[variant.motion], variant.num_digits
    start, velocity = motion.start_and_velocity(draw("motion", k, 4), free)
    scale = free if motion.units == "free range" else 1
    if variant.speed is not None:
        lowest, highest = variant.speed
        pixels = lowest + (highest - lowest) * draw("speed", k, 1)
        velocity = velocity / STEP * pixels / free  # the authors' direction, another speed
    redraws = None
    if motion.stochastic:
        u = draw("redraws", k, variant.num_frames, *motion.draws_a_frame)
        redraws = redraws_from_uniforms(variant.motion, u)
    return trace(variant.motion, start, velocity, variant.num_frames, free, redraws=redraws), velocity * scale


def draw_look(variant, draw):
    """What changes the look of digits: the fields of Sequences from `rotations` on."""
    k, look = variant.num_digits, {}

    def uniform(latent, bounds, *shape):
        lowest, highest = bounds
        return (lowest + (highest - lowest) * draw(latent, *shape)).astype(np.float32)

    if variant.rotation is not None:
        look["rotations"] = uniform("rotation", variant.rotation, k)
    if variant.scale is not None:
        look["scalings"] = uniform("scale", variant.scale, k)
    if variant.brightness is not None:
        look["fadings"] = uniform("brightness", variant.brightness)
    if variant.colour:
        u = draw("colours", max(k, len(appearance.COLOURS)))
        look["colours"] = appearance.draw_colours(u, k).astype(np.uint8)
    if variant.num_occluders:
        look["occluders"] = appearance.draw_occluders(draw("occluders", variant.num_occluders, 4), variant.frame_size)
    return look


def digit_size(variant, digits):
    """(rows, cols) of the digits in a variant: its own, or the motion's, or the source's."""
    size = variant.digit_size or digits.train_images.shape[1:]
    if variant.digit_size is None and MOTIONS[variant.motion].digit_size != PUBLISHED_SIZE:
        size = (MOTIONS[variant.motion].digit_size,) * 2
    if (np.subtract(variant.frame_size, size) + 2 * variant.overhang < 0).any():
        raise ValueError(f"frame_size must hold digits of {size[0]} x {size[1]} pixels, not {variant.frame_size}")
    return tuple(size)


def find_variant(variant):
    """A Variant, by its name where a name is given."""
    if isinstance(variant, Variant):
        return variant
    if variant not in VARIANTS:
        raise ValueError(f"variant must be one of {', '.join(VARIANTS)}, not {variant!r}")
    return VARIANTS[variant]


def check_whole_number(name, value, least):
    """ValueError unless the value is a whole number of at least that."""
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < least:
        raise ValueError(f"{name} must be a whole number >= {least}, not {value!r}")


def whole_numbers(indices):
    """Indices of any kind -> (n,) int64."""
    array = np.arange(indices.start, indices.stop, indices.step) if isinstance(indices, range) else np.asarray(indices)
    if array.ndim != 1 or (array.size and (array.dtype.kind not in "iu" or array.min() < 0)):
        raise ValueError(f"indices must be whole numbers >= 0 in one dimension, not {indices!r:.60}")
    return array.astype(np.int64)
