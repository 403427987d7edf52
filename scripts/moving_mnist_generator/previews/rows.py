"""Rows of any source, with all that is known of them, a few at a time."""

import re
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path

import numpy as np

from ..common.checks import InputError, path_or_name
from ..common.names import SPLITS, split_in
from ..core.recipe import Recipe
from ..sources.annotated import Annotated
from ..sources.opening import Source, open_source, plain_rows
from ..sources.urls import is_downloaded
from .marks import Marks, marks_of

FIRST_ON_HUB = "train"  # whatever else is there


@dataclass(frozen=True, eq=False)
class Shown:
    """n sequences that are shown.

    name, split: str, where they come from.
    first: int, the row of the first of them.
    frames: (n, t, H, W) uint8, in colour (n, t, H, W, 3).
    columns: {name: list of n values}, numbers, text or lists of them: all columns but `image_sequence`.
    classes: {name of a column of labels: list of the names of its classes}.
    marks: Marks, where the digits are.
    predictions: (n, t, H, W) uint8, past frames first, or None.
    past: int, frames that a model has seen.
    """

    name: str
    split: str
    first: int
    frames: np.ndarray
    columns: dict
    classes: dict
    marks: Marks
    predictions: np.ndarray | None = None
    past: int = 0

    def __len__(self):
        return len(self.frames)


def open_rows(name, split=None):
    """A Source as `open_source` gives it, in grey or colour, of one split.

    Args:
        name: what `open_source` takes.
        split: None for the first that is there; on the Hub, train.
    """
    split = first_split(str(path_or_name("a source", name))) if split is None else split
    return open_source(name, split, in_colour=True)


def first_split(name):
    """The first of SPLITS that a source has, as far as its name or its files show."""
    url = re.split("[?#]", name, maxsplit=1)[0] if "://" in name else name
    if named := split_in(url.rpartition("/")[2]):
        return named
    if url.endswith(".npy") or is_downloaded(name):
        return "test"
    path = Path(name).expanduser()
    if path.suffix == ".parquet" and path.is_file():
        from ..files.footers import read_recipe

        recorded = (read_recipe(path) or {}).get("split")
        return recorded if recorded in SPLITS else FIRST_ON_HUB
    if "://" in name and not name.endswith(".parquet"):
        from ..stores.paths import parquet_files, reach  # imports huggingface_hub, which takes a second

        files = parquet_files(reach(name))
    else:
        files = path.glob("*.parquet") if path.is_dir() else ()
    found = {file.name.partition("-")[0] for file in files}
    if path.is_dir() and not found & set(SPLITS):
        raise InputError(
            f"{name or 'SOURCE'} must be a Parquet file or a folder of train-, validation- or test-*.parquet"
        )
    return next((split for split in SPLITS if split in found), FIRST_ON_HUB)


def count_rows(source, first, stop):
    """How many of the rows first .. stop there are, at most."""
    total = stop if source.num_sequences is None else source.num_sequences
    if min(stop, total) <= first:
        raise InputError(f"rows must lie in 0:{total} of {source.name} {source.split}, not {first}:{stop}")
    return min(stop, total) - first


def read_rows(source, first, stop, marked=True):
    """Yields Shown, a few rows at a time, of the rows first .. stop that there are.

    Args:
        source: what `open_rows` returns; marked: whether marks are needed.

    Raises:
        InputError: there is none; a file that is damaged.
    """
    left, start = count_rows(source, first, stop), first
    classes = class_names(source.features)
    for frames, annotations, table in source.rows(first):
        columns = {} if table is None else {name: plain_rows(table, name) for name in table.column_names}
        columns.pop("image_sequence", None)
        marks = marks_of(columns, annotations, frames.shape) if marked else Marks()
        piece = cut(Shown(source.name, source.split, start, frames, columns, classes, marks), 0, left)
        yield piece
        left, start = left - len(piece), start + len(piece)
        if left == 0:
            return
    if start == first:
        raise InputError(f"rows must lie below the number of rows of {source.name} {source.split}, not {first}:{stop}")


def generated_rows(variant, split, indices):
    """Shown as a file of a variant would give it, without a file."""
    recipe = Recipe(variant, split)
    sequences = recipe.sequences(indices)
    columns = {
        name: values if isinstance(values, list) else values.tolist()
        for name, values in recipe.annotations(sequences).items()
    }
    marks = marks_of(columns, lambda: Annotated(sequences), sequences.frames.shape)
    classes = class_names(recipe.features("frames"))
    return Shown(recipe.variant.name, split, indices[0], sequences.frames, columns, classes, marks)


def cut(shown, first, stop):
    """Rows first .. stop of Shown."""
    return replace(
        shown,
        first=shown.first + first,
        frames=shown.frames[first:stop],
        columns={name: values[first:stop] for name, values in shown.columns.items()},
        marks=shown.marks.of(first, stop),
        predictions=None if shown.predictions is None else shown.predictions[first:stop],
    )


def together(pieces):
    """Pieces of Shown, one after the other -> one."""
    pieces = list(pieces)
    joined = {name: list(chain(*(piece.columns[name] for piece in pieces))) for name in pieces[0].columns}
    predicted = [piece.predictions for piece in pieces]
    return replace(
        pieces[0],
        frames=np.concatenate([piece.frames for piece in pieces]),
        columns=joined,
        marks=Marks.joined([piece.marks for piece in pieces]),
        predictions=None if predicted[0] is None else np.concatenate(predicted),
    )


def class_names(features):
    """{column: names of its classes}, for columns of a ClassLabel or of lists of them.

    >>> class_names({"labels": {"feature": {"names": ["zero", "one"], "_type": "ClassLabel"}, "_type": "Sequence"}})
    {'labels': ['zero', 'one']}
    """
    found = {}
    for column, feature in features.items() if isinstance(features, dict) else ():
        inner = feature.get("feature", feature) if isinstance(feature, dict) else None
        names = inner.get("names") if isinstance(inner, dict) else None
        if isinstance(names, list):
            found[str(column)] = [str(name) for name in names]
    return found


def read_frames(name, first, stop, split=None):
    """Frames of the rows first .. stop of any source.

    Returns:
        (n, t, H, W) or (n, t, H, W, 3) uint8; n is smaller if there are fewer rows.
    """
    source: Source = open_rows(name, split)
    left, found = count_rows(source, first, stop), []
    for frames, _, _ in source.rows(first):
        found.append(frames[:left])
        left -= len(found[-1])
        if not left:
            break
    return np.concatenate(found)
