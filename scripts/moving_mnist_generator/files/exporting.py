"""Export the authors' test file: the test split of the configs without annotations, `authors`, and the recipe."""

from collections.abc import Collection
from typing import Any

from tqdm import tqdm

import moving_mnist

from ..common.checks import InputError
from ..common.names import AUTHORS, AUTHORS_RECIPE
from ..core.sequences import Sequences
from ..layouts import LAYOUTS
from . import authors, explained


def export_all(source: moving_mnist.Source, folder: Any, layouts: Collection[str]) -> None:
    """Make what a verified Source gives in a folder, unless it is there, and print a line for each file.

    layouts: names of LAYOUTS; none, all without annotations, and with annotations those that are published.

    Raises:
        OtherSource: a file that is there was made from another source.
    """
    for name in layouts or LAYOUTS:
        write(source, name, folder / LAYOUTS[name].bare)
    targets = {name: folder / way.config(AUTHORS) for name, way in LAYOUTS.items() if name in (layouts or published())}
    annotations = None
    if not explained.has_recipe(folder) or not all(is_kept(source, *target, True) for target in targets.items()):
        try:
            annotations = annotations_of(source)
        except InputError as error:
            print(f"no config {AUTHORS}, as the file is not explained: {error}")
            return
    for name, target in targets.items():
        write(source, name, target, annotations, annotated=True)
    kept = annotations is None or explained.keep_recipe(folder, annotations)
    print(f"{'kept' if kept else 'written':8} {folder / AUTHORS_RECIPE}")


def published() -> list[str]:
    """The layouts of configs with annotations that are made if none is asked for."""
    return [name for name, layout in LAYOUTS.items() if layout.published]


def annotations_of(source: moving_mnist.Source) -> Sequences:
    """The annotations of all sequences, found with progress."""
    pieces = []
    with tqdm(total=source.num_sequences, unit=" sequences explained", disable=None) as progress:
        for piece in explained.explain(source):
            pieces.append(piece)
            progress.update(len(piece))
    return explained.joined(pieces)


def is_kept(source: moving_mnist.Source, layout: str, target: Any, annotated: bool) -> bool:
    """Whether the test split of a config is in the folder `target`, made from this source."""
    wanted = authors.recorded(layout, source.sha256, source.num_sequences, annotated=annotated)
    return authors.is_written(target / authors.FILE_NAME, wanted)


def write(
    source: moving_mnist.Source,
    layout: str,
    target: Any,
    annotations: Sequences | None = None,
    *,
    annotated: bool = False,
) -> None:
    """Make the test split of a config in the folder `target`, unless it is there."""
    path = target / authors.FILE_NAME
    if is_kept(source, layout, target, annotated):
        print(f"kept     {path}")
        return
    with tqdm(total=source.num_sequences, unit=" sequences", disable=None) as progress:
        for rows in authors.write_test(source, layout, path, annotations):
            progress.update(rows)
    print(f"written  {path}  {source.num_sequences:,} sequences")
