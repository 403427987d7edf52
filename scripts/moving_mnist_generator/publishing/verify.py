"""Decode Parquet files and compare them with the hashes that they record, before and after they are sent.

A damaged page may still decode, to other values. In frames the hash shows it, in other columns the checksum of the
Parquet page. Files are read a few rows at a time, in little memory, and by no other thread: see `readback`.
"""

import contextlib
import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from ..common.checks import InputError
from ..common.refusals import PARQUET, is_damage, reason
from ..files.footers import ShardFile
from ..sources.decoding import decode

SEQUENCES_PER_READ = 20  # arrays take twice as long in batches of 500, and six times the memory


class DamagedFile(InputError):
    """A file does not decode to the frames whose hash it records."""


@contextlib.contextmanager
def undamaged(path: Any) -> Iterator[None]:
    """A context around reading a file of ours, in which damage becomes a DamagedFile."""
    try:
        yield
    except Exception as error:
        if not is_damage(error, PARQUET):
            raise
        raise DamagedFile(f"{path} is damaged, make it again: {reason(error)}") from error


def verify_file(path: Path, shard: ShardFile, progress: Callable[[int], object] = lambda rows: None) -> None:
    """Decode all columns of a file, and compare its frames with their sha256.

    Args:
        path: of the file, or of a copy.
        shard: its ShardFile, which the error names.
        progress: called with numbers of rows.

    Raises:
        DamagedFile: it does not decode, or not to these frames.
    """
    with undamaged(shard.path):
        _, digest = rows_and_frames(path, shard, progress)
    if digest != shard.recipe["frames_sha256"]:
        raise DamagedFile(f"{shard.path} is damaged, make it again: its frames are not those whose sha256 it records")


def rows_and_frames(file: Any, shard: ShardFile, progress: Callable[[int], object]) -> tuple[int, str]:
    """Decode all columns of a Parquet file.

    Args:
        file: path, or file object, with the columns of `shard`.
        progress: called with numbers of rows.

    Returns:
        its rows, and the sha256 of their frames as raw uint8 in order (n, t, h, w).
    """
    digest, count = hashlib.sha256(), 0
    with pq.ParquetFile(file, page_checksum_verification=True) as parquet:
        for rows in parquet.iter_batches(SEQUENCES_PER_READ, use_threads=False):
            digest.update(decode(str(shard.path), rows, shard).data)
            count += len(rows)
            progress(len(rows))
    return count, digest.hexdigest()
