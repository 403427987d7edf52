"""Who makes the shards: this process, worker processes, or the workers of a Ray cluster. The files are the same.

In worker processes, files of arrays are made whole, each by one worker: writing them to Parquet is nearly all
of the work. In files of pictures it is the PNGs, so there the workers make row groups and this process writes.
"""

import collections
import itertools
import math
import multiprocessing
import os
import signal
import sys
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait

import numpy as np
import pyarrow as pa

from ..rows.arrow import picture_column
from .on_ray import make_on_ray
from .shards import make_whole, row_group, row_ranges, write_shard

ENGINES = ("local", "ray")
SQUEEZED = "lz4"  # frames between processes: 3 to 20 % of their bytes, in about the time that two digits take to make
AHEAD = 2  # row groups, and files of arrays, under way for each worker


def make(shards, out, *, engine="local", workers=1, ray_address=None):
    """Make the files of all shards in the folder or URL `out`.

    Args:
        engine: "local", `workers` processes of this machine; "ray", a cluster: `ray_address`, or what the
            environment variable RAY_ADDRESS names, or a new one on this machine.

    Yields:
        numbers of sequences that are finished.
    """
    if engine == "ray" and shards:
        return make_on_ray(shards, out, ray_address)
    if workers == 1 or not shards:
        return itertools.chain.from_iterable(write_shard(shard, out) for shard in shards)
    return make_in_processes(shards, out, workers)


def make_in_processes(shards, out, workers):
    """See `make`."""
    frames = [shard for shard in shards if shard.layout == "frames"]
    arrays = sorted(
        (shard for shard in shards if shard.layout == "arrays"), key=lambda shard: shard.start - shard.stop
    )
    waiting, under_way, most = iter(arrays), set(), AHEAD * workers
    with ProcessPoolExecutor(workers, multiprocessing.get_context("spawn"), be_a_worker) as pool:
        counts = write_frames(pool, frames, out, most)
        try:
            while True:
                for shard in itertools.islice(waiting, most - len(under_way)):
                    under_way.add(pool.submit(in_worker, make_whole, shard, out))
                count = next(counts, None)
                if count is not None:
                    yield count
                elif not under_way:
                    break
                patience = 0 if count is not None else None
                done, under_way = wait(under_way, patience, FIRST_COMPLETED)
                yield from (future.result() for future in done)
        except BaseException:
            counts.close()  # which removes what is half written
            pool.shutdown(wait=False, cancel_futures=True)
            for process in multiprocessing.active_children():
                process.terminate()
            raise


def write_frames(pool, shards, out, ahead):
    """`write_shard` of files of pictures, one after the other, their row groups made by the pool."""
    for shard in shards:
        yield from write_shard(shard, out, groups_from(pool, shard, ahead))


def be_a_worker():
    """Leave Ctrl-C to the parent; end by an exception when it says so, which removes what is half written."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, end)


def end(*_):
    """End once: the pool, too, ends workers when one is gone, and must not disturb the cleaning up."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    sys.exit()


def in_worker(function, *arguments):
    """Call it; told to end, end, once it has removed what is half written."""
    try:
        return function(*arguments)
    except SystemExit:  # which the pool would take for the task's result, and have the worker wait for another task
        os._exit(1)


def groups_from(pool, shard, ahead):
    """The shard's row groups, in order, made by the pool, a few of them ahead."""
    under_way = collections.deque()
    for indices in itertools.chain(row_ranges(shard), [None] * ahead):
        if indices is not None:
            under_way.append(pool.submit(in_worker, squeezed_group, shard, indices))
        if under_way and (indices is None or len(under_way) > ahead):
            squeezed, shape, columns = under_way.popleft().result()
            pixels = pa.decompress(squeezed, math.prod(shape), SQUEEZED)
            yield np.frombuffer(pixels, np.uint8).reshape(shape), columns


def squeezed_group(shard, indices):
    """One row group, in a worker: its frames, which are only hashed, in few bytes; their shape; its columns."""
    frames, columns = row_group(shard, indices)
    columns = {"image_sequence": picture_column(frames, shard.layout), **columns}
    return pa.compress(frames, SQUEEZED), frames.shape, columns
