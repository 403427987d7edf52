"""Choose who makes the shards: this process, workers of this machine, or a Ray cluster. The files are the same."""

import itertools
from collections.abc import Iterator, Sequence
from typing import Any

from .work import Shard


def make(
    shards: Sequence[Shard], out: Any, *, engine: str = "local", workers: int = 1, ray_address: str | None = None
) -> Iterator[int]:
    """Make the files of all shards in the folder or URL `out`.

    Args:
        engine: "local", `workers` processes of this machine; "ray", a cluster: `ray_address`, or what the environment
            variable RAY_ADDRESS names, or a new one on this machine.

    Yields:
        numbers of sequences that are finished.
    """
    if engine == "ray" and shards:
        from .on_ray import make_on_ray

        return make_on_ray(shards, out, ray_address)
    if workers == 1 or not shards:
        return itertools.chain.from_iterable(shard.write(out) for shard in shards)
    from .processes import make_in_processes

    return make_in_processes(shards, out, workers)
