"""Where digits come from, and which of them a split may show."""

import gzip
import hashlib
import struct

import datasets
import numpy as np
import pytest
from PIL import Image

from moving_mnist_generator.digits.loading import IDX_NAMES, Digits, embedded_npz, load_digits, read_source


@pytest.fixture
def small():
    """A source of 12 train and 5 test digits of 4 x 3 pixels, by the names of an npz."""
    rng = np.random.default_rng(0)
    return {
        "train_images": rng.integers(0, 256, (12, 4, 3), dtype=np.uint8),
        "train_labels": rng.integers(0, 10, 12, dtype=np.uint8),
        "test_images": rng.integers(0, 256, (5, 4, 3), dtype=np.uint8),
        "test_labels": rng.integers(0, 10, 5, dtype=np.uint8),
    }


def idx(array):
    """An idx file, as MNIST is published."""
    return b"\x00\x00\x08" + bytes([array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape) + array.tobytes()


def same(digits, arrays):
    return all(np.array_equal(getattr(digits, name), array) for name, array in arrays.items())


def test_the_embedded_digits_are_mnist():
    digits = load_digits()
    assert digits.train_images.shape == (60_000, 28, 28) and digits.test_images.shape == (10_000, 28, 28)
    assert hashlib.sha256(embedded_npz().read_bytes()).hexdigest().startswith("39b9b1ffaa0ba4d8")
    assert hashlib.sha256(digits.train_images.tobytes()).hexdigest().startswith("741c988805d008ac")
    assert hashlib.sha256(digits.test_images.tobytes()).hexdigest().startswith("6d87418db22cc802")
    assert digits.train_labels[:4].tolist() == [5, 0, 4, 1] and digits.class_names[3] == "3"


def test_no_digit_feeds_two_splits():
    digits = load_digits()
    train, validation, test = (digits.pool(split) for split in ("train", "validation", "test"))
    assert (train.first, len(train.images)) == (0, 50_000)
    assert (validation.first, len(validation.images)) == (50_000, 10_000)
    assert (test.first, len(test.images)) == (0, 10_000)
    assert np.array_equal(validation.images[0], digits.train_images[50_000])
    assert np.array_equal(test.images[0], digits.test_images[0])


def test_the_ink_of_a_pool_is_all_that_its_digits_show(small):
    small["train_images"][:] = 0
    small["train_images"][3, 1:3, 2] = 9  # two rows at the right
    small["train_images"][4, 3, 0:2] = 8  # two columns at the bottom left
    images, begin = Digits(**small, class_names=tuple("0123456789")).pool("train").ink
    assert images.shape == (10, 2, 2) and begin[[3, 4]].tolist() == [[1, 1], [2, 0]]
    assert images[3].tolist() == [[0, 9], [0, 9]] and images[4].tolist() == [[0, 0], [8, 8]]
    assert not images[[0, 9]].any()


def test_mnist_has_its_ink_in_20_by_20_pixels():
    pool = load_digits().pool("validation")
    images, begin = pool.ink
    assert images.shape == (10_000, 20, 20) and images.sum() == pool.images.sum()
    row, col = begin[7]
    assert np.array_equal(images[7], pool.images[7, row : row + 20, col : col + 20])


def test_digits_without_any_ink_have_one_black_pixel(small):
    small["train_images"][:] = 0
    images, begin = Digits(**small, class_names=tuple("0123456789")).pool("train").ink
    assert images.shape == (10, 1, 1) and not images.any() and not begin.any()


def test_a_resized_pool_is_pillows_bilinear_one(small):
    digits = Digits(**small, class_names=tuple("0123456789"))
    pool = digits.pool("train", (8, 6))
    want = np.asarray(Image.fromarray(small["train_images"][3]).resize((6, 8), Image.Resampling.BILINEAR))
    assert np.array_equal(pool.images[3], want) and pool is digits.pool("train", (8, 6))


@pytest.mark.parametrize("keras", [False, True])
def test_an_npz_is_read_by_either_set_of_names(small, tmp_path, keras):
    names = dict(zip(small, ("x_train", "y_train", "x_test", "y_test"), strict=True)) if keras else {}
    np.savez(tmp_path / "d.npz", **{names.get(name, name): array for name, array in small.items()})
    assert same(load_digits(str(tmp_path / "d.npz")), small)


@pytest.mark.parametrize("zipped", [False, True])
@pytest.mark.parametrize("dotted", [False, True])
def test_a_folder_of_idx_files_is_read_gzipped_or_not(small, tmp_path, zipped, dotted):
    for name, array in zip(IDX_NAMES, small.values(), strict=True):
        name = f"{name.replace('-idx', '.idx') if dotted else name}-ubyte"
        data = gzip.compress(idx(array)) if zipped else idx(array)
        (tmp_path / f"{name}{'.gz' if zipped else ''}").write_bytes(data)
    assert same(load_digits(str(tmp_path)), small)


def test_emnist_is_found_by_its_names_and_stood_upright(small, tmp_path):
    for name, array in zip(IDX_NAMES, small.values(), strict=True):
        turned = array.swapaxes(1, 2) if array.ndim == 3 else array
        file = f"emnist-letters-{name.replace('t10k', 'test')}-ubyte.gz"
        (tmp_path / file).write_bytes(gzip.compress(idx(np.ascontiguousarray(turned))))
    assert same(load_digits(str(tmp_path)), small)
    (tmp_path / "emnist-digits-train-images-idx3-ubyte").touch()
    with pytest.raises(ValueError, match="must hold one file train-images-idx3-ubyte, not emnist-digits-.*letters"):
        read_source.cache_clear()
        load_digits(str(tmp_path))


def test_a_dataset_with_an_image_and_a_label_column_is_read(small, tmp_path):
    features = datasets.Features(
        {
            "picture": datasets.Image(),
            "label": datasets.ClassLabel(names=list("abcdefghij")),
            "id": datasets.Value("int32"),
        }
    )
    for split in ("train", "test"):
        images = [Image.fromarray(image) for image in small[f"{split}_images"]]
        labels = small[f"{split}_labels"].tolist()
        rows = {"picture": images, "label": labels, "id": list(range(len(labels)))}
        datasets.Dataset.from_dict(rows, features=features).to_parquet(tmp_path / "own" / f"{split}.parquet")
    digits = load_digits(str(tmp_path / "own"))
    assert same(digits, small) and digits.class_names == tuple("abcdefghij")


def test_other_digits_have_another_sha256(small):
    names = tuple("0123456789")
    one = Digits(**small, class_names=names)
    other = Digits(**{**small, "test_labels": small["test_labels"][::-1].copy()}, class_names=names)
    assert one.sha256 != other.sha256 and one.sha256 == Digits(**small, class_names=names).sha256


def test_a_pickle_in_an_npz_is_not_opened(small, tmp_path):
    np.savez(tmp_path / "evil.npz", **{**small, "train_images": np.array([{"a": 1}], object)})
    with pytest.raises(ValueError, match="evil.npz is not a readable npz of digits: .*allow_pickle=False"):
        load_digits(str(tmp_path / "evil.npz"))


@pytest.mark.parametrize("size", [0, 10, 500])
def test_half_an_npz_is_refused(small, tmp_path, size):
    np.savez(tmp_path / "half.npz", **small)
    (tmp_path / "half.npz").write_bytes((tmp_path / "half.npz").read_bytes()[:size])
    with pytest.raises(ValueError, match="half.npz is not a readable npz of digits"):
        load_digits(str(tmp_path / "half.npz"))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"train_images": np.zeros((12, 4, 3))}, r"train images must be uint8 .* not float64 \(12, 4, 3\)"),
        ({"test_images": np.zeros((5, 12), np.uint8)}, r"test images must be uint8 of shape \(m, h, w\)"),
        ({"test_images": np.zeros((5, 3, 4), np.uint8)}, r"must be of one size, not \(4, 3\) and \(3, 4\)"),
        ({"train_labels": np.zeros(11, np.uint8)}, r"train labels must be 12 uint8, one an image, not uint8 \(11,\)"),
        ({"train_labels": np.full(12, 300)}, "labels must be whole numbers in 0..255"),
        ({"train_labels": np.zeros(12)}, "labels must be whole numbers in 0..255, not float64"),
        ({"train_images": np.zeros((3, 4, 3), np.uint8), "train_labels": np.zeros(3, int)}, "at least 6 train images"),
    ],
)
def test_arrays_that_are_no_digits_are_refused(small, tmp_path, change, words):
    np.savez(tmp_path / "bad.npz", **{**small, **change})
    with pytest.raises(ValueError, match=words):
        load_digits(str(tmp_path / "bad.npz"))


def test_an_npz_without_the_arrays_says_what_it_holds(tmp_path):
    np.savez(tmp_path / "other.npz", a=1, b=2)
    with pytest.raises(ValueError, match="must hold train_images, .*; it holds a, b"):
        load_digits(str(tmp_path / "other.npz"))


def test_a_cut_idx_file_and_a_missing_one_are_refused(small, tmp_path):
    for name, array in zip(IDX_NAMES, small.values(), strict=True):
        (tmp_path / f"{name}-ubyte").write_bytes(idx(array))
    path = tmp_path / "t10k-images-idx3-ubyte"
    path.write_bytes(idx(small["test_images"])[:-1])
    with pytest.raises(ValueError, match="t10k-images-idx3-ubyte is not a whole idx file"):
        load_digits(str(tmp_path))
    path.unlink()
    with pytest.raises(ValueError, match="must hold t10k-images-idx3-ubyte or"):
        load_digits(str(tmp_path))


def test_a_source_that_is_nothing_says_so_in_one_line(tmp_path):
    with pytest.raises(
        ValueError, match="are neither an npz, nor a folder of idx files, nor a dataset that loads"
    ) as e:
        load_digits("nobody/nothing")
    assert "\n" not in str(e.value)
    with pytest.raises(FileNotFoundError):
        load_digits(str(tmp_path / "absent.npz"))
