"""Data in a store, here a repo of a stand-in Hub by hf://, is published without ever being on one disk as a whole.

`two` has two files of 2 train sequences each and one of 2 validation sequences.
"""

import hashlib
import os
import platform
import subprocess
import sys
import tempfile
from pathlib import Path

import datasets
import numpy as np
import pytest
from clients import run_script
from publishers import REPO, Publisher, digest, write_split
from standin_hub import git_sha1

from moving_mnist_generator import generate
from moving_mnist_generator.files import footers
from moving_mnist_generator.publishing.contents import check_test
from moving_mnist_generator.publishing.facts import read_configs, some_configs
from moving_mnist_generator.publishing.staging import stage

STAGING = "user/staging"
STORE = f"hf://datasets/{STAGING}/data"
SIZES = {"train": 12, "validation": 5, "test": 4}
TWO_DIGITS = ["two_digits", *(f"--{split}={rows}" for split, rows in SIZES.items()), "--out", STORE]


@pytest.fixture
def two(tmp_path):
    """A folder of the config `two`."""
    write_split(tmp_path / "data/two", "train", 2, seed=1)
    write_split(tmp_path / "data/two", "validation", 1, seed=3)
    return tmp_path / "data"


@pytest.fixture
def temporary(tmp_path, monkeypatch):
    """The folder of temporary files, of this process and of those that it starts."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


@pytest.fixture
def run(hub, temporary, tmp_path, monkeypatch):
    """Runs a script in tmp_path against the stand-in, on which the staging repo is; an Ended."""
    make_staging(hub)
    monkeypatch.chdir(tmp_path)
    return run_script


@pytest.fixture
def publisher(hub, temporary, two, monkeypatch):
    """A Publisher, with `two` in the staging repo."""
    make_staging(hub, two)
    return Publisher(hub, monkeypatch)


def make_staging(hub, data=None):
    """The staging repo, with the files of a folder in it."""
    repo, tree = {"private": False, "gated": False, "refs": {}, "commits": {}}, {}
    for path in sorted(Path(data).rglob("*.parquet")) if data else ():
        content = path.read_bytes()
        hub.put(content, hashlib.sha256(content).hexdigest())
        file = {"oid": git_sha1(content), "size": len(content), "sha256": hashlib.sha256(content).hexdigest()}
        tree[f"data/{path.relative_to(data)}"] = file
    hub.put(b"*.parquet filter=lfs\n", git_sha1(b"*.parquet filter=lfs\n"))
    tree[".gitattributes"] = {"oid": git_sha1(b"*.parquet filter=lfs\n"), "size": 21, "sha256": None}
    hub.commit(repo, "refs/heads/main", tree, "staging")
    hub.save(STAGING, repo)


def generated():
    """[rows, sha256 of the frames] of each split of two_digits."""
    pictures = {split: generate("two_digits", split, range(rows)).frames for split, rows in SIZES.items()}
    return {split: [len(frames), hashlib.sha256(frames).hexdigest()] for split, frames in pictures.items()}


def test_what_is_generated_into_a_store_is_kept_there_and_published_from_there(run, hub, temporary):
    assert run("generate", *TWO_DIGITS, "--workers=2").stdout.count("written  hf://") == 6
    again = run("generate", *TWO_DIGITS).stdout
    assert again.count("kept     hf://") == 6 and again.endswith("nothing to do: all of it is there already\n")
    ended = run("push_to_hub", REPO, "--data", STORE)
    assert ended.returncode == 0, ended.stderr
    assert "verified two_digits train: 12 sequences\n" in ended.stdout
    for config in ("two_digits", "two_digits_strips"):
        loaded = datasets.load_dataset(REPO, config)
        assert {split: digest(rows) for split, rows in loaded.items()} == generated()
    before = len(hub.requests)
    assert run("push_to_hub", REPO, "--data", STORE).stdout.startswith("kept     nothing has changed")
    assert not [request for request in hub.requests[before:] if "/commit/" in request or "lfs" in request]
    assert not [*temporary.iterdir()]


def test_two_that_put_a_file_at_the_same_moment_both_get_it_there(run, hub, temporary, monkeypatch):
    """The Hub takes one commit after the other, and answers 409 or 412 to the second."""
    Publisher(hub, monkeypatch)  # for its short waits
    answers = [409, 412, 412]
    hub.fault = lambda number, request: answers.pop() if answers and "/commit/" in request else None
    ended = run("generate", *TWO_DIGITS)
    assert ended.returncode == 0 and not answers, ended.stderr
    assert len(hub.tree(STAGING)) == 6 + 1
    assert not [*temporary.iterdir()]


def test_the_authors_test_split_lies_beside_the_rest(run, hub, tmp_path):
    np.save(tmp_path / "seq.npy", np.random.default_rng(0).integers(0, 256, (20, 3, 64, 64), np.uint8))
    export = ["export_test", "--source", tmp_path / "seq.npy", "--no-verify", "--out", STORE]
    assert run(*export).stdout.count("written  hf://") == 3
    assert run(*export).stdout.count("kept     hf://") == 3
    ended = run("push_to_hub", REPO, "--data", STORE)
    assert ended.returncode == 2 and "must be made from the authors' file" in ended.stderr
    assert run("push_to_hub", REPO, "--data", STORE, "--allow-other-test").returncode == 0
    assert "data/arrays/test-00000-of-00001.parquet" in hub.tree(REPO)


def test_a_dry_run_copies_what_lies_in_a_store(run, hub, two, tmp_path):
    make_staging(hub, two)
    assert run("push_to_hub", REPO, "--data", STORE, "--dry-run", "staged").returncode == 0
    for path in two.rglob("*.parquet"):
        assert (tmp_path / "staged/data" / path.relative_to(two)).read_bytes() == path.read_bytes()


def test_the_card_of_what_lies_in_a_store_is_that_of_a_folder(run, hub, two, tmp_path):
    make_staging(hub, two)
    cards = []
    for place in (STORE, two):
        (tmp_path / "README.md").write_text("# Prose\n")
        assert run("update_card", "--data", place).returncode == 0
        cards.append([(tmp_path / name).read_text() for name in ("README.md", "dataset_infos.json")])
    assert cards[0] == cards[1] and '"num_examples": 4' in cards[0][1]


@pytest.mark.parametrize(
    ("token", "flags", "words"),
    [
        ("", [], "the Hub does not take this token: run `hf auth login`"),
        ("hf_nobody_knows", [], "the Hub does not take this token: run `hf auth login`"),
        ("hf_user_reads", ["--train=600", "--workers=2"], f"this token has no right to write to {STORE}/two_digits"),
        ("hf_other_writes", [], f"this token has no right to write to {STORE}/two_digits"),
    ],
)
def test_a_store_that_takes_nothing_is_one_line_without_the_token(run, temporary, monkeypatch, token, flags, words):
    monkeypatch.setenv("HF_TOKEN", token)
    ended = run("generate", *TWO_DIGITS, *flags)
    assert ended.returncode == 2 and words in ended.stderr and ended.stderr.count("\n") == 1, ended.stderr
    assert "hf_" not in ended.stderr
    assert not [*temporary.iterdir()]


@pytest.mark.parametrize(
    ("script", "place", "words"),
    [
        (["generate", "two_digits", "--out"], "hf://datasets/user/absent/data", "is not there, or not for this token"),
        (["push_to_hub", REPO, "--data"], "hf://datasets/user/absent/data", "is not there, or not for this token"),
        (["push_to_hub", REPO, "--data"], STORE, f"'{STORE}' does not exist; generate makes configs"),
        (["update_card", "--check", "--data"], STORE, f"'{STORE}' does not exist; generate makes configs"),
        (["push_to_hub", REPO, "--data"], "nothing://data", "nothing"),
    ],
)
def test_a_place_where_nothing_is_is_one_line(run, script, place, words):
    ended = run(*script, place)
    assert ended.returncode == 2 and words in ended.stderr and ended.stderr.count("\n") == 1, ended.stderr


def test_a_shard_that_is_missing_in_the_store_is_refused(run, hub, two):
    (two / "two/train-00001-of-00002.parquet").unlink()
    make_staging(hub, two)
    ended = run("push_to_hub", REPO, "--data", STORE)
    assert ended.returncode == 2 and ended.stderr.count("\n") == 1
    assert f"{STORE}/two must hold every file of its train split, once; it holds 1" in ended.stderr
    assert not hub.load(REPO)


def test_the_first_bad_file_is_named(run, hub, two):
    for name in ("train-00001-of-00002", "validation-00000-of-00001"):
        (two / f"two/{name}.parquet").write_bytes(b"PAR1, but not for long")
    make_staging(hub, two)
    ended = run("push_to_hub", REPO, "--data", STORE)
    assert ended.returncode == 2 and ended.stderr.count("\n") == 1
    assert f"{STORE}/two/train-00001-of-00002.parquet is not a readable Parquet file" in ended.stderr


def test_the_footer_of_each_file_is_read_once(data, monkeypatch, tmp_path):
    read, original = [], footers.pq.read_metadata

    def read_metadata(file):
        read.append(file.name)
        return original(file)

    monkeypatch.setattr(footers.pq, "read_metadata", read_metadata)
    configs = some_configs(data)
    check_test(configs, without_test=True)
    stage(configs, REPO, tmp_path / "staged")
    assert sorted(read) == sorted(str(path) for path in data.rglob("*.parquet"))


def test_a_shard_that_the_hub_stores_as_a_small_file_is_published(publisher, temporary, two, monkeypatch):
    """Its bytes travel in the commit itself, when the copy on this disk is gone."""
    monkeypatch.setattr(publisher.hub, "is_large", lambda file, patterns: False)
    for _ in range(2):
        well, said = publisher.publish(read_configs(STORE))
        assert well, said
    path = "two/validation-00000-of-00001.parquet"
    assert publisher.main()[f"data/{path}"] == git_sha1((two / path).read_bytes())
    assert os.listdir(temporary) == []


def test_at_no_moment_is_more_than_one_shard_on_the_disk(publisher, temporary):
    killed = subprocess.Popen([sys.executable, "-c", ""])
    killed.wait()
    left = f".two-train-00000-of-00002.parquet.{platform.node()}.{killed.pid}.partial"
    (temporary / left).write_bytes(b"half a file, of a publish that was killed")
    seen = []  # requests, and the shards in the temporary folder as they come in

    def watch(number, request):
        shards = (path for path in temporary.rglob("*.parquet*") if path.suffix != ".lock")
        seen.append((request, sorted(split_and_number(path).removeprefix(".two-") for path in shards)))

    publisher.hub.fault = watch
    well, said = publisher.publish(read_configs(STORE))
    assert well, said
    during_uploads = [names for request, names in seen if f"{REPO}.git/info/lfs" in request][:3]
    assert during_uploads == [[name] for name in ("train-00000", "train-00001", "validation-00000")]
    assert max(len(names) for _, names in seen) == 1
    assert next(names for request, names in seen if f"{REPO}/commit/main" in request) == []
    assert os.listdir(temporary) == []


def test_a_commit_of_someone_else_in_between_downloads_nothing_again(publisher):
    hub, first = publisher.hub, []

    def someone(number, request):
        if f"{REPO}/commit/main" in request and not first:
            first.append(number)
            publisher.commit_as_someone("notes")

    hub.fault = someone
    well, said = publisher.publish(read_configs(STORE))
    assert well, said
    assert publisher.titles()[1:] == ["notes", "Moving MNIST 1.0.0"]
    reads = [number for number, request in enumerate(hub.requests) if f"GET /datasets/{STAGING}/resolve" in request]
    assert sum(number < first[0] for number in reads) >= 3 and not [number for number in reads if number > first[0]]


def test_another_file_on_the_hub_than_was_sent_is_found_by_its_hash(publisher, two):
    """The second file of a split, which is not read back."""
    hub, path = publisher.hub, "data/two/train-00001-of-00002.parquet"

    def damage(number, request):
        repo = hub.load(REPO)
        last = repo["commits"][repo["refs"]["refs/heads/main"]] if repo else {"tree": {}}
        if path in last["tree"]:
            last["tree"][path]["sha256"] = hashlib.sha256(b"other").hexdigest()
            hub.save(REPO, repo)
            hub.fault = lambda number, request: None

    hub.fault = damage
    well, said = publisher.publish(read_configs(STORE))
    words = f"has other bytes of {path} than were sent: the Hub's hash of it is"
    assert not well and words in said and "\n" not in said
    assert "refs/tags/v1.0.0" not in hub.load(REPO)["refs"]
    again, said = publisher.publish(read_configs(STORE))
    assert again, said
    assert hub.tree(REPO)[path] == hashlib.sha256((two / path[5:]).read_bytes()).hexdigest()


def test_of_a_split_of_two_files_the_first_is_read_back(publisher, two):
    configs = read_configs(two)
    assert publisher.publish(configs)[0]
    publisher.read_all_back()
    before = len(publisher.hub.requests)
    well, lines = publisher.publish(configs)
    assert well, lines
    asked = publisher.hub.requests[before:]
    read = {
        split_and_number(path): f"GET /_contents/{hashlib.sha256(path.read_bytes()).hexdigest()}" in asked
        for path in two.rglob("*.parquet")
    }
    assert read == {"train-00000": True, "train-00001": False, "validation-00000": True}
    assert "verified two train: 4 sequences, the first of 2 files read and all of them by hash" in lines
    assert "verified two validation: 2 sequences" in lines


def test_a_damaged_file_in_a_store_is_not_sent(publisher, two):
    """The second file of a split: a byte of its pixels is another one."""
    path = two / "two/train-00001-of-00002.parquet"
    content = bytearray(path.read_bytes())
    content[len(content) // 3] ^= 1
    path.write_bytes(content)
    make_staging(publisher.hub, two)
    well, said = publisher.publish(read_configs(STORE))
    assert not well and said.startswith(f"{STORE}/two/train-00001-of-00002.parquet is damaged, make it again: ")
    assert "README.md" not in publisher.main()


def split_and_number(path):
    return path.name.partition("-of-")[0]
