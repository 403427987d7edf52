"""The authors' test file -> the test split of the configs default and arrays."""

from moving_mnist import FRAME_SIZE, NUM_FRAMES, num_sequences, read_sequences

from ..rows.arrow import picture_features
from ..stores.paths import listed
from .parquet import group_rows, read_recipe, write_parquet

CONFIGS = {"frames": "default", "arrays": "arrays"}  # by layout
FILE_NAME = "test-00000-of-00001.parquet"
SEQUENCE_PIXELS = NUM_FRAMES * FRAME_SIZE[0] * FRAME_SIZE[1]


def recipe(layout, sha256, count):
    """What the Parquet file says of itself: the file it was made from, by its sha256, and which rows of it."""
    return {"source_sha256": sha256, "layout": layout, "split": "test", "start": 0, "stop": count}


def is_written(path, wanted):
    """Whether the file at `path`, a Path or a UPath, is there with that recipe.

    Raises:
        ValueError: it is there with another, and is not ours to replace.
    """
    if path.name not in (listed(path.parent) or ()):
        return False
    found = read_recipe(path) or {}
    if {key: found.get(key) for key in wanted} != wanted:
        raise ValueError(f"{path} was made from another file: remove it, or take another folder with --out")
    return True


def write_test(source, sha256, layout, path):
    """Write one layout of the verified file at `source`, in its order; yields rows after each row group."""
    count = num_sequences(source)
    features = picture_features(layout, NUM_FRAMES, FRAME_SIZE)
    step = group_rows(layout, SEQUENCE_PIXELS)
    groups = ((read_sequences(source, at, min(at + step, count)), {}) for at in range(0, count, step))
    return write_parquet(path, layout, features, groups, recipe(layout, sha256, count))
