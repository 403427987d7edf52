"""Whatever the Hub, the network or somebody else does: a publish is whole or not there, and says one line.

What fails request by request takes long, so it runs in processes of its own, at the same time.
"""

import dataclasses
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from helpers import SCRIPTS, TOKEN, hub_environment, run_script
from publishers import REPO, TAG, Publisher, write_split
from standin_hub import GITATTRIBUTES, StandinHub, free_port, git_sha1

import moving_mnist
from moving_mnist_generator.publishing import refs
from moving_mnist_generator.publishing.facts import read_configs


@pytest.fixture
def publisher(hub, monkeypatch):
    return Publisher(hub, monkeypatch)


def test_refusals_of_the_hub_are_one_line_without_the_token(published_data, tmp_path):
    said = beside_a_hub(tmp_path, collect_refusals, published_data)
    for case, words in {
        "no token": "no token: run `hf auth login`, or set HF_TOKEN",
        "wrong token": "the Hub does not take this token",
        "unprintable token": "the token must be of visible ASCII characters",
        "read-only token": "no right to write to user/moving_mnist",
        "another's namespace": "no right to write to other/new",
        "another's private repo": "no right to write to other/private",
        "another's gated repo": "no right to write to other/gated",
        "a proxy that repeats the token": "(403 Bearer <token> may not do that)",
        "a public repo, --private": "user/public is public",
        "a tag for a branch": "'v0' is a tag of user/public",
        "offline": "HF_HUB_OFFLINE is set",
        "always someone first": "others kept committing to user/public, 5 times in a row",
        "nobody there": "failed, and the same command goes on from here:",
    }.items():
        status, lines = said.pop(case)
        assert status == 2 and words in lines[-1], (case, lines)
        assert lines[-1].startswith("error: ")
        assert len(lines) == 1 or case == "nobody there", (case, lines)  # which tells of each new try
        assert "hf_" not in "".join(lines).replace("hf_token", ""), (case, lines)
    assert not said


@pytest.mark.parametrize("scenario", ["first publish", "update"])
def test_whichever_request_fails_readers_see_the_old_or_the_new_state_and_a_rerun_ends_well(scenario, tmp_path):
    """Each request of a publish is cut, lost, stalled, refused with 500, 429 or 412, answered with wrong hashes, or
    the last one that gets through."""
    old, new = tmp_path / "old", tmp_path / "new"
    write_split(old / "two", "train", 2, seed=1)
    write_split(old / "two", "validation", 1, seed=2)
    write_split(new / "two", "train", 1, seed=3)
    write_split(new / "two", "validation", 1, seed=2)
    report = beside_a_hub(tmp_path, fail_each_request, old, new, scenario)
    assert report["wrong"] == []
    assert report["requests"] >= 12 and report["publishes"] >= 7 * report["requests"]
    assert report["children"] == []  # no process that could inherit the token


def test_whichever_request_of_the_reading_back_fails_it_is_tried_again_and_damage_is_found(tmp_path):
    write_split(tmp_path / "data/two", "train", 2, seed=1)
    write_split(tmp_path / "data/two", "validation", 1, seed=3)
    report = beside_a_hub(tmp_path, fail_each_reading, tmp_path / "data")
    assert report["wrong"] == []
    assert report["found"] == [[True, True]] * 2  # the first file of each split, damaged
    assert report["suffered"] >= 3 * 5


@pytest.mark.parametrize("layout", ["frames", "arrays"])
def test_what_reads_back_otherwise_than_it_was_made_is_told(layout, tmp_path):
    write_split(tmp_path / "data/two", "train", 2, seed=1, layout=layout)
    said = beside_a_hub(tmp_path, read_back_otherwise, tmp_path / "data")
    path = tmp_path / "data/two/train-00000-of-00002.parquet"
    assert said["as made"] == said["one bit of the second"] == "well"  # which is not read: its hash is compared
    assert said["one bit"].endswith(f"is published, but two train reads back other frames of {path}")
    assert said["more rows"].endswith("is published, but two train reads back 4 of 5 sequences of " + str(path))
    assert said["fewer rows"].endswith("two train has more sequences than " + str(path.parent))


def test_a_commit_of_someone_else_is_kept_and_the_publish_comes_on_top(tmp_path):
    write_split(tmp_path / "data/two", "train", 1, seed=1)
    report = beside_a_hub(tmp_path, come_second, tmp_path / "data")
    assert report["titles"] == ["initial commit", "notes", "Moving MNIST 1.0.0"]
    assert "notes.txt" in report["tree"] and "data/two/train-00000-of-00001.parquet" in report["tree"]


def test_a_tag_stays_where_it_is_and_other_configs_are_left(tmp_path):
    for folder in ("old", "new"):
        write_split(tmp_path / folder / "two", "train", 1, seed=len(folder) * ord(folder[0]))
    write_split(tmp_path / "old/other", "train", 1, seed=7)
    report = beside_a_hub(tmp_path, publish_twice, tmp_path / "old", tmp_path / "new")
    assert report["tag"] == report["first"] != report["second"]
    kept = f"kept     v1.0.0 at {report['first'][:8]}, an earlier state: raise VERSION in moving_mnist.py"
    left = "left     data/other: it is not in your data folder"
    assert [line for line in report["lines"] if line.startswith(kept)]
    assert [line for line in report["lines"] if line.startswith(left)]
    assert "data/other/train-00000-of-00001.parquet" in report["tree"]


def test_a_gitignore_in_the_repo_holds_nothing_back(tmp_path):
    for folder, seed in (("old", 1), ("new", 2)):
        write_split(tmp_path / folder / "two", "train", 1, seed=seed)
    report = beside_a_hub(tmp_path, publish_twice, tmp_path / "old", tmp_path / "new")
    name = "two/train-00000-of-00001.parquet"
    sent = hashlib.sha256((tmp_path / "new" / name).read_bytes()).hexdigest()
    assert ".gitignore" in report["tree"] and report["tree"][f"data/{name}"] == sent


def test_a_publish_that_is_killed_leaves_the_repo_and_does_not_send_again_what_was_sent(hub, published_data):
    hub.fault = lambda number, request: "stalled" if request == stuck else None
    path = published_data / "two_digits/train-00000-of-00001.parquet"
    stuck = f"PUT /_lfs/{hashlib.sha256(path.read_bytes()).hexdigest()}/{path.stat().st_size}"
    arguments = [sys.executable, SCRIPTS / "push_to_hub.py", REPO, "--data", published_data, "--allow-other-test"]
    process = subprocess.Popen(
        arguments, env=environment(hub.url, hub.root / "home"), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    deadline = time.monotonic() + 60
    while sum("/verify" in request for request in hub.done) < 10 or stuck not in hub.requests:
        assert time.monotonic() < deadline and process.poll() is None
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()
    sent = {request for request in hub.done if request.startswith("PUT")}
    assert hub.tree(REPO) == {".gitattributes": git_sha1(GITATTRIBUTES)}
    hub.fault, before = (lambda number, request: None), len(hub.requests)
    hub.resume.set()
    ended = push(hub, REPO, "--data", published_data, "--allow-other-test")
    assert ended.returncode == 0, ended.stderr
    again = {request for request in hub.requests[before:] if request.startswith("PUT")}
    assert len(sent) >= 10 and stuck in again and not sent & again


def collect_refusals(hub, data):
    """{case: [exit status, lines on stderr]}."""
    Publisher(hub)
    from huggingface_hub import HfApi, close_session, constants

    for owner, name in (("user", "public"), ("other", "private"), ("other", "gated")):
        api = HfApi(token=f"hf_{owner}_writes")
        api.create_repo(f"{owner}/{name}", repo_type="dataset", private=name == "private")
    HfApi(token=TOKEN).create_tag("user/public", tag="v0", repo_type="dataset")
    hub.save("other/gated", {**hub.load("other/gated"), "gated": True})

    def case(repo_id, *flags, token=TOKEN, fault=None, **settings):
        hub.fault = lambda number, request: fault(request) if fault else None
        os.environ["HF_TOKEN"] = token
        with pytest.MonkeyPatch.context() as patch:
            for name, value in settings.items():
                patch.setattr(constants, name, value)
            status, error = run_script([repo_id, "--data", data, "--allow-other-test", *flags])
        return [status, error.splitlines()]

    def first(request):
        """Someone commits before each commit of ours."""
        if "/commit/" in request:
            repo = hub.load("user/public")
            hub.commit(repo, "refs/heads/main", {}, "someone")
            hub.save("user/public", repo)

    said = {
        "no token": case(REPO, token=""),
        "wrong token": case(REPO, token="hf_nobody_knows"),
        "unprintable token": case(REPO, token="hf_user_wri\x07tes"),
        "read-only token": case(REPO, token="hf_user_reads"),
        "another's namespace": case("other/new"),
        "another's private repo": case("other/private"),
        "another's gated repo": case("other/gated"),
        "a proxy that repeats the token": case(REPO, fault=lambda request: "echoed"),
        "a public repo, --private": case("user/public", "--private"),
        "a tag for a branch": case("user/public", "--revision", "v0"),
        "offline": case(REPO, HF_HUB_OFFLINE=True),
        "always someone first": case("user/public", fault=first),
    }
    hub.close()
    close_session()  # its open connection would still be answered
    return {**said, "nobody there": case(REPO)}


def fail_each_request(hub, old, new, scenario):
    """Publish again and again, with each request failing in each way: {"wrong": [...], and what was counted}."""
    publisher, wrong, children, publishes = Publisher(hub), [], [], 0
    from huggingface_hub import close_session

    sys.addaudithook(lambda event, args: children.append(event) if event in ("subprocess.Popen", "os.fork") else None)
    before, after = read_configs(old), read_configs(new)
    if scenario == "update":
        assert publisher.publish(before)[0]
    saved, contents = hub.load(REPO), set((hub.root / "contents").iterdir())
    states = [publisher.main(), {".gitattributes": git_sha1(GITATTRIBUTES)}]

    def reset(fault):
        hub.repo_file(REPO).unlink(missing_ok=True)
        if saved:
            hub.save(REPO, saved)
        for path in set((hub.root / "contents").iterdir()) - contents:
            path.unlink()
        hub.requests.clear()
        hub.resume.clear()
        hub.fault = fault
        close_session()  # the next publish is as a new process

    def mixtures():
        """Commits on main with a tree that is neither the old nor the new one."""
        repo = hub.load(REPO)
        trees = {oid: {p: f["sha256"] or f["oid"] for p, f in c["tree"].items()} for oid, c in repo["commits"].items()}
        titles = {"initial commit", f"Moving MNIST {moving_mnist.VERSION}"}
        return [oid for oid, tree in trees.items() if repo["commits"][oid]["title"] in titles and tree not in states]

    reset(lambda number, request: None)
    assert publisher.publish(after)[0]
    states.append(publisher.main())
    script, requests = hub.tree(REPO, "script"), list(hub.requests)
    for number in range(len(requests)):
        for kind in ("cut", "lost", "damaged", "stalled", 500, 429, 412, "down"):
            if kind == 412 and "/commit/" not in requests[number]:
                continue
            reset(lambda at, _, kind=kind, number=number: failing(kind, number, at))
            began = time.monotonic()
            try:
                well, said = publisher.publish(after)
                patient = time.monotonic() - began < 60  # and did not wait for a Hub that says nothing
                state = publisher.main()
                good = (
                    patient
                    and state in states
                    and (hub.load(REPO) is None or not mixtures())
                    and "\n" not in str(said)
                )
                good &= not well or state == states[-1]
                good &= well or kind in ("damaged", "down")  # all else is worth a new try
                hub.fault = lambda number, request: None
                hub.resume.set()
                again, told = publisher.publish(after)
                refs = hub.load(REPO)["refs"]
                good &= again and publisher.main() == states[-1] and not mixtures()
                good &= hub.tree(REPO, "script") == script
                good &= refs[TAG] == (saved["refs"][TAG] if saved else refs["refs/heads/main"])
            except Exception as error:  # a traceback for the user
                good, well, said, told = False, None, repr(error), ""
            publishes += 1
            if not good:
                wrong.append([kind, number, requests[number], well, str(said), str(told)])
    return {"wrong": wrong, "requests": len(requests), "publishes": publishes, "children": children}


TAG = "refs/tags/v1.0.0"


def failing(kind, number, at):
    """The fault of request `at`, when request `number` is to fail; "down" is from there on."""
    if kind == "down":
        return "cut" if at >= number else None
    return kind if at == number else None


def fail_each_reading(hub, data):
    """Read a published split back, with each request failing in each way."""
    publisher, wrong, found, suffered = Publisher(hub), [], [], []
    prepared = read_configs(data)
    assert publisher.publish(prepared)[0]
    publisher.publishing.read_back = publisher.read_back
    start = len(hub.requests)
    assert publisher.publish(prepared)[0]
    readings = [request for request in hub.requests[start:] if "resolve" in request or "_contents" in request]
    for reading in dict.fromkeys(readings):  # by name, for what comes when depends on what is in memory
        for kind in ("cut", 500, 429, "damaged"):
            shutil.rmtree(os.environ["HF_HOME"], ignore_errors=True)
            faults = [kind] if kind != "damaged" else [kind] * 9
            hub.fault = while_they_last(faults, reading)
            well, said = publisher.publish(prepared)
            suffered += [reading] if not faults else []
            if kind == "damaged" and "_contents" in reading:
                found.append([not well, "reads back" in str(said) or "failed" in str(said)])
            elif not well and kind != "damaged":
                wrong.append([kind, reading, said])
    return {"wrong": wrong, "found": found, "suffered": len(suffered)}


def while_they_last(faults, wanted):
    """Hands out the faults to one kind of request."""
    return lambda number, request: faults.pop() if faults and request == wanted else None


def read_back_otherwise(hub, data):
    """What is said when our files told of other rows and frames than are on the Hub."""
    publisher = Publisher(hub)
    (config,) = read_configs(data)
    publisher.publishing.read_back = publisher.read_back
    (split,) = config.splits
    first, second = split.shards
    other = {"frames_sha256": hashlib.sha256(b"other").hexdigest()}
    cases = {
        "as made": [first, second],
        "one bit": [dataclasses.replace(first, recipe=other), second],
        "one bit of the second": [first, dataclasses.replace(second, recipe=other)],
    }
    said = {}
    for case, shards in cases.items():
        splits = (dataclasses.replace(split, shards=tuple(shards)),)
        well, told = publisher.publish([dataclasses.replace(config, splits=splits)])
        said[case] = "well" if well else told
    for case, shards in {"more rows": [dataclasses.replace(first, rows=5)], "fewer rows": [first]}.items():
        try:
            said[case] = publisher.read_back(REPO, "two", "train", shards, "main", TOKEN)
        except ValueError as error:
            said[case] = str(error)
    return said


def come_second(hub, data):
    """Publish while someone else commits a file, once, just before."""
    publisher = Publisher(hub)

    def someone(number, request):
        if "/commit/main" in request and "notes" not in [c["title"] for c in hub.load(REPO)["commits"].values()]:
            repo = hub.load(REPO)
            tree = dict(repo["commits"][repo["refs"]["refs/heads/main"]]["tree"])
            tree["notes.txt"] = {"oid": git_sha1(b"notes"), "size": 5, "sha256": None}
            hub.commit(repo, "refs/heads/main", tree, "notes")
            hub.save(REPO, repo)

    hub.fault = someone
    well, said = publisher.publish(read_configs(data))
    assert well, said
    repo = hub.load(REPO)
    titles, oid = [], repo["refs"]["refs/heads/main"]
    while oid:
        titles.append(repo["commits"][oid]["title"])
        oid = repo["commits"][oid]["parent"]
    return {"titles": titles[::-1], "tree": sorted(hub.tree(REPO))}


def publish_twice(hub, old, new):
    """Publish one state, then another of the same version."""
    publisher = Publisher(hub)
    assert publisher.publish(read_configs(old))[0]
    repo = hub.load(REPO)
    first = repo["refs"]["refs/heads/main"]
    hub.put(b"data/*\n", git_sha1(b"data/*\n"))
    ignore = {"oid": git_sha1(b"data/*\n"), "size": 7, "sha256": None}
    hub.commit(repo, "refs/heads/main", {**repo["commits"][first]["tree"], ".gitignore": ignore}, "gitignore")
    hub.save(REPO, repo)
    well, lines = publisher.publish(read_configs(new))
    assert well, lines
    refs = hub.load(REPO)["refs"]
    tree = hub.tree(REPO)
    return {"first": first, "second": refs["refs/heads/main"], "tag": refs[TAG], "lines": lines, "tree": tree}
