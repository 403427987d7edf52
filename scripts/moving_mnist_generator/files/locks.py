"""One run at a time makes files in a folder: two with other arguments would mix their files."""

import contextlib
import os
import sys
from pathlib import Path

from .survey import writable

try:
    import fcntl
except ImportError:  # Windows, where two runs are not kept apart
    fcntl = None


@contextlib.contextmanager
def alone_in(out, configs):
    """Wait until no other run on this machine makes files of these configs in `out`, then keep others waiting.

    The folders themselves are locked, so that no file is left. The system unlocks them when a process ends, however it
    ends. A URL is not locked.
    """
    out = writable(out)
    with contextlib.ExitStack() as held:
        for config in sorted(set(configs)) if fcntl and isinstance(out, Path) else ():
            folder = out / config
            folder.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(folder, os.O_RDONLY)
            held.callback(os.close, descriptor)
            lock(descriptor, folder)
        yield


def lock(descriptor, folder):
    """Lock an open folder, and say so if another run has it."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        print(f"waiting for another run that makes files in {folder}", file=sys.stderr)
        fcntl.flock(descriptor, fcntl.LOCK_EX)
    except OSError:  # some network file systems lock no folders
        return
