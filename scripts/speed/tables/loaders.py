"""torch DataLoader over stream(), over files of each layout, and over a plain loop that makes each item by itself.

Workers take a while to start, and some batches lie ready once the first one has arrived. So the first batch is timed
apart, a few more are dropped, and the rest is the steady state. All sources are endless: a loader that runs out of
work would give its last batches faster than it makes them.
"""

import importlib
import itertools
import math
import random
import tempfile
import time
from functools import partial

import datasets
import numpy as np

from moving_mnist_generator import load_digits, stream
from moving_mnist_generator.layouts import LAYOUTS

from ..cases import SEQUENCE, built, rounded, take_turns
from ..files import VARIANT, folder_of, shards, write
from ..plain_loops import draw_sequences
from .reading import BATCH, load

WORKERS = (0, 2)
ENDLESS = 2**40  # items: more than any loader reads
LOOP = "plain loop"


def rows(scale):
    datasets.disable_progress_bars()
    with tempfile.TemporaryDirectory() as folder:
        for layout in LAYOUTS:
            write(shards(layout, train=scale.rows), folder)
        sources = {LOOP: plain_loop, "stream": streamed, **{name: partial(of_files, name, folder) for name in LAYOUTS}}
        found = {
            f"{name}, {workers} workers": built("torch", partial(loader, source, workers))
            for name, source in sources.items()
            for workers in WORKERS
        }
        functions = {name: function for name, (function, _) in found.items() if function}
        measured = take_turns(functions, scale, lambda open_loader: first_and_rate(open_loader, scale))
    best = {name: (min(first), max(rate)) for name, (first, rate) in columns_of(measured)}
    return [row(name, note, best) for name, (_, note) in found.items()]


def columns_of(measured):
    """[(name, (firsts, rates))] of {name: [(first, rate)]}."""
    return [(name, zip(*pairs, strict=True)) for name, pairs in measured.items()]


def row(name, note, best):
    """A row of the table: rate, its ratio to the plain loop with as many workers, seconds to the first batch."""
    if name not in best:
        return {"name": name, "note": note}
    (first, rate), workers = best[name], name.rpartition(", ")[2]
    figures = {"sequences/s": rate, "x plain loop": rate / best[f"{LOOP}, {workers}"][1], "first batch s": first}
    return {"name": name, **{unit: rounded(value) for unit, value in figures.items()}}


def loader(source, workers):
    """A function that opens a DataLoader over what `source(torch)` returns: (dataset, more of its arguments)."""
    torch = importlib.import_module("torch")
    torch.set_num_threads(1)  # as in workers: with more, all cores stack a batch, and wait for a busy one
    dataset, more = source(torch)
    if workers:  # a forked worker has half of pyarrow's threads, and may abort when it ends
        more["multiprocessing_context"] = "spawn"
    return lambda: torch.utils.data.DataLoader(dataset, num_workers=workers, **more)


def first_and_rate(open_loader, scale):
    """(seconds to the first batch, sequences a second in the steady state)."""
    began = time.perf_counter()
    batches = iter(open_loader())
    check(next(batches))
    first = time.perf_counter() - began
    for batch in itertools.islice(batches, scale.warm_up):
        check(batch)
    began, count = time.perf_counter(), 0
    while not count or time.perf_counter() - began < scale.loading:
        check(next(batches))
        count += BATCH
    return first, count / (time.perf_counter() - began)


def check(batch):
    """Assert that a batch is one of frames."""
    frames = batch["image_sequence"]
    assert len(frames) == BATCH and math.prod(frames.shape[1:]) == SEQUENCE and frames.dtype.itemsize == 1


def plain_loop(torch):
    """Items made one by one, as the authors' recurrence reads."""
    return PlainLoop(load_digits().train_images), {"batch_size": BATCH}


class PlainLoop:
    """A map-style dataset for torch, which asks for no base class."""

    def __init__(self, images):
        self.images = images

    def __len__(self):
        return ENDLESS

    def __getitem__(self, index):
        return {"image_sequence": draw_sequences(random.Random(index), self.images, 1)[0]}


def streamed(torch):
    """The rows of stream()."""
    return stream(VARIANT, "train").select_columns("image_sequence"), {"batch_size": BATCH}


def of_files(layout, folder, torch):
    """Random batches of loaded files: datasets gets all indices of a batch at once, and collates them itself."""
    rows = load(folder_of(layout, folder), f"{folder}/cache")
    rows = rows.select_columns("image_sequence").with_format("torch", dtype=torch.uint8)
    return rows, {"sampler": RandomBatches(len(rows)), "batch_size": None}


class RandomBatches:
    """A sampler: lists of BATCH random indices, without end."""

    def __init__(self, size):
        self.size = size

    def __iter__(self):
        rng = np.random.default_rng(0)
        while True:
            yield rng.integers(self.size, size=BATCH).tolist()
