"""Sources of digits: npz files, folders of idx files as MNIST is published, and datasets.

A file that is damaged or hostile is refused in one line that names it, before it takes much memory.
"""

import contextlib
import functools
import gzip
import math
import os
import re
from pathlib import Path
from typing import Any

import numpy as np

from ..common.checks import InputError, in_short, path_or_name
from ..common.npy import Npz
from ..common.refusals import IDX, NPZ, Format, named, readable, reason, regular
from .pools import Digits

CARD_BYTES_LIMIT = 2**20  # bytes of a README.md that are searched
DIGITS_BYTES_LIMIT = 2**30  # of pixels and labels in one file; the largest file of EMNIST has 550 MB
NPZ_NAMES = (
    ("train_images", "train_labels", "test_images", "test_labels"),
    ("x_train", "y_train", "x_test", "y_test"),  # as Keras names them
)
IDX_NAMES = ("train-images-idx3", "train-labels-idx1", "t10k-images-idx3", "t10k-labels-idx1")
URLS = ("http://", "https://", "hf://")
NPZ_OF_DIGITS = Format("npz of digits", NPZ.errors)
IDX_UINT8 = b"\x00\x00\x08"  # magic number of an idx file of unsigned bytes; one byte with the rank follows


def load_digits(source: str | os.PathLike[str] | None = None) -> Digits:
    """Digits of a source. The same source is read once.

    Args:
        source: None, the embedded MNIST; a path of an npz (`train_images, train_labels, test_images,
            test_labels`, or `x_train, y_train, x_test, y_test`); a folder of the four idx files, gzipped or
            not; the URL of an npz, hf://datasets/USER/NAME/PATH or http(s)://HOST/PATH#sha256=HEX, which is downloaded
            once; else what `datasets.load_dataset` takes: a dataset on the Hub, or a folder, with splits train and
            test, an image column and a label column.

    Raises:
        InputError: one line that says what is wrong with the source.
        OSError: a file that is not there, or cannot be read.

    >>> load_digits().train_images.shape
    (60000, 28, 28)
    """
    if source is not None:
        path_or_name("a source of digits", source)
    if isinstance(source, str) and source.startswith(URLS):
        return read_source(downloaded_npz(source))
    path = Path(os.path.expanduser(embedded_npz() if source is None else source)).absolute()
    is_path = path.suffix == ".npz" or os.path.isdir(path)  # Path.is_dir raises for names that cannot be
    return read_source(path if is_path else str(source))


@functools.lru_cache(maxsize=4)
def read_source(source):
    """Digits of an absolute Path, or of the name of a dataset."""
    if isinstance(source, str):
        return from_dataset(source)
    if source.suffix == ".npz":
        return from_npz(source)
    if find_idx(source, IDX_NAMES[0]):
        return from_idx(source)
    if not has_splits(source):
        raise InputError(f"{source} must hold {IDX_NAMES[0]}-ubyte and the other idx files, or train and test data")
    return from_dataset(str(source))


def downloaded_npz(url):
    """The local Path of an npz by its URL."""
    from ..stores.download import local_file  # slow to import, and needed for URLs alone

    if not url.partition("#")[0].partition("?")[0].endswith(".npz"):
        raise InputError(f"digits by URL must be an npz, not {in_short(url)}")
    return local_file(url)


def embedded_npz() -> Path:
    """Beside this file when installed; in data/ in a checkout."""
    here = Path(__file__).resolve().parents[1]
    installed = here / "mnist.npz"
    return installed if installed.exists() else here.parents[1] / "data" / "mnist.npz"


@contextlib.contextmanager
def opened(path, format):
    """Open a regular file of a format, and refuse it in one line if it is damaged."""
    with readable(path, format), regular(path).open("rb") as file:
        yield file


def from_npz(path):
    """Digits of an npz file."""
    with Npz(path, NPZ_OF_DIGITS) as arrays:
        names = next((names for names in NPZ_NAMES if set(names) <= set(arrays.names)), None)
        if names is None:
            held = ", ".join(sorted(arrays.names))
            raise InputError(f"{path} must hold {', '.join(NPZ_NAMES[0])}; it holds {held!s:.200}")
        check_size(path, sum(map(arrays.size, names)))
        found = [arrays.read(name) for name in names]
    return as_digits(path, *found)


def check_size(path: Any, size: int) -> None:
    """Refuse a file that declares to hold more bytes than any source of digits has."""
    if size > DIGITS_BYTES_LIMIT:
        raise InputError(f"{path} must hold at most {DIGITS_BYTES_LIMIT:,} bytes of digits, not {size:,}")


def from_idx(folder):
    """Digits of a folder with four idx files, each gzipped or not, as MNIST, Fashion-MNIST, KMNIST and EMNIST come."""
    files = []
    for name in IDX_NAMES:
        path = find_idx(folder, name)
        if path is None:
            raise InputError(f"{folder} must hold {name}-ubyte or {name}-ubyte.gz")
        array = read_idx(path)
        if path.name.startswith("emnist") and array.ndim == 3:  # whose pictures are (col, row)
            array = array.swapaxes(1, 2)
        files.append(array)
    return as_digits(folder, *files)


def find_idx(folder, name):
    """The file of that name: with or without .gz, `images.idx3` for `images-idx3`, `emnist-letters-test-` for `t10k-`.

    Raises:
        InputError: there are several.
    """
    part, kind = name.split("-", 1)
    parts = {"train": "train", "t10k": "(t10k|test)"}
    pattern = re.compile(rf"(emnist-\w+-)?{parts[part]}-{kind.replace('-', '[-.]')}-ubyte(\.gz)?")
    found = sorted(path for path in folder.iterdir() if pattern.fullmatch(path.name))
    if len(found) > 1:
        raise InputError(f"{folder} must hold one file {name}-ubyte, not {', '.join(path.name for path in found)}")
    return found[0] if found else None


def read_idx(path):
    """An idx file of unsigned bytes -> uint8 array of the shape in its header."""
    kind = IDX.words
    with opened(path, IDX) as file:
        file = gzip.GzipFile(fileobj=file) if path.suffix == ".gz" else file
        magic, rank = file.read(3), int.from_bytes(file.read(1), "big")
        if magic != IDX_UINT8 or rank not in (1, 3):
            raise InputError(f"{path} is not an {kind}: it must begin with {IDX_UINT8.hex()} and rank 1 or 3")
        sizes = file.read(4 * rank)
        if len(sizes) < 4 * rank:
            raise InputError(f"{path} is not a whole {kind}: it ends in its header")
        shape = tuple(np.frombuffer(sizes, ">u4").tolist())
        size = math.prod(shape)
        check_size(path, size)
        data = file.read(size + 1)  # one more: there must be none
    if len(data) != size:
        bytes_there = f"{len(data):,}" if len(data) <= size else f"more than {size:,}"
        raise InputError(f"{path} is not a whole {kind}: {bytes_there} bytes behind the header, shape {shape}")
    return np.frombuffer(data, np.uint8).reshape(shape)


def has_splits(folder):
    """Whether a folder names its splits where `load_dataset` looks for them, which else walks through all of it."""
    places = [place for place in (folder, folder / "data") if place.is_dir()]
    names = [path.name.lower() for place in places for path in place.iterdir()]
    if all(any(split in name for name in names) for split in ("train", "test")):
        return True
    card = folder / "README.md"
    return card.is_file() and b"data_files:" in card.read_bytes()[:CARD_BYTES_LIMIT]


def from_dataset(source):
    """Digits of a dataset with splits train and test, one image column and one label column."""
    import datasets  # slow to import, and needed for this source alone

    try:
        parts = datasets.load_dataset(source)
    except Exception as error:  # files of any kind, and a network
        raise InputError(
            f"digits {in_short(source)} are neither an npz, nor a folder of idx files, nor a dataset that loads: "
            f"{reason(error)}"
        ) from error
    missing = {"train", "test"} - set(parts)
    if missing:
        raise InputError(f"dataset {source!r} must have splits train and test; it lacks {', '.join(sorted(missing))}")
    features = parts["train"].features
    image = only_column(features, source, "image", lambda f: isinstance(f, datasets.Image))
    label = only_column(features, source, "label", is_label)
    arrays: list[np.ndarray] = []
    for part in ("train", "test"):
        try:
            rows = parts[part].cast_column(image, datasets.Image(mode="L"))
            arrays += [np.stack([np.asarray(picture) for picture in rows[image][:]]), np.asarray(rows[label][:])]
        except Exception as error:  # a picture that does not decode, or of another size
            raise InputError(f"dataset {source!r} has no readable digits in {part}: {reason(error)}") from error
    names = getattr(features[label], "names", None)
    train_images, train_labels, test_images, test_labels = arrays
    classes = names and tuple(names)
    return as_digits(f"dataset {source!r}", train_images, train_labels, test_images, test_labels, classes)


def only_column(features, source, kind, matches):
    """The one column that matches, or the one of them that is named after its kind."""
    names = [name for name, feature in features.items() if matches(feature)]
    names = [name for name in names if name == kind] or names
    if len(names) != 1:
        raise InputError(f"dataset {source!r} must have one {kind} column, not {names or 'none'}")
    return names[0]


def is_label(feature):
    """A ClassLabel, or whole numbers."""
    return "int" in str(getattr(feature, "dtype", ""))


def as_digits(source, train_images, train_labels, test_images, test_labels, class_names=None):
    """Digits of four arrays; labels of any whole-number type, named "0", "1", ... where they have no names."""
    labels = []
    for part in (train_labels, test_labels):
        if part.dtype.kind not in "iu" or (part.size and not 0 <= part.min() <= part.max() <= 255):
            found = part.dtype if part.dtype.kind not in "iu" else f"{part.min()}..{part.max()}"
            raise InputError(f"{source}: labels must be whole numbers in 0..255, not {found}")
        labels.append(part.astype(np.uint8))
    if class_names is None:
        highest = max((int(part.max()) for part in labels if part.size), default=0)
        class_names = tuple(str(label) for label in range(max(highest + 1, 10)))
    with named(source):
        return Digits(train_images, labels[0], test_images, labels[1], class_names)
