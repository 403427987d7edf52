"""What is published, to a stand-in of the Hub: tiny configs, all ways of reading them, every request failing once.

`default` and `arrays` have 12 train, 5 validation and 6 test sequences (of a file that is not the authors'),
`two_digits` and `two_digits_arrays` 12, 5 and 4. huggingface_hub reads HF_ENDPOINT when it is imported, so what talks
to the stand-in runs in processes of its own: the script, or one of the functions at the end of this file.
"""

import contextlib
import dataclasses
import hashlib
import importlib.util
import io
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from datetime import datetime, timezone
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from moving_mnist_generator.rows.arrow import picture_features
from standin_hub import GITATTRIBUTES, StandinHub, git_sha1

import moving_mnist
from moving_mnist_generator.files.parquet import METADATA_KEY, read_recipe, write_parquet
from moving_mnist_generator.publishing.facts import Config, read_configs

SCRIPTS = Path(__file__).parents[1] / "scripts"
TOKEN = "hf_user_writes"
NOBODY = "http://127.0.0.1:9"  # where no Hub is
REPO = "user/moving_mnist"
CONFIGS = ["arrays", "default", "two_digits", "two_digits_arrays"]
ROWS = {"default": {"train": 12, "validation": 5, "test": 6}, "two_digits": {"train": 12, "validation": 5, "test": 4}}
ROWS |= {"arrays": ROWS["default"], "two_digits_arrays": ROWS["two_digits"]}


def frames(n, seed):
    """(n, t, h, w) uint8 noise, faint enough to compress."""
    return np.random.default_rng(seed).integers(0, 2, (n, 20, 64, 64), dtype=np.uint8)


def write(path, layout, pictures, **recipe):
    """One Parquet file as ours are."""
    features = picture_features(layout, 20, (64, 64))
    for _ in write_parquet(path, layout, features, [(pictures, {})], recipe):
        pass


def write_split(folder, split, count, seed, layout="frames"):
    """A split of `count` files with two sequences each."""
    for number in range(count):
        write(folder / f"{split}-{number:05d}-of-{count:05d}.parquet", layout, frames(2, seed + number), seed=seed)


@pytest.fixture(scope="session")
def published_data(data, tmp_path_factory):
    """Four configs, with a test split that is not the authors'."""
    out = tmp_path_factory.mktemp("published") / "data"
    for config in CONFIGS:
        shutil.copytree(data / config, out / config)
    for config, layout in (("default", "frames"), ("arrays", "arrays")):
        write(out / config / "test-00000-of-00001.parquet", layout, frames(6, 0), source_sha256="0" * 64)
    return out


@pytest.fixture(scope="module")
def module_path(tmp_path_factory):
    return tmp_path_factory.mktemp("hub")


def environment(url, home, **changes):
    """Of a process that talks to a stand-in at `url`."""
    own = {
        "HF_ENDPOINT": url,
        "HF_TOKEN": TOKEN,
        "HF_HOME": str(home),
        "HF_HUB_OFFLINE": "0",
        "HF_HUB_DISABLE_XET": "1",
        "HF_HUB_DISABLE_TELEMETRY": "1",
    }
    return {**os.environ, **own, **changes}


def push(hub, *arguments, **changes):
    """Run the script against a stand-in; the finished process. Whatever it says, the token is not in it."""
    ended = subprocess.run(
        [sys.executable, SCRIPTS / "push_to_hub.py", *map(str, arguments)],
        capture_output=True,
        text=True,
        cwd=hub.root,
        env=environment(hub.url, hub.root / "home", **changes),
    )
    assert TOKEN not in ended.stdout + ended.stderr
    return ended


def in_client(url, home, function, *arguments, **changes):
    """What a function of a test file returns in a process of its own, through JSON."""
    return in_process("print(json.dumps(tests.{}(*arguments)))", url, home, function, arguments, changes)


def beside_a_hub(root, function, *arguments, **changes):
    """The same, of a function that takes a stand-in, which runs in its process."""
    code = "hub = standin_hub.StandinHub(arguments.pop(0)); os.environ['HF_ENDPOINT'] = hub.url\n"
    code += f"import {function.__module__} as tests; "
    code += "print(json.dumps(tests.{}(hub, *arguments)))"
    return in_process(
        code, NOBODY, root / "home", function, [root / "hub", *arguments], changes, imports="standin_hub"
    )


def in_process(code, url, home, function, arguments, changes, imports=None):
    path = os.pathsep.join([str(Path(__file__).parent), os.environ.get("PYTHONPATH", "")])
    imports = imports or f"{function.__module__} as tests"
    code = f"import json, os, sys, {imports}; arguments = json.loads(sys.argv[1])\n" + code.format(function.__name__)
    ended = subprocess.run(
        [sys.executable, "-c", code, json.dumps([str(argument) for argument in arguments])],
        capture_output=True,
        text=True,
        env=environment(url, home, PYTHONPATH=path, **changes),
    )
    assert ended.returncode == 0, ended.stderr
    assert TOKEN not in ended.stdout + ended.stderr
    return json.loads(ended.stdout.splitlines()[-1])


@pytest.fixture(scope="module")
def published(published_data, module_path):
    """(the stand-in after a publish, what the script printed)."""
    hub = StandinHub(module_path / "hub")
    ended = push(hub, REPO, "--data", published_data, "--allow-other-test")
    assert ended.returncode == 0, ended.stderr
    yield hub, ended.stdout
    hub.close()


@pytest.fixture(scope="module")
def seen(published, module_path):
    """What a reader of the published repo sees, each in a few ways: see `look_around`."""
    hub, _ = published
    return in_client(hub.url, module_path / "reader", look_around)


def sha256_of(config, split, data):
    (path,) = data.glob(f"{config}/{split}-*")
    return read_recipe(path)["frames_sha256"]


def test_a_publish_ends_with_what_to_type_and_says_nothing_else(published):
    _, printed = published
    lines = printed.splitlines()
    assert lines[0].startswith("sent ") and lines[0].endswith(f"main is at {published[0].load(REPO)['refs'][TAG][:8]}")
    assert "verified default test: 6 sequences" in lines
    assert lines[-2:] == [f"{published[0].url}/datasets/{REPO}", f'datasets.load_dataset("{REPO}")']


def test_all_of_it_lands_in_one_commit_on_top_of_the_first(published):
    hub, _ = published
    repo = hub.load(REPO)
    commit = repo["commits"][repo["refs"]["refs/heads/main"]]
    assert commit["title"] == "Moving MNIST 1.0.0"
    assert repo["commits"][commit["parent"]]["title"] == "initial commit"


def test_the_main_branch_holds_data_card_and_code_and_no_script_named_like_the_repo(published, published_data):
    hub, _ = published
    paths = set(hub.tree(REPO))
    data = {f"data/{path.relative_to(published_data)}" for path in published_data.rglob("*.parquet")}
    pictures = {path for path in paths if path.startswith("data/pictures/")}
    assert {path for path in paths if path.startswith("data/")} == data | pictures | {"data/mnist.npz"}
    assert len(data) == 12 and set(re.findall(r"\]\((data/[^)]+)\)", hub.read(REPO, "README.md").decode())) <= pictures
    root = {".gitattributes", "README.md", "LICENSE", "dataset_infos.json", "croissant.json"}
    assert {path for path in paths if "/" not in path} == root
    assert {"scripts/moving_mnist.py", "scripts/generate.py", "scripts/moving_mnist_generator/hub.py"} <= paths
    assert not any("__pycache__" in path or "/." in path for path in paths)


def test_the_branch_script_holds_the_builder_under_the_name_that_old_datasets_look_for(published):
    hub, _ = published
    assert set(hub.tree(REPO, "script")) == {".gitattributes", "README.md", "moving_mnist.py"}
    assert hub.read(REPO, "moving_mnist.py", "script") == Path(moving_mnist.__file__).read_bytes()
    assert f'"{REPO}", revision="script"'.encode() in hub.read(REPO, "README.md", "script")


def test_every_config_is_found_by_name(seen):
    assert seen["names"] == CONFIGS


@pytest.mark.parametrize("how", ["loaded", "streamed", "at the tag", "at the branch"])
def test_every_split_loads_with_the_frames_that_were_made(seen, how, published_data):
    wanted = {
        config: {split: [rows, sha256_of(config, split, published_data)] for split, rows in splits.items()}
        for config, splits in ROWS.items()
    }
    assert seen[how] == wanted


def test_the_card_tells_features_and_sizes_before_anything_is_downloaded(seen):
    assert seen["info"]["default"] == [{"train": 12, "validation": 5, "test": 6}, ["image_sequence"]]
    columns = ["image_sequence", "sequence_id", "labels", "digit_ids", "positions", "velocities", "caption"]
    assert seen["info"]["two_digits"] == [{"train": 12, "validation": 5, "test": 4}, columns]


@pytest.mark.parametrize("library", ["pandas", "polars", "duckdb"])
def test_other_libraries_read_the_files(seen, library):
    if seen[library] is None:
        pytest.skip(f"{library} is not installed")
    assert seen[library] == [12, 20 * 64 * 64]


def test_what_hf_downloads_loads_as_a_folder_and_makes_more_of_it(published, module_path):
    hub, _ = published
    clone, home = module_path / "clone", module_path / "reader"
    env = environment(hub.url, home, PYTHONPATH="", HF_HUB_DISABLE_PROGRESS_BARS="1")
    command = [sys.executable, "-m", "huggingface_hub.cli.hf", "download", REPO]
    subprocess.run([*command, "--repo-type=dataset", "--local-dir", clone], env=env, check=True, capture_output=True)
    assert {config: in_client(NOBODY, home, rows_of, clone, config) for config in ("default", "arrays")} == {
        config: ROWS[config] for config in ("default", "arrays")
    }
    sizes = ["--train=3", "--validation=0", "--test=0"]
    command = [sys.executable, "scripts/generate.py", "two_digits", *sizes, "--layout=arrays", "--out=more"]
    subprocess.run(command, cwd=clone, env=env, check=True, capture_output=True)
    assert pq.read_metadata(clone / "more/two_digits_arrays/train-00000-of-00001.parquet").num_rows == 3


def test_a_second_publish_of_the_same_changes_nothing_and_sends_nothing(published, published_data):
    hub, _ = published
    refs, before = hub.load(REPO)["refs"], len(hub.requests)
    ended = push(hub, REPO, "--data", published_data, "--allow-other-test")
    assert ended.returncode == 0 and ended.stdout.startswith("kept     nothing has changed: main is at ")
    assert hub.load(REPO)["refs"] == refs
    assert not [request for request in hub.requests[before:] if "/commit/" in request or "_lfs" in request]


def test_a_dry_run_needs_no_hub_and_stages_what_a_publish_sends(published, published_data, module_path):
    hub, _ = published
    folder = module_path / "staged"
    arguments = [REPO, "--data", published_data, "--allow-other-test", "--dry-run", folder]
    before = len(hub.requests)
    assert push(hub, *arguments, HF_TOKEN="", HF_HUB_OFFLINE="1").returncode == 0
    assert len(hub.requests) == before
    staged = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    tree = hub.tree(REPO)
    assert set(staged) == set(tree) - {".gitattributes"}
    assert all(oid_of(path.read_bytes(), tree[name]) == tree[name] for name, path in staged.items())
    assert in_client(NOBODY, module_path / "reader", rows_of, folder, "default", HF_HUB_OFFLINE="1") == ROWS["default"]
    assert (folder / "data/default/train-00000-of-00001.parquet").stat().st_nlink > 1  # not a second copy
    ended = push(hub, *arguments)
    assert ended.returncode == 2 and ended.stderr == f"error: {folder} must be an empty or a new folder\n"


def oid_of(content, like):
    """The content's hash, as the Hub has it for a small file (40 digits) or a large one (64)."""
    return git_sha1(content) if len(like) == 40 else hashlib.sha256(content).hexdigest()


def test_another_branch_is_made_and_neither_tagged_nor_given_a_script(hub, published_data, tmp_path):
    ended = push(hub, REPO, "--data", published_data, "--allow-other-test", "--revision", "trial", "--private")
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.splitlines()[-1] == f'datasets.load_dataset("{REPO}", revision="trial")'
    assert sorted(hub.load(REPO)["refs"]) == ["refs/heads/main", "refs/heads/trial"]
    assert set(hub.tree(REPO)) == {".gitattributes"} and "README.md" in hub.tree(REPO, "trial")
    assert hub.load(REPO)["private"]
    assert in_client(hub.url, tmp_path / "home", rows_of, REPO, "arrays", "trial") == ROWS["arrays"]


# Without a network


@pytest.fixture
def publishing():
    from moving_mnist_generator import hub

    return hub


@pytest.fixture
def contents():
    from moving_mnist_generator import published

    return published


def additions(**files):
    from huggingface_hub import CommitOperationAdd

    return {path: CommitOperationAdd(path, content) for path, content in files.items()}


@pytest.mark.parametrize(
    ("remote", "added", "removed"),
    [
        ({}, ["data/a/x", "data/a/y"], []),  # an empty repo
        ({"data/a/x": git_sha1(b"1")}, ["data/a/y"], []),  # a small file is known by git's sha1
        ({"data/a/x": hashlib.sha256(b"1").hexdigest()}, ["data/a/y"], []),  # a large one by its sha256
        ({"data/a/x": git_sha1(b"2"), "data/a/y": git_sha1(b"2")}, ["data/a/x"], []),  # another content
        ({"data/a/z": git_sha1(b"1")}, ["data/a/x", "data/a/y"], ["data/a/z"]),  # a stale shard
        ({"data/b/z": "", "notes.txt": ""}, ["data/a/x", "data/a/y"], []),  # not ours to remove
    ],
)
def test_a_plan_adds_what_differs_and_removes_what_is_stale(publishing, contents, remote, added, removed):
    files = additions(**{"data/a/x": b"1", "data/a/y": b"2"})
    add, delete = publishing.plan(files, remote, contents.owned_by([Config("a", {}, (), 0)], REPO))
    assert ([a.path_in_repo for a in add], [d.path_in_repo for d in delete]) == (added, removed)


def test_a_script_named_like_the_repo_and_modules_that_are_gone_are_removed(publishing, contents):
    remote = dict.fromkeys(["moving_mnist.py", "scripts/old.py", "README.md", "other.py"], "")
    _, delete = publishing.plan({}, remote, contents.owned_by([], REPO))
    assert [operation.path_in_repo for operation in delete] == ["moving_mnist.py", "scripts/old.py"]


def test_a_file_is_hashed_once_and_only_if_the_repo_has_a_version_of_it(publishing, tmp_path, monkeypatch):
    from huggingface_hub import lfs

    hashed, original = [], lfs.sha_fileobj
    monkeypatch.setattr(lfs, "sha_fileobj", lambda file: hashed.append(file.name) or original(file))
    for name in "xy":
        (tmp_path / name).write_text(name)
    files = additions(x=tmp_path / "x", y=tmp_path / "y")
    for _ in range(3):
        publishing.plan(files, {"x": "0" * 64}, bool)
    assert hashed == [str(tmp_path / "x")]


def remove_all(data):
    shutil.rmtree(data)


def remove_files(data):
    for folder in data.iterdir():
        shutil.rmtree(folder)


def remove_test(data):
    (data / "arrays/test-00000-of-00001.parquet").unlink()


def remove_one_of_three(data):
    write_split(data / "more", "train", 3, 1)
    (data / "more/train-00001-of-00003.parquet").unlink()


def cut_short(data):
    path = data / "default/train-00000-of-00001.parquet"
    path.write_bytes(path.read_bytes()[:-9])


def name_otherwise(data):
    (data / "default/train.parquet").write_bytes(b"")


def forget_recipe(data):
    path = data / "default/train-00000-of-00001.parquet"
    table = pq.read_table(path)
    assert METADATA_KEY not in table.schema.metadata
    pq.write_table(table, path)


@pytest.mark.parametrize(
    ("break_data", "flags", "words"),
    [
        (lambda data: None, [], f"config default must be made of the authors' file, sha256 {moving_mnist.SHA256}"),
        (lambda data: None, ["--without-test"], "test split of config default must be made of the authors' file"),
        (lambda data: None, ["--without-test", "--allow-other-test"], "exclude each other"),
        (remove_test, ["--allow-other-test"], "config arrays has no test split: python scripts/export_test.py"),
        (remove_all, [], "data' does not exist: python scripts/generate.py default"),
        (remove_files, [], "holds no Parquet file of a config: python scripts/generate.py default"),
        (remove_one_of_three, ["--allow-other-test"], "more must hold every file of its train split"),
        (cut_short, ["--allow-other-test"], "default/train-00000-of-00001.parquet is no whole Parquet file"),
        (name_otherwise, ["--allow-other-test"], "default/train.parquet must be named"),
        (forget_recipe, ["--allow-other-test"], "train-00000-of-00001.parquet was not made by this generator"),
        (lambda data: None, ["--revision", "script"], "take another branch"),
    ],
)
def test_bad_data_is_refused_in_one_line(break_data, flags, words, published_data, tmp_path):
    shutil.copytree(published_data, tmp_path / "data")
    break_data(tmp_path / "data")
    status, error = run_script([REPO, "--data", tmp_path / "data", *flags, "--dry-run", tmp_path / "out"])
    assert status == 2 and words in error and error.count("\n") == 1
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("repo_id", ["moving_mnist", "user/moving/mnist", "user/", "us er/moving_mnist", "üser/x"])
def test_a_repo_id_is_namespace_and_name(repo_id, published_data):
    status, error = run_script([repo_id, "--data", published_data, "--allow-other-test"])
    assert status == 2 and error.startswith("error: REPO_ID must be namespace/name") and error.count("\n") == 1
    assert error.endswith(f"not {repo_id!r}\n")


def test_half_written_files_and_empty_folders_are_not_published(published_data, contents, tmp_path):
    shutil.copytree(published_data, tmp_path / "data")
    (tmp_path / "data/default/.train-00000-of-00001.parquet.host.1.partial").write_bytes(b"half")
    (tmp_path / "data/three_digits").mkdir()
    configs = read_configs(tmp_path / "data")
    files = contents.data_files(configs)
    assert sorted(config.name for config in configs) == CONFIGS
    assert len(files) == 12 and not [path for path in files if "partial" in path or "data/three" in path]


def test_train_and_validation_alone_are_published_when_that_is_asked_for(data, contents):
    configs = read_configs(data)
    contents.check_test(configs, without_test=True)
    with pytest.raises(ValueError, match=r"config default has no test split: python scripts/export_test\.py makes it"):
        contents.check_test(configs, allow_other_test=True)


# Refusals of the Hub, and faults of the network


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


# What runs in processes of its own


def run_script(arguments):
    """(exit status, stderr) of the script, in this process."""
    spec = importlib.util.spec_from_file_location("push_to_hub", SCRIPTS / "push_to_hub.py")
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    with contextlib.redirect_stderr(io.StringIO()) as stderr, contextlib.redirect_stdout(io.StringIO()):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(sys, "argv", ["push_to_hub.py", *map(str, arguments)])
            try:
                script.run(script.push_to_hub)
                status = 0
            except SystemExit as end:
                status = end.code
    return status, stderr.getvalue()


def digest(rows):
    """[number of rows, sha256 of their frames]."""
    pictures = [np.asarray([np.asarray(frame) for frame in row["image_sequence"]], np.uint8) for row in rows]
    return [len(pictures), hashlib.sha256(np.stack(pictures)).hexdigest()]


def rows_of(path, config, revision=None):
    import datasets

    return {split: len(rows) for split, rows in datasets.load_dataset(path, config, revision=revision).items()}


def look_around():
    """The published repo by every reader, in JSON."""
    import datasets

    datasets.disable_progress_bars()
    names = datasets.get_dataset_config_names(REPO)
    infos = {name: datasets.load_dataset_builder(REPO, name).info for name in names}
    ways = {
        "loaded": {},
        "streamed": {"streaming": True},
        "at the tag": {"streaming": True, "revision": "v1.0.0"},
        "at the branch": {"streaming": True, "revision": "main"},
    }
    seen = {
        how: {
            name: {split: digest(rows) for split, rows in datasets.load_dataset(REPO, name, **options).items()}
            for name in names
        }
        for how, options in ways.items()
    }
    info = {name: [{s.name: s.num_examples for s in i.splits.values()}, list(i.features)] for name, i in infos.items()}
    path = f"datasets/{REPO}/data/arrays/train-00000-of-00001.parquet"
    readers = {"pandas": with_pandas, "polars": with_polars, "duckdb": with_duckdb}
    others = {
        library: reader(f"hf://{path}") if importlib.util.find_spec(library) else None
        for library, reader in readers.items()
    }
    return {"names": sorted(names), "info": info, **seen, **others}


def with_pandas(path):
    import pandas

    rows = pandas.read_parquet(path)
    return [len(rows), sum(len(line) for frame in rows["image_sequence"][0] for line in frame)]


def with_polars(path):
    import polars

    url = f"{os.environ['HF_ENDPOINT']}/datasets/{REPO}/resolve/main{path.split(REPO)[1]}"
    rows = polars.read_parquet(url)  # polars' own hf:// goes to the public Hub alone
    return [len(rows), len(rows["image_sequence"][0].explode().explode())]


def with_duckdb(path):
    import duckdb
    from huggingface_hub import HfFileSystem

    class Dated(HfFileSystem):
        """DuckDB 2 asks for the time of a change, which HfFileSystem does not tell of files in a repo."""

        def modified(self, path):
            return datetime(2026, 1, 1, tzinfo=timezone.utc)

    duckdb.register_filesystem(Dated())
    query = f"select count(*), min(len(flatten(flatten(image_sequence)))) from read_parquet('{path}')"
    return list(duckdb.sql(query).fetchall()[0])


class Publisher:
    """`publish` against a stand-in, in this process, with small digits, short waits and no reading back."""

    def __init__(self, hub):
        self.hub = hub
        from moving_mnist_generator import hub as publishing
        from moving_mnist_generator import network, published

        sleep = time.sleep
        time.sleep = lambda seconds: sleep(min(seconds, 0.001))  # huggingface_hub has waits of its own
        self.publishing, self.published, self.read_back = publishing, published, publishing.read_back
        network.TIMEOUT = 0.3
        published.PICTURES = "data/no pictures"  # each of which would be two more requests to fail
        digits = hub.root / "mnist.npz"
        digits.write_bytes(b"\0digits")
        published.embedded_npz = lambda: digits
        publishing.read_back = lambda *args: None

    def publish(self, configs):
        """(whether it ended well, its lines or its error in one line)."""
        with contextlib.redirect_stderr(io.StringIO()):
            try:
                return True, list(self.publishing.publish(REPO, configs))
            except ValueError as error:
                return False, str(error)

    def main(self):
        """{path: hash} of main; None if there is no repo."""
        return self.hub.tree(REPO) if self.hub.load(REPO) else None


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
