"""Files that are whole or absent: they are written under another name, which is removed if the work fails.

What is left after kill -9 is removed when the same file is made again. A partial file is locked by who writes it, and
the system unlocks it however that process ends. So one that is not locked is abandoned, even if it was left by another
container or machine, whose name and process ids say nothing here.
"""

import contextlib
import glob
import os
import platform
import tempfile
from pathlib import Path

import psutil

from ..common.checks import InputError
from ..stores.paths import put
from .signals import State, cleaned_up, remove

try:
    import fcntl
except ImportError:  # Windows, where the name of the machine and the process id must do
    fcntl = None


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
def partial_file(path, *, is_folder=False):
    """A path beside `path` for a file or a folder that is not whole yet, or not needed for long.

    It is there, empty and locked, and is removed at the end.
    """
    if not path.name:
        raise InputError(f"a file or folder to write must have a name, not {str(path)!r}")
    with cleaned_up(), of_this_process(path, is_folder) as partial:
        yield partial


@contextlib.contextmanager
def temporary_folder(name):
    """A temporary folder, removed at the end, by a stop, or by a later process that makes one of that name."""
    with of_this_process(Path(tempfile.gettempdir(), f"moving_mnist-{name}"), is_folder=True) as folder:
        yield Path(tempfile.mkdtemp(dir=folder))  # a new path each time: libraries remember what was at a path


@contextlib.contextmanager
def of_this_process(path, is_folder):
    """A file or a folder beside `path`, empty and locked, which is removed however the block ends."""
    path.parent.mkdir(parents=True, exist_ok=True)
    remove_abandoned(path)
    partial, lock = path.with_name(f".{path.name}.{platform.node()}.{os.getpid()}.partial"), None
    State.made.append(partial)
    try:
        lock = create(partial, is_folder)
        yield partial
    finally:
        remove(partial)
        State.made.remove(partial)
        if lock is not None:
            os.close(lock)  # last: another process that waits for the lock finds nothing to remove


def create(partial, is_folder):
    """Make an empty file or folder and lock it: its descriptor, or None where there are no locks."""
    while True:
        partial.mkdir(exist_ok=True) if is_folder else partial.touch()
        lock = locked(partial, wait=True)
        if lock is None:
            remove(partial)  # perhaps of an earlier process of the same number
            partial.mkdir() if is_folder else partial.touch()
            return None
        if is_at(partial, lock):
            return lock
        os.close(lock)  # another process took it for abandoned before it was locked


def is_at(path, descriptor):
    """Whether what is open is still what lies at a path."""
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False


def locked(partial, wait=False):
    """A descriptor that keeps a file or a folder locked until it is closed; None if that cannot be had.

    wait: until another process, which looks whether it is abandoned, has unlocked it.
    """
    if fcntl is None:
        return None
    try:
        descriptor = os.open(partial, os.O_RDONLY if partial.is_dir() else os.O_RDWR)  # NFS locks what can be written
    except OSError:  # of another user, or just removed by another process
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except OSError:  # locked by another process, or the file system has no locks
        os.close(descriptor)
        return None
    return descriptor


def remove_abandoned(path):
    """Remove partial files of `path` that nobody writes any more."""
    for partial in path.parent.glob(f".{glob.escape(path.name)}.*.partial"):
        lock = locked(partial)
        try:
            if is_of_ended_process(partial, path) if lock is None else is_at(partial, lock):
                remove(partial)
        except (PermissionError, FileNotFoundError):  # the file of another user; just removed by another process
            continue
        finally:
            if lock is not None:
                os.close(lock)


def is_of_ended_process(partial, path):
    """Whether the process of this machine that wrote a partial file has ended."""
    process = partial.name.removeprefix(f".{path.name}.{platform.node()}.").removesuffix(".partial")
    return process.isdecimal() and not psutil.pid_exists(int(process))


def remove_abandoned_shards(folder):
    """Remove the partial Parquet files in a folder that nobody writes any more, whatever is made now."""
    for partial in folder.glob(".*.parquet.*.partial"):
        remove_abandoned(folder / f"{partial.name[1:].partition('.parquet.')[0]}.parquet")


def remove_partial(path):
    """Remove partial files of `path`, a Path or the UPath of a file in a store, that nobody writes any more."""
    remove_abandoned(path if isinstance(path, Path) else temporary(path))
