"""What is published on the Hub, and how: the files of data/, the card and the code, in one commit.

A published state is a dict of files, {path in the repo: local path, or the bytes themselves}. `read_configs`,
`check_test` and `published_files` say what goes up; `plan` compares it with a repo, without a network; `publish` does
it; `stage` puts the same files into a folder.

Readers see the repo as it was or as it is to be. File contents are uploaded before the commit that names them, so
stopping anywhere leaves the repo as it was, and the next run finds on the server what was already sent.

No file of the main branch's root is named like the repo: datasets >= 4 refuses a repo that has one, whatever else lies
there. So moving_mnist.py goes to scripts/, where `python scripts/generate.py` finds it in a clone, too; datasets < 4
finds it as a loading script on the branch `script`.

A tag is never moved: `v1.0.0` stays at the first commit published as 1.0.0. Configs that are in the repo and not in
data/ are left where they are.
"""

import contextlib
import hashlib
import io
import itertools
import json
import re
import shutil
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import datasets
import pyarrow as pa
from huggingface_hub import CommitOperationAdd, CommitOperationDelete, HfApi, constants, get_session, get_token
from huggingface_hub.errors import HfHubHTTPError, HTTPError, OfflineModeIsEnabled
from huggingface_hub.utils import disable_progress_bars
from PIL import Image
from tqdm import tqdm

import moving_mnist

from . import facts
from .card import render_card, render_infos
from .croissant import render_croissant
from .digits import embedded_npz
from .parquet import read_recipe

ROOT = Path(__file__).resolve().parents[2]
VERSION = str(moving_mnist.VERSION)
TAG = f"v{VERSION}"
SCRIPT_BRANCH = "script"
REPO_ID = re.compile(r"[\w.-]+/[\w.-]+", re.ASCII)
PICTURES = "data/pictures"  # which the card shows
AUTHORS_CONFIGS = ("default", "arrays")  # whose test split is the authors' file
WAITS = (1, 2, 4, 8, 16)  # seconds, before each new try of a request
LONGEST_WAIT = 300  # seconds; the Hub counts requests in windows of five minutes
TIMEOUT = 120  # seconds without a byte; huggingface_hub itself would wait for ever
COMMIT_ATTEMPTS = 5  # while others commit to the same branch
PASSING_STATUS = (408, 429, 500, 502, 503, 504)
PASSING_ERRORS = (HTTPError, ConnectionError, TimeoutError, RuntimeError, json.JSONDecodeError)
SCRIPT_CARD = """---
pretty_name: Moving MNIST
---
# Moving MNIST, for datasets < 4

    datasets.load_dataset("{repo_id}", revision="script", trust_remote_code=True)

This branch holds a loading script: it downloads the authors' file and makes the `test` split of it.
Newer versions of datasets load the branch `main`, with training data, labels and variants.
"""


# What is published


@dataclass(frozen=True)
class PublishedShard:
    """One Parquet file of data/, and what its footer says."""

    path: Path
    rows: int
    recipe: dict


def read_configs(data):
    """The configs in the folder `data`: {config: {split: [PublishedShard, in order]}}.

    Hidden files, which half-written ones are, and folders without Parquet files do not count.

    Raises:
        ValueError: there are none; a file is not named or not made as ours are; a split lacks a file.
    """
    data = Path(data)
    found = facts.read_configs(data) if data.is_dir() else []
    if not found:
        raise ValueError(f"{data} holds no configs to publish: python scripts/generate.py default makes some")
    return {
        config.name: {
            split.name: [read_shard(path) for path in facts.split_files(data / config.name, split.name)]
            for split in config.splits
        }
        for config in found
    }


def read_shard(path):
    """The PublishedShard at `path`."""
    recipe = read_recipe(path)
    if not recipe or "frames_sha256" not in recipe:
        raise ValueError(f"{path} was not made by this generator: move it away, or make it anew with --overwrite")
    return PublishedShard(path, facts.read_footer(path).num_rows, recipe)


def check_test(configs, *, without_test=False, allow_other_test=False):
    """Refuse `default` and `arrays` without their test split, or with one that is not the authors'."""
    for config in AUTHORS_CONFIGS:
        if config not in configs:
            continue
        shards = configs[config].get("test", [])
        if not shards and not without_test:
            raise ValueError(
                f"config {config} has no test split: python scripts/export_test.py makes it of the authors' file; "
                f"--without-test publishes without it"
            )
        sources = {shard.recipe.get("source_sha256") for shard in shards} - {moving_mnist.SHA256}
        if sources and not allow_other_test:
            raise ValueError(
                f"the test split of config {config} must be made of the authors' file, sha256 {moving_mnist.SHA256}, "
                f"not {sources.pop()}: python scripts/export_test.py; --allow-other-test publishes it, for trials"
            )


def published_files(configs, data, repo_id, root=ROOT):
    """The whole of the main branch: {path in the repo: local Path, or bytes}."""
    files = {
        "README.md": render_card((root / "README.md").read_text(encoding="utf-8"), data).encode(),
        "dataset_infos.json": render_infos(data).encode(),
        "croissant.json": render_croissant(data, repo_id).encode(),
        "LICENSE": root / "LICENSE",
        "data/mnist.npz": embedded_npz(),
        "scripts/moving_mnist.py": Path(moving_mnist.__file__).resolve(),
    }
    for folder in (root / "scripts", root / PICTURES):
        files |= {path.relative_to(root).as_posix(): path for path in visible(folder)}
    for config, splits in configs.items():
        for shard in itertools.chain(*splits.values()):
            files[f"data/{config}/{shard.path.name}"] = shard.path
    return files


def visible(folder):
    """The files below `folder`, but for what is hidden or what Python leaves behind."""
    for path in sorted(folder.rglob("*")):
        parts = path.relative_to(folder).parts
        if path.is_file() and not any(part.startswith(".") or part == "__pycache__" for part in parts):
            yield path


def owned_by(configs, repo_id):
    """path -> whether we remove it from the main branch when it is not among our files."""
    folders = ("scripts/", f"{PICTURES}/", *(f"data/{config}/" for config in configs))
    root_script = f"{repo_id.split('/')[1]}.py"  # with it there, datasets >= 4 loads nothing
    return lambda path: path.startswith(folders) or path == root_script


def stage(files, folder):
    """Put the files into `folder`, which must be empty or absent. Data is linked, not copied, where that works."""
    folder = Path(folder)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ValueError(f"{folder} must be an empty or a new folder")
    for name, source in files.items():
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(source, bytes):
            target.write_bytes(source)
        elif not (name.startswith("data/") and linked(source, target)):
            shutil.copyfile(source, target)


def linked(source, target):
    """Whether `target` could be made a hard link to `source`."""
    try:
        target.hardlink_to(source.resolve())
    except OSError:  # another disk, or a file system without links
        return False
    return True


# How it is published


def publish(repo_id, files, configs, *, branch="main", private=False):
    """Bring a dataset repo to the state `files`, in one commit, and read every config back.

    Args:
        repo_id: "namespace/name". The repo is made if there is none.
        files: what `published_files` returns.
        configs: what `read_configs` returns; each is read back and compared.
        branch: made if there is none. Only "main" is tagged, and accompanied by the branch `script`.
        private: for a repo that is made; one that is there and public is refused.

    Yields:
        str, a line to print after each step.

    Raises:
        ValueError: one line that says what is wrong.
    """
    check_names(repo_id, branch)
    if not sys.stderr.isatty():
        disable_progress_bars()
    with errors_in_words(repo_id):
        api = HfApi(token=find_token())
        prepare(api, repo_id, branch, private)
        commit, news, remote = land(api, repo_id, branch, files, owned_by(configs, repo_id), f"Moving MNIST {VERSION}")
        yield news
        for other in other_configs(remote, configs):
            yield f"left     data/{other}: it is not in your data folder, and the card does not name it"
        revision = commit
        if branch == "main":
            revision, line = tag(api, repo_id, commit)
            yield line
            yield publish_script(api, repo_id)
        for config, splits in configs.items():
            for split, shards in splits.items():
                patiently(read_back, repo_id, config, split, shards, revision, api.token)
                yield f"verified {config} {split}: {sum(shard.rows for shard in shards):,} sequences"
        yield f"{constants.ENDPOINT}/datasets/{repo_id}" + ("" if branch == "main" else f"/tree/{branch}")
        yield line_to_type(repo_id, configs, branch)


def check_names(repo_id, branch):
    """ValueError unless both are names we publish to."""
    if not REPO_ID.fullmatch(repo_id):
        raise ValueError(f"REPO_ID must be namespace/name, in letters, digits, '.', '_' and '-', not {repo_id!r}")
    if branch == SCRIPT_BRANCH:
        raise ValueError(f"branch {SCRIPT_BRANCH!r} holds the loading script for datasets < 4: take another branch")


def find_token():
    """The user's token, from HF_TOKEN or `hf auth login`."""
    token = get_token()
    if not token:
        raise ValueError("no token: run `hf auth login`, or set HF_TOKEN to a token with the right to write")
    if not re.fullmatch("[!-~]+", token):  # as a header it would be refused with a message that shows it
        raise ValueError("the token must be of visible ASCII characters alone: run `hf auth login` again")
    return token


def prepare(api, repo_id, branch, private):
    """Make repo and branch, if there are none."""
    patiently(api.create_repo, repo_id, repo_type="dataset", private=private or None, exist_ok=True)
    if private and not patiently(api.dataset_info, repo_id, timeout=TIMEOUT).private:
        raise ValueError(f"{repo_id} is public: make it private in its settings, or leave out --private")
    if branch != "main":
        make_branch(api, repo_id, branch)


def make_branch(api, repo_id, branch):
    """Make the branch, from main, if there is none."""
    refs = patiently(api.list_repo_refs, repo_id, repo_type="dataset")
    if any(ref.name == branch for ref in refs.tags):
        raise ValueError(f"{branch!r} is a tag of {repo_id}: a branch is needed")
    if not any(ref.name == branch for ref in refs.branches):
        patiently(api.create_branch, repo_id, branch=branch, repo_type="dataset", exist_ok=True)


def land(api, repo_id, branch, files, owned, message):
    """Bring the branch to `files`: (commit, a line on it, {path: hash} that were there before)."""
    additions = {path: CommitOperationAdd(path, source) for path, source in files.items()}
    news = "kept     nothing has changed"
    for _ in range(COMMIT_ATTEMPTS):
        head, remote = read_tree(api, repo_id, branch)
        add, delete = plan(additions, remote, owned)
        if not add and not delete:
            return head, f"{news}: {branch} is at {head[:8]}", remote
        news = f"sent     {len(add)} files, {len(delete)} removed"
        with contextlib.suppress(SomeoneWasFirst):
            commit = commit_once(api, repo_id, branch, head, add, delete, message)
            return commit, f"{news}: {branch} is at {commit[:8]}", remote
    raise ValueError(f"others kept committing to {repo_id}, {COMMIT_ATTEMPTS} times in a row: try again later")


def read_tree(api, repo_id, branch):
    """The branch's (commit, {path: sha256 of a large file, git's sha1 of a small one}), of one moment."""
    info = patiently(api.dataset_info, repo_id, revision=branch, files_metadata=True, timeout=TIMEOUT)
    return info.sha, {file.rfilename: file.lfs.sha256 if file.lfs else file.blob_id for file in info.siblings}


def plan(additions, remote, owned):
    """What a commit has to do.

    Args:
        additions: {path: CommitOperationAdd}, all that is to be there. Files are hashed here, once, and only those of
            which the repo has a version.
        remote: {path: hash}, what is there, as `read_tree` gives it.
        owned: path -> whether it is removed when it is not among the additions.

    Returns:
        ([CommitOperationAdd] of what differs, [CommitOperationDelete]).
    """
    add = [addition for path, addition in additions.items() if remote.get(path) != like(remote.get(path), addition)]
    return add, [CommitOperationDelete(path) for path in sorted(remote) if owned(path) and path not in additions]


def like(known, addition):
    """The addition's hash, of the same kind as a known one: 64 digits are sha256, 40 are git's sha1."""
    if known is None:
        return ""
    if len(known) == 64:
        return addition.upload_info.sha256.hex()  # computed at the first call, and kept for the upload
    with addition.as_file() as file:
        content = file.read()
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()


class SomeoneWasFirst(Exception):
    """The branch is not where it was when the commit was planned."""


def commit_once(api, repo_id, branch, head, add, delete, message):
    """Upload what the server has not, then commit on top of `head`; the new commit."""
    where = {"repo_type": "dataset", "revision": branch}
    # A .gitignore in the repo would hold files back without a word; these lines stand in for it.
    patiently(api.preupload_lfs_files, repo_id, add, **where, free_memory=False, gitignore_content="# nothing")
    try:
        commit = patiently(
            api.create_commit, repo_id, [*add, *delete], commit_message=message, parent_commit=head, **where
        )
    except HfHubHTTPError as error:
        # Also when our own commit arrived and its answer was lost: then the next plan finds nothing to do.
        if error.response.status_code == 412:
            raise SomeoneWasFirst from None
        raise
    return commit.oid


def tag(api, repo_id, commit):
    """Tag the commit, unless the tag is there: (the tag if it is at the commit, else the commit; a line on it)."""
    patiently(api.create_tag, repo_id, tag=TAG, revision=commit, repo_type="dataset", exist_ok=True)
    refs = patiently(api.list_repo_refs, repo_id, repo_type="dataset")
    at = next(ref.target_commit for ref in refs.tags if ref.name == TAG)
    if at == commit:
        return TAG, f"tagged   {TAG} is at {commit[:8]}"
    return commit, f"kept     {TAG} at {at[:8]}, an earlier state: raise VERSION in moving_mnist.py to tag this one"


def publish_script(api, repo_id):
    """Bring the branch `script` to its two files; a line on it."""
    make_branch(api, repo_id, SCRIPT_BRANCH)
    files = {
        "README.md": SCRIPT_CARD.format(repo_id=repo_id).encode(),
        f"{repo_id.split('/')[1]}.py": Path(moving_mnist.__file__).read_bytes(),  # named as datasets < 4 looks for it
    }
    everything = ".gitattributes".__ne__
    _, news, _ = land(api, repo_id, SCRIPT_BRANCH, files, everything, f"Loading script {VERSION}")
    return news


def other_configs(remote, configs):
    """Names of the configs that the repo had and that are not published now."""
    return sorted(
        {found[1] for path in remote if (found := re.fullmatch(r"data/([^/]+)/.*\.parquet", path))} - {*configs}
    )


def line_to_type(repo_id, configs, branch):
    """What loads the published data."""
    arguments = [repo_id] if "default" in configs else [repo_id, next(iter(configs))]
    revision = "" if branch == "main" else f', revision="{branch}"'
    return f"datasets.load_dataset({', '.join(map(json.dumps, arguments))}{revision})"


# Reading back


def read_back(repo_id, config, split, shards, revision, token):
    """Stream one split as a user does; ValueError unless it has the rows and the frames of our files."""
    rows = streamed(repo_id, config, split, revision, token)
    with tqdm(total=sum(shard.rows for shard in shards), unit=" sequences", disable=None, leave=False) as progress:
        for shard in shards:
            digest, count = hashlib.sha256(), 0
            for frames in itertools.islice(rows, shard.rows):
                digest.update(frames)
                count += progress.update() is not False
            found, wanted = (count, digest.hexdigest()), (shard.rows, shard.recipe["frames_sha256"])
            if found != wanted:
                raise mismatch(repo_id, revision, config, split, shard, found, wanted)
    if next(rows, None) is not None:
        raise ValueError(f"{repo_id} at {revision}: {config} {split} has more sequences than {shards[0].path.parent}")


def mismatch(repo_id, revision, config, split, shard, found, wanted):
    """The error for a shard that reads back as something else."""
    what = f"{found[0]:,} of {wanted[0]:,} sequences" if found[0] != wanted[0] else "other frames"
    return ValueError(f"{repo_id} at {revision} is published, but {config} {split} reads back {what} of {shard.path}")


def streamed(repo_id, config, split, revision, token):
    """Yields the frames of each row of a split on the Hub, as raw bytes (t, h, w)."""
    rows = datasets.load_dataset(repo_id, config, split=split, revision=revision, streaming=True, token=token)
    for table in rows.with_format("arrow").iter(batch_size=100):
        column = table["image_sequence"].combine_chunks()
        for row in range(len(column)):
            yield raw(column[row : row + 1])


def raw(column):
    """Arrow rows of PNG lists, or of nested uint8 lists -> the raw bytes of their pixels."""
    values = column.storage if isinstance(column, pa.ExtensionArray) else column
    while hasattr(values, "flatten") and not pa.types.is_struct(values.type) and values.type.num_fields:
        values = values.flatten()
    if pa.types.is_struct(values.type):
        return b"".join(Image.open(io.BytesIO(png)).tobytes() for png in values.field("bytes").to_pylist())
    return values.to_numpy(zero_copy_only=False).tobytes()


# The network, and its errors


def patiently(request, *args, **kwargs):
    """Call `request`; while the error is one that passes, wait and call it again, a few times."""
    for wait in WAITS:
        get_session().timeout = TIMEOUT
        try:
            return request(*args, **kwargs)
        except Exception as error:  # every layer below has classes of its own
            if not passes(error):
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


def passes(error):
    """Whether the same request may work a little later."""
    if any(isinstance(cause, OfflineModeIsEnabled) for cause in causes(error)):
        return False
    if (response := answer(error)) is not None:
        return response.status_code in PASSING_STATUS
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
def errors_in_words(repo_id):
    """Turn errors of the network and of the Hub into a ValueError of one line that says what to do."""
    try:
        yield
    except ValueError:
        raise
    except Exception as error:  # an answer that makes no sense may fail anywhere in huggingface_hub
        raise ValueError(in_words(error, repo_id)) from error


def in_words(error, repo_id):
    """One line on an error, and what to do."""
    if any(isinstance(cause, OfflineModeIsEnabled) for cause in causes(error)):
        return "HF_HUB_OFFLINE is set: unset it to publish, or try --dry-run FOLDER"
    status = getattr(answer(error), "status_code", None)
    owner = repo_id.split("/")[0]
    advice = {
        401: "the Hub does not take this token: run `hf auth login`, or set HF_TOKEN to another",
        403: f"this token has no right to write to {repo_id}: use one of {owner}'s, with the right to write",
        404: f"{repo_id} is not there, or not for this token",
    }
    if status in advice:
        return f"{advice[status]} ({reason(error)})"
    return f"{constants.ENDPOINT} failed, and the same command goes on from here: {reason(error)}"
