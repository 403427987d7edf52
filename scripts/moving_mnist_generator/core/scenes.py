"""What follows from a variant and its digits, made once and handed down: sizes, the free range, looks by stage."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ..common.checks import InputError, in_short
from ..common.names import SPLITS
from ..digits.loading import Digits, load_digits
from ..looks import Look, Stage, looks_of
from ..motions import MOTIONS, Motion
from .variants import Variant

PUBLISHED_SIZE = 28  # pixels of MNIST's digits; a motion with another size has them resized


@dataclass(frozen=True, eq=False)
class Scene:
    """A variant with digits of one size.

    motion:     Motion; looks: {field: Look}, those of the variant
    digit_size: (rows, cols), pixels
    space:      (rows, cols), pixels in which digits move: the frame, or what a look says
    free:       (2,) int64, pixels (rows, cols) in which their corners can be, from 0 on
    """

    variant: Variant
    motion: Motion
    looks: Mapping[str, Look]
    digit_size: tuple[int, int]
    space: tuple[int, int]
    free: np.ndarray

    def drawn(self, drawn: Mapping[str, np.ndarray], *stages: Stage) -> dict[str, Look]:
        """{field: Look} of the looks of some stages that have drawn something."""
        return {field: look for field, look in self.looks.items() if look.stage in stages and field in drawn}


def scene_of(variant: Variant, digits: Digits | None) -> Scene:
    """The Scene of a variant; digits: None, the embedded MNIST.

    Raises:
        InputError: the digits have no room.
    """
    motion, looks = MOTIONS[variant.motion], looks_of(variant)
    spaces = [look.space(variant) for look in looks.values() if look.space]
    space = spaces[-1] if spaces else variant.frame_size
    size = variant.digit_size
    if size is None and motion.digit_size != PUBLISHED_SIZE:
        size = (motion.digit_size, motion.digit_size)
    if size is None:
        size = usable_digits(digits).train_images.shape[1:]
    free = np.subtract(space, size) + 2 * variant.overhang
    if (free < 0).any():
        name = "frame_size" if space == variant.frame_size else "the space of digits"
        raise InputError(f"{name} must hold digits of {size[0]} x {size[1]} pixels, not {space}")
    if variant.speed is not None and (free == 0).any():
        raise InputError(f"speed must be None for digits of {size[0]} x {size[1]} pixels that have no room to move")
    return Scene(variant, motion, looks, (size[0], size[1]), space, free)


def check_digits(variant: Variant, digits: Digits) -> None:
    """Refuse digits that have no room, or lack classes of the variant in one of the splits."""
    scene = scene_of(variant, digits)
    scene.motion.start_and_velocity(np.empty((0, variant.num_digits, scene.motion.draws)), scene.free)
    if variant.classes is not None:
        for split in SPLITS:
            digits.pool(split).of_classes(variant.classes)


def usable_digits(digits: Digits | None) -> Digits:
    """Digits; None stands for the embedded MNIST."""
    if digits is not None and not isinstance(digits, Digits):
        raise InputError(f"digits must be Digits, as load_digits returns them, not {in_short(digits)}")
    return load_digits() if digits is None else digits
