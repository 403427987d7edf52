"""Variants -> the Parquet files of data/: which files there are to be, and how one is made.

A shard is a function of (variant, split, seed, range, digits) alone: whoever makes it, makes the same.
"""

import dataclasses
import json
from dataclasses import dataclass

from upath import UPath

from ..digits import SPLITS, load_digits
from ..rows.arrow import annotation_columns, annotation_features, picture_features
from ..sequences import VERSION, digit_size, find_variant, generate
from ..variants import Variant
from .parquet import group_rows, write_parquet

REFERENCE = "two_digits"  # the variant behind train and validation of the configs default and arrays
STILL_ARRAYS, OTHERS = 100_000, 24_000  # sequences a file, see `shard_rows`


@dataclass(frozen=True, slots=True)
class Shard:
    """One file to be: the sequences start .. stop of a variant's split, in one layout, for one config."""

    config: str
    variant: Variant
    split: str
    start: int
    stop: int
    number: int
    count: int
    layout: str
    seed: int
    digits_source: str | None

    @property
    def name(self):
        """As load_dataset and the Hub find a split's files."""
        return f"{self.split}-{self.number:05d}-of-{self.count:05d}.parquet"

    @property
    def annotated(self):
        """The configs default and arrays hold pictures alone, as the authors' test file does."""
        return self.config not in ("default", "arrays")

    def recipe(self):
        """All that is needed to make the file again, as its metadata keeps it."""
        return {
            "generator_version": VERSION,
            "variant": json.loads(json.dumps(dataclasses.asdict(self.variant))),
            "digits_sha256": load_digits(self.digits_source).sha256,
            "seed": self.seed,
            "layout": self.layout,
            "split": self.split,
            "start": self.start,
            "stop": self.stop,
        }


def plan(variant, sizes, layouts, *, seed=0, digits_source=None):
    """The shards of one variant, or of "default".

    Args:
        variant: name of one of VARIANTS, a Variant, or "default": train and validation of the configs default
            and arrays, which are the sequences of `two_digits` without annotations.
        sizes: {split: sequences}; a split of 0 has no file. "default" has no test split of ours.
        layouts: of "frames", "arrays".

    Returns:
        list of Shard.

    Raises:
        ValueError: an unknown variant, or digits that do not fit into its frame.
    """
    reference = variant == "default"
    variant = find_variant(REFERENCE if reference else variant)
    digit_size(variant, load_digits(digits_source))  # refused now, if at all, and not after hours
    names = {"frames": "default", "arrays": "arrays"}
    if not reference:
        names = {"frames": variant.name, "arrays": f"{variant.name}_arrays"}
    splits = [split for split in SPLITS if sizes.get(split) and not (reference and split == "test")]
    shards = []
    for layout in layouts:
        for split in splits:
            starts = range(0, sizes[split], shard_rows(variant, layout))
            stops = [*starts[1:], sizes[split]]
            for number, (start, stop) in enumerate(zip(starts, stops, strict=True)):
                shards.append(
                    Shard(names[layout], variant, split, start, stop, number, len(starts), layout, seed, digits_source)
                )
    return shards


def shard_rows(variant, layout):
    """Sequences a file: as many as stay below 500 MB, the most that the Hub's viewer takes in one file.

    A sequence of three digits in 20 frames of 64 x 64 takes up to 16 kB as pictures, and as arrays, which
    compress well only where grey digits keep their look, 4 kB, or up to 20 kB.
    """
    still_arrays = layout == "arrays" and not (variant.changes_look or variant.colour)
    rows = (STILL_ARRAYS if still_arrays else OTHERS) * 3 // max(3, variant.num_digits)
    height, width = variant.frame_size
    return max(1, rows * 20 * 64 * 64 // (variant.num_frames * height * width))


def write_shard(shard, out, groups=None):
    """Make one shard's file in the folder or URL `out`.

    groups: what `write_parquet` takes, if they are made elsewhere.

    Yields:
        the number of sequences after each row group.
    """
    variant, digits = shard.variant, load_digits(shard.digits_source)
    features = picture_features(shard.layout, variant.num_frames, variant.frame_shape)
    if shard.annotated:
        features |= annotation_features(variant, digits.class_names)
    groups = (row_group(shard, indices) for indices in row_ranges(shard)) if groups is None else groups
    return write_parquet(UPath(out) / shard.config / shard.name, shard.layout, features, groups, shard.recipe())


def make_whole(shard, out):
    """`write_shard` in one go, in a worker; the number of its sequences."""
    return sum(write_shard(shard, out))


def row_ranges(shard):
    """The indices of each row group of a shard."""
    step = group_rows(shard.layout, shard.variant.pixels)
    return [range(start, min(start + step, shard.stop)) for start in range(shard.start, shard.stop, step)]


def row_group(shard, indices):
    """One row group as `write_parquet` takes it: (frames, columns)."""
    digits = load_digits(shard.digits_source)
    sequences = generate(shard.variant, shard.split, indices, seed=shard.seed, digits=digits)
    return sequences.frames, annotation_columns(sequences, digits.class_names) if shard.annotated else {}
