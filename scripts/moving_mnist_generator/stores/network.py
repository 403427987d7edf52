"""Requests to the Hub that wait and try again while an error passes, and errors in words."""

import contextlib
import json
import re
import sys
import time

from huggingface_hub import constants, get_session, get_token
from huggingface_hub.errors import HfHubHTTPError, HTTPError, OfflineModeIsEnabled
from tqdm import tqdm

WAITS = (1, 2, 4, 8, 16)  # seconds, before each new try of a request
LONGEST_WAIT = 300  # seconds; the Hub counts requests in windows of five minutes
TIMEOUT = 120  # seconds without a byte; huggingface_hub itself would wait for ever
PASSING_STATUS = (408, 429, 500, 502, 503, 504)
PASSING_ERRORS = (HTTPError, ConnectionError, TimeoutError, RuntimeError, json.JSONDecodeError)


def patiently(request, *args, also_passing=(), **kwargs):
    """Call `request`; while the error is one that passes, wait and call it again, a few times.

    also_passing: statuses that pass, for this request, besides PASSING_STATUS.
    """
    for wait in WAITS:
        get_session().timeout = TIMEOUT
        try:
            return request(*args, **kwargs)
        except Exception as error:  # every layer below has classes of its own
            if not passes(error, also_passing):
                raise
            wait = min(LONGEST_WAIT, max(wait, asked_wait(error)))
            tqdm.write(f"{reason(error)}; trying again in {wait:g} s", file=sys.stderr)
        time.sleep(wait)
    get_session().timeout = TIMEOUT
    return request(*args, **kwargs)


def causes(error):
    """The error, and the errors behind it."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def answer(error):
    """The Hub's answer behind an error, or None."""
    return next((cause.response for cause in causes(error) if isinstance(cause, HfHubHTTPError)), None)


def passes(error, also_passing=()):
    """Whether the same request may work a little later."""
    if any(isinstance(cause, OfflineModeIsEnabled) for cause in causes(error)):
        return False
    if (response := answer(error)) is not None:
        return response.status_code in (*PASSING_STATUS, *also_passing)
    return any(isinstance(cause, PASSING_ERRORS) for cause in causes(error))


def asked_wait(error):
    """The seconds that the Hub asks to wait; 0 if it does not."""
    headers = getattr(answer(error), "headers", {})
    if match := re.fullmatch(r"\d+", headers.get("Retry-After", "")):
        return int(match[0])
    match = re.search(r"\br=0;t=(\d+)", headers.get("RateLimit", "").replace(" ", ""))
    return int(match[1]) if match else 0


def reason(error):
    """An error in a few words, on one line, without the token."""
    response = answer(error)
    cause = list(causes(error))[-1] if response is None else error
    said = getattr(error, "server_message", None) or str(cause) or type(cause).__name__
    text = " ".join((f"{response.status_code} {said}" if response is not None else said).split())
    return text.replace(get_token() or "\0", "<token>")


@contextlib.contextmanager
def errors_in_words(place, server=constants.ENDPOINT):
    """Turn errors of the network and of the Hub into a ValueError of one line that says what to do.

    Args:
        place: repo or URL that is read or written.
        server: what is said to have failed, if it is none of the Hub's refusals.
    """
    try:
        yield
    except ValueError:
        raise
    except Exception as error:  # an answer that makes no sense may fail anywhere in huggingface_hub
        raise ValueError(in_words(error, place, server)) from error


def in_words(error, place, server):
    """One line on an error, and what to do."""
    if any(isinstance(cause, OfflineModeIsEnabled) for cause in causes(error)):
        return f"HF_HUB_OFFLINE is set: unset it to reach {server}; push_to_hub.py --dry-run FOLDER needs no Hub"
    status = getattr(answer(error), "status_code", None)
    advice = {
        401: "the Hub does not take this token: run `hf auth login`, or set HF_TOKEN to another",
        403: f"this token has no right to write to {place}: use one with the right to write",
        404: f"{place} is not there, or not for this token",
    }
    if status in advice:
        return f"{advice[status]} ({reason(error)})"
    return f"{server} failed, and the same command goes on from here: {reason(error)}"
