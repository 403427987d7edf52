"""Local Parquet files, decoded and compared with the hashes that they record, before anything is sent.

A damaged page may still decode, to other values. In frames the hash shows it, in other columns the checksum of the
Parquet page. Files are read a few rows at a time, in little memory, and by no other thread: see `readback`.
"""

import contextlib
import hashlib

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from ..common.checks import InputError
from ..common.refusals import PARQUET, is_damage, reason
from ..rows.columns import IMAGE_SEQUENCE
from ..rows.nested import decoded, files_of, flattened

BATCH = 20  # rows decoded at a time: arrays take twice as long in batches of 500, and six times the memory


class DamagedFile(InputError):
    """A file does not decode to the frames whose hash it records."""


@contextlib.contextmanager
def undamaged(path):
    """A context around reading a file of ours, in which damage becomes a DamagedFile."""
    try:
        yield
    except Exception as error:
        if not is_damage(error, PARQUET):
            raise
        raise DamagedFile(f"{path} is damaged, make it again: {reason(error)}") from error


def verify_file(path, shard, progress=lambda rows: None):
    """Decode all columns of a file, and compare its frames with their sha256.

    Args:
        path: Path of the file, or of a copy.
        shard: its ShardFile, which the error names.
        progress: called with numbers of rows.

    Raises:
        DamagedFile: it does not decode, or not to these frames.
    """
    with undamaged(shard.path):
        _, digest = rows_and_frames(path, progress)
    if digest != shard.recipe["frames_sha256"]:
        raise DamagedFile(f"{shard.path} is damaged, make it again: its frames are not those whose sha256 it records")


def rows_and_frames(file, progress):
    """Decode all columns of a Parquet file.

    Args:
        file: path, or file object.
        progress: called with numbers of rows.

    Returns:
        (int, str): its rows, and the sha256 of their frames as raw uint8 in order (n, t, h, w).
    """
    digest, count = hashlib.sha256(), 0
    with pq.ParquetFile(file, page_checksum_verification=True) as parquet:
        for rows in parquet.iter_batches(BATCH, use_threads=False):
            for pixels in raw(rows[IMAGE_SEQUENCE]):
                digest.update(pixels)
            count += len(rows)
            progress(len(rows))
    return count, digest.hexdigest()


def raw(column):
    """Frames of any layout -> the raw bytes of their pixels in C order, in pieces.

    Args:
        column: Arrow column of pictures, lists of pictures, or nested lists of uint8.

    Yields:
        uint8 array.
    """
    values, _ = flattened(column)
    if pa.types.is_struct(values.type):
        for picture in files_of(values):
            yield decoded([picture.as_py()])
    else:
        yield np.ascontiguousarray(values.to_numpy(zero_copy_only=False))
