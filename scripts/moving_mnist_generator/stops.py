"""How a command ends on Ctrl-C (SIGINT) and SIGTERM: at once, with one line and exit code 130, and nothing half left.

While there is nothing to clean up, the process ends on the spot. So a signal in the middle of an import, or of a
library that waits for its threads or swallows exceptions, does what it does anywhere else. Inside `cleaned_up`, it
raises KeyboardInterrupt, as Python does, so that what is half made is removed.

Standard library alone, so that signals are caught before anything that takes time is imported.
"""

import contextlib
import os
import signal
import sys
import threading
import time

STOPPED = "stopped; the same command continues from here"
EXIT_CODE = 130
SIGNALS = (signal.SIGINT, signal.SIGTERM)
PATIENCE = 3  # seconds for cleaning up, in which further signals change nothing
AGAIN = 0.05  # seconds after which a signal that got lost is sent again


class State:
    blocks = 0  # of `cleaned_up` that are entered
    since = None  # when the signal came, of time.monotonic
    said = False  # whether the line is printed


def catch():
    """Have both signals end this process. An ignored one, as in the background of a shell, stays ignored."""
    for number in SIGNALS:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, stop)
    sys.unraisablehook = send_again


def finished():
    """From here on it is too late to stop: Python itself ends."""
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN)


@contextlib.contextmanager
def cleaned_up():
    """A block that removes what it has made if an exception ends it: a signal raises KeyboardInterrupt in it."""
    State.blocks += 1
    try:
        yield
    finally:
        State.blocks -= 1
        if State.since is not None and not State.blocks:
            in_time = threading.Timer(PATIENCE, leave)  # if a library waits for its threads
            in_time.daemon = True
            in_time.start()


@contextlib.contextmanager
def handlers_kept():
    """A block in which a library may set handlers of its own, such as Ray's, which exits with 1 on SIGTERM."""
    if threading.current_thread() is not threading.main_thread():  # which alone may set handlers
        yield
        return
    before = {number: signal.getsignal(number) for number in SIGNALS}
    try:
        yield
    except SystemExit:
        raise KeyboardInterrupt from None
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def stop(number, frame):
    """Handle a signal."""
    now = time.monotonic()
    if State.since is None:
        State.since = now
        if State.blocks:
            raise KeyboardInterrupt
    elif now - State.since < PATIENCE:
        return
    leave()


def leave():
    """End the process here."""
    with contextlib.suppress(Exception):  # a stream that is just being written to
        sys.stdout.flush()
    if not State.said:
        end_of_bar = "\n" if os.isatty(2) else ""
        os.write(2, f"{end_of_bar}{STOPPED}\n".encode())
    os._exit(EXIT_CODE)


def send_again(unraisable):
    """Python prints and drops an exception in a callback, such as that of a weak reference: here none may be lost."""
    if not issubclass(unraisable.exc_type, KeyboardInterrupt):
        return sys.__unraisablehook__(unraisable)
    State.since = None
    again = threading.Timer(AGAIN, os.kill, (os.getpid(), signal.SIGTERM))
    again.daemon = True
    again.start()
