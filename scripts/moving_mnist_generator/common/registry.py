"""Keep tables of rows by name. Every row is checked when it is added.

Worker processes import the package anew, so they have the rows of its files alone. Rows that a program has added (a
look of its own, say) are sent along; their functions must be importable by name.
"""

from collections.abc import Mapping
from typing import TypeVar

from .checks import InputError, in_short

Row = TypeVar("Row")


class Table(dict[str, Row]):
    """{name: row} of one class of rows; those that it is made with are built in.

    What a row promises is checked by its own class when it is made; the table checks its name and its class.

    >>> table = Table("NUMBERS", int, {"red": 1})
    >>> table["blue"] = 2
    >>> table.added()
    {'blue': 2}
    """

    def __init__(self, name: str, kind: type[Row], rows: Mapping[str, Row]) -> None:
        super().__init__()
        self.name, self.kind = name, kind
        self.update(rows)
        self.built_in = frozenset(self)

    def __setitem__(self, name: str, row: Row) -> None:
        if not isinstance(name, str) or not name.isidentifier():
            raise InputError(f"a name in {self.name} must be letters, digits and underscores, not {in_short(name)}")
        if not isinstance(row, self.kind):
            raise InputError(f"{self.name}[{name!r}] must be a {self.kind.__name__}, not {in_short(row)}")
        super().__setitem__(name, row)

    def update(self, rows: Mapping[str, Row]) -> None:  # type: ignore[override]  # dict's own checks nothing
        for name, row in rows.items():
            self[name] = row

    def added(self) -> dict[str, Row]:
        """The rows that are not built in."""
        return {name: row for name, row in self.items() if name not in self.built_in}
