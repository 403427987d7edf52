"""Who makes the files does not matter: one process, several, two runs at once."""

import hashlib
import platform
import subprocess
import sys
import tempfile
import threading
from concurrent.futures import ProcessPoolExecutor

import datasets
import fsspec
import pytest
from filelock import FileLock
from helpers import SCRIPTS, small_shards, sums

from moving_mnist_generator.files.footers import read_recipe
from moving_mnist_generator.files.shards import plan
from moving_mnist_generator.files.survey import survey
from moving_mnist_generator.layouts import LAYOUTS
from moving_mnist_generator.running import processes
from moving_mnist_generator.running.engines import make

SIZES = {"train": 230, "validation": 20, "test": 10}
ROWS = len(LAYOUTS) * sum(SIZES.values())


@pytest.fixture(scope="module")
def one_process(tmp_path_factory):
    out = tmp_path_factory.mktemp("one")
    planned = plan("two_digits", SIZES, LAYOUTS)
    assert sum(make(planned, out)) == ROWS
    return planned, sums(out)


def test_two_workers_make_the_same_bytes(one_process, tmp_path):
    planned, want = one_process
    assert sum(make(planned, tmp_path, workers=2)) == ROWS
    assert sums(tmp_path) == want


def test_few_files_are_under_way_however_many_there_are(tmp_path, monkeypatch):
    """In each of the two ways: whole files made by workers, and row groups."""
    futures, under_way = {}, []

    class Counted(ProcessPoolExecutor):
        def submit(self, function, *arguments):
            same_kind = futures.setdefault(function.__name__, [])
            same_kind.append(super().submit(function, *arguments))
            under_way.append(sum(not future.done() for future in same_kind))
            return same_kind[-1]

    monkeypatch.setattr(processes, "ProcessPoolExecutor", Counted)
    shards = [shard for layout in LAYOUTS for shard in small_shards("one_digit", layout, 20)]
    assert sum(make(shards, tmp_path, workers=2)) == len(LAYOUTS) * 60
    assert {kind: len(made) for kind, made in futures.items()} == {"write_whole": 40, "compressed_group": 20}
    assert max(under_way) <= 4
    assert len(list(tmp_path.rglob("train-*-of-00020.parquet"))) == len(LAYOUTS) * 20


def test_a_url_gets_the_same_bytes(one_process):
    planned, want = one_process
    memory = fsspec.filesystem("memory")
    assert sum(make(planned, "memory://data")) == ROWS
    got = {path[len("/data/") :]: memory.cat(path) for path in memory.find("/data")}
    assert {path: hashlib.sha256(content).hexdigest() for path, content in got.items()} == want
    todo, kept, stale = survey(planned, "memory://data")
    assert (todo, len(kept), stale) == ([], 3 * len(LAYOUTS), [])


def test_what_a_killed_run_left_of_a_file_for_a_store_is_removed_by_the_next(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    (shard,) = plan("one_digit", {"train": 3}, ("frames",))
    killed = subprocess.Popen([sys.executable, "-c", ""])
    killed.wait()
    left = tmp_path / f".one_digit-{shard.name}.{platform.node()}.{killed.pid}.partial"
    left.write_bytes(b"half a file")
    assert sum(make([shard], "memory://killed")) == 3
    assert not list(tmp_path.iterdir())


def test_two_runs_at_once_do_not_harm_each_other(one_process, tmp_path):
    _, want = one_process
    arguments = ["two_digits", *(f"--{split}={count}" for split, count in SIZES.items())]
    layouts = [f"--layout={name}" for name in LAYOUTS]
    command = [sys.executable, SCRIPTS / "generate.py", *arguments, *layouts]
    runs = [subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.DEVNULL) for _ in range(2)]
    assert [run.wait(120) for run in runs] == [0, 0]
    assert sums(tmp_path / "data") == want


def test_two_runs_with_other_seeds_never_mix_their_files(tmp_path):
    command = [sys.executable, SCRIPTS / "generate.py", "two_digits", "--train=300", "--validation=300", "--test=300"]
    runs = [
        subprocess.Popen([*command, f"--seed={seed}"], cwd=tmp_path, stderr=subprocess.PIPE, text=True)
        for seed in (0, 1)
    ]
    ended = sorted(((run.communicate(timeout=120)[1], run.returncode) for run in runs), key=lambda end: end[1])
    assert [code for _, code in ended] == [0, 2]
    assert "was made with seed" in ended[1][0].splitlines()[-1]
    files = list(tmp_path.rglob("*.parquet"))
    assert len(files) == 6 and len({read_recipe(path)["seed"] for path in files}) == 1


def test_a_second_run_says_what_it_waits_for_and_leaves_no_lock(tmp_path):
    lock = FileLock(tmp_path / "data/one_digit/.lock")
    lock.acquire()
    command = [sys.executable, SCRIPTS / "generate.py", "one_digit", "--train=3", "--validation=0", "--test=0"]
    with subprocess.Popen(
        [*command, "--layout=frames"], cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    ) as run:
        limit = threading.Timer(60, run.kill)
        limit.start()
        assert run.stderr.readline() == "waiting for another run that makes files in data/one_digit\n"
        assert not list(tmp_path.rglob("*.parquet"))
        lock.release()
        assert run.wait() == 0
        limit.cancel()
    assert [path.name for path in (tmp_path / "data/one_digit").iterdir()] == ["train-00000-of-00001.parquet"]


def test_load_dataset_passes_over_what_a_killed_run_leaves(tmp_path):
    assert sum(make(plan("one_digit", {"train": 3}, ("frames",)), tmp_path)) == 3
    for name in (".lock", ".train-00000-of-00001.parquet.host.1.partial", ".test.parquet.host.1.partial.lock"):
        (tmp_path / "one_digit" / name).write_bytes(b"half")
    assert {name: len(rows) for name, rows in datasets.load_dataset(str(tmp_path / "one_digit")).items()} == {
        "train": 3
    }


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_worker_that_fails_fails_the_run_and_leaves_nothing_half(tmp_path, layout):
    planned = plan("two_digits", {"train": 3}, [layout, *(name for name in LAYOUTS if name != layout)])
    (tmp_path / LAYOUTS[layout].config("two_digits")).write_text("in the way")
    with pytest.raises(OSError):
        list(make(planned, tmp_path, workers=2))
    assert not list(tmp_path.rglob("*.partial"))


def test_100_000_shards_are_planned_at_once():
    planned = plan("two_digits", {"train": 100_000 * 100_000}, ("arrays",))
    assert len(planned) == 100_000 and planned[-1].stop == 10_000_000_000
    assert len({shard.name for shard in planned}) == 100_000


def test_without_ray_the_engine_says_how_to_install_it(refused, monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)  # as if it were not installed
    line = refused("generate", "one_digit", "--train", "3", "--engine", "ray")
    assert line == 'error: this needs Ray: pip install "moving-mnist[ray]"'
