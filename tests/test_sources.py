"""Which sequences a name stands for: of the right split, all of them, in their own shape, with their own digits."""

import datasets
import numpy as np
import pytest
from helpers import make_files

from moving_mnist_generator import InputError, Variant, generate, load_digits
from moving_mnist_generator.exports import export
from moving_mnist_generator.files.shards import plan
from moving_mnist_generator.previews.rows import read_rows
from moving_mnist_generator.running.engines import make
from moving_mnist_generator.sources.opening import open_source

WIDE = Variant("wide", num_digits=1, frame_size=(32, 64), colour=True)


def frames_of(source):
    return source.frames(0, source.num_sequences)


def saved_again(folder):
    """A file of rows as `to_parquet` writes them: it records no recipe, as a dataset on the Hub does not."""
    rows = datasets.load_dataset("parquet", data_files=str(folder / "*.parquet"), split="train")
    rows.to_parquet(folder.with_suffix(".parquet"))
    return folder.with_suffix(".parquet")


@pytest.mark.parametrize("config", ["wide", "wide_arrays", "wide_strips"])
def test_frames_that_are_not_square_are_read_without_a_recipe(tmp_path, config):
    make_files(WIDE, {"test": 3}, ("frames", "arrays", "strips"), tmp_path)
    source = open_source(saved_again(tmp_path / config), in_colour=True)
    assert source.shape == (20, 32, 64, 3)
    assert np.array_equal(frames_of(source), generate(WIDE, "test", range(3)).frames)


@pytest.mark.parametrize("split", ["train", "validation", "test"])
def test_an_exported_npy_is_of_the_split_that_it_was_made_from(tmp_path, split):
    make_files("two_digits", {split: 3}, ("strips",), tmp_path)
    path, _ = export(open_source(tmp_path / "two_digits_strips", split), "npy", tmp_path)
    assert np.array_equal(frames_of(open_source(path, split)), generate("two_digits", split, range(3)).frames)
    assert open_source(path, None).split == split
    for other in {"train", "validation", "test"} - {split}:
        with pytest.raises(InputError, match=f"split must be {split} for .*{path.name}, not {other}"):
            open_source(path, other)


def test_an_npy_of_another_name_is_a_test_split(tmp_path):
    np.save(tmp_path / "mine.npy", np.zeros((20, 2, 64, 64), np.uint8))
    assert open_source(tmp_path / "mine.npy").num_sequences == 2
    with pytest.raises(InputError, match="split must be test for .*mine.npy, whose name says of no other, not train"):
        open_source(tmp_path / "mine.npy", "train")


def test_a_file_of_another_name_is_of_the_split_that_it_records(tmp_path):
    make_files("two_digits", {"validation": 3}, ("frames",), tmp_path)
    (path,) = (tmp_path / "two_digits").iterdir()
    path = path.rename(tmp_path / "mine.parquet")
    assert open_source(path, "validation").num_sequences == 3 and open_source(path, None).split == "validation"
    with pytest.raises(InputError, match="split must be validation for .*mine.parquet, which records it, not test"):
        open_source(path)


def test_some_files_of_a_split_are_not_taken_for_all(tmp_path):
    for number in (0, 2):
        make_files("two_digits", {"test": 3}, ("frames",), tmp_path / str(number))
        (path,) = (tmp_path / str(number) / "two_digits").iterdir()
        path.rename(tmp_path / f"test-{number:05d}-of-00003.parquet")
    for source in (tmp_path, tmp_path.as_uri().replace("file://", "local://")):
        with pytest.raises(InputError, match="must hold every file of its test split, once; it holds 2"):
            open_source(source)


@pytest.fixture
def thick(tmp_path):
    """A folder of sequences of digits that MNIST's labels fit, and that look different."""
    digits = load_digits()
    thicker = {f"x_{part}": np.maximum(images, np.roll(images, 1, 1)) for part, images in parts(digits, "images")}
    labels = {f"y_{part}": values for part, values in parts(digits, "labels")}
    np.savez(tmp_path / "thick.npz", **thicker, **labels)
    shards = plan("two_digits", {"test": 3}, ("frames",), digits=str(tmp_path / "thick.npz"))
    assert sum(make(shards, tmp_path)) == 3
    return tmp_path / "two_digits"


def parts(digits, what):
    return [(part, getattr(digits, f"{part}_{what}")) for part in ("train", "test")]


def test_rows_of_other_digits_are_not_annotated_with_mnists(thick):
    rows = next(open_source(thick).rows())
    with pytest.raises(InputError, match="its digits must be those of this package, sha256 .*, not "):
        rows.annotated()
    (shown,) = read_rows(open_source(thick, None), 0, 3)
    assert shown.marks.boxes is None and "its digits must be" in shown.marks.why
    assert shown.marks.size == (0, 0) and shown.marks.corners is not None  # so paths are those of corners
