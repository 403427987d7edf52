"""Where digits come from, and which of them feed which split.

A source has a train file and a test file, as MNIST has. Training and validation sequences draw from
disjoint parts of the train file, test sequences from the test file, so no split shows another's digits.
"""

import functools
import gzip
import hashlib
import re
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from .checks import InputError, one_of
from .names import SPLITS

VALIDATION_PART = 6  # the last sixth of the train file is for validation: MNIST's 50,000 .. 59,999

NPZ_NAMES = (
    ("train_images", "train_labels", "test_images", "test_labels"),
    ("x_train", "y_train", "x_test", "y_test"),  # as Keras names them
)
IDX_NAMES = ("train-images-idx3", "train-labels-idx1", "t10k-images-idx3", "t10k-labels-idx1")
IDX_UINT8 = b"\x00\x00\x08"  # magic number of an idx file of unsigned bytes; one byte with the rank follows


@dataclass(frozen=True, eq=False)
class Pool:
    """The digits that one split draws from.

    images: (m, h, w) uint8, 0 background; labels: (m,) uint8; first: position of images[0] in its file.
    """

    images: np.ndarray
    labels: np.ndarray
    first: int

    def of_classes(self, classes):
        """Positions of the digits whose label is one of `classes`, a tuple: (p,) int64.

        Raises:
            InputError: one of the classes has no digit.
        """
        if lacking := set(classes) - self._labels:
            raise InputError(f"classes must be labels of digits in each split, and none has label {min(lacking)}")
        if classes not in self._of_classes:
            self._of_classes[classes] = np.flatnonzero(np.isin(self.labels, classes))
        return self._of_classes[classes]

    @functools.cached_property
    def _labels(self):
        return set(self.labels.tolist())

    @functools.cached_property
    def _of_classes(self):
        return {}

    @functools.cached_property
    def ink(self):
        """The digits without the black around them, cut to one size.

        Returns:
            (m, h', w') uint8, h' <= h and w' <= w as small as all ink allows; (m, 2) int64, pixels (row, col) from
            the corner of each digit to that of its cut.
        """
        size, begin = zip(*(ink_along(self.images.any(other)) for other in (2, 1)), strict=True)
        cuts = np.lib.stride_tricks.sliding_window_view(self.images, size, axis=(1, 2))
        return cuts[(np.arange(len(self.images)), *begin)], np.stack(begin, axis=-1)


@dataclass(frozen=True, eq=False)
class Digits:
    """A train file and a test file of digits.

    *_images: (m, h, w) uint8, 0 background; *_labels: (m,) uint8; class_names: what the labels mean.
    """

    train_images: np.ndarray
    train_labels: np.ndarray
    test_images: np.ndarray
    test_labels: np.ndarray
    class_names: tuple[str, ...]

    def __post_init__(self):
        for part in ("train", "test"):
            images, labels = getattr(self, f"{part}_images"), getattr(self, f"{part}_labels")
            if images.dtype != np.uint8 or images.ndim != 3 or 0 in images.shape:
                raise InputError(f"{part} images must be uint8 of shape (m, h, w), not {images.dtype} {images.shape}")
            if labels.shape != images.shape[:1] or labels.dtype != np.uint8:
                raise InputError(
                    f"{part} labels must be {len(images)} uint8, one an image, not {labels.dtype} {labels.shape}"
                )
            if labels.max() >= len(self.class_names):
                raise InputError(f"{part} labels must be below {len(self.class_names)}, not {labels.max()}")
        if self.train_images.shape[1:] != self.test_images.shape[1:]:
            raise InputError(
                f"train and test images must be of one size, "
                f"not {self.train_images.shape[1:]} and {self.test_images.shape[1:]}"
            )
        if len(self.train_images) < VALIDATION_PART:
            raise InputError(f"at least {VALIDATION_PART} train images are needed, not {len(self.train_images)}")

    @functools.cached_property
    def sha256(self):
        """Of all pixels and labels, so that files made from these digits can name them."""
        digest = hashlib.sha256()
        for array in (self.train_images, self.train_labels, self.test_images, self.test_labels):
            digest.update(repr(array.shape).encode())
            digest.update(np.ascontiguousarray(array))
        return digest.hexdigest()

    def pool(self, split, size=None):
        """The Pool of `split`; `size` (h, w) resizes the digits, as Pillow's bilinear filter does."""
        size = self.train_images.shape[1:] if size is None else tuple(size)
        if (split, size) not in self._pools:
            self._pools[split, size] = self._make_pool(split, size)
        return self._pools[split, size]

    @functools.cached_property
    def _pools(self):
        return {}

    def _make_pool(self, split, size):
        one_of("split", split, SPLITS)
        first = len(self.train_images) - len(self.train_images) // VALIDATION_PART
        if split == "train":
            pool = Pool(self.train_images[:first], self.train_labels[:first], 0)
        elif split == "validation":
            pool = Pool(self.train_images[first:], self.train_labels[first:], first)
        else:
            pool = Pool(self.test_images, self.test_labels, 0)
        if size != pool.images.shape[1:]:
            pool = Pool(resize(pool.images, size), pool.labels, pool.first)
        return pool


def ink_along(lines):
    """(m, side) bool, where ink is -> the length that holds it all, and where it begins, (m,) int64, to fit inside."""
    first, last = lines.argmax(1), lines.shape[1] - lines[:, ::-1].argmax(1)
    length = max(1, int((last - first)[lines.any(1)].max(initial=0)))
    return length, np.minimum(first, lines.shape[1] - length)


def resize(images, size):
    """(m, h, w) uint8 -> (m, *size) uint8 by Pillow's bilinear filter."""
    return np.stack([Image.fromarray(image).resize(size[::-1], Image.Resampling.BILINEAR) for image in images])


@functools.lru_cache(maxsize=4)
def load_digits(source=None):
    """Digits of `source`.

    Args:
        source: None, the embedded MNIST; a path of an npz (`train_images, train_labels, test_images,
            test_labels`, or `x_train, y_train, x_test, y_test`); a folder of the four idx files, gzipped or
            not; else what `datasets.load_dataset` takes: a dataset on the Hub, or a folder, with splits
            train and test, an image column and a label column.

    Raises:
        InputError: one line that says what is wrong with the source.
    """
    if source is None:
        return from_npz(embedded_npz())
    path = Path(source).expanduser()
    if path.suffix == ".npz":
        return from_npz(path)
    if path.is_dir() and find_idx(path, IDX_NAMES[0]):
        return from_idx(path)
    return from_dataset(str(path) if path.is_dir() else str(source))


def embedded_npz():
    """Beside this file when installed; in data/ in a checkout."""
    here = Path(__file__).resolve().parent
    installed = here / "mnist.npz"
    return installed if installed.exists() else here.parents[1] / "data" / "mnist.npz"


def from_npz(path):
    """Digits of an npz file."""
    try:
        with np.load(path, allow_pickle=False) as arrays:
            for names in NPZ_NAMES:
                if set(names) <= set(arrays):
                    return as_digits(*(arrays[name] for name in names))
            found = ", ".join(sorted(arrays))
    except (zipfile.BadZipFile, EOFError, ValueError) as error:
        raise InputError(f"{path} is not a readable npz of digits: {error}") from error
    raise InputError(f"{path} must hold {', '.join(NPZ_NAMES[0])}; it holds {found}")


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
    return as_digits(*files)


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
    """An idx file of unsigned bytes -> uint8 array of the shape that its header tells."""
    try:
        data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    except (EOFError, gzip.BadGzipFile) as error:
        raise InputError(f"{path} is not a whole gzip file: {error}") from error
    rank = data[3] if len(data) > 3 else 0
    start = 4 + 4 * rank
    shape = tuple(np.frombuffer(data[4:start], ">u4").tolist()) if len(data) >= start else ()
    if data[:3] != IDX_UINT8 or len(data) - start != np.prod(shape, dtype=np.int64) or rank == 0:
        raise InputError(f"{path} is not a whole idx file of unsigned bytes ({len(data)} bytes, shape {shape})")
    return np.frombuffer(data, np.uint8, offset=start).reshape(shape)


def from_dataset(source):
    """Digits of a dataset with splits train and test, one image column and one label column."""
    import datasets  # slow to import, and needed for this source alone

    try:
        parts = datasets.load_dataset(source)
    except (datasets.exceptions.DatasetsError, OSError, ValueError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise InputError(
            f"digits {source!r} are neither an npz, nor a folder of idx files, nor a dataset that loads: {reason}"
        ) from error
    missing = {"train", "test"} - set(parts)
    if missing:
        raise InputError(f"dataset {source!r} must have splits train and test; it lacks {', '.join(sorted(missing))}")
    features = parts["train"].features
    image = only_column(features, source, "image", lambda f: isinstance(f, datasets.Image))
    label = only_column(features, source, "label", is_label)
    arrays = []
    for part in ("train", "test"):
        rows = parts[part].cast_column(image, datasets.Image(mode="L"))
        arrays += [np.stack([np.asarray(picture) for picture in rows[image][:]]), np.asarray(rows[label][:])]
    names = getattr(features[label], "names", None)
    return as_digits(*arrays, class_names=names and tuple(names))


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


def as_digits(train_images, train_labels, test_images, test_labels, class_names=None):
    """Digits of four arrays; labels of any whole-number type, named "0", "1", ... where they have no names."""
    labels = []
    for part in (train_labels, test_labels):
        if part.dtype.kind not in "iu" or (part.size and not 0 <= part.min() <= part.max() <= 255):
            raise InputError(f"labels must be whole numbers in 0..255, not {part.dtype}")
        labels.append(part.astype(np.uint8))
    if class_names is None:
        highest = max((int(part.max()) for part in labels if part.size), default=0)
        class_names = tuple(str(label) for label in range(max(highest + 1, 10)))
    return Digits(train_images, labels[0], test_images, labels[1], class_names)
