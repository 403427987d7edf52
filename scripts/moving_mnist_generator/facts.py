"""data/ -> what each config holds, from the footers of its Parquet files alone."""

import json
import re
from dataclasses import dataclass
from itertools import accumulate
from operator import mul
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from .digits import SPLITS

FILE_NAME = re.compile(rf"({'|'.join(SPLITS)})-(\d{{5}})-of-(\d{{5}})\.parquet")
KINDS = {"Value", "ClassLabel", "Image", "Sequence", *(f"Array{n}D" for n in (2, 3, 4, 5))}  # that all versions read
OFFSET = 4  # bytes that Arrow keeps for each list and each string


@dataclass(frozen=True)
class Split:
    """One split of a config: rows, and the bytes they take in Arrow memory."""

    name: str
    num_examples: int
    num_bytes: int


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


def read_configs(data_folder):
    """The configs that a folder holds, in the order of the Hub: `default`, then by name."""
    folders = [path for path in Path(data_folder).iterdir() if path.is_dir() and any(path.glob("*.parquet"))]
    return [read_config(path) for path in sorted(folders, key=lambda path: (path.name != "default", path.name))]


def read_config(folder):
    """One folder -> Config, from the footers of its files."""
    files_of = {split: files for split in SPLITS if (files := split_files(folder, split))}
    others = sorted({*folder.glob("*.parquet")} - {path for files in files_of.values() for path in files})
    if others:
        raise ValueError(f"{others[0]} must be named <split>-00000-of-00001.parquet, of {', '.join(SPLITS)}")
    features, splits = None, []
    for split, files in files_of.items():
        num_examples = num_bytes = 0
        for path in files:
            footer = read_footer(path)
            found = file_features(path, footer)
            if features is not None and list(found.items()) != list(features.items()):
                raise ValueError(f"{path} must have the features of the other files of {folder.name}")
            features = found
            num_examples += footer.num_rows
            num_bytes += sum(arrow_bytes(found[name], footer.num_rows, *leaf(footer, name)) for name in found)
        splits.append(Split(split, num_examples, num_bytes))
    size = sum(path.stat().st_size for files in files_of.values() for path in files)
    return Config(folder.name, features, tuple(splits), size)


def split_files(folder, split):
    """The files of one split, in order and complete."""
    found = [match for path in sorted(folder.glob(f"{split}-*")) if (match := FILE_NAME.fullmatch(path.name))]
    complete = [(f"{number:05d}", f"{len(found):05d}") for number in range(len(found))]
    if [match.group(2, 3) for match in found] != complete:
        raise ValueError(f"{folder} must hold every file of its {split} split, once; it holds {len(found)}")
    return [folder / match.group() for match in found]


def read_footer(path):
    """The footer of a Parquet file: what is in it, and how many bytes each column takes."""
    try:
        return pq.read_metadata(path)
    except (pa.ArrowInvalid, EOFError) as error:
        raise ValueError(f"{path} is no whole Parquet file: {error}") from error


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
