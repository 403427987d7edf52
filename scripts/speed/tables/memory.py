"""The peak of memory: of generate.py for each layout, and of load_dataset of what it wrote."""

import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from moving_mnist_generator.layouts import LAYOUTS

from ..files import VARIANT, folder_of, shards, write
from ..peaks import megabytes, run_to_its_peak

SPEED = Path(__file__).parents[1]


def rows(scale):
    """Two processes at a time: that changes their speed, not their memory."""
    with ThreadPoolExecutor(2) as pool:
        generated = [pool.submit(generating, layout, n) for layout in LAYOUTS for n in scale.peaks]
        loaded = [pool.submit(loading, layout, scale.loaded) for layout in LAYOUTS]
        return [row.result() for row in (*generated, *loaded)]


def generating(layout, n):
    """Row: one run of generate.py."""
    with tempfile.TemporaryDirectory() as out:
        sizes = ["--train", n, "--validation", 0, "--test", 0]
        _, peak = run_to_its_peak(SPEED.parent / "generate.py", VARIANT, "--layout", layout, *sizes, "--out", out)
    return {"name": f"{layout}, {n:,} sequences", "peak MB": peak}


def loading(layout, n):
    """Row: one run of load_dataset; "above MB" is what it takes above the imports."""
    with tempfile.TemporaryDirectory() as folder:
        write(shards(layout, train=n), folder)
        (before,), peak = run_to_its_peak(SPEED / "loading_once.py", folder_of(layout, folder), f"{folder}/cache")
    return {"name": f"{layout}, load_dataset of {n:,}", "peak MB": peak, "above MB": peak - megabytes(int(before))}
