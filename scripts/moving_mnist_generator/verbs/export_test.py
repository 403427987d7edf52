"""The authors' test file -> the test split of the configs without annotations, and `authors`, which has annotations."""

import contextlib
from pathlib import Path

import click

from ..common.checks import InputError
from ..common.names import AUTHORS, AUTHORS_RECIPE, npy_name
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

    Annotations are found in the pixels. They are the config `authors`, and the recipe authors.npz, from which
    rebuild-test makes the file again.
    """
    import moving_mnist

    from ..files import authors
    from ..files.survey import writable
    from ..layouts import LAYOUTS

    if sha256 and no_verify:
        raise InputError("--sha256 and --no-verify exclude each other")
    folder = writable(out)
    published = [name for name in LAYOUTS if LAYOUTS[name].published]
    with fetched(source, folder, None if no_verify else sha256 or moving_mnist.SHA256) as found:
        try:
            for name in layouts or LAYOUTS:
                write(found, name, folder / LAYOUTS[name].bare)
            annotate(found, layouts or published, folder)
        except authors.OtherSource as error:
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
        if sha256 not in (None, made.sha256):
            advice = "--source takes a file or the authors' URL"
            raise InputError(f"{recipe} must make the file with sha256 {sha256}, not {made.sha256}; {advice}")
        print(f"{made.num_sequences:,} sequences made again by {recipe}")
        yield made


def annotate(found, layouts, folder):
    """Make the configs `authors` and the recipe, or print one line that says why not."""
    from tqdm import tqdm

    from ..files import authors, explained
    from ..layouts import LAYOUTS

    targets = {name: folder / LAYOUTS[name].config(AUTHORS) for name in layouts}
    annotations = None
    if not (explained.has_recipe(folder) and all(is_kept(found, name, target, True) for name, target in targets.items())):
        pieces = []
        try:
            with tqdm(total=found.num_sequences, unit=" explained", disable=None) as progress:
                for piece in explained.explain(found):
                    pieces.append(piece)
                    progress.update(len(piece))
        except authors.OtherSource:
            raise
        except InputError as error:
            print(f"no config {AUTHORS}, as the file is not explained: {error}")
            return
        annotations = explained.joined(pieces)
    for name, target in targets.items():
        write(found, name, target, annotations, annotated=True)
    kept = annotations is None or explained.keep_recipe(folder, annotations)
    print(f"{'kept' if kept else 'written':8} {folder / AUTHORS_RECIPE}")


def is_kept(found, layout, target, annotated):
    """Whether the test split of a config is there, made from this file."""
    from ..files import authors

    wanted = authors.recorded(layout, found.sha256, found.num_sequences, annotated=annotated)
    return authors.is_written(target / authors.FILE_NAME, wanted)


def write(found, layout, target, annotations=None, *, annotated=False):
    """Make the test split of a config in the folder `target`, unless it is there."""
    from tqdm import tqdm

    from ..files import authors

    path = target / authors.FILE_NAME
    if is_kept(found, layout, target, annotated):
        print(f"kept     {path}")
        return
    with tqdm(total=found.num_sequences, unit=" sequences", disable=None) as progress:
        for rows in authors.write_test(found, layout, path, annotations):
            progress.update(rows)
    print(f"written  {path}  {found.num_sequences:,} sequences")
