"""The config `authors`: annotations found in the pixels of the test file, and the recipe that makes the file again.

The authors' file is not here. A file of 60 sequences in its layout, made by this generator, stands for it.
"""

import json
import shutil
from pathlib import Path

import datasets
import numpy as np
import pytest
from helpers import files, frames_of

import moving_mnist
from moving_mnist_generator import LAYOUTS, Recipe, generate, load_digits, render, truth
from moving_mnist_generator.common.names import AUTHORS, AUTHORS_RECIPE
from moving_mnist_generator.exports.npy import NPY
from moving_mnist_generator.files import explained
from moving_mnist_generator.files.footers import read_recipe
from moving_mnist_generator.layouts import is_reserved
from moving_mnist_generator.publishing import current
from moving_mnist_generator.publishing.contents import found_recipe
from moving_mnist_generator.publishing.facts import some_configs
from moving_mnist_generator.recovery.recipe import write_recipe

COUNT = 60
CONFIGS = ("authors", "authors_strips")
BARE = [layout.bare for layout in LAYOUTS.values()]
FROM_FILE = ("export_test", "--source", "seq.npy", "--no-verify")


@pytest.fixture(scope="module")
def made():
    """The sequences of the file. Nobody who reads it knows the seed."""
    return generate("two_digits", "test", range(COUNT), seed=5)


@pytest.fixture(scope="module", autouse=True)
def three_pieces():
    """The 60 sequences are explained 25 at a time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(explained, "SEQUENCES_PER_PIECE", 25)
        yield


@pytest.fixture
def npy(made, tmp_path):
    path = tmp_path / "seq.npy"
    NPY.write(path, made.frames.shape, [made.frames])
    return path


@pytest.fixture(scope="module")
def finished(made, tmp_path_factory):
    """A data/ that holds what export_test makes of the file, with the file beside it."""
    from click.testing import CliRunner

    from moving_mnist_generator.verbs.export_test import export_test

    folder = tmp_path_factory.mktemp("authors")
    NPY.write(folder / "seq.npy", made.frames.shape, [made.frames])
    arguments = ["--source", str(folder / "seq.npy"), "--no-verify", "--out", str(folder / "data")]
    ended = CliRunner().invoke(export_test, arguments, catch_exceptions=False)
    assert ended.exit_code == 0, ended.output
    return folder


@pytest.fixture
def exported(finished, tmp_path):
    """A copy of it in the current folder."""
    shutil.copytree(finished, tmp_path, dirs_exist_ok=True)
    return tmp_path


def rows_of(folder, config):
    return datasets.load_dataset(str(folder / "data" / config), cache_dir=str(folder / "cache"))


def test_the_three_sequences_that_are_known_of_the_authors_file_get_their_digits(command, tmp_path):
    known = json.loads((Path(__file__).parent / "golden/authors.json").read_text())["sequences"]
    images = load_digits().test_images[[each["digit_ids"] for each in known]]
    frames = render(images, np.array([each["positions"] for each in known]), (64, 64))
    NPY.write(tmp_path / "seq.npy", frames.shape, [frames])
    command(*FROM_FILE, "--layout", "strips")
    rows = rows_of(tmp_path, "authors_strips")["test"]
    for row, each in zip(rows, known, strict=True):
        order = np.argsort(each["digit_ids"])
        assert row["digit_ids"] == sorted(each["digit_ids"])
        assert row["labels"] == [each["labels"][k] for k in order]
        assert np.array_equal(row["positions"], np.array(each["positions"])[order])
    assert command("rebuild_test", "--out", "again.npy").returncode == 0
    assert (tmp_path / "again.npy").read_bytes() == (tmp_path / "seq.npy").read_bytes()


@pytest.mark.parametrize("config", CONFIGS)
def test_rows_are_those_of_two_digits_but_for_the_order_of_the_digits(exported, made, config):
    splits = rows_of(exported, config)
    assert list(splits) == ["test"]
    rows, wanted = splits["test"], Recipe("two_digits", "test").annotations(made)
    assert rows.column_names == ["image_sequence", *wanted]
    assert rows["sequence_id"][:] == list(range(COUNT))
    assert np.array_equal([frames_of(row) for row in rows], made.frames)
    order = made.digit_ids.argsort(axis=1)
    for name in ("labels", "digit_ids", "positions", "velocities"):
        axes = (..., *[None] * (wanted[name].ndim - 2))
        sorted_digits = np.take_along_axis(wanted[name], order[axes], axis=1)
        close = 0.5 if name == "velocities" else 0  # pixels a frame; corners leave an interval of speeds
        assert np.abs(np.asarray(rows[name][:], np.float64) - sorted_digits).max() <= close, name
    assert rows["caption"][:] == wanted["caption"]


def test_files_record_the_source_and_the_variant_and_no_seed(exported):
    sha256 = moving_mnist.verify(str(exported / "seq.npy"), None).sha256
    for config in CONFIGS:
        recipe = read_recipe(exported / f"data/{config}/test-00000-of-00001.parquet")
        assert recipe["source_sha256"] == sha256 and recipe["variant"]["name"] == "two_digits"
        assert (recipe["split"], recipe["start"], recipe["stop"]) == ("test", 0, COUNT)
        assert "seed" not in recipe


def test_a_second_run_keeps_everything_and_makes_what_is_missing(exported, command):
    before = files(exported / "data")
    again = command(*FROM_FILE)
    assert again.returncode == 0 and again.stdout.count("kept") == 6 and "written" not in again.stdout
    shutil.rmtree(exported / "data/authors_strips")
    again = command(*FROM_FILE)
    assert again.stdout.count("kept") == 5 and again.stdout.count("written") == 1
    assert files(exported / "data") == before


def test_the_layouts_asked_for_are_made(npy, command, tmp_path):
    command(*FROM_FILE, "--layout", "arrays")
    found = {path.split("/")[0] for path in files(tmp_path / "data")}
    assert found == {"arrays", "authors_arrays", AUTHORS_RECIPE}
    (split,) = rows_of(tmp_path, "authors_arrays").values()
    assert len(split) == COUNT


def test_a_flipped_pixel_leaves_the_bare_configs_and_one_line(npy, command, tmp_path):
    mapped = np.lib.format.open_memmap(npy, mode="r+")
    mapped[7, 40, 63, 0] ^= 1
    mapped.flush()
    ended = command(*FROM_FILE)
    assert ended.returncode == 0
    (line,) = [line for line in ended.stdout.splitlines() if line.startswith("no config authors")]
    assert line == "no config authors, as the file is not explained: sequence 40: frame 7 is not explained"
    assert sorted({path.split("/")[0] for path in files(tmp_path / "data")}) == sorted(BARE)


def test_digits_of_the_train_file_are_no_config_authors(command, tmp_path):
    frames = generate("two_digits", "train", range(3)).frames
    NPY.write(tmp_path / "seq.npy", frames.shape, [frames])
    ended = command(*FROM_FILE)
    assert "sequence 0: its digits are not those of MNIST's test file" in ended.stdout and ended.returncode == 0
    assert not (tmp_path / "data/authors").exists()


def test_files_of_another_source_are_not_mixed(exported, refused):
    frames = generate("two_digits", "test", range(1, 1 + COUNT)).frames
    NPY.write(exported / "seq.npy", frames.shape, [frames])
    before = files(exported / "data")
    assert "was made from another file" in refused(*FROM_FILE)
    for config in (*BARE, *CONFIGS):
        shutil.rmtree(exported / "data" / config)
    assert f"{AUTHORS_RECIPE} was made from another file" in refused(*FROM_FILE)
    assert files(exported / "data")[AUTHORS_RECIPE] == before[AUTHORS_RECIPE]


def test_the_recipe_makes_the_file_again_bit_for_bit(exported, command):
    ended = command("rebuild_test", "--out", "again.npy")
    sha256 = moving_mnist.verify(str(exported / "seq.npy"), None).sha256
    assert f"sha256 {sha256}: not the authors' file" in ended.stdout
    assert (exported / "again.npy").read_bytes() == (exported / "seq.npy").read_bytes()
    command("rebuild_test", "--out", "third.npy", "--recipe", "data/authors.npz")
    assert (exported / "third.npy").read_bytes() == (exported / "seq.npy").read_bytes()


def test_export_test_takes_the_recipe_where_no_source_is_given(exported, command, refused):
    before = files(exported / "data")
    for config in (*BARE, *CONFIGS):
        shutil.rmtree(exported / "data" / config)
    assert f"must make the file with sha256 {moving_mnist.SHA256}" in refused("export_test")
    own = moving_mnist.verify(str(exported / "seq.npy"), None).sha256
    ended = command("export_test", "--sha256", own.upper())
    assert ended.returncode == 0 and f"{COUNT} sequences made again by data/authors.npz" in ended.stdout
    assert files(exported / "data") == before


def test_rebuild_test_without_a_recipe_is_one_line(refused, tmp_path, monkeypatch):
    monkeypatch.setattr("moving_mnist_generator.digits.loading.embedded_npz", lambda: tmp_path / "mnist.npz")
    assert "data/authors.npz must be there" in refused("rebuild_test", "--out", "again.npy")
    assert "no.npz" in refused("rebuild_test", "--out", "again.npy", "--recipe", "no.npz")
    (tmp_path / "bad.npz").write_bytes(b"PK not an archive")
    assert "bad.npz is not a" in refused("rebuild_test", "--out", "again.npy", "--recipe", "bad.npz")
    assert not (tmp_path / "again.npy").exists()


def test_a_damaged_recipe_leaves_the_file_that_was_there(exported, refused):
    whole = (exported / "data/authors.npz").read_bytes()
    (exported / "data/authors.npz").write_bytes(whole[: len(whole) // 2])
    (exported / "again.npy").write_bytes(b"before")
    refused("rebuild_test", "--out", "again.npy")
    assert (exported / "again.npy").read_bytes() == b"before"


def test_rows_become_sequences_with_masks(exported, made):
    (rows,) = rows_of(exported, "authors").values()
    found = truth.from_rows(rows[:], "two_digits", "test")
    assert np.array_equal(found.frames, made.frames)
    assert truth.whole_masks(found).shape == (COUNT, 2, 20, 64, 64)


@pytest.mark.parametrize("baseline", ["constant_velocity", "oracle"])
def test_baselines_that_need_annotations_score(exported, command, baseline):
    ended = command("evaluate", "--truth", "data/authors_strips", "--baseline", baseline, "--json", "scores.json")
    assert ended.returncode == 0, ended.stderr
    mse = next(line.split()[1] for line in ended.stdout.splitlines() if line.strip().startswith("mse"))
    assert (float(mse) == 0) == (baseline == "oracle")


def test_no_variant_is_called_authors():
    assert all(is_reserved(layout.config(AUTHORS)) for layout in LAYOUTS.values())


def test_it_is_published_with_its_recipe(exported, command, refused):
    push = ("push_to_hub", "user/moving_mnist", "--dry-run", "staged")
    assert "must be made from the authors' file" in refused(*push)
    shutil.copytree(exported / "data/authors", exported / "few/authors")
    assert "config authors must be made from the authors' file" in refused(*push, "--data", "few")
    assert command(*push, "--allow-other-test").returncode == 0
    for config in CONFIGS:
        rows = datasets.load_dataset(str(exported / "staged"), config, cache_dir=str(exported / "cache"))
        assert {split: len(each) for split, each in rows.items()} == {"test": COUNT}
    assert (exported / "staged" / "data/authors.npz").read_bytes() == (exported / "data/authors.npz").read_bytes()
    shown = datasets.load_dataset(str(exported / "staged"), "animated", cache_dir=str(exported / "cache"))["examples"]
    assert shown.features["config"].names == ["default", "authors"]


def test_a_recipe_without_its_config_is_published_if_it_is_the_authors(exported, made):
    shutil.rmtree(exported / "data/authors")
    shutil.rmtree(exported / "data/authors_strips")
    configs, recipe = some_configs(exported / "data"), exported / "data/authors.npz"
    assert found_recipe(configs, exported) == {}
    write_recipe(recipe, made, source_sha256=moving_mnist.SHA256)
    assert found_recipe(configs, exported) == {"data/authors.npz": recipe}


def test_the_card_is_current_with_it_and_without_it(exported, command):
    (exported / "README.md").write_text("# A title\n")
    command("update_card")
    assert command("update_card", "--check").returncode == 0
    names = [config.name for config in current.recorded_configs((exported / "dataset_infos.json").read_text())]
    assert {*CONFIGS} < {*names}
    shutil.rmtree(exported / "data")
    (exported / "data").mkdir()
    assert "is missing, run generate" in command("update_card", "--check").stderr  # of a variant, not of the authors


def test_a_file_that_is_there_is_not_rebuilt_over(refused, tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data/authors.npz").touch()
    (tmp_path / "kept.npy").write_text("precious")
    assert "kept.npy is there already" in refused("rebuild_test", "--out", "kept.npy")
    assert (tmp_path / "kept.npy").read_text() == "precious"


def test_a_baseline_names_the_sequence_of_the_file_that_it_does_not_explain(command, tmp_path):
    frames = generate("two_digits", "test", range(40)).frames.copy()
    frames[37, 5, 0, 0] ^= 1
    np.save(tmp_path / "mine.npy", frames.swapaxes(0, 1))
    ended = command("evaluate", "--baseline", "expected", "--truth", "mine.npy")
    line = ended.stderr.splitlines()[-1]  # after its progress
    assert ended.returncode == 2
    assert "sequence 37 of mine.npy must show digits that expected knows: frame 5 is not explained" in line
