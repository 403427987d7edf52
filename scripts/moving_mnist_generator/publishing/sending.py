"""Files -> one commit on a branch of the Hub.

File contents are uploaded before the commit that names them. So a publish that stops anywhere leaves the repo as it
was, and the next one finds on the server what was already sent.
"""

import contextlib
import hashlib
from dataclasses import dataclass
from pathlib import Path

from huggingface_hub import CommitOperationAdd
from huggingface_hub.errors import HfHubHTTPError
from tqdm import tqdm

from ..common.checks import InputError
from ..running.partial import local_path, partial_file
from ..stores import network
from ..stores.network import NetworkError, patiently
from ..stores.paths import fetch
from .contents import data_files
from .planning import plan
from .verify import verify_file

COMMIT_ATTEMPTS = 5  # while others commit to the same branch


class ChangedFile(InputError):
    """A file is not what it was when it was verified."""


@dataclass
class Verified(CommitOperationAdd):
    """A file that was verified in the state `identity`."""

    identity: tuple = ()


class SomeoneWasFirst(Exception):
    """The branch is not where it was when the commit was planned."""


def data_additions(api, repo_id, branch, configs):
    """{path in the repo: CommitOperationAdd} of all shards, verified; those in a store are already uploaded."""
    _, remote = read_tree(api, repo_id, branch)
    shards, additions = data_files(configs), {}
    total = sum(shard.size for shard in shards.values())
    with tqdm(total=total, unit="B", unit_scale=True, desc="verifying", disable=None, leave=False) as progress:
        for path, shard in shards.items():
            if isinstance(shard.path, Path):
                additions[path] = verified(path, shard.path, shard, remote.get(path))
            else:
                additions[path] = send_from_store(api, repo_id, branch, path, shard, remote.get(path))
            progress.update(shard.size)
    return additions


def verified(path, local, shard, known):
    """The addition of a file whose sha256 and whose frames are right, both of the same state of the file.

    A file that the repo has already, byte for byte, is not sent: its frames are not decoded.
    """
    before = identity(local)
    addition = Verified(path, local, before)
    if addition.upload_info.sha256.hex() != known:  # computed here, and kept when the file is gone
        verify_file(local, shard)
    if identity(local) != before or addition.upload_info.size != shard.size:
        raise ChangedFile(f"{shard.path} was changed while it was read: publish when nothing writes to it")
    return addition


def identity(path):
    """Which file is there, in which state. No program can set the ctime back."""
    status = path.stat()
    return status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns


def send_from_store(api, repo_id, branch, path, shard, known):
    """Fetch a shard into a file that is then removed, verify it, and upload it unless the repo has it.

    Returns:
        Verified.
    """
    with partial_file(local_path(shard.path)) as local:
        fetch(shard.path, shard.size, local)
        addition = verified(path, local, shard, known)
        if addition.upload_info.sha256.hex() != known:
            upload(api, repo_id, branch, [addition], free_memory=True)
    return addition


def upload(api, repo_id, branch, additions, *, free_memory):
    """Upload the large files that the server does not have, and read the small ones, which go into the commit."""
    # A .gitignore in the repo would hold files back without a word; this one replaces it.
    where = {"repo_type": "dataset", "revision": branch, "gitignore_content": "# nothing"}
    patiently(api.preupload_lfs_files, repo_id, additions, **where, free_memory=free_memory)
    for addition in additions:
        if addition._upload_mode == "regular":
            with addition.as_file() as file:
                addition.path_or_fileobj = file.read()
        if is_other(addition):
            raise ChangedFile(f"{addition.path_in_repo} was changed while it was sent: publish again")


def is_other(addition):
    """Whether a file that is uploaded now may have been changed since it was verified."""
    source = addition.path_or_fileobj
    if addition._upload_mode == "regular":
        return hashlib.sha256(source).digest() != addition.upload_info.sha256
    return isinstance(addition, Verified) and isinstance(source, str) and identity(Path(source)) != addition.identity


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
    raise NetworkError(f"others kept committing to {repo_id}, {COMMIT_ATTEMPTS} times in a row: try again later")


def read_tree(api, repo_id, branch):
    """The branch's (commit, {path: sha256 of a large file, git's sha1 of a small one}) at one moment."""
    info = patiently(api.dataset_info, repo_id, revision=branch, files_metadata=True, timeout=network.TIMEOUT)
    return info.sha, {file.rfilename: file.lfs.sha256 if file.lfs else file.blob_id for file in info.siblings}


def commit_once(api, repo_id, branch, head, add, delete, message):
    """Upload what the server does not have, then commit on top of `head`; the new commit."""
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
    """Refuse a commit in which the Hub's hash of a file is not that of ours."""
    _, remote = read_tree(api, repo_id, commit)
    others, _ = plan(additions, remote, owned=lambda path: False)
    if others:
        path = others[0].path_in_repo
        raise InputError(
            f"{repo_id} at {commit[:8]} has other bytes of {path} than were sent: the Hub's hash of it is "
            f"{remote.get(path)}. Publishing again sends it again"
        )
