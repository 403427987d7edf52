"""How the frames of a sequence are stored in a row.

All layouts of a name hold the same sequences in the same order. A new layout is a file of this folder that ends with
a Layout, and a row of the table LAYOUTS. pyarrow is imported where it is used: making sequences needs none.
"""

from typing import Any

from ..common.checks import InputError
from ..common.names import ANIMATED, AUTHORS
from ..common.registry import Table
from .arrays import ARRAYS
from .base import Layout
from .frames import FRAMES
from .strips import STRIPS

__all__ = ["LAYOUTS", "Layout", "check_fits", "is_reserved", "split_config"]

LAYOUTS = Table("LAYOUTS", Layout, {"frames": FRAMES, "arrays": ARRAYS, "strips": STRIPS})


def split_config(config: str) -> tuple[str | None, str]:
    """The name of a config -> (variant, layout). The variant is None for a config without annotations.

    >>> split_config("two_digits_strips"), split_config("arrays")
    (('two_digits', 'strips'), (None, 'arrays'))
    """
    for name, layout in LAYOUTS.items():
        if config == layout.bare:
            return None, name
        if layout.suffix and config.endswith(layout.suffix):
            return config.removesuffix(layout.suffix), name
    return config, "frames"


def is_reserved(name: str) -> bool:
    """Whether a config is called so, or could be, so that no variant may be."""
    return name in (ANIMATED, AUTHORS) or split_config(name)[0] != name


def check_fits(layout: str, variant: Any) -> None:
    """Refuse a variant whose sequences have more pixels than a layout can store."""
    pixels, most = variant.pixels // variant.channels, LAYOUTS[layout].most_pixels
    if most and pixels > most:
        raise InputError(
            f"a sequence must have at most {most:,} pixels in layout {layout}, not {pixels:,}, as {variant.name} has"
        )
