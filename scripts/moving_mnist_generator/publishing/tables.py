"""The tables of the README, from the tables of the code and from dataset_infos.json."""

import json
from pathlib import Path

from ..layouts import LAYOUTS
from ..markdown import table
from ..motions import MOTIONS
from ..names import SPLITS
from ..rows.columns import FRAMES_MEANING, IMAGE_SEQUENCE, all_columns
from ..variants import VARIANTS, all_fields


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


def configs(infos=None):
    """What each config holds. infos: dict, as dataset_infos.json has it; None, that of this checkout."""
    infos = (
        json.loads(Path(__file__).parents[3].joinpath("dataset_infos.json").read_text()) if infos is None else infos
    )
    rows = []
    for name, info in infos.items():
        counts = [info["splits"][split]["num_examples"] if split in info["splits"] else None for split in SPLITS]
        sizes = [f"{info[size] / 1e6:,.1f} MB" for size in ("download_size", "dataset_size")]
        rows.append((f"`{name}`", *(f"{count:,}" if count else "" for count in counts), *sizes))
    return table(["config", *SPLITS, "download", "in memory"], rows)
