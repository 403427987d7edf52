"""Make shards on the workers of a Ray cluster, which may join and leave at any time."""

import collections
import itertools
import os
import socket
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from upath import UPath

from ..common.checks import InputError
from ..core.tables import add_rows, added_rows
from .signals import held_back
from .work import Shard

SETTINGS = {  # which Ray reads while it is imported
    "RAY_USAGE_STATS_ENABLED": "0",  # it would report every run to its makers
    "RAY_DISABLE_FAILURE_SIGNAL_HANDLER": "1",  # a stop while it starts would be a crash to it
}
SHARDS_PER_CPU = 2  # under way
RETRIES = 10  # of a shard whose worker is lost; a shard that kills every worker must end the run
SECONDS_TO_NOTICE = 5  # until a cluster has noticed that a machine is lost, it goes on giving it tasks
SECONDS_WITHOUT_CPU = 600  # that a cluster may have none: machines may be about to join
SECONDS_TO_CANCEL = 10


def make_on_ray(shards: Sequence[Shard], out: Any, address: str | None) -> Iterator[int]:
    """Make the files of all shards on a Ray cluster; see `engines.make`.

    If a worker or a machine is lost, another makes its shard.
    """
    for name, value in SETTINGS.items():
        os.environ.setdefault(name, value)
    try:
        import ray
    except ImportError:
        raise InputError('this needs Ray: pip install "moving-mnist[ray]"') from None
    # Workers run where their node was started, not here.
    out = str(UPath(out).absolute()) if isinstance(UPath(out), Path) else out
    waiting: Iterator[Shard] = (shard.from_any_folder() for shard in shards)
    under_way: dict[Any, Shard] = {}
    last_worker = time.monotonic()
    try:
        join_ray(ray, address)
        task, rows = ray.remote(max_retries=RETRIES)(make_on_worker), added_rows()
        lost: collections.Counter = collections.Counter()
        while True:
            workers = int(ray.cluster_resources().get("CPU", 0))  # they come and go
            room = max(1, SHARDS_PER_CPU * workers) - len(under_way)
            under_way |= {task.remote(rows, shard, out): shard for shard in itertools.islice(waiting, max(0, room))}
            if not under_way:
                break
            done, _ = ray.wait(list(under_way), timeout=1)
            again = []
            for shard, reference in [(under_way.pop(each), each) for each in done]:
                try:
                    yield ray.get(reference)
                except ray.exceptions.RayError as error:
                    lost[shard.config, shard.name] += 1
                    if not is_of_lost_machine(ray, error) or lost[shard.config, shard.name] > RETRIES:
                        raise
                    again.append(shard)
            if again:
                time.sleep(SECONDS_TO_NOTICE)
                waiting = itertools.chain(again, waiting)
            last_worker = time.monotonic() if workers else last_worker
            if time.monotonic() - last_worker > SECONDS_WITHOUT_CPU:
                raise OSError(f"the Ray cluster has had no CPU for {SECONDS_WITHOUT_CPU} s")
    except ray.exceptions.RayTaskError as error:
        raise error.cause from None
    except (ray.exceptions.RayError, RuntimeError) as error:
        raise OSError(f"Ray: {error}") from error
    finally:
        if under_way and ray.is_initialized():  # cancelled tasks remove their partial files; killed ones do not
            for reference in under_way:
                ray.cancel(reference)
            ray.wait(list(under_way), num_returns=len(under_way), timeout=SECONDS_TO_CANCEL)
        ray.shutdown()


def is_of_lost_machine(ray: Any, error: Exception) -> bool:
    """Whether a task failed with its machine. Most versions of Ray try it again then, but not after these errors.

    An OSError without a number is Ray's own: the task lost the connection to its machine's part of Ray.
    """
    cause = getattr(error, "cause", None)
    return isinstance(error, ray.exceptions.LocalRayletDiedError) or (type(cause) is OSError and cause.errno is None)


def make_on_worker(rows: list[dict[str, Any]], shard: Shard, out: Any) -> int:
    """Make a file in a worker of the cluster, which learns the rows that were added to tables."""
    add_rows(rows)
    return shard.write_whole(out)


def join_ray(ray: Any, address: str | None) -> None:
    """Connect to the cluster at `address` or RAY_ADDRESS; without either, start one on this machine."""
    address = address or os.environ.get("RAY_ADDRESS") or "local"
    settings: dict[str, Any] = {"logging_level": "error", "log_to_driver": False}
    if address == "local":
        # Shards go to files, so little of Ray's object store is needed; by default it takes 30% of the memory.
        settings |= {"include_dashboard": False, "object_store_memory": 100 << 20}
    elif ":" in address:
        # Ray itself tries for two minutes, and then ends the process.
        host, _, port = address.rpartition("://")[2].rpartition(":")
        try:
            socket.create_connection((host.strip("[]"), int(port)), timeout=10).close()
        except (OSError, ValueError) as error:
            raise OSError(f"no Ray cluster answers at {address}: {error}") from None
    try:
        with held_back():
            ray.init(address, **settings)
    except SystemExit:  # of Ray's own handler of SIGTERM, before it is undone
        raise KeyboardInterrupt from None
