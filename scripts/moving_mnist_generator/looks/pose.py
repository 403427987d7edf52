"""By how much digits are turned and scaled in each frame, by all looks of a variant together."""

import numpy as np

from . import looks_of


def pose(variant, drawn, frames=slice(None)):
    """The angles and scales of digits.

    Args:
        drawn: {field of LOOKS: what the look has drawn}; looks without an entry are left out.
        frames: index of the time axis, u frames.

    Returns:
        angles, degrees, and scales, factors: (n, k, u) float64 each; None where no look turns, or scales.
    """
    return sum_up(np.add, "angle", variant, drawn, frames), sum_up(np.multiply, "scale", variant, drawn, frames)


def sum_up(operation, acts_on, variant, drawn, frames):
    """What all looks of one kind have in force, combined; None if there are none."""
    looks = [(field, look) for field, look in looks_of(variant, acts_on).items() if field in drawn]
    values = [in_force(look, drawn[field], variant, frames) for field, look in looks]
    return operation.reduce(values) if len(values) > 1 else values[0] if values else None


def in_force(look, drawn, variant, frames=slice(None)):
    """(n, k, u) float64: what a look has in force for each digit."""
    values = look.by_frame(drawn, variant.num_frames)[..., frames]
    return values[:, None].repeat(variant.num_digits, axis=1) if values.ndim == 2 else values
