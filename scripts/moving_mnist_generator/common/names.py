"""What splits and files are called, the shape of the authors' sequences, and the version of all of it."""

import re
from collections.abc import Sequence

VERSION = "1.0.0"  # as in moving_mnist.py, which stands alone
SPLITS = ("train", "validation", "test")
ANIMATED = "animated"  # the config that publishing adds: examples of all others, as moving pictures
AUTHORS = "authors"  # the config of the authors' test sequences with annotations, which are found in their pixels
AUTHORS_RECIPE = f"{AUTHORS}.npz"  # beside the configs, and in the package: it makes the authors' file again
NUM_FRAMES = 20
FRAME_SIZE = (64, 64)  # (rows, cols), pixels

FILE_NAME = re.compile(rf"({'|'.join(SPLITS)})-(\d{{5}})-of-(\d{{5}})\.parquet")


def file_name(split: str, number: int = 0, count: int = 1) -> str:
    """A file's name, as `load_dataset` and the Hub find the files of a split.

    >>> file_name("train", 2, 12)
    'train-00002-of-00012.parquet'
    """
    return f"{split}-{number:05d}-of-{count:05d}.parquet"


def npy_name(split: str) -> str:
    """The name of the authors' file, and of those of other splits in its format.

    >>> npy_name("test")
    'mnist_test_seq.npy'
    """
    return f"mnist_{split}_seq.npy"


def split_in(name: str) -> str | None:
    """The split that a file has by its name; None if the name does not say.

    >>> split_in("train-00002-of-00012.parquet"), split_in("mnist_test_seq.npy"), split_in("mine.npy")
    ('train', 'test', None)
    """
    if found := FILE_NAME.fullmatch(name):
        return found[1]
    return next((split for split in SPLITS if name == npy_name(split)), None)


def are_whole(names: Sequence[str], split: str) -> bool:
    """Whether the sorted names of a split's files are those of all its files.

    Other names than those of `file_name` do not say how many files there are: then it is True.

    >>> are_whole(["train-00000-of-00002.parquet"], "train"), are_whole(["train-mine.parquet"], "train")
    (False, True)
    """
    expected = [file_name(split, number, len(names)) for number in range(len(names))]
    return list(names) == expected or not any(map(FILE_NAME.fullmatch, names))
