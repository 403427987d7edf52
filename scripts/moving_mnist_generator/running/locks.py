"""Keep two runs apart that make files in one folder: with other arguments they would mix their files."""

import contextlib
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

from filelock import FileLock, Timeout

from .partial import sweep, unless_impossible
from .signals import State, cleaned_up, held_back, remove

NAME = ".lock"  # in the folder of a config: see the docstring of the package
POLL_SECONDS = 0.1


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
            take(folder, held)
            held.callback(sweep, folder)
            sweep(folder)
        yield


def take(folder: Path, held: contextlib.ExitStack) -> None:
    """Make a folder and lock it until `held` ends, and say so if another run has it."""
    path, is_said = folder / NAME, False
    lock = FileLock(path, timeout=0)
    while True:
        try:
            with held_back(), unless_impossible():
                folder.mkdir(parents=True, exist_ok=True)
                try:
                    path.touch()
                    lock.acquire()
                except FileNotFoundError:
                    if folder.exists():  # it takes no files
                        raise
                    continue  # the other run removed it, as it was empty
                State.made.append(path)
                held.callback(release, lock, path)
            return
        except Timeout:
            if not is_said:
                print(f"waiting for another run that makes files in {folder}", file=sys.stderr)
            is_said = True
            time.sleep(POLL_SECONDS)


def release(lock: FileLock, path: Path) -> None:
    """Unlock, and remove the file while it is locked: see `partial.locked`."""
    with contextlib.suppress(OSError):
        remove(path)
    State.made.remove(path)
    lock.release()


def remove_empty(folder: Path) -> None:
    """Remove a folder, unless something is in it."""
    with contextlib.suppress(OSError):
        folder.rmdir()
