"""What the tables of layouts share: files of each layout, and the layout that the others are compared with."""

from moving_mnist_generator import VARIANTS
from moving_mnist_generator.files.shards import plan
from moving_mnist_generator.layouts import LAYOUTS
from moving_mnist_generator.running.engines import make

VARIANT = "two_digits"
AGAINST = "arrays"  # pixels as numbers: what one would write without thinking of layouts


def than(layout, what):
    """Case.than of a layout's case: the same with AGAINST."""
    return {} if layout == AGAINST else {f"x {AGAINST}": f"{AGAINST}, {what}"}


def shards(layout, **sizes):
    """Shards of VARIANT in one layout; sizes by split."""
    return plan(VARIANT, sizes, [layout])


def write(shards, out, **how):
    """Make the files of shards; returns the number of sequences."""
    return sum(make(shards, out, **how))


def folder_of(layout, out):
    """Path of the config that holds VARIANT in a layout."""
    return f"{out}/{LAYOUTS[layout].config(VARIANTS[VARIANT].name)}"
