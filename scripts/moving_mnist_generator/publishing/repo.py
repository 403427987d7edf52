"""Bring a branch of a dataset repo on the Hub to a state, in one commit.

File contents are uploaded before the commit that names them. So a publish that stops anywhere leaves the repo as it
was, and the next one finds on the server what was already sent.
"""

import contextlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from huggingface_hub import CommitOperationAdd, CommitOperationDelete, HfApi, HfFileSystem
from huggingface_hub.errors import HfHubHTTPError, HFValidationError
from huggingface_hub.utils import validate_repo_id

from ..common.checks import InputError
from ..common.names import VERSION
from ..stores import network
from ..stores.network import NetworkError, patiently
from .operations import Additions, ChangedFile, Hashes, is_changed, lacking, plan

TAG = f"v{VERSION}"
SCRIPT_BRANCH = "script"  # holds the loading script for datasets < 4
COMMIT_ATTEMPTS = 5  # while others commit to the same branch
REPO_ID = re.compile(r"[\w.-]+/[\w.-]+", re.ASCII)


class RepoIsPublic(InputError):
    """The repo is to be private, exists, and is public."""


class SomeoneWasFirst(Exception):
    """The branch is not where it was when the commit was planned."""


def check_names(repo_id: str, branch: str) -> None:
    """Refuse names that we do not publish to."""
    if not REPO_ID.fullmatch(repo_id):
        raise InputError(f"REPO_ID must be namespace/name, in letters, digits, '.', '_' and '-', not {repo_id!r}")
    try:
        validate_repo_id(repo_id)
    except HFValidationError as error:
        raise InputError(f"REPO_ID must be a name that the Hub takes: {error}") from None
    if branch == SCRIPT_BRANCH:
        raise InputError(f"branch {SCRIPT_BRANCH!r} holds the loading script for datasets < 4: take another branch")


@dataclass(frozen=True)
class Repo:
    """A branch of a dataset repo. Requests are tried again while their errors are transient."""

    api: HfApi
    repo_id: str
    branch: str = "main"

    def ask(self, request: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
        """Call a method of `api` for this repo."""
        return patiently(request, self.repo_id, *arguments, repo_type="dataset", **options)

    def prepare(self, private: bool) -> None:
        """Make repo and branch, if there are none."""
        self.ask(self.api.create_repo, private=private or None, exist_ok=True)
        if private and not self.ask(self.api.repo_info, timeout=network.TIMEOUT).private:
            raise RepoIsPublic(f"{self.repo_id} is public: make it private in its settings")
        if self.branch != "main":
            self.make_branch()

    def make_branch(self) -> None:
        """Make the branch, from main, if there is none."""
        refs = self.ask(self.api.list_repo_refs)
        if any(ref.name == self.branch for ref in refs.tags):
            raise InputError(f"{self.branch!r} is a tag of {self.repo_id}: a branch is needed")
        if not any(ref.name == self.branch for ref in refs.branches):
            self.ask(self.api.create_branch, branch=self.branch, exist_ok=True)

    def tree(self, revision: str | None = None) -> tuple[str, Hashes]:
        """(commit, hashes of its files) of the branch, or of another revision, at one moment."""
        options = {"revision": revision or self.branch, "files_metadata": True, "timeout": network.TIMEOUT}
        info = self.ask(self.api.repo_info, **options)
        return info.sha, {file.rfilename: file.lfs.sha256 if file.lfs else file.blob_id for file in info.siblings}

    def read(self, path: str) -> bytes:
        """A file of the branch."""
        address = f"datasets/{self.repo_id}@{quote(self.branch, safe='')}/{path}"
        return patiently(HfFileSystem(token=self.api.token).cat_file, address)

    def upload(self, additions: Sequence[CommitOperationAdd], *, free_memory: bool) -> None:
        """Upload the large files that the server lacks, and read the small ones, which go into the commit."""
        # A .gitignore in the repo would hold files back without a word; this one replaces it.
        options = {"revision": self.branch, "gitignore_content": "# nothing", "free_memory": free_memory}
        self.ask(self.api.preupload_lfs_files, additions, **options)
        for addition in additions:
            if addition._upload_mode == "regular":
                with addition.as_file() as file:
                    addition.path_or_fileobj = file.read()
            if is_changed(addition):
                raise ChangedFile(f"{addition.path_in_repo} was changed while it was sent: publish again")

    def land(self, additions: Additions, is_ours: Callable[[str], bool], message: str) -> tuple[str, str, Hashes]:
        """Bring the branch to the additions: (commit, a line on it, hashes of the files that were there before)."""
        news = "kept     nothing has changed"
        for _ in range(COMMIT_ATTEMPTS):
            head, remote = self.tree()
            add, delete = plan(additions, remote, is_ours)
            if not add and not delete:
                return head, f"{news}: {self.branch} is at {head[:8]}", remote
            news = f"sent     {len(add)} files, {len(delete)} removed"
            with contextlib.suppress(SomeoneWasFirst):
                commit = self.commit(head, add, delete, message)
                return commit, f"{news}: {self.branch} is at {commit[:8]}", remote
        raise NetworkError(
            f"others kept committing to {self.repo_id}, {COMMIT_ATTEMPTS} times in a row: try again later"
        )

    def commit(
        self, head: str, add: list[CommitOperationAdd], delete: list[CommitOperationDelete], message: str
    ) -> str:
        """Upload what the server lacks, then commit on top of `head`; the new commit."""
        self.upload(add, free_memory=False)
        options = {"commit_message": message, "revision": self.branch, "parent_commit": head}
        try:
            return self.ask(self.api.create_commit, [*add, *delete], **options).oid
        except HfHubHTTPError as error:
            # Also when our own commit arrived and its answer was lost: then the next plan finds nothing to do.
            if error.response.status_code == 412:
                raise SomeoneWasFirst from None
            raise

    def check_hashes(self, commit: str, additions: Additions) -> None:
        """Refuse a commit in which the Hub's hash of a file is not that of ours."""
        _, remote = self.tree(commit)
        for other in lacking(additions, remote):
            raise InputError(
                f"{self.repo_id} at {commit[:8]} has other bytes of {other.path_in_repo} than were sent: the Hub's "
                f"hash of it is {remote.get(other.path_in_repo)}. Publishing again sends it again"
            )

    def tag(self, commit: str) -> tuple[str, str]:
        """Tag the commit, unless the tag exists: (the tag if it is at the commit, else the commit; a line on it).

        A tag is never moved: `v1.0.0` stays at the first commit that was published as 1.0.0.
        """
        self.ask(self.api.create_tag, tag=TAG, revision=commit, exist_ok=True)
        refs = self.ask(self.api.list_repo_refs)
        at = next(ref.target_commit for ref in refs.tags if ref.name == TAG)
        if at == commit:
            return TAG, f"tagged   {TAG} is at {commit[:8]}"
        advice = "raise VERSION in moving_mnist.py and names.py to tag this one"
        return commit, f"kept     {TAG} at {at[:8]}, an earlier state: {advice}"
