"""Read Parquet files of anybody: what their footers record, and their rows, a few at a time.

A footer is believed as far as it can be true: what a file declares to hold is bounded before it is read.
"""

import contextlib
import functools
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from upath import UPath

from ..common.checks import InputError
from ..common.refusals import PARQUET, Unreadable, readable, regular
from ..core.variants import Variant, all_fields
from ..stores.paths import errors_of
from .parquet import METADATA_KEY

MOST_GROUP_BYTES = 2**31  # of a row group, as its footer declares it
FEATURES_KEY = b"huggingface"  # where datasets looks for features in a Parquet file


@dataclass(frozen=True)
class ShardFile:
    """One Parquet file, and what its footer records.

    size:       bytes of the file
    features:   {column: feature} as datasets writes them to JSON; {} if none are recorded
    recipe:     what it was made from, and the sha256 of its frames; {} if it is not of this generator
    columns:    names of all columns
    group_rows: rows in each row group
    """

    path: Path | UPath
    rows: int
    size: int
    features: dict[str, Any]
    recipe: dict[str, Any]
    columns: tuple[str, ...] = ()
    group_rows: tuple[int, ...] = ()

    @property
    def num_bytes(self) -> int:
        """Bytes that its rows take in Arrow memory, as datasets counts them."""
        return self.recipe["num_bytes"]

    @functools.cached_property
    def variant(self) -> Variant | None:
        """The Variant that it records; None without one, or with one of another version.

        Raises:
            InputError: a field breaks its rule.
        """
        described = self.recipe.get("variant")
        if not isinstance(described, dict) or not {"name"} <= {*described} <= {"name", *all_fields()}:
            return None
        with readable(self.path, PARQUET):
            try:
                return Variant(**described)
            except InputError as error:
                raise Unreadable(str(error)) from None


def read_shard(path: Path | UPath) -> ShardFile:
    """One file -> ShardFile; see `read_footer` for its errors."""
    footer, size = read_footer(path)
    described = recorded(footer, FEATURES_KEY).get("info")
    features = described.get("features") if isinstance(described, dict) else None
    with readable(path, PARQUET):
        columns = tuple(footer.schema.to_arrow_schema().names)
    groups = tuple(footer.row_group(number).num_rows for number in range(footer.num_row_groups))
    features = features if isinstance(features, dict) else {}
    return ShardFile(path, footer.num_rows, size, features, recorded(footer), columns, groups)


def read_footer(path: Path | UPath) -> tuple[pq.FileMetaData, int]:
    """(metadata, bytes) of the Parquet file at a path.

    Raises:
        InputError: it is no whole Parquet file; NetworkError: its store fails; OSError: it is not there.
    """
    with errors_of(path), regular(path).open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        with readable(path, PARQUET):
            return bounded(pq.read_metadata(file)), size


def bounded(footer):
    """The footer, unless it declares what nothing here writes or reads.

    Its columns are not asked: pyarrow ends the process where the sizes of one make no sense.
    """
    groups = [footer.row_group(number) for number in range(footer.num_row_groups)]
    rows, size = [group.num_rows for group in groups], [group.total_byte_size for group in groups]
    if min(rows, default=0) < 0 or sum(rows) != footer.num_rows:
        raise Unreadable(f"its {len(rows)} row groups must hold {footer.num_rows:,} rows, not {sum(rows):,}")
    if not 0 <= min(size, default=0) <= max(size, default=0) <= MOST_GROUP_BYTES:
        raise Unreadable(f"a row group must have 0 to {MOST_GROUP_BYTES:,} bytes, not {min(size):,} to {max(size):,}")
    return footer


def recorded(footer: pq.FileMetaData, key: bytes = METADATA_KEY) -> dict[str, Any]:
    """The JSON object under a key of a footer; {} if there is none."""
    try:
        found = json.loads((footer.metadata or {})[key])
    except (KeyError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def read_recipe(path: Path | UPath) -> dict[str, Any] | None:
    """The recipe that a file records; None if it has none or is no whole Parquet file."""
    try:
        return recorded(read_footer(path)[0]) or None
    except InputError:
        return None


def batches(path: Path | UPath, rows: int, groups: list[int] | None = None) -> Iterator[pa.RecordBatch]:
    """Yields the rows of a file, at most so many at a time.

    Checksums of pages are compared: a damaged page may decode to other values.

    Args:
        groups: numbers of the row groups to read; None, all.
    """
    with errors_of(path), contextlib.ExitStack() as stack:
        # pyarrow opens local files by itself: it reads them without Python
        file = regular(path) if isinstance(path, Path) else stack.enter_context(path.open("rb"))
        with readable(path, PARQUET):
            parquet = stack.enter_context(pq.ParquetFile(file, page_checksum_verification=True))
            found = parquet.iter_batches(rows, row_groups=groups)
        while True:
            with readable(path, PARQUET):
                batch = next(found, None)
            if batch is None:
                return
            yield batch


def tables_from(file: ShardFile, first: int, size: int) -> Iterator[pa.Table]:
    """Yields Arrow tables of at most `size` rows, from row `first` of a file on. Row groups before it are not read."""
    group = 0
    while group < len(file.group_rows) and first >= file.group_rows[group]:
        first -= file.group_rows[group]
        group += 1
    for batch in batches(file.path, size, list(range(group, len(file.group_rows)))):
        if first < len(batch):
            yield pa.Table.from_batches([batch[first:]])
        first = max(0, first - len(batch))
