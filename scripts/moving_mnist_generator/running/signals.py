"""End a command on Ctrl-C (SIGINT) and SIGTERM, as the docstring of the package says.

Standard library alone, so that signals are caught before anything that takes time is imported.
"""

import contextlib
import os
import shutil
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

STOPPED = "stopped; the same command continues from here"
EXIT_CODE = 130
SIGNALS = (signal.SIGINT, signal.SIGTERM)
SECONDS_TO_CLEAN_UP = 3  # then the program is ended where it is


class State:
    blocks = 0  # of `cleaned_up` that are entered
    came = False  # whether a signal came
    said = False  # whether the line is printed
    made: list[Path] = []  # removed where the process ends


def catch() -> None:
    """Have both signals end this process. An ignored one, as in the background of a shell, stays ignored."""
    with contextlib.suppress(OSError):  # there is none
        tempfile.gettempdir()  # tries a folder by a file there, once, which a later stop would leave
    for number in SIGNALS:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, stop)
    sys.unraisablehook = pass_over_stop
    if hasattr(signal, "pthread_sigmask"):
        numbers, wakeup = os.pipe()
        os.set_blocking(wakeup, False)
        signal.set_wakeup_fd(wakeup, warn_on_full_buffer=False)
        threading.Thread(target=end_in_time, args=(numbers,), daemon=True).start()


def stop(*_) -> None:
    """Handle the first signal. A second one changes nothing: `end_in_time` waits already."""
    if State.came:
        return
    State.came = True
    if State.blocks:
        raise KeyboardInterrupt
    leave()


def end_in_time(numbers: int) -> None:
    """Wait for a signal, and end the program some seconds later. numbers: descriptor that signals are read from.

    Python calls `stop` only when its main thread comes back from a library.
    """
    while os.read(numbers, 1)[0] not in SIGNALS:
        pass
    time.sleep(SECONDS_TO_CLEAN_UP)
    leave()


def pass_over_stop(unraisable) -> None:
    """Python prints and drops an exception in a callback, such as that of a weak reference. A stop is not printed."""
    if not issubclass(unraisable.exc_type, KeyboardInterrupt):
        sys.__unraisablehook__(unraisable)


def leave() -> None:
    """End the process here, with the line."""
    remove_made()
    with contextlib.suppress(Exception):  # a stream that is just being written to
        sys.stdout.flush()
    if not State.said:
        end_of_bar = "\n" if os.isatty(2) else ""
        os.write(2, f"{end_of_bar}{STOPPED}\n".encode())
    os._exit(EXIT_CODE)


def remove_made() -> None:
    """Remove what this process has half made."""
    for path in list(State.made):
        with contextlib.suppress(OSError):
            remove(path)


def remove(path: Path) -> None:
    """Remove a file or a folder, if it is there."""
    while path.is_dir():
        with contextlib.suppress(FileNotFoundError):  # what another thread has just removed in it
            shutil.rmtree(path)
    path.unlink(missing_ok=True)


def finished() -> None:
    """Ignore signals from here on: Python itself ends."""
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN)


@contextlib.contextmanager
def cleaned_up() -> Iterator[None]:
    """A block that removes what it has made if an exception ends it: a signal raises KeyboardInterrupt in it."""
    State.blocks += 1
    try:
        yield
    finally:
        State.blocks -= 1


@contextlib.contextmanager
def held_back() -> Iterator[None]:
    """A block that no signal interrupts: it takes effect at the end. Handlers that a library sets in it are undone.

    A process that starts in it has Ctrl-C blocked, which a terminal sends to all, until it can handle it.
    """
    if threading.current_thread() is not threading.main_thread():  # which alone gets signals
        yield
        return
    arrived: list[int] = []
    before = {each: signal.signal(each, lambda number, _: arrived.append(number)) for each in SIGNALS}
    mask_ctrl_c("SIG_BLOCK")
    try:
        yield
    finally:
        mask_ctrl_c("SIG_UNBLOCK")
        for each, handler in before.items():
            signal.signal(each, handler)
        for number in arrived[:1]:
            signal.raise_signal(number)


def mask_ctrl_c(how: str) -> None:
    """Block or unblock SIGINT in this thread, where the system can. A new process inherits it."""
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(getattr(signal, how), [signal.SIGINT])
