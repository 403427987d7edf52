"""Measure how fast Parquet files go into the cache of datasets, and their frames to numpy."""

import math
import tempfile
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path
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
    folder, n = write(layout, out, train=scale.rows), scale.read
    loaded = load(folder, f"{out}/cache").select_columns(IMAGE_SEQUENCE).with_format("numpy", dtype=np.uint8)
    order = np.random.default_rng(0).permutation(len(loaded))[:n].tolist()
    streamed = datasets.load_dataset(str(folder), split="train", streaming=True).select_columns(IMAGE_SEQUENCE)
    streamed = streamed.take(n).with_format("numpy")
    return [
        Case(f"{layout}, {way}", read, count, against(layout, way))
        for way, count, read in (
            ("load_dataset, once", len(loaded), partial(load_once, folder)),
            ("random batches", n, lambda: drain(in_batches(loaded, order))),
            ("streamed", n, lambda: drain(streamed.iter(BATCH))),
        )
    ]


def load(folder: Path, cache: str) -> datasets.Dataset:
    """The train split of a folder."""
    return datasets.load_dataset(str(folder), split="train", cache_dir=cache)


def load_once(folder: Path) -> None:
    """`load` with an empty cache."""
    with tempfile.TemporaryDirectory() as cache:
        load(folder, cache)


def in_batches(rows: datasets.Dataset, order: list[int]) -> Iterator[dict[str, np.ndarray]]:
    """Batches of rows in that order."""
    return (rows[order[first : first + BATCH]] for first in range(0, len(order), BATCH))


def drain(batches: Iterable[dict[str, np.ndarray]]) -> None:
    """Read all batches."""
    for batch in batches:
        assert math.prod(batch[IMAGE_SEQUENCE].shape[1:]) == SEQUENCE_BYTES
