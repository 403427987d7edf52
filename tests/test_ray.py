"""A Ray cluster makes the same files: a new one on this machine, and one that loses a node in the middle.

Each test has its own time limit: where Ray waits for ever, it fails.
"""

import contextlib
import os
import platform
import signal
import subprocess
import sys
import threading
import time

import psutil
import pytest
from helpers import SCRIPTS, make_files, small_shards, sums, wait_for

from moving_mnist_generator.files.shards import plan
from moving_mnist_generator.layouts import LAYOUTS
from moving_mnist_generator.running import on_ray
from moving_mnist_generator.running.engines import make

pytest.importorskip("ray", reason="Ray is not installed: make test EXTRAS=test,ray")
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
LIMIT = 90  # seconds
GENERATE = (SCRIPTS / "generate.py",)
SIZES = {"train": 700, "validation": 100, "test": 100}
ARGUMENTS = ["two_digits", *(f"--{split}={count}" for split, count in SIZES.items())]
ARGUMENTS += [f"--layout={name}" for name in LAYOUTS]
STOPPED = "stopped; the same command continues from here"

# A cluster of the given numbers of CPUs on this machine, until stdin ends. It prints its address and, for each node,
# the pid of its raylet: the process without which a node is lost.
CLUSTER = """
import os, sys
os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
from ray.cluster_utils import Cluster
quick = {"health_check_initial_delay_ms": 0, "health_check_period_ms": 500, "health_check_failure_threshold": 3}
head = {"include_dashboard": False, "_system_config": quick}
first, *others = map(int, sys.argv[1:])
cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": first, **head})
nodes = [cluster.head_node, *(cluster.add_node(num_cpus=count) for count in others)]
print(cluster.address, *(node.all_processes["raylet"][0].process.pid for node in nodes), flush=True)
sys.stdin.read()
cluster.shutdown()
"""


@contextlib.contextmanager
def ray_cluster(folder, *cpus):
    """(address, raylet pids) of a Ray cluster of nodes with so many CPUs each, started in `folder`."""
    with subprocess.Popen(
        [sys.executable, "-c", CLUSTER, *map(str, cpus)],
        cwd=folder,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        limit = threading.Timer(2 * LIMIT, process.kill)
        limit.start()
        try:
            address, *pids = process.stdout.readline().split()
            yield address, [int(pid) for pid in pids]
            process.stdin.close()
            process.wait()
        finally:
            process.kill()
            limit.cancel()


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    """Of a head without workers and two nodes of one worker each; started in a folder of its own."""
    with ray_cluster(tmp_path_factory.mktemp("elsewhere"), 0, 1, 1) as started:
        yield started


@pytest.fixture(scope="module")
def one_process(tmp_path_factory):
    out = tmp_path_factory.mktemp("one")
    make_files("two_digits", SIZES, LAYOUTS, out)
    return sums(out)


@pytest.fixture
def started(tmp_path):
    """Starts generate.py --engine ray in an empty folder with an empty HOME; the running process."""
    (tmp_path / "home").mkdir()
    runs = []

    def call(*arguments, program=GENERATE, **environment):
        kept = {name: value for name, value in os.environ.items() if name != "RAY_ADDRESS"}
        run = subprocess.Popen(
            [sys.executable, *program, *arguments, "--engine", "ray"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=tmp_path,
            env={**kept, "HOME": str(tmp_path / "home"), **environment},
            start_new_session=True,  # so that a signal to its group is Ctrl-C in a terminal
        )
        runs.append(run)
        return run

    yield call
    for run in runs:
        if run.poll() is None:
            run.kill()


def partials(folder):
    """{pid of its writer: file} of what is half written."""
    return {int(path.suffixes[-2][1:]): path for path in folder.rglob("*.partial")}


def lose(raylet):
    """End a node at once, as when its machine fails: its raylet and all that this one started."""
    processes = psutil.Process(raylet).children(recursive=True)
    for process in [psutil.Process(raylet), *processes]:
        process.kill()


def ended(run):
    """(exit code, stdout, stderr) of a process."""
    stdout, stderr = run.communicate(timeout=LIMIT)
    return run.returncode, stdout, stderr


def test_without_a_cluster_a_new_one_makes_the_same_bytes(one_process, started, tmp_path):
    code, stdout, stderr = ended(started(*ARGUMENTS))
    assert (code, stderr) == (0, "")
    assert len(stdout.splitlines()) == 3 * len(LAYOUTS) + 1  # files and a sum: Ray says nothing
    assert sums(tmp_path / "data") == one_process


@pytest.mark.parametrize(("joined", "sent"), [(False, signal.SIGTERM), (True, signal.SIGINT)], ids=["new", "joined"])
def test_a_stop_ends_the_run_and_leaves_nothing_half(cluster, started, tmp_path, joined, sent):
    """Ray itself would take SIGTERM, and exit with 1."""
    environment = {"RAY_ADDRESS": cluster[0]} if joined else {}
    run = started("two_digits", "--train", "100000", "--validation", "0", "--test", "0", **environment)
    wait_for(lambda: len(partials(tmp_path)) == min(2, os.cpu_count()))
    workers = [psutil.Process(pid) for pid in partials(tmp_path)]
    # Ctrl-C is for all of a terminal. SIGTERM to all would end Ray's own processes first, with words of theirs.
    (os.killpg if sent == signal.SIGINT else os.kill)(run.pid, sent)
    code, _, stderr = ended(run)
    assert (code, stderr.strip()) == (130, STOPPED)
    assert not partials(tmp_path)
    assert not psutil.wait_procs(workers, timeout=30)[1]


def test_a_task_that_fails_fails_the_run_in_one_line(cluster, refused, tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "two_digits_arrays").write_text("in the way")
    line = refused("generate", *ARGUMENTS, "--engine", "ray", "--ray-address", cluster[0])
    assert line.startswith("error: [Errno 17] File exists") and "two_digits_arrays" in line
    assert not partials(tmp_path)


def test_of_many_shards_a_few_are_under_way(cluster, tmp_path):
    finished = most = 0

    class Counted(list):
        def __iter__(self):
            nonlocal most
            for number, shard in enumerate(super().__iter__()):
                most = max(most, number + 1 - finished)
                yield shard

    shards = small_shards("one_digit", "arrays", 60)
    for count in make(Counted(shards), tmp_path, engine="ray", ray_address=cluster[0]):
        finished += count // 3
    assert finished == 60 and most == 4  # two for each worker


def test_a_cluster_that_is_not_there_is_said_within_seconds(started):
    run, began = started(*ARGUMENTS, "--ray-address", "127.0.0.1:1"), time.monotonic()
    code, _, stderr = ended(run)
    assert (code, stderr.count("\n")) == (2, 1), stderr
    assert stderr.startswith("error: no Ray cluster answers at 127.0.0.1:1: ")
    assert time.monotonic() - began < 40


def test_a_cluster_that_loses_a_node_makes_the_same_bytes(cluster, one_process, started, tmp_path):
    address, (_, *nodes) = cluster
    run = started(*ARGUMENTS, RAY_ADDRESS=address)
    wait_for(lambda: len(partials(tmp_path)) == 2)  # both nodes are in the middle of a shard
    half = {psutil.Process(pid).ppid(): path for pid, path in partials(tmp_path).items()}
    assert set(half) == set(nodes)
    lose(nodes[0])
    assert half[nodes[0]].exists()
    whole = wait_for(lambda: list(tmp_path.rglob("*.parquet")))[0]
    # What a worker of this machine leaves that was killed, and whose shard was then made on another.
    whole.with_name(f".{whole.name}.{platform.node()}.999999999.partial").write_text("half")
    assert ended(run)[::2] == (0, "")
    assert sums(tmp_path / "data") == one_process  # and nothing half


@pytest.mark.parametrize("times", [1, 3])
@pytest.mark.parametrize("cause", [None, OSError("Broken pipe")], ids=["its raylet died", "Broken pipe"])
def test_a_shard_whose_machine_is_lost_is_made_again_a_few_times(cluster, tmp_path, monkeypatch, cause, times):
    """Which Ray does itself, but not after every error."""
    import ray

    lost = type("Lost", (ray.exceptions.RayError if cause else ray.exceptions.LocalRayletDiedError,), {"cause": cause})
    get, left = ray.get, [lost()] * times
    monkeypatch.setattr(ray, "get", lambda reference: fail(left.pop()) if left else get(reference))
    monkeypatch.setattr(on_ray, "SECONDS_TO_NOTICE", 0)
    monkeypatch.setattr(on_ray, "RETRIES", 2)
    (shard,) = plan("two_digits", {"train": 3}, ("arrays",))
    with pytest.raises(OSError, match="^Ray: ") if times > 2 else contextlib.nullcontext():
        assert sum(make([shard], tmp_path, engine="ray", ray_address=cluster[0])) == 3
    assert not left and not partials(tmp_path)


def fail(error):
    raise error


def test_a_cluster_that_loses_all_its_workers_ends_the_run_in_one_line(cluster, started, tmp_path):
    """The last test of the cluster: no worker is left."""
    patient = "from moving_mnist_generator.verbs.start import start; "
    patient += "from moving_mnist_generator.running import on_ray; on_ray.SECONDS_WITHOUT_CPU = 3; "
    run = started(*ARGUMENTS, program=("-c", patient + "start('generate')"), RAY_ADDRESS=cluster[0])
    wait_for(lambda: partials(tmp_path))
    for node in cluster[1][1:]:
        if psutil.pid_exists(node):
            lose(node)
    assert ended(run)[::2] == (2, "error: the Ray cluster has had no CPU for 3 s\n")
