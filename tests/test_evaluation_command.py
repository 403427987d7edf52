"""scripts/evaluate.py: every source of truth, every form of predictions, what it writes and what it refuses."""

import dataclasses
import hashlib
import io
import json
import os
import shutil
import subprocess
import sys

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner
from helpers import SIZES, command_of
from PIL import Image

from moving_mnist_generator import generate
from moving_mnist_generator.common.checks import InputError
from moving_mnist_generator.evaluation import PROTOCOLS, evaluate, forecasts, report
from moving_mnist_generator.evaluation.baselines import BASELINES
from moving_mnist_generator.sources import opening as sources
from moving_mnist_generator.sources.source import generated_source

TOKEN, REPO = "hf_user_writes", "user/moving"
N = SIZES["test"]
FRAMES = generate("two_digits", "test", range(N)).frames
FUTURE = FRAMES[:, 10:]
GUESS = (FUTURE * np.float32(0.9 / 255)).astype(np.float32)
COMMAND = command_of("evaluate")


@pytest.fixture
def score(data, tmp_path):
    """Runs the command in this process; {protocol: scores} of its JSON, and all of the JSON."""

    def call(*arguments, truth=None):
        written = tmp_path / "result.json"
        arguments = [*arguments, "--truth", truth or data / "two_digits", "--json", written]
        ended = CliRunner().invoke(COMMAND, [str(argument) for argument in arguments], catch_exceptions=False)
        assert ended.exit_code == 0, ended.output
        result = json.loads(written.read_text())
        return result["scores"], result, ended.output

    return call


@pytest.fixture
def rejected(data, tmp_path):
    """The line with which the command refuses; nothing is written, not even in part."""

    def call(*arguments, truth=None):
        folder = tmp_path / "out"
        wanted = ["--truth", truth or data / "two_digits", "--json", folder / "r.json", "--picture", folder / "p.png"]
        runner = CliRunner()
        ended = runner.invoke(COMMAND, [str(argument) for argument in [*arguments, *wanted]])
        assert ended.exit_code != 0 and not list(folder.glob("*"))
        if isinstance(ended.exception, SystemExit):
            return ended.output
        assert isinstance(ended.exception, (InputError, OSError)) and "\n" not in str(ended.exception)
        return str(ended.exception)

    return call


def saved(path, array):
    np.save(path, array)
    return path


def test_predictions_in_an_npy_get_the_numbers_of_evaluate_and_the_hashes_of_what_was_scored(score, tmp_path):
    scores, result, output = score(saved(tmp_path / "p.npy", GUESS), "--protocol", "openstl", "--protocol", "mau")
    assert list(scores) == ["openstl", "mau"]
    assert scores["openstl"]["overall"] == evaluate(GUESS, FUTURE, protocol="openstl").overall
    assert result["truth"]["sha256"] == hashlib.sha256(FRAMES).hexdigest()
    assert result["predictions"]["sha256"] == hashlib.sha256(GUESS).hexdigest()
    assert result["past"] == 10 and result["truth"]["num_sequences"] == N
    assert "openstl: 4 sequences of 10 frames" in output and result["truth"]["sha256"] in output


def test_every_protocol_side_by_side(score, tmp_path):
    scores, _, _ = score(saved(tmp_path / "p.npy", GUESS), "--protocol", "all", "--batch", "3")
    assert list(scores) == list(PROTOCOLS)
    assert scores["phydnet"]["overall"] == evaluate(GUESS, FUTURE, protocol="phydnet", batch=3).overall
    assert scores["mcvd"]["overall"] == evaluate(GUESS, FUTURE, protocol="mcvd").overall


@pytest.mark.parametrize(
    ("order", "turned"),
    [("tnHW", GUESS.swapaxes(0, 1)), ("ntHW", GUESS), ("ntHW", np.round(GUESS * 255).astype(np.uint8))],
)
def test_the_order_of_axes_is_said(score, tmp_path, order, turned):
    scores, _, _ = score(saved(tmp_path / "p.npy", turned), "--order", order)
    assert scores["recommended"]["overall"]["mse"] == pytest.approx(evaluate(GUESS, FUTURE).overall["mse"], rel=0.02)


def test_all_frames_may_be_given_when_the_past_is_that_of_the_truth(score, rejected, tmp_path):
    whole = np.concatenate([FRAMES[:, :10] / np.float32(255), GUESS], axis=1)
    scores, result, _ = score(saved(tmp_path / "p.npy", whole))
    assert scores["recommended"]["overall"] == evaluate(GUESS, FUTURE).overall
    assert result["predictions"]["sha256"] == hashlib.sha256(GUESS).hexdigest()
    line = rejected(saved(tmp_path / "q.npy", whole[::-1]))
    assert "must begin with the 10 past frames of the truth, or leave them out" in line


def test_samples_have_an_axis_of_their_own(score, tmp_path):
    samples = np.stack([GUESS, GUESS * 0.5])
    scores, _, _ = score(
        saved(tmp_path / "p.npy", samples.transpose(1, 0, 2, 3, 4)), "--order", "nstHW", "--protocol", "all"
    )
    assert list(scores) == [name for name, row in PROTOCOLS.items() if row.samples]
    assert scores["svg"]["num_samples"] == 2
    assert scores["srvp"]["overall"] == evaluate(samples, FUTURE, protocol="srvp").overall


def test_an_npz_with_one_array_is_read_and_with_two_refused(score, rejected, tmp_path):
    np.savez_compressed(tmp_path / "one.npz", forecast=GUESS)
    assert score(tmp_path / "one.npz")[0]["recommended"]["overall"] == evaluate(GUESS, FUTURE).overall
    np.savez(tmp_path / "two.npz", a=GUESS, b=GUESS)
    assert "must hold one array, the predictions, not a, b" in rejected(tmp_path / "two.npz")


def strips(path, frames, kind=b"P5"):
    """A Parquet file with one PGM a sequence, its frames one below the other."""
    rows = [
        b"%s %d %d 255\n" % (kind, frames.shape[3], frames.shape[1] * frames.shape[2]) + s.tobytes() for s in frames
    ]
    images = pa.StructArray.from_arrays(
        [pa.array(rows, pa.binary()), pa.nulls(len(rows), pa.string())], ["bytes", "path"]
    )
    path.parent.mkdir(exist_ok=True)
    pq.write_table(pa.table({"image_sequence": images}), path)
    return path.parent


def test_truth_comes_from_every_layout_and_from_the_authors_file(score, data, tmp_path):
    p = saved(tmp_path / "p.npy", GUESS)
    strip = strips(tmp_path / "strips" / "test-00000-of-00001.parquet", FRAMES)
    authors = saved(tmp_path / "authors.npy", FRAMES.swapaxes(0, 1))
    one_file = data / "two_digits" / "test-00000-of-00001.parquet"
    wanted = score(p)
    for truth in (data / "two_digits_arrays", strip, authors, one_file):
        scores, result, _ = score(p, truth=truth)
        assert scores == wanted[0] and result["truth"]["sha256"] == wanted[1]["truth"]["sha256"]


def test_several_files_of_a_split_and_batches_across_their_borders(score, tmp_path):
    frames = generate("two_digits", "test", range(70)).frames
    strips(tmp_path / "many" / "test-00000-of-00002.parquet", frames[:45])
    many = strips(tmp_path / "many" / "test-00001-of-00002.parquet", frames[45:])
    guess = np.roll(frames[:, 10:], 3, axis=3)
    scores, result, _ = score(saved(tmp_path / "p.npy", guess), "--protocol", "phydnet", truth=many)
    assert scores["phydnet"]["overall"] == evaluate(guess, frames[:, 10:], protocol="phydnet").overall
    assert result["truth"]["num_sequences"] == 70


def test_predictions_may_be_a_folder_with_the_same_column(score, rejected, tmp_path):
    guess = np.roll(FUTURE, 2, axis=2)
    folder = strips(tmp_path / "guess" / "test-00000-of-00001.parquet", guess)
    scores, result, _ = score(folder)
    assert scores["recommended"]["overall"] == evaluate(guess, FUTURE).overall
    assert result["predictions"]["sha256"] == hashlib.sha256(guess).hexdigest()
    folder = strips(tmp_path / "short" / "test-00000-of-00001.parquet", guess[:, :9])
    assert "must be (4, 10 or 20, 64, 64)" in rejected(folder) and "not (4, 9, 64, 64)" in rejected(folder)


@pytest.mark.parametrize("baseline", ["black", "constant_velocity", "oracle"])
def test_a_baseline_is_scored_as_a_model_is_from_every_layout(score, every_layout, baseline):
    scores, result, _ = score("--baseline", baseline)
    assert result["predictions"]["baseline"] == baseline
    mse = scores["recommended"]["overall"]["mse"]
    assert mse == 0 if baseline == "oracle" else mse > 50
    for layout in ("arrays", "strips"):
        assert score("--baseline", baseline, truth=every_layout / f"two_digits_{layout}")[0] == scores


def test_the_picture_shows_three_rows_for_each_of_three_sequences_and_curves(score, tmp_path):
    pytest.importorskip("matplotlib", reason="matplotlib is not installed")
    score("--baseline", "copy_last", "--picture", tmp_path / "p.png", "--protocol", "openstl")
    with Image.open(tmp_path / "p.png") as picture:
        assert picture.format == "PNG" and picture.width > 1000
    assert not list(tmp_path.glob(".*"))


def test_a_protocol_without_curves_has_a_picture_too(tmp_path, monkeypatch):
    pytest.importorskip("matplotlib")
    bare = dataclasses.replace(PROTOCOLS["openstl"].metrics[0], name="error", has_curve=False)
    monkeypatch.setitem(PROTOCOLS, "bare", dataclasses.replace(PROTOCOLS["openstl"], metrics=(bare,)))
    source = generated_source("two_digits", "test", 2)
    report.write(report.compare(forecasts.BaselineForecasts("black"), source, 10, ["bare"]), None, tmp_path / "p.png")
    with Image.open(tmp_path / "p.png") as picture:
        assert picture.format == "PNG"


def test_what_is_wrong_with_predictions_is_said_in_one_line(rejected, tmp_path):
    cases = [
        (GUESS * 255, "predictions must be float in 0..1, at most -1..2, not 229"),
        (GUESS + np.nan, "not nan"),
        (GUESS[:3], "must be (4, 10 or 20, 64, 64)"),
        (GUESS[:, :9], "not (4, 9, 64, 64)"),
        (GUESS.swapaxes(0, 1), "not (10, 4, 64, 64); is the order of axes tnHW, not ntHW?"),
        (GUESS[..., 0], "must have the axes ntHW, not shape (4, 10, 64)"),
        (GUESS.astype(np.int32), "predictions must be float in 0..1 or uint8 in 0..255, not int32"),
    ]
    for array, rule in cases:
        assert rule in rejected(saved(tmp_path / "p.npy", array)), rule


def test_files_that_are_something_else_are_refused_in_one_line(rejected, data, tmp_path):
    text = tmp_path / "text"
    for suffix in (".npy", ".npz", ".parquet"):
        text.with_suffix(suffix).write_text("no such thing")
    assert "is not a readable npy file of numbers" in rejected(text.with_suffix(".npy"))
    assert "is not a readable npz file" in rejected(text.with_suffix(".npz"))
    assert "is not a readable Parquet file" in rejected(text.with_suffix(".parquet"))
    assert "must be a file of predictions, and there is none" in rejected(tmp_path / "none.npy")
    p = saved(tmp_path / "p.npy", GUESS)
    assert "dtype must be uint8" in rejected(p, truth=p)
    assert "must hold train-*.parquet" in rejected(p, "--split", "train", truth=tmp_path)
    assert "whose name says of no other" in rejected(p, "--split", "train", truth=p)
    assert "must be a folder, a file or a dataset id" in rejected(p, truth="/no/such/place")
    pq.write_table(pa.table({"x": [1]}), tmp_path / "x.parquet")
    assert "must have a column image_sequence, not x" in rejected(p, truth=tmp_path / "x.parquet")
    flat = strips(tmp_path / "flat" / "test-00000-of-00001.parquet", FRAMES[:, :, :50])
    assert "a picture must hold frames of 64 rows, not 1000 rows" in rejected(p, truth=flat)


def test_a_damaged_parquet_file_is_right_or_refused_in_one_line(data, tmp_path):
    rng, refusals = np.random.default_rng(0), 0
    good = (data / "two_digits" / "test-00000-of-00001.parquet").read_bytes()
    path = tmp_path / "bad.parquet"
    for _ in range(60):
        bad = bytearray(good)
        bad[rng.integers(len(bad))] = rng.integers(256)
        path.write_bytes(bad)
        try:
            report.compare(forecasts.BaselineForecasts("oracle"), sources.open_source(path))
        except InputError as error:
            refusals += 1
            assert "\n" not in str(error)
    assert refusals > 10


def test_annotations_are_asked_for_where_a_baseline_needs_them(rejected, tmp_path):
    folder = strips(tmp_path / "strips" / "test-00000-of-00001.parquet", FRAMES)
    assert "oracle must have the annotations of a variant, and" in rejected("--baseline", "oracle", truth=folder)
    assert "constant_velocity must have at least 2 past frames, not 1" in rejected(
        "--baseline", "constant_velocity", "--past", "1"
    )
    assert "past must be below the 20 frames" in rejected("--baseline", "black", "--past", "20")
    assert "give either PREDICTIONS or --baseline" in rejected()
    assert "batch must be None for openstl" in rejected("--baseline", "black", "--batch", "3", "--protocol", "openstl")


def test_all_protocols_are_those_that_the_forecasts_fit_and_not_an_order_of_axes(score):
    scores, _, _ = score("--baseline", "black", "--order", "sntHW", "--protocol", "all")
    assert set(scores) == set(PROTOCOLS)


def test_a_file_that_is_named_after_another_split_is_refused(refused, data, tmp_path):
    path = data / "two_digits" / "train-00000-of-00001.parquet"
    line = refused("evaluate", "--baseline", "black", "--truth", path)
    assert f"split must be train for {path}, not test" in line


def test_coloured_sequences_are_refused(rejected, tmp_path):
    files = []
    for sequence in generate("coloured", "test", range(2)).frames:
        file = io.BytesIO()
        Image.fromarray(sequence.reshape(-1, 64, 3)).save(file, "PPM")
        files.append({"bytes": file.getvalue(), "path": None})
    pq.write_table(pa.table({"image_sequence": files}), tmp_path / "c.parquet")
    assert "frames must be grey (H, W)" in rejected("--baseline", "black", truth=tmp_path / "c.parquet")


def test_as_a_program_it_exits_with_0_and_its_table_or_2_and_one_line(command, refused, data, tmp_path):
    p = saved(tmp_path / "p.npy", GUESS)
    ended = command("evaluate", p, "--truth", data / "two_digits", "--json", "r.json")
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.startswith("recommended: 4 sequences of 10 frames\n") and (tmp_path / "r.json").exists()
    line = refused("evaluate", saved(p, GUESS * 255), "--truth", data / "two_digits", "--json", "s.json")
    assert "divide them by 255, or pass uint8" in line and not (tmp_path / "s.json").exists()


def test_help_says_what_each_baseline_forecasts(command):
    said = " ".join(command("evaluate", "--help").stdout.split())
    assert all(f"{name} {row.words}" in said for name, row in BASELINES.items())


UPLOAD = """
import sys, huggingface_hub
api = huggingface_hub.HfApi()
api.create_repo(sys.argv[1], repo_type="dataset")
api.upload_folder(repo_id=sys.argv[1], folder_path=sys.argv[2], repo_type="dataset",
                  allow_patterns=["README.md", "two_digits/test-*"])
"""


def test_a_dataset_on_the_hub_is_streamed_with_its_config(hub, command, data, tmp_path):
    folder = tmp_path / "repo"
    shutil.copytree(data / "two_digits", folder / "two_digits")
    card = ["---", "configs:", "- config_name: two_digits", "  data_files:", "  - split: test"]
    (folder / "README.md").write_text("\n".join([*card, "    path: two_digits/test-*", "---", ""]))
    here = {"HF_ENDPOINT": hub.url, "HF_HUB_OFFLINE": "0", "HF_HUB_DISABLE_XET": "1", "HF_TOKEN": TOKEN}
    here["HF_HOME"] = str(tmp_path / "hf")
    subprocess.run([sys.executable, "-c", UPLOAD, REPO, folder], env={**os.environ, **here}, check=True)
    p = saved(tmp_path / "p.npy", GUESS)
    for arguments in ([p], ["--baseline", "oracle"]):
        ended = command("evaluate", *arguments, "--truth", f"{REPO}:two_digits", "--json", "r.json", **here)
        assert ended.returncode == 0, ended.stderr
        result = json.loads((tmp_path / "r.json").read_text())
        assert result["truth"]["sha256"] == hashlib.sha256(FRAMES).hexdigest()
    assert result["scores"]["recommended"]["overall"]["mse"] == 0
    ended = command("evaluate", p, "--truth", f"{REPO}:three_digits", **here)
    assert ended.returncode == 2 and ended.stderr.count("\n") == 1 and "three_digits" in ended.stderr
