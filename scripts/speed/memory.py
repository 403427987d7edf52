"""Measure the peak of memory of processes that make files of each layout, and of load_dataset."""

import multiprocessing
import resource
import sys
import tempfile
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import psutil

from moving_mnist_generator.layouts import LAYOUTS

from .cases import Scale
from .files import write


def rows(scale: Scale) -> list[dict[str, Any]]:
    found = []
    for layout in LAYOUTS:
        with tempfile.TemporaryDirectory() as out:
            for n in scale.made:
                _, peak = in_a_new_process(partial(write, layout, f"{out}/{n}", train=n))
                found.append({"name": f"{layout}, {n:,} sequences", "peak MB": megabytes(peak)})
            folder = write(layout, f"{out}/loaded", train=scale.loaded)
            load = partial(bytes_before_loading, str(folder), scale.loaded)
            loads = [partial(load, f"{out}/cache-{i}") for i in range(scale.rounds[0])]
            before, peak = min(map(in_a_new_process, loads), key=lambda found: found[1])  # it varies
            name = f"{layout}, load_dataset of {scale.loaded:,}"
            found.append({"name": name, "peak MB": megabytes(peak), "above MB": megabytes(peak - before)})
    return found


def in_a_new_process(function: Callable[[], Any]) -> tuple[Any, int]:
    """(what the function returns, the peak of its process in bytes, imports included)."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        return pool.submit(with_peak, function).result()


def with_peak(function: Callable[[], Any]) -> tuple[Any, int]:
    """Call a function; (what it returns, the peak of this process in bytes).

    Linux counts in ru_maxrss what the parent held when it started this process, but not in VmHWM.
    """
    returned = function()
    if sys.platform == "linux":
        lines = Path("/proc/self/status").read_text().splitlines()
        return returned, next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM"))
    return returned, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def bytes_before_loading(folder: str, count: int, cache: str) -> int:
    """`load_dataset` of so many sequences into an empty cache; the memory that the imports had taken before."""
    import datasets

    datasets.disable_progress_bars()
    before = psutil.Process().memory_info().rss
    assert len(datasets.load_dataset(folder, split="train", cache_dir=cache)) == count
    return before


def megabytes(size: int) -> int:
    """Bytes -> MB."""
    return round(size / 1e6)
