"""scripts/export_test.py: the authors' file, verified, becomes the test split of the configs without annotations."""

import datasets
import numpy as np
import pytest
from helpers import files, frames_of

import moving_mnist
from moving_mnist_generator import LAYOUTS
from moving_mnist_generator.files.footers import read_recipe


@pytest.fixture
def source(tmp_path):
    """A file of the authors' layout with 7 sequences: a dot falls a row a frame, in a column of its own."""
    frames = np.zeros((20, 7, 64, 64), np.uint8)
    for t, n in np.ndindex(20, 7):
        frames[t, n, 10 + t, 5 * n] = 100 + n
    np.save(tmp_path / "seq.npy", frames)
    return frames


def load(folder, config):
    rows = datasets.load_dataset(str(folder / "data" / config), split="test", cache_dir=str(folder / "cache"))
    return np.stack([frames_of(row) for row in rows])


def test_all_layouts_hold_the_file_in_its_order(source, command, tmp_path):
    ended = command("export_test", "--source", "seq.npy", "--no-verify", process=True)
    assert ended.returncode == 0, ended.stderr
    assert sorted(files(tmp_path / "data")) == sorted(
        f"{layout.bare}/test-00000-of-00001.parquet" for layout in LAYOUTS.values()
    )
    for layout in LAYOUTS.values():
        assert np.array_equal(load(tmp_path, layout.bare), source.swapaxes(0, 1))
    again = command("export_test", "--source", "seq.npy", "--no-verify")
    assert again.stdout.count("kept") == len(LAYOUTS) and "written" not in again.stdout


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_parquet_names_its_source_by_sha256_and_no_path(source, command, tmp_path, layout):
    own = moving_mnist.verify(str(tmp_path / "seq.npy"), None).sha256
    assert command("export_test", "--source", "seq.npy", "--sha256", own, "--layout", layout).returncode == 0
    path = tmp_path / f"data/{LAYOUTS[layout].bare}/test-00000-of-00001.parquet"
    recipe = read_recipe(path)
    assert recipe["source_sha256"] == own and recipe["stop"] == 7
    assert str(tmp_path).encode() not in path.read_bytes()
    assert list(files(tmp_path / "data")) == [str(path.relative_to(tmp_path / "data"))]


def test_another_file_is_refused_unless_it_is_meant(source, refused, tmp_path):
    assert f"sha256 must be {moving_mnist.SHA256}" in refused("export_test", "--source", "seq.npy")
    assert not (tmp_path / "data").exists()


def test_half_a_file_is_refused_even_unverified(source, refused, tmp_path):
    path = tmp_path / "seq.npy"
    path.write_bytes(path.read_bytes()[:-1])
    assert "size must be" in refused("export_test", "--source", "seq.npy", "--no-verify")
    assert not (tmp_path / "data").exists()


def test_a_test_split_of_another_file_is_not_replaced(source, command, refused, tmp_path):
    command("export_test", "--source", "seq.npy", "--no-verify")
    before = files(tmp_path / "data")
    np.save(tmp_path / "other.npy", source[::-1])
    assert "was made from another file" in refused("export_test", "--source", "other.npy", "--no-verify")
    assert files(tmp_path / "data") == before


def test_it_joins_the_generated_splits_and_generate_leaves_it_alone(source, command, tmp_path):
    command("generate", "default", "--train", "3", "--validation", "2")
    command("export_test", "--source", "seq.npy", "--no-verify")
    for layout in LAYOUTS.values():
        splits = datasets.load_dataset(str(tmp_path / "data" / layout.bare), cache_dir=str(tmp_path / "cache"))
        assert {name: len(rows) for name, rows in splits.items()} == {"train": 3, "validation": 2, "test": 7}
    ended = command("generate", "default", "--train", "4", "--validation", "2", "--overwrite")
    assert ended.returncode == 0
    assert [len(load(tmp_path, layout.bare)) for layout in LAYOUTS.values()] == [7] * len(LAYOUTS)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--source", "absent.npy"), "absent.npy: no such file"),
        (("--sha256", "abc"), "sha256 must be 64 hexadecimal digits"),
        (("--sha256", "0" * 64, "--no-verify"), "--sha256 and --no-verify exclude each other"),
        (("--layout", "gif"), "'gif' is not one of"),
    ],
)
def test_a_wrong_argument_is_one_line_and_exit_code_2(refused, arguments, words):
    assert words in refused("export_test", *arguments)
