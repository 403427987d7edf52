"""Rows that were added to our tables while Python runs, and how they reach worker processes.

Workers import the package anew, so they know the rows of its files alone. Rows that a program has added (a look of its
own, say) are sent along; their functions must be importable by name.
"""

from .layouts import LAYOUTS
from .looks import LOOKS
from .motions import MOTIONS
from .rows.columns import COLUMNS

TABLES = (MOTIONS, LOOKS, COLUMNS, LAYOUTS)
BUILT_IN = tuple(frozenset(table) for table in TABLES)


def added_rows():
    """What each table has besides its built-in rows: a list of dicts."""
    return [
        {name: table[name] for name in table if name not in own} for table, own in zip(TABLES, BUILT_IN, strict=True)
    ]


def add_rows(rows):
    """Add what `added_rows` gave in another process."""
    for table, more in zip(TABLES, rows, strict=True):
        table.update(more)
