"""Data that lies in a store, here a repo of a stand-in Hub by hf://, is published without ever lying on one disk.

`two` has two files of 2 train sequences each and one of 2 validation sequences. As in test_push_to_hub.py, what talks
to the stand-in runs in processes of its own.
"""

import hashlib
import os
import platform
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pytest
from standin_hub import git_sha1
from test_push_to_hub import (
    REPO,
    TOKEN,
    Publisher,
    beside_a_hub,
    digest,
    environment,
    in_client,
    write_split,
)

from moving_mnist_generator import generate
from moving_mnist_generator.publishing import facts
from moving_mnist_generator.publishing.contents import check_test, stage
from moving_mnist_generator.publishing.facts import read_configs, some_configs

STAGING = "user/staging"
STORE = f"hf://datasets/{STAGING}/data"
SIZES = {"train": 12, "validation": 5, "test": 4}
TWO_DIGITS = ["two_digits", *(f"--{split}={rows}" for split, rows in SIZES.items()), "--workers=2", "--out", STORE]


@pytest.fixture
def two(tmp_path):
    """A folder of the config `two`."""
    write_split(tmp_path / "data/two", "train", 2, seed=1)
    write_split(tmp_path / "data/two", "validation", 1, seed=3)
    return tmp_path / "data"


@pytest.fixture
def run(hub, tmp_path, command):
    """Runs a script against the stand-in, on which the staging repo is; the finished process."""
    make_staging(hub)
    (tmp_path / "temporary").mkdir()

    def call(script, *arguments, **changes):
        own = environment(hub.url, tmp_path / "home", TMPDIR=str(tmp_path / "temporary"), **changes)
        ended = command(script, *arguments, **own)
        assert TOKEN not in ended.stdout + ended.stderr
        return ended

    return call


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


def test_what_is_generated_into_a_store_is_kept_there_and_published_from_there(run, hub, tmp_path):
    assert run("generate", *TWO_DIGITS).stdout.count("written  hf://") == 6
    again = run("generate", *TWO_DIGITS).stdout
    assert again.count("kept     hf://") == 6 and again.endswith("nothing to do: all of it is there already\n")
    ended = run("push_to_hub", REPO, "--data", STORE)
    assert ended.returncode == 0, ended.stderr
    assert "verified two_digits train: 12 sequences\n" in ended.stdout
    loaded = in_client(hub.url, tmp_path / "reader", load, "two_digits", "two_digits_arrays")
    assert loaded == [generated(), generated()]
    before = len(hub.requests)
    assert run("push_to_hub", REPO, "--data", STORE).stdout.startswith("kept     nothing has changed")
    assert not [request for request in hub.requests[before:] if "/commit/" in request or "lfs" in request]
    assert not [*(tmp_path / "temporary").iterdir()]


def test_two_that_put_a_file_at_the_same_moment_both_get_it_there(run, hub, tmp_path):
    """The Hub takes a commit after the other, and answers 409 or 412 to whoever comes second."""
    answers = [409, 412, 412]
    hub.fault = lambda number, request: answers.pop() if answers and "/commit/" in request else None
    ended = run("generate", *TWO_DIGITS)
    assert ended.returncode == 0 and not answers, ended.stderr
    assert len(hub.tree(STAGING)) == 6 + 1
    assert not [*(tmp_path / "temporary").iterdir()]


def test_the_authors_test_split_lies_beside_the_rest(run, hub, tmp_path):
    np.save(tmp_path / "seq.npy", np.random.default_rng(0).integers(0, 256, (20, 3, 64, 64), np.uint8))
    export = ["export_test", "--source", tmp_path / "seq.npy", "--no-verify", "--out", STORE]
    assert run(*export).stdout.count("written  hf://") == 2
    assert run(*export).stdout.count("kept     hf://") == 2
    ended = run("push_to_hub", REPO, "--data", STORE)
    assert ended.returncode == 2 and "must be made of the authors' file" in ended.stderr
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
        cards.append((tmp_path / "README.md").read_text())
    assert cards[0] == cards[1] and "num_examples: 4" in cards[0]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"HF_TOKEN": ""}, "the Hub does not take this token: run `hf auth login`"),
        ({"HF_TOKEN": "hf_nobody_knows"}, "the Hub does not take this token: run `hf auth login`"),
        ({"HF_TOKEN": "hf_user_reads"}, f"this token has no right to write to {STORE}/two_digits"),
        ({"HF_TOKEN": "hf_other_writes"}, f"this token has no right to write to {STORE}/two_digits"),
    ],
)
def test_a_store_that_takes_nothing_is_one_line_without_the_token(run, tmp_path, changes, words):
    ended = run("generate", *TWO_DIGITS, "--train=600", **changes)
    assert ended.returncode == 2 and words in ended.stderr and ended.stderr.count("\n") == 1, ended.stderr
    assert "hf_" not in ended.stderr
    assert not [*(tmp_path / "temporary").iterdir()]


@pytest.mark.parametrize(
    ("script", "place", "words"),
    [
        (["generate", "two_digits", "--out"], "hf://datasets/user/absent/data", "is not there, or not for this token"),
        (["push_to_hub", REPO, "--data"], "hf://datasets/user/absent/data", "is not there, or not for this token"),
        (["push_to_hub", REPO, "--data"], STORE, f"'{STORE}' does not exist: python scripts/generate.py"),
        (["update_card", "--check", "--data"], STORE, f"'{STORE}' does not exist: python scripts/generate.py"),
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
    assert f"{STORE}/two/train-00001-of-00002.parquet is no whole Parquet file" in ended.stderr


def test_the_footer_of_each_file_is_read_once(data, monkeypatch, tmp_path):
    read, original = [], facts.pq.read_metadata

    def read_metadata(file):
        read.append(file.name)
        return original(file)

    monkeypatch.setattr(facts.pq, "read_metadata", read_metadata)
    configs = some_configs(data)
    check_test(configs, without_test=True)
    stage(configs, REPO, tmp_path / "staged")
    assert sorted(read) == sorted(str(path) for path in data.rglob("*.parquet"))


def test_at_no_moment_is_more_than_one_shard_on_the_disk(two, tmp_path):
    (tmp_path / "temporary").mkdir()
    killed = subprocess.Popen([sys.executable, "-c", ""])
    killed.wait()
    left = f".two-train-00000-of-00002.parquet.{platform.node()}.{killed.pid}.partial"
    (tmp_path / "temporary" / left).write_bytes(b"half a file, of a publish that was killed")
    seen = beside_a_hub(tmp_path, watch_the_disk, two, TMPDIR=str(tmp_path / "temporary"))
    assert seen["during uploads"] == [[name] for name in ("train-00000", "train-00001", "validation-00000")]
    assert seen["most"] == 1 and seen["at the commit"] == seen["afterwards"] == []


def test_a_commit_of_someone_else_in_between_downloads_nothing_again(two, tmp_path):
    report = beside_a_hub(tmp_path, come_second_from_store, two)
    assert report["titles"] == ["notes", "Moving MNIST 1.0.0"]
    assert report["before"] >= 3 and report["after"] == 0


def test_another_file_on_the_hub_than_was_sent_is_found_by_its_hash(two, tmp_path):
    """The second file of a split, which is not read back."""
    report = beside_a_hub(tmp_path, change_after_the_commit, two)
    words = "has other bytes of data/two/train-00001-of-00002.parquet than were sent, by the hash that the Hub tells"
    assert not report["well"] and words in report["said"] and "\n" not in report["said"]
    assert report["tagged"] is False
    assert report["again"] and report["whole"]


def test_of_a_split_of_two_files_the_first_is_read_back_to_its_end(two, tmp_path):
    report = beside_a_hub(tmp_path, read_the_first, two)
    assert report["read"] == {"train-00000": True, "train-00001": False, "validation-00000": True}
    assert "verified two train: 4 sequences, the first of 2 files read and all of them by hash" in report["lines"]
    assert "verified two validation: 2 sequences" in report["lines"]


# What runs in processes of its own


def load(*configs):
    import datasets

    return [{split: digest(rows) for split, rows in datasets.load_dataset(REPO, name).items()} for name in configs]


def watch_the_disk(hub, data):
    """The shards in the temporary folder, as each request comes in."""
    make_staging(hub, data)
    publisher, seen = Publisher(hub), []

    def watch(number, request):
        shards = Path(tempfile.gettempdir()).rglob("*.parquet*")
        seen.append((request, sorted(split_and_number(path).removeprefix(".two-") for path in shards)))

    hub.fault = watch
    well, said = publisher.publish(read_configs(STORE))
    assert well, said
    return {
        "during uploads": [names for request, names in seen if f"{REPO}.git/info/lfs" in request][:3],
        "most": max(len(names) for _, names in seen),
        "at the commit": next(names for request, names in seen if f"{REPO}/commit/main" in request),
        "afterwards": sorted(os.listdir(tempfile.gettempdir())),
    }


def come_second_from_store(hub, data):
    """Publish while someone else commits a file, once, just before: how often the store is read before and after."""
    make_staging(hub, data)
    publisher, first = Publisher(hub), []

    def someone(number, request):
        if f"{REPO}/commit/main" in request and not first:
            first.append(number)
            repo = hub.load(REPO)
            tree = dict(repo["commits"][repo["refs"]["refs/heads/main"]]["tree"])
            hub.commit(repo, "refs/heads/main", tree, "notes")
            hub.save(REPO, repo)

    hub.fault = someone
    well, said = publisher.publish(read_configs(STORE))
    assert well, said
    reads = [number for number, request in enumerate(hub.requests) if f"GET /datasets/{STAGING}/resolve" in request]
    repo = hub.load(REPO)
    last = repo["commits"][repo["refs"]["refs/heads/main"]]
    return {
        "titles": [repo["commits"][last["parent"]]["title"], last["title"]],
        "before": sum(number < first[0] for number in reads),
        "after": sum(number > first[0] for number in reads),
    }


def change_after_the_commit(hub, data):
    """Publish while a file of the new commit becomes another one; then publish again."""
    make_staging(hub, data)
    publisher, path = Publisher(hub), "data/two/train-00001-of-00002.parquet"

    def damage(number, request):
        repo = hub.load(REPO)
        last = repo["commits"][repo["refs"]["refs/heads/main"]] if repo else {"tree": {}}
        if path in last["tree"]:
            last["tree"][path]["sha256"] = hashlib.sha256(b"other").hexdigest()
            hub.save(REPO, repo)
            hub.fault = lambda number, request: None

    hub.fault = damage
    well, said = publisher.publish(read_configs(STORE))
    tagged = "refs/tags/v1.0.0" in hub.load(REPO)["refs"]
    again, told = publisher.publish(read_configs(STORE))
    assert again, told
    whole = hub.tree(REPO)[path] == hashlib.sha256((Path(data) / path[5:]).read_bytes()).hexdigest()
    return {"well": well, "said": str(said), "tagged": tagged, "again": again, "whole": whole}


def read_the_first(hub, data):
    """Which files are read when a publish reads back what is there."""
    publisher = Publisher(hub)
    configs = read_configs(data)
    assert publisher.publish(configs)[0]
    publisher.publishing.read_back = publisher.read_back
    before = len(hub.requests)
    well, lines = publisher.publish(configs)
    assert well, lines
    asked = hub.requests[before:]
    read = {
        split_and_number(path): f"GET /_contents/{hashlib.sha256(path.read_bytes()).hexdigest()}" in asked
        for path in Path(data).rglob("*.parquet")
    }
    return {"read": read, "lines": lines}


def split_and_number(path):
    return path.name.partition("-of-")[0]
