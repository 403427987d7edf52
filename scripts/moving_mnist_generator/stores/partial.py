"""Files that are whole or absent: they are written under another name, which is removed if the work fails.

What is left after kill -9 is removed when the same file is made again on this machine.
"""

import contextlib
import os
import platform
import shutil
import tempfile
from pathlib import Path

import psutil

from .paths import put


@contextlib.contextmanager
def renamed_when_whole(path):
    """A local path for a file that becomes `path` when the block ends, and is removed if the block fails.

    A file for a store is first made in this machine's temporary folder: a stream to a store that breaks off would
    leave part of a file there.
    """
    with partial_file(path if isinstance(path, Path) else temporary(path)) as partial:
        yield partial
        if isinstance(path, Path):
            with partial.open("rb+") as file:
                os.fsync(file.fileno())
            partial.replace(path)
        else:
            put(partial, path)


def temporary(path):
    """Where a file of a store is on this machine while it is sent or fetched."""
    return Path(tempfile.gettempdir(), f"{path.parent.name}-{path.name}")


@contextlib.contextmanager
def partial_file(path):
    """A path beside `path` for a file or a folder that is not whole yet, or not needed for long.

    It is removed at the end.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    remove_abandoned(path)
    partial = path.with_name(f".{path.name}.{platform.node()}.{os.getpid()}.partial")
    try:
        yield partial
    finally:
        remove(partial)


def remove_abandoned(path):
    """Remove partial files of `path` whose processes on this machine are gone."""
    for partial in path.parent.glob(f".{path.name}.{platform.node()}.*.partial"):
        if not psutil.pid_exists(int(partial.suffixes[-2][1:])):
            with contextlib.suppress(PermissionError):  # the file of another user
                remove(partial)


def remove(path):
    """Remove a file or a folder, if it is there."""
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def remove_partial(path):
    """Remove partial files of `path`, a Path or the UPath of a file in a store, whose processes are gone."""
    remove_abandoned(path if isinstance(path, Path) else temporary(path))
