"""load_dataset gives what was generated: every pixel, every annotation, in both layouts."""

import datasets
import numpy as np
import pyarrow.parquet as pq
import pytest
from conftest import SIZES

from moving_mnist_generator import generate, load_digits
from moving_mnist_generator.files.parquet import read_recipe

ANNOTATIONS = ("sequence_id", "labels", "digit_ids", "positions", "velocities", "caption")
NAMES = [str(digit) for digit in range(10)]


def frames_of(row):
    """(t, h, w) uint8 of a row of either layout."""
    pictures = row["image_sequence"]
    return np.stack([np.asarray(picture) for picture in pictures]).astype(np.uint8)


def expected_features(layout, k=2):
    features = {
        "image_sequence": datasets.List(datasets.Image())
        if layout == "frames"
        else datasets.Array3D((20, 64, 64), "uint8"),
        "sequence_id": datasets.Value("int64"),
        "labels": datasets.List(datasets.ClassLabel(names=NAMES)),
        "digit_ids": datasets.List(datasets.Value("int32")),
        "positions": datasets.Array3D((k, 20, 2), "int16"),
        "velocities": datasets.Array2D((k, 2), "float32"),
        "caption": datasets.Value("string"),
    }
    return datasets.Features(features)


@pytest.mark.parametrize("streaming", [False, True])
@pytest.mark.parametrize(("config", "layout"), [("three_digits", "frames"), ("three_digits_arrays", "arrays")])
def test_every_pixel_and_annotation_is_the_generators(data, tmp_path, config, layout, streaming):
    splits = datasets.load_dataset(str(data / config), streaming=streaming, cache_dir=str(tmp_path))
    assert list(splits) == ["train", "validation", "test"]
    for split, rows in splits.items():
        assert rows.features == expected_features(layout, k=3)
        want = generate("three_digits", split, range(SIZES[split]))
        rows = list(rows)
        assert len(rows) == SIZES[split]
        for i, row in enumerate(rows):
            assert np.array_equal(frames_of(row), want.frames[i])
            assert row["sequence_id"] == i
            assert row["labels"] == want.labels[i].tolist() and row["digit_ids"] == want.digit_ids[i].tolist()
            assert np.array_equal(row["positions"], want.positions[i])
            assert np.array_equal(np.float32(row["velocities"]), want.velocities[i])


def test_pictures_are_grey_pngs(data, tmp_path):
    rows = datasets.load_dataset(str(data / "two_digits"), split="train", cache_dir=str(tmp_path))
    pictures = rows[0]["image_sequence"]
    assert len(pictures) == 20 and {(p.mode, p.size, p.format) for p in pictures} == {("L", (64, 64), "PNG")}


def test_numpy_format_gives_uint8_arrays_in_batches(data, tmp_path):
    rows = datasets.load_dataset(str(data / "two_digits_arrays"), split="train", cache_dir=str(tmp_path))
    batch = rows.with_format("numpy", dtype=np.uint8)[3:7]["image_sequence"]
    assert batch.dtype == np.uint8
    assert np.array_equal(batch, generate("two_digits", "train", range(3, 7)).frames)


def test_torch_format_gives_tensors(data, tmp_path):
    torch = pytest.importorskip("torch")
    rows = datasets.load_dataset(str(data / "two_digits_arrays"), split="train", cache_dir=str(tmp_path))
    batch = rows.with_format("torch", dtype=torch.uint8)[:4]["image_sequence"]
    assert np.array_equal(batch.numpy(), generate("two_digits", "train", range(4)).frames)


def test_rows_alone_repaint_themselves(data, tmp_path):
    splits = datasets.load_dataset(str(data / "two_digits"), cache_dir=str(tmp_path))
    digits = load_digits()
    for split, images in (
        ("train", digits.train_images),
        ("validation", digits.train_images),
        ("test", digits.test_images),
    ):
        for row in splits[split]:
            frames = np.zeros((20, 64, 64), np.uint8)
            for digit, corners in zip(row["digit_ids"], row["positions"], strict=True):
                for frame, (r, c) in zip(frames, corners, strict=True):
                    np.maximum(frame[r : r + 28, c : c + 28], images[digit], out=frame[r : r + 28, c : c + 28])
            assert np.array_equal(frames, frames_of(row))


def test_default_and_arrays_are_two_digits_without_annotations(data, tmp_path):
    for config in ("default", "arrays"):
        splits = datasets.load_dataset(str(data / config), cache_dir=str(tmp_path))
        assert {split: len(rows) for split, rows in splits.items()} == {"train": 12, "validation": 5}
        for split, rows in splits.items():
            assert rows.column_names == ["image_sequence"]
            got = np.stack([frames_of(row) for row in rows])
            assert np.array_equal(got, generate("two_digits", split, range(SIZES[split])).frames)


def test_both_layouts_name_the_same_frames(data):
    for split in SIZES:
        one, other = (
            read_recipe(data / config / f"{split}-00000-of-00001.parquet")
            for config in ("two_digits", "two_digits_arrays")
        )
        assert one["frames_sha256"] == other["frames_sha256"] and (one["layout"], other["layout"]) == (
            "frames",
            "arrays",
        )


def test_a_file_tells_how_to_make_it_again(data):
    recipe = read_recipe(data / "two_digits" / "validation-00000-of-00001.parquet")
    assert recipe["variant"]["name"] == "two_digits" and recipe["variant"]["motion"] == "srivastava"
    assert (recipe["seed"], recipe["split"], recipe["start"], recipe["stop"]) == (0, "validation", 0, 5)
    assert recipe["digits_sha256"] == load_digits().sha256 and recipe["generator_version"] >= 1


def test_captions_tell_the_digits(data):
    rows = pq.read_table(
        data / "three_digits" / "train-00000-of-00001.parquet", columns=["labels", "caption"]
    ).to_pylist()
    plurals = ("zeros", "ones", "twos", "threes", "fours", "fives", "sixes", "sevens", "eights", "nines")
    for row in rows:
        said = {plural for plural in plurals if plural in row["caption"]}
        assert said == {plurals[label] for label in row["labels"]}
