"""Start a program: catch signals first, then import and run what it needs.

What Python does before its first line of ours, some 20 ms, is Python's own: a signal ends it there in Python's way.
"""

from __future__ import annotations

import importlib
import sys
from typing import TYPE_CHECKING

from ..running import signals as stops

if TYPE_CHECKING:
    import click


def start(command: str | click.Command) -> None:
    """Run a command as a program: the name of one in verbs/, or a click command."""
    stops.catch()
    from .commands import run

    try:
        run(named(command) if isinstance(command, str) else command)
    except SystemExit as ended:
        if ended.code == stops.EXIT_CODE and "ray" in sys.modules:
            stops.leave()  # here: Ray may have Python end with an error of its own
        raise
    finally:
        stops.finished()


def named(verb: str) -> click.Command:
    """The command of a module in verbs/."""
    return getattr(importlib.import_module(f".{verb}", __package__), verb)
