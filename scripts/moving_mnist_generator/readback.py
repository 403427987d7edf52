"""What was published, read back from the Hub as a user reads it, and compared."""

import hashlib
import io

import datasets
import pyarrow as pa
from PIL import Image
from tqdm import tqdm


def read_back(repo_id, config, split, revision, token):
    """Stream the first file of a split as a user does; ValueError unless it has the rows and the frames of ours.

    The bytes of all files are told by their hashes (`hub.check_hashes`); this tells that they can be read, and what
    from. It is read to its end even when it is wrong: a stream of Parquet that is left half-way may take the process
    down when that ends, as threads of pyarrow are still reading ahead.

    Args:
        split: facts.Split, of our files.
    """
    shard, digest, count = split.shards[0], hashlib.sha256(), 0
    rows = streamed(repo_id, config, split, revision, token)
    for frames in tqdm(rows, total=shard.rows, unit=" sequences", disable=None, leave=False):
        digest.update(frames)
        count += 1
    if count != shard.rows:
        raise mismatch(repo_id, revision, config, split, f"{count:,} of {shard.rows:,} sequences")
    if digest.hexdigest() != shard.recipe["frames_sha256"]:
        raise mismatch(repo_id, revision, config, split, "other frames")


def mismatch(repo_id, revision, config, split, found):
    """The error for a shard that reads back as something else."""
    shard = split.shards[0].path
    return ValueError(f"{repo_id} at {revision} is published, but {config} {split.name} reads back {found} of {shard}")


def streamed(repo_id, config, split, revision, token):
    """Yields the frames of each row of a split's first file on the Hub, as raw bytes (t, h, w)."""
    rows = datasets.load_dataset(repo_id, config, split=split.name, revision=revision, streaming=True, token=token)
    if rows.num_shards != len(split.shards):
        raise mismatch(repo_id, revision, config, split, f"{rows.num_shards} files, of {len(split.shards)},")
    first = rows.shard(num_shards=rows.num_shards, index=0)
    for table in first.with_format("arrow").iter(batch_size=100):
        column = table["image_sequence"].combine_chunks()
        for row in range(len(column)):
            yield raw(column[row : row + 1])


def raw(column):
    """Arrow rows of PNG lists, or of nested uint8 lists -> the raw bytes of their pixels."""
    values = column.storage if isinstance(column, pa.ExtensionArray) else column
    while hasattr(values, "flatten") and not pa.types.is_struct(values.type) and values.type.num_fields:
        values = values.flatten()
    if pa.types.is_struct(values.type):
        return b"".join(Image.open(io.BytesIO(png)).tobytes() for png in values.field("bytes").to_pylist())
    return values.to_numpy(zero_copy_only=False).tobytes()
