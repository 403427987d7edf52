"""Plan, compare with what is there, make, and say what was done: the whole of generate.py."""

import itertools
import re
import time

from tqdm import tqdm

from ..running.engines import make
from ..running.locks import alone_in
from ..running.signals import cleaned_up
from .shards import plan
from .survey import survey


def make_all(
    variants, *, out, train, validation, test, seed, layouts, digits, workers, engine, ray_address, overwrite
):
    """Make the files of variants, with progress, and print a line for each split."""
    sizes = {"train": train, "validation": validation, "test": test}
    planned = [shard for each in variants for shard in plan(each, sizes, layouts or None, seed=seed, digits=digits)]
    with alone_in(out, [shard.config for shard in planned]):
        todo, kept, stale = survey(planned, out, overwrite=overwrite)
        show("kept", kept, out)
        began, total = time.perf_counter(), sum(shard.stop - shard.start for shard in todo)
        with cleaned_up(), tqdm(total=total, unit=" sequences", disable=None if todo else True) as progress:
            for count in make(todo, out, engine=engine, workers=workers, ray_address=ray_address):
                progress.update(count)
        for path in stale:
            path.unlink(missing_ok=True)
    show("written", todo, out)
    seconds = time.perf_counter() - began
    print(f"{total:,} sequences in {seconds:.1f} s" if todo else "nothing to do: all of it is there already")


def show(word, shards, out):
    """Print a line for each split, whether it has one file or thousands."""
    for _, split in itertools.groupby(shards, key=lambda shard: (shard.config, shard.split)):
        first, *others = split
        count = sum(shard.stop - shard.start for shard in (first, *others))
        name = re.sub("^([a-z]+)-[0-9]+", r"\1-*", first.name) if others else first.name
        files = f" in {len(others) + 1:,} files" if others else ""
        print(f"{word:8} {out}/{first.config}/{name}  {count:,} sequences{files}")
