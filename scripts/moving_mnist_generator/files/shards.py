"""A variant -> the Parquet files that hold it: which files there are to be, and how one is made.

A shard is a function of (recipe, range, layout) alone: whichever worker makes it, makes the same bytes.
"""

from collections.abc import Generator, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from upath import UPath

from ..common.checks import whole_number
from ..common.names import SPLITS, file_name
from ..core.recipe import Recipe
from ..core.variants import Variant, find_variant
from ..layouts import LAYOUTS, check_fits
from ..rows.schema import arrow_column
from .parquet import Group, write_parquet

DEFAULT = "default"  # the name that stands for the reference sequences without annotations
REFERENCE = "two_digits"  # the variant behind them
MOST_SEQUENCES = 10**13  # in a split: more would take days to plan, and centuries to make


@dataclass(frozen=True, slots=True)
class Shard:
    """One file to be made: the sequences start .. stop of a recipe, in one layout, for one config."""

    config: str
    recipe: Recipe
    layout: str
    start: int
    stop: int
    number: int
    count: int
    annotated: bool  # the reference configs hold frames alone, as the authors' test file does

    @property
    def split(self) -> str:
        return self.recipe.split

    @property
    def name(self) -> str:
        """The file's name."""
        return file_name(self.split, self.number, self.count)

    def recorded(self) -> dict[str, Any]:
        """What the file records of itself, enough to make it again."""
        return {**self.recipe.as_dict(), "layout": self.layout, "start": self.start, "stop": self.stop}


def plan(
    variant: str | Variant,
    sizes: Mapping[str, int],
    layouts: Iterable[str] | None = None,
    *,
    seed: int = 0,
    digits: Any = None,
) -> list[Shard]:
    """The shards of one variant, or of "default".

    Args:
        variant: name of one of VARIANTS, a Variant, or "default": train and validation of the configs without
            annotations, which are sequences of `two_digits`.
        sizes: {split: sequences}; a split of 0 has no file. "default" has no test split of ours.
        layouts: names of LAYOUTS; None, those that are published.
        digits: what `load_digits` takes.

    Returns:
        list of Shard.

    Raises:
        InputError: an unknown variant, digits that do not fit into its frame, too many sequences or pixels.

    >>> [f"{shard.config}/{shard.name}" for shard in plan("one_digit", {"train": 10}, ["frames"])]
    ['one_digit/train-00000-of-00001.parquet']
    """
    bare = variant == DEFAULT
    found: Variant = find_variant(REFERENCE if bare else variant)
    Recipe(found, SPLITS[0], seed, digits).check()  # refused now, if at all, and not after hours
    layouts = [name for name in LAYOUTS if bare or LAYOUTS[name].published] if layouts is None else layouts
    splits = [split for split in SPLITS if sizes.get(split) and not (bare and split == "test")]
    shards = []
    for layout in layouts:
        check_fits(layout, found)
        config = LAYOUTS[layout].bare if bare else LAYOUTS[layout].config(found.name)
        for split in splits:
            recipe, size = Recipe(found, split, seed, digits), whole_number(split, sizes[split], 1, MOST_SEQUENCES)
            starts = range(0, size, LAYOUTS[layout].rows_in_file(found))
            for number, start in enumerate(starts):
                stop = min(start + starts.step, size)
                shards.append(Shard(config, recipe, layout, start, stop, number, len(starts), not bare))
    return shards


def write_shard(shard: Shard, out: Any, groups: Iterable[Group] | None = None) -> Generator[int, None, None]:
    """Make one shard's file in the folder or URL `out`.

    groups: what `write_parquet` takes, if they are made elsewhere.

    Yields:
        the number of sequences after each row group.
    """
    features = shard.recipe.features(shard.layout, annotated=shard.annotated)
    groups = (row_group(shard, indices) for indices in row_ranges(shard)) if groups is None else groups
    return write_parquet(UPath(out) / shard.config / shard.name, shard.layout, features, groups, shard.recorded())


def make_whole(shard: Shard, out: Any) -> int:
    """`write_shard` in one call, for a worker; returns the number of sequences."""
    return sum(write_shard(shard, out))


def row_ranges(shard: Shard) -> list[range]:
    """The indices of each row group of a shard."""
    step = LAYOUTS[shard.layout].rows_in_group(shard.recipe.variant.pixels)
    return [range(start, min(start + step, shard.stop)) for start in range(shard.start, shard.stop, step)]


def row_group(shard: Shard, indices: range) -> Group:
    """One row group as `write_parquet` takes it: frames, and {column: Arrow array} of annotations."""
    sequences = shard.recipe.sequences(indices)
    annotations = shard.recipe.annotations(sequences) if shard.annotated else {}
    return sequences.frames, {name: arrow_column(values) for name, values in annotations.items()}
