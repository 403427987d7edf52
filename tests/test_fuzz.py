"""Damaged and hostile input of every reader: some of what `make fuzz` tries, and a test of each defect it found."""

import io
import json
import os
import re
import tempfile
from pathlib import Path

import fuzz
import fuzz_readers
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from moving_mnist_generator import InputError, Recipe, Variant, evaluate, truth
from moving_mnist_generator.common.checks import in_short
from moving_mnist_generator.common.npy import Npz, mapped
from moving_mnist_generator.common.refusals import NPY, PARQUET, is_damage, readable
from moving_mnist_generator.evaluation import forecasts
from moving_mnist_generator.evaluation.published import published_results
from moving_mnist_generator.files.footers import read_footer
from moving_mnist_generator.publishing import current
from moving_mnist_generator.sources import opening as sources

QUICK = settings(derandomize=True, deadline=None, max_examples=50, database=None)
EACH = 150  # inputs of each reader


@pytest.mark.ci
@pytest.mark.parametrize("name", fuzz.READERS)
def test_damaged_input_is_read_as_it_is_or_refused_in_one_line(name, tmp_path):
    found = {"counts": fuzz.Counter(), "slowest": 0.0, "largest": 0.0, "wrong": []}
    inputs = fuzz.READERS[name].inputs(tmp_path)
    for number in range(EACH):
        fuzz.one(name, inputs, 7, number, tmp_path, found)
    assert not found["wrong"], found["wrong"][0][:2]
    assert found["counts"]["refused"] > EACH // 10


def dies(given, folder):
    os._exit(9)


def fails(given, folder):
    raise KeyError("a bug of ours")


@pytest.mark.parametrize(("read", "said"), [(dies, "exit code 9"), (fails, "KeyError: 'a bug of ours'")])
def test_a_reader_that_dies_or_fails_is_reported_with_its_number(monkeypatch, read, said):
    reader = fuzz_readers.Reader("nothing", lambda folder: [b"whole"], lambda rng, inputs: inputs[0], read)
    monkeypatch.setitem(fuzz.READERS, "broken", reader)
    found = fuzz.fuzz(["broken"], 2, 0, 1)["broken"]
    assert found["counts"] == {"wrong": 2} and sorted(number for number, _, _ in found["wrong"]) == [0, 1]
    assert all(said in words for _, words, _ in found["wrong"])


# Properties.


@QUICK
@given(
    st.recursive(st.integers() | st.text() | st.floats() | st.none(), lambda inner: st.lists(inner) | st.tuples(inner))
)
def test_any_value_is_shown_in_60_characters_of_one_line(value):
    assert len(in_short(value)) <= 60 and len(in_short(value).splitlines()) <= 1


@QUICK
@given(st.binary(max_size=300))
def test_bytes_are_no_npy_file_unless_numpy_reads_them(content):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "a.npy")
        path.write_bytes(content)
        with pytest.raises(InputError, match=re.escape(f"{path} is not a readable npy file of numbers: ")):
            mapped(path)


@QUICK
@given(st.sampled_from(["labels", "digit_ids", "positions"]), st.sampled_from([256, 65_536, 2**32, -(2**32), 40_000]))
def test_a_column_that_is_out_of_its_range_is_refused_and_never_wrapped(name, more):
    columns = Recipe("two_digits", "test").columns(range(2))
    columns[name] = columns[name].astype(np.int64) + more
    with pytest.raises(InputError):
        truth.from_rows(columns, "two_digits", "test")


# What was found.


def rows(variant="two_digits", **changes):
    columns = Recipe(variant, "test").columns(range(2))
    return {**columns, **{name: change(columns[name]) for name, change in changes.items()}}


MILLION = np.float32(1e6)


@pytest.mark.parametrize(
    ("variant", "changes", "words"),
    [
        ("scaling", {"scalings": lambda values: values * MILLION}, "scalings must be in 0.9"),
        ("rotating", {"rotations": lambda values: values + 400}, "rotations must be in -30"),
        ("fading", {"fadings": lambda values: values + 1}, "fadings must be in 0.6"),
        ("coloured", {"colours": lambda values: values + 6}, "colours must be in 0..5"),
        ("occluded", {"occluders": lambda values: values - 70}, "occluders must be in 0..64"),
        ("two_digits", {"positions": lambda values: values + 37}, "positions must be in 0..36"),
        ("two_digits", {"image_sequence": lambda values: (values > 0).astype(float)}, "image_sequence must be uint8"),
        ("two_digits", {"labels": lambda values: None}, "labels must be a list or an array, not None"),
        ("two_digits", {"labels": lambda values: [[1, 2], [3]]}, "labels must be uint8 of shape"),
        ("two_digits", {"sequence_id": lambda values: [[1], [2, 3]]}, "sequence_id"),
    ],
)
def test_rows_that_no_sequence_can_have_are_refused_before_they_are_painted(variant, changes, words):
    with pytest.raises(InputError, match=re.escape(words)):
        truth.from_rows(rows(variant, **changes), variant, "test")


def file_of(tmp_path, column, **metadata):
    """A Parquet file with a column image_sequence."""
    path = tmp_path / "test-00000-of-00001.parquet"
    table = pa.table({"image_sequence": column})
    pq.write_table(table.replace_schema_metadata(metadata or None), path)
    return path


UINT8 = pa.list_(pa.list_(pa.list_(pa.uint8())))


def picture(width, height, mode="L"):
    file = io.BytesIO()
    Image.new(mode, (width, height)).save(file, "PNG")
    return {"bytes": file.getvalue(), "path": None}


@pytest.mark.parametrize(
    ("column", "words"),
    [
        (pa.array([[[[1]] * 19], [[[1]] * 21]], UINT8), "lists must be of one length, not 19 to 21"),
        (
            [[picture(9_000, 9_000)] * 20],
            "pictures read together must have at most 536,870,912 pixels, not 20 times 9000",
        ),
        ([[picture(64, 64, "P")] * 20], "pictures must be of mode L or RGB, not P"),
        ([[picture(64, 64), picture(64, 32)]], "pictures must be of one size"),
        ([[{"bytes": None, "path": "a.png"}] * 20], "pictures must "),
        ([[{"bytes": b"%!PS-Adobe-3.0 EPSF-3.0\n", "path": None}] * 20], "cannot identify image file"),
    ],
)
def test_pictures_and_lists_of_a_strange_file_are_refused_before_they_take_memory(tmp_path, column, words):
    path = file_of(tmp_path, column)
    with pytest.raises(InputError, match=re.escape(words)) as error:
        for _ in sources.open_source(path, in_colour=True).rows():
            pass
    assert str(path) in str(error.value)


def test_a_file_holds_the_frames_that_its_recipe_describes(tmp_path):
    """A recipe of 10 frames would cut the 20 of each picture into 10 twice as high."""
    variant = Variant("other", num_frames=10)
    recipe = json.dumps({"variant": variant.as_dict(), "layout": "strips"})
    strip = np.zeros((1_280, 64), np.uint8)
    column = [{"bytes": b"P5 64 1280 255\n" + strip.tobytes(), "path": None}] * 2
    with pytest.raises(InputError, match=re.escape("must be (10, 64, 64) by its recipe, not (10, 128, 64)")):
        sources.open_source(file_of(tmp_path, column, moving_mnist=recipe))


@pytest.mark.parametrize("described", ["[1]", "{", '{"variant": {"name": "x", "motion": "swim"}}', '{"seed": "one"}'])
def test_strange_metadata_is_one_line_that_names_the_file_or_is_left_out(tmp_path, described):
    path = file_of(tmp_path, [[[[1] * 64] * 64] * 20], moving_mnist=described)
    try:
        sources.open_source(path)
    except InputError as error:
        assert str(path) in str(error)


def test_a_named_pipe_is_never_opened(tmp_path):
    for name in ("p.parquet", "p.npz"):
        os.mkfifo(tmp_path / name)
    with pytest.raises(InputError, match="must be a regular file"):
        read_footer(tmp_path / "p.parquet")
    with pytest.raises(InputError, match="must be a regular file"), Npz(tmp_path / "p.npz"):
        pass


def test_predictions_that_are_no_array_or_no_numbers_are_one_line(tmp_path):
    black = np.zeros((2, 10, 64, 64), np.uint8)
    with pytest.raises(InputError, match="predictions must be an array of one shape"):
        evaluate([[1], [2, 3]], black)
    np.save(tmp_path / "p.npy", np.array([{}]), allow_pickle=True)
    with pytest.raises(InputError, match=r"p.npy is not a readable npy file of numbers: .*pickles are never opened"):
        forecasts.open_forecasts(tmp_path / "p.npy")


def test_an_npy_file_has_as_many_bytes_as_its_header_says(tmp_path):
    path = tmp_path / "p.npy"
    for values in (np.arange(6, dtype=">i4").reshape(2, 3), np.asfortranarray(np.ones((3, 4)))):
        np.save(path, values)
        assert np.array_equal(mapped(path), values)
        path.write_bytes(path.read_bytes() + b"\0")
        with pytest.raises(InputError, match=r"needs \d+ bytes, and it has \d+"):
            mapped(path)


@pytest.mark.parametrize(
    "text",
    [
        "a0: &a0 [x, x]\n" + "".join(f"a{i}: &a{i} [*a{i - 1}, *a{i - 1}]\n" for i in range(1, 40)),
        "[" * 100_000,
        "{a: " * 900,
        "!!python/object/apply:os.getcwd []",
        "configs: [{config_name: [1]}]",
        "2001-99-99",
    ],
    ids=["aliases", "lists", "mappings", "tag", "name", "date"],
)
def test_hostile_yaml_is_stale_in_one_line(text):
    with pytest.raises(current.Stale, match="^the YAML is stale: ") as error:
        current.compare("the YAML", yaml.safe_load, text, "configs: [{config_name: a}]\n")
    assert len(str(error.value)) < 400


@pytest.mark.parametrize("split", [{"num_examples": [1], "num_bytes": 2}, {"num_examples": -1, "num_bytes": 2}])
def test_sizes_in_dataset_infos_are_whole_numbers(split):
    infos = {"two_digits": {"config_name": "two_digits", "splits": {"train": split}, "download_size": 9}}
    with pytest.raises(current.Stale, match="must hold the sizes of all configs"):
        current.recorded_configs(json.dumps(infos))


@pytest.mark.parametrize("line", ["a,b\n", "SimVP,openstl,10,10,,nan,,,,,,\n", '"\n', "\udcff\n"])
def test_results_that_are_cut_or_no_numbers_are_one_line_with_the_file(tmp_path, line):
    head = published_results.__globals__["shipped"]("published.csv").read_text().splitlines()[0]
    path = tmp_path / "results.csv"
    path.write_text(f"{head}\n{line}", encoding="utf-8", errors="surrogateescape")
    with pytest.raises(InputError, match=re.escape(str(path))):
        published_results(path)


def test_an_error_that_is_no_damage_keeps_its_traceback():
    assert is_damage(OSError("page 3 is corrupt"), PARQUET) and not is_damage(OSError(28, "No space left"), PARQUET)
    for bug in (NameError("x"), ConnectionError("gone"), ZeroDivisionError()):
        with pytest.raises(type(bug)), readable("a.npy", NPY):
            raise bug
