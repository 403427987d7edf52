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
from urllib.parse import quote

from huggingface_hub import HfApi, HfFileSystem, constants, get_token
from huggingface_hub.utils import disable_progress_bars

from ..common.checks import InputError
from ..common.names import ANIMATED
from ..stores.network import errors_in_words, patiently
from .animated import is_picture, show_the_same
from .contents import other_files, owned_by
from .planning import additions_of, plan
from .readback import caches_of_its_own, read_back, said_to_be_published
from .refs import VERSION, check_names, prepare, publish_script, tag
from .sending import check_hashes, data_additions, land, read_tree


def publish(repo_id, configs, *, branch="main", private=False):
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
        api = HfApi(token=find_token())
        prepare(api, repo_id, branch, private)
        additions = data_additions(api, repo_id, branch, configs)
        hashes = {path: addition.upload_info.sha256.hex() for path, addition in additions.items()}
        files = other_files(configs, hashes, repo_id, branch)
        additions |= additions_of(files | pictures_to_keep(api, repo_id, branch, files))
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
                with said_to_be_published(f"{repo_id} at {revision}"):
                    patiently(read_back, repo_id, config.name, split.name, split.shards, revision, api.token)
                yield verified(config, split)
        yield f"{constants.ENDPOINT}/datasets/{repo_id}" + ("" if branch == "main" else f"/tree/{branch}")
        yield line_to_type(repo_id, configs, branch)


def pictures_to_keep(api, repo_id, branch, files):
    """{path: its bytes in the repo} of moving pictures there that show what ours show: these are not sent again.

    Another version of Pillow writes other bytes for the same pixels.
    """
    ours = {path: content for path, content in files.items() if is_picture(path)}
    if not ours:
        return {}
    _, remote = read_tree(api, repo_id, branch)
    others, _ = plan(additions_of(ours), remote, owned=lambda path: False)
    there, found = HfFileSystem(token=api.token), {}
    for path in (each.path_in_repo for each in others if each.path_in_repo in remote):
        address = f"datasets/{repo_id}@{quote(branch, safe='')}/{path}"
        content = patiently(there.cat_file, address)
        if show_the_same(content, ours[path]):
            found[path] = content
    return found


def find_token():
    """The user's token, from HF_TOKEN or `hf auth login`."""
    token = get_token()
    if not token:
        raise InputError("no token: run `hf auth login`, or set HF_TOKEN to a token with the right to write")
    if not re.fullmatch("[!-~]+", token):  # as a header it would be refused with a message that shows it
        raise InputError("the token must be of visible ASCII characters alone: run `hf auth login` again")
    return token


def other_configs(remote, configs):
    """Names of the configs that the repo had and that are not published now."""
    found = {match[1] for path in remote if (match := re.fullmatch(r"data/([^/]+)/.*\.parquet", path))}
    return sorted(found - {ANIMATED, *(config.name for config in configs)})


def verified(config, split):
    """The line for a split that was read back."""
    count = len(split.shards)
    others = f", the first of {count} files read and all of them by hash" if count > 1 else ""
    return f"verified {config.name} {split.name}: {split.num_examples:,} sequences{others}"


def line_to_type(repo_id, configs, branch):
    """The call that loads the published data."""
    arguments = [repo_id] if configs[0].name == "default" else [repo_id, configs[0].name]
    revision = "" if branch == "main" else f', revision="{branch}"'
    return f"datasets.load_dataset({', '.join(map(json.dumps, arguments))}{revision})"
