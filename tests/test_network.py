"""Requests are tried again while an error is transient, and an error is one line without the token."""

import json
import time

import pytest
from huggingface_hub import get_session
from huggingface_hub.errors import HfHubHTTPError, HTTPError, OfflineModeIsEnabled

from moving_mnist_generator.common.checks import InputError
from moving_mnist_generator.stores import network
from moving_mnist_generator.stores.network import NetworkError, Offline, errors_in_words, patiently

TOKEN = "hf_user_writes"


@pytest.fixture
def waits(monkeypatch):
    """Seconds that would have been waited."""
    waited = []
    monkeypatch.setattr(time, "sleep", waited.append)
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    return waited


class Answer:
    def __init__(self, status, headers=None):
        self.status_code, self.headers, self.request = status, headers or {}, None


def refused(status, headers=None, said=None):
    """An error as huggingface_hub raises it."""
    return HfHubHTTPError(said or f"{status} from a test", response=Answer(status, headers))


def raised_from(error, cause):
    error.__cause__ = cause
    return error


def failing(*errors):
    """A request that fails with one error after the other, and then returns 7."""
    left = [*errors]

    def request():
        if left:
            raise left.pop(0)
        return 7

    return request


TRANSIENT = [
    *map(refused, (408, 429, 500, 502, 503, 504)),
    HTTPError("cut"),
    ConnectionResetError("reset"),
    TimeoutError("timed out"),
    json.JSONDecodeError("half an answer", "{", 1),
    RuntimeError("Cannot send a request, as the client has been closed."),
    raised_from(RuntimeError("Error while uploading"), refused(503)),
]
FOR_GOOD = [
    *map(refused, (400, 401, 403, 404, 409, 412, 501)),
    OfflineModeIsEnabled("offline"),
    KeyError("a bug"),
    RuntimeError("another bug"),
    OSError(28, "No space left on device"),
]


@pytest.mark.parametrize("error", TRANSIENT, ids=repr)
def test_a_transient_error_is_tried_again_after_a_second_and_then_two(error, waits, capsys):
    assert patiently(failing(error, error)) == 7
    assert waits == [1, 2]
    assert capsys.readouterr().err.splitlines()[1].endswith("; trying again in 2 s")


@pytest.mark.parametrize("error", FOR_GOOD, ids=repr)
def test_any_other_error_is_raised_at_once(error, waits, capsys):
    with pytest.raises(type(error)):
        patiently(failing(error))
    assert waits == [] and capsys.readouterr().err == ""


def test_after_five_waits_the_error_is_raised_as_it_is(waits):
    error = refused(500)
    with pytest.raises(HfHubHTTPError) as raised:
        patiently(failing(*[error] * 6))
    assert waits == [1, 2, 4, 8, 16] and raised.value is error


def test_a_status_may_be_transient_for_one_request(waits):
    assert patiently(failing(refused(412)), also_transient=(409, 412)) == 7


def test_ctrl_c_is_never_taken_for_an_error_of_the_network(waits):
    with pytest.raises(KeyboardInterrupt):
        patiently(failing(raised_from(KeyboardInterrupt(), HTTPError("cut"))))
    assert waits == []


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "30"}, 30),
        ({"Retry-After": "9999"}, 300),  # the Hub's window is five minutes
        ({"Retry-After": "Wed, 25 Nov 2026 01:00:00 GMT"}, 1),
        ({"Retry-After": "0"}, 1),
        ({"ratelimit": '"api";r=0;t=55'}, 55),
        ({"ratelimit": '"api";r=3;t=55'}, 1),
        ({"ratelimit": "nonsense"}, 1),
        ({}, 1),
    ],
)
def test_the_wait_that_the_hub_asks_for_is_kept(headers, seconds, waits):
    assert patiently(failing(refused(429, headers))) == 7
    assert waits == [seconds]


def test_no_request_waits_forever(waits):
    get_session().timeout = None  # as huggingface_hub makes it
    patiently(lambda: None)
    assert get_session().timeout.read == network.TIMEOUT == 120


def test_no_line_holds_the_token(waits, capsys):
    error = refused(500, said=f"Bearer {TOKEN} may not do that")
    with pytest.raises(NetworkError) as raised:
        with errors_in_words("user/repo"):
            patiently(failing(*[error] * 6))
    said = capsys.readouterr().err + str(raised.value)
    assert TOKEN not in said and said.count("Bearer <token> may not do that") == 6


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (refused(401), "the Hub does not take this token: run `hf auth login`"),
        (refused(403), "this token has no right to write to user/repo"),
        (refused(404), "user/repo is not there, or not for this token"),
        (refused(500), "failed, and doing the same again continues from here: 500"),
        (
            ConnectionRefusedError("refused"),
            "failed, and doing the same again continues from here: connection refused",
        ),
        (OfflineModeIsEnabled("offline"), "HF_HUB_OFFLINE is set: unset it to reach"),
    ],
)
def test_an_error_of_the_network_is_one_line(error, words):
    with pytest.raises(NetworkError, match=words) as raised:
        with errors_in_words("user/repo"):
            raise error
    assert "\n" not in str(raised.value) and isinstance(raised.value, Offline) == ("OFFLINE" in words)


@pytest.mark.parametrize(
    "error", [KeyError("a bug"), TypeError("a bug"), InputError("a rule"), OSError(28, "No space left on device")]
)
def test_bugs_mistakes_and_errors_of_this_machine_stay_what_they_are(error):
    with pytest.raises(type(error)) as raised:
        with errors_in_words("user/repo"):
            raise error
    assert raised.value is error


def test_a_store_has_errors_of_files():
    with pytest.raises(NetworkError, match="s3://bucket failed, .*: Access Denied"):
        with errors_in_words("s3://bucket", "s3://bucket"):
            raise PermissionError("Access Denied")
