"""The package as a wheel, which is published beside the data: to install it, nobody needs a clone of the repo.

It is built from a copy of the files that are published, so that nothing else in the checkout gets into it.
"""

import functools
import importlib.util
import os
import re
import shutil
import subprocess
import sys

from huggingface_hub import get_token

from ..checks import InputError
from ..names import VERSION
from ..stops import cleaned_up
from ..stores.partial import temporary_folder

WHEEL = f"dist/moving_mnist-{VERSION}-py3-none-any.whl"  # its path in the repo
SOURCES = ("pyproject.toml", "README.md", "LICENSE", "moving_mnist.py", "data/mnist.npz")  # and those that are given
PLACE = re.compile(r"^# moving-mnist = .*", re.M)  # where the header of scripts/generate.py says that its package is


def wheel(root, names):
    """The wheel of a checkout: bytes, the same for the same files.

    A clone of the repo on the Hub cannot be built: it has the wheel that was published, or none, which is None.

    Args:
        root: Path of the checkout. names: tuple of the paths in it that the wheel is made of, besides SOURCES.

    Raises:
        InputError: hatchling is not installed, or does not build it.
    """
    if not (root / "pyproject.toml").is_file():
        return (root / WHEEL).read_bytes() if (root / WHEEL).is_file() else None
    return build(root, names)


@functools.cache
def build(root, names):
    """The bytes that the build backend makes of those files."""
    if any(importlib.util.find_spec(name) is None for name in ("hatchling", "hatch_fancy_pypi_readme")):
        raise InputError('publishing needs hatchling: pip install "moving-mnist[publishing]"')
    with cleaned_up(), temporary_folder("wheel") as copy:
        for name in (*SOURCES, *names):
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(root / name, copy / name)
        command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel"]
        ended = subprocess.run(command, cwd=copy, env=without_token(), capture_output=True, text=True)
        if ended.returncode:
            raise InputError(f"hatchling must be able to build {root}: {ended.stderr.strip().splitlines()[-1]}")
        return (copy / WHEEL).read_bytes()


def without_token():
    """The variables of this process without the token: whoever builds needs none."""
    token = get_token()
    return {name: value for name, value in os.environ.items() if value != token}


def at_url(script, url):
    """A script (text) whose header takes the package from a URL, not from the checkout around it."""
    return PLACE.sub(f'# moving-mnist = {{ url = "{url}" }}', script)
