"""What was published, read back from the Hub as a user reads it, and compared."""

import hashlib
import io
import itertools

import datasets
import pyarrow as pa
from PIL import Image
from tqdm import tqdm


def read_back(repo_id, config, split, shards, revision, token):
    """Stream the first file of a split as a user does; ValueError unless it has the rows and the frames of ours.

    Of the other files of a split, the Hub's hashes have been compared with ours: the same bytes, footers and all. So
    what is left to show is that the card and the names make a split of them.

    It is read to its end even when it is wrong: a stream of Parquet that is left half-way may take the
    process down when that ends, as threads of pyarrow are still reading ahead.

    Args:
        shards: the ShardFiles of the whole split.
    """
    first, digest, count = shards[0], hashlib.sha256(), 0
    rows = streamed(repo_id, config, split, len(shards), revision, token)
    with tqdm(total=first.rows, unit=" sequences", disable=None, leave=False) as progress:
        for frames in itertools.islice(rows, first.rows):
            digest.update(frames)
            count += 1
            progress.update()
        more = sum(1 for _ in rows)
    found, wanted = (count, digest.hexdigest()), (first.rows, first.recipe["frames_sha256"])
    if found != wanted:
        raise mismatch(repo_id, revision, config, split, first, found, wanted)
    if more:
        raise ValueError(f"{repo_id} at {revision}: {config} {split} has more sequences than {first.path.parent}")


def mismatch(repo_id, revision, config, split, shard, found, wanted):
    """The error for a shard that reads back as something else."""
    what = f"{found[0]:,} of {wanted[0]:,} sequences" if found[0] != wanted[0] else "other frames"
    return ValueError(f"{repo_id} at {revision} is published, but {config} {split} reads back {what} of {shard.path}")


def streamed(repo_id, config, split, count, revision, token):
    """Yields the frames of each row of the first of a split's `count` files on the Hub, as raw bytes (t, h, w)."""
    rows = datasets.load_dataset(repo_id, config, split=split, revision=revision, streaming=True, token=token)
    rows = rows.shard(num_shards=count, index=0)  # contiguous: if there were more files than ours, it would be more
    for table in rows.with_format("arrow").iter(batch_size=100):
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
