"""Read the results that papers and their repositories print, with where they stand."""

import math
import os
from dataclasses import dataclass
from pathlib import Path

from ..common.checks import InputError, path_or_name
from ..common.refusals import reason
from .shipped import read_csv, shipped


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
    try:
        numbers = {name: number(row[name], kind) for name, kind in NUMBERS.items()}
    except ValueError as error:
        raise InputError(f"{path} line {line}: {reason(error)}") from None
    return Result(**{name: numbers.get(name, row[name]) for name in Result.__annotations__})


def number(text, kind):
    """Text -> a number of a kind of annotation, or None where it may be None."""
    if not text and kind is not int:
        return None
    value = float(text) if kind == float | None else int(text)
    if not math.isfinite(value):
        raise InputError(f"a metric must be finite, not {text}")
    return value
