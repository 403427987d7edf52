"""What several test files use: scripts in this process, and clients of a stand-in Hub."""

import contextlib
import importlib.util
import io
import os
import sys
import traceback
from dataclasses import dataclass
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).parents[1] / "scripts"
TOKEN = "hf_user_writes"


@dataclass(frozen=True)
class Ended:
    """A script that has ended."""

    returncode: int
    stdout: str
    stderr: str


def run_script(script, *arguments):
    """Run scripts/`script`.py in this process, as `python scripts/script.py arguments` does: an Ended.

    Whatever it says, the token is not in it.
    """
    spec = importlib.util.spec_from_file_location(script, SCRIPTS / f"{script}.py")
    module, returncode = importlib.util.module_from_spec(spec), 0
    with (
        contextlib.redirect_stdout(io.StringIO()) as stdout,
        contextlib.redirect_stderr(io.StringIO()) as stderr,
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setattr(sys, "argv", [f"{script}.py", *map(str, arguments)])
        try:
            spec.loader.exec_module(module)
            module.run(getattr(module, script))
        except SystemExit as end:
            returncode = end.code or 0
        except Exception:
            traceback.print_exc()
            returncode = 1
    ended = Ended(returncode, stdout.getvalue(), stderr.getvalue())
    assert TOKEN not in ended.stdout + ended.stderr
    return ended


def hub_environment(home, **changes):
    """Environment of a process that talks to the stand-in: see conftest.py for its address."""
    own = {"HF_TOKEN": TOKEN, "HF_HOME": str(home), "HF_HUB_OFFLINE": "0"}
    return {**os.environ, **own, **changes}


@contextlib.contextmanager
def online(home, **changes):
    """Within this context this process may talk to the stand-in, with a cache of its own and nothing remembered."""
    import datasets
    from huggingface_hub import HfFileSystem, close_session, constants

    with pytest.MonkeyPatch.context() as patch:
        for name, value in hub_environment(home, **changes).items():
            patch.setenv(name, value)
        patch.setattr(constants, "HF_HUB_OFFLINE", os.environ["HF_HUB_OFFLINE"] == "1")
        patch.setattr(datasets.config, "HF_HUB_OFFLINE", constants.HF_HUB_OFFLINE)
        patch.setattr(constants, "HF_HUB_CACHE", str(home / "hub"))
        patch.setattr(datasets.config, "HF_DATASETS_CACHE", str(home / "datasets"))
        HfFileSystem.clear_instance_cache()
        close_session()
        yield
        HfFileSystem.clear_instance_cache()
        close_session()
