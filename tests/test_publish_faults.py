"""Whatever the Hub, the network or somebody else does: a publish is whole or not there, and says one line.

What fails request by request takes long, so it runs in processes of its own, at the same time.
"""

import dataclasses
import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest
from clients import TOKEN, hub_environment, run_script
from helpers import SCRIPTS
from huggingface_hub import HfApi, close_session, constants, get_session
from publishers import REPO, TAG, Publisher, write_split
from settings import free_port
from standin_hub import GITATTRIBUTES, StandinHub, git_sha1

import moving_mnist
from moving_mnist_generator.common.checks import InputError
from moving_mnist_generator.publishing import hub as publishing
from moving_mnist_generator.publishing import operations
from moving_mnist_generator.publishing.facts import read_configs
from moving_mnist_generator.stores import network

STALL_SECONDS = 0.05  # that a publish waits for an answer that never comes


@pytest.fixture
def publisher(hub, monkeypatch):
    return Publisher(hub, monkeypatch)


@pytest.fixture(scope="session")
def small(tmp_path_factory):
    """A data/ folder with one config of two sequences, `two`."""
    out = tmp_path_factory.mktemp("small")
    write_split(out / "two", "train", 1, seed=1)
    return out


def test_refusals_of_the_hub_are_one_line_without_the_token(publisher, small, monkeypatch):
    said = collect_refusals(publisher.hub, small, monkeypatch)
    for case, words in {
        "no token": "no token: run `hf auth login`, or set HF_TOKEN",
        "wrong token": "the Hub does not take this token",
        "unprintable token": "the token must be of visible ASCII characters",
        "read-only token": "no right to write to user/moving_mnist",
        "another's namespace": "no right to write to other/new",
        "another's private repo": "no right to write to other/private",
        "another's gated repo": "no right to write to other/gated",
        "a proxy that repeats the token": "(403 Bearer <token> may not do that)",
        "a public repo, --private": "user/public is public: make it private in its settings; or leave out --private",
        "a tag for a branch": "'v0' is a tag of user/public",
        "offline": "HF_HUB_OFFLINE is set: unset it to reach ",
        "always someone first": "others kept committing to user/public, 5 times in a row",
        "nobody there": "failed, and doing the same again continues from here:",
    }.items():
        status, lines = said.pop(case)
        assert status == 2 and words in lines[-1], (case, lines)
        assert lines[-1].startswith("error: ")
        assert len(lines) == 1 or case == "nobody there", (case, lines)  # which says a line before each new try
        assert "hf_" not in "".join(lines).replace("hf_token", ""), (case, lines)
    assert not said


@pytest.fixture(scope="module", autouse=True)
def in_background(tmp_path_factory):
    """{scenario: its process}, started before the other tests, each beside a stand-in of its own."""
    started = {}
    for scenario in ("first publish", "update", "reading back"):
        folder = tmp_path_factory.mktemp("faults")
        address = {"HF_ENDPOINT": f"http://127.0.0.1:{free_port()}", "PYTHONPATH": os.pathsep.join(sys.path)}
        command = [sys.executable, "-c", "import test_publish_faults as t; t.in_a_process()", folder, scenario]
        started[scenario] = subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=hub_environment(folder / "home", **address),
        )
    yield started
    for process in started.values():
        process.kill()
        process.communicate()


@pytest.mark.parametrize("layout", ["frames", "arrays", "strips"])
def test_what_reads_back_otherwise_than_it_was_made_is_an_error(layout, publisher, tmp_path):
    write_split(tmp_path / "data/two", "train", 2, seed=1, layout=layout)
    (config,) = read_configs(tmp_path / "data")
    (split,) = config.splits
    first, second = split.shards
    publisher.publish([config])
    read = partial(publisher.read_back, REPO, "two", "train", revision="main", token=TOKEN)
    other = {"frames_sha256": hashlib.sha256(b"other").hexdigest()}
    assert read(shards=[first, second]) is None
    assert read(shards=[first, dataclasses.replace(second, recipe=other)]) is None  # only its hash is compared
    for words, shards in {
        f"reads back other frames of {first.path}": [dataclasses.replace(first, recipe=other), second],
        "reads back 2 of 5 sequences of": [dataclasses.replace(first, rows=5), dataclasses.replace(second, rows=-1)],
        "has 4 sequences by its card, not the 7 of ours": [dataclasses.replace(first, rows=5), second],
        "consists of 2 files there, not of the 1 of ours": [first],
        f"has other features by its card than {first.path}": [dataclasses.replace(first, features={}), second],
    }.items():
        with pytest.raises(InputError, match=f"is published, but two train {re.escape(words)}"):
            read(shards=shards)


def test_a_commit_of_someone_else_is_kept_and_the_publish_comes_on_top(publisher, small):
    def someone(number, request):
        if "/commit/main" in request and "notes" not in publisher.titles():
            publisher.commit_as_someone("notes", notes__txt=b"notes")

    publisher.hub.fault = someone
    well, said = publisher.publish(read_configs(small))
    assert well, said
    assert publisher.titles() == ["initial commit", "notes", "Moving MNIST 1.0.0"]
    assert {"notes.txt", "data/two/train-00000-of-00001.parquet"} <= set(publisher.main())


def test_a_tag_stays_where_it_is_and_other_configs_are_left(publisher, small, tmp_path):
    write_split(tmp_path / "old/two", "train", 1, seed=5)
    write_split(tmp_path / "old/other", "train", 1, seed=7)
    assert publisher.publish(read_configs(tmp_path / "old"))[0]
    first = publisher.head()
    well, lines = publisher.publish(read_configs(small))
    assert well and publisher.hub.load(REPO)["refs"][TAG] == first != publisher.head()
    kept = f"kept     v1.0.0 at {first[:8]}, an earlier state: raise VERSION in moving_mnist.py"
    left = "left     data/other: it is not in your data folder"
    assert [line for line in lines if line.startswith(kept)]
    assert [line for line in lines if line.startswith(left)]
    assert "data/other/train-00000-of-00001.parquet" in publisher.main()


def test_a_gitignore_in_the_repo_holds_nothing_back(publisher, small, tmp_path):
    write_split(tmp_path / "old/two", "train", 1, seed=5)
    assert publisher.publish(read_configs(tmp_path / "old"))[0]
    publisher.commit_as_someone("gitignore", __gitignore=b"data/*\n")
    assert publisher.publish(read_configs(small))[0]
    sent = hashlib.sha256((small / "two/train-00000-of-00001.parquet").read_bytes()).hexdigest()
    assert ".gitignore" in publisher.main() and publisher.main()["data/two/train-00000-of-00001.parquet"] == sent


def test_a_bug_of_ours_shows_its_traceback(publisher, small, monkeypatch):
    """It is never taken for a mistake of the user's, or for an error of the network."""
    monkeypatch.setattr(publishing, "words", lambda name, **values: "{no_such_field}".format(**values))
    ended = run_script("push_to_hub", REPO, "--data", small, "--without-test")
    assert ended.returncode == 1 and ended.stderr.endswith("KeyError: 'no_such_field'\n")
    assert "hub.py" in ended.stderr and "failed" not in ended.stderr


@pytest.mark.ci
def test_a_publish_that_is_killed_leaves_the_repo_and_does_not_send_again_what_was_sent(hub, small):
    hub.fault = lambda number, request: "stalled" if request == stuck else None
    path = small / "two/train-00000-of-00001.parquet"
    stuck = f"PUT /_lfs/{hashlib.sha256(path.read_bytes()).hexdigest()}/{path.stat().st_size}"
    arguments = [sys.executable, SCRIPTS / "push_to_hub.py", REPO, "--data", small, "--allow-other-test"]
    process = subprocess.Popen(
        arguments, env=hub_environment(hub.root / "home"), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
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
    ended = run_script("push_to_hub", REPO, "--data", small, "--allow-other-test")
    assert ended.returncode == 0, ended.stderr
    again = {request for request in hub.requests[before:] if request.startswith("PUT")}
    assert len(sent) >= 10 and stuck in again and not sent & again


def test_a_storm_of_refusals_is_outlasted(publisher, small):
    """Each request is answered with 429, then with 500, before it is carried out."""
    storm = {}
    publisher.hub.fault = lambda number, request: next(storm.setdefault(request, iter((429, 500))), None)
    well, said = publisher.publish(read_configs(small))
    assert well, said
    assert len(storm) >= 12 and "data/two/train-00000-of-00001.parquet" in publisher.main()


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (429, "takes no more requests for now: try again later"),
        (500, "doing the same again continues from here: 500 "),
    ],
)
def test_a_storm_that_does_not_end_is_one_line(publisher, small, status, words):
    publisher.hub.fault = lambda number, request: status if number >= 6 else None
    well, said = publisher.publish(read_configs(small))
    assert not well and words in said and "\n" not in said
    publisher.hub.fault = lambda number, request: None
    assert publisher.main() == {".gitattributes": git_sha1(GITATTRIBUTES)}
    assert publisher.publish(read_configs(small))[0]


@pytest.mark.parametrize("where", ["/preupload/", "PUT /_lfs", "/commit/main"])
def test_a_token_that_expires_in_the_middle_is_one_line(publisher, small, where):
    expired = []

    def fault(number, request):
        expired.extend([number] if where in request else [])
        return 401 if expired and request.partition(" ")[2].startswith(("/api", "/_lfs", "/datasets")) else None

    publisher.hub.fault = fault
    well, said = publisher.publish(read_configs(small))
    assert expired and not well and "\n" not in said
    assert said.startswith("the Hub does not take this token: run `hf auth login`"), said
    publisher.hub.fault = lambda number, request: None
    assert publisher.main() == {".gitattributes": git_sha1(GITATTRIBUTES)}
    assert publisher.publish(read_configs(small))[0]


def test_two_publishes_at_once_leave_the_repo_as_one_of_them_made_it(publisher, tmp_path):
    sides, trees = [], []
    for seed in (1, 2):
        write_split(tmp_path / f"{seed}/two", "train", seed, seed=seed)
        sides.append(read_configs(tmp_path / str(seed)))
    publisher.patch.setattr(sys, "stderr", sys.stderr)  # `redirect_stderr` is for one thread
    with ThreadPoolExecutor(2) as pool:
        ended = list(pool.map(publisher.publish, sides))
    assert any(well for well, _ in ended) and all(well or "\n" not in said for well, said in ended)
    repo = publisher.hub.load(REPO)
    for commit in repo["commits"].values():
        trees.append({path for path in commit["tree"] if path.startswith("data/two/")})
    files = [{f"data/two/{shard.path.name}" for config in side for shard in config.shards} for side in sides]
    assert all(tree in [set(), *files] for tree in trees) and any(tree in files for tree in trees)
    assert {path for path in publisher.main() if path.startswith("data/two/")} in files


def replaced(path, other):
    """Put another whole file of ours under the same name."""
    shutil.copy(other, path.with_name(".new"))
    path.with_name(".new").replace(path)


@pytest.mark.parametrize("when", ["after it is verified", "before it is uploaded", "before the commit"])
def test_a_file_that_is_replaced_meanwhile_is_never_published(publisher, tmp_path, monkeypatch, when):
    """The other one is whole, too: nothing but its bytes tells that it was not verified."""
    for seed, name in enumerate(("data", "other")):
        write_split(tmp_path / name / "two", "train", 1, seed=seed)
    path, other = (tmp_path / name / "two/train-00000-of-00001.parquet" for name in ("data", "other"))
    configs, verify = read_configs(tmp_path / "data"), operations.verify_file

    def verify_and_replace(*arguments):
        verify(*arguments)
        replaced(path, other)

    if when == "after it is verified":
        monkeypatch.setattr(operations, "verify_file", verify_and_replace)
    else:
        at = "/preupload/main" if when == "before it is uploaded" else "/verify"
        publisher.hub.fault = lambda number, request: replaced(path, other) if at in request else None
    well, said = publisher.publish(configs)
    assert not well and "\n" not in said
    assert "was changed while it was" in said or "400 Error while uploading" in said  # as the Hub refuses other bytes
    assert publisher.main() == {".gitattributes": git_sha1(GITATTRIBUTES)}


def test_files_that_the_repo_has_already_are_not_decoded_again(publisher, small, tmp_path, monkeypatch):
    verified, verify = [], operations.verify_file
    monkeypatch.setattr(operations, "verify_file", lambda *given: verified.append(given[0].name) or verify(*given))
    shutil.copytree(small, tmp_path / "data")
    for expected in (["train-00000-of-00001.parquet"], [], ["validation-00000-of-00001.parquet"]):
        verified.clear()
        if expected and expected[0].startswith("validation"):
            write_split(tmp_path / "data/two", "validation", 1, seed=9)
        assert publisher.publish(read_configs(tmp_path / "data"))[0]
        assert verified == expected


def report_of(process):
    """What a process of `in_background` found."""
    printed, said = process.communicate()
    assert process.returncode == 0, said
    assert TOKEN not in printed + said
    return json.loads(printed.splitlines()[-1])


@pytest.mark.ci
@pytest.mark.parametrize("scenario", ["first publish", "update"])
def test_whichever_request_fails_readers_see_the_old_or_the_new_state_and_a_rerun_ends_well(scenario, in_background):
    """Each request of a publish is cut, lost, stalled, refused with 500, 429 or 412, answered with wrong hashes, or
    the last one that gets through."""
    report = report_of(in_background[scenario])
    assert report["wrong"] == []
    assert report["requests"] >= 12 and report["publishes"] >= 7 * report["requests"]
    assert report["children"] == []  # no process that could inherit the token


def test_whichever_request_of_the_reading_back_fails_it_is_tried_again_and_damage_is_found(in_background):
    report = report_of(in_background["reading back"])
    assert report["wrong"] == []
    assert report["found"] == [[True, True]] * 2  # the first file of each split, damaged
    assert report["suffered"] >= 3 * 5


# How refusals are collected, and every request fails once


def collect_refusals(hub, data, monkeypatch):
    """{case: [exit status, lines on stderr]}."""
    for owner, name in (("user", "public"), ("other", "private"), ("other", "gated")):
        api = HfApi(token=f"hf_{owner}_writes")
        api.create_repo(f"{owner}/{name}", repo_type="dataset", private=name == "private")
    HfApi(token=TOKEN).create_tag("user/public", tag="v0", repo_type="dataset")
    hub.save("other/gated", {**hub.load("other/gated"), "gated": True})

    def case(repo_id, *flags, token=TOKEN, fault=None, **settings):
        hub.fault = lambda number, request: fault(request) if fault else None
        monkeypatch.setenv("HF_TOKEN", token)
        with pytest.MonkeyPatch.context() as patch:
            for name, value in settings.items():
                patch.setattr(constants, name, value)
            ended = run_script("push_to_hub", repo_id, "--data", data, "--allow-other-test", *flags)
        return [ended.returncode, ended.stderr.splitlines()]

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


def in_a_process():
    """One scenario, in a process of its own: folder and name are its arguments, its report is printed as JSON."""
    folder, scenario = Path(sys.argv[1]), sys.argv[2]
    with StandinHub(folder / "hub") as hub, pytest.MonkeyPatch.context() as patch:
        publisher = Publisher(hub, patch)
        if scenario == "reading back":
            write_split(folder / "data/two", "train", 2, seed=1)
            write_split(folder / "data/two", "validation", 1, seed=3)
            report = fail_each_reading(publisher, folder / "data")
        else:
            write_split(folder / "old/two", "train", 2, seed=1, layout="strips")
            write_split(folder / "old/two", "validation", 1, seed=2, layout="strips")
            write_split(folder / "new/two", "train", 1, seed=3, layout="strips")
            write_split(folder / "new/two", "validation", 1, seed=2, layout="strips")
            report = fail_each_request(publisher, folder / "old", folder / "new", scenario)
    print(json.dumps(report))


def fail_each_request(publisher, old, new, scenario):
    """Publish again and again, with each request failing in each way: {"wrong": [...], and what was counted}."""
    hub, wrong, children, publishes = publisher.hub, [], [], 0
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
        for kind in ("cut", "lost", "half", "damaged", "stalled", 500, 429, 412, "down"):
            if kind == 412 and "/commit/" not in requests[number]:
                continue
            if kind == "half" and not requests[number].startswith(("PUT", "POST")):
                continue
            reset(lambda at, _, kind=kind, number=number: failing(kind, number, at))
            limit_requests(STALL_SECONDS if kind == "stalled" and number < 2 else 10)
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
                again, afterwards = publisher.publish(after)
                refs = hub.load(REPO)["refs"]
                good &= again and publisher.main() == states[-1] and not mixtures()
                good &= hub.tree(REPO, "script") == script
                good &= refs[TAG] == (saved["refs"][TAG] if saved else refs["refs/heads/main"])
            except Exception as error:  # a traceback for the user
                good, well, said, afterwards = False, None, repr(error), ""
            publishes += 1
            if not good:
                wrong.append([kind, number, requests[number], well, str(said), str(afterwards)])
    return {"wrong": wrong, "requests": len(requests), "publishes": publishes, "children": children}


def limit_requests(seconds):
    """Let the requests that are not yet sent wait so long for a byte."""
    network.TIMEOUT = get_session().timeout = seconds


def failing(kind, number, at):
    """The fault of request `at`, when request `number` is to fail; "down" is from there on."""
    if kind == "stalled":  # that request has little time; others may take long on a busy machine
        limit_requests(STALL_SECONDS if at in (number - 2, number - 1) else 1)
    if kind == "down":
        return "cut" if at >= number else None
    return kind if at == number else None


def fail_each_reading(publisher, data):
    """Read a published split back, with each request failing in each way."""
    hub, wrong, found, suffered = publisher.hub, [], [], []
    prepared = read_configs(data)
    well, said = publisher.publish(prepared)
    assert well, said
    publisher.read_all_back()
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
