"""100 million sequences, estimated from a file of each layout that one worker makes; and planning."""

import tempfile
from functools import partial
from pathlib import Path

from moving_mnist_generator.files.shards import make_whole
from moving_mnist_generator.layouts import LAYOUTS

from ..cases import rounded, seconds_of, take_turns
from ..files import AGAINST, shards
from ..peaks import megabytes, run_to_its_peak

PLANNING = Path(__file__).parents[1] / "planning.py"


def rows(scale):
    with tempfile.TemporaryDirectory() as folder:
        samples = {layout: shards(layout, train=scale.sample)[0] for layout in LAYOUTS}
        functions = {layout: partial(make_whole, shard, folder) for layout, shard in samples.items()}
        seconds = {layout: min(times) for layout, times in take_turns(functions, scale, seconds_of).items()}
        sizes = {name: Path(folder, shard.config, shard.name).stat().st_size for name, shard in samples.items()}
    per_row = {layout: (sizes[layout] / shard.stop, seconds[layout] / shard.stop) for layout, shard in samples.items()}
    return [*(estimate(layout, per_row, scale.many) for layout in LAYOUTS), planning(AGAINST, scale.files)]


def estimate(layout, per_row, n):
    """Row of n sequences in a layout, from {layout: (bytes, seconds)} of one sequence."""
    size, seconds = per_row[layout]
    figures = {"core hours": seconds * n / 3600, "GB": size * n / 1e9, "bytes a row": size}
    if layout != AGAINST:
        figures[f"x {AGAINST}"] = size / per_row[AGAINST][0]
    figures = {unit: rounded(value) for unit, value in figures.items()}
    return {"name": f"{n:,} as {layout}", **figures, "files": len(shards(layout, train=n))}


def planning(layout, files):
    """Row: planning so many files."""
    (seconds, before), peak = run_to_its_peak(PLANNING, layout, files)
    figures = {"seconds": rounded(float(seconds), 2), "peak MB": peak, "above MB": peak - megabytes(int(before))}
    return {"name": f"planning {files:,} files", **figures}
