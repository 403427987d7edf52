"""Requests to the Hub that are tried again while the error is transient, and network errors in one line.

Only errors of the network and of the Hub are turned into words. Anything else is a bug, and keeps its traceback.
"""

import contextlib
import json
import sys

import tenacity
from huggingface_hub import constants, get_session, get_token
from huggingface_hub.errors import HfHubHTTPError, HTTPError, OfflineModeIsEnabled
from huggingface_hub.utils import parse_ratelimit_headers
from tqdm import tqdm

from ..checks import InputError

TRIES = 6  # of a request, with waits of 1, 2, 4, 8 and 16 seconds between them
LONGEST_WAIT = 300  # seconds; the Hub counts requests in windows of five minutes
TIMEOUT = 120  # seconds without a byte; huggingface_hub itself would wait for ever
TRANSIENT_STATUS = (408, 429, 500, 502, 503, 504)
# What huggingface_hub raises when a connection is cut: RuntimeError comes from its uploads, JSONDecodeError from half
# an answer.
TRANSIENT_ERRORS = (HTTPError, ConnectionError, TimeoutError, RuntimeError, json.JSONDecodeError)
NETWORK_ERRORS = (HTTPError, OSError, json.JSONDecodeError)


class NetworkError(InputError):
    """The network or the Hub failed or refused, in one line that says what to do."""


class Offline(NetworkError):
    """HF_HUB_OFFLINE is set."""


def patiently(request, *args, also_transient=(), **kwargs):
    """Call `request`, again and again while the error is transient, at most TRIES times.

    also_transient: statuses that are transient for this request, besides TRANSIENT_STATUS.
    """
    retrying = tenacity.Retrying(
        before=limit_time,
        retry=tenacity.retry_if_exception(lambda error: is_transient(error, also_transient)),
        stop=tenacity.stop_after_attempt(TRIES),
        wait=longer_each_time,
        before_sleep=announce,
        reraise=True,
    )
    return retrying(request, *args, **kwargs)


def limit_time(attempt):
    """Let no request of this attempt wait for ever. huggingface_hub replaces its session after some errors."""
    get_session().timeout = TIMEOUT


def longer_each_time(attempt):
    """Seconds to wait before the next attempt: as the Hub asks, if that is longer than ours."""
    ours = tenacity.wait_exponential()(attempt)
    return min(LONGEST_WAIT, max(ours, requested_wait(attempt.outcome.exception())))


def announce(attempt):
    """Print why a request is tried again, and when."""
    error, seconds = attempt.outcome.exception(), attempt.next_action.sleep
    tqdm.write(f"{reason(error)}; trying again in {seconds:g} s", file=sys.stderr)


def causes(error):
    """The error, and the errors that it was raised from."""
    while error is not None:
        yield error
        error = error.__cause__


def answer(error):
    """The Hub's answer behind an error, or None."""
    return next((cause.response for cause in causes(error) if isinstance(cause, HfHubHTTPError)), None)


def is_offline(error):
    return any(isinstance(cause, OfflineModeIsEnabled) for cause in causes(error))


def is_of_network(error):
    """Whether an error comes from the network or the Hub, and not from a bug."""
    return any(isinstance(cause, NETWORK_ERRORS) for cause in causes(error))


def is_transient(error, also_transient=()):
    """Whether the same request may work a little later."""
    if is_offline(error):
        return False
    if (response := answer(error)) is not None:
        return response.status_code in (*TRANSIENT_STATUS, *also_transient)
    return any(isinstance(cause, TRANSIENT_ERRORS) for cause in causes(error))


def requested_wait(error):
    """The seconds that the Hub asks to wait; 0 if it does not."""
    headers = getattr(answer(error), "headers", {})
    if (seconds := headers.get("Retry-After", "").strip()).isdecimal():
        return int(seconds)
    limit = parse_ratelimit_headers(headers)
    return limit.reset_in_seconds if limit and not limit.remaining else 0


def reason(error):
    """An error in a few words, on one line, without the token."""
    response = answer(error)
    cause = list(causes(error))[-1] if response is None else error
    said = getattr(error, "server_message", None) or str(cause) or type(cause).__name__
    text = " ".join((f"{response.status_code} {said}" if response is not None else said).split())
    return text.replace(get_token() or "\0", "<token>")


@contextlib.contextmanager
def errors_in_words(place, server=None):
    """Turn errors of the network and of the Hub into a NetworkError of one line that says what to do.

    Args:
        place: repo or URL that is read or written.
        server: named as what failed, if the Hub did not refuse the request. [default: the Hub]
    """
    try:
        yield
    except InputError:
        raise
    except Exception as error:
        if not is_of_network(error):
            raise
        raise in_words(error, place, server or constants.ENDPOINT) from error


def in_words(error, place, server):
    """The NetworkError for an error of the network: what happened, and what to do."""
    if is_offline(error):
        return Offline(f"HF_HUB_OFFLINE is set: unset it to reach {server}")
    status = getattr(answer(error), "status_code", None)
    advice = {
        401: "the Hub does not take this token: run `hf auth login`, or set HF_TOKEN to another",
        403: f"this token has no right to write to {place}: use one with the right to write",
        404: f"{place} is not there, or not for this token",
    }
    if status in advice:
        return NetworkError(f"{advice[status]} ({reason(error)})")
    return NetworkError(f"{server} failed, and the same command goes on from here: {reason(error)}")
