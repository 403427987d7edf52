"""What is published: the configs of data/, the card and the code, as files of a repo.

The Parquet files come first, from a folder or a store; the rest, which tells their hashes, is made here.

No file of the main branch's root is named like the repo: datasets >= 4 refuses a repo that has one, whatever else lies
there. So moving_mnist.py goes to scripts/, where `python scripts/generate.py` finds it in a clone, too; datasets < 4
finds it as a loading script on the branch `script`.
"""

import hashlib
import shutil
from pathlib import Path

import moving_mnist

from .card import render_card, render_infos
from .croissant import render_croissant
from .digits import embedded_npz
from .store import fetch

ROOT = Path(__file__).resolve().parents[2]
PICTURES = "data/pictures"  # which the card shows
AUTHORS_CONFIGS = ("default", "arrays")  # whose test split is the authors' file


def check_test(configs, *, without_test=False, allow_other_test=False):
    """Refuse `default` and `arrays` without their test split, or with one that is not the authors'."""
    for config in (config for config in configs if config.name in AUTHORS_CONFIGS):
        shards = [shard for split in config.splits if split.name == "test" for shard in split.shards]
        if not shards and not without_test:
            raise ValueError(
                f"config {config.name} has no test split: python scripts/export_test.py makes it of the authors' "
                f"file; --without-test publishes without it"
            )
        sources = {shard.recipe.get("source_sha256") for shard in shards} - {moving_mnist.SHA256}
        if sources and not allow_other_test:
            raise ValueError(
                f"the test split of config {config.name} must be made of the authors' file, "
                f"sha256 {moving_mnist.SHA256}, not {sources.pop()}: python scripts/export_test.py; "
                f"--allow-other-test publishes it, for trials"
            )


def files_around(configs, repo_id, hashes, root=ROOT):
    """All of the main branch but the Parquet files, which go first: {path in the repo: local Path, or bytes}.

    hashes: {path in the repo: sha256} of the Parquet files.
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


def owned_by(names, repo_id):
    """path -> whether we, with configs of these names, remove it from the main branch if it is none of our files."""
    folders = ("scripts/", f"{PICTURES}/", *(f"data/{name}/" for name in names))
    root_script = f"{repo_id.split('/')[1]}.py"  # with it there, datasets >= 4 loads nothing
    return lambda path: path.startswith(folders) or path == root_script


def stage(configs, repo_id, folder):
    """Put all files into `folder`, which must be empty or absent; how many.

    Data of a local folder is linked, not copied, where that works.
    """
    folder = Path(folder)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ValueError(f"{folder} must be an empty or a new folder")
    shards = [shard for config in configs for shard in config.shards]
    for shard in shards:
        copy(shard.path, folder / shard.name)
    around = files_around(configs, repo_id, {shard.name: sha256(folder / shard.name) for shard in shards})
    for name, source in around.items():
        copy(source, folder / name, link=name.startswith("data/"))
    return len(shards) + len(around)


def copy(source, target, link=True):
    """Bytes, a local file or one in a store -> the file `target`; a link where that is asked and works."""
    target.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(source, bytes):
        target.write_bytes(source)
    elif not isinstance(source, Path):
        fetch(source, target)
    elif not (link and linked(source, target)):
        shutil.copyfile(source, target)


def linked(source, target):
    """Whether `target` could be made a hard link to `source`."""
    try:
        target.hardlink_to(source.resolve())
    except OSError:  # another disk, or a file system without links
        return False
    return True


def sha256(path):
    """Of a file, in little memory."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest()
