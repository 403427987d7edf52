"""Rows -> one Parquet file, whole or absent, which records how to make it again."""

import hashlib
import json
from collections.abc import Generator, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from ..layouts import LAYOUTS
from ..layouts.base import GROUP_PIXELS, USUAL_PIXELS, Layout
from ..rows.columns import IMAGE_SEQUENCE
from ..rows.schema import arrow_table, schema
from ..running.partial import renamed_when_whole

METADATA_KEY = b"moving_mnist"
Group = tuple[np.ndarray, dict[str, Any]]  # frames (n, t, H, W) uint8, {column: Arrow array of n rows}


def write_parquet(
    path: Any, layout: str, features: dict[str, Any], groups: Iterable[Group], recipe: dict[str, Any]
) -> Generator[int, None, None]:
    """Write one file: under another name first, and renamed when it is whole and on the disk.

    Args:
        path: Path of the file, whose folder is made; or UPath of a URL in a store.
        layout: name of one of LAYOUTS.
        features: dict, as datasets writes them to JSON.
        groups: one a row group. The column `image_sequence` is made here if it is not given.
        recipe: JSON-able dict, all that is needed to make the file again. The file records it under the key
            `moving_mnist`, with `frames_sha256`, the sha256 of its frames as raw uint8 in order (n, t, h, w), and
            `num_bytes`, what its rows take in Arrow memory.

    Yields:
        n, after each row group.
    """
    digest, num_bytes, unreleased, way = hashlib.sha256(), 0, 0, LAYOUTS[layout]
    with (
        renamed_when_whole(path) as local,
        ThreadPoolExecutor(1) as hashing,  # beside writing: both leave Python free to do something else
        # Not a Python file: pyarrow aborts the process if a signal raises an exception inside the `write` of one.
        pa.OSFile(str(local), "wb") as file,
        pq.ParquetWriter(file, schema(features), **settings(features, way)) as writer,
    ):
        for frames, columns in groups:
            hashed = hashing.submit(digest.update, frames.data)
            if IMAGE_SEQUENCE not in columns:
                columns = {IMAGE_SEQUENCE: way.encode(frames), **columns}
            rows = arrow_table(columns, writer.schema)
            num_bytes += rows.nbytes
            if way.write_rows:
                rows = in_pieces(rows, way.write_rows * USUAL_PIXELS // frames[0].size)
            writer.write_table(rows, row_group_size=len(frames))
            hashed.result()
            unreleased += frames.size
            if unreleased >= GROUP_PIXELS:  # each time costs page faults; never, and the pool's peak grows and grows
                pa.default_memory_pool().release_unused()
                unreleased = 0
            yield len(frames)
        found = {"frames_sha256": digest.hexdigest(), "num_bytes": num_bytes}
        writer.add_key_value_metadata({METADATA_KEY: json.dumps({**recipe, **found})})


def in_pieces(rows: pa.Table, size: int) -> pa.Table:
    """The same table in pieces of `size` rows."""
    return pa.Table.from_batches(rows.to_batches(max_chunksize=max(1, size)))


def settings(features: dict[str, Any], layout: Layout) -> dict[str, Any]:
    """ParquetWriter's settings, as the Hub's viewer and its deduplicating storage want them."""
    plain = {"Value": "{}", "ClassLabel": "{}", "Sequence": "{}.list.element"}
    kinds = {name: feature["_type"] for name, feature in features.items() if name != IMAGE_SEQUENCE}
    return {
        "compression": "zstd",
        "use_dictionary": [name for name, feature in features.items() if feature.get("dtype") == "string"],
        # of no use on pictures and arrays
        "write_statistics": [plain[kind].format(name) for name, kind in kinds.items() if kind in plain],
        "write_page_index": True,
        "write_page_checksum": True,  # so that a damaged page of any column is found
        **layout.settings,
    }
