"""How digits and frames look: turned, scaled, dimmed, coloured, occluded, seen by a camera, in noise.

A look is switched on by a field of Variant, draws what it needs for each sequence, publishes that as a column, and
changes digits or frames. A new look is a file of this folder that ends with a Look, and a row of the table LOOKS.
"""

from typing import Any

from ..common.registry import Table
from .base import Look, Stage
from .brightness import BRIGHTNESS
from .camera import CAMERA
from .colour import COLOUR
from .noise import NOISE
from .occluders import OCCLUDERS
from .rotation import ROTATION
from .scale import SCALE

__all__ = ["LOOKS", "Look", "Stage", "looks_of"]

LOOKS = Table(
    "LOOKS",
    Look,
    {  # by field of Variant, in the order in which their columns are published
        "rotation": ROTATION,
        "scale": SCALE,
        "brightness": BRIGHTNESS,
        "colour": COLOUR,
        "num_occluders": OCCLUDERS,
        "world_size": CAMERA,
        "noise": NOISE,
    },
)


def looks_of(variant: Any, *stages: Stage) -> dict[str, Look]:
    """{field: Look} of the looks that a variant has; only those of some stages, if some are named."""
    looks = {field: LOOKS[field] for field, _ in variant.looks}
    return {field: look for field, look in looks.items() if not stages or look.stage in stages}
