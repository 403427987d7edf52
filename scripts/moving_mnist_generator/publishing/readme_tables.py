"""Print the tables of the README as Markdown, from the tables of the code and from dataset_infos.json."""

import json
from pathlib import Path
from typing import Any

from moving_mnist import HOMEPAGE

from ..common.column import Column
from ..common.markdown import markdown_table
from ..common.names import ANIMATED, SPLITS, VERSION
from ..core.variants import VARIANTS, all_fields
from ..exports import EXPORTS
from ..layouts import LAYOUTS, split_config
from ..motions import MOTIONS
from ..rows.columns import FRAMES_MEANING, IMAGE_SEQUENCE, all_columns
from .words import words

Infos = dict[str, dict[str, Any]]  # {config: DatasetInfo}, as dataset_infos.json has them

DEFAULT = "default"  # the sequences without annotations, in any layout


def variants() -> str:
    """What moves in each published variant."""
    rows = [(f"`{name}`", each.words, f"![{name}](data/pictures/{name}.gif)") for name, each in VARIANTS.items()]
    return markdown_table(["variant", "what moves", "four sequences"], rows)


def motions() -> str:
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
    return markdown_table(["motion", "from, and how", "digits", "overlap", "start and velocity in"], rows)


def columns() -> str:
    """What a row says."""
    first = (f"`{IMAGE_SEQUENCE}`", "see the table of layouts", FRAMES_MEANING)
    rows = [(f"`{each.name}`", kind(each), each.meaning) for each in all_columns().values()]
    return markdown_table(["column", "type", "meaning"], [first, *rows])


def kind(column: Column) -> str:
    """A column's type: "float32 (k, 2)"."""
    dtype = "ClassLabel" if column.classes is not None else column.dtype
    return f"{dtype} ({', '.join(column.axes)})" if column.axes else dtype


def fields() -> str:
    """The fields of Variant."""
    rows = [(f"`{name}`", each.meaning, str(each.kind), f"`{each.default!r}`") for name, each in all_fields().items()]
    return markdown_table(["field", "meaning", "values", "default"], rows)


def layouts() -> str:
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
    return markdown_table(head, rows)


def exports() -> str:
    """The formats of `export`."""
    rows = [
        (f"`{name}`", f"`{each.name('test')}`, {each.words}", each.readers, "yes" if each.in_colour else "no")
        for name, each in EXPORTS.items()
    ]
    return markdown_table(["`--format`", "writes", "for", "in colour"], rows)


def facts(infos: dict[str, Any] | None = None) -> str:
    """What a visitor asks first. infos: dict, as dataset_infos.json has it; None, that of this checkout."""
    infos = infos_of_checkout() if infos is None else infos
    download = sum(info["download_size"] or 0 for info in infos.values())
    return words("facts", configs=len(infos), gigabytes=download / 1e9, homepage=HOMEPAGE, version=VERSION)


def configs(infos: Infos | None = None) -> str:
    """What each config holds, the layouts of a name in one row. infos: as in `facts`."""
    groups = grouped(infos_of_checkout() if infos is None else infos)
    used = [layout for layout in LAYOUTS if any(layout in sizes for sizes in groups.values())]
    rows = [
        (f"`{name}`", *(f"{count:,}" if count else "" for count in counts), *(sizes.get(each, "") for each in used))
        for (name, counts), sizes in groups.items()
    ]
    return markdown_table(["sequences", *SPLITS, *(f"`{layout}`, MB" for layout in used)], rows)


def grouped(infos: Infos) -> dict[tuple[str, tuple[int, ...]], dict[str, str]]:
    """{(variant or "default", sequences of each split): {layout: "MB to download / MB in memory"}}."""
    found: dict[tuple[str, tuple[int, ...]], dict[str, str]] = {}
    for config, info in infos.items():
        if config == ANIMATED:
            continue
        variant, layout = split_config(config)
        counts = tuple(info["splits"].get(split, {}).get("num_examples", 0) for split in SPLITS)
        sizes = " / ".join(f"{info[size] / 1e6:,.1f}" for size in ("download_size", "dataset_size"))
        found.setdefault((variant or DEFAULT, counts), {})[layout] = sizes
    return found


def infos_of_checkout() -> Infos:
    """dataset_infos.json of this checkout."""
    return json.loads(Path(__file__).parents[3].joinpath("dataset_infos.json").read_text())
