"""Clients of a stand-in Hub, in this process and in others."""

import contextlib
import os

import pytest
from helpers import run_here

TOKEN = "hf_user_writes"


def run_script(script, *arguments):
    """Run scripts/`script`.py in this process; what `subprocess.run` returns. Its output never holds the token."""
    ended = run_here(script, [str(argument) for argument in arguments])
    assert TOKEN not in ended.stdout + ended.stderr
    return ended


def hub_environment(home, **changes):
    """Environment of a process that talks to the stand-in: see settings.py for its address."""
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
        patch.setattr(constants, "HF_ASSETS_CACHE", str(home / "assets"))
        patch.setattr(datasets.config, "HF_DATASETS_CACHE", str(home / "datasets"))
        HfFileSystem.clear_instance_cache()
        close_session()
        yield
        HfFileSystem.clear_instance_cache()
        close_session()
