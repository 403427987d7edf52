"""Shards made by the workers of a Ray cluster, which may join and leave at any time."""

import collections
import dataclasses
import itertools
import os
import socket
import time
from pathlib import Path

from upath import UPath

from ..common.checks import InputError
from ..core.tables import add_rows, added_rows
from ..files.shards import make_whole
from .partial import remove_abandoned
from .signals import handlers_kept

SETTINGS = {  # which Ray reads while it is imported
    "RAY_USAGE_STATS_ENABLED": "0",  # it would report every run to its makers
    "RAY_DISABLE_FAILURE_SIGNAL_HANDLER": "1",  # a stop while it starts would be a crash to it
}
AHEAD = 2  # shards under way for each CPU
RETRIES = 10  # of a shard whose worker is lost; a shard that kills every worker must end the run
NOTICED = 5  # seconds; until a cluster has noticed that a machine is lost, it goes on giving it tasks
PATIENCE = 600  # seconds that a cluster may have no CPU at all: machines may be about to join


def make_on_ray(shards, out, address):
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
    waiting, under_way, last_worker = map(with_whole_path, shards), {}, time.monotonic()
    try:
        join_ray(ray, address)
        task, rows = ray.remote(max_retries=RETRIES)(make_on_worker), added_rows()
        lost = collections.Counter()
        while True:
            workers = int(ray.cluster_resources().get("CPU", 0))  # they come and go
            room = max(1, AHEAD * workers) - len(under_way)
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
                time.sleep(NOTICED)
                waiting = itertools.chain(again, waiting)
            last_worker = time.monotonic() if workers else last_worker
            if time.monotonic() - last_worker > PATIENCE:
                raise OSError(f"the Ray cluster has had no CPU for {PATIENCE} s")
        remove_lost(ray, shards, out)
    except ray.exceptions.RayTaskError as error:
        raise error.cause from None
    except (ray.exceptions.RayError, RuntimeError) as error:
        raise OSError(f"Ray: {error}") from error
    finally:
        if under_way and ray.is_initialized():  # cancelled tasks remove their partial files; killed ones do not
            for reference in under_way:
                ray.cancel(reference)
            ray.wait(list(under_way), num_returns=len(under_way), timeout=10)
        ray.shutdown()


def is_of_lost_machine(ray, error):
    """Whether a task failed with its machine. Most versions of Ray try it again then, but not after these errors.

    An OSError without a number is Ray's own: the task lost the connection to its machine's part of Ray.
    """
    cause = getattr(error, "cause", None)
    return isinstance(error, ray.exceptions.LocalRayletDiedError) or (type(cause) is OSError and cause.errno is None)


def make_on_worker(rows, shard, out):
    """`make_whole` in a worker of the cluster, which learns the rows that were added to tables."""
    add_rows(rows)
    return make_whole(shard, out)


def with_whole_path(shard):
    """The shard, with its digits named so that they are found from any folder."""
    digits = shard.recipe.digits
    if not isinstance(digits, str) or not Path(digits).expanduser().exists():
        return shard
    digits = str(Path(digits).expanduser().absolute())
    return dataclasses.replace(shard, recipe=dataclasses.replace(shard.recipe, digits=digits))


def join_ray(ray, address):
    """Connect to the cluster at `address` or RAY_ADDRESS; without either, start one on this machine."""
    address = address or os.environ.get("RAY_ADDRESS") or "local"
    settings = {"logging_level": "error", "log_to_driver": False}
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
    with handlers_kept():
        ray.init(address, **settings)


def remove_lost(ray, shards, out):
    """Remove the partial files of killed workers: each machine its own, this process those of lost machines."""
    from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy as On

    names = {(shard.config, shard.name) for shard in shards}
    left = []
    for folder in {UPath(out) / config for config, _ in names}:
        for partial in folder.glob(".*.partial") if isinstance(folder, Path) else ():
            name, _, writer = partial.name[1:].partition(".parquet.")  # writer: <host>.<pid>.partial
            if (folder.name, f"{name}.parquet") in names:
                left.append((partial, folder / f"{name}.parquet", writer.rsplit(".", 2)[0]))
    if not left:
        return
    nodes = ray.nodes()
    alive = {node["NodeManagerHostname"]: node["NodeID"] for node in nodes if node["Alive"]}
    for partial, _, host in left:
        if host not in alive and host in {node["NodeManagerHostname"] for node in nodes}:
            partial.unlink(missing_ok=True)
    task = ray.remote(num_cpus=0)(remove_all_abandoned)
    paths = [path for _, path, _ in left]
    tasks = [task.options(scheduling_strategy=On(node, soft=False)).remote(paths) for node in alive.values()]
    ray.wait(tasks, num_returns=len(tasks), timeout=60)


def remove_all_abandoned(paths):
    """`remove_abandoned`, in a worker."""
    for path in paths:
        remove_abandoned(path)
