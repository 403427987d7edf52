"""How the frames of a sequence are stored in a row.

All layouts of a name hold the same sequences in the same order. A new layout is a file of this folder that ends with
a Layout, and a row of the table LAYOUTS. pyarrow is imported where it is used: making sequences needs none.
"""

from ..checks import InputError
from ..table import Table
from .arrays import ARRAYS
from .base import Layout
from .frames import FRAMES
from .strips import STRIPS

__all__ = ["LAYOUTS", "Layout", "check_fits", "is_reserved"]

LAYOUTS = Table({"frames": FRAMES, "arrays": ARRAYS, "strips": STRIPS})


def is_reserved(name):
    """Whether a config is called so, or could be, so that no variant may be."""
    return any(name == layout.bare or (layout.suffix and name.endswith(layout.suffix)) for layout in LAYOUTS.values())


def check_fits(layout, variant):
    """Refuse a variant whose sequences have more pixels than a layout can store."""
    pixels, most = variant.pixels // variant.channels, LAYOUTS[layout].most_pixels
    if most and pixels > most:
        raise InputError(
            f"a sequence must have at most {most:,} pixels in layout {layout}, not {pixels:,}, as {variant.name} has"
        )
