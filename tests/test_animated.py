"""The config `animated`: moving pictures of the first sequences, made when a dataset is published.

A session's data has 12 train, 5 validation and 4 test sequences of two and of three digits, and of `default` train and
validation alone.
"""

import io
import shutil

import numpy as np
import pyarrow.parquet as pq
import pytest
from PIL import Image, ImageSequence
from publishers import frames, write

from moving_mnist_generator import Variant, generate
from moving_mnist_generator.common.checks import InputError
from moving_mnist_generator.publishing.animated import FILE, animate, beside, webp
from moving_mnist_generator.publishing.contents import owned_by
from moving_mnist_generator.publishing.facts import some_configs
from moving_mnist_generator.publishing.verify import DamagedFile

REPO = "user/moving_mnist"


@pytest.fixture
def copy(data, tmp_path):
    """data/, to be changed."""
    return shutil.copytree(data, tmp_path / "data")


def rows_of(animated):
    """The rows of the Parquet file, as the viewer reads them."""
    return pq.read_table(io.BytesIO(animated.content)).to_pylist()


def moving(picture):
    """The bytes of an animated picture -> (t, H, W, 3) uint8."""
    images = ImageSequence.Iterator(Image.open(io.BytesIO(picture)))
    return np.stack([np.asarray(image.convert("RGB")) for image in images])


def test_three_sequences_of_each_variants_test_split_are_shown(data):
    animated = animate(some_configs(data), REPO)
    assert animated.config.features["config"]["names"] == ["three_digits", "two_digits"]
    rows = rows_of(animated)
    assert [row["config"] for row in rows] == [0, 0, 0, 1, 1, 1]
    assert [row["preview"] for row in rows][3:] == [
        {"bytes": None, "path": f"hf://datasets/user/moving_mnist@main/data/animated/two_digits-{number}.webp"}
        for number in range(3)
    ]
    made = generate("two_digits", "test", range(3))
    assert [row["labels"] for row in rows][3:] == [f"{first}, {second}" for first, second in made.labels.tolist()]
    assert all(row["caption"].endswith("bouncing off the walls.") for row in rows)


def test_a_picture_keeps_every_pixel_four_times_enlarged(data):
    files = animate(some_configs(data), REPO).files()
    shown = moving(files["data/animated/two_digits-1.webp"])
    wanted = generate("two_digits", "test", [1]).frames[0].repeat(4, 1).repeat(4, 2)
    assert np.array_equal(shown, np.stack([wanted] * 3, -1))


def test_large_frames_are_not_enlarged_and_long_sequences_are_cut():
    assert moving(webp(np.eye(300, dtype=np.uint8)[None] * np.arange(2, dtype=np.uint8)[:, None, None])).shape[1:] == (
        300,
        300,
        3,
    )
    many = np.zeros((101, 8, 8), np.uint8)
    many[:, 0, 0] = range(101)
    assert moving(webp(many)).shape == (100, 256, 256, 3)


def test_the_same_data_gives_the_same_bytes(data):
    assert animate(some_configs(data), REPO).files() == animate(some_configs(data), REPO).files()


def test_the_authors_test_split_comes_first_and_has_no_labels(copy):
    write(copy / "default/test-00000-of-00001.parquet", "frames", frames(2, 0), source_sha256="0" * 64)
    animated = animate(some_configs(copy), REPO)
    rows = rows_of(animated)
    assert animated.config.features["config"]["names"][0] == "default"
    assert [(row["config"], row["labels"], row["caption"]) for row in rows[:2]] == [(0, None, None)] * 2
    assert [row["config"] for row in rows[2:]] == [1, 1, 1, 2, 2, 2]


@pytest.mark.parametrize("layout", ["arrays", "strips"])
def test_any_layout_of_a_variant_will_do(every_layout, tmp_path, layout):
    name = f"two_digits_{layout}"
    shutil.copytree(every_layout / name, tmp_path / "data" / name)
    animated = animate(some_configs(tmp_path / "data"), REPO)
    assert np.array_equal(
        animated.pictures[f"data/animated/{name}-2.webp"], generate("two_digits", "test", [2]).frames[0]
    )
    assert rows_of(animated)[0]["caption"]


def test_the_first_split_is_shown_where_there_is_no_test_split(copy):
    (copy / "two_digits/test-00000-of-00001.parquet").unlink()
    shown = animate(some_configs(copy), REPO).pictures["data/animated/two_digits-0.webp"]
    assert np.array_equal(shown, generate("two_digits", "train", [0]).frames[0])


def test_a_branch_is_named_in_the_addresses(data):
    rows = rows_of(animate(some_configs(data), "alice/bouncing", "trial/2"))
    assert rows[0]["preview"]["path"].startswith("hf://datasets/alice/bouncing@trial%2F2/data/animated/")


def test_train_and_validation_without_annotations_are_not_shown_and_what_was_shown_goes(copy):
    for name in ("two_digits", "three_digits", "two_digits_arrays", "three_digits_arrays"):
        shutil.rmtree(copy / name)
    configs = some_configs(copy)
    assert animate(configs, REPO) is None and beside(configs, None) == configs
    assert owned_by(configs, REPO)(str(FILE)) and owned_by(configs, REPO)("data/animated/two_digits-0.webp")


def test_a_copy_of_a_published_repo_is_read_without_it(copy):
    (copy / "animated").mkdir()
    (copy / "animated" / FILE.name).write_bytes(animate(some_configs(copy), REPO).content)
    assert "animated" not in [config.name for config in some_configs(copy)]


def test_no_variant_may_take_its_name():
    with pytest.raises(InputError, match="animated"):
        Variant("animated")


def test_a_damaged_file_is_refused_in_one_line(copy):
    path = copy / "two_digits/test-00000-of-00001.parquet"
    content, group = bytearray(path.read_bytes()), pq.read_metadata(path).row_group(0)
    content[group.column(0).data_page_offset + 200] ^= 255
    path.write_bytes(content)
    with pytest.raises(DamagedFile, match="two_digits/test-00000-of-00001.parquet is damaged") as error:
        animate(some_configs(copy), REPO)
    assert "\n" not in str(error.value)
