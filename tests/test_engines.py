"""Who makes the files does not matter: one process, several, two runs at once."""

import hashlib
import platform
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor

import fsspec
import pytest
from conftest import SCRIPTS

from moving_mnist_generator.files import engines, shards
from moving_mnist_generator.files.engines import make
from moving_mnist_generator.files.shards import plan
from moving_mnist_generator.files.survey import survey

SIZES = {"train": 230, "validation": 20, "test": 10}


def sums(folder):
    """sha256 of every file below a folder, hidden ones too."""
    paths = [path for path in folder.rglob("*") if path.is_file()]
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}


@pytest.fixture(scope="module")
def one_process(tmp_path_factory):
    out = tmp_path_factory.mktemp("one")
    planned = plan("two_digits", SIZES, ("frames", "arrays"))
    assert sum(make(planned, out)) == 2 * 260
    return planned, sums(out)


def test_two_workers_make_the_same_bytes(one_process, tmp_path):
    planned, want = one_process
    assert sum(make(planned, tmp_path, workers=2)) == 2 * 260
    assert sums(tmp_path) == want


def test_few_files_are_under_way_however_many_there_are(tmp_path, monkeypatch):
    under_way = []

    class Counted(ProcessPoolExecutor):
        def submit(self, *task):
            futures.append(super().submit(*task))
            under_way.append(sum(not future.done() for future in futures))
            return futures[-1]

    futures = []
    monkeypatch.setattr(engines, "ProcessPoolExecutor", Counted)
    monkeypatch.setattr(shards, "shard_rows", lambda variant, layout: 3)
    assert sum(make(plan("one_digit", {"train": 60}, ("arrays",)), tmp_path, workers=2)) == 60
    assert len(futures) == 20 and max(under_way) <= 4
    assert len(list(tmp_path.rglob("train-*-of-00020.parquet"))) == 20


def test_a_url_gets_the_same_bytes(one_process):
    planned, want = one_process
    memory = fsspec.filesystem("memory")
    assert sum(make(planned, "memory://data")) == 2 * 260
    got = {path[len("/data/") :]: memory.cat(path) for path in memory.find("/data")}
    assert {path: hashlib.sha256(content).hexdigest() for path, content in got.items()} == want
    todo, kept, stale = survey(planned, "memory://data")
    assert (todo, len(kept), stale) == ([], 6, [])


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
    arguments = ["two_digits", "--train", "230", "--validation", "20", "--test", "10"]
    command = [sys.executable, SCRIPTS / "generate.py", *arguments]
    runs = [subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.DEVNULL) for _ in range(2)]
    assert [run.wait(120) for run in runs] == [0, 0]
    assert sums(tmp_path / "data") == want


def test_a_worker_that_fails_fails_the_run_and_leaves_nothing_half(tmp_path):
    planned = plan("two_digits", {"train": 3}, ("arrays", "frames"))
    (tmp_path / "two_digits_arrays").write_text("in the way")
    with pytest.raises(OSError):
        list(make(planned, tmp_path, workers=2))
    assert not list(tmp_path.rglob("*.partial"))


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
def test_stopped_in_the_middle_workers_end_and_clean_up(tmp_path):
    arguments = ["two_digits", "--train", "100000", "--validation", "0", "--test", "0", "--workers", "2"]
    run = subprocess.Popen(
        [sys.executable, SCRIPTS / "generate.py", *arguments], cwd=tmp_path, stderr=subprocess.PIPE, text=True
    )
    end = time.monotonic() + 60
    while len(list(tmp_path.rglob("*.partial"))) < 2:
        assert time.monotonic() < end
        time.sleep(0.02)
    run.send_signal(2)
    _, stderr = run.communicate(timeout=60)
    assert run.returncode == 130 and stderr.strip() == "stopped; the same command again goes on from here"
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_100_000_shards_are_planned_at_once():
    planned = plan("two_digits", {"train": 100_000 * 100_000}, ("arrays",))
    assert len(planned) == 100_000 and planned[-1].stop == 10_000_000_000
    assert len({shard.name for shard in planned}) == 100_000


def test_without_ray_the_engine_says_how_to_install_it(refused, tmp_path):
    try:
        import ray  # noqa: F401
    except ImportError:
        line = refused("generate", "one_digit", "--train", "3", "--engine", "ray")
        assert line == 'error: --engine ray needs Ray: pip install "moving-mnist[ray]"'
    else:
        pytest.skip("Ray is installed")
