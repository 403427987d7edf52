"""Files by URL: cut downloads go on, across runs too, nothing unverified is used, each failure has its own words."""

import hashlib
import socket
import ssl
import time

import numpy as np
import pytest
from clients import online
from huggingface_hub import constants
from publishers import write_split
from servers import FileServer
from settings import free_port
from test_from_store import make_staging

from moving_mnist_generator import InputError, load_digits
from moving_mnist_generator.files import authors
from moving_mnist_generator.stores.download import local_file
from moving_mnist_generator.stores.network import NetworkError

BODY = np.random.default_rng(0).bytes(300_000)
SHA256 = hashlib.sha256(BODY).hexdigest()
OTHER = BODY[::-1]


@pytest.fixture
def home(tmp_path, monkeypatch):
    """The folder of all caches of this process, which may reach 127.0.0.1, and waits without sleeping.

    huggingface_hub writes 10 MB at a time, of which a cut loses the last ones; here 10 kB.
    """
    monkeypatch.setattr(constants, "DOWNLOAD_CHUNK_SIZE", 10_000)
    monkeypatch.setattr(time, "sleep", lambda seconds: None)
    with online(tmp_path / "home"):
        yield tmp_path / "home"


@pytest.fixture
def server(home):
    with FileServer(a__bin=BODY) as server:
        yield server


def fetch(server, sha256=SHA256, path="a.bin"):
    return local_file(f"{server.url}/{path}#sha256={sha256}")


def partials(home):
    return sorted(path for path in home.rglob("*partial*"))


def test_a_download_is_kept_and_not_asked_for_again(server, home):
    assert fetch(server).read_bytes() == fetch(server).read_bytes() == BODY
    assert server.ranges == [None] and not partials(home)


def test_a_cut_download_goes_on_where_it_stopped_as_long_as_bytes_arrive(server):
    server.answer = lambda number, path: {"bytes": 30_000}
    assert fetch(server).read_bytes() == BODY
    assert server.ranges == [None, *(f"bytes={at}-" for at in range(30_000, 300_000, 30_000))]


def cut_run(server, home):
    """A run that gives up after 100,000 bytes."""
    server.answer = lambda number, path: {"bytes": 100_000} if number == 0 else 503
    with pytest.raises(NetworkError, match="503 Service Unavailable"):
        fetch(server)
    assert sum(path.stat().st_size for path in partials(home) if path.suffix == ".partial") == 100_000
    server.asked.clear()
    server.answer = lambda number, path: None


def test_the_next_run_goes_on_where_the_last_one_stopped(server, home):
    cut_run(server, home)
    assert fetch(server).read_bytes() == BODY
    assert server.ranges == ["bytes=100000-"] and not partials(home)


def test_if_the_server_has_another_file_now_it_begins_anew(server, home):
    cut_run(server, home)
    server.files["/a.bin"] = OTHER
    assert fetch(server, hashlib.sha256(OTHER).hexdigest()).read_bytes() == OTHER
    assert server.ranges == ["bytes=100000-", None]


def test_if_the_server_has_a_shorter_file_now_it_begins_anew(server, home):
    cut_run(server, home)
    server.files["/a.bin"] = BODY[:50_000]
    assert fetch(server, hashlib.sha256(BODY[:50_000]).hexdigest()).read_bytes() == BODY[:50_000]
    assert server.ranges == ["bytes=100000-", None]


def test_a_server_that_knows_no_ranges_sends_all_of_it_again(server, home):
    cut_run(server, home)
    server.answer = lambda number, path: {"ranges": False}
    assert fetch(server).read_bytes() == BODY


def test_a_damaged_partial_file_is_found_by_the_hash_and_downloaded_anew(server, home):
    cut_run(server, home)
    (partial,) = (path for path in partials(home) if path.suffix == ".partial")
    partial.write_bytes(bytes(100_000))
    assert fetch(server).read_bytes() == BODY
    assert server.ranges == ["bytes=100000-", None]


def test_another_file_than_was_meant_is_refused_and_not_kept(server, home):
    with pytest.raises(
        InputError, match=f"sha256 must be {'0' * 64}, not {SHA256} .downloaded from {server.url}/a.bin"
    ):
        fetch(server, "0" * 64)
    assert not list(home.rglob("a.bin*"))


def test_a_kept_file_outlives_a_wrong_hash(server):
    kept = fetch(server)
    with pytest.raises(InputError, match="sha256 must be"):
        fetch(server, "0" * 64)
    assert fetch(server) == kept and kept.read_bytes() == BODY and server.ranges == [None, None]


def test_a_kept_file_that_was_damaged_is_downloaded_again(server):
    fetch(server).write_bytes(OTHER)
    assert fetch(server).read_bytes() == BODY and server.ranges == [None, None]


@pytest.mark.parametrize("url", ["http://127.0.0.1/a.npz", "https://example.com/a.npz"])
def test_nothing_is_read_over_http_without_a_hash(home, url):
    with pytest.raises(InputError, match="must have #sha256= and the sha256 of the file behind it"):
        load_digits(url)
    with pytest.raises(InputError, match="sha256 must be given for a source over http"):
        authors.fetch(url, None)


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://", "a URL must be scheme://host/path"),
        ("http://[/a", "a URL must be scheme://host/path"),
        ("http://user:secret/with@host/a", "a URL must be scheme://host/path"),
        ("http://host/a\nb", "a URL must be scheme://host/path"),
        ("http://host/a\0b", "a URL must be scheme://host/path"),
        ("http://host/a#page", "what follows # in a URL must be sha256=HEX, not 'page'"),
        ("http://host/a#sha256=12", "sha256 must be 64 hexadecimal digits, not '12'"),
    ],
)
def test_what_is_no_url_is_refused_before_a_request(home, url, words):
    with pytest.raises(InputError, match=words) as raised:
        local_file(url)
    assert "secret" not in str(raised.value) and "\n" not in str(raised.value)


def secret_url(server):
    return f"{server.url.replace('://', '://user:secret@')}/a.bin?token=secret&X-Amz-Signature=secret#sha256={SHA256}"


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (401, "{url}/a.bin may not be read with these credentials (401 Unauthorized)"),
        (403, "{url}/a.bin may not be read (403 Forbidden)"),
        (404, "{url}/a.bin is not there (404 Not Found)"),
        ((429, {"Retry-After": 77}), "{url}/a.bin takes no more requests for now, and asks to wait 77 s: try again"),
        (500, "{url}/a.bin failed, and doing the same again continues from here: 500 Internal Server Error"),
        ((302, {"Location": "http://127.0.0.1:1/?key=secret"}), "continues from here: connection refused"),
    ],
)
def test_each_refusal_has_its_own_line_without_what_the_url_hides(server, home, capsys, answer, words):
    server.answer = lambda number, path: answer
    with pytest.raises(NetworkError) as raised:
        local_file(secret_url(server))
    assert words.format(url=server.url) in str(raised.value) and "\n" not in str(raised.value)
    assert "secret" not in str(raised.value) + capsys.readouterr().err
    assert not [path for path in home.rglob("*") if path.is_file() and b"secret" in path.read_bytes()]
    assert not list(home.rglob("*secret*"))


def refuse(error):
    def connect(*args, **kwargs):
        raise error

    return connect


@pytest.mark.parametrize(
    ("error", "words", "times"),
    [
        (ConnectionRefusedError(111, "Connection refused"), "continues from here: connection refused", 6),
        (socket.gaierror(socket.EAI_NONAME, "Name or service not known"), "cannot be reached: unknown host: ", 1),
        (socket.gaierror(socket.EAI_AGAIN, "Try again"), "continues from here: unknown host: ", 6),
        (TimeoutError("timed out"), "continues from here: no answer in time: timed out", 6),
        (ssl.SSLCertVerificationError(1, "self-signed"), "cannot be reached: no secure connection: ", 1),
    ],
)
def test_each_way_to_reach_no_server_has_its_own_line(home, monkeypatch, capsys, error, words, times):
    monkeypatch.setattr(socket, "create_connection", refuse(error))
    with pytest.raises(NetworkError, match=f"http://example.com/a.bin .*{words}"):
        local_file(f"http://user:secret@example.com/a.bin#sha256={SHA256}")
    assert capsys.readouterr().err.count("trying again") == times - 1


def test_no_tls_where_it_is_expected_is_said(server):
    with pytest.raises(NetworkError, match="no secure connection"):
        local_file(f"{server.url.replace('http', 'https')}/a.bin#sha256={SHA256}")


def test_a_server_that_stops_answering_is_given_up(home, monkeypatch):
    monkeypatch.setattr(constants, "HF_HUB_DOWNLOAD_TIMEOUT", 0.05)
    with socket.create_server(("127.0.0.1", free_port())) as listening:  # and accepts nothing
        with pytest.raises(NetworkError, match="no answer in time"):
            local_file(f"http://127.0.0.1:{listening.getsockname()[1]}/a.bin#sha256={SHA256}")


# Sources


def test_the_authors_file_is_downloaded_in_pieces_and_verified(server, command, tmp_path):
    np.save(tmp_path / "seq.npy", np.arange(20 * 2 * 64 * 64).reshape(20, 2, 64, 64).astype(np.uint8))
    server.files["/seq.npy"] = content = (tmp_path / "seq.npy").read_bytes()
    server.answer = lambda number, path: {"bytes": 60_000}
    own = hashlib.sha256(content).hexdigest()
    ended = command("export_test", "--source", f"{server.url}/seq.npy", "--sha256", own, "--layout", "strips")
    assert ended.returncode == 0, ended.stderr
    assert len(server.ranges) == 3 and server.ranges[1:] == ["bytes=60000-", "bytes=120000-"]
    server.answer = lambda number, path: None
    refused = command("export_test", "--source", f"{server.url}/seq.npy", "--out", "other")
    assert refused.returncode == 2 and "sha256 must be c2a3e8d" in refused.stderr and refused.stderr.count("\n") == 1
    asked = len(server.asked)
    refused = command("export_test", "--source", f"{server.url}/seq.npy", "--sha256", "abc")
    assert "sha256 must be 64 hexadecimal digits, not 'abc'" in refused.stderr and len(server.asked) == asked


def test_digits_by_url_are_those_of_the_file(server, tmp_path):
    arrays = {f"{part}_images": np.full((count, 5, 4), 9, np.uint8) for part, count in (("train", 12), ("test", 3))}
    arrays |= {f"{part}_labels": np.zeros(count, np.uint8) for part, count in (("train", 12), ("test", 3))}
    np.savez(tmp_path / "own.npz", **arrays)
    server.files["/own.npz"] = content = (tmp_path / "own.npz").read_bytes()
    url = f"{server.url}/own.npz?token=secret#sha256={hashlib.sha256(content).hexdigest()}"
    assert load_digits(url).sha256 == load_digits(tmp_path / "own.npz").sha256
    with pytest.raises(InputError, match="digits by URL must be an npz, not 'http://127.0.0.1:[0-9]*/a.gz'"):
        load_digits(f"{server.url}/a.gz?token=secret")


def test_a_file_on_the_hub_is_verified_by_the_hash_that_the_hub_knows(hub, tmp_path, monkeypatch):
    monkeypatch.setattr(time, "sleep", lambda seconds: None)
    path = tmp_path / "data/two/test-00000-of-00001.parquet"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"a file" * 1_000)
    make_staging(hub, tmp_path / "data")
    url = "hf://datasets/user/staging/data/two"
    kept = local_file(f"{url}/test-00000-of-00001.parquet")
    assert kept.read_bytes() == path.read_bytes()
    for each in (kept.resolve(), kept):
        each.unlink()
    hub.content(hashlib.sha256(path.read_bytes()).hexdigest()).write_bytes(b"b file" * 1_000)
    with pytest.raises(InputError, match="sha256 must be"):
        local_file(f"{url}/{path.name}")
    assert not kept.exists() and not [file for file in (tmp_path / "home").rglob("*") if is_content(file, b"b file")]
    with pytest.raises(NetworkError, match="hf://datasets/user/absent/a is not there"):
        local_file("hf://datasets/user/absent/a")


def is_content(path, begin):
    return path.is_file() and path.read_bytes().startswith(begin)


def test_sequences_by_url_are_scored_and_exported_as_those_of_a_file(hub, server, command, tmp_path):
    write_split(tmp_path / "data/two", "train", 2, seed=1)
    make_staging(hub, tmp_path / "data")
    local = tmp_path / "data/two/train-00000-of-00002.parquet"
    server.files["/a.parquet"] = local.read_bytes()
    folder, file = "hf://datasets/user/staging/data/two", f"{server.url}/a.parquet?token=secret"
    file += f"#sha256={hashlib.sha256(local.read_bytes()).hexdigest()}"
    scores = []
    for source in (folder, tmp_path / "data/two", file, local):
        ended = command(
            "evaluate", "--truth", source, "--split", "train", "--baseline", "copy_last", "--json", "a.json"
        )
        assert ended.returncode == 0 and "secret" not in (tmp_path / "a.json").read_text(), ended.stderr
        scores.append(ended.stdout)
    assert scores[0] == scores[1] != scores[2] == scores[3]
    ended = command("export", file, "--format", "npy", "--out", "exported", "--split", "train")
    assert ended.returncode == 0 and "secret" not in ended.stdout, ended.stderr
