"""scripts/export_test.py: the authors' file, verified, becomes the test split of default and arrays."""

import datasets
import numpy as np
import pytest

import moving_mnist
from moving_mnist_generator.files.parquet import read_recipe


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
    return np.stack([np.stack([np.asarray(p) for p in row["image_sequence"]]) for row in rows])


def test_both_layouts_hold_the_file_in_its_order(source, command, tmp_path):
    ended = command("export_test", "--source", "seq.npy", "--no-verify")
    assert ended.returncode == 0, ended.stderr
    for config in ("default", "arrays"):
        assert np.array_equal(load(tmp_path, config), source.swapaxes(0, 1))
    again = command("export_test", "--source", "seq.npy", "--no-verify")
    assert again.stdout.count("kept") == 2 and "written" not in again.stdout


def test_the_parquet_names_its_source_by_sha256_and_no_path(source, command, tmp_path):
    own = moving_mnist.verify(str(tmp_path / "seq.npy"), None)
    assert command("export_test", "--source", "seq.npy", "--sha256", own, "--layout", "arrays").returncode == 0
    path = tmp_path / "data/arrays/test-00000-of-00001.parquet"
    recipe = read_recipe(path)
    assert recipe["source_sha256"] == own and recipe["stop"] == 7
    assert str(tmp_path).encode() not in path.read_bytes()
    assert not (tmp_path / "data/default").exists()


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
    before = (tmp_path / "data/default/test-00000-of-00001.parquet").read_bytes()
    np.save(tmp_path / "other.npy", source[::-1])
    assert "was made from another file" in refused("export_test", "--source", "other.npy", "--no-verify")
    assert (tmp_path / "data/default/test-00000-of-00001.parquet").read_bytes() == before


def test_it_joins_the_generated_splits_and_generate_leaves_it_alone(source, command, tmp_path):
    command("generate", "default", "--train", "3", "--validation", "2")
    command("export_test", "--source", "seq.npy", "--no-verify")
    splits = datasets.load_dataset(str(tmp_path / "data/arrays"), cache_dir=str(tmp_path / "cache"))
    assert {name: len(rows) for name, rows in splits.items()} == {"train": 3, "validation": 2, "test": 7}
    ended = command("generate", "default", "--train", "4", "--validation", "2", "--overwrite")
    assert ended.returncode == 0 and load(tmp_path, "arrays").shape[0] == 7


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
