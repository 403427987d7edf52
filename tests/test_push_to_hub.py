"""What is published, to a stand-in of the Hub: tiny configs, all ways of reading them, and what is refused.

`default` and `arrays` have 12 train, 5 validation and 6 test sequences (of a file that is not the authors'),
`two_digits` and `two_digits_arrays` 12, 5 and 4.
"""

import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
from datetime import datetime, timezone
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from clients import TOKEN, hub_environment, online, run_script
from helpers import SCRIPTS
from huggingface_hub import snapshot_download
from PIL import ImageSequence
from publishers import REPO, TAG, digest, frames, pixels, rows_of, write, write_split
from standin_hub import StandinHub, git_sha1

import moving_mnist
from moving_mnist_generator import generate
from moving_mnist_generator.exports import pictures
from moving_mnist_generator.files.footers import read_recipe
from moving_mnist_generator.files.parquet import METADATA_KEY
from moving_mnist_generator.publishing import animated, contents, operations
from moving_mnist_generator.publishing import hub as publishing
from moving_mnist_generator.publishing.facts import Config, read_configs

CONFIGS = ["arrays", "default", "two_digits", "two_digits_arrays"]
ROWS = {"default": {"train": 12, "validation": 5, "test": 6}, "two_digits": {"train": 12, "validation": 5, "test": 4}}
ROWS |= {"arrays": ROWS["default"], "two_digits_arrays": ROWS["two_digits"]}


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


@pytest.fixture(scope="module")
def publication(published_data, module_path):
    """What the script printed, in a process of its own."""
    with StandinHub(module_path / "hub"):
        command = [sys.executable, SCRIPTS / "push_to_hub.py", REPO, "--data", published_data, "--allow-other-test"]
        environment = hub_environment(module_path / "home")
        ended = subprocess.run(command, capture_output=True, text=True, cwd=module_path, env=environment)
    assert ended.returncode == 0 and TOKEN not in ended.stdout + ended.stderr, ended.stderr
    return ended.stdout


@pytest.fixture
def published(publication, module_path):
    """(the stand-in after a publish, what the script printed)."""
    with StandinHub(module_path / "hub") as hub, online(module_path / "reader"):
        yield hub, publication


@pytest.fixture(scope="module")
def seen(publication, module_path):
    """What a reader of the published repo sees, each in a few ways: see `look_around`."""
    with StandinHub(module_path / "hub"), online(module_path / "reader"):
        return look_around()


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
    drawn = {path for path in paths if path.startswith("data/pictures/")}
    names = [f"{name}.csv" for name in ("baselines", "baseline_curves", "published")]
    names += [f"{name}.json" for name in ("benchmark", "fuzz", "torture")]
    results = {f"data/results/{name}" for name in names}
    moving = {f"data/animated/{name}-{number}.webp" for name in ("default", "two_digits") for number in range(3)}
    moving |= {"data/animated/examples-00000-of-00001.parquet"}
    shown = data | moving | drawn | results | {"data/mnist.npz"}
    assert {path for path in paths if path.startswith("data/")} == shown
    linked = set(re.findall(r"\]\((data/[^)]+)\)", hub.read(REPO, "README.md").decode()))
    assert len(data) == 12 and linked <= drawn | results
    root = {".gitattributes", "README.md", "LICENSE", "dataset_infos.json", "croissant.json"}
    assert {path for path in paths if "/" not in path} == root
    assert {
        "scripts/moving_mnist.py",
        "scripts/generate.py",
        "scripts/moving_mnist_generator/publishing/hub.py",
    } <= paths
    assert not any("__pycache__" in path or "/." in path for path in paths)


def test_the_branch_script_holds_the_builder_under_the_name_that_old_datasets_look_for(published):
    hub, _ = published
    assert set(hub.tree(REPO, "script")) == {".gitattributes", "README.md", "moving_mnist.py"}
    assert hub.read(REPO, "moving_mnist.py", "script") == Path(moving_mnist.__file__).read_bytes()
    assert f'"{REPO}", revision="script"'.encode() in hub.read(REPO, "README.md", "script")


def test_every_config_is_found_by_name(seen):
    assert seen["names"] == ["animated", *CONFIGS]


@pytest.mark.parametrize("options", [{}, {"streaming": True}])
def test_the_first_sequences_of_the_test_splits_are_moving_pictures(published, options):
    import datasets

    rows = list(datasets.load_dataset(REPO, "animated", split="examples", **options))
    assert [row["config"] for row in rows] == [0, 0, 0, 1, 1, 1]
    shown = np.stack([pixels([each.convert("L") for each in ImageSequence.Iterator(row["preview"])]) for row in rows])
    assert shown.shape == (6, 20, 256, 256)
    wanted = np.concatenate([frames(6, 0)[:3], generate("two_digits", "test", range(3)).frames])
    assert np.array_equal(shown[:, :, ::4, 3::4], wanted)


@pytest.mark.parametrize("how", ["loaded", "streamed", "at the tag", "at the branch"])
def test_every_split_loads_with_the_frames_that_were_made(seen, how, published_data):
    wanted = {
        config: {split: [rows, sha256_of(config, split, published_data)] for split, rows in splits.items()}
        for config, splits in ROWS.items()
    }
    assert seen[how] == wanted


def test_features_and_sizes_are_known_before_anything_is_downloaded(seen):
    assert seen["info"]["default"] == [{"train": 12, "validation": 5, "test": 6}, ["image_sequence"]]
    columns = ["image_sequence", "sequence_id", "labels", "digit_ids", "positions", "velocities", "caption"]
    assert seen["info"]["two_digits"] == [{"train": 12, "validation": 5, "test": 4}, columns]


@pytest.mark.parametrize("library", ["pandas", "polars", "duckdb"])
def test_other_libraries_read_the_files(seen, library):
    if seen[library] is None:
        pytest.skip(f"{library} is not installed")
    assert seen[library] == [12, 20 * 64 * 64]


def test_what_is_downloaded_loads_as_a_folder_and_makes_more_of_it(published, module_path):
    clone, env = module_path / "clone", hub_environment(module_path / "reader", PYTHONPATH="")
    snapshot_download(REPO, repo_type="dataset", local_dir=clone)
    assert {config: rows_of(str(clone), config) for config in ("default", "arrays")} == {
        config: ROWS[config] for config in ("default", "arrays")
    }
    sizes = ["--train=3", "--validation=0", "--test=0"]
    command = [sys.executable, "scripts/generate.py", "two_digits", *sizes, "--layout=arrays", "--out=more"]
    subprocess.run(command, cwd=clone, env=env, check=True, capture_output=True)
    assert pq.read_metadata(clone / "more/two_digits_arrays/train-00000-of-00001.parquet").num_rows == 3


def test_a_second_publish_of_the_same_changes_nothing_and_sends_nothing(published, published_data):
    hub, _ = published
    refs, before = hub.load(REPO)["refs"], len(hub.requests)
    ended = run_script("push_to_hub", REPO, "--data", published_data, "--allow-other-test")
    assert ended.returncode == 0 and ended.stdout.startswith("kept     nothing has changed: main is at ")
    assert hub.load(REPO)["refs"] == refs
    assert not [request for request in hub.requests[before:] if "/commit/" in request or "_lfs" in request]


def test_pictures_are_sent_again_for_other_pixels_and_not_for_other_bytes(hub, data, tmp_path, monkeypatch):
    """Another Pillow may write other bytes, as another method does."""
    shutil.copytree(data / "two_digits", tmp_path / "data/two_digits")
    command, save = ["push_to_hub", REPO, "--data", tmp_path / "data"], pictures.save
    assert run_script(*command).returncode == 0
    tree = hub.tree(REPO)
    monkeypatch.setattr(pictures, "save", lambda *args, **options: save(*args, **{**options, "method": 0}))
    assert run_script(*command).stdout.startswith("kept     nothing has changed")
    assert hub.tree(REPO) == tree
    monkeypatch.setattr(animated, "SHOWN_PIXELS", 128)
    assert run_script(*command).stdout.startswith("sent     3 files, 0 removed")


def test_a_dry_run_needs_no_hub_and_stages_what_a_publish_sends(published, published_data, module_path):
    hub, _ = published
    folder = module_path / "staged"
    arguments = [REPO, "--data", published_data, "--allow-other-test", "--dry-run", folder]
    with online(module_path / "offline", HF_TOKEN="", HF_HUB_OFFLINE="1"):
        assert run_script("push_to_hub", *arguments).returncode == 0
        assert rows_of(str(folder), "default") == ROWS["default"]
    assert not hub.requests
    staged = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    tree = hub.tree(REPO)
    assert set(staged) == set(tree) - {".gitattributes"}
    assert all(oid_of(path.read_bytes(), tree[name]) == tree[name] for name, path in staged.items())
    assert (folder / "data/default/train-00000-of-00001.parquet").stat().st_nlink > 1  # not a second copy
    ended = run_script("push_to_hub", *arguments)
    assert ended.returncode == 2 and ended.stderr == f"error: {folder} must be an empty or a new folder\n"


def oid_of(content, like):
    """The content's hash, as the Hub has it for a small file (40 digits) or a large one (64)."""
    return git_sha1(content) if len(like) == 40 else hashlib.sha256(content).hexdigest()


def test_another_branch_is_made_and_neither_tagged_nor_given_a_script(hub, published_data):
    flags = ["--allow-other-test", "--revision", "trial", "--private"]
    ended = run_script("push_to_hub", REPO, "--data", published_data, *flags)
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.splitlines()[-1] == f'datasets.load_dataset("{REPO}", revision="trial")'
    assert sorted(hub.load(REPO)["refs"]) == ["refs/heads/main", "refs/heads/trial"]
    assert set(hub.tree(REPO)) == {".gitattributes"} and "README.md" in hub.tree(REPO, "trial")
    assert hub.load(REPO)["private"]
    assert rows_of(REPO, "arrays", "trial") == ROWS["arrays"]
    assert f"/{REPO}/resolve/trial/" in hub.read(REPO, "croissant.json", "trial").decode()


# Without a network


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
def test_a_plan_adds_what_differs_and_removes_what_is_stale(remote, added, removed):
    files = additions(**{"data/a/x": b"1", "data/a/y": b"2"})
    add, delete = operations.plan(files, remote, contents.owned_by([Config("a", {}, (), 0)], REPO))
    assert ([a.path_in_repo for a in add], [d.path_in_repo for d in delete]) == (added, removed)


def test_a_script_named_like_the_repo_and_modules_that_are_gone_are_removed():
    remote = dict.fromkeys(["moving_mnist.py", "scripts/old.py", "README.md", "other.py"], "")
    _, delete = operations.plan({}, remote, contents.owned_by([], REPO))
    assert [operation.path_in_repo for operation in delete] == ["moving_mnist.py", "scripts/old.py"]


def test_a_file_is_hashed_once_and_only_if_the_repo_has_a_version_of_it(tmp_path, monkeypatch):
    from huggingface_hub import lfs

    hashed, original = [], lfs.sha_fileobj
    monkeypatch.setattr(lfs, "sha_fileobj", lambda file: hashed.append(file.name) or original(file))
    for name in "xy":
        (tmp_path / name).write_text(name)
    files = additions(x=tmp_path / "x", y=tmp_path / "y")
    for _ in range(3):
        operations.plan(files, {"x": "0" * 64}, bool)
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
        (lambda data: None, [], f"config default must be made from the authors' file, sha256 {moving_mnist.SHA256}"),
        (lambda data: None, ["--without-test"], "test split of config default must be made from the authors' file"),
        (
            lambda data: None,
            [],
            "; export-test makes it, --allow-other-test publishes this one, for trials",
        ),
        (lambda data: None, ["--without-test", "--allow-other-test"], "exclude each other"),
        (
            remove_test,
            ["--allow-other-test"],
            "arrays has no test split; export-test makes it, --without-test",
        ),
        (remove_all, [], "data' does not exist; generate makes configs"),
        (remove_files, [], "holds no Parquet file of a config; generate makes configs"),
        (remove_one_of_three, ["--allow-other-test"], "more must hold every file of its train split"),
        (cut_short, ["--allow-other-test"], "default/train-00000-of-00001.parquet is not a readable Parquet file"),
        (name_otherwise, ["--allow-other-test"], "default/train.parquet must be named"),
        (
            forget_recipe,
            ["--allow-other-test"],
            "train-00000-of-00001.parquet was not made by this version of the generator; ",
        ),
        (lambda data: None, ["--revision", "script"], "take another branch"),
    ],
)
def test_bad_data_is_refused_in_one_line(break_data, flags, words, published_data, tmp_path):
    shutil.copytree(published_data, tmp_path / "data")
    break_data(tmp_path / "data")
    ended = run_script("push_to_hub", REPO, "--data", tmp_path / "data", *flags, "--dry-run", tmp_path / "out")
    assert ended.returncode == 2 and words in ended.stderr and ended.stderr.count("\n") == 1, ended.stderr
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("repo_id", ["moving_mnist", "user/moving/mnist", "user/", "us er/moving_mnist", "üser/x"])
def test_a_repo_id_is_namespace_and_name(repo_id, published_data):
    ended = run_script("push_to_hub", repo_id, "--data", published_data, "--allow-other-test")
    assert ended.returncode == 2 and ended.stderr.count("\n") == 1
    assert ended.stderr.startswith("error: REPO_ID must be namespace/name") and ended.stderr.endswith(
        f"not {repo_id!r}\n"
    )


def test_a_repo_id_that_the_hub_does_not_take_is_refused(published_data):
    ended = run_script("push_to_hub", "user/a--b", "--data", published_data, "--allow-other-test")
    assert ended.returncode == 2 and "REPO_ID must be a name that the Hub takes: Cannot have -- or .." in ended.stderr


def test_half_written_files_and_empty_folders_are_not_published(published_data, tmp_path):
    shutil.copytree(published_data, tmp_path / "data")
    (tmp_path / "data/default/.train-00000-of-00001.parquet.host.1.partial").write_bytes(b"half")
    (tmp_path / "data/three_digits").mkdir()
    configs = read_configs(tmp_path / "data")
    files = contents.data_files(configs)
    assert sorted(config.name for config in configs) == CONFIGS
    assert len(files) == 12 and not [path for path in files if "partial" in path or "data/three" in path]


def test_train_and_validation_alone_are_published_when_that_is_asked_for(data):
    configs = read_configs(data)
    contents.check_test(configs, without_test=True)
    with pytest.raises(
        contents.NoTestSplit, match="^config arrays has no test split$|^config default has no test split$"
    ):
        contents.check_test(configs, allow_other_test=True)


# What a reader sees


def look_around():
    """The published repo by every reader, in JSON."""
    import datasets

    datasets.disable_progress_bars()
    found = datasets.get_dataset_config_names(REPO)
    names = [name for name in found if name != "animated"]
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
    return {"names": sorted(found), "info": info, **seen, **others}


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
        """DuckDB 2 asks for the time of a change, which HfFileSystem does not know for files in a repo."""

        def modified(self, path):
            return datetime(2026, 1, 1, tzinfo=timezone.utc)

    duckdb.register_filesystem(Dated())
    query = f"select count(*), min(len(flatten(flatten(image_sequence)))) from read_parquet('{path}')"
    return list(duckdb.sql(query).fetchall()[0])


def test_a_cache_that_takes_no_files_is_no_reason_to_fail(hub, data, tmp_path):
    """Whatever reads back what was published writes nothing there; the Hub's answer is what counts."""
    (tmp_path / "home").write_text("a file, in place of the folder of all caches")
    ended = run_script("push_to_hub", REPO, "--data", data, "--without-test")
    assert ended.returncode == 0 and ended.stdout.count("verified ") >= 6, ended.stderr
    assert (tmp_path / "home").is_file()


def test_a_disk_that_is_full_after_the_commit_says_that_it_is_published(hub, data, tmp_path, monkeypatch):
    def full(*args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(publishing, "read_back", full)
    ended = run_script("push_to_hub", REPO, "--data", data, "--without-test")
    assert ended.returncode == 2 and ended.stderr.count("\n") == 1
    assert f"{REPO} at v1.0.0 is published, and cannot be read back here: [Errno 28] No space" in ended.stderr


def test_a_folder_with_spaces_and_emoji_goes_all_the_way(hub, tmp_path, monkeypatch):
    import datasets

    monkeypatch.chdir(tmp_path)
    (tmp_path / "README.md").write_text("# Prose\n")
    out = "my dätä 🐟 数据"
    assert (
        run_script("generate", "two_digits", "--train=3", "--validation=0", "--test=0", "--out", out).returncode == 0
    )
    assert len(datasets.load_dataset(f"{tmp_path}/{out}/two_digits_strips", split="train")) == 3
    assert run_script("update_card", "--data", out).returncode == 0
    ended = run_script("push_to_hub", REPO, "--data", out)
    assert ended.returncode == 0, ended.stderr
    assert rows_of(REPO, "two_digits") == {"train": 3}
