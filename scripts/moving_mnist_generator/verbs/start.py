"""Where a program begins: signals are caught first, then what it needs is imported and run.

What Python does before its first line of ours, some 20 ms, is Python's own: a signal ends it there in Python's way.
"""

import importlib
import sys

from ..running import signals as stops


def start(command):
    """Run a command as a program: the name of one in verbs/, or a click command."""
    stops.catch()
    from .commands import run

    if isinstance(command, str):
        command = getattr(importlib.import_module(f".{command}", __package__), command)
    try:
        run(command)
    except SystemExit as ended:
        if ended.code == stops.EXIT_CODE and "ray" in sys.modules:
            stops.leave()  # here: Ray may have Python end with an error of its own
        raise
    finally:
        stops.finished()
