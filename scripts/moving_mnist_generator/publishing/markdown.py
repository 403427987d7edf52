"""The tables of the README, from the tables of the code."""

from ..layouts import LAYOUTS
from ..motions import MOTIONS
from ..rows.columns import FRAMES_MEANING, IMAGE_SEQUENCE, all_columns
from ..variants import VARIANTS, all_fields


def table(head, rows):
    """Markdown of a table; head: one str a column."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(str(cell) for cell in line)} |" for line in lines)


def variants():
    """What moves in each published variant."""
    rows = [(f"`{name}`", each.words, f"![{name}](data/pictures/{name}.gif)") for name, each in VARIANTS.items()]
    return table(["variant", "what moves", "four sequences"], rows)


def motions():
    """The ways of moving."""
    rows = [
        (
            f"`{name}`",
            each.words,
            f"{each.digit_size} px",
            "the brighter pixel" if each.overlap == "max" else "added up to 255",
            "whole pixels" if each.units == "pixels" else "parts of the free range",
        )
        for name, each in MOTIONS.items()
    ]
    return table(["motion", "from, and how", "digits", "overlap", "start and velocity in"], rows)


def columns():
    """What a row says."""
    first = (f"`{IMAGE_SEQUENCE}`", "see the table of layouts", FRAMES_MEANING)
    rows = [(f"`{each.name}`", kind(each), each.meaning) for each in all_columns().values()]
    return table(["column", "type", "meaning"], [first, *rows])


def kind(column):
    """A column's type: "float32 (k, 2)"."""
    dtype = "ClassLabel" if column.classes is not None else column.dtype
    return f"{dtype} ({', '.join(column.axes)})" if column.axes else dtype


def fields():
    """The fields of Variant."""
    rows = [(f"`{name}`", each.meaning, str(each.kind), f"`{each.default!r}`") for name, each in all_fields().items()]
    return table(["field", "meaning", "values", "default"], rows)


def layouts():
    """How frames are stored."""
    rows = [
        (
            f"`{name}`",
            f"`{each.bare}`",
            f"`<variant>{each.suffix}`",
            each.words,
            "yes" if each.published else "on request",
        )
        for name, each in LAYOUTS.items()
    ]
    head = ["layout", "without annotations", "with annotations", f"`{IMAGE_SEQUENCE}` is", "variants published"]
    return table(head, rows)
