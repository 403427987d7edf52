"""What splits and files are called, the shape of the authors' sequences, and the version of all of it."""

import re

VERSION = "1.0.0"  # as in moving_mnist.py, which stands alone
SPLITS = ("train", "validation", "test")
ANIMATED = "animated"  # the config that publishing adds: examples of all others, as moving pictures
NUM_FRAMES = 20
FRAME_SIZE = (64, 64)  # (rows, cols), pixels

FILE_NAME = re.compile(rf"({'|'.join(SPLITS)})-(\d{{5}})-of-(\d{{5}})\.parquet")


def file_name(split, number=0, count=1):
    """A file's name, as `load_dataset` and the Hub find the files of a split.

    >>> file_name("train", 2, 12)
    'train-00002-of-00012.parquet'
    """
    return f"{split}-{number:05d}-of-{count:05d}.parquet"
