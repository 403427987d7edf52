"""scripts/generate.py: whole files or none, the same again, and nothing mixed or lost."""

import importlib
import os
import re
import resource
import signal
import subprocess
import sys
import time

import datasets
import numpy as np
import pyarrow.parquet as pq
import pytest
from conftest import SCRIPTS
from moving_mnist_generator.rows.arrow import picture_features

from moving_mnist_generator import Variant, generate
from moving_mnist_generator.files.parquet import read_recipe, write_parquet
from moving_mnist_generator.files.shards import plan
from moving_mnist_generator.files.survey import survey

SMALL = ("two_digits", "--train", "6", "--validation", "3", "--test", "2")


def files(folder):
    """All files below a folder with their bytes, hidden ones too."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_one_command_makes_all_splits_in_both_layouts(command, tmp_path):
    ended = command("generate", *SMALL)
    assert ended.returncode == 0, ended.stderr
    names = [f"{split}-00000-of-00001.parquet" for split in ("test", "train", "validation")]
    assert sorted(files(tmp_path / "data")) == sorted(
        f"{config}/{name}" for config in ("two_digits", "two_digits_arrays") for name in names
    )
    assert "written  data/two_digits/train-00000-of-00001.parquet  6 sequences" in ended.stdout
    splits = datasets.load_dataset(str(tmp_path / "data" / "two_digits_arrays"), cache_dir=str(tmp_path / "c"))
    assert {name: len(rows) for name, rows in splits.items()} == {"train": 6, "validation": 3, "test": 2}


def test_the_same_command_again_changes_nothing_and_says_so(command, tmp_path):
    command("generate", *SMALL)
    before = files(tmp_path / "data")
    ended = command("generate", *SMALL)
    assert ended.returncode == 0 and "nothing to do" in ended.stdout and ended.stdout.count("kept") == 6
    assert files(tmp_path / "data") == before


def test_a_split_of_many_files_is_told_in_one_line(capsys, monkeypatch):
    monkeypatch.syspath_prepend(SCRIPTS)  # commands are not installed
    tell = importlib.import_module("generate").tell
    tell("written", plan("two_digits", {"train": 60_000, "test": 5}, ("frames",)), "data")
    assert capsys.readouterr().out.splitlines() == [
        "written  data/two_digits/train-*-of-00003.parquet  60,000 sequences in 3 files",
        "written  data/two_digits/test-00000-of-00001.parquet  5 sequences",
    ]


def test_a_missing_file_is_made_again_and_the_others_are_kept(command, tmp_path):
    command("generate", *SMALL)
    before = files(tmp_path / "data")
    (tmp_path / "data/two_digits/train-00000-of-00001.parquet").unlink()
    ended = command("generate", *SMALL)
    assert ended.stdout.count("kept") == 5 and ended.stdout.count("written") == 1
    assert files(tmp_path / "data") == before


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--seed", "1"), "was made with seed 0, not 1"),
        (("--train", "7"), "was made with stop 6, not 7"),
    ],
)
def test_a_folder_made_with_other_arguments_is_refused_and_left_alone(command, refused, tmp_path, arguments, words):
    command("generate", *SMALL)
    before = files(tmp_path / "data")
    line = refused("generate", *SMALL, *arguments)
    assert words in line and "--overwrite" in line and "data/two_digits/" in line
    assert files(tmp_path / "data") == before
    ended = command("generate", *SMALL, *arguments, "--overwrite")
    assert ended.returncode == 0, ended.stderr
    assert files(tmp_path / "data") != before and command("generate", *SMALL, *arguments).stdout.count("kept") == 6


def test_other_splits_made_with_another_seed_are_not_joined(command, refused, tmp_path):
    command("generate", *SMALL, "--validation", "0", "--test", "0")
    assert "was made with seed 0, not 1" in refused("generate", *SMALL, "--train", "0", "--seed", "1")


def test_a_split_in_another_number_of_shards_is_replaced_as_a_whole(tmp_path):
    shards = plan("two_digits", {"train": 4}, ("frames",))
    name = "train-00001-of-00002.parquet"
    for _ in write_parquet(
        tmp_path / "two_digits" / name, "frames", picture_features("frames", 20, (64, 64)), [], shards[0].recipe()
    ):
        pass
    with pytest.raises(ValueError, match=f"{name} .*--overwrite makes it anew"):
        survey(shards, tmp_path)
    todo, _, stale = survey(shards, tmp_path, overwrite=True)
    assert todo == shards and [path.name for path in stale] == [name]


def test_files_of_somebody_else_are_never_mixed_with_or_removed(command, refused, tmp_path):
    folder = tmp_path / "data/two_digits"
    folder.mkdir(parents=True)
    datasets.Dataset.from_dict({"a": [1]}).to_parquet(folder / "train.parquet")
    before = files(tmp_path / "data")
    assert "train.parquet was not made by this generator" in refused("generate", *SMALL, "--overwrite")
    assert files(tmp_path / "data") == before


def test_half_a_file_is_told_from_a_whole_one(command, refused, tmp_path):
    command("generate", *SMALL)
    path = tmp_path / "data/two_digits/train-00000-of-00001.parquet"
    path.write_bytes(path.read_bytes()[:1000])
    assert "is no whole file of this generator" in refused("generate", *SMALL)
    assert command("generate", *SMALL, "--overwrite").returncode == 0
    assert pq.read_metadata(path).num_rows == 6


def test_default_makes_train_and_validation_of_default_and_arrays(command, tmp_path):
    ended = command("generate", "default", "--train", "4", "--validation", "2", "--test", "9")
    assert ended.returncode == 0, ended.stderr
    assert sorted(files(tmp_path / "data")) == [
        f"{config}/{split}-00000-of-00001.parquet"
        for config in ("arrays", "default")
        for split in ("train", "validation")
    ]


def test_workers_make_the_same_files(command, tmp_path):
    assert command("generate", *SMALL, "--out", "one").returncode == 0
    assert command("generate", *SMALL, "--out", "two", "--workers", "2").returncode == 0
    assert files(tmp_path / "one") == files(tmp_path / "two")


def test_own_digits_are_used_and_named(command, tmp_path):
    rng = np.random.default_rng(0)
    arrays = {
        "train_images": rng.integers(1, 256, (12, 28, 28), dtype=np.uint8),
        "train_labels": np.arange(12) % 10,
        "test_images": rng.integers(1, 256, (4, 28, 28), dtype=np.uint8),
        "test_labels": np.arange(4),
    }
    np.savez(tmp_path / "own.npz", **arrays)
    ended = command("generate", *SMALL, "--digits", "own.npz", "--layout", "arrays")
    assert ended.returncode == 0, ended.stderr
    path = tmp_path / "data/two_digits_arrays/validation-00000-of-00001.parquet"
    assert set(np.ravel(pq.read_table(path)["digit_ids"].to_pylist())) <= {10, 11}
    recipe = read_recipe(path)
    assert recipe["digits_sha256"] != read_recipe_of_mnist(command, tmp_path)["digits_sha256"]


def read_recipe_of_mnist(command, tmp_path):
    command("generate", *SMALL, "--out", "mnist", "--layout", "arrays")
    return read_recipe(tmp_path / "mnist/two_digits_arrays/validation-00000-of-00001.parquet")


def test_a_variant_of_ones_own_is_a_few_flags(command, tmp_path):
    fields = ("num_digits=4", "frame_size=[48,96]", "motion=tfds", "colour=true", "num_frames=7")
    ended = command("generate", "mine", *SMALL[1:], *(word for field in fields for word in ("--field", field)))
    assert ended.returncode == 0, ended.stderr
    want = generate(Variant("mine", 4, 7, (48, 96), "tfds", colour=True), "validation", range(3))
    rows = datasets.load_dataset(str(tmp_path / "data/mine_arrays"), split="validation", cache_dir=str(tmp_path / "c"))
    assert np.array_equal(rows.with_format("numpy", dtype=np.uint8)[:]["image_sequence"], want.frames)
    pictures = datasets.load_dataset(str(tmp_path / "data/mine"), split="validation", cache_dir=str(tmp_path / "c"))
    assert np.array_equal(np.asarray(pictures[2]["image_sequence"][6]), want.frames[2, 6])
    assert pictures.features["colours"].feature.names[:3] == ["red", "green", "blue"]


def test_killed_in_the_middle_it_leaves_no_half_file_and_goes_on(command, tmp_path):
    arguments = ("two_digits", "--train", "1500", "--validation", "5", "--test", "0", "--layout", "frames")
    started = subprocess.Popen([sys.executable, SCRIPTS / "generate.py", *arguments], cwd=tmp_path)
    wait_for(lambda: list((tmp_path / "data").glob("*/.train*.partial")))
    os.kill(started.pid, signal.SIGKILL)
    started.wait()
    assert not list(tmp_path.glob("data/*/*.parquet"))
    ended = command("generate", *arguments)
    assert ended.returncode == 0 and ended.stdout.count("written") == 2
    names = sorted(path.name for path in tmp_path.glob("data/two_digits/*"))
    assert names == ["train-00000-of-00001.parquet", "validation-00000-of-00001.parquet"]
    assert not list(tmp_path.glob("data/two_digits/.*"))


def test_stopped_by_hand_it_says_how_to_go_on(tmp_path):
    arguments = ("two_digits", "--train", "100000", "--layout", "frames")
    started = subprocess.Popen(
        [sys.executable, SCRIPTS / "generate.py", *arguments], cwd=tmp_path, stderr=subprocess.PIPE, text=True
    )
    wait_for(lambda: list((tmp_path / "data").glob("*/.train*.partial")))
    started.send_signal(signal.SIGINT)
    _, stderr = started.communicate(timeout=30)
    assert started.returncode == 130 and stderr.strip() == "stopped; the same command again goes on from here"
    assert not list(tmp_path.rglob("*.part*"))


def wait_for(condition, seconds=60):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_a_disk_without_room_is_one_line_and_leaves_nothing_behind(tmp_path):
    def small_disk():
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))

    ended = subprocess.run(
        [sys.executable, SCRIPTS / "generate.py", *SMALL],
        cwd=tmp_path,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=small_disk,
    )
    assert ended.returncode == 2 and ended.stderr.startswith("error: [Errno 27] ")
    assert "File too large" in ended.stderr and ended.stderr.count("\n") == 1
    assert not list(tmp_path.rglob("*train*"))


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "Missing argument 'VARIANT...'"),
        (("four_digits",), "variant must be one of one_digit, two_digits, .*, not 'four_digits'"),
        (("mine", "--field", "wings=2"), "'wings=2' must be NAME=VALUE with a name of num_digits, num_frames"),
        (("mine", "--field", "num_digits=0"), "num_digits must be a whole number >= 1, not 0"),
        (("mine", "--field", "motion=flying"), "motion must be one of srivastava, .*, not 'flying'"),
        (("mine", "--field", "frame_size=[20,20]"), "frame_size must hold digits of 28 x 28 pixels, not"),
        (("two_digits", "--field", "num_digits=3"), "describes one variant with a name of its own, not two_digits"),
        (("two_digits", "--train", "-1"), "-1 is not in the range x>=0"),
        (("two_digits", "--train", "many"), "'many' is not a valid integer"),
        (("two_digits", "--seed", "-3"), "-3 is not in the range x>=0"),
        (("two_digits", "--layout", "video"), "'video' is not one of 'frames', 'arrays', 'both'"),
        (("two_digits", "--digits", "absent.npz"), "No such file or directory: 'absent.npz'"),
        (("two_digits", "--workers", "0"), "0 is not in the range x>=1"),
        (("two_digits", "--colour"), "No such option"),
        (("two_digits", "--out", "gs://bucket/data"), "gs://bucket/data cannot be reached: .* gcsfs"),
        (("two_digits", "--out", "foo://bucket/data"), "Unsupported filesystem: 'foo'"),
    ],
)
def test_a_wrong_argument_is_one_line_and_exit_code_2(refused, tmp_path, arguments, words):
    assert re.search(words, refused("generate", *arguments))
    assert not (tmp_path / "data").exists()


def test_an_out_that_is_a_file_is_refused(refused, tmp_path):
    (tmp_path / "taken").write_text("mine")
    assert "Not a directory: 'taken/two_digits'" in refused("generate", *SMALL, "--out", "taken")
    assert (tmp_path / "taken").read_text() == "mine"


def test_row_groups_index_and_compression_are_what_the_viewer_wants(data):
    for config, codec in (("two_digits", "ZSTD"), ("two_digits_arrays", "ZSTD")):
        metadata = pq.read_metadata(data / config / "train-00000-of-00001.parquet")
        column = metadata.row_group(0).column(0)
        assert column.compression == codec and column.has_offset_index


@pytest.mark.parametrize(("layout", "rows"), [("frames", 100), ("arrays", 500)])
def test_a_row_group_holds_100_image_rows_or_500_array_rows(tmp_path, layout, rows):
    from moving_mnist_generator.files.engines import make

    shards = plan("one_digit", {"train": rows + 1}, (layout,))
    assert list(make(shards, tmp_path)) == [rows, 1]
    metadata = pq.read_metadata(next(tmp_path.rglob("*.parquet")))
    assert [metadata.row_group(i).num_rows for i in range(metadata.num_row_groups)] == [rows, 1]


def test_a_longer_split_begins_with_the_bytes_of_a_shorter_one(tmp_path):
    """So a store that keeps equal parts once has nothing to send again of 500 rows when there are 1,000."""
    from moving_mnist_generator.files.engines import make

    for rows in (500, 1_000):
        sum(make(plan("one_digit", {"train": rows}, ("arrays",)), tmp_path / str(rows)))
    short, long = (tmp_path / f"{rows}/one_digit_arrays/train-00000-of-00001.parquet" for rows in (500, 1_000))
    captions = pq.read_metadata(short).row_group(0).column(6)
    end = captions.dictionary_page_offset + captions.total_compressed_size  # where the footer begins
    assert captions.path_in_schema == "caption" and end > 0.9 * short.stat().st_size
    assert long.read_bytes()[:end] == short.read_bytes()[:end]


def test_many_sequences_become_shards_below_500_mb_that_join_without_a_gap():
    for name, layout, bytes_a_row in (
        ("two_digits", "frames", 10_000),
        ("two_digits", "arrays", 2_000),
        ("plus_plus", "frames", 16_000),
        ("plus_plus", "arrays", 20_000),
    ):
        shards = plan(name, {"train": 1_000_003}, (layout,))
        assert [shard.start for shard in shards[1:]] == [shard.stop for shard in shards[:-1]]
        assert shards[0].start == 0 and shards[-1].stop == 1_000_003
        assert max(shard.stop - shard.start for shard in shards) * bytes_a_row < 500e6
        assert shards[-1].name == f"train-{len(shards) - 1:05d}-of-{len(shards):05d}.parquet"
