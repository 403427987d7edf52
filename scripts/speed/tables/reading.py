"""The frames of Parquet files to numpy; and, once, the files into the cache of datasets."""

import importlib
import math
import tempfile
from pathlib import Path

import datasets
import numpy as np

from moving_mnist_generator import generate
from moving_mnist_generator.common.names import NUM_FRAMES
from moving_mnist_generator.layouts import LAYOUTS

from ..cases import SEQUENCE, Case, measure, where_there_is
from ..files import VARIANT, folder_of, shards, than, write

BATCH = 64  # rows


def rows(scale):
    datasets.disable_progress_bars()
    with tempfile.TemporaryDirectory() as folder:
        cases = []
        for layout in LAYOUTS:
            write(shards(layout, train=scale.rows), folder)
            cases += readers(layout, folder, scale)
        return measure([*cases, torchvision_reader(folder, scale.read)], scale, "rows/s")


def readers(layout, folder, scale):
    """Cases: every way to read the files of a layout."""
    files, n = folder_of(layout, folder), scale.read
    frames = load(files, f"{folder}/cache").select_columns("image_sequence")
    loaded, raw = frames.with_format("numpy", dtype=np.uint8), frames.with_format("arrow")
    order = np.random.default_rng(0).permutation(len(loaded))[:n].tolist()
    streamed = datasets.load_dataset(files, split="train", streaming=True).select_columns("image_sequence").take(n)
    ways = {
        "random batches": (n, lambda: drain(at_random(loaded, order))),
        "random batches, Arrow": (n, lambda: drain(decoded(at_random(raw, order), layout))),
        "in order": (n, lambda: drain(loaded.select(range(n)).iter(BATCH))),
        "streamed": (n, lambda: drain(streamed.with_format("numpy").iter(BATCH))),
        "load_dataset, once": (len(loaded), lambda: load_once(files)),
    }
    return [Case(f"{layout}, {way}", read, count, than(layout, way)) for way, (count, read) in ways.items()]


def load(files, cache):
    """The train split of a folder."""
    return datasets.load_dataset(files, split="train", cache_dir=cache)


def load_once(files):
    """`load` with an empty cache."""
    with tempfile.TemporaryDirectory() as cache:
        load(files, cache)


def at_random(rows, order):
    """Batches of rows in that order."""
    return (rows[order[first : first + BATCH]] for first in range(0, len(order), BATCH))


def decoded(tables, layout):
    """Arrow tables -> batches of numpy, without datasets, which decodes row by row."""
    for table in tables:
        yield {"image_sequence": LAYOUTS[layout].decode(table["image_sequence"].combine_chunks(), NUM_FRAMES)}


def drain(batches):
    """Read all batches."""
    for batch in batches:
        assert math.prod(batch["image_sequence"].shape[1:]) == SEQUENCE


def torchvision_reader(folder, n):
    """Case: torchvision's loader, which first opens a file in the layout of the authors' file."""
    file = Path(folder, "MovingMNIST", "mnist_test_seq.npy")
    file.parent.mkdir()
    np.save(file, generate(VARIANT, "train", range(n)).frames.swapaxes(0, 1))

    def loader():
        open_file = importlib.import_module("torchvision.datasets").MovingMNIST
        return lambda: read_all(open_file(folder))

    return where_there_is("torchvision", "torchvision.datasets.MovingMNIST, in order", loader, n)


def read_all(rows):
    """Item by item; returns how many."""
    return len([rows[i].shape for i in range(len(rows))])
