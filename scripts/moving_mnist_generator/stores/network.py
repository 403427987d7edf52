"""Requests to the Hub and to stores: tried again while an error is transient, and errors in words.

Only errors of the network and of the libraries that use it are put into words. A bug of ours keeps its traceback.
"""

import contextlib
import json
import socket
import ssl
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from huggingface_hub import constants, get_session, get_token
from huggingface_hub.errors import HfHubHTTPError, HTTPError, OfflineModeIsEnabled
from huggingface_hub.utils import parse_ratelimit_headers
from tqdm import tqdm

from ..common.checks import InputError, plain_urls

TRIES = 6  # of one request, after waits of 1, 2, 4, 8 and 16 seconds, or what the Hub asks for
LONGEST_WAIT_SECONDS = 300  # the Hub counts requests in windows of five minutes
TIMEOUT = 120  # seconds without a byte; huggingface_hub itself has no limit
TRANSIENT_STATUS = (408, 429, 500, 502, 503, 504)
TRANSIENT_ERRORS = (HTTPError, ConnectionError, TimeoutError, json.JSONDecodeError)  # the last one: half an answer
# What an error of a connection is called, by the class of its first cause.
CONNECTION_ERRORS = {
    ssl.SSLError: "no secure connection",
    socket.gaierror: "unknown host",
    ConnectionRefusedError: "connection refused",
    TimeoutError: "no answer in time",
}
# What to do, by the status of an answer.
TO_WRITE = {
    401: "the Hub does not take this token: run `hf auth login`, or set HF_TOKEN to another",
    403: "this token has no right to write to {place}: use one with the right to write",
    404: "{place} is not there, or not for this token",
}
TO_READ = {
    401: "{place} may not be read with these credentials",
    403: "{place} may not be read",
    404: "{place} is not there",
    410: "{place} is not there any more",
}
# Libraries that make requests.
CLIENTS = ("aiohttp", "azure", "botocore", "fsspec", "gcsfs", "google", "httpx", "httpx2", "huggingface_hub", "s3fs")
Result = TypeVar("Result")


class NetworkError(OSError):
    """A request failed for good: one line that says what to do, without the token."""


class Offline(NetworkError):
    """HF_HUB_OFFLINE is set, and the Hub is needed."""


def patiently(
    request: Callable[..., Result], *args: Any, also_transient: tuple[int, ...] = (), **kwargs: Any
) -> Result:
    """Call `request`. While its error is transient, say so on stderr, wait and call it again, a few times.

    Args:
        request: function that makes requests, and may make them again. Its last error is raised as it is.
        also_transient: HTTP statuses that are transient for this request, besides TRANSIENT_STATUS.
    """
    for attempt in range(TRIES):
        get_session().timeout = TIMEOUT  # again each time: huggingface_hub replaces its session after some errors
        try:
            return request(*args, **kwargs)
        except Exception as error:
            if attempt == TRIES - 1 or not is_transient(error, also_transient):
                raise
            seconds = min(LONGEST_WAIT_SECONDS, max(2**attempt, asked_wait(error)))
            tqdm.write(f"{reason(error)}; trying again in {seconds} s", file=sys.stderr)
        time.sleep(seconds)
    raise AssertionError("the last try returns or raises")


def causes(error: BaseException | None) -> Iterator[BaseException]:
    """The error, and the errors that it was raised from, or that a library put into it."""
    while error is not None:
        yield error
        error = error.__cause__ or next((each for each in error.args if isinstance(each, BaseException)), None)


def answer(error: BaseException | None) -> Any:
    """The Hub's answer behind an error, or None."""
    return next((cause.response for cause in causes(error) if isinstance(cause, HfHubHTTPError)), None)


def is_offline(error: BaseException) -> bool:
    """Whether the Hub was not asked at all, because HF_HUB_OFFLINE is set. datasets names that error in its own."""
    name = OfflineModeIsEnabled.__name__
    return any(isinstance(cause, OfflineModeIsEnabled) or name in str(cause) for cause in causes(error))


def is_transient(error: Exception, also_transient: tuple[int, ...] = ()) -> bool:
    """Whether the same request may work a little later."""
    if is_offline(error):
        return False
    if (response := answer(error)) is not None:
        return response.status_code in (*TRANSIENT_STATUS, *also_transient)
    if any(map(is_final, causes(error))):
        return False
    closed = "client has been closed"  # by another thread, after an error of its own, as huggingface_hub does
    return any(isinstance(cause, TRANSIENT_ERRORS) or closed in str(cause) for cause in causes(error))


def is_final(error: BaseException) -> bool:
    """Whether an error of a connection stays: a certificate that is not right, a host that does not exist."""
    unknown = isinstance(error, socket.gaierror) and error.errno == socket.EAI_NONAME
    return unknown or isinstance(error, ssl.SSLCertVerificationError)


def is_of_network(error: BaseException) -> bool:
    """Whether an error comes from a request, and neither from this machine nor from a bug of ours."""
    return any(isinstance(cause, TRANSIENT_ERRORS) or is_of_client(cause) for cause in causes(error))


def is_of_client(error: BaseException) -> bool:
    """Whether a library that makes requests defines or raises an error.

    If the Hub's answer makes no sense, huggingface_hub may fail anywhere, with any error.
    """
    frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__)]
    modules = [type(error).__module__, *(frame.f_globals.get("__name__", "") for frame in frames[-1:])]
    return any(module.partition(".")[0] in CLIENTS for module in modules)


def asked_wait(error: BaseException) -> int:
    """The seconds that the Hub asks to wait; 0 if it does not."""
    headers = getattr(answer(error), "headers", {})
    if (seconds := headers.get("Retry-After", "").strip()).isdecimal():
        return int(seconds)
    limit = parse_ratelimit_headers(headers)
    return limit.reset_in_seconds if limit and not limit.remaining else 0


def reason(error: BaseException) -> str:
    """An error in a few words, on one line, without the token and without what a URL may hide."""
    first = list(causes(error))[-1]
    if (response := answer(error)) is not None:
        # An error that was raised from the Hub's says what was being done.
        phrase = getattr(response, "reason_phrase", "") if isinstance(error, HfHubHTTPError) else ""
        said = getattr(error, "server_message", None) or phrase or str(error)
        return without_secrets(f"{response.status_code} {said}")
    said = str(first) or type(first).__name__
    if name := next((name for kind, name in CONNECTION_ERRORS.items() if isinstance(first, kind)), None):
        said = name if said.lower().endswith(name) else f"{name}: {said}"
    return without_secrets(said)


def without_secrets(text: str) -> str:
    """Text on one line, without the token, and without credentials and queries of URLs."""
    return plain_urls(" ".join(text.split()).replace(get_token() or "\0", "<token>"))


@contextlib.contextmanager
def errors_in_words(place: Any, server: Any = None, advice: dict[int, str] = TO_WRITE) -> Iterator[None]:
    """Turn errors of the network, of the Hub and of stores into a NetworkError.

    Args:
        place: repo or URL that is read or written.
        server: the store that failed, if the error is none of the Hub's refusals; None, the Hub.
        advice: {status of an answer: what to do}.
    """
    try:
        yield
    except (InputError, NetworkError):
        raise
    except Exception as error:
        if not is_of_network(error) and not (server and isinstance(error, OSError)):  # a store has errors of files
            raise
        raise in_words(error, place, server or constants.ENDPOINT, advice) from error


def in_words(error: Exception, place: Any, server: Any, advice: dict[int, str] = TO_WRITE) -> NetworkError:
    """The NetworkError for an error: what failed, and what to do."""
    if is_offline(error):
        return Offline(f"HF_HUB_OFFLINE is set: unset it to reach {place} at {server}")
    status = getattr(answer(error), "status_code", None)
    if status in advice:
        return NetworkError(f"{advice[status].format(place=place)} ({reason(error)})")
    if status == 429:
        seconds = asked_wait(error)
        asked = f", and asks to wait {seconds:,} s" if seconds else ""
        return NetworkError(f"{server} takes no more requests for now{asked}: try again later ({reason(error)})")
    if any(map(is_final, causes(error))):
        return NetworkError(f"{server} cannot be reached: {reason(error)}")
    return NetworkError(f"{server} failed, and doing the same again continues from here: {reason(error)}")
