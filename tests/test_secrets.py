"""The token, and what a URL hides, is in no output and in no file, whatever the Hub answers."""

import contextlib
import os
import threading
import time

import numpy as np
import psutil
import pytest
from clients import run_script
from publishers import write_split
from standin_hub import TOKENS

from moving_mnist_generator.publishing import distributions

SECRET = "hf_abcdefSECRETghijkl"
REPO, STAGING = "user/moving_mnist", "user/staging"
STORE = f"hf://datasets/{STAGING}/data"
PASSWORD = "SECRETpassword"  # of a URL, and not the token
WITH_CREDENTIALS = f"http://user:{PASSWORD}@127.0.0.1:1/a.npy?token={PASSWORD}#sha256={'0' * 64}"
SIZES = ("--train=3", "--validation=0", "--test=0")


@pytest.fixture(params=["in HF_TOKEN", "in a file"])
def token(request, hub, tmp_path, monkeypatch):
    """The user's token, which the stand-in knows, and no waits."""
    from huggingface_hub import constants

    outside = tmp_path.with_name(f"{tmp_path.name}-token")
    monkeypatch.setitem(TOKENS, SECRET, ("user", "write"))
    monkeypatch.setattr(constants, "HF_TOKEN_PATH", str(outside))
    monkeypatch.setattr(time, "sleep", lambda seconds: None)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    if request.param == "in a file":
        monkeypatch.delenv("HF_TOKEN")
        outside.write_text(SECRET)
    else:
        monkeypatch.setenv("HF_TOKEN", SECRET)


def commands():
    """Each command that reaches the Hub."""
    yield "generate", "two_digits", *SIZES, "--out", STORE
    yield "generate", "two_digits", *SIZES, "--out", "made", "--digits", "user/digits"
    yield "generate", "two_digits", *SIZES, "--out", "made", "--digits", f"{STORE}/digits.npz"
    yield "export_test", "--source", "seq.npy", "--no-verify", "--out", STORE
    yield "export_test", "--source", f"{STORE}/seq.npy", "--no-verify", "--out", "tested"
    yield "update_card", "--data", STORE
    yield "push_to_hub", REPO, "--data", "data"
    yield "push_to_hub", REPO, "--data", STORE, "--dry-run", "staged", "--allow-other-test"
    yield "evaluate", "--truth", f"{STAGING}:two_digits", "--baseline", "black", "--split", "train"
    yield "export", f"{STAGING}:two_digits", "--format", "npy", "--out", "exported", "--split", "train"


def written(folder):
    """The names and the bytes of all that lies below a folder."""
    paths = list(folder.rglob("*"))
    return "\n".join(map(str, paths)).encode() + b"".join(path.read_bytes() for path in paths if path.is_file())


@pytest.mark.parametrize("fault", [None, 401, 403, 500, "cut", "echoed"])
def test_no_command_shows_or_writes_the_token(hub, token, tmp_path, fault):
    (tmp_path / "README.md").write_text("# Prose\n")
    np.save(tmp_path / "seq.npy", np.zeros((20, 2, 64, 64), np.uint8))
    write_split(tmp_path / "data/two", "train", 1, seed=1)
    assert run_script("push_to_hub", STAGING, "--data", "data").returncode == 0
    hub.fault = lambda number, request: fault
    ends = []
    for command in commands():
        ended = run_script(*command)
        ends.append(ended.returncode)
        assert "SECRET" not in ended.stdout + ended.stderr and "Traceback" not in ended.stderr, ended.stderr
        assert ended.returncode in (0, 2), ended.stderr
    assert b"SECRET" not in written(tmp_path)
    if fault is None:
        assert ends.count(0) >= 5, ends
    else:
        assert ends.count(2) >= 9


@contextlib.contextmanager
def watched():
    """Yields {command line: environment as bytes} of each process that this one starts in the block."""
    found, ended = {}, threading.Event()

    def watch():
        while not ended.wait(0.01):
            for process in psutil.Process().children(recursive=True):
                with contextlib.suppress(psutil.Error):
                    found[" ".join(process.cmdline())] = str(process.environ())

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield found
    finally:
        ended.set()
        thread.join()


def test_no_child_has_the_token_in_its_environment(hub, token, tmp_path):
    write_split(tmp_path / "data/two", "train", 1, seed=1)
    distributions.build.cache_clear()
    with watched() as found:
        assert run_script("push_to_hub", STAGING, "--data", "data").returncode == 0
        if "HF_TOKEN" not in os.environ:  # workers that write into a store need what the user has set
            assert run_script("generate", "two_digits", *SIZES, "--workers=2").returncode == 0
    wanted = {"hatchling"} | ({"spawn_main"} if "HF_TOKEN" not in os.environ else set())
    assert {name for name in wanted for line in found if name in line} == wanted
    assert "SECRET" not in str(found)


WRONG = [
    ("generate", "two_digits", "--out", WITH_CREDENTIALS),
    ("generate", "two_digits", "--out", f"s3+https://{PASSWORD}@host/data"),
    ("generate", "two_digits", "--digits", WITH_CREDENTIALS),
    ("generate", "two_digits", "--digits", f"http://user:{PASSWORD}@127.0.0.1:1/a.npz#sha256={'0' * 64}"),
    ("generate", "two_digits", "--digits", f"hf://user:{PASSWORD}@datasets/user/absent/a.npz"),
    ("export_test", "--source", WITH_CREDENTIALS),
    ("export_test", "--source", WITH_CREDENTIALS.partition("#")[0], "--no-verify"),
    ("export_test", "--source", f"ftp://user:{PASSWORD}@127.0.0.1:1/a.npy"),
    ("generate", "two_digits", "--out", f"hf://user:{PASSWORD}@datasets/user/absent"),
    ("update_card", "--data", f"hf://user:{PASSWORD}@datasets/user/absent"),
    ("evaluate", "--truth", f"hf://user:{PASSWORD}@datasets/user/absent", "--baseline", "black"),
    ("update_card", "--data", WITH_CREDENTIALS),
    ("push_to_hub", REPO, "--data", f"https://127.0.0.1:1/data?token={PASSWORD}"),
    ("push_to_hub", f"https://user:{PASSWORD}@huggingface.co/{REPO}"),
    ("evaluate", "--truth", WITH_CREDENTIALS, "--baseline", "black"),
    ("evaluate", WITH_CREDENTIALS, "--truth", "seq.npy"),
    ("export", WITH_CREDENTIALS, "--format", "npy", "--out", "exported"),
    ("preview", WITH_CREDENTIALS, "--out", "a.gif"),
]


@pytest.mark.parametrize("command", WRONG, ids=lambda command: " ".join(command)[:40])
def test_a_wrong_url_is_one_line_without_what_it_hides(hub, token, tmp_path, command):
    np.save(tmp_path / "seq.npy", np.zeros((20, 2, 64, 64), np.uint8))
    ended = run_script(*command)
    *waits, line = ended.stderr.splitlines()
    assert ended.returncode == 2 and line.startswith("error: "), ended.stderr
    assert all("trying again" in wait for wait in waits), ended.stderr
    assert "SECRET" not in ended.stdout + ended.stderr
    assert b"SECRET" not in written(tmp_path)
