"""Make shards in worker processes of this machine. The files are the same as those of one process.

In layouts whose work is writing, each file is made whole by one worker. In the others, workers make row groups and
this process writes them.
"""

import collections
import itertools
import math
import multiprocessing
import sys
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from typing import Any

import numpy as np
import pyarrow as pa

from ..core.tables import added_rows
from .partial import local_path, remove_abandoned
from .signals import held_back
from .work import Shard
from .workers import be_a_worker

CODEC = "lz4"  # of frames between processes: 3 to 20 % of their bytes, in about the time that two digits take to make
TASKS_PER_WORKER = 2  # row groups, and whole files, under way
POLL_SECONDS = 0.2  # after which a wait begins anew: Python notices no signal while its main thread waits for a lock
SECONDS_TO_CLEAN_UP = 1  # that a stopped worker has
# multiprocessing's tracker of semaphores, which starts with these options, warns of what a stop leaves to it.
TRACKER_OPTION = "ignore:resource_tracker:UserWarning"


def make_in_processes(shards: Sequence[Shard], out: Any, workers: int) -> Iterator[int]:
    """Make the files of all shards in `workers` processes. Yields numbers of sequences that are finished."""
    by_group = [shard for shard in shards if not shard.whole]
    whole = sorted((shard for shard in shards if shard.whole), key=lambda shard: shard.start - shard.stop)
    waiting, most = iter(whole), TASKS_PER_WORKER * workers
    under_way: dict[Future, Shard] = {}
    if TRACKER_OPTION not in sys.warnoptions:
        sys.warnoptions.append(TRACKER_OPTION)
    with ProcessPoolExecutor(workers, multiprocessing.get_context("spawn"), be_a_worker, (added_rows(),)) as pool:
        counts = write_groups(pool, by_group, out, most)
        try:
            while True:
                for shard in itertools.islice(waiting, most - len(under_way)):
                    under_way[submit(pool, shard.write_whole, out)] = shard
                count = next(counts, None)
                if count is not None:
                    yield count
                elif not under_way:
                    break
                done, _ = wait(under_way, 0 if count is not None else POLL_SECONDS, FIRST_COMPLETED)
                for future in done:
                    yield future.result()
                    del under_way[future]
        except BaseException as error:
            counts.close()  # which removes its partial file
            stop(pool)
            for shard in under_way.values():  # of a worker that had to be killed
                remove_abandoned(local_path(shard.path(out)))
            if isinstance(error, BrokenProcessPool):
                raise OSError(
                    "a worker process was killed, perhaps for lack of memory; the same command continues from here"
                ) from None
            raise


def submit(pool: ProcessPoolExecutor, function: Callable, *arguments: Any) -> Future:
    """Have a worker call a function. Workers are started here, as many as are needed."""
    with held_back():  # a worker that is half started would end with a traceback
        return pool.submit(function, *arguments)


def stop(pool: ProcessPoolExecutor) -> None:
    """End the workers: by a signal that lets them clean up, and then by one that they cannot ignore."""
    pool.shutdown(wait=False, cancel_futures=True)
    workers, end = multiprocessing.active_children(), time.monotonic() + SECONDS_TO_CLEAN_UP
    for worker in workers:
        worker.terminate()
    for worker in workers:
        worker.join(max(0, end - time.monotonic()))
        if worker.is_alive():
            worker.kill()
            worker.join(SECONDS_TO_CLEAN_UP)


def write_groups(
    pool: ProcessPoolExecutor, shards: Sequence[Shard], out: Any, ahead: int
) -> Generator[int, None, None]:
    """Write shards one after the other, their row groups made by the pool."""
    for shard in shards:
        yield from shard.write(out, groups_from(pool, shard, ahead))


def groups_from(pool: ProcessPoolExecutor, shard: Shard, ahead: int) -> Iterator[tuple[np.ndarray, dict]]:
    """The shard's row groups, in order, made by the pool, a few of them ahead."""
    under_way: collections.deque[Future] = collections.deque()
    for indices in itertools.chain(shard.row_ranges(), [None] * ahead):
        if indices is not None:
            under_way.append(submit(pool, compressed_group, shard, indices))
        if under_way and (indices is None or len(under_way) > ahead):
            compressed, shape, columns = result_of(under_way.popleft())
            pixels = pa.decompress(compressed, math.prod(shape), CODEC)
            yield np.frombuffer(pixels, np.uint8).reshape(shape), columns


def result_of(future: Future) -> Any:
    """A future's result, awaited in steps."""
    while not wait([future], POLL_SECONDS).done:
        pass
    return future.result()


def compressed_group(shard: Shard, indices: range) -> tuple[bytes, tuple[int, ...], dict]:
    """One row group, in a worker: its frames, which are only hashed, compressed; their shape; its columns."""
    frames, columns = shard.encoded_group(indices)
    return pa.compress(frames, CODEC), frames.shape, columns
