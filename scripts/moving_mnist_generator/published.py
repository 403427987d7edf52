"""What is published: the configs of data/, the card and the code, as files of a repo.

A published state is a dict, {path in the repo: local path, or the bytes themselves}.

No file of the main branch's root is named like the repo: datasets >= 4 refuses a repo that has one, whatever else lies
there. So moving_mnist.py goes to scripts/, where `python scripts/generate.py` finds it in a clone, too; datasets < 4
finds it as a loading script on the branch `script`.
"""

import itertools
import shutil
from dataclasses import dataclass
from pathlib import Path

import moving_mnist

from . import facts
from .card import render_card, render_infos
from .croissant import render_croissant
from .digits import embedded_npz
from .parquet import read_recipe

ROOT = Path(__file__).resolve().parents[2]
PICTURES = "data/pictures"  # which the card shows
AUTHORS_CONFIGS = ("default", "arrays")  # whose test split is the authors' file


@dataclass(frozen=True)
class PublishedShard:
    """One Parquet file of data/, and what its footer says."""

    path: Path
    rows: int
    recipe: dict


def read_configs(data):
    """The configs in the folder `data`: {config: {split: [PublishedShard, in order]}}.

    Hidden files, which half-written ones are, and folders without Parquet files do not count.

    Raises:
        ValueError: there are none; a file is not named or not made as ours are; a split lacks a file.
    """
    data = Path(data)
    found = facts.read_configs(data) if data.is_dir() else []
    if not found:
        raise ValueError(f"{data} holds no configs to publish: python scripts/generate.py default makes some")
    return {
        config.name: {
            split.name: [read_shard(path) for path in facts.split_files(data / config.name, split.name)]
            for split in config.splits
        }
        for config in found
    }


def read_shard(path):
    """The PublishedShard at `path`."""
    recipe = read_recipe(path)
    if not recipe or "frames_sha256" not in recipe:
        raise ValueError(f"{path} was not made by this generator: move it away, or make it anew with --overwrite")
    return PublishedShard(path, facts.read_footer(path).num_rows, recipe)


def check_test(configs, *, without_test=False, allow_other_test=False):
    """Refuse `default` and `arrays` without their test split, or with one that is not the authors'."""
    for config in AUTHORS_CONFIGS:
        if config not in configs:
            continue
        shards = configs[config].get("test", [])
        if not shards and not without_test:
            raise ValueError(
                f"config {config} has no test split: python scripts/export_test.py makes it of the authors' file; "
                f"--without-test publishes without it"
            )
        sources = {shard.recipe.get("source_sha256") for shard in shards} - {moving_mnist.SHA256}
        if sources and not allow_other_test:
            raise ValueError(
                f"the test split of config {config} must be made of the authors' file, sha256 {moving_mnist.SHA256}, "
                f"not {sources.pop()}: python scripts/export_test.py; --allow-other-test publishes it, for trials"
            )


def published_files(configs, data, repo_id, root=ROOT):
    """The whole of the main branch: {path in the repo: local Path, or bytes}."""
    files = {
        "README.md": render_card((root / "README.md").read_text(encoding="utf-8"), data).encode(),
        "dataset_infos.json": render_infos(data).encode(),
        "croissant.json": render_croissant(data, repo_id).encode(),
        "LICENSE": root / "LICENSE",
        "data/mnist.npz": embedded_npz(),
        "scripts/moving_mnist.py": Path(moving_mnist.__file__).resolve(),
    }
    for folder in (root / "scripts", root / PICTURES):
        files |= {path.relative_to(root).as_posix(): path for path in visible(folder)}
    for config, splits in configs.items():
        for shard in itertools.chain(*splits.values()):
            files[f"data/{config}/{shard.path.name}"] = shard.path
    return files


def visible(folder):
    """The files below `folder`, but for what is hidden or what Python leaves behind."""
    for path in sorted(folder.rglob("*")):
        parts = path.relative_to(folder).parts
        if path.is_file() and not any(part.startswith(".") or part == "__pycache__" for part in parts):
            yield path


def owned_by(configs, repo_id):
    """path -> whether we remove it from the main branch when it is not among our files."""
    folders = ("scripts/", f"{PICTURES}/", *(f"data/{config}/" for config in configs))
    root_script = f"{repo_id.split('/')[1]}.py"  # with it there, datasets >= 4 loads nothing
    return lambda path: path.startswith(folders) or path == root_script


def stage(files, folder):
    """Put the files into `folder`, which must be empty or absent. Data is linked, not copied, where that works."""
    folder = Path(folder)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ValueError(f"{folder} must be an empty or a new folder")
    for name, source in files.items():
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(source, bytes):
            target.write_bytes(source)
        elif not (name.startswith("data/") and linked(source, target)):
            shutil.copyfile(source, target)


def linked(source, target):
    """Whether `target` could be made a hard link to `source`."""
    try:
        target.hardlink_to(source.resolve())
    except OSError:  # another disk, or a file system without links
        return False
    return True
