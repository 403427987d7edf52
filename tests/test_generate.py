"""scripts/generate.py: whole files or none, the same again, and nothing mixed or lost."""

import os
import re
import resource
import shutil
import signal
import subprocess
import sys

import datasets
import numpy as np
import pyarrow.parquet as pq
import pytest
from helpers import SCRIPTS, files, frames_of, make_files, wait_for

from moving_mnist_generator import LAYOUTS, Variant, generate
from moving_mnist_generator.files.footers import read_recipe
from moving_mnist_generator.files.making import show
from moving_mnist_generator.files.parquet import write_parquet
from moving_mnist_generator.files.shards import plan
from moving_mnist_generator.files.survey import FilesDiffer, survey

SMALL = ("two_digits", "--train", "6", "--validation", "3", "--test", "2")
SMALL_SIZES = {"train": 6, "validation": 3, "test": 2}
STOPPED = "stopped; the same command continues from here"
EVERY_LAYOUT = pytest.mark.parametrize("layout", LAYOUTS)


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """What the command SMALL makes."""
    out = tmp_path_factory.mktemp("small")
    make_files("two_digits", SMALL_SIZES, None, out)
    return out


@pytest.fixture
def made(small, tmp_path):
    """The same in the folder data of the test."""
    return shutil.copytree(small, tmp_path / "data")


def test_one_command_makes_all_splits_in_the_published_layouts(command, small, tmp_path):
    ended = command("generate", *SMALL, process=True)
    assert ended.returncode == 0, ended.stderr
    names = [f"{split}-00000-of-00001.parquet" for split in ("test", "train", "validation")]
    assert sorted(files(tmp_path / "data")) == sorted(
        f"{config}/{name}" for config in ("two_digits", "two_digits_strips") for name in names
    )
    assert files(tmp_path / "data") == files(small)
    assert "written  data/two_digits/train-00000-of-00001.parquet  6 sequences" in ended.stdout


@EVERY_LAYOUT
def test_a_layout_is_made_when_it_is_asked_for_and_loads(command, tmp_path, layout):
    ended = command("generate", *SMALL, "--layout", layout)
    assert ended.returncode == 0, ended.stderr
    config = LAYOUTS[layout].config("two_digits")
    assert [path.name for path in (tmp_path / "data").iterdir()] == [config]
    splits = datasets.load_dataset(str(tmp_path / "data" / config), cache_dir=str(tmp_path / "c"))
    assert {name: len(rows) for name, rows in splits.items()} == SMALL_SIZES


def test_several_layouts_are_made_in_one_run(command, tmp_path):
    layouts = [word for name in LAYOUTS for word in ("--layout", name)]
    assert command("generate", *SMALL, *layouts).returncode == 0
    configs = sorted(path.name for path in (tmp_path / "data").iterdir())
    assert configs == sorted(layout.config("two_digits") for layout in LAYOUTS.values())


def test_the_same_command_again_changes_nothing_and_says_so(command, made, tmp_path):
    before = files(tmp_path / "data")
    ended = command("generate", *SMALL)
    assert ended.returncode == 0 and "nothing to do" in ended.stdout and ended.stdout.count("kept") == 6
    assert files(tmp_path / "data") == before


def test_a_split_of_many_files_takes_one_line(capsys):
    show("written", plan("two_digits", {"train": 60_000, "test": 5}, ("frames",)), "data")
    assert capsys.readouterr().out.splitlines() == [
        "written  data/two_digits/train-*-of-00003.parquet  60,000 sequences in 3 files",
        "written  data/two_digits/test-00000-of-00001.parquet  5 sequences",
    ]


def test_a_missing_file_is_made_again_and_the_others_are_kept(command, made, tmp_path):
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
def test_a_folder_made_with_other_arguments_is_refused_and_left_alone(
    command, refused, made, tmp_path, arguments, words
):
    before = files(made)
    line = refused("generate", *SMALL, *arguments)
    assert words in line and "--overwrite" in line and "data/two_digits/" in line
    assert files(made) == before
    ended = command("generate", *SMALL, *arguments, "--overwrite")
    assert ended.returncode == 0, ended.stderr
    assert files(made) != before and command("generate", *SMALL, *arguments).stdout.count("kept") == 6


def test_other_splits_made_with_another_seed_are_not_joined(refused, tmp_path):
    make_files("two_digits", {"train": 6}, None, tmp_path / "data")
    assert "was made with seed 0, not 1" in refused("generate", *SMALL, "--train", "0", "--seed", "1")


def test_a_split_in_another_number_of_shards_is_replaced_as_a_whole(tmp_path):
    shards = plan("two_digits", {"train": 4}, ("frames",))
    name, features = "train-00001-of-00002.parquet", shards[0].recipe.features("frames")
    for _ in write_parquet(tmp_path / "two_digits" / name, "frames", features, [], shards[0].recorded()):
        pass
    with pytest.raises(FilesDiffer, match=f"{name} holds sequences 0..4 of a split of another size"):
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


def test_half_a_file_is_not_taken_for_a_whole_one(command, refused, made, tmp_path):
    path = tmp_path / "data/two_digits/train-00000-of-00001.parquet"
    path.write_bytes(path.read_bytes()[:1000])
    assert "is no whole file of this generator" in refused("generate", *SMALL)
    assert command("generate", *SMALL, "--overwrite").returncode == 0
    assert pq.read_metadata(path).num_rows == 6


def test_default_makes_train_and_validation_of_the_configs_without_annotations(command, tmp_path):
    ended = command("generate", "default", "--train", "4", "--validation", "2", "--test", "9")
    assert ended.returncode == 0, ended.stderr
    assert sorted(files(tmp_path / "data")) == [
        f"{config}/{split}-00000-of-00001.parquet"
        for config in ("arrays", "default", "strips")
        for split in ("train", "validation")
    ]


def test_workers_make_the_same_files(command, small, tmp_path):
    assert command("generate", *SMALL, "--out", "two", "--workers", "2").returncode == 0
    assert files(tmp_path / "two") == files(small)


def test_own_digits_are_used_and_named(command, small, tmp_path):
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
    of_mnist = read_recipe(small / "two_digits/validation-00000-of-00001.parquet")
    assert read_recipe(path)["digits_sha256"] != of_mnist["digits_sha256"]


def test_a_variant_of_ones_own_is_a_few_flags(command, tmp_path):
    fields = ("num_digits=4", "frame_size=[48,96]", "motion=tfds", "colour=true", "num_frames=7")
    layouts = [word for name in LAYOUTS for word in ("--layout", name)]
    described = [word for field in fields for word in ("--field", field)]
    ended = command("generate", "mine", *SMALL[1:], *described, *layouts)
    assert ended.returncode == 0, ended.stderr
    want = generate(Variant("mine", 4, 7, (48, 96), "tfds", colour=True), "validation", range(3))
    for layout in LAYOUTS.values():
        folder = str(tmp_path / "data" / layout.config("mine"))
        rows = datasets.load_dataset(folder, split="validation", cache_dir=str(tmp_path / "c"))
        assert np.array_equal([frames_of(row, (7, 48, 96, 3)) for row in rows], want.frames)
        assert rows.features["colours"].feature.names[:3] == ["red", "green", "blue"]


@pytest.mark.ci
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
    assert started.returncode == 130 and stderr.strip() == STOPPED
    assert not list(tmp_path.rglob("*.part*"))


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
        (("two_digits", "--layout", "video"), "'video' is not one of 'frames', 'arrays', 'strips'"),
        (("two_digits", "--digits", "absent.npz"), "No such file or directory: '.*absent.npz'"),
        (("two_digits", "--workers", "0"), "0 is not in the range 1<=x<=1024"),
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
    assert "out must be a folder, not the file taken" in refused("generate", *SMALL, "--out", "taken")
    assert (tmp_path / "taken").read_text() == "mine"


@EVERY_LAYOUT
def test_row_groups_index_and_compression_are_what_the_viewer_wants(every_layout, layout):
    folder = every_layout / LAYOUTS[layout].config("two_digits")
    column = pq.read_metadata(folder / "train-00000-of-00001.parquet").row_group(0).column(0)
    assert column.compression == "ZSTD" and column.has_offset_index


@pytest.mark.parametrize(("layout", "rows"), [("frames", 100), ("arrays", 500), ("strips", 100)])
def test_a_row_group_holds_100_image_rows_or_500_array_rows(tmp_path, layout, rows):
    assert make_files("one_digit", {"train": rows + 1}, (layout,), tmp_path) == rows + 1
    metadata = pq.read_metadata(next(tmp_path.rglob("*.parquet")))
    assert [metadata.row_group(i).num_rows for i in range(metadata.num_row_groups)] == [rows, 1]


@pytest.mark.parametrize("layout", ["arrays", "strips"])
def test_a_longer_split_begins_with_the_bytes_of_a_shorter_one(tmp_path, layout):
    """So a store that keeps equal parts once has nothing to send again of 500 rows when there are 1,000."""
    for rows in (500, 1_000):
        make_files("one_digit", {"train": rows}, (layout,), tmp_path / str(rows))
    short, long = (next((tmp_path / str(rows)).rglob("*.parquet")) for rows in (500, 1_000))
    metadata = pq.read_metadata(short)
    last = metadata.row_group(metadata.num_row_groups - 1)
    captions = next(last.column(i) for i in range(last.num_columns) if last.column(i).path_in_schema == "caption")
    end = captions.dictionary_page_offset + captions.total_compressed_size  # where the footer begins
    assert end > 0.9 * short.stat().st_size
    assert long.read_bytes()[:end] == short.read_bytes()[:end]


def test_many_sequences_become_shards_below_500_mb_that_join_without_a_gap():
    for name, layout, bytes_a_row in (
        ("two_digits", "frames", 10_000),
        ("two_digits", "arrays", 2_000),
        ("two_digits", "strips", 2_000),
        ("plus_plus", "frames", 16_000),
        ("plus_plus", "arrays", 20_000),
        ("plus_plus", "strips", 20_000),
    ):
        shards = plan(name, {"train": 1_000_003}, (layout,))
        assert [shard.start for shard in shards[1:]] == [shard.stop for shard in shards[:-1]]
        assert shards[0].start == 0 and shards[-1].stop == 1_000_003
        assert max(shard.stop - shard.start for shard in shards) * bytes_a_row < 500e6
        assert shards[-1].name == f"train-{len(shards) - 1:05d}-of-{len(shards):05d}.parquet"
