"""Strips from files to the arrays of each tool, uint8, in batches: the README's ways in.

Frameworks do not go together in one process: each has one of its own, which stays for all rounds.
"""

import functools
import glob
import importlib.util
import itertools
import math
import multiprocessing
import tempfile
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack

import datasets
import numpy as np

from ..cases import SEQUENCE, Case, measure
from ..files import folder_of, shards, write
from .reading import BATCH, at_random, load

STRIPS = "image_sequence"
BUFFER = 1_000  # rows that a stream shuffles
FRAMEWORKS = ("torch", "grain jax", "tensorflow")


def rows(scale):
    with tempfile.TemporaryDirectory() as data, ExitStack() as processes:
        write(shards("strips", train=scale.ways), data)
        start = functools.cache(lambda framework: processes.enter_context(process()))
        return measure([case(name, data, scale.ways, start) for name in WAYS], scale, "rows/s")


def case(name, data, n, start):
    """The Case of a way, in the process that `start(framework)` gives if it needs one."""
    packages, _, most = WAYS[name]
    n = min(n, most)
    if missing := [package for package in packages.split() if importlib.util.find_spec(package) is None]:
        return Case(name, None, n, note=f"{missing[0]} not installed")
    if packages in FRAMEWORKS:
        return Case(name, lambda: start(packages).submit(read, name, data, n).result(), n)
    return Case(name, lambda: read(name, data, n), n)


def process():
    """A pool of one process."""
    return ProcessPoolExecutor(1, multiprocessing.get_context("spawn"))


def read(name, data, n):
    """Read n rows in one way, to uint8."""
    count = 0
    for batch in WAYS[name][1](data, n):
        assert math.prod(batch.shape[1:]) == SEQUENCE and "uint8" in str(batch.dtype)
        count += len(batch)
    assert count == n, (name, count)


# The ways: (folder of data, number of rows) -> batches.


@functools.cache
def loaded(data, format):
    """Rows in the cache of datasets, the frames alone."""
    datasets.disable_progress_bars()
    rows = load(folder_of("strips", data), f"{data}/cache-{format}")
    return rows.select_columns(STRIPS).with_format(format)


def streamed(data):
    """Rows of the Parquet files as a stream, a shard for each of their row groups."""
    return datasets.load_dataset(folder_of("strips", data), split="train", streaming=True).reshard()


def parquet(data):
    """Path of the Parquet files, as a pattern."""
    return f"{folder_of('strips', data)}/train-*.parquet"


def order_of(rows):
    """Indices of all rows, shuffled."""
    return np.random.default_rng(0).permutation(len(rows)).tolist()


def to_numpy(data, n):
    rows = loaded(data, "numpy")
    return (batch[STRIPS] for batch in at_random(rows, order_of(rows)))


def to_torch(data, n):
    from torch.utils.data import DataLoader

    return (batch[STRIPS] for batch in DataLoader(loaded(data, "torch"), batch_size=BATCH, shuffle=True))


def grain_batches(data, n):
    import grain
    import jax

    rows = loaded(data, "numpy")
    batches = grain.MapDataset.range(len(rows)).shuffle(seed=0).batch(BATCH).map(lambda i: rows[i][STRIPS])
    return map(jax.numpy.asarray, with_a_thread(batches))


def grain_rows(data, n):
    import grain
    import jax

    batches = grain.MapDataset.source(loaded(data, "numpy")).shuffle(seed=0)[:n].batch(BATCH)
    return (jax.numpy.asarray(batch[STRIPS]) for batch in with_a_thread(batches))


def with_a_thread(batches):
    """Batches of Grain that a thread reads in advance."""
    import grain

    return batches.to_iter_dataset(grain.ReadOptions(num_threads=1, prefetch_buffer_size=2))


def tensor_slices(data, n):
    import tensorflow as tf

    strips = loaded(data, "numpy")[:][STRIPS]
    return tf.data.Dataset.from_tensor_slices(strips).shuffle(len(strips)).batch(BATCH)


def to_tf_dataset(data, n):
    import tensorflow as tf

    rows = loaded(data, "numpy").with_format("numpy")  # a copy: the end of the tf.data.Dataset closes the rows
    return (tf.cast(batch[STRIPS], tf.uint8) for batch in rows.to_tf_dataset(batch_size=BATCH, shuffle=True))


def stream_shuffled(data, n):
    rows = streamed(data).select_columns(STRIPS).shuffle(seed=0, buffer_size=BUFFER)
    return (batch[STRIPS] for batch in rows.with_format("numpy").iter(BATCH))


def with_webdataset(data, n):
    import webdataset

    tars = glob.glob(f"{written_as_tars(data)}/*.tar")
    samples = webdataset.WebDataset(tars, shardshuffle=len(tars)).shuffle(BUFFER)
    return in_batches(sample["pgm"] for sample in samples)


@functools.cache
def written_as_tars(data):
    """A folder with the rows as tars of WebDataset, 1,000 a file."""
    import webdataset

    rows = streamed(data).select_columns(STRIPS).cast_column(STRIPS, datasets.Image(decode=False))
    with webdataset.ShardWriter(f"{data}/%06d.tar", maxcount=1_000, verbose=0) as tars:
        for i, row in enumerate(rows):
            tars.write({"__key__": f"{i:08}", "pgm": row[STRIPS]["bytes"]})
    return data


def with_pandas(data, n):
    import pandas

    rows = pandas.read_parquet(glob.glob(parquet(data)), columns=[STRIPS])
    return in_batches(row["bytes"] for row in rows[STRIPS])


def with_polars(data, n):
    import polars

    return in_batches(polars.read_parquet(parquet(data), columns=[STRIPS])[STRIPS].struct.field("bytes"))


def with_duckdb(data, n):
    import duckdb

    return in_batches(row[0] for row in duckdb.sql(f"select {STRIPS}.bytes from '{parquet(data)}'").fetchall())


def in_batches(strips):
    """Files of strips -> frames in batches."""
    pixels = (strip.split(b"\n", 1)[1] for strip in strips)
    while batch := list(itertools.islice(pixels, BATCH)):
        yield np.frombuffer(b"".join(batch), np.uint8).reshape(len(batch), -1, 64, 64)


ALL = 2**40
WAYS = {  # name: (packages that it needs, function, most rows that are read)
    "datasets to numpy, shuffled": ("datasets", to_numpy, ALL),
    "PyTorch DataLoader, shuffled": ("torch", to_torch, ALL),
    "Grain to JAX, shuffled": ("grain jax", grain_batches, ALL),
    "Grain to JAX, shuffled, row by row": ("grain jax", grain_rows, 2_000),
    "TensorFlow from_tensor_slices, shuffled": ("tensorflow", tensor_slices, ALL),
    "TensorFlow to_tf_dataset, shuffled": ("tensorflow", to_tf_dataset, ALL),
    "streamed to numpy, shuffled": ("datasets", stream_shuffled, ALL),
    "WebDataset to numpy, shuffled": ("webdataset", with_webdataset, ALL),
    "pandas to numpy, in order": ("pandas", with_pandas, ALL),
    "polars to numpy, in order": ("polars", with_polars, ALL),
    "DuckDB to numpy, in order": ("duckdb", with_duckdb, ALL),
}
