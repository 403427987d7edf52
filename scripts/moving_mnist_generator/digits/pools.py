"""Digits, and which of them feed which split.

A source has a train file and a test file, as MNIST has. Training and validation sequences draw from disjoint parts
of the train file, test sequences from the test file. So no split shows digits of another.
"""

import functools
import hashlib
from dataclasses import dataclass

import numpy as np
from PIL import Image

from ..common.checks import InputError, in_short, one_of
from ..common.names import SPLITS

VALIDATION_PART = 6  # the last sixth of the train file is for validation: MNIST's 50,000 .. 59,999


@dataclass(frozen=True, eq=False)
class Pool:
    """The digits that one split draws from.

    images: (m, h, w) uint8, 0 background; labels: (m,) uint8; first: position of images[0] in its file.
    """

    images: np.ndarray
    labels: np.ndarray
    first: int

    def of_classes(self, classes: tuple[int, ...]) -> np.ndarray:
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
    def ink(self) -> tuple[np.ndarray, np.ndarray]:
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
            for name, array in ((f"{part} images", images), (f"{part} labels", labels)):
                if not isinstance(array, np.ndarray):
                    raise InputError(f"{name} must be an array, not {in_short(array)}")
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
    def sha256(self) -> str:
        """Of all pixels and labels, so that files made from these digits can name them."""
        digest = hashlib.sha256()
        for array in (self.train_images, self.train_labels, self.test_images, self.test_labels):
            digest.update(repr(array.shape).encode())
            digest.update(np.ascontiguousarray(array).data)
        return digest.hexdigest()

    def pool(self, split: str, size: tuple[int, int] | None = None, *, whole_file: bool = False) -> Pool:
        """The Pool of `split`; `size` (h, w) resizes the digits, as Pillow's bilinear filter does.

        whole_file: with all digits of the file that the split draws from, as `truth.from_frames` finds them.
        """
        key = split, self.train_images.shape[1:] if size is None else tuple(size), whole_file
        if key not in self._pools:
            self._pools[key] = self._make_pool(*key)
        return self._pools[key]

    @functools.cached_property
    def _pools(self):
        return {}

    def _make_pool(self, split, size, whole_file):
        one_of("split", split, SPLITS)
        first = len(self.train_images) - len(self.train_images) // VALIDATION_PART
        if split == "test":
            pool = Pool(self.test_images, self.test_labels, 0)
        elif whole_file:
            pool = Pool(self.train_images, self.train_labels, 0)
        elif split == "train":
            pool = Pool(self.train_images[:first], self.train_labels[:first], 0)
        else:
            pool = Pool(self.train_images[first:], self.train_labels[first:], first)
        if size != pool.images.shape[1:]:
            pool = Pool(resize(pool.images, size), pool.labels, pool.first)
        return pool


def ink_along(lines):
    """(m, side) bool, where ink is -> the length that holds it all, and where it begins, (m,) int64, to fit inside."""
    first, last = lines.argmax(1), lines.shape[1] - lines[:, ::-1].argmax(1)
    length = max(1, int((last - first)[lines.any(1)].max(initial=0)))
    return length, np.minimum(first, lines.shape[1] - length)


def resize(images: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """(m, h, w) uint8 -> (m, *size) uint8 by Pillow's bilinear filter."""
    return np.stack(
        [np.asarray(Image.fromarray(image).resize(size[::-1], Image.Resampling.BILINEAR)) for image in images]
    )
