"""Generate the files of variants: plan them, compare with what is there, make what is missing, and report."""

import itertools
import re
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from tqdm import tqdm

from ..core.variants import Variant
from ..running.engines import make
from ..running.locks import alone_in
from ..running.signals import cleaned_up
from .shards import Shard, plan
from .survey import survey, writable


@dataclass(frozen=True, kw_only=True)
class GenerateOptions:
    """What to make and how: the options of the command `generate`.

    out:         folder or URL of the configs
    sizes:       {split: sequences}; 0 makes none
    seed:        another one makes other sequences
    layouts:     names of LAYOUTS; none, those that are published
    digits:      what `load_digits` takes
    engine, workers, ray_address: see `running.engines.make`
    overwrite:   whether files that were made with other arguments are replaced
    """

    out: str
    sizes: dict[str, int]
    seed: int = 0
    layouts: tuple[str, ...] = ()
    digits: str | None = None
    engine: str = "local"
    workers: int = 1
    ray_address: str | None = None
    overwrite: bool = False

    def plan(self, variant: str | Variant) -> list[Shard]:
        """The shards of one variant."""
        return plan(variant, self.sizes, self.layouts or None, seed=self.seed, digits=self.digits)


def make_all(variants: Iterable[str | Variant], options: GenerateOptions) -> None:
    """Make the files of variants, with progress, and print a line for each split."""
    planned = [shard for each in variants for shard in options.plan(each)]
    folder = writable(options.out)  # a store has no locks
    with alone_in({folder / shard.config for shard in planned} if isinstance(folder, Path) else ()):
        todo, kept, stale = survey(planned, options.out, overwrite=options.overwrite)
        show("kept", kept, options.out)
        began, total = time.perf_counter(), sum(shard.stop - shard.start for shard in todo)
        made = make(todo, options.out, engine=options.engine, workers=options.workers, ray_address=options.ray_address)
        with cleaned_up(), tqdm(total=total, unit=" sequences", disable=None if todo else True) as progress:
            for count in made:
                progress.update(count)
        for path in stale:
            path.unlink(missing_ok=True)
    show("written", todo, options.out)
    seconds = time.perf_counter() - began
    print(f"{total:,} sequences in {seconds:.1f} s" if todo else "nothing to do: all of it is there already")


def show(word: str, shards: list[Shard], out: str) -> None:
    """Print a line for each split, whether it has one file or thousands."""
    for _, split in itertools.groupby(shards, key=lambda shard: (shard.config, shard.split)):
        first, *others = split
        count = sum(shard.stop - shard.start for shard in (first, *others))
        name = re.sub("^([a-z]+)-[0-9]+", r"\1-*", first.name) if others else first.name
        files = f" in {len(others) + 1:,} files" if others else ""
        print(f"{word:8} {out}/{first.config}/{name}  {count:,} sequences{files}")
