"""A worker process: it leaves Ctrl-C to its parent, cleans up on SIGTERM, and ends with its parent.

Standard library alone: a worker does all of this before it imports what the work needs, which takes a second.
"""

import multiprocessing
import os
import signal
import threading
from typing import Any

from .signals import mask_ctrl_c, remove_made


def be_a_worker(rows: list[dict[str, Any]]) -> None:
    """Start a worker, which knows the rows that were added to tables."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    mask_ctrl_c("SIG_UNBLOCK")
    signal.signal(signal.SIGTERM, end)
    threading.Thread(target=end_with_parent, daemon=True).start()
    from ..core.tables import add_rows

    add_rows(rows)


def end(*_) -> None:
    """Remove what is half made, and end here: the pool would take an exception for the result of a task."""
    remove_made()
    os._exit(1)


def end_with_parent() -> None:
    """Wait until the parent is gone, whatever ended it."""
    if parent := multiprocessing.parent_process():
        parent.join()
        end()
