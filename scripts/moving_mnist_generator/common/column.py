"""What a column of the dataset is: a row of the table COLUMNS, or what a look draws."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Column:
    """One column of annotations.

    name:    str
    dtype:   of one value in numpy; "string" for text
    axes:    of one row, one letter an axis: k digits, t frames, 2 (row, col), m as many as a look's field says
    meaning: one line for people, with the unit
    classes: names of the classes, if the values are labels; DIGITS for the names that the digits' source gives
    values:  (sequences, class_names) -> n rows, for a column that follows from others; None if Sequences hold it
    """

    name: str
    dtype: str
    axes: str
    meaning: str
    classes: tuple[str, ...] | None = None
    values: Callable[[Any, tuple[str, ...]], Any] | None = None

    def shape(self, sizes: Mapping[str, int]) -> tuple[int, ...]:
        """The shape of one row. sizes: {letter: length}."""
        return tuple(int(axis) if axis.isdigit() else sizes[axis] for axis in self.axes)

    def feature(self, sizes: Mapping[str, int], class_names: tuple[str, ...]) -> dict[str, Any]:
        """The feature as datasets writes it to JSON, spelled as all versions read it."""
        value: dict[str, Any] = {"dtype": self.dtype, "_type": "Value"}
        if self.classes is not None:
            value = {"names": list(self.classes or class_names), "_type": "ClassLabel"}
        shape = self.shape(sizes)
        if len(shape) > 1:
            return array_feature(shape, self.dtype)
        return {"feature": value, "_type": "Sequence"} if shape else value

    def of(self, sequences: Any, class_names: tuple[str, ...]) -> Any:
        """The rows of Sequences: (n, ...) array of the published dtype, or a list of n str."""
        if self.values is not None:
            return self.values(sequences, class_names)
        array = getattr(sequences, self.name)
        return array.astype(np.int64) if self.classes is not None else array  # ClassLabel is int64


DIGITS: tuple[str, ...] = ()  # of Column.classes: the class names come with the digits


def array_feature(shape: tuple[int, ...], dtype: str) -> dict[str, Any]:
    """Array2D, Array3D, ... as datasets writes it to JSON."""
    return {"shape": list(shape), "dtype": dtype, "_type": f"Array{len(shape)}D"}
