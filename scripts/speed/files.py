"""Make the Parquet files of a layout that are measured."""

from pathlib import Path

from moving_mnist_generator import VARIANTS
from moving_mnist_generator.files.shards import Shard, plan
from moving_mnist_generator.layouts import LAYOUTS
from moving_mnist_generator.running.engines import make

from .cases import BASELINE, VARIANT


def shards(layout: str, **sizes: int) -> list[Shard]:
    """Shards of VARIANT; sizes by split."""
    return plan(VARIANT, sizes, [layout])


def write(layout: str, out: str | Path, workers: int = 1, **sizes: int) -> Path:
    """Make the files of VARIANT in a layout; the folder that holds them."""
    for _ in make(shards(layout, **sizes), out, workers=workers):
        pass
    return Path(out, LAYOUTS[layout].config(VARIANTS[VARIANT].name))


def against(layout: str, what: str) -> dict[str, str]:
    """Case.against of a layout's case: the same with BASELINE."""
    return {} if layout == BASELINE else {f"x {BASELINE}": f"{BASELINE}, {what}"}
