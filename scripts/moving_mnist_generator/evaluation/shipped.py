"""Read the CSV files of data/results, which the package carries."""

import csv
from collections.abc import Iterable
from pathlib import Path

from ..common.checks import InputError
from ..common.refusals import CSV, readable, regular


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
