"""The wheel and the source of the package, which are published beside the data.

They are built from a copy of the files that are published, so that nothing else in the checkout gets into them.
"""

import functools
import importlib.util
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from huggingface_hub import get_token

from ..common.checks import InputError
from ..common.names import VERSION
from ..running.partial import temporary_folder
from ..running.signals import cleaned_up

WHEEL = f"dist/moving_mnist-{VERSION}-py3-none-any.whl"  # paths in the repo
SDIST = f"dist/moving_mnist-{VERSION}.tar.gz"
SOURCES = ("pyproject.toml", "README.md", "LICENSE", "moving_mnist.py", "data/mnist.npz")  # and those that are given
PACKAGE_LINE = re.compile(
    r"^# moving-mnist = .*", re.M
)  # where the header of scripts/generate.py says that its package is


def distributions(root: Path, names: tuple[str, ...]) -> dict[str, bytes]:
    """The wheel and the sdist of a checkout: {path in the repo: bytes}, the same for the same files.

    A clone of the repo on the Hub cannot be built: it has those that were published, or none.

    Args:
        root: Path of the checkout. names: tuple of the paths in it that they are made of, besides SOURCES.

    Raises:
        InputError: hatchling is not installed, or does not build them.
    """
    if not (root / "pyproject.toml").is_file():
        return {name: (root / name).read_bytes() for name in (WHEEL, SDIST) if (root / name).is_file()}
    return build(root, names)


@functools.cache
def build(root: Path, names: tuple[str, ...]) -> dict[str, bytes]:
    """What the build backend makes of those files: {path in the repo: bytes}."""
    if any(importlib.util.find_spec(name) is None for name in ("hatchling", "hatch_fancy_pypi_readme")):
        raise InputError('publishing needs hatchling: pip install "moving-mnist[publishing]"')
    with cleaned_up(), temporary_folder("built") as copy:
        for name in dict.fromkeys((*SOURCES, *names)):
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(root / name, copy / name)
        command = [sys.executable, "-m", "hatchling", "build"]
        ended = subprocess.run(command, cwd=copy, env=without_token(), capture_output=True, text=True)
        if ended.returncode:
            raise InputError(f"hatchling must be able to build {root}: {ended.stderr.strip().splitlines()[-1]}")
        return {name: (copy / name).read_bytes() for name in (WHEEL, SDIST)}


def without_token() -> dict[str, str]:
    """The environment variables of this process, without the token, which the build does not need."""
    token = get_token()
    return {name: value for name, value in os.environ.items() if value != token}


def at_url(script: str, url: str) -> str:
    """A script (text) whose header takes the package from a URL, not from the checkout around it."""
    return PACKAGE_LINE.sub(f'# moving-mnist = {{ url = "{url}" }}', script)
