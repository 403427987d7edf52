"""Environment variables of all tests.

huggingface_hub and datasets read them when they are imported, so this file is imported first.
"""

import os
import random
import signal
import socket


def free_port():
    """A port of 127.0.0.1 on which nothing listens, below those that a system gives to outgoing connections."""
    while True:
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", random.randint(20_000, 30_000)))
                return probe.getsockname()[1]
            except OSError:
                continue


# Every stand-in of the Hub listens there, one after the other. Each worker of pytest-xdist has an address of its own;
# a process that a test starts keeps that of the test.
worker = os.environ.get("PYTEST_XDIST_WORKER", "alone")
if os.environ.get("STANDIN_HUB_OF") != worker:
    os.environ |= {"HF_ENDPOINT": f"http://127.0.0.1:{free_port()}", "STANDIN_HUB_OF": worker}
os.environ |= {"HF_HUB_DISABLE_XET": "1", "HF_HUB_DISABLE_TELEMETRY": "1", "HF_UPDATE_DOWNLOAD_COUNTS": "0"}
os.environ.setdefault("HF_HUB_OFFLINE", "1")  # a test that reaches for the network has lost its way
os.environ.setdefault("HF_DATASETS_DISABLE_PROGRESS_BARS", "1")

# Started in the background, a shell ignores Ctrl-C for us, and for all that the tests start and stop.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
