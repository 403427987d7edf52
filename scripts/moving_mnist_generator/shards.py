"""Variants -> the Parquet files of data/: which files there are, which are there already, and how one is made."""

import dataclasses
import json
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

from .digits import SPLITS, load_digits
from .parquet import group_rows, read_recipe, write_parquet
from .rows import annotation_columns, annotation_features, picture_features
from .sequences import VERSION, digit_size, find_variant, generate
from .variants import Variant

REFERENCE = "two_digits"  # the variant behind train and validation of the configs default and arrays
SHARD_PIXELS = {"frames": 40_000 * 81_920, "arrays": 200_000 * 81_920}  # at most, for files below 500 MB


@dataclass(frozen=True)
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
            starts = range(0, sizes[split], max(1, SHARD_PIXELS[layout] // variant.pixels))
            stops = [*starts[1:], sizes[split]]
            for number, (start, stop) in enumerate(zip(starts, stops, strict=True)):
                shards.append(
                    Shard(names[layout], variant, split, start, stop, number, len(starts), layout, seed, digits_source)
                )
    return shards


def write_shard(shard, out):
    """Make one shard's file in the folder `out`; yields the number of sequences after each row group."""
    variant, digits = shard.variant, load_digits(shard.digits_source)
    features = picture_features(shard.layout, variant.num_frames, variant.frame_shape)
    if shard.annotated:
        features |= annotation_features(variant, digits.class_names)
    return write_parquet(
        Path(out) / shard.config / shard.name, shard.layout, features, row_groups(shard, digits), shard.recipe()
    )


def row_groups(shard, digits):
    """The shard's sequences as `write_parquet` takes them, one row group at a time."""
    step = group_rows(shard.layout, shard.variant.pixels)
    for start in range(shard.start, shard.stop, step):
        indices = range(start, min(start + step, shard.stop))
        sequences = generate(shard.variant, shard.split, indices, seed=shard.seed, digits=digits)
        yield sequences.frames, annotation_columns(sequences, digits.class_names) if shard.annotated else {}


def missing(shards, out, *, overwrite=False):
    """The shards that are still to be made in `out`, and the files that are then to be removed.

    Raises:
        ValueError: a folder holds files that these shards must not be mixed with.
    """
    shards_of = {}
    for shard in shards:
        shards_of.setdefault(shard.config, []).append(shard)
    todo, stale = [], []
    for config, planned in shards_of.items():
        kept, others = compare(planned, Path(out) / config)
        if others and not overwrite:
            path, reason = others[0]
            raise ValueError(f"{path} {reason}: --overwrite makes it anew, --out takes another folder")
        todo += [shard for shard in planned if overwrite or shard.name not in kept]
        stale += [path for path, _ in others if path.name not in {shard.name for shard in planned}]
    return todo, stale


def compare(planned, folder):
    """One config's planned shards against the files in its folder: (names kept, [(path, why it differs)])."""
    by_name, splits = {shard.name: shard for shard in planned}, {shard.split for shard in planned}
    kept, others = set(), []
    for path in sorted(folder.glob("*.parquet")):
        found = read_recipe(path)
        ours = by_name.get(path.name)
        if found is None and ours is None:
            raise ValueError(f"{path} was not made by this generator: move it away, or take another folder with --out")
        if found is None:
            others.append((path, "is no whole file of this generator"))
        elif "variant" not in found and not planned[0].annotated:
            continue  # the authors' test split, which export_test.py makes
        elif ours and (reason := difference(found, ours.recipe())):
            others.append((path, reason))
        elif ours:
            kept.add(path.name)
        elif path.name.split("-")[0] in splits:
            others.append(
                (path, f"is one of {found['stop'] - found['start']:,} sequences of another size of the split")
            )
        elif reason := difference(found, planned[0].recipe(), besides=("split", "start", "stop")):
            others.append((path, reason))
    return kept, others


def difference(found, wanted, besides=()):
    """What sets two recipes apart, in words; None if nothing does."""
    for key, value in wanted.items():
        if key not in besides and found.get(key) != value:
            return f"was made with {key} {found.get(key)}, not {value}"
    return None


def make(shards, out, *, workers=1):
    """Make the files of all shards, in `workers` processes; yields numbers of finished sequences."""
    if workers == 1:
        for shard in shards:
            yield from write_shard(shard, out)
        return
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        yield from pool.map(make_one, shards, [out] * len(shards))


def make_one(shard, out):
    """One shard, in a worker; the number of its sequences."""
    return sum(write_shard(shard, out))
