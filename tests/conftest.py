import contextlib
import functools
import importlib.util
import io
import os
import shutil
import signal
import subprocess
import sys
import traceback
from pathlib import Path

os.environ.setdefault("HF_HUB_OFFLINE", "1")  # no test needs the network; read when imported
os.environ.setdefault("HF_DATASETS_DISABLE_PROGRESS_BARS", "1")

import click
import numpy as np
import pytest
from helpers import SCRIPTS, SIZES, make_files
from standin_hub import StandinHub

from moving_mnist_generator import commands
from moving_mnist_generator.layouts import LAYOUTS

GOLDEN = Path(__file__).parent / "golden"


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    """No test reads or fills the user's cache of datasets."""
    import datasets

    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", str(tmp_path / "cache"))


@pytest.fixture(scope="session")
def srivastava():
    """The authors' own generator, run once with known draws: see golden/README.md."""
    with np.load(GOLDEN / "srivastava_default.npz", allow_pickle=False) as arrays:
        return dict(arrays)


@pytest.fixture(scope="session")
def data(tmp_path_factory):
    """A data/ folder with the configs of every kind, 12 + 5 + 4 sequences each."""
    out = tmp_path_factory.mktemp("data")
    for name in ("default", "two_digits", "three_digits"):
        make_files(name, SIZES, ("frames", "arrays"), out)
    return out


@pytest.fixture(scope="session")
def every_layout(data, tmp_path_factory):
    """The same, in all layouts."""
    out = shutil.copytree(data, tmp_path_factory.mktemp("every_layout") / "data")
    for name in ("default", "two_digits", "three_digits"):
        make_files(name, SIZES, [name for name in LAYOUTS if name not in ("frames", "arrays")], out)
    return out


@pytest.fixture
def hub(tmp_path):
    """A stand-in of the Hub; what talks to it runs in other processes."""
    hub = StandinHub(tmp_path / "hub")
    yield hub
    hub.close()


@pytest.fixture
def command(tmp_path, monkeypatch):
    """Runs one of the scripts in an empty folder with an empty HOME, as a user would; the finished process.

    It runs in this process, which saves a second, unless `process` or environment variables are given.
    """
    home = tmp_path / "home"

    def call(script, *arguments, process=False, **environment):
        home.mkdir(exist_ok=True)
        arguments = [str(argument) for argument in arguments]
        if process or environment:
            return subprocess.run(
                [sys.executable, SCRIPTS / f"{script}.py", *arguments],
                capture_output=True,
                text=True,
                cwd=tmp_path,
                env={**os.environ, "HOME": str(home), **environment},
            )
        with monkeypatch.context() as context:
            context.chdir(tmp_path)
            context.setenv("HOME", str(home))
            return run_here(script, arguments)

    return call


def run_here(script, arguments):
    """Run a script in this process; what `subprocess.run` returns."""
    before = signal.getsignal(signal.SIGTERM)
    with (
        contextlib.redirect_stdout(io.StringIO()) as stdout,
        contextlib.redirect_stderr(io.StringIO()) as stderr,
        pytest.MonkeyPatch.context() as context,
    ):
        context.setattr(sys, "argv", [f"{script}.py", *arguments])
        try:
            commands.run(command_of(script))
            code = 0
        except SystemExit as ended:
            code = ended.code
        except Exception:
            traceback.print_exc()
            code = 1
        finally:
            signal.signal(signal.SIGTERM, before)
    return subprocess.CompletedProcess(arguments, code, stdout.getvalue(), stderr.getvalue())


@functools.cache
def command_of(script):
    """The click command of a script, which is no module of a package."""
    spec = importlib.util.spec_from_file_location(f"script_{script}", SCRIPTS / f"{script}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    (found,) = (each for each in vars(module).values() if isinstance(each, click.Command))
    return found


@pytest.fixture
def refused(command):
    """Asserts that a command ends with exit code 2 and one line on stderr, and returns the line."""

    def call(script, *arguments, process=False, **environment):
        ended = command(script, *arguments, process=process, **environment)
        assert ended.returncode == 2, ended.stderr
        assert ended.stderr.startswith("error: ") and ended.stderr.count("\n") == 1, ended.stderr
        return ended.stderr.strip()

    return call
