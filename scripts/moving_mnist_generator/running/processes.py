"""Shards made by worker processes of this machine. The files are the same as those of one process.

In layouts whose work is writing, each file is made whole by one worker. In the others, workers make row groups and
this process writes them.
"""

import collections
import contextlib
import itertools
import math
import multiprocessing
import signal
import threading
import time
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool

import numpy as np
import pyarrow as pa
from upath import UPath

from ..core.tables import added_rows
from ..files.shards import make_whole, row_group, row_ranges, write_shard
from ..layouts import LAYOUTS
from ..rows.columns import IMAGE_SEQUENCE
from .partial import remove_partial
from .workers import PATIENCE, be_a_worker, block_ctrl_c, in_worker

SQUEEZED = "lz4"  # frames between processes: 3 to 20 % of their bytes, in about the time that two digits take to make
STOPS = (signal.SIGINT, signal.SIGTERM)
AHEAD = 2  # row groups, and whole files, under way for each worker
AWAKE = 0.2  # seconds after which a wait begins anew, so that signals are noticed


def make_in_processes(shards, out, workers):
    """Make the files of all shards in `workers` processes. Yields numbers of sequences that are finished."""
    by_group = [shard for shard in shards if not LAYOUTS[shard.layout].whole_files]
    whole = sorted((shard for shard in shards if LAYOUTS[shard.layout].whole_files), key=lambda s: s.start - s.stop)
    waiting, latest, under_way, most = iter(whole), None, {}, AHEAD * workers
    with ProcessPoolExecutor(workers, multiprocessing.get_context("spawn"), be_a_worker, (added_rows(),)) as pool:
        counts = write_groups(pool, by_group, out, most)
        try:
            while True:
                for latest in itertools.islice(waiting, most - len(under_way)):
                    under_way[submit(pool, make_whole, latest, out)] = latest  # a signal may come in between
                count = next(counts, None)
                if count is not None:
                    yield count
                elif not under_way:
                    break
                done, _ = wait(under_way, 0 if count is not None else AWAKE, FIRST_COMPLETED)
                for future in done:
                    count = future.result()  # or it fails, and the shard's partial file has to go
                    del under_way[future]
                    yield count
        except BaseException as error:
            counts.close()  # which removes its partial file
            stop(pool)
            for shard in [*under_way.values(), *([latest] if latest else [])]:
                remove_partial(UPath(out) / shard.config / shard.name)
            if isinstance(error, BrokenProcessPool):
                raise OSError(
                    "a worker process was killed, perhaps for lack of memory; the same command continues from here"
                ) from None
            raise


def submit(pool, function, *arguments):
    """Have a worker call a function. Workers are started here, as many as are needed."""
    with signals_wait():
        return pool.submit(in_worker, function, *arguments)


@contextlib.contextmanager
def signals_wait():
    """Ctrl-C and SIGTERM take effect when the block ends: a worker that is half started would end with a traceback.

    For the same reason workers start with Ctrl-C blocked: a terminal sends it to them, too.
    """
    if threading.current_thread() is not threading.main_thread():  # which alone gets signals
        yield
        return
    arrived = []
    before = {each: signal.signal(each, lambda number, _: arrived.append(number)) for each in STOPS}
    block_ctrl_c("SIG_BLOCK")
    try:
        yield
    finally:
        block_ctrl_c("SIG_UNBLOCK")
        for each, handler in before.items():
            signal.signal(each, handler)
        for number in arrived[:1]:
            signal.raise_signal(number)


def stop(pool):
    """End the workers: by a signal that lets them clean up, and after PATIENCE by one that they cannot ignore."""
    pool.shutdown(wait=False, cancel_futures=True)
    workers, end = multiprocessing.active_children(), time.monotonic() + PATIENCE
    for worker in workers:
        worker.terminate()
    for worker in workers:
        worker.join(max(0, end - time.monotonic()))
        if worker.is_alive():
            worker.kill()
            worker.join(PATIENCE)  # what it has not cleaned up is removed when it is gone


def write_groups(pool, shards, out, ahead):
    """`write_shard` of shards one after the other, their row groups made by the pool."""
    for shard in shards:
        yield from write_shard(shard, out, groups_from(pool, shard, ahead))


def groups_from(pool, shard, ahead):
    """The shard's row groups, in order, made by the pool, a few of them ahead."""
    under_way = collections.deque()
    for indices in itertools.chain(row_ranges(shard), [None] * ahead):
        if indices is not None:
            under_way.append(submit(pool, squeezed_group, shard, indices))
        if under_way and (indices is None or len(under_way) > ahead):
            squeezed, shape, columns = result_of(under_way.popleft())
            pixels = pa.decompress(squeezed, math.prod(shape), SQUEEZED)
            yield np.frombuffer(pixels, np.uint8).reshape(shape), columns


def result_of(future):
    """A future's result, awaited in steps: Python notices no signal while the main thread waits for a lock."""
    while not wait([future], AWAKE).done:
        pass
    return future.result()


def squeezed_group(shard, indices):
    """One row group, in a worker: its frames, which are only hashed, compressed; their shape; its columns."""
    frames, columns = row_group(shard, indices)
    columns = {IMAGE_SEQUENCE: LAYOUTS[shard.layout].encode(frames), **columns}
    return pa.compress(frames, SQUEEZED), frames.shape, columns
