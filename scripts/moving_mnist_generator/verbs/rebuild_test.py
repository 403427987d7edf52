"""The recipe of the authors' test file -> the file, bit for bit."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..common.checks import InputError
from ..common.names import AUTHORS_RECIPE

if TYPE_CHECKING:
    from ..recovery.recipe import FramesRecipe

FILE = click.Path(dir_okay=False, path_type=Path)
RECIPE = "What export-test writes.  [default: data/authors.npz, or that of the package]"


@click.command()
@click.option("--out", required=True, type=FILE, help="The npy file to write, such as mnist_test_seq.npy.")
@click.option("--recipe", metavar="NPZ", type=FILE, help=RECIPE)
def rebuild_test(out, recipe):
    """Make the authors' test file again from its recipe, without a network."""
    from ..files.authors import verify
    from ..recovery.recipe import read_recipe
    from ..running.partial import renamed_when_whole

    path = recipe or known_recipe(Path("data"))
    if path is None:
        raise InputError(f"the recipe data/{AUTHORS_RECIPE} must be there: export-test writes it, --recipe names it")
    if out.exists():
        raise InputError(f"{out} is there already: remove it, or give another --out")
    found = read_recipe(path)
    with renamed_when_whole(out) as partial:
        write_again(found, partial)
        sha256 = verify(None, partial).sha256
    print(f"written  {out}  {len(found):,} sequences")
    print(f"the file has sha256 {sha256}: {whose(sha256)} file")


def known_recipe(*folders: Path) -> Path | None:
    """The recipe in one of the folders, or where the digits of the package are; None if there is none."""
    from ..digits.loading import embedded_npz

    paths = [*(folder / AUTHORS_RECIPE for folder in folders), embedded_npz().with_name(AUTHORS_RECIPE)]
    return next((path for path in paths if path.is_file()), None)


def write_again(recipe: "FramesRecipe", path: Path) -> None:
    """Write the file of a recipe, with progress."""
    from tqdm import tqdm

    from ..exports.npy import NPY
    from ..recovery.recipe import rebuild

    shape = (len(recipe), recipe.num_frames, *recipe.frame_size)
    with tqdm(total=len(recipe), unit=" sequences", disable=None) as progress:
        NPY.write(path, shape, counted(rebuild(recipe), progress))


def counted(pieces, progress):
    """Yields pieces, and shows how many sequences they have."""
    for piece in pieces:
        yield piece
        progress.update(len(piece))


def whose(sha256: str) -> str:
    """Whether a file is that of the authors, in words."""
    import moving_mnist

    return "the authors'" if sha256 == moving_mnist.SHA256 else "not the authors'"
