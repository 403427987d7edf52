"""What a commit has to do: our files compared with those of a branch, without a network."""

import hashlib

from huggingface_hub import CommitOperationAdd, CommitOperationDelete


def additions_of(files):
    """{path in the repo: local path, or bytes} -> {path in the repo: CommitOperationAdd}."""
    return {path: CommitOperationAdd(path, source) for path, source in files.items()}


def plan(additions, remote, owned):
    """What a commit has to do.

    Args:
        additions: {path: CommitOperationAdd} of all files that the branch shall hold. Only those that the repo has a
            version of are hashed here, once.
        remote: {path: hash} of all files that are there, as `sending.read_tree` gives it.
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
