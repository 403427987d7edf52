"""Publish to the Hub: data, card and code, in one commit, verified before and after.

Readers see the old state or the new one, never a mixture. Before anything is sent, each Parquet file is decoded and
compared with the hash that it records. Afterwards the Hub's hashes of all files are compared with ours, and the first
file of each split is read back and compared frame by frame. Files in a store pass through this machine's disk one at a
time.

Configs that are in the repo and not in data/ are left where they are.
"""

import json
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from huggingface_hub import HfApi, constants, get_token
from huggingface_hub.utils import disable_progress_bars
from tqdm import tqdm

import moving_mnist

from ..common.checks import InputError
from ..common.names import ANIMATED, VERSION
from ..running.partial import local_path, partial_file
from ..stores.network import errors_in_words, patiently
from ..stores.paths import fetch
from .animated import is_picture, show_the_same
from .contents import data_files, other_files, owned_by
from .facts import Config, ShardFile, Split
from .operations import Additions, Hashes, Verified, additions_of, lacking, sha256_of, verified
from .readback import caches_of_its_own, read_back, said_to_be_published
from .repo import SCRIPT_BRANCH, Repo, check_names
from .words import words


def publish(repo_id: str, configs: Sequence[Config], *, branch: str = "main", private: bool = False) -> Iterator[str]:
    """Bring a dataset repo to the state of `configs`, with card and code, in one commit, and verify it.

    Args:
        repo_id: "namespace/name". The repo is made if there is none.
        configs: what `facts.some_configs` returns.
        branch: made if there is none. Only "main" is tagged, and accompanied by the branch `script`.
        private: make a new repo private; a public one that exists is refused.

    Yields:
        str, a line to print after each step.

    Raises:
        InputError: a name, a token, a file or a repo breaks a rule.
        NetworkError: the Hub refuses, or does not answer.
    """
    check_names(repo_id, branch)
    if not sys.stderr.isatty():
        disable_progress_bars()
    with errors_in_words(repo_id), caches_of_its_own():
        repo = Repo(HfApi(token=find_token()), repo_id, branch)
        repo.prepare(private)
        additions = data_additions(repo, configs)
        hashes = {path: sha256_of(addition) for path, addition in additions.items()}
        files = other_files(configs, hashes, repo_id, branch)
        additions |= additions_of(files | pictures_to_keep(repo, files))
        commit, news, remote = repo.land(additions, owned_by(configs, repo_id), f"Moving MNIST {VERSION}")
        yield news
        repo.check_hashes(commit, additions)
        for other in other_configs(remote, configs):
            yield f"left     data/{other}: it is not in your data folder, and the card does not name it"
        revision = commit
        if branch == "main":
            revision, line = repo.tag(commit)
            yield line
            yield publish_script(repo)
        for config in configs:
            for split in config.splits:
                with said_to_be_published(f"{repo_id} at {revision}"):
                    patiently(read_back, repo_id, config.name, split.name, split.shards, revision, repo.api.token)
                yield line_on_split(config, split)
        yield f"{constants.ENDPOINT}/datasets/{repo_id}" + ("" if branch == "main" else f"/tree/{branch}")
        yield line_to_type(repo_id, configs, branch)


def find_token() -> str:
    """The user's token, from HF_TOKEN or `hf auth login`."""
    token = get_token()
    if not token:
        raise InputError("no token: run `hf auth login`, or set HF_TOKEN to a token with the right to write")
    if not re.fullmatch("[!-~]+", token):  # as a header it would be refused with a message that shows it
        raise InputError("the token must be of visible ASCII characters alone: run `hf auth login` again")
    return token


def data_additions(repo: Repo, configs: Sequence[Config]) -> Additions:
    """All shards, verified; those in a store are already uploaded."""
    _, remote = repo.tree()
    shards = data_files(configs)
    additions: Additions = {}
    total = sum(shard.size for shard in shards.values())
    with tqdm(total=total, unit="B", unit_scale=True, desc="verifying", disable=None, leave=False) as progress:
        for path, shard in shards.items():
            if isinstance(shard.path, Path):
                additions[path] = verified(path, shard.path, shard, remote.get(path))
            else:
                additions[path] = send_from_store(repo, path, shard, remote.get(path))
            progress.update(shard.size)
    return additions


def send_from_store(repo: Repo, path: str, shard: ShardFile, known: str | None) -> Verified:
    """Fetch a shard into a file that is then removed, verify it, and upload it unless the repo has it."""
    with partial_file(local_path(shard.path)) as local:
        fetch(shard.path, shard.size, local)
        addition = verified(path, local, shard, known)
        if sha256_of(addition) != known:
            repo.upload([addition], free_memory=True)
    return addition


def pictures_to_keep(repo: Repo, files: dict[str, Path | bytes]) -> dict[str, bytes]:
    """{path: its bytes in the repo} of moving pictures there that show what ours show: these are not sent again.

    Another version of Pillow writes other bytes for the same pixels.
    """
    ours = {path: content for path, content in files.items() if is_picture(path) and isinstance(content, bytes)}
    _, remote = repo.tree() if ours else ("", {})
    others = [each.path_in_repo for each in lacking(additions_of(ours), remote)]
    theirs = {path: repo.read(path) for path in others if path in remote}
    return {path: content for path, content in theirs.items() if show_the_same(content, ours[path])}


def publish_script(repo: Repo) -> str:
    """Bring the branch `script` to its two files; a line on it."""
    script = Repo(repo.api, repo.repo_id, SCRIPT_BRANCH)
    script.make_branch()
    files = {
        "README.md": f"{words('script', repo_id=repo.repo_id)}\n".encode(),
        # Named as datasets < 4 looks for it.
        f"{repo.repo_id.split('/')[1]}.py": Path(moving_mnist.__file__).read_bytes(),
    }
    _, news, _ = script.land(additions_of(files), lambda path: path != ".gitattributes", f"Loading script {VERSION}")
    return news


def other_configs(remote: Hashes, configs: Sequence[Config]) -> list[str]:
    """Names of the configs that the repo had and that are not published now."""
    found = {match[1] for path in remote if (match := re.fullmatch(r"data/([^/]+)/.*\.parquet", path))}
    return sorted(found - {ANIMATED, *(config.name for config in configs)})


def line_on_split(config: Config, split: Split) -> str:
    """The line for a split that was read back."""
    count = len(split.shards)
    others = f", the first of {count} files read and all of them by hash" if count > 1 else ""
    return f"verified {config.name} {split.name}: {split.num_examples:,} sequences{others}"


def line_to_type(repo_id: str, configs: Sequence[Config], branch: str) -> str:
    """The call that loads the published data."""
    arguments = [repo_id] if configs[0].name == "default" else [repo_id, configs[0].name]
    revision = "" if branch == "main" else f', revision="{branch}"'
    return f"datasets.load_dataset({', '.join(map(json.dumps, arguments))}{revision})"
