"""What is published: the configs of data/, the card and the code, as files of a repo.

Shards may be in a store. All other files are a dict, {path in the repo: local path, or the bytes themselves}, made
from an explicit list: nothing else in the checkout is published, and no link is followed out of it.

No file at the root of the main branch is named like the repo: datasets >= 4 refuses a repo that has one, whatever else
it holds. So moving_mnist.py goes to scripts/, where `python scripts/generate.py` finds it in a clone, too. On the
branch `script`, datasets < 4 finds it as a loading script.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from hashlib import sha256
from pathlib import Path

from huggingface_hub import constants

import moving_mnist

from ..common.checks import InputError
from ..common.names import ANIMATED, AUTHORS, AUTHORS_RECIPE
from ..digits.loading import embedded_npz
from ..layouts import LAYOUTS, split_config
from ..stores.paths import errors_of, listed
from .animated import FILE, animate, beside
from .card import PLACEHOLDER, render_card, render_infos
from .croissant import file_id, render_croissant
from .distributions import WHEEL, at_url, distributions
from .facts import Config, ShardFile

Files = dict[str, Path | bytes]  # path in the repo: local path, or the bytes themselves

PACKAGES = ("scripts/moving_mnist_generator", "scripts/speed")  # and those in them: folders with an __init__.py
GLOBS = (  # what else of the checkout is published
    "LICENSE",
    "scripts/*.py",
    "scripts/README.md",
    "scripts/moving_mnist_generator/py.typed",
    "scripts/moving_mnist_generator/previews/page/*.css",
    "scripts/moving_mnist_generator/previews/page/*.html",
    "scripts/moving_mnist_generator/previews/page/*.js",
    "scripts/moving_mnist_generator/publishing/words/*.md",
    "data/authors.npz",  # once somebody who has the authors' file has made it
    "data/pictures/*.gif",  # the card shows these
    "data/pictures/*.html",
    "data/pictures/*.png",
    "data/pictures/*.webp",
    "data/results/*.csv",
    "data/results/*.json",
)

OF_SOURCE = (
    "CITATION.cff",
    "Makefile",
    "dataset_infos.json",
    "tests/*.py",
    "tests/programs/*.py",
    "tests/golden/*.md",
    "tests/golden/*.npz",
)


def is_checkout(folder: Path) -> bool:
    """Whether a folder holds this project's code, so that its card and code can be published."""
    return all((folder / package).is_dir() for package in PACKAGES)


HOME = Path(__file__).resolve().parents[3]
ROOT = HOME if is_checkout(HOME) else Path.cwd()  # an installed package publishes the checkout that it is run in


class NoTestSplit(InputError):
    """A config without annotations lacks the authors' test split."""


class OtherTestSplit(InputError):
    """The test split of a config without annotations is not made from the authors' file."""


def check_test(configs: Sequence[Config], *, without_test: bool = False, allow_other_test: bool = False) -> None:
    """Refuse configs without annotations that lack their test split, or have one that is not the authors'.

    The same holds for `authors`, which has no other split.

    Args:
        configs: what `facts.some_configs` returns.
        without_test: accept a missing test split.
        allow_other_test: accept a test split of another file.
    """
    named = {name for layout in LAYOUTS.values() for name in (layout.bare, layout.config(AUTHORS))}
    for config in configs:
        if config.name not in named:
            continue
        shards = [shard for split in config.splits if split.name == "test" for shard in split.shards]
        if not shards and not without_test:
            raise NoTestSplit(f"config {config.name} has no test split")
        sources = {shard.recipe.get("source_sha256") for shard in shards} - {moving_mnist.SHA256}
        if sources and not allow_other_test:
            raise OtherTestSplit(
                f"the test split of config {config.name} must be made from the authors' file, sha256 "
                f"{moving_mnist.SHA256}, not {sources.pop()}"
            )


def data_files(configs: Sequence[Config]) -> dict[str, ShardFile]:
    """{path in the repo: ShardFile} of all configs."""
    return {file_id(shard.path): shard for config in configs for shard in config.shards}


def other_files(
    configs: Sequence[Config], hashes: dict[str, str], repo_id: str, branch: str = "main", root: Path = ROOT
) -> Files:
    """What the branch holds besides data, {path in the repo: local Path, or bytes}.

    Args:
        configs: what `facts.some_configs` returns.
        hashes: {path in the repo: sha256, 64 digits} of all shards.
        repo_id, branch: where the files are published to.
        root: Path of the checkout.
    """
    readme = (root / "README.md").read_text(encoding="utf-8")
    moving, described = {}, list(configs)
    if animated := animate(configs, repo_id, branch):
        moving, described = animated.files(), beside(configs, animated)
        hashes = {**hashes, FILE.as_posix(): sha256(animated.content).hexdigest()}
    return {
        "README.md": render_card(readme, described).replace(PLACEHOLDER, repo_id).encode(),
        "dataset_infos.json": render_infos(described).encode(),
        "croissant.json": render_croissant(described, hashes, repo_id, branch).encode(),
        **moving,
        "data/mnist.npz": embedded_npz(),
        "scripts/moving_mnist.py": Path(moving_mnist.__file__).resolve(),
        **listed_files(root),
        **recipe_beside(configs),
        **installable(root, repo_id, branch),
    }


def recipe_beside(configs: Sequence[Config]) -> Files:
    """{path in the repo: bytes} of the recipe that lies beside the config `authors`; {} without either."""
    found = (config.shards[0].path for config in configs if split_config(config.name)[0] == AUTHORS)
    folder = next((path.parent.parent for path in found), None)
    if folder is None or AUTHORS_RECIPE not in (listed(folder) or ()):
        return {}
    with errors_of(folder):
        return {f"data/{AUTHORS_RECIPE}": (folder / AUTHORS_RECIPE).read_bytes()}


def installable(root: Path, repo_id: str, branch: str) -> Files:
    """{path in the repo: bytes} of the wheel, the sdist, and generate.py, which by its URL installs the wheel."""
    listed = listed_files(root)
    built: Files = {**distributions(root, (*listed, *globbed(root, OF_SOURCE)))}
    if WHEEL in built:
        script = listed["scripts/generate.py"].read_text(encoding="utf-8")
        url = f"{constants.ENDPOINT}/datasets/{repo_id}/resolve/{branch}/{WHEEL}"
        built["scripts/generate.py"] = at_url(script, url).encode()
    return built


def listed_files(root: Path) -> dict[str, Path]:
    """{path in the repo: local Path} of the files of a checkout that are published as they are."""
    return {**globbed(root, GLOBS), **plain(root, (path for name in PACKAGES for path in modules(root / name)))}


def globbed(root: Path, globs: Sequence[str]) -> dict[str, Path]:
    """{path in the repo: local Path} of the files of a checkout that some patterns name."""
    return plain(root, (path for glob in globs for path in sorted(root.glob(glob)) if path.is_file()))


def plain(root: Path, paths: Iterable[Path]) -> dict[str, Path]:
    """{path in the repo: local Path} of those that are neither hidden nor a link, nor below such a folder."""
    found = {}
    for path in paths:
        inside = [path, *path.parents][: len(path.relative_to(root).parts)]
        if not any(each.name.startswith(".") or each.is_symlink() for each in inside):
            found[path.relative_to(root).as_posix()] = path
    return found


def modules(folder: Path) -> Iterator[Path]:
    """The Python files of a package and of the packages in it."""
    if not (folder / "__init__.py").is_file():
        return
    yield from sorted(folder.glob("*.py"))
    for inside in sorted(folder.iterdir()):
        if inside.is_dir() and not inside.is_symlink():
            yield from modules(inside)


def owned_by(configs: Sequence[Config], repo_id: str) -> Callable[[str], bool]:
    """path -> whether we remove it from the main branch when it is not among our files."""
    names = ["pictures", "results", ANIMATED, *(config.name for config in configs)]
    ours = ("dist/moving_mnist-", "scripts/", *(f"data/{name}/" for name in names))
    root_script = f"{repo_id.split('/')[1]}.py"  # if it is there, datasets >= 4 loads nothing
    return lambda path: path.startswith(ours) or path == root_script
