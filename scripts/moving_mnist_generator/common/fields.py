"""What the fields of a Variant may hold: one kind of value each, with its bounds and what it means.

A kind checks a value and returns it in its one form: JSON has lists where Python has tuples.
"""

from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

import numpy as np

from .checks import InputError, as_tuple, in_short, one_of, whole_number

LARGEST_SIDE = 4_096  # pixels: positions are int16, and a row group is held in memory


class Kind(Protocol):
    """A kind of value; `str` of it gives its bounds, for people."""

    @property
    def annotation(self) -> str:
        """Its type, as Python writes it."""

    def check(self, name: str, value: Any) -> Any:
        """The value in its one form, or an InputError that names the rule."""


@dataclass(frozen=True)
class Whole:
    """A whole number."""

    least: int
    most: int

    annotation: ClassVar[str] = "int"

    def check(self, name: str, value: Any) -> int:
        return whole_number(name, value, self.least, self.most)

    def __str__(self) -> str:
        return f"{self.least}..{self.most:,}"


@dataclass(frozen=True)
class Flag:
    """True or False."""

    annotation: ClassVar[str] = "bool"

    def check(self, name: str, value: Any) -> bool:
        if not isinstance(value, bool):
            raise InputError(f"{name} must be True or False, not {in_short(value)}")
        return value

    def __str__(self) -> str:
        return "True or False"


@dataclass(frozen=True)
class Range:
    """(lowest, highest) of a uniform draw, or None, which leaves it out."""

    least: float
    most: float

    annotation: ClassVar[str] = "tuple[float, float] | None"

    def check(self, name: str, value: Any) -> tuple[float, float] | None:
        value = as_tuple(value)
        if value is None:
            return None
        if isinstance(value, tuple):
            value = tuple(end.item() if isinstance(end, np.generic) else end for end in value)
        ends = value if isinstance(value, tuple) else ()
        if len(ends) != 2 or not all(isinstance(end, (int, float)) and not isinstance(end, bool) for end in ends):
            raise InputError(f"{name} must be (lowest, highest) or None, not {in_short(value)}")
        if not self.least <= value[0] <= value[1] <= self.most:
            raise InputError(f"{name} must be {self.least} <= lowest <= highest <= {self.most}, not {in_short(value)}")
        return value

    def __str__(self) -> str:
        return f"(lowest, highest) within {self.least}..{self.most}, or None"


@dataclass(frozen=True)
class Size:
    """(rows, cols) in whole pixels; or None, where that is allowed."""

    optional: bool = False

    @property
    def annotation(self) -> str:
        return "tuple[int, int] | None" if self.optional else "tuple[int, int]"

    def check(self, name: str, value: Any) -> tuple[int, int] | None:
        value = as_tuple(value)
        if value is None and self.optional:
            return None
        if not isinstance(value, tuple) or len(value) != 2:
            raise InputError(f"{name} must be (rows, cols) in whole pixels, not {in_short(value)}")
        if not all(isinstance(side, (int, np.integer)) and not isinstance(side, bool) for side in value):
            raise InputError(f"{name} must be (rows, cols) in whole pixels, not {in_short(value)}")
        if not 1 <= min(value) <= max(value) <= LARGEST_SIDE:
            raise InputError(f"{name} must be within 1..{LARGEST_SIDE} pixels, not {in_short(value)}")
        return int(value[0]), int(value[1])

    def __str__(self) -> str:
        return f"(rows, cols) within 1..{LARGEST_SIDE:,} pixels{', or None' if self.optional else ''}"


@dataclass(frozen=True)
class Labels:
    """Labels of some classes, in ascending order; or None, all of them."""

    most: int

    annotation: ClassVar[str] = "tuple[int, ...] | None"

    def check(self, name: str, value: Any) -> tuple[int, ...] | None:
        value = tuple(value[: self.most + 2]) if isinstance(value, range) else as_tuple(value)
        if value is None:
            return None
        labels = value if isinstance(value, tuple) else ()
        whole = all(isinstance(label, (int, np.integer)) and not isinstance(label, bool) for label in labels)
        if not whole or not labels or list(value) != sorted(set(value)):
            raise InputError(f"{name} must be labels in ascending order or None, not {in_short(value)}")
        if not 0 <= value[0] <= value[-1] <= self.most:
            raise InputError(f"{name} must be within 0..{self.most}, not {in_short(value)}")
        return tuple(map(int, value))

    def __str__(self) -> str:
        return f"labels within 0..{self.most}, in ascending order, or None"


@dataclass(frozen=True)
class Name:
    """One of the names of a table, which may grow."""

    table: dict[str, Any]

    annotation: ClassVar[str] = "str"

    def check(self, name: str, value: Any) -> str:
        return one_of(name, value, self.table)

    def __str__(self) -> str:
        return " ".join(self.table)


@dataclass(frozen=True)
class Field:
    """A field of Variant.

    kind:    what it may hold, one of the classes above
    default: its value if none is given; for a look, the value that leaves the look out
    meaning: one line for people, with the unit
    """

    kind: Kind
    default: Any
    meaning: str
