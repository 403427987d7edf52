"""Write files that are whole or absent: under another name first, renamed when they are whole."""

import contextlib
import errno
import glob
import os
import platform
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from ..common.checks import InputError
from ..stores.paths import put
from .signals import State, cleaned_up, held_back, remove

POLL_SECONDS = 0.1
NO_LOCKS = (errno.ENOLCK, errno.ENOTSUP, errno.EOPNOTSUPP)


@contextlib.contextmanager
def renamed_when_whole(path: Any) -> Iterator[Path]:
    """A local path for a file that becomes `path` when the block ends, and is removed if the block fails.

    A file for a store, whose `path` is a UPath, is first made in TMPDIR: a stream to a store that breaks off would
    leave part of a file there.
    """
    with partial_file(local_path(path)) as partial:
        yield partial
        if isinstance(path, Path):
            with partial.open("rb+") as file:
                os.fsync(file.fileno())
            partial.replace(path)
        else:
            put(partial, path)


def local_path(path: Any) -> Path:
    """Where a file is on this machine while it is made, sent or fetched."""
    return path if isinstance(path, Path) else Path(tempfile.gettempdir(), f"{path.parent.name}-{path.name}")


@contextlib.contextmanager
def partial_file(path: Path, *, is_folder: bool = False) -> Iterator[Path]:
    """A path beside `path` for a file or a folder that is not whole yet, or not needed for long.

    It is there and empty, and is removed at the end.
    """
    if not path.name:
        raise InputError(f"a file or folder to write must have a name, not {str(path)!r}")
    remove_abandoned(path)
    partial = path.with_name(f".{path.name}.{platform.node()}.{os.getpid()}.partial")
    State.made.append(partial)
    with cleaned_up(), contextlib.ExitStack() as held:
        held.callback(State.made.remove, partial)
        held.callback(remove, lock_of(partial))  # where there are no locks
        with unless_impossible():
            held.enter_context(locked(lock_of(partial)))
        held.callback(remove, partial)
        remove(partial)  # of an earlier process of the same number
        partial.mkdir() if is_folder else partial.touch()
        yield partial


@contextlib.contextmanager
def temporary_folder(name: str) -> Iterator[Path]:
    """A temporary folder, removed at the end, by a stop, or by a later process that makes one of that name."""
    with partial_file(Path(tempfile.gettempdir(), f"moving_mnist-{name}"), is_folder=True) as folder:
        yield Path(tempfile.mkdtemp(dir=folder))  # a new path each time: libraries remember what was at a path


def remove_abandoned(path: Path) -> None:
    """Remove partial files of `path` that nobody writes any more."""
    sweep(path.parent, f".{glob.escape(path.name)}.*.partial")


def sweep(folder: Path, pattern: str = ".*.partial") -> None:
    """Remove the partial files in a folder whose lock is free, and locks without a file."""
    for found in [*folder.glob(pattern), *folder.glob(f"{pattern}.lock")]:
        partial = found.with_suffix("") if found.suffix == ".lock" else found
        # An OSError: somebody writes it, or just removed it; another user's; the file system has no locks.
        with contextlib.suppress(OSError), locked(lock_of(partial), wait=False):
            remove(partial)


def lock_of(partial: Path) -> Path:
    """The lock file of a partial file."""
    return partial.with_name(f"{partial.name}.lock")


@contextlib.contextmanager
def unless_impossible() -> Iterator[None]:
    """A block that takes a lock, and ends without an error where the file system has none."""
    try:
        yield
    except OSError as error:
        if error.errno not in NO_LOCKS:
            raise


@contextlib.contextmanager
def locked(path: Path, words: str = "", *, wait: bool = True) -> Iterator[None]:
    """Hold a lock file, and remove it at the end.

    It is removed while it is held: FileLock looks whether what it has locked is still there, and else makes it anew.

    Args:
        words: what to say if another process has it.
        wait: for that process; else filelock.Timeout, an OSError, is raised.
    """
    lock = FileLock(path, timeout=0)
    try:
        while not lock.is_locked:
            try:
                with held_back():
                    path.parent.mkdir(parents=True, exist_ok=True)
                    path.touch()  # FileLock takes a folder that takes no files for a lock of another process
                    lock.acquire()
                    State.made.append(path)
            except Timeout:
                if not wait:
                    raise
                if words:
                    print(words, file=sys.stderr)
                words = ""
                time.sleep(POLL_SECONDS)
        yield
    finally:
        if lock.is_locked:
            with contextlib.suppress(OSError):  # Windows removes no open file
                path.unlink()
            State.made.remove(path)
            lock.release()
