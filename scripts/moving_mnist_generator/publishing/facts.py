"""data/ -> what each config holds, from the footers of its Parquet files alone, each read once."""

from dataclasses import dataclass
from pathlib import Path

from upath import UPath

from ..common.checks import InputError
from ..common.names import ANIMATED, FILE_NAME, SPLITS
from ..files.footers import ShardFile, read_shard
from ..sources.belonging import check_config, check_names, check_split
from ..sources.opening import files_of_splits
from ..stores.paths import concurrently, listed, parquet_files, reach

KINDS = {"Value", "ClassLabel", "Image", "Sequence", *(f"Array{n}D" for n in (2, 3, 4, 5))}  # that all versions read


class NoConfigs(InputError):
    """A folder holds no Parquet files of configs."""


class NotOurs(InputError):
    """A Parquet file does not record how this generator made it."""


@dataclass(frozen=True)
class Split:
    """One split of a config: its rows, the bytes they take in Arrow memory, and its files in order."""

    name: str
    num_examples: int
    num_bytes: int
    shards: tuple[ShardFile, ...] = ()


@dataclass(frozen=True)
class Config:
    """One folder of data/: features as datasets writes them to JSON, splits, and the bytes of all files."""

    name: str
    features: dict
    splits: tuple[Split, ...]
    download_size: int | None

    @property
    def num_examples(self) -> int:
        return sum(split.num_examples for split in self.splits)

    @property
    def num_bytes(self) -> int:
        return sum(split.num_bytes for split in self.splits)

    @property
    def shards(self) -> list[ShardFile]:
        return [shard for split in self.splits for shard in split.shards]


def some_configs(data: str | Path) -> list[Config]:
    """Like `read_configs`, but an empty folder is an error."""
    configs = read_configs(data)
    if not configs:
        raise NoConfigs(f"{data} holds no Parquet file of a config")
    return configs


def read_configs(data: str | Path) -> list[Config]:
    """The configs in the folder or URL `data`, in the order of the Hub: `default`, then by name.

    Hidden files, such as partial ones, and folders without Parquet files are skipped. So is the config that publishing
    makes anew, which a copy of a published repo has.

    Raises:
        NoConfigs: there is no such folder.
        InputError: a file is not whole, or not named or made as ours are; a split lacks a file; the files of a config
            have different features.
    """
    folder = reach(data)
    entries = listed(folder)
    if entries is None:
        raise NoConfigs(f"{str(data)!r} does not exist")
    names = [
        name for name, is_folder in entries.items() if is_folder and name != ANIMATED and not name.startswith(".")
    ]
    names.sort(key=lambda name: (name != "default", name))
    paths = {name: files for name in names if (files := files_of_splits(folder / name))}
    for name, splits in paths.items():
        check_folder(folder / name, splits)
    every = [path for splits in paths.values() for files in splits.values() for path in files]
    shards = dict(zip(every, concurrently(read_ours, every), strict=True))
    return [
        config_of(name, {split: [shards[path] for path in files] for split, files in splits.items()})
        for name, splits in paths.items()
    ]


def check_folder(folder: Path | UPath, splits: dict[str, list]) -> None:
    """Refuse Parquet files that are not named as ours are, and splits of which a file is missing."""
    for path in parquet_files(folder):
        if not path.name.startswith(".") and not FILE_NAME.fullmatch(path.name):
            raise InputError(
                f"{path} must be named <split>-00000-of-00001.parquet, with a split of {', '.join(SPLITS)}"
            )
    for split, files in splits.items():
        check_names(str(folder), split, [path.name for path in files])


def config_of(name: str, splits: dict[str, list[ShardFile]]) -> Config:
    """{split: its files} of one folder -> Config."""
    for split, files in splits.items():
        check_split(split, files)
    check_config({split: files[0] for split, files in splits.items()}, name)
    shards = [shard for files in splits.values() for shard in files]
    features = shards[0].features
    for shard in shards:
        if list(shard.features.items()) != list(features.items()):
            raise InputError(f"{shard.path} must have the features of the other files of {name}")
    sizes = (
        Split(split, sum(shard.rows for shard in files), sum(shard.num_bytes for shard in files), tuple(files))
        for split, files in splits.items()
    )
    return Config(name, features, tuple(sizes), sum(shard.size for shard in shards))


def read_ours(path: Path | UPath) -> ShardFile:
    """One file of this generator, with all that publishing needs to know of it."""
    shard = read_shard(path)
    check_features(shard)
    if not {"frames_sha256", "num_bytes"} <= shard.recipe.keys():
        raise NotOurs(f"{path} was not made by this version of the generator")
    num_bytes = shard.recipe["num_bytes"]
    if not isinstance(num_bytes, int) or num_bytes < 0 or not isinstance(shard.recipe["frames_sha256"], str):
        raise NotOurs(f"{path} must record num_bytes as a whole number and frames_sha256 as text")
    return shard


def check_features(shard: ShardFile) -> None:
    """Refuse features that a version of datasets does not read, or none."""
    import datasets

    try:
        found = shard.features.values()
        kinds = {each["_type"] for feature in found for each in (feature, feature.get("feature", feature))}
        datasets.Features.from_dict(shard.features)
    except (AttributeError, KeyError, TypeError, ValueError):
        kinds = set()
    if not kinds:
        raise InputError(f"{shard.path} must record its features under the key huggingface")
    if others := sorted(map(str, kinds - KINDS)):
        raise InputError(f"{shard.path} must have features of the kinds {', '.join(sorted(KINDS))}, not {others[0]}")
