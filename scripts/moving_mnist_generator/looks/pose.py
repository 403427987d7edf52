"""By how much digits are turned and scaled in each frame, by all looks of a variant together."""

from typing import Any

import numpy as np

from . import Stage, looks_of


def pose(
    variant: Any, drawn: dict[str, np.ndarray], frames: Any = slice(None)
) -> tuple[np.ndarray | None, np.ndarray | None]:
    """The angles and scales of digits.

    Args:
        drawn: {field of LOOKS: what the look has drawn}; looks without an entry are left out.
        frames: index of the time axis, u frames.

    Returns:
        angles, degrees, and scales, factors: (n, k, u) float64 each; None where no look turns, or scales.
    """
    combined = []
    for stage, operation in ((Stage.ANGLE, np.add), (Stage.SCALE, np.multiply)):
        values = [
            look.in_force(drawn[field], variant.num_digits, variant.num_frames, frames)
            for field, look in looks_of(variant, stage).items()
            if field in drawn
        ]
        combined.append(operation.reduce(values) if len(values) > 1 else values[0] if values else None)
    return combined[0], combined[1]
