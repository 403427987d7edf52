import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from helpers import online
from standin_hub import StandinHub, free_port

# Read when huggingface_hub is imported. Every stand-in of the Hub listens there, one after the other.
os.environ["HF_ENDPOINT"] = f"http://127.0.0.1:{free_port()}"
os.environ |= {"HF_HUB_DISABLE_XET": "1", "HF_HUB_DISABLE_TELEMETRY": "1", "HF_UPDATE_DOWNLOAD_COUNTS": "0"}
os.environ.setdefault("HF_HUB_OFFLINE", "1")  # a test that reaches for the network has lost its way
os.environ.setdefault("HF_DATASETS_DISABLE_PROGRESS_BARS", "1")

GOLDEN = Path(__file__).parent / "golden"
SCRIPTS = Path(__file__).parents[1] / "scripts"


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


SIZES = {"train": 12, "validation": 5, "test": 4}


@pytest.fixture(scope="session")
def data(tmp_path_factory):
    """A data/ folder with the configs of every kind, 12 + 5 + 4 sequences each."""
    from moving_mnist_generator.files.engines import make
    from moving_mnist_generator.files.shards import plan

    out = tmp_path_factory.mktemp("data")
    for name in ("default", "two_digits", "three_digits"):
        for _ in make(plan(name, SIZES, ("frames", "arrays")), out):
            pass
    return out


@pytest.fixture
def hub(tmp_path):
    """A stand-in of the Hub, which this process and those that it starts may talk to."""
    with StandinHub(tmp_path / "hub") as hub, online(tmp_path / "home"):
        yield hub


@pytest.fixture
def command(tmp_path):
    """Runs one of the scripts in an empty folder with an empty HOME, as a user would; the finished process."""

    def call(script, *arguments, **environment):
        home = tmp_path / "home"
        home.mkdir(exist_ok=True)
        return subprocess.run(
            [sys.executable, SCRIPTS / f"{script}.py", *map(str, arguments)],
            capture_output=True,
            text=True,
            cwd=tmp_path,
            env={**os.environ, "HOME": str(home), **environment},
        )

    return call


@pytest.fixture
def refused(command):
    """Asserts that a command ends with exit code 2 and one line on stderr, and returns the line."""

    def call(script, *arguments, **environment):
        ended = command(script, *arguments, **environment)
        assert ended.returncode == 2, ended.stderr
        assert ended.stderr.startswith("error: ") and ended.stderr.count("\n") == 1, ended.stderr
        return ended.stderr.strip()

    return call
