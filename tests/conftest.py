import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import settings  # noqa: F401 - before anything that reads the variables
from clients import online
from helpers import SCRIPTS, SIZES, make_files, run_here
from standin_hub import StandinHub

from moving_mnist_generator.layouts import LAYOUTS

GOLDEN = Path(__file__).parent / "golden"


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    """No test reads or fills the user's caches."""
    import datasets
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_ASSETS_CACHE", str(tmp_path / "assets"))
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
    """A stand-in of the Hub, which this process and those that it starts may talk to."""
    with StandinHub(tmp_path / "hub") as hub, online(tmp_path / "home"):
        yield hub


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


@pytest.fixture
def refused(command):
    """Asserts that a command ends with exit code 2 and one line on stderr, and returns the line."""

    def call(script, *arguments, process=False, **environment):
        ended = command(script, *arguments, process=process, **environment)
        assert ended.returncode == 2, ended.stderr
        assert ended.stderr.startswith("error: ") and ended.stderr.count("\n") == 1, ended.stderr
        return ended.stderr.strip()

    return call
