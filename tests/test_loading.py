"""load_dataset gives what was generated: every pixel, every annotation, in all layouts."""

import hashlib

import datasets
import numpy as np
import pyarrow.parquet as pq
import pytest
from helpers import PLURALS, SIZES, frames_of, make_files

from moving_mnist_generator import LAYOUTS, VARIANTS, generate, load_digits
from moving_mnist_generator.files.footers import read_recipe

ANNOTATIONS = ("sequence_id", "labels", "digit_ids", "positions", "velocities", "caption")
NAMES = [str(digit) for digit in range(10)]


def of_all(variant):
    """Config names of a variant in all layouts."""
    return [layout.config(variant) for layout in LAYOUTS.values()]


def expected_features(layout, k=2):
    pictures = {
        "frames": datasets.List(datasets.Image()),
        "arrays": datasets.Array3D((20, 64, 64), "uint8"),
        "strips": datasets.Image(),
    }
    features = {
        "image_sequence": pictures[layout],
        "sequence_id": datasets.Value("int64"),
        "labels": datasets.List(datasets.ClassLabel(names=NAMES)),
        "digit_ids": datasets.List(datasets.Value("int32")),
        "positions": datasets.Array3D((k, 20, 2), "int16"),
        "velocities": datasets.Array2D((k, 2), "float32"),
        "caption": datasets.Value("string"),
    }
    return datasets.Features(features)


@pytest.mark.parametrize("streaming", [False, True])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_pixel_and_annotation_is_the_generators(every_layout, tmp_path, layout, streaming):
    config = LAYOUTS[layout].config("three_digits")
    splits = datasets.load_dataset(str(every_layout / config), streaming=streaming, cache_dir=str(tmp_path))
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


def test_a_strip_is_one_grey_picture_of_20_frames_one_below_the_other(every_layout, tmp_path):
    rows = datasets.load_dataset(str(every_layout / "two_digits_strips"), split="train", cache_dir=str(tmp_path))
    picture = rows[0]["image_sequence"]
    assert (picture.mode, picture.size, picture.format) == ("L", (64, 1280), "PPM")
    want = generate("two_digits", "train", [0]).frames[0]
    assert np.array_equal(np.asarray(picture).reshape(20, 64, 64), want)
    raw = rows.cast_column("image_sequence", datasets.Image(decode=False))[0]["image_sequence"]["bytes"]
    assert raw == b"P5 64 1280 255\n" + want.tobytes()


def test_numpy_format_gives_uint8_arrays_in_batches(data, tmp_path):
    rows = datasets.load_dataset(str(data / "two_digits_arrays"), split="train", cache_dir=str(tmp_path))
    batch = rows.with_format("numpy", dtype=np.uint8)[3:7]["image_sequence"]
    assert batch.dtype == np.uint8
    assert np.array_equal(batch, generate("two_digits", "train", range(3, 7)).frames)


def test_torch_format_gives_tensors(data, tmp_path):
    torch = pytest.importorskip("torch", reason="torch is not installed: make test-torch")
    rows = datasets.load_dataset(str(data / "two_digits_arrays"), split="train", cache_dir=str(tmp_path))
    batch = rows.with_format("torch", dtype=torch.uint8)[:4]["image_sequence"]
    assert np.array_equal(batch.numpy(), generate("two_digits", "train", range(4)).frames)


SHAPES = {"two_digits": (20, 64, 64), "coloured": (20, 64, 64, 3), "long": (100, 64, 64)}


@pytest.fixture(scope="module")
def strips(tmp_path_factory):
    """{variant: (rows of its strips, the frames that were made)} of every shape."""
    out = tmp_path_factory.mktemp("strips")
    for variant in SHAPES:
        make_files(variant, {"train": 3}, ("strips",), out)
    return {
        variant: (
            datasets.load_dataset(str(out / f"{variant}_strips"), split="train", cache_dir=str(out / "cache")),
            generate(variant, "train", range(3)).frames,
        )
        for variant in SHAPES
    }


def test_variants_have_no_other_shapes():
    found = {(row.num_frames, *row.frame_shape): name for name, row in VARIANTS.items()}
    words = "a variant of each shape belongs into SHAPES, and the README's lines must read its strips"
    assert set(found) == set(SHAPES.values()), f"{words}: {found}"


@pytest.mark.parametrize("variant", SHAPES)
def test_one_line_of_the_readme_gives_the_frames_of_strips_of_any_shape_in_numpy(strips, variant):
    rows, frames = strips[variant]
    batch = rows.with_format("numpy")[:]["image_sequence"]
    batch = batch.reshape(len(batch), -1, 64, *batch.shape[2:])
    assert batch.dtype == np.uint8 and batch.shape == (3, *SHAPES[variant]) and np.array_equal(batch, frames)


@pytest.mark.parametrize("variant", SHAPES)
def test_one_line_of_the_readme_gives_the_frames_of_strips_of_any_shape_in_torch(strips, variant):
    torch = pytest.importorskip("torch", reason="torch is not installed: make test-torch")
    rows, frames = strips[variant]
    batch = rows.with_format("torch")[:]["image_sequence"].unflatten(2, (-1, 64)).transpose(1, 2)
    wanted = frames.reshape(*frames.shape[:4], -1).transpose(0, 1, 4, 2, 3)  # channels before rows and columns
    assert batch.dtype == torch.uint8 and np.array_equal(batch.numpy(), wanted)


def test_spawned_workers_of_torch_read_every_strip_once(strips):
    torch = pytest.importorskip("torch", reason="torch is not installed: make test-torch")
    rows, frames = strips["two_digits"]
    workers = {"num_workers": 2, "multiprocessing_context": "spawn", "persistent_workers": True}
    loader = torch.utils.data.DataLoader(rows.with_format("torch"), batch_size=2, shuffle=True, **workers)
    for _ in range(2):
        batches = list(loader)
        seen = torch.cat([batch["image_sequence"] for batch in batches]).numpy().reshape(frames.shape)
        assert np.array_equal(seen[torch.cat([batch["sequence_id"] for batch in batches]).argsort()], frames)


@pytest.mark.parametrize("config", of_all("two_digits"))
def test_rows_alone_repaint_themselves(every_layout, tmp_path, config):
    splits = datasets.load_dataset(str(every_layout / config), cache_dir=str(tmp_path))
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


@pytest.mark.parametrize("layout", LAYOUTS)
def test_bare_configs_are_two_digits_without_annotations(every_layout, tmp_path, layout):
    splits = datasets.load_dataset(str(every_layout / LAYOUTS[layout].bare), cache_dir=str(tmp_path))
    assert {split: len(rows) for split, rows in splits.items()} == {"train": 12, "validation": 5}
    for split, rows in splits.items():
        assert rows.column_names == ["image_sequence"]
        got = np.stack([frames_of(row) for row in rows])
        assert np.array_equal(got, generate("two_digits", split, range(SIZES[split])).frames)


@pytest.mark.parametrize("split", SIZES)
def test_all_layouts_record_the_same_frames(every_layout, split):
    recipes = [
        read_recipe(every_layout / config / f"{split}-00000-of-00001.parquet") for config in of_all("two_digits")
    ]
    assert len({recipe["frames_sha256"] for recipe in recipes}) == 1
    assert [recipe["layout"] for recipe in recipes] == list(LAYOUTS)
    frames = generate("two_digits", split, range(SIZES[split])).frames
    assert recipes[0]["frames_sha256"] == hashlib.sha256(frames).hexdigest()


def test_a_file_records_how_to_make_it_again(data):
    recipe = read_recipe(data / "two_digits" / "validation-00000-of-00001.parquet")
    assert recipe["variant"]["name"] == "two_digits" and recipe["variant"]["motion"] == "srivastava"
    assert (recipe["seed"], recipe["split"], recipe["start"], recipe["stop"]) == (0, "validation", 0, 5)
    assert recipe["digits_sha256"] == load_digits().sha256 and recipe["generator_version"] >= 1


def test_captions_name_the_digits(data):
    rows = pq.read_table(
        data / "three_digits" / "train-00000-of-00001.parquet", columns=["labels", "caption"]
    ).to_pylist()
    for row in rows:
        said = {plural for plural in PLURALS if plural in row["caption"]}
        assert said == {PLURALS[label] for label in row["labels"]}
