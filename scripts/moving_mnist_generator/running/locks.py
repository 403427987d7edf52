"""One run at a time makes files in a folder: two with other arguments would mix their files."""

import contextlib
import os
import sys
from pathlib import Path

from ..files.survey import writable
from .partial import remove_abandoned_shards
from .signals import cleaned_up

try:
    import fcntl
except ImportError:  # Windows, where two runs are not kept apart
    fcntl = None


@contextlib.contextmanager
def alone_in(out, configs):
    """Wait until no other run on this machine makes files of these configs in `out`, then keep others waiting.

    The folders themselves are locked, so that no file is left; one that is still empty at the end is removed. The
    system unlocks them when a process ends, however it ends. What killed runs left half made is removed. A URL is not
    locked.
    """
    out = writable(out)
    if not fcntl or not isinstance(out, Path):
        yield
        return
    with cleaned_up(), contextlib.ExitStack() as held:
        for config in sorted(set(configs)):
            folder = out / config
            new = [each for each in (folder, *folder.parents) if not each.exists()]
            held.callback(os.close, lock(folder))
            for each in reversed(new):  # the innermost one is the first to be removed
                held.callback(remove_empty, each)
            remove_abandoned_shards(folder)
        yield


def lock(folder):
    """Make a folder and lock it, and say so if another run has it: the descriptor that keeps it locked."""
    while True:
        folder.mkdir(parents=True, exist_ok=True)
        try:
            descriptor = os.open(folder, os.O_RDONLY)
        except FileNotFoundError:  # the other run removed it, as it was empty
            continue
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print(f"waiting for another run that makes files in {folder}", file=sys.stderr)
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        except OSError:  # some network file systems lock no folders
            return descriptor
        if folder.exists() and os.path.samestat(os.fstat(descriptor), folder.stat()):
            return descriptor
        os.close(descriptor)


def remove_empty(folder):
    """Remove a folder, unless something is in it."""
    with contextlib.suppress(OSError):
        folder.rmdir()
