"""data/ -> what each config holds, from the footers of its Parquet files alone, each read once."""

import json
import os
from dataclasses import dataclass
from itertools import accumulate
from operator import mul
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from upath import UPath

from ..files.parquet import METADATA_KEY
from ..names import FILE_NAME, SPLITS
from ..stores.paths import concurrently, errors_of, listed, parquet_files, reach

KINDS = {"Value", "ClassLabel", "Image", "Sequence", *(f"Array{n}D" for n in (2, 3, 4, 5))}  # that all versions read
OFFSET = 4  # bytes that Arrow keeps for each list and each string


@dataclass(frozen=True)
class ShardFile:
    """One Parquet file and what its footer says; bytes of the file, and what its rows take in Arrow memory."""

    path: Path | UPath
    rows: int
    size: int
    num_bytes: int
    features: dict
    recipe: dict


@dataclass(frozen=True)
class Split:
    """One split of a config: rows, the bytes they take in Arrow memory, and the files they are in, in order."""

    name: str
    num_examples: int
    num_bytes: int
    shards: tuple[ShardFile, ...] = ()


@dataclass(frozen=True)
class Config:
    """One folder of data/: features as datasets writes them to JSON, and the bytes of its files."""

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
    """`read_configs`, of which there must be one."""
    configs = read_configs(data)
    if not configs:
        raise ValueError(f"{data} holds no Parquet file of a config: python scripts/generate.py default makes some")
    return configs


def read_configs(data):
    """The configs in the folder or URL `data`, in the order of the Hub: `default`, then by name.

    Hidden files, which half-written ones are, and folders without Parquet files do not count.

    Raises:
        ValueError: there is no such folder; a file is not whole, or not named or made as ours are; a split lacks a
            file; files of one config have other features.
    """
    folder = reach(data)
    entries = listed(folder)
    if entries is None:
        raise ValueError(f"{str(data)!r} does not exist: python scripts/generate.py default makes it")
    names = [name for name, is_folder in entries.items() if is_folder]
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
    paths = parquet_files(folder)
    found = {split: [path for path in paths if path.name.startswith(f"{split}-")] for split in SPLITS}
    for path in paths:
        if not FILE_NAME.fullmatch(path.name):
            raise ValueError(f"{path} must be named <split>-00000-of-00001.parquet, of {', '.join(SPLITS)}")
    for split, files in found.items():
        if [path.name for path in files] != [
            f"{split}-{number:05d}-of-{len(files):05d}.parquet" for number in range(len(files))
        ]:
            raise ValueError(f"{folder} must hold every file of its {split} split, once; it holds {len(files)}")
    return {split: files for split, files in found.items() if files}


def config_of(name, splits):
    """{split: its shards} of one folder -> Config."""
    shards = [shard for files in splits.values() for shard in files]
    features = shards[0].features
    for shard in shards:
        if list(shard.features.items()) != list(features.items()):
            raise ValueError(f"{shard.path} must have the features of the other files of {name}")
    sizes = (
        Split(split, sum(shard.rows for shard in files), sum(shard.num_bytes for shard in files), files)
        for split, files in splits.items()
    )
    return Config(name, features, tuple(sizes), sum(shard.size for shard in shards))


def read_shard(path):
    """One file -> ShardFile."""
    with errors_of(path), path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        try:
            footer = pq.read_metadata(file)
        except (pa.ArrowInvalid, EOFError) as error:
            raise ValueError(f"{path} is no whole Parquet file: {error}") from error
    features = file_features(path, footer)
    recipe = json.loads(footer.metadata.get(METADATA_KEY, "{}"))
    if "frames_sha256" not in recipe:
        raise ValueError(f"{path} was not made by this generator: move it away, or make it anew with --overwrite")
    num_bytes = sum(arrow_bytes(features[name], footer.num_rows, *leaf(footer, name)) for name in features)
    return ShardFile(path, footer.num_rows, size, num_bytes, features, recipe)


def file_features(path, footer):
    """Features that a file tells datasets."""
    try:
        features = json.loads(footer.metadata[b"huggingface"])["info"]["features"]
        kinds = {each["_type"] for feature in features.values() for each in (feature, feature.get("feature", feature))}
    except (KeyError, TypeError, ValueError):
        raise ValueError(f"{path} must tell its features under the key huggingface") from None
    if others := sorted(kinds - KINDS):
        raise ValueError(f"{path} must have features of the kinds {', '.join(sorted(KINDS))}, not {others[0]}")
    return features


def leaf(footer, column):
    """(values, uncompressed bytes in the file) of one column; of an image, of its `bytes`."""
    values = stored = 0
    for group in map(footer.row_group, range(footer.num_row_groups)):
        for chunk in map(group.column, range(group.num_columns)):
            name, *path = chunk.path_in_schema.split(".")
            if name == column and path[-1:] != ["path"]:
                values += chunk.num_values
                stored += chunk.total_uncompressed_size
    return values, stored


def arrow_bytes(feature, rows, values, stored):
    """What one column takes in Arrow memory, which is what datasets calls num_bytes.

    Exact for numbers. Of pictures and strings the footer tells the bytes as Parquet lays them out before
    compression: a length of 4 bytes each, as in Arrow, and below 1 % of other things. No version of datasets
    insists on this number.
    """
    kind = feature["_type"]
    if kind == "Sequence":
        return rows * OFFSET + arrow_bytes(feature["feature"], values, values, stored)
    if kind == "Image":
        return stored + values * OFFSET + values // 8  # paths, which are nothing, and a bit that says so
    if kind == "ClassLabel":
        return values * 8  # int64
    if feature["dtype"] == "string":
        return stored
    lists = sum(accumulate(feature["shape"][:-1], mul, initial=1)) if "shape" in feature else 0  # a row
    return rows * lists * OFFSET + values * np.dtype(feature["dtype"]).itemsize
