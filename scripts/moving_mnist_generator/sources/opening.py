"""Open sequences of any origin: Parquet files, a dataset on the Hub, an npy as the authors', a file by its URL."""

import os
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import moving_mnist

from ..common.checks import InputError, one_of, path_or_name, plain_urls
from ..common.names import SPLITS, split_in
from ..files.footers import read_shard
from ..stores.download import local_file
from ..stores.network import TO_READ, errors_in_words, patiently
from ..stores.paths import concurrently, parquet_files, reach
from .belonging import check_config, check_names, check_split
from .decoding import check_grey
from .source import ParquetSource, Source, npy_source, parquet_source

HUB_ID = re.compile(r"[\w.-]+/[\w.-]+(:\w+)?")
DOWNLOADED = re.compile(r"https?://|hf://[^#?]*\.npy")  # whole, before it is read
FIRST_ON_HUB = "train"  # whatever else is there


def open_source(name: str | os.PathLike[str], split: str | None = "test", *, in_colour: bool = False) -> Source:
    """The sequences of a split.

    Args:
        name: a folder of Parquet files such as data/two_digits, or one such file, in any layout; an npy file of
            the authors' layout (20, n, 64, 64); a URL of such a folder or Parquet file, for example
            hf://datasets/USER/NAME/data/two_digits; http(s)://HOST/PATH#sha256=HEX, a file that is downloaded once; or
            the id of a dataset on the Hub, USER/NAME or USER/NAME:CONFIG.
        split: "train", "validation" or "test"; an npy is test unless it is named mnist_train_seq.npy, for example.
            None: the first that is there; on the Hub, train.
        in_colour: accept coloured frames, too.

    Raises:
        InputError: nothing of that name, a file of another kind or split, files that no single run makes, frames in
            colour.

    >>> open_source("nowhere/two_digits.parquet")
    Traceback (most recent call last):
    moving_mnist_generator.common.checks.InputError: nowhere/two_digits.parquet must be a folder, a file or ...
    """
    place = str(path_or_name("a source", name))
    split = None if split is None else one_of("split", split, SPLITS)
    if DOWNLOADED.match(place):
        split = named_split(place.partition("#")[0].partition("?")[0], split, "test")
        return replace(open_source(downloaded(place), split, in_colour=in_colour), name=plain_urls(place))
    path = reach(place) if "://" in place else Path(place).expanduser()
    if path.suffix == ".npy":
        source: Source = open_npy(path, split)
    elif path.suffix == ".parquet" or (isinstance(path, Path) and path.is_file()):
        source = open_file(plain_urls(place), path, split)
    elif "://" in place or path.is_dir():
        source = open_folder(plain_urls(place), path, split)
    elif HUB_ID.fullmatch(place):
        source = open_dataset(place, split or FIRST_ON_HUB)
    else:
        raise nothing(place)
    check_grey(source.name, source.shape[1:], in_colour)
    return source


def nothing(place: str) -> InputError:
    """The error for a name that stands for nothing."""
    return InputError(f"{place} must be a folder, a file or a dataset id USER/NAME[:CONFIG], and is none of them")


def downloaded(url: str) -> Path:
    """The local Path of the file of a URL; the hash of the authors' file is known."""
    return local_file(url, moving_mnist.SHA256 if url == moving_mnist.URL else None)


def named_split(place: str, split: str | None, otherwise: str) -> str:
    """The split of a file by its name, which must not be another than the one asked for."""
    named = split_in(place.rpartition("/")[2])
    if named and split and named != split:
        raise InputError(f"split must be {named} for {plain_urls(place)}, not {split}")
    return split or named or otherwise


def open_npy(path: Path, split: str | None) -> Source:
    """An npy file of the authors' layout."""
    split = named_split(str(path), split, "test")
    if split != (split_in(path.name) or "test"):
        raise InputError(f"split must be test for {path}, whose name says of no other, not {split}")
    return npy_source(path, split)


def open_file(name: str, path: Any, split: str | None) -> Source:
    """One Parquet file, in any folder."""
    named = named_split(name, split, "")
    if isinstance(path, Path) and not path.exists():
        raise nothing(name)
    file = read_shard(path)
    recorded = file.recipe.get("split")
    split = named or (recorded if recorded in SPLITS else FIRST_ON_HUB)
    check_split(split, [file], whole=False)
    return parquet_source(name, split, [file])


def open_folder(name: str, folder: Any, split: str | None) -> Source:
    """The files of a split in a folder."""
    found = files_of_splits(folder)
    if split is None:
        if not found:
            raise InputError(
                f"{name or 'SOURCE'} must be a Parquet file or a folder of train-, validation- or test-*.parquet"
            )
        split = next(iter(found))
    check_names(name, split, [path.name for path in found.get(split, ())])
    return open_split(name, split, found, name_of(folder))


def open_dataset(name: str, split: str) -> Source:
    """A dataset on the Hub, by its card: the Parquet files of a config's split, read where they are."""
    import datasets

    repo_id, _, config = name.partition(":")
    with errors_in_words(name, advice=TO_READ):
        try:
            builder = patiently(datasets.load_dataset_builder, repo_id, config or None)
        except ValueError as error:  # an unknown config
            raise InputError(f"{name}: {' '.join(str(error).split())}") from None
    data_files = {str(each): list(urls) for each, urls in (builder.config.data_files or {}).items()}
    if not data_files.get(split):
        raise InputError(f"{name} must have a split {split}, and has {', '.join(data_files) or 'none'}")
    if others := [url for urls in data_files.values() for url in urls if not url.endswith(".parquet")]:
        raise InputError(f"{name} must be stored as Parquet, not as {others[0].rpartition('/')[2]}")
    paths = {other: [reach(url) for url in urls] for other, urls in data_files.items() if other in SPLITS and urls}
    return open_split(name, split, paths, paths[split][0].parent.name)


def name_of(folder: Any) -> str:
    """The name of a folder, also of one that is called `.` or `..`."""
    unnamed = isinstance(folder, Path) and folder.name in ("", "..")
    return folder.resolve().name if unnamed else folder.name


def open_split(name: str, split: str, paths: dict[str, list[Any]], folder: str) -> ParquetSource:
    """The Source of a split, once it is clear that its files belong together, and with the other splits.

    paths: {split: its files, in order}; of a split that is not read, the first footer is enough.
    """
    wanted = [*paths[split], *(files[0] for other, files in paths.items() if other != split)]
    shards = dict(zip(wanted, concurrently(read_shard, wanted), strict=True))
    check_split(split, [shards[path] for path in paths[split]])
    check_config({other: shards[files[0]] for other, files in paths.items()}, folder)
    return parquet_source(name, split, [shards[path] for path in paths[split]])


def files_of_splits(folder: Any) -> dict[str, list[Any]]:
    """{split: its Parquet files by name} in a folder, hidden ones left out, in the order of SPLITS."""
    paths = [path for path in parquet_files(folder) if not path.name.startswith(".")]
    found = {split: [path for path in paths if path.name.startswith(f"{split}-")] for split in SPLITS}
    return {split: files for split, files in found.items() if files}
