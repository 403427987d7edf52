"""Parquet files of anybody: whole or damaged, of this generator or not.

A footer is believed as far as it can be true: what a file declares to hold is bounded before it is read.
"""

import contextlib
import json
import os
from pathlib import Path

import pyarrow.parquet as pq

from ..common.checks import InputError
from ..common.refusals import PARQUET, Unreadable, readable, regular
from ..core.variants import Variant, all_fields
from ..stores.paths import errors_of
from .parquet import METADATA_KEY

MOST_BYTES = 2**31  # of a row group, as its footer declares it
FEATURES_KEY = b"huggingface"  # where datasets looks for features in a Parquet file


def read_footer(path):
    """(metadata, bytes) of the Parquet file at a Path or UPath.

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
    if not 0 <= min(size, default=0) <= max(size, default=0) <= MOST_BYTES:
        raise Unreadable(f"a row group must have 0 to {MOST_BYTES:,} bytes, not {min(size):,} to {max(size):,}")
    return footer


def recorded(footer, key=METADATA_KEY):
    """The JSON object under a key of a footer; {} if there is none."""
    try:
        found = json.loads((footer.metadata or {})[key])
    except (KeyError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def read_recipe(path):
    """The recipe that a file records; None if it has none or is no whole Parquet file."""
    try:
        return recorded(read_footer(path)[0]) or None
    except InputError:
        return None


def variant_of(recipe):
    """The Variant that a recipe describes; None without one, or with one of another version.

    Raises:
        Unreadable: a field breaks its rule.
    """
    described = recipe.get("variant")
    if not isinstance(described, dict) or not {"name"} <= {*described} <= {"name", *all_fields()}:
        return None
    try:
        return Variant(**described)
    except InputError as error:
        raise Unreadable(str(error)) from None


def batches(path, rows, groups=None):
    """Yields the rows of the file at a Path or UPath, at most so many at a time, as Arrow RecordBatches.

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
