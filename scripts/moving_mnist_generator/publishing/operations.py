"""Operations of a commit: files that were verified, and what a branch lacks of them. Nothing here asks the Hub."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from huggingface_hub import CommitOperationAdd, CommitOperationDelete

from ..common.checks import InputError
from .facts import ShardFile
from .verify import verify_file

Additions = dict[str, CommitOperationAdd]  # by path in the repo
Hashes = dict[str, str]  # {path in the repo: sha256 of a large file, git's sha1 of a small one}


class ChangedFile(InputError):
    """A file is not what it was when it was verified."""


@dataclass
class Verified(CommitOperationAdd):
    """A file that was verified in the state `identity`."""

    identity: tuple[int, ...] = ()


def verified(path: str, local: Path, shard: ShardFile, known: str | None = None) -> Verified:
    """The addition of a local file whose sha256 and whose frames are right, both of the same state of the file.

    Args:
        path: in the repo.
        shard: what the file is, or is a copy of.
        known: hash of the file that the repo has there. If it is the same file, its frames are not decoded.
    """
    before = identity(local)
    addition = Verified(path, local, before)
    if sha256_of(addition) != known:
        verify_file(local, shard)
    if identity(local) != before or addition.upload_info.size != shard.size:
        raise ChangedFile(f"{shard.path} was changed while it was read: publish when nothing writes to it")
    return addition


def identity(path: Path) -> tuple[int, ...]:
    """Which file is there, in which state. No program can set the ctime back."""
    status = path.stat()
    return status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns


def sha256_of(addition: CommitOperationAdd) -> str:
    """64 digits. They are computed at the first call, and kept for the upload and when the file is gone."""
    return addition.upload_info.sha256.hex()


def is_changed(addition: CommitOperationAdd) -> bool:
    """Whether a file that is uploaded now, or read if it is small, may be another than the one that was verified."""
    source: Any = addition.path_or_fileobj
    if addition._upload_mode == "regular":
        return hashlib.sha256(source).digest() != addition.upload_info.sha256
    return isinstance(addition, Verified) and isinstance(source, str) and identity(Path(source)) != addition.identity


def additions_of(files: Mapping[str, Path | bytes]) -> Additions:
    """{path in the repo: local path, or bytes} -> additions."""
    return {path: CommitOperationAdd(path, source) for path, source in files.items()}


def lacking(additions: Additions, remote: Hashes) -> list[CommitOperationAdd]:
    """The additions that a branch does not have. Only those that it has a version of are hashed here, once."""
    return [
        addition
        for path, addition in additions.items()
        if path not in remote or remote[path] != hash_like(remote[path], addition)
    ]


def plan(
    additions: Additions, remote: Hashes, is_ours: Callable[[str], bool]
) -> tuple[list[CommitOperationAdd], list[CommitOperationDelete]]:
    """What a commit has to add and to delete.

    Args:
        additions: all files that the branch shall hold.
        remote: all files that are there.
        is_ours: path -> whether the file is removed when it is not among the additions.
    """
    stale = [path for path in sorted(remote) if is_ours(path) and path not in additions]
    return lacking(additions, remote), [CommitOperationDelete(path) for path in stale]


def hash_like(known: str, addition: CommitOperationAdd) -> str:
    """The addition's hash, of the same kind as a known one: 64 digits are sha256, 40 are git's sha1."""
    if len(known) == 64:
        return sha256_of(addition)
    with addition.as_file() as file:
        content = file.read()
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()
