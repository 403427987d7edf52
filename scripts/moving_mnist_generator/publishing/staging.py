"""A dry run: the files that a publish sends, put into a folder."""

import shutil
from collections.abc import Sequence
from pathlib import Path

from ..common.checks import InputError
from ..running.partial import partial_file
from ..stores.paths import fetch
from .contents import data_files, other_files
from .facts import Config
from .operations import sha256_of, verified


def stage(configs: Sequence[Config], repo_id: str, folder: str | Path) -> int:
    """Put all files of a publish into `folder`, and verify the data as a publish does.

    Data is linked, not copied, where that works. The folder appears when all of it is there.

    Args:
        configs: what `facts.some_configs` returns.
        repo_id: "namespace/name".
        folder: empty or absent.

    Returns:
        the number of files.
    """
    folder = Path(folder).absolute()
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InputError(f"{folder} must be an empty or a new folder")
    with partial_file(folder, is_folder=True) as partial:
        count = fill(partial, configs, repo_id)
        partial.rename(folder)  # which replaces an empty folder
    return count


def fill(folder: Path, configs: Sequence[Config], repo_id: str) -> int:
    """Put all files into a folder; their number."""
    hashes = {}
    for name, shard in data_files(configs).items():
        target = place_for(folder / name)
        if isinstance(shard.path, Path):
            link_or_copy(shard.path, target)
        else:
            fetch(shard.path, shard.size, target)
        hashes[name] = sha256_of(verified(name, target, shard))
    others = other_files(configs, hashes, repo_id)
    for name, source in others.items():
        target = place_for(folder / name)
        if isinstance(source, bytes):
            target.write_bytes(source)
        elif name.startswith("data/"):
            link_or_copy(source, target)
        else:
            shutil.copyfile(source, target)
    return len(hashes) + len(others)


def place_for(path: Path) -> Path:
    """The path, with its folder made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def link_or_copy(source: Path, target: Path) -> None:
    """Make `target` a hard link to `source`, or a copy where there are no links."""
    try:
        target.hardlink_to(source.resolve())
    except OSError:  # another disk, or a file system without links
        shutil.copyfile(source, target)
