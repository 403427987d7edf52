"""Keep two runs apart that make files in one folder: with other arguments they would mix their files."""

import contextlib
from collections.abc import Iterable, Iterator
from pathlib import Path

from .partial import locked, sweep, unless_impossible
from .signals import cleaned_up

NAME = ".lock"  # in the folder of a config: see the docstring of the package


@contextlib.contextmanager
def alone_in(folders: Iterable[Path]) -> Iterator[None]:
    """Wait until no other run makes files in these folders, then keep others waiting.

    What killed runs left half made is removed before, what killed workers left afterwards. A new folder that is still
    empty at the end is removed.
    """
    with cleaned_up(), contextlib.ExitStack() as held:
        for folder in sorted(set(folders)):
            for each in reversed([each for each in (folder, *folder.parents) if not each.exists()]):
                held.callback(remove_empty, each)
            with unless_impossible():
                held.enter_context(locked(folder / NAME, f"waiting for another run that makes files in {folder}"))
            held.callback(sweep, folder)
            sweep(folder)
        yield


def remove_empty(folder: Path) -> None:
    """Remove a folder, unless something is in it."""
    with contextlib.suppress(OSError):
        folder.rmdir()
