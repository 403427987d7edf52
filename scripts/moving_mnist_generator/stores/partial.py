"""Files that are whole or not there: made under another name, which vanishes, whatever ends the work.

After kill -9, the next one who makes the same file on this machine removes it.
"""

import contextlib
import os
import platform
import tempfile
from pathlib import Path

import psutil

from .paths import put


@contextlib.contextmanager
def renamed_when_whole(path):
    """A path on this machine for a file that becomes `path` when the block ends, and vanishes when it fails.

    What goes to a store is made among this machine's temporary files first: a store shows a file when all of it has
    arrived, but a stream also when it was cut.
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
    """Where a file of a store lies on this machine while it is on its way."""
    return Path(tempfile.gettempdir(), f"{path.parent.name}-{path.name}")


@contextlib.contextmanager
def partial_file(path):
    """A path beside `path` for what is not whole, or not for long; nothing is there when the block ends."""
    path.parent.mkdir(parents=True, exist_ok=True)
    remove_abandoned(path)
    partial = path.with_name(f".{path.name}.{platform.node()}.{os.getpid()}.partial")
    try:
        yield partial
    finally:
        partial.unlink(missing_ok=True)


def remove_abandoned(path):
    """Remove what killed processes of this machine left of `path`."""
    for partial in path.parent.glob(f".{path.name}.{platform.node()}.*.partial"):
        if not psutil.pid_exists(int(partial.suffixes[-2][1:])):
            with contextlib.suppress(PermissionError):  # another user's
                partial.unlink(missing_ok=True)


def remove_partial(path):
    """Remove what killed processes of this machine left of `path`, a Path or the UPath of a file in a store."""
    remove_abandoned(path if isinstance(path, Path) else temporary(path))
