"""Read the CSV files of data/results: what papers and their repositories print, with where it stands."""

import csv
import math
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..common.checks import InputError, path_or_name
from ..common.refusals import CSV, readable, reason, regular


@dataclass(frozen=True)
class Result:
    """One published row. Metrics that were not printed are None; note says why a row does not compare, if so."""

    model: str
    protocol: str
    frames_in: int
    frames_out: int
    epochs: int | None
    mse: float | None
    mae: float | None
    ssim: float | None
    psnr: float | None
    parameters: str
    source: str
    note: str


NUMBERS = {name: kind for name, kind in Result.__annotations__.items() if kind is not str}
METRICS = tuple(name for name, kind in NUMBERS.items() if kind == float | None)


def published_results(path: str | os.PathLike[str] | None = None) -> list[Result]:
    """The rows of data/results/published.csv, in its order: list of Result.

    Args:
        path: another file with the same columns; None, the one that comes with the package.

    Raises:
        InputError: a column is missing, or a value is no number.

    >>> results = published_results()
    >>> [result.psnr for result in results if result.model == "SimVP+gSTA-S" and result.epochs == 2000]
    [25.97]
    """
    path = shipped("published.csv") if path is None else Path(path_or_name("path", path))
    rows = read_csv(path, Result.__annotations__, Result.__name__)
    return [result_of(row, path, line) for line, row in enumerate(rows, 2)]


def result_of(row, path, line):
    """A row of text -> Result."""
    values: dict[str, Any] = {name: row[name] for name in Result.__annotations__}
    try:
        for name, kind in NUMBERS.items():
            number = float if name in METRICS else int
            values[name] = number(row[name]) if row[name] or kind is int else None
            if values[name] is not None and not math.isfinite(values[name]):
                raise InputError(f"{name} must be finite, not {row[name]}")
    except ValueError as error:
        raise InputError(f"{path} line {line}: {reason(error)}") from None
    return Result(**values)


def shipped(name: str) -> Path:
    """A file of results: beside this module when installed, in data/results in a checkout."""
    here = Path(__file__).resolve().parent
    return here / name if (here / name).exists() else here.parents[2] / "data" / "results" / name


def read_csv(path: Path, columns: Iterable[str], kind: str) -> list[dict[str, str]]:
    """The rows of a CSV file as text, by column. kind: what a row is, for errors.

    Raises:
        InputError: no CSV file, one of `columns` is missing, or a row has more or fewer values than there are columns.
    """
    with readable(path, CSV), regular(path).open(newline="", encoding="utf-8") as file:
        reader = csv.DictReader(file, strict=True)
        names, rows = reader.fieldnames or (), list(reader)
    if missing := sorted(set(columns) - set(names)):
        raise InputError(f"{path} must have all columns of {kind}, not without {', '.join(missing)}")
    for line, row in enumerate(rows, 2):
        if None in row or None in row.values():
            raise InputError(f"{path} line {line} must have as many values as there are columns")
    return rows
