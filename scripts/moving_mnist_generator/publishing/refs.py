"""Repos, branches and tags: where a publish goes, and what accompanies the branch `main`.

A tag is never moved: `v1.0.0` stays at the first commit that was published as 1.0.0.
"""

import re
from pathlib import Path

from huggingface_hub.errors import HFValidationError
from huggingface_hub.utils import validate_repo_id

import moving_mnist

from ..common.checks import InputError
from ..stores import network
from ..stores.network import patiently
from .planning import additions_of
from .sending import land

VERSION = str(moving_mnist.VERSION)
TAG = f"v{VERSION}"
SCRIPT_BRANCH = "script"
REPO_ID = re.compile(r"[\w.-]+/[\w.-]+", re.ASCII)
SCRIPT_CARD = """---
pretty_name: Moving MNIST
---
# Moving MNIST, for datasets < 4

    datasets.load_dataset("{repo_id}", revision="script", trust_remote_code=True)

This branch holds a loading script: it downloads the authors' file and makes the `test` split from it.
Newer versions of datasets load the branch `main`, with training data, labels and variants.
"""


class RepoIsPublic(InputError):
    """The repo is to be private, exists, and is public."""


def check_names(repo_id, branch):
    """Refuse names that we do not publish to."""
    if not REPO_ID.fullmatch(repo_id):
        raise InputError(f"REPO_ID must be namespace/name, in letters, digits, '.', '_' and '-', not {repo_id!r}")
    try:
        validate_repo_id(repo_id)
    except HFValidationError as error:
        raise InputError(f"REPO_ID must be a name that the Hub takes: {error}") from None
    if branch == SCRIPT_BRANCH:
        raise InputError(f"branch {SCRIPT_BRANCH!r} holds the loading script for datasets < 4: take another branch")


def prepare(api, repo_id, branch, private):
    """Make repo and branch, if there are none."""
    patiently(api.create_repo, repo_id, repo_type="dataset", private=private or None, exist_ok=True)
    if private and not patiently(api.dataset_info, repo_id, timeout=network.TIMEOUT).private:
        raise RepoIsPublic(f"{repo_id} is public: make it private in its settings")
    if branch != "main":
        make_branch(api, repo_id, branch)


def make_branch(api, repo_id, branch):
    """Make the branch, from main, if there is none."""
    refs = patiently(api.list_repo_refs, repo_id, repo_type="dataset")
    if any(ref.name == branch for ref in refs.tags):
        raise InputError(f"{branch!r} is a tag of {repo_id}: a branch is needed")
    if not any(ref.name == branch for ref in refs.branches):
        patiently(api.create_branch, repo_id, branch=branch, repo_type="dataset", exist_ok=True)


def tag(api, repo_id, commit):
    """Tag the commit, unless the tag exists: (the tag if it is at the commit, else the commit; a line on it)."""
    patiently(api.create_tag, repo_id, tag=TAG, revision=commit, repo_type="dataset", exist_ok=True)
    refs = patiently(api.list_repo_refs, repo_id, repo_type="dataset")
    at = next(ref.target_commit for ref in refs.tags if ref.name == TAG)
    if at == commit:
        return TAG, f"tagged   {TAG} is at {commit[:8]}"
    advice = "raise VERSION in moving_mnist.py and names.py to tag this one"
    return commit, f"kept     {TAG} at {at[:8]}, an earlier state: {advice}"


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
