"""The authors' test file -> the test split of the configs without annotations, and `authors` with annotations."""

import contextlib
from pathlib import Path

import click

from ..common.checks import InputError
from ..common.names import npy_name
from .commands import LAYOUT, OUT
from .rebuild_test import known_recipe, whose, write_again

SOURCE = "The file mnist_test_seq.npy.  [default: made by data/authors.npz if that is there, else the authors' URL]"


@click.command()
@click.option("--source", metavar="FILE_OR_URL", help=SOURCE)
@OUT
@LAYOUT
@click.option("--sha256", metavar="HEX", help="Take another file, which has this sha256.  [default: the authors']")
@click.option("--no-verify", is_flag=True, help="Take any local file of this layout.")
def export_test(source, out, layouts, sha256, no_verify):
    """Verify the authors' file and write it as Parquet, in its order, without and with annotations.

    Annotations are found in the pixels. They are the config authors, and the recipe authors.npz, from which
    rebuild-test makes the file again.
    """
    import moving_mnist

    from ..files.authors import OtherSource
    from ..files.exporting import export_all
    from ..files.survey import writable

    if sha256 and no_verify:
        raise InputError("--sha256 and --no-verify exclude each other")
    folder = writable(out)
    with fetched(source, folder, None if no_verify else sha256 or moving_mnist.SHA256) as found:
        try:
            export_all(found, folder, layouts)
        except OtherSource as error:
            raise InputError(f"{error}: remove it, or take another folder with --out") from None
    print(f"the source has sha256 {found.sha256}: {whose(found.sha256)} file")


@contextlib.contextmanager
def fetched(source, folder, sha256):
    """The verified Source: a file, a download, or, without a source, what the recipe makes if there is one."""
    import moving_mnist

    from ..files import authors
    from ..recovery.recipe import read_recipe
    from ..running.partial import local_path, partial_file

    recipe = None if source else known_recipe(*[folder] if isinstance(folder, Path) else [])
    if recipe is None:
        yield authors.fetch(source or moving_mnist.URL, sha256)
        return
    found = read_recipe(recipe)
    with partial_file(local_path(folder / npy_name("test"))) as path:
        write_again(found, path)
        made = authors.verify(None, path)
        if sha256 and sha256.lower() != made.sha256:
            advice = "--source takes a file or the authors' URL"
            raise InputError(f"{recipe} must make the file with sha256 {sha256}, not {made.sha256}; {advice}")
        print(f"{made.num_sequences:,} sequences made again by {recipe}")
        yield made
