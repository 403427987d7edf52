"""What is published: the configs of data/, the card and the code, as files of a repo.

Shards may lie in a store; all other files are a dict, {path in the repo: local path, or the bytes themselves}.

No file of the main branch's root is named like the repo: datasets >= 4 refuses a repo that has one, whatever else lies
there. So moving_mnist.py goes to scripts/, where `python scripts/generate.py` finds it in a clone, too; datasets < 4
finds it as a loading script on the branch `script`.
"""

import hashlib
import shutil
from pathlib import Path

import moving_mnist

from ..digits import embedded_npz
from ..layouts import LAYOUTS
from ..stores.paths import fetch
from .card import render_card, render_infos
from .croissant import file_id, render_croissant

ROOT = Path(__file__).resolve().parents[3]
PICTURES = "data/pictures"  # which the card shows
AUTHORS_CONFIGS = tuple(layout.bare for layout in LAYOUTS.values())  # whose test split is the authors' file


def check_test(configs, *, without_test=False, allow_other_test=False):
    """Refuse `default` and `arrays` without their test split, or with one that is not the authors'."""
    for config in configs:
        if config.name not in AUTHORS_CONFIGS:
            continue
        shards = [shard for split in config.splits if split.name == "test" for shard in split.shards]
        if not shards and not without_test:
            raise ValueError(
                f"config {config.name} has no test split: python scripts/export_test.py makes it of the authors' "
                f"file; --without-test publishes without it"
            )
        sources = {shard.recipe.get("source_sha256") for shard in shards} - {moving_mnist.SHA256}
        if sources and not allow_other_test:
            raise ValueError(
                f"the test split of config {config.name} must be made of the authors' file, sha256 "
                f"{moving_mnist.SHA256}, not {sources.pop()}: python scripts/export_test.py; --allow-other-test "
                f"publishes it, for trials"
            )


def data_files(configs):
    """{path in the repo: ShardFile} of all configs."""
    return {file_id(shard.path): shard for config in configs for shard in config.shards}


def other_files(configs, hashes, repo_id, root=ROOT):
    """What the main branch holds besides, {path in the repo: local Path, or bytes}.

    hashes: {path in the repo: sha256, 64 digits} of all shards.
    """
    files = {
        "README.md": render_card((root / "README.md").read_text(encoding="utf-8"), configs).encode(),
        "dataset_infos.json": render_infos(configs).encode(),
        "croissant.json": render_croissant(configs, hashes, repo_id).encode(),
        "LICENSE": root / "LICENSE",
        "data/mnist.npz": embedded_npz(),
        "scripts/moving_mnist.py": Path(moving_mnist.__file__).resolve(),
    }
    for folder in (root / "scripts", root / PICTURES):
        files |= {path.relative_to(root).as_posix(): path for path in visible(folder)}
    return files


def visible(folder):
    """The files below `folder`, but for what is hidden or what Python leaves behind."""
    for path in sorted(folder.rglob("*")):
        parts = path.relative_to(folder).parts
        if path.is_file() and not any(part.startswith(".") or part == "__pycache__" for part in parts):
            yield path


def owned_by(configs, repo_id):
    """path -> whether we remove it from the main branch when it is not among our files."""
    folders = ("scripts/", f"{PICTURES}/", *(f"data/{config.name}/" for config in configs))
    root_script = f"{repo_id.split('/')[1]}.py"  # with it there, datasets >= 4 loads nothing
    return lambda path: path.startswith(folders) or path == root_script


def stage(configs, repo_id, folder):
    """Put all files into `folder`, which must be empty or absent; how many they are.

    Data is linked, not copied, where that works.
    """
    folder, hashes = Path(folder), {}
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ValueError(f"{folder} must be an empty or a new folder")
    for name, shard in data_files(configs).items():
        target = place_for(folder / name)
        if isinstance(shard.path, Path):
            link_or_copy(shard.path, target)
        else:
            fetch(shard.path, shard.size, target)
        hashes[name] = sha256(target)
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


def place_for(path):
    """The path, its folder made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def link_or_copy(source, target):
    """Make `target` a hard link to `source`, or a copy where there are no links."""
    try:
        target.hardlink_to(source.resolve())
    except OSError:  # another disk, or a file system without links
        shutil.copyfile(source, target)


def sha256(path):
    """Of a file, in little memory; 64 digits."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest()
