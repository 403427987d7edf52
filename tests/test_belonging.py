"""Files that no single run makes are refused by every command that reads them, in one line."""

import json
import shutil

import datasets
import numpy as np
import pyarrow.parquet as pq
import pytest
from helpers import SCRIPTS, files, make_files, write_files

from moving_mnist_generator import Recipe, generate, load_digits
from moving_mnist_generator.layouts import LAYOUTS
from moving_mnist_generator.publishing.card import render_card, render_infos
from moving_mnist_generator.publishing.facts import some_configs
from moving_mnist_generator.sources.opening import open_source

CONFIG = "two_digits_strips"
TWO = "{}-{:05d}-of-00002.parquet"
RANGES = [(0, 3), (3, 6)]


def recipe(split="test", variant="two_digits", seed=0, digits=None):
    return Recipe(variant, split, seed, digits)


@pytest.fixture(scope="module")
def right(tmp_path_factory):
    """data/ of one config, whose test split has two files, and the npz of other digits beside it."""
    folder = tmp_path_factory.mktemp("right")
    for split in ("train", "test"):
        write_files(folder / "data", recipe(split), RANGES, "strips")
    write_files(folder / "data", recipe("train"), RANGES, "strips", annotated=False)
    digits = load_digits()
    thick = {f"{part}_images": np.maximum(images, np.roll(images, 1, 1)) for part, images in of(digits, "images")}
    np.savez(folder / "thick.npz", **thick, **{f"{part}_labels": labels for part, labels in of(digits, "labels")})
    return folder


def of(digits, what):
    return [(part, getattr(digits, f"{part}_{what}")) for part in ("train", "test")]


@pytest.fixture
def data(right, tmp_path):
    """A copy of data/, to be made wrong."""
    return shutil.copytree(right / "data", tmp_path / "data")


def replaced(data, number, made, split="test"):
    """Put the file `made` in place of file `number` of a split."""
    shutil.copy(made, data / CONFIG / TWO.format(split, number))


def other(tmp_path, of_recipe, ranges=RANGES, layout="strips", **changes):
    """The folder of the same files, made otherwise."""
    return write_files(tmp_path / "other", of_recipe, ranges, layout, **changes)


def recorded(path, **changes):
    """Have a file record something else."""
    metadata = pq.read_metadata(path).metadata
    found = {**json.loads(metadata[b"moving_mnist"]), **changes}
    table = pq.read_table(path).replace_schema_metadata({**metadata, b"moving_mnist": json.dumps(found).encode()})
    pq.write_table(table, path)


def two_seeds(data, tmp, right):
    replaced(data, 1, other(tmp, recipe(seed=1)) / TWO.format("test", 1))


def seed_of_another_split(data, tmp, right):
    for number in (0, 1):
        replaced(data, number, other(tmp, recipe(seed=1)) / TWO.format("test", number))


def a_file_twice(data, tmp, right):
    replaced(data, 1, data / CONFIG / TWO.format("test", 0))


def swapped(data, tmp, right):
    first, second = (data / CONFIG / TWO.format("test", number) for number in (0, 1))
    first.rename(tmp / "first")
    second.rename(first)
    (tmp / "first").rename(second)


def another_split(data, tmp, right):
    replaced(data, 1, data / CONFIG / TWO.format("train", 1))


def another_variant(data, tmp, right):
    replaced(data, 1, other(tmp, recipe(variant="three_digits")) / TWO.format("test", 1))


def another_variant_in_a_split(data, tmp, right):
    for number in (0, 1):
        replaced(data, number, other(tmp, recipe(variant="fast")) / TWO.format("test", number))


def another_layout(data, tmp, right):
    replaced(data, 1, other(tmp, recipe(), layout="frames") / TWO.format("test", 1))


def other_digits(data, tmp, right):
    replaced(data, 1, other(tmp, recipe(digits=str(right / "thick.npz"))) / TWO.format("test", 1))


def another_generator(data, tmp, right):
    recorded(data / CONFIG / TWO.format("test", 1), generator_version=2)


def half_a_split(data, tmp, right):
    (data / CONFIG / TWO.format("test", 1)).unlink()


def second_half(data, tmp, right):
    (data / CONFIG / TWO.format("test", 0)).unlink()
    (data / CONFIG / TWO.format("test", 1)).rename(data / CONFIG / "test-00000-of-00001.parquet")


def first_half_alone(data, tmp, right):
    (data / CONFIG / TWO.format("test", 0)).unlink()
    (data / CONFIG / TWO.format("test", 1)).unlink()
    shutil.copy(data / CONFIG / TWO.format("train", 0), data / CONFIG / "test-00000-of-00001.parquet")


def a_gap(data, tmp, right):
    replaced(data, 1, other(tmp, recipe(), [(0, 3), (4, 7)]) / TWO.format("test", 1))


def an_overlap(data, tmp, right):
    replaced(data, 1, other(tmp, recipe(), [(0, 3), (2, 6)]) / TWO.format("test", 1))


def fewer_rows_than_recorded(data, tmp, right):
    recorded(data / CONFIG / TWO.format("test", 1), stop=7)


def a_range_of_nonsense(data, tmp, right):
    recorded(data / CONFIG / TWO.format("test", 1), start="3")


def another_folder(data, tmp, right):
    (data / CONFIG).rename(data / "three_digits_strips")


def other_columns(data, tmp, right):
    replaced(data, 1, right / "data/strips" / TWO.format("train", 1))
    recorded(data / CONFIG / TWO.format("test", 1), split="test")


def one_column_more(data, tmp, right):
    path = data / CONFIG / TWO.format("test", 1)
    table = pq.read_table(path)
    metadata = pq.read_metadata(path).metadata
    pq.write_table(table.append_column("more", table["caption"]).replace_schema_metadata(metadata), path)


def a_seed_of_another_type(data, tmp, right):
    recorded(data / CONFIG / TWO.format("test", 1), seed=False)


def a_source_of_another_type(data, tmp, right):
    recorded(data / CONFIG / TWO.format("test", 1), source_sha256={"sha256": "0"})


def a_file_without_a_record(data, tmp, right):
    path = data / CONFIG / TWO.format("test", 1)
    rows = datasets.load_dataset("parquet", data_files=str(path), split="train", cache_dir=str(tmp / "cache"))
    rows.to_parquet(path)


WRONG = {
    two_seeds: "must record the seed of test-00000-of-00002.parquet, 0, not 1",
    seed_of_another_split: "must record the seed of train-00000-of-00002.parquet, 0, not 1",
    a_file_twice: "must hold the sequences",
    swapped: "must hold the sequences",
    another_split: "split must be train for",
    another_variant: "must record the variant of",
    another_variant_in_a_split: "must be in a folder fast_strips, as it records, not in two_digits_strips",
    another_layout: "must record the layout of test-00000-of-00002.parquet, 'strips', not 'frames'",
    other_digits: "must record the digits_sha256 of",
    another_generator: "must record the generator_version of test-00000-of-00002.parquet, 3, not 2",
    half_a_split: "must hold every file of its test split, once; it holds 1",
    second_half: "must hold the sequences of file 0, not those from 3 on",
    first_half_alone: "split must be train for",
    a_gap: "must hold the sequences from 3 on, not from 4 on",
    an_overlap: "must hold the sequences from 3 on, not from 2 on",
    fewer_rows_than_recorded: "must hold the 4 sequences that it records, not 3",
    a_range_of_nonsense: "must record a range of sequences, not '3'..6",
    another_folder: "must be in a folder two_digits_strips, as it records, not in three_digits_strips",
    other_columns: "test-00001-of-00002.parquet must have the columns of",
    one_column_more: "test-00001-of-00002.parquet must have the columns of test-00000-of-00002.parquet",
    a_seed_of_another_type: "must record seed as int, not False",
    a_source_of_another_type: "must record source_sha256 as str, not {'sha256': '0'}",
    a_file_without_a_record: "test-00001-of-00002.parquet",  # readers ask for the variant, publishing for a record
}
VERBS = {
    "export": ("{source}", "--format", "npy", "--out", "out"),
    "evaluate": ("--truth", "{source}", "--baseline", "black", "--json", "out/scores.json"),
    "preview": ("{source}", "--split", "test", "--out", "out/rows.gif"),
    "push_to_hub": ("user/moving_mnist", "--data", "data", "--without-test", "--dry-run", "out"),
    "update_card": ("--data", "data"),
}


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("make_wrong", WRONG, ids=lambda function: function.__name__)
def test_a_wrong_set_of_files_is_refused_in_one_line(refused, right, data, tmp_path, make_wrong, verb):
    make_wrong(data, tmp_path, right)
    (config,) = (folder.name for folder in data.iterdir() if folder.name != "strips")
    shutil.copy(SCRIPTS.parent / "README.md", tmp_path)
    before = files(data)
    line = refused(verb, *(argument.format(source=f"data/{config}") for argument in VERBS[verb]))
    assert WRONG[make_wrong] in line and "data/" in line
    assert files(data) == before and not (tmp_path / "out").exists()


@pytest.mark.parametrize("make_wrong", WRONG, ids=lambda function: function.__name__)
def test_a_wrong_set_of_files_by_url_is_refused(right, data, tmp_path, make_wrong):
    make_wrong(data, tmp_path, right)
    (config,) = (folder for folder in data.iterdir() if folder.name != "strips")
    with pytest.raises(ValueError) as error:
        open_source(config.as_uri().replace("file://", "local://"), "test")
    assert WRONG[make_wrong] in str(error.value)


def test_a_bare_config_of_another_variant_is_refused(data, tmp_path):
    for number in (0, 1):
        recorded(data / "strips" / TWO.format("train", number), variant=recipe(variant="fast").variant.as_dict())
    with pytest.raises(ValueError, match="must be in a folder fast_strips, as it records, not in strips"):
        open_source(data / "strips", "train")


@pytest.mark.parametrize("layout", LAYOUTS)
def test_what_generate_makes_is_right_in_every_layout(tmp_path, layout):
    for name in ("default", "two_digits"):
        make_files(name, {"train": 5, "validation": 3, "test": 4}, [layout], tmp_path)
    for config in (LAYOUTS[layout].bare, LAYOUTS[layout].config("two_digits")):
        source = open_source(tmp_path / config, "train")
        assert source.verified and np.array_equal(
            source.frames(0, 9), generate("two_digits", "train", range(5)).frames
        )
    configs = some_configs(tmp_path)
    assert "two_digits" in render_card("", configs) and "two_digits" in render_infos(configs)


def test_a_folder_may_be_called_by_a_dot(right, monkeypatch):
    monkeypatch.chdir(right / "data" / CONFIG)
    assert open_source(".", "test").num_sequences == 6


def test_one_file_of_several_is_read_alone(right):
    source = open_source(right / "data" / CONFIG / TWO.format("test", 1), "test")
    assert source.num_sequences == 3
    assert np.array_equal(source.frames(0, 3), generate("two_digits", "test", range(3, 6)).frames)


def test_files_of_others_are_read_and_said_to_be_unverified(command, data, tmp_path):
    rows = datasets.load_dataset(str(data / CONFIG), split="test", cache_dir=str(tmp_path / "cache"))
    (tmp_path / "theirs").mkdir()
    rows.to_parquet(tmp_path / "theirs/test-mine.parquet")
    for source in ("theirs", "theirs/test-mine.parquet"):
        ended = command("export", source, "--format", "npy", "--out", f"out-{source.replace('/', '-')}")
        assert ended.returncode == 0 and ended.stderr.startswith(f"unverified: {source} test records no recipe\n")
    assert "unverified" not in command("export", f"data/{CONFIG}", "--format", "npy", "--out", "out").stderr
