"""Rows -> one Parquet file, whole or not there at all, which says how to make it again."""

import hashlib
import json

import pyarrow as pa
import pyarrow.parquet as pq

from ..rows.arrow import picture_column, schema, table
from ..stores.partial import renamed_when_whole
from ..stores.paths import errors_of

METADATA_KEY = b"moving_mnist"
GROUP_ROWS = {"frames": 100, "arrays": 500}  # rows a row group: what the Hub's viewer reads at a time
GROUP_PIXELS = 500 * 20 * 64 * 64  # at most, so that large frames do not outgrow memory or Arrow's 2^31 values
CACHED_PIXELS = 4 * 20 * 64 * 64  # of arrays, encoded at a time: the writer makes 8 bytes of each
PLAIN_COLUMNS = ("sequence_id", "labels.list.element", "digit_ids.list.element", "caption")


def group_rows(layout, pixels):
    """Rows in a row group, for sequences of so many pixels."""
    return max(1, min(GROUP_ROWS[layout], GROUP_PIXELS // pixels))


def write_parquet(path, layout, features, groups, recipe):
    """Write one file: under another name first, and renamed when it is whole and on the disk.

    Args:
        path: Path of the file, whose folder is made; or UPath of a URL in a store.
        layout: "frames" or "arrays".
        features: dict, what `rows.schema` takes.
        groups: iterable of (frames (n, t, H, W) uint8, {column: Arrow array of n rows}), one a row group. The
            column `image_sequence` is made here where it is not given.
        recipe: JSON-able dict, all that is needed to make the file again. The file carries it under the
            key `moving_mnist`, with the sha256 of its frames as raw uint8 in order (n, t, H, W).

    Yields:
        n, after each row group.
    """
    digest = hashlib.sha256()
    with renamed_when_whole(path) as local:
        # Not a Python file: pyarrow ends the process where a signal raises an exception inside the `write` of one.
        with (
            pa.OSFile(str(local), "wb") as file,
            pq.ParquetWriter(file, schema(features), **settings(layout)) as writer,
        ):
            for frames, columns in groups:
                digest.update(frames)
                if "image_sequence" not in columns:
                    columns = {"image_sequence": picture_column(frames, layout), **columns}
                rows = table(columns, writer.schema)
                if layout == "arrays":
                    rows = in_pieces(rows, frames[0].size)
                writer.write_table(rows, row_group_size=len(frames))
                pa.default_memory_pool().release_unused()  # or the pool's peak creeps up, group by group
                yield len(frames)
            writer.add_key_value_metadata({METADATA_KEY: json.dumps({**recipe, "frames_sha256": digest.hexdigest()})})


def in_pieces(rows, pixels):
    """The same table in pieces of so many rows that what the writer makes of their pixels stays in the cache."""
    return pa.Table.from_batches(rows.to_batches(max_chunksize=max(1, CACHED_PIXELS // pixels)))


def settings(layout):
    """ParquetWriter's settings, as the Hub's viewer and its deduplicating storage want them.

    Cutting pages by content, which keeps them alike when rows come or go before them, would cost arrays a third of
    their time. They have no use for it: a longer split begins with the very bytes of a shorter one.
    """
    return {
        "compression": "zstd",
        "use_dictionary": ["caption"],
        "write_statistics": list(PLAIN_COLUMNS),  # of no use on pictures and arrays
        "write_page_index": True,
        "use_content_defined_chunking": layout == "frames",
    }


def read_recipe(path):
    """The recipe of a file, with `frames_sha256`; None if it has none or is no whole Parquet file."""
    try:
        with errors_of(path), path.open("rb") as file:
            metadata = pq.read_metadata(file).metadata or {}
    except (pa.ArrowInvalid, EOFError):
        return None
    return json.loads(metadata[METADATA_KEY]) if METADATA_KEY in metadata else None
