"""Requests to the Hub and to stores: tried again while an error is transient, and errors in words.

Only errors of the network and of the libraries that use it are put into words. A bug of ours keeps its traceback.
"""

import contextlib
import json
import socket
import ssl
import sys
import traceback

from huggingface_hub import constants, get_session, get_token
from huggingface_hub.errors import HfHubHTTPError, HTTPError, OfflineModeIsEnabled
from huggingface_hub.utils import parse_ratelimit_headers
from tenacity import Retrying, retry_if_exception, stop_after_attempt, wait_exponential
from tqdm import tqdm

from ..common.checks import InputError, plain_urls

TRIES = 6  # of one request
BACKOFF = wait_exponential(max=16)  # seconds: 1, 2, 4, 8, 16
LONGEST_WAIT = 300  # seconds; the Hub counts requests in windows of five minutes
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


class NetworkError(OSError):
    """A request failed for good: one line that says what to do, without the token."""


class Offline(NetworkError):
    """HF_HUB_OFFLINE is set, and the Hub is needed."""


def patiently(request, *args, also_transient=(), **kwargs):
    """Call `request`. While its error is transient, say so on stderr, wait and call it again, a few times.

    Args:
        request: function that makes requests, and may make them again.
        also_transient: tuple of HTTP statuses that are transient for this request, besides TRANSIENT_STATUS.

    Returns:
        what `request` returns. Its last error is raised as it is.
    """
    retrying = Retrying(
        before=limit_time,
        retry=retry_if_exception(lambda error: is_transient(error, also_transient)),
        wait=seconds_to_wait,
        before_sleep=say_why,
        stop=stop_after_attempt(TRIES),
        reraise=True,
    )
    return retrying(request, *args, **kwargs)


def limit_time(call):
    """Let no request of this try wait forever. huggingface_hub replaces its session after some errors."""
    get_session().timeout = TIMEOUT


def seconds_to_wait(call):
    """What the Hub asks for, up to LONGEST_WAIT; at least what grows with each try."""
    return min(LONGEST_WAIT, max(BACKOFF(call), asked_wait(call.outcome.exception())))


def say_why(call):
    """One line on stderr before each wait."""
    line = f"{reason(call.outcome.exception())}; trying again in {call.next_action.sleep:g} s"
    tqdm.write(line, file=sys.stderr)


def causes(error):
    """The error, and the errors that it was raised from, or that a library put into it."""
    while error is not None:
        yield error
        error = error.__cause__ or next((each for each in error.args if isinstance(each, BaseException)), None)


def answer(error):
    """The Hub's answer behind an error, or None."""
    return next((cause.response for cause in causes(error) if isinstance(cause, HfHubHTTPError)), None)


def is_offline(error):
    """Whether the Hub was not asked at all, because HF_HUB_OFFLINE is set. datasets names that error in its own."""
    name = OfflineModeIsEnabled.__name__
    return any(isinstance(cause, OfflineModeIsEnabled) or name in str(cause) for cause in causes(error))


def is_transient(error, also_transient=()):
    """Whether the same request may work a little later."""
    if not isinstance(error, Exception) or is_offline(error):  # Ctrl-C is none
        return False
    if (response := answer(error)) is not None:
        return response.status_code in (*TRANSIENT_STATUS, *also_transient)
    if any(map(is_final, causes(error))):
        return False
    return any(isinstance(cause, TRANSIENT_ERRORS) or is_closed_client(cause) for cause in causes(error))


def is_final(error):
    """Whether an error of a connection stays: a certificate that is not right, a host that does not exist."""
    unknown = isinstance(error, socket.gaierror) and error.errno == socket.EAI_NONAME
    return unknown or isinstance(error, ssl.SSLCertVerificationError)


def is_closed_client(error):
    """Whether another thread closed the connection after an error of its own, as huggingface_hub does."""
    return isinstance(error, RuntimeError) and "client has been closed" in str(error)


def is_of_network(error):
    """Whether an error comes from a request, and neither from this machine nor from a bug of ours."""
    return any(isinstance(cause, TRANSIENT_ERRORS) or is_of_client(cause) for cause in causes(error))


def is_of_client(error):
    """Whether a library that makes requests defines or raises an error.

    If the Hub's answer makes no sense, huggingface_hub may fail anywhere, with any error.
    """
    frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__)]
    modules = [type(error).__module__, *(frame.f_globals.get("__name__", "") for frame in frames[-1:])]
    return any(module.partition(".")[0] in CLIENTS for module in modules)


def asked_wait(error):
    """The seconds that the Hub asks to wait; 0 if it does not."""
    headers = getattr(answer(error), "headers", {})
    if (seconds := headers.get("Retry-After", "").strip()).isdecimal():
        return int(seconds)
    limit = parse_ratelimit_headers(headers)
    return limit.reset_in_seconds if limit and not limit.remaining else 0


def reason(error):
    """An error in a few words, on one line, without the token and without what a URL may hide."""
    response = answer(error)
    cause = list(causes(error))[-1] if response is None else error
    said = getattr(error, "server_message", None) or str(cause) or type(cause).__name__
    if response is not None:
        said = f"{response.status_code} {said}"
    elif name := next((name for kind, name in CONNECTION_ERRORS.items() if isinstance(cause, kind)), None):
        said = name if said.lower().endswith(name) else f"{name}: {said}"
    return without_secrets(said)


def without_secrets(text):
    """Text on one line, without the token, and without credentials and queries of URLs."""
    return plain_urls(" ".join(text.split()).replace(get_token() or "\0", "<token>"))


@contextlib.contextmanager
def errors_in_words(place, server=None, advice=TO_WRITE):
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


def in_words(error, place, server, advice=TO_WRITE):
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
