"""data/ -> what each config holds, from the footers of its Parquet files alone, each read once."""

from dataclasses import dataclass
from pathlib import Path

from upath import UPath

from ..common.checks import InputError
from ..common.names import ANIMATED, FILE_NAME, SPLITS
from ..files.footers import FEATURES_KEY, read_footer, recorded
from ..sources.parquet import check_files
from ..stores.paths import concurrently, listed, parquet_files, reach

KINDS = {"Value", "ClassLabel", "Image", "Sequence", *(f"Array{n}D" for n in (2, 3, 4, 5))}  # that all versions read


class NoConfigs(InputError):
    """A folder holds no Parquet files of configs."""


class NotOurs(InputError):
    """A Parquet file does not record how this generator made it."""


@dataclass(frozen=True)
class ShardFile:
    """One Parquet file, and what its footer records.

    size:      bytes of the file
    num_bytes: bytes that its rows take in Arrow memory, as datasets counts them
    recipe:    what it was made from, and the sha256 of its frames
    """

    path: Path | UPath
    rows: int
    size: int
    num_bytes: int
    features: dict
    recipe: dict


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
    download_size: int

    @property
    def num_examples(self):
        return sum(split.num_examples for split in self.splits)

    @property
    def num_bytes(self):
        return sum(split.num_bytes for split in self.splits)

    @property
    def shards(self):
        return [shard for split in self.splits for shard in split.shards]


def some_configs(data):
    """Like `read_configs`, but an empty folder is an error."""
    configs = read_configs(data)
    if not configs:
        raise NoConfigs(f"{data} holds no Parquet file of a config")
    return configs


def read_configs(data):
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
    every = [path for splits in paths.values() for files in splits.values() for path in files]
    shards = dict(zip(every, concurrently(read_shard, every), strict=True))
    return [
        config_of(name, {split: tuple(shards[path] for path in files) for split, files in splits.items()})
        for name, splits in paths.items()
    ]


def files_of_splits(folder):
    """{split: its files, in order and complete} of one config's folder."""
    paths = [path for path in parquet_files(folder) if not path.name.startswith(".")]
    found = {split: [path for path in paths if path.name.startswith(f"{split}-")] for split in SPLITS}
    found = {split: files for split, files in found.items() if files}
    for path in paths:
        if not FILE_NAME.fullmatch(path.name):
            raise InputError(
                f"{path} must be named <split>-00000-of-00001.parquet, with a split of {', '.join(SPLITS)}"
            )
    for split, files in found.items():
        check_files(folder, split, files)
    return found


def config_of(name, splits):
    """{split: its shards} of one folder -> Config."""
    shards = [shard for files in splits.values() for shard in files]
    features = shards[0].features
    for shard in shards:
        if list(shard.features.items()) != list(features.items()):
            raise InputError(f"{shard.path} must have the features of the other files of {name}")
    sizes = (
        Split(split, sum(shard.rows for shard in files), sum(shard.num_bytes for shard in files), files)
        for split, files in splits.items()
    )
    return Config(name, features, tuple(sizes), sum(shard.size for shard in shards))


def read_shard(path):
    """One file -> ShardFile."""
    footer, size = read_footer(path)
    features, recipe = file_features(path, footer), recorded(footer)
    if not {"frames_sha256", "num_bytes"} <= recipe.keys():
        raise NotOurs(f"{path} was not made by this version of the generator")
    num_bytes = recipe["num_bytes"]
    if not isinstance(num_bytes, int) or num_bytes < 0 or not isinstance(recipe["frames_sha256"], str):
        raise NotOurs(f"{path} must record num_bytes as a whole number and frames_sha256 as text")
    return ShardFile(path, footer.num_rows, size, num_bytes, features, recipe)


def file_features(path, footer):
    """The features that a file records for datasets."""
    import datasets

    try:
        features = recorded(footer, FEATURES_KEY)["info"]["features"]
        kinds = {each["_type"] for feature in features.values() for each in (feature, feature.get("feature", feature))}
        datasets.Features.from_dict(features)
    except (AttributeError, KeyError, TypeError, ValueError):
        raise InputError(f"{path} must record its features under the key huggingface") from None
    if others := sorted(map(str, kinds - KINDS)):
        raise InputError(f"{path} must have features of the kinds {', '.join(sorted(KINDS))}, not {others[0]}")
    return features
