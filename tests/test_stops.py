"""However generate.py ends in the middle, no process of it stays, and the next run makes the same files.

With two workers, in both ways of sharing the work: whole files made by workers, and row groups.
"""

import contextlib
import os
import signal
import subprocess
import sys
import time

import psutil
import pytest
from helpers import SCRIPTS, make_files, sums, wait_for

from moving_mnist_generator.layouts import LAYOUTS

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
STOPPED = "stopped; the same command continues from here"
SECONDS = 5  # until everything has ended; 3 on a machine that does nothing else
WAYS = {
    "whole files": [name for name in LAYOUTS if LAYOUTS[name].whole_files],
    "row groups": [name for name in LAYOUTS if not LAYOUTS[name].whole_files],
}


@pytest.fixture(scope="module", params=WAYS)
def way(request, tmp_path_factory):
    """(arguments of generate.py besides a number of sequences, sums of the files of 150 sequences)."""
    layouts = WAYS[request.param]
    out = tmp_path_factory.mktemp("whole")
    make_files("two_digits", {"train": 150}, layouts, out)
    return ["two_digits", "--validation=0", "--test=0", *(f"--layout={name}" for name in layouts)], sums(out)


def workers_of(pid):
    """All processes that a process has started, when two workers are among them."""
    processes = psutil.Process(pid).children(recursive=True)
    return processes if len(processes) >= 3 else None  # the third tracks resources


@pytest.fixture
def run(request, way, tmp_path):
    """generate.py with two workers in the middle of its work, and all processes that it has started."""
    program = getattr(request, "param", [SCRIPTS / "generate.py"])
    started = subprocess.Popen(
        [sys.executable, *program, *way[0], "--train=24000", "--workers=2"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(SCRIPTS), os.environ.get("PYTHONPATH", "")])},
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
        start_new_session=True,  # so that a signal to its group is Ctrl-C in a terminal
    )
    started.others = []
    try:
        wait_for(lambda: [path for path in tmp_path.rglob("*.partial") if path.stat().st_size])
        started.others = wait_for(lambda: workers_of(started.pid))
        yield started
    finally:
        if started.poll() is None:
            started.kill()
        for process in filter(runs, started.others):
            process.kill()
        started.communicate()


def runs(process):
    """Whether a process still does something: one that has ended may wait for a parent to notice."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def end_of(run):
    """(exit code, stderr), which come within SECONDS, as the end of all its processes does."""
    end = time.monotonic() + SECONDS
    _, stderr = run.communicate(timeout=SECONDS)
    wait_for(lambda: not any(map(runs, run.others)), end - time.monotonic())
    return run.returncode, stderr.strip()


def check_next_run(command, way, tmp_path):
    """A run that makes files of the same names makes what it makes in an empty folder, and leaves nothing else."""
    assert command("generate", *way[0], "--train=150").returncode == 0
    assert sums(tmp_path / "data") == way[1]


def test_sigterm_cleans_up_like_ctrl_c(run, way, command, tmp_path):
    run.send_signal(signal.SIGTERM)
    assert end_of(run) == (130, STOPPED)
    assert not sums(tmp_path)
    check_next_run(command, way, tmp_path)


@pytest.mark.ci
def test_workers_end_with_a_parent_that_is_killed(run, way, command, tmp_path):
    run.kill()
    assert end_of(run)[0] == -signal.SIGKILL
    check_next_run(command, way, tmp_path)


@pytest.mark.ci
@pytest.mark.parametrize("who", ["the paused parent", "all of a terminal"])
def test_ctrl_c_ends_all_in_time(run, who, tmp_path):
    """A parent that was paused finds workers that wait until it reads what they have made."""
    if who == "the paused parent":
        run.send_signal(signal.SIGSTOP)
        time.sleep(1)
    if who == "all of a terminal":
        for process in run.others:  # which may be starting: they leave it to their parent
            process.send_signal(signal.SIGINT)
        time.sleep(0.5)
    run.send_signal(signal.SIGINT)
    run.send_signal(signal.SIGCONT)
    assert end_of(run) == (130, STOPPED)
    assert not sums(tmp_path)


# The system may give a signal to any thread. Here it cannot be the main one, which waits.
ANOTHER_THREAD = """
import signal
from moving_mnist_generator.verbs.start import start
from moving_mnist_generator.running import processes
def blocked(*arguments, submit=processes.submit):
    future = submit(*arguments)
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
    return future
processes.submit = blocked
start("generate")
"""


@pytest.mark.ci
@pytest.mark.parametrize("run", [["-c", ANOTHER_THREAD]], ids=["another thread"], indirect=True)
def test_ctrl_c_is_noticed_whichever_thread_gets_it(run, tmp_path):
    time.sleep(0.5)  # until the main thread waits
    run.send_signal(signal.SIGINT)
    assert end_of(run) == (130, STOPPED)
    assert not sums(tmp_path)


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("module", ["click", "numpy", "pyarrow"])
def test_a_signal_during_an_import_is_one_line(tmp_path, module, sent):
    tmp_path.joinpath(f"{module}.py").write_text("print('importing', flush=True); import time; time.sleep(60)")
    code, stderr = ended_by(sent, [SCRIPTS / "generate.py", "two_digits", "--train=3"], tmp_path)
    assert (code, stderr) == (130, STOPPED)


IMPORTS = """
import signal, threading, time
from concurrent.futures import ThreadPoolExecutor
from moving_mnist_generator.running import signals as stops
"""
# Places where a stop would be swallowed, or held up by threads.
HARD_TO_STOP = {
    "a callback": """
class Noisy:
    def __del__(self):
        print("here", flush=True)
        time.sleep(60)
try:
    with stops.cleaned_up():
        Noisy()
        time.sleep(60)
except KeyboardInterrupt:
    stops.leave()
""",
    "threads": """
with ThreadPoolExecutor() as pool:
    pool.submit(time.sleep, 60)
    print("here", flush=True)
    time.sleep(60)
""",
    "threads, when all is cleaned up": """
with ThreadPoolExecutor() as pool:
    pool.submit(time.sleep, 60)
    with stops.cleaned_up():
        print("here", flush=True)
        time.sleep(60)
""",
    "clean-up that takes long": """
try:
    with stops.cleaned_up():
        print("here", flush=True)
        time.sleep(60)
finally:
    time.sleep(60)
""",
    "a library that makes another error of it": """
import click
from moving_mnist_generator.verbs.start import start
@click.command()
def command():
    with stops.cleaned_up():
        try:
            print("here", flush=True)
            time.sleep(60)
        except KeyboardInterrupt:
            raise ValueError("types are inconsistent")
start(command)
""",
    "a library that notices no signal": """
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])  # the other thread of the process gets it
print("here", flush=True)
lock = threading.Lock()
lock.acquire()
lock.acquire()
""",
}


@pytest.mark.ci
@pytest.mark.parametrize("where", HARD_TO_STOP)
def test_a_stop_is_neither_swallowed_nor_held_up(where, tmp_path):
    program = f"{IMPORTS}stops.catch()\n{HARD_TO_STOP[where]}"
    code, stderr = ended_by(signal.SIGINT, ["-c", program], tmp_path)
    assert (code, stderr) == (130, STOPPED)


def test_a_stop_removes_a_temporary_folder_and_the_next_run_one_of_a_killed_run(tmp_path, monkeypatch):
    program = "from moving_mnist_generator.running.partial import temporary_folder as folder; import time\n"
    program += "from moving_mnist_generator.running import signals as stops; stops.catch()\n"
    program += "with folder('test') as path: path.joinpath('a').touch(); print(1, flush=True); time.sleep(60)"
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    for sent, left in ((signal.SIGKILL, 1), (signal.SIGINT, 0)):
        ended_by(sent, ["-c", program], tmp_path)
        assert len(list(tmp_path.glob("*.partial"))) == left
    assert not list(tmp_path.iterdir())


def ended_by(sent, program, folder):
    """(exit code, stderr) of a Python program that gets a signal as soon as it prints something."""
    with subprocess.Popen(
        [sys.executable, *program],
        cwd=folder,
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join([str(folder), str(SCRIPTS), os.environ.get("PYTHONPATH", "")]),
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        process.stdout.readline()
        process.send_signal(sent)
        try:
            return process.wait(SECONDS), process.stderr.read().strip()
        finally:
            process.kill()


@pytest.mark.ci
def test_killed_workers_end_the_run_in_one_line(run, tmp_path):
    """As when memory runs out, and the system kills who takes most."""
    workers = [process for process in run.others if "spawn_main" in " ".join(process.cmdline())]
    for process in workers:
        with contextlib.suppress(psutil.NoSuchProcess):  # the run ends the others when one is gone
            process.kill()
    code, stderr = end_of(run)
    assert code == 2 and "\n" not in stderr
    assert stderr.startswith("error: a worker process was killed, perhaps for lack of memory; the same command")
    assert not sums(tmp_path)
