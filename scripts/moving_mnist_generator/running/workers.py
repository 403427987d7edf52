"""A worker process: it leaves Ctrl-C to its parent, cleans up when it is told to end, and ends with its parent.

Standard library alone: a worker does all of this before it imports what the work needs, which takes a second.
"""

import multiprocessing
import os
import signal
import sys
import threading
import time

PATIENCE = 1  # seconds that a stopped worker has to clean up


def block_ctrl_c(how):
    """Block or unblock SIGINT in this thread, where the system can; a new process inherits it."""
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(getattr(signal, how), [signal.SIGINT])


def be_a_worker(rows):
    """Start a worker, which knows the rows that were added to tables."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    block_ctrl_c("SIG_UNBLOCK")
    signal.signal(signal.SIGTERM, leave)
    threading.Thread(target=end_with_parent, daemon=True).start()
    from ..core.tables import add_rows

    add_rows(rows)


def end_with_parent():
    """Wait until the parent is gone, whatever ended it, then end as if it had asked for it."""
    multiprocessing.parent_process().join()
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(PATIENCE)
    os._exit(1)


def in_worker(function, *arguments):
    """Call a function; on SIGTERM, clean up its partial file and exit."""
    signal.signal(signal.SIGTERM, end)
    try:
        return function(*arguments)
    except SystemExit:  # the pool would take it for the result of the task, and have the worker wait for another task
        os._exit(1)
    finally:
        signal.signal(signal.SIGTERM, leave)


def end(*_):
    """End once: the pool, too, ends workers when one is gone, and must not disturb the cleaning up."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    sys.exit()


def leave(*_):
    """End at once: there is nothing to clean up."""
    os._exit(1)
