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

import moving_mnist

from . import network
from .network import errors_in_words, patiently
from .published import owned_by
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
