"""What the evaluation takes from the generator, in one place."""

from ..motions import MOTIONS, walk
from ..sequences import digit_size, generate
from ..truth import from_rows, repaint
from ..variants import VARIANTS, Variant

__all__ = ["MOTIONS", "VARIANTS", "Variant", "digit_size", "from_rows", "generate", "repaint", "walk"]
