"""Read rows of a Source with all that is shown of them, a few at a time."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any

import numpy as np

from ..common.checks import InputError
from ..core.variants import Variant
from ..sources.source import Source, generated_source
from .marks import Marks, joined, marks_of


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
    columns: dict[str, list]
    classes: dict[str, list[str]]
    marks: Marks
    predictions: np.ndarray | None = None
    past: int = 0

    def __len__(self) -> int:
        return len(self.frames)


def count_rows(source: Source, first: int, stop: int) -> int:
    """How many of the rows first .. stop there are, at least one."""
    total = source.num_sequences
    if min(stop, total) <= first:
        raise InputError(f"rows must lie in 0:{total} of {source.name} {source.split}, not {first}:{stop}")
    return min(stop, total) - first


def read_rows(source: Source, first: int, stop: int, marked: bool = True) -> Iterator[Shown]:
    """Yields Shown, a few rows at a time, of the rows first .. stop that there are. marked: whether marks are needed.

    Raises:
        InputError: there is none; a file that is damaged.
    """
    stop = first + count_rows(source, first, stop)
    classes = class_names(source.features)
    for rows in source.rows(first):
        columns = rows.columns()
        marks = marks_of(columns, rows) if marked else Marks()
        shown = Shown(source.name, source.split, rows.first, rows.frames, columns, classes, marks)
        yield cut(shown, 0, stop - rows.first)
        if rows.first + len(rows.frames) >= stop:
            return


def generated_rows(variant: str | Variant, split: str, indices: range) -> Shown:
    """Shown as a file of a variant would give it, without a file."""
    source = generated_source(variant, split, indices.stop)
    return together(read_rows(source, indices.start, indices.stop))


def cut(shown: Shown, first: int, stop: int) -> Shown:
    """Rows first .. stop of Shown."""
    return replace(
        shown,
        first=shown.first + first,
        frames=shown.frames[first:stop],
        columns={name: values[first:stop] for name, values in shown.columns.items()},
        marks=shown.marks.of(first, stop),
        predictions=None if shown.predictions is None else shown.predictions[first:stop],
    )


def together(pieces: Iterable[Shown]) -> Shown:
    """Pieces of Shown, one after the other -> one."""
    pieces = list(pieces)
    columns = {name: list(chain(*(piece.columns[name] for piece in pieces))) for name in pieces[0].columns}
    return replace(
        pieces[0],
        frames=np.concatenate([piece.frames for piece in pieces]),
        columns=columns,
        marks=Marks.joined([piece.marks for piece in pieces]),
        predictions=joined([piece.predictions for piece in pieces]),
    )


def class_names(features: dict[str, Any]) -> dict[str, list[str]]:
    """{column: names of its classes}, for columns of a ClassLabel or of lists of them.

    >>> class_names({"labels": {"feature": {"names": ["zero", "one"], "_type": "ClassLabel"}, "_type": "Sequence"}})
    {'labels': ['zero', 'one']}
    """
    found = {}
    for column, feature in features.items():
        inner = feature.get("feature", feature) if isinstance(feature, dict) else None
        names = inner.get("names") if isinstance(inner, dict) else None
        if isinstance(names, list):
            found[str(column)] = [str(name) for name in names]
    return found
