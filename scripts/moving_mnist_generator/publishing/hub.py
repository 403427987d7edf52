"""How a published state reaches the Hub: in one commit.

`plan` compares the state with a repo, without a network; `publish` does it.

Readers see the repo as it was or as it is to be. File contents are uploaded before the commit that names them, so
stopping anywhere leaves the repo as it was, and the next run finds on the server what was already sent. What lies in a
store passes through this machine's disk, one file at a time.

Afterwards the hashes that the Hub tells of all files are compared with ours, and the first file of each split is read
back as a user reads it, and compared frame by frame.

A tag is never moved: `v1.0.0` stays at the first commit published as 1.0.0. Configs that are in the repo and not in
data/ are left where they are.
"""

import contextlib
import hashlib
import json
import re
import sys
from pathlib import Path

from huggingface_hub import CommitOperationAdd, CommitOperationDelete, HfApi, constants, get_token
from huggingface_hub.errors import HfHubHTTPError
from huggingface_hub.utils import disable_progress_bars
from tqdm import tqdm

import moving_mnist

from ..stores import network
from ..stores.network import errors_in_words, patiently
from ..stores.partial import partial_file, temporary
from ..stores.paths import fetch
from .contents import data_files, other_files, owned_by
from .readback import read_back

VERSION = str(moving_mnist.VERSION)
TAG = f"v{VERSION}"
SCRIPT_BRANCH = "script"
REPO_ID = re.compile(r"[\w.-]+/[\w.-]+", re.ASCII)
COMMIT_ATTEMPTS = 5  # while others commit to the same branch
SCRIPT_CARD = """---
pretty_name: Moving MNIST
---
# Moving MNIST, for datasets < 4

    datasets.load_dataset("{repo_id}", revision="script", trust_remote_code=True)

This branch holds a loading script: it downloads the authors' file and makes the `test` split of it.
Newer versions of datasets load the branch `main`, with training data, labels and variants.
"""


def publish(repo_id, configs, *, branch="main", private=False):
    """Bring a dataset repo to the state of `configs`, with card and code, in one commit, and verify it.

    Args:
        repo_id: "namespace/name". The repo is made if there is none.
        configs: what `facts.some_configs` returns.
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
        additions = data_additions(api, repo_id, branch, configs)
        hashes = {path: addition.upload_info.sha256.hex() for path, addition in additions.items()}
        additions |= additions_of(other_files(configs, hashes, repo_id))
        owned = owned_by(configs, repo_id)
        commit, news, remote = land(api, repo_id, branch, additions, owned, f"Moving MNIST {VERSION}")
        yield news
        check_hashes(api, repo_id, commit, additions)
        for other in other_configs(remote, configs):
            yield f"left     data/{other}: it is not in your data folder, and the card does not name it"
        revision = commit
        if branch == "main":
            revision, line = tag(api, repo_id, commit)
            yield line
            yield publish_script(api, repo_id)
        for config in configs:
            for split in config.splits:
                patiently(read_back, repo_id, config.name, split.name, split.shards, revision, api.token)
                count = len(split.shards)
                others = f", the first of {count} files read and all of them by hash" if count > 1 else ""
                yield f"verified {config.name} {split.name}: {split.num_examples:,} sequences{others}"
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
    if private and not patiently(api.dataset_info, repo_id, timeout=network.TIMEOUT).private:
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


def additions_of(files):
    """{path in the repo: local path, or bytes} -> {path in the repo: CommitOperationAdd}."""
    return {path: CommitOperationAdd(path, source) for path, source in files.items()}


def data_additions(api, repo_id, branch, configs):
    """{path in the repo: CommitOperationAdd} of all shards, of which those in a store are sent already."""
    shards = data_files(configs)
    additions = additions_of({path: shard.path for path, shard in shards.items() if isinstance(shard.path, Path)})
    in_store = {path: shard for path, shard in shards.items() if path not in additions}
    if in_store:
        _, remote = read_tree(api, repo_id, branch)
        total = sum(shard.size for shard in in_store.values())
        with tqdm(total=total, unit="B", unit_scale=True, disable=None, leave=False) as progress:
            for path, shard in in_store.items():
                additions[path] = send_from_store(api, repo_id, branch, path, shard, remote.get(path))
                progress.update(shard.size)
    return additions


def send_from_store(api, repo_id, branch, path, shard, known):
    """Upload a shard, unless the repo has it, by way of a file that is then removed; its CommitOperationAdd."""
    with partial_file(temporary(shard.path)) as local:
        fetch(shard.path, shard.size, local)
        addition = CommitOperationAdd(path, local)
        if addition.upload_info.sha256.hex() != known:  # computed here, and kept when the file is gone
            upload(api, repo_id, branch, [addition], free_memory=True)
    return addition


def upload(api, repo_id, branch, additions, *, free_memory):
    """Upload of large files what the server has not."""
    # A .gitignore in the repo would hold files back without a word; these lines stand in for it.
    where = {"repo_type": "dataset", "revision": branch, "gitignore_content": "# nothing"}
    patiently(api.preupload_lfs_files, repo_id, additions, **where, free_memory=free_memory)


def land(api, repo_id, branch, additions, owned, message):
    """Bring the branch to the additions: (commit, a line on it, {path: hash} that were there before)."""
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
    info = patiently(api.dataset_info, repo_id, revision=branch, files_metadata=True, timeout=network.TIMEOUT)
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
    upload(api, repo_id, branch, add, free_memory=False)
    where = {"repo_type": "dataset", "revision": branch, "parent_commit": head}
    try:
        commit = patiently(api.create_commit, repo_id, [*add, *delete], commit_message=message, **where)
    except HfHubHTTPError as error:
        # Also when our own commit arrived and its answer was lost: then the next plan finds nothing to do.
        if error.response.status_code == 412:
            raise SomeoneWasFirst from None
        raise
    return commit.oid


def check_hashes(api, repo_id, commit, additions):
    """ValueError unless the Hub tells of all files, at the commit, the hashes that ours have."""
    _, remote = read_tree(api, repo_id, commit)
    others, _ = plan(additions, remote, owned=lambda path: False)
    if others:
        path = others[0].path_in_repo
        raise ValueError(
            f"{repo_id} at {commit[:8]} has other bytes of {path} than were sent, by the hash that the Hub tells of "
            f"it, {remote.get(path)}: the same command sends it again"
        )


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
    _, news, _ = land(api, repo_id, SCRIPT_BRANCH, additions_of(files), everything, f"Loading script {VERSION}")
    return news


def other_configs(remote, configs):
    """Names of the configs that the repo had and that are not published now."""
    found = {match[1] for path in remote if (match := re.fullmatch(r"data/([^/]+)/.*\.parquet", path))}
    return sorted(found - {config.name for config in configs})


def line_to_type(repo_id, configs, branch):
    """What loads the published data."""
    arguments = [repo_id] if configs[0].name == "default" else [repo_id, configs[0].name]
    revision = "" if branch == "main" else f', revision="{branch}"'
    return f"datasets.load_dataset({', '.join(map(json.dumps, arguments))}{revision})"
