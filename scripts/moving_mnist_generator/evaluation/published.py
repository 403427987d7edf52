"""Results that papers and their repositories print, with where they stand."""

import csv
import math
import os
from dataclasses import dataclass
from pathlib import Path

from ..common.checks import InputError, path_or_name
from ..common.refusals import CSV, readable, reason, regular
from .comparisons import shipped

METRICS = ("mse", "mae", "ssim", "psnr")


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
    with readable(path, CSV), regular(path).open(newline="", encoding="utf-8") as file:
        reader = csv.DictReader(file, strict=True)
        names, rows = reader.fieldnames or (), list(reader)
    if missing := sorted(set(Result.__annotations__) - set(names)):
        raise InputError(f"{path} must have all columns of Result, not without {', '.join(missing)}")
    return [result_of(row, path, number) for number, row in enumerate(rows, 2)]


def result_of(row, path, line):
    """A row of text -> Result."""
    if None in row or None in row.values():
        raise InputError(f"{path} line {line} must have as many values as there are columns")
    values = {name: row[name] for name in Result.__annotations__}
    try:
        for name in ("frames_in", "frames_out"):
            values[name] = int(values[name])
        values["epochs"] = int(values["epochs"]) if values["epochs"] else None
        for name in METRICS:
            values[name] = finite(values[name]) if values[name] else None
    except ValueError as error:
        raise InputError(f"{path} line {line}: {reason(error)}") from None
    return Result(**values)


def finite(text):
    """A number that is written down."""
    value = float(text)
    if not math.isfinite(value):
        raise InputError(f"a metric must be finite, not {text}")
    return value
