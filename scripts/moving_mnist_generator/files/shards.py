"""A variant -> the Parquet files that hold it: which files there are to be, and how one is made.

A shard is a function of (recipe, range, layout) alone: whichever worker makes it, makes the same bytes.
"""

from collections.abc import Generator, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from upath import UPath

from ..common.checks import whole_number
from ..common.names import SPLITS, file_name
from ..core.recipe import Recipe
from ..core.variants import Variant, find_variant
from ..layouts import LAYOUTS, check_fits
from ..rows.columns import IMAGE_SEQUENCE
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

    @property
    def whole(self) -> bool:
        """Whether a worker writes the file; otherwise workers make its row groups, and one process writes them."""
        return LAYOUTS[self.layout].whole_files

    def recorded(self) -> dict[str, Any]:
        """What the file records of itself, enough to make it again."""
        return {**self.recipe.as_dict(), "layout": self.layout, "start": self.start, "stop": self.stop}

    def path(self, out: Any) -> Any:
        """The Path or UPath of the file in the folder or URL `out`."""
        return UPath(out) / self.config / self.name

    def write(self, out: Any, groups: Iterable[Group] | None = None) -> Generator[int, None, None]:
        """Make the file in the folder or URL `out`.

        groups: what `write_parquet` takes, if they are made elsewhere.

        Yields:
            the number of sequences after each row group.
        """
        features = self.recipe.features(self.layout, annotated=self.annotated)
        groups = map(self.row_group, self.row_ranges()) if groups is None else groups
        return write_parquet(self.path(out), self.layout, features, groups, self.recorded())

    def write_whole(self, out: Any) -> int:
        """`write` in one call, for a worker; returns the number of sequences."""
        return sum(self.write(out))

    def from_any_folder(self) -> "Shard":
        """The same, with its digits named so that they are found from any folder."""
        digits = self.recipe.digits
        if not isinstance(digits, str) or not Path(digits).expanduser().exists():
            return self
        return replace(self, recipe=replace(self.recipe, digits=str(Path(digits).expanduser().absolute())))

    def row_ranges(self) -> list[range]:
        """The indices of each row group."""
        step = LAYOUTS[self.layout].rows_in_group(self.recipe.variant.pixels)
        return [range(start, min(start + step, self.stop)) for start in range(self.start, self.stop, step)]

    def row_group(self, indices: range) -> Group:
        """One row group as `write_parquet` takes it: frames, and {column: Arrow array} of annotations."""
        sequences = self.recipe.sequences(indices)
        annotations = self.recipe.annotations(sequences) if self.annotated else {}
        return sequences.frames, {name: arrow_column(values) for name, values in annotations.items()}

    def encoded_group(self, indices: range) -> Group:
        """The same with the column of frames, which takes a worker most of its time."""
        frames, columns = self.row_group(indices)
        return frames, {IMAGE_SEQUENCE: LAYOUTS[self.layout].encode(frames), **columns}


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
