"""Measure how fast Parquet files go into the cache of datasets, and their frames to numpy."""

import math
import tempfile
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

import datasets
import numpy as np

from moving_mnist_generator.layouts import LAYOUTS
from moving_mnist_generator.rows.columns import IMAGE_SEQUENCE

from .cases import SEQUENCE_BYTES, Case, Scale, measure
from .files import against, write

BATCH = 64  # rows


def rows(scale: Scale) -> list[dict[str, Any]]:
    datasets.disable_progress_bars()
    with tempfile.TemporaryDirectory() as out:
        return measure([case for layout in LAYOUTS for case in readers(layout, out, scale)], scale)


def readers(layout: str, out: str, scale: Scale) -> list[Case]:
    """Cases: each way to read the files of a layout."""
    load = partial(datasets.load_dataset, str(write(layout, out, train=scale.rows)), split="train")
    loaded = load(cache_dir=f"{out}/cache").select_columns(IMAGE_SEQUENCE).with_format("numpy", dtype=np.uint8)
    order, n = np.random.default_rng(0).permutation(len(loaded)).tolist(), scale.read
    streamed = load(streaming=True).select_columns(IMAGE_SEQUENCE).take(n).with_format("numpy")
    ways: list[tuple[str, int, Callable[[], None]]] = [
        ("load_dataset, once", len(loaded), partial(load_once, load)),
        ("random batches", n, lambda: drain(loaded[order[i : i + BATCH]] for i in range(0, n, BATCH))),
        ("streamed", n, lambda: drain(streamed.iter(BATCH))),
    ]
    return [Case(f"{layout}, {way}", read, count, against(layout, way)) for way, count, read in ways]


def load_once(load: Callable[..., datasets.Dataset]) -> None:
    """Load files with an empty cache."""
    with tempfile.TemporaryDirectory() as cache:
        load(cache_dir=cache)


def drain(batches: Iterable[dict[str, np.ndarray]]) -> None:
    """Read all batches."""
    for batch in batches:
        assert math.prod(batch[IMAGE_SEQUENCE].shape[1:]) == SEQUENCE_BYTES
