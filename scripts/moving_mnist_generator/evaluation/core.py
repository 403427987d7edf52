"""What the evaluation takes from the generator, in one place."""

from ..motion import MOTIONS, walk
from ..sequences import digit_size, generate
from ..truth import from_rows, repaint
from ..variants import FIELDS, VARIANTS, Variant

__all__ = ["FIELDS", "MOTIONS", "VARIANTS", "Variant", "digit_size", "from_rows", "generate", "repaint", "walk"]
