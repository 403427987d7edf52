"""How a command ends on Ctrl-C (SIGINT) and SIGTERM: at once, with one line and exit code 130, and nothing half left.

While there is nothing to clean up, the process ends on the spot. So a signal in the middle of an import, or of a
library that waits for its threads or swallows exceptions, does what it does anywhere else. Inside `cleaned_up`, it
raises KeyboardInterrupt, as Python does, so that what is half made is removed. A program that has not ended after
PATIENCE is ended where it is: what is still half made then is removed by the next run.

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

STOPPED = "stopped; the same command continues from here"
EXIT_CODE = 130
SIGNALS = (signal.SIGINT, signal.SIGTERM)
PATIENCE = 3  # seconds until a program is ended that cleans up, waits for its threads or notices no signal
AGAIN = 0.05  # seconds after which a signal that got lost is sent again


class State:
    blocks = 0  # of `cleaned_up` that are entered
    came = False  # whether a signal came
    since = None  # when it came, of time.monotonic; None again if it got lost
    said = False  # whether the line is printed
    made = []  # paths that are removed where the process ends


def catch():
    """Have both signals end this process. An ignored one, as in the background of a shell, stays ignored."""
    for number in SIGNALS:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, stop)
    sys.unraisablehook = send_again
    find_temporary_folder()
    if hasattr(signal, "pthread_sigmask"):
        told, number = os.pipe()
        os.set_blocking(number, False)
        signal.set_wakeup_fd(number, warn_on_full_buffer=False)
        threading.Thread(target=end_in_time, args=(told,), daemon=True).start()


def end_in_time(told):
    """Wait for one of the signals, and see that the program ends in time. Python runs `stop` when it comes to it.

    told: descriptor from which the numbers of signals can be read.
    """
    while os.read(told, 1)[0] not in SIGNALS:
        pass
    time.sleep(PATIENCE)
    leave()


def find_temporary_folder():
    """Have Python look for it now: it tries a folder by a file there, which a stop in that moment would leave."""
    if hasattr(signal, "pthread_sigmask"):
        before = signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
        with contextlib.suppress(OSError):  # there is none
            tempfile.gettempdir()
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


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
    now, State.came = time.monotonic(), True
    if State.since is None:
        State.since = now
        if State.blocks:
            raise KeyboardInterrupt
    elif now - State.since < PATIENCE:
        return
    leave()


def remove(path):
    """Remove a file or a folder, if it is there."""
    while path.is_dir():
        with contextlib.suppress(FileNotFoundError):  # what another thread has just removed in it
            shutil.rmtree(path)
    path.unlink(missing_ok=True)


def leave():
    """End the process here."""
    for path in State.made:
        with contextlib.suppress(OSError):
            remove(path)
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
