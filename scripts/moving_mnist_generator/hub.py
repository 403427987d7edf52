"""How a published state reaches the Hub: in one commit.

`plan` compares the state with a repo, without a network; `publish` does it.

Readers see the repo as it was or as it is to be. File contents are uploaded before the commit that names them, so
stopping anywhere leaves the repo as it was, and the next run finds on the server what was already sent.

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

from . import network
from .network import errors_in_words, patiently
from .published import files_around, owned_by
from .readback import read_back
from .store import read_whole

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
    """Bring a dataset repo to these configs, their card and code, in one commit, and read every config back.

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
    names = [config.name for config in configs]
    with errors_in_words(repo_id):
        api = HfApi(token=find_token())
        prepare(api, repo_id, branch, private)
        additions = add_data(api, repo_id, branch, configs)
        hashes = {path: addition.upload_info.sha256.hex() for path, addition in additions.items()}
        around = files_around(configs, repo_id, hashes)
        additions |= {path: CommitOperationAdd(path, source) for path, source in around.items()}
        message = f"Moving MNIST {VERSION}"
        commit, news, remote = land(api, repo_id, branch, additions, owned_by(names, repo_id), message)
        check_hashes(api, repo_id, commit, additions)
        yield news
        for other in other_configs(remote, names):
            yield f"left     data/{other}: it is not in your data folder, and the card does not name it"
        revision = commit
        if branch == "main":
            revision, line = tag(api, repo_id, commit)
            yield line
            yield publish_script(api, repo_id)
        for config in configs:
            for split in config.splits:
                patiently(read_back, repo_id, config.name, split, revision, api.token)
                yield f"verified {config.name} {split.name}: {split.num_examples:,} sequences"
        yield f"{constants.ENDPOINT}/datasets/{repo_id}" + ("" if branch == "main" else f"/tree/{branch}")
        yield line_to_type(repo_id, names, branch)


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


def add_data(api, repo_id, branch, configs):
    """{path in the repo: CommitOperationAdd} of all Parquet files, those in a store uploaded already."""
    shards, additions, remote = [shard for config in configs for shard in config.shards], {}, None
    distant = any(not isinstance(shard.path, Path) for shard in shards)
    with tqdm(total=len(shards), unit=" files", disable=None if distant else True, leave=False) as progress:
        for shard in shards:
            if isinstance(shard.path, Path):
                additions[shard.name] = CommitOperationAdd(shard.name, shard.path)
            else:
                remote = remote or read_tree(api, repo_id, branch)[1]
                additions[shard.name] = add_from_store(api, repo_id, branch, shard, remote.get(shard.name))
            progress.update()
    return additions


def add_from_store(api, repo_id, branch, shard, known):
    """CommitOperationAdd of a file that never lies on this disk: read, sent unless the branch has it, and let go."""
    addition = CommitOperationAdd(shard.name, read_whole(shard.path))
    if known == like(known, addition):
        addition.path_or_fileobj = b""
    else:
        send(api, repo_id, branch, [addition], free_memory=True)
    return addition


def send(api, repo_id, branch, additions, *, free_memory):
    """Upload what the server has not, ahead of the commit that names it."""
    patiently(
        api.preupload_lfs_files,
        repo_id,
        additions,
        repo_type="dataset",
        revision=branch,
        free_memory=free_memory,
        gitignore_content="# nothing",  # a .gitignore in the repo would hold files back without a word
    )


def land(api, repo_id, branch, additions, owned, message):
    """Bring the branch to these files: (commit, a line on it, {path: hash} that were there before)."""
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


def check_hashes(api, repo_id, commit, additions):
    """ValueError unless the Hub tells of every file the hash that ours has."""
    _, remote = read_tree(api, repo_id, commit)
    for path, addition in additions.items():
        if remote.get(path) != like(remote.get(path), addition):
            raise ValueError(f"{repo_id} at {commit[:8]} is published, but {path} is not there, or not as it was sent")


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
    send(api, repo_id, branch, add, free_memory=False)
    operations, where = [*add, *delete], {"repo_type": "dataset", "revision": branch}
    try:
        commit = patiently(api.create_commit, repo_id, operations, commit_message=message, parent_commit=head, **where)
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
    additions = {path: CommitOperationAdd(path, source) for path, source in files.items()}
    everything = ".gitattributes".__ne__
    _, news, _ = land(api, repo_id, SCRIPT_BRANCH, additions, everything, f"Loading script {VERSION}")
    return news


def other_configs(remote, names):
    """Names of the configs that the repo had and that are not published now."""
    return sorted(
        {found[1] for path in remote if (found := re.fullmatch(r"data/([^/]+)/.*\.parquet", path))} - {*names}
    )


def line_to_type(repo_id, names, branch):
    """What loads the published data."""
    arguments = [repo_id] if "default" in names else [repo_id, names[0]]
    revision = "" if branch == "main" else f', revision="{branch}"'
    return f"datasets.load_dataset({', '.join(map(json.dumps, arguments))}{revision})"
