"""Take the rows that a program has added to tables into its worker processes, which import the package anew."""

from typing import Any

from ..common.registry import Table
from ..layouts import LAYOUTS
from ..looks import LOOKS
from ..motions import MOTIONS
from ..rows.columns import COLUMNS

TABLES: tuple[Table[Any], ...] = (MOTIONS, LOOKS, COLUMNS, LAYOUTS)


def added_rows() -> list[dict[str, Any]]:
    """What each table has besides its built-in rows: a list of dicts."""
    return [table.added() for table in TABLES]


def add_rows(rows: list[dict[str, Any]]) -> None:
    """Add what `added_rows` gave in another process."""
    for table, more in zip(TABLES, rows, strict=True):
        table.update(more)
