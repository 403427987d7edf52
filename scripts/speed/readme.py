"""Turn what was measured into the README's tables: speed, kills and damaged inputs, from the files of data/results.

The README calls these functions from cog blocks, so no figure in it is typed by hand.
"""

import json
from pathlib import Path
from typing import Any

from moving_mnist_generator import LAYOUTS, VARIANTS
from moving_mnist_generator.common.markdown import markdown_table
from moving_mnist_generator.files.shards import plan

from .cases import BASELINE, VARIANT
from .scoring import SSIMS

RESULTS = Path(__file__).parents[2] / "data" / "results"
TORTURE = RESULTS / "torture.json"  # written by tests/programs/torture.py
FUZZ = RESULTS / "fuzz.json"  # written by tests/programs/fuzz.py
MANY = 100_000_000  # sequences that are estimated
COUNTED = ("tried", "survived", "lost", "left running")
Tables = dict[str, dict[str, dict[str, Any]]]  # {section: {name of a row: row}}


def read(file: Path = RESULTS / "benchmark.json") -> Tables:
    """The tables of a benchmark's JSON."""
    tables = json.loads(file.read_text())["tables"]
    return {section: {row["name"]: row for row in rows} for section, rows in tables.items()}


def speed(tables: Tables | None = None) -> str:
    """Table of ratios, for the section about speed."""
    tables, made = tables or read(), f'`generate("{VARIANT}")`'
    rows = {  # (what, against): section, row, heading
        (made, "a plain loop over sequences, digits and frames"): ("generating", VARIANT, "x plain loop"),
        (made, "filling as much fresh memory"): ("generating", VARIANT, "x fill"),
        (f'`stream("{VARIANT}")`', "`generate`, in blocks"): ("generating", "stream, row by row", "x generate"),
    }
    for layout in LAYOUTS:
        rows[f"two workers that write `{layout}`", "one"] = ("writing", f"{layout}, 2 workers", "x 1 worker")
    for protocol in SSIMS:
        rows[f"`evaluate`, `{protocol}`", "scikit-image"] = ("scoring", f"evaluate, {protocol}", "x scikit-image")
    ratios = {words: tables[section][row].get(heading) for words, (section, row, heading) in rows.items()}
    return markdown_table(
        ("what", "against", "times as fast"), [(*words, times(ratio)) for words, ratio in ratios.items()]
    )


def layouts(tables: Tables | None = None) -> str:
    """Table of layouts; in brackets, the ratio to the layout BASELINE."""
    tables = tables or read()
    lines = {
        "written by one core, sequences/s": ("writing", "1 worker", "sequences/s"),
        "in the file, bytes a row": ("writing", "1 worker", "bytes"),
        "`load_dataset`, once, rows/s": ("reading", "load_dataset, once", "sequences/s"),
        "random batches of 64, rows/s": ("reading", "random batches", "sequences/s"),
        "streamed, rows/s": ("reading", "streamed", "sequences/s"),
        "`load_dataset`, MB above the imports": ("memory", loading(tables), "above MB"),
    }
    rows = []
    for words, (section, what, unit) in lines.items():
        found = {layout: tables[section][f"{layout}, {what}"].get(unit) for layout in LAYOUTS}
        rows.append((words, *(with_ratio(value, found[BASELINE], name) for name, value in found.items())))
    return markdown_table(("", *(f"`{layout}`" for layout in LAYOUTS)), rows)


def loading(tables: Tables) -> str:
    """What the rows of load_dataset in the section about memory are called, behind the layout."""
    return next(name.partition(", ")[2] for name in tables["memory"] if "load_dataset" in name)


def many(tables: Tables | None = None) -> str:
    """Table of what MANY sequences take, estimated from the speed of one worker and the size of its files."""
    written = (tables or read())["writing"]
    alone = {layout: written[f"{layout}, 1 worker"] for layout in LAYOUTS}
    rows = {
        "work, core hours": [MANY / row["sequences/s"] / 3600 for row in alone.values()],
        "size, GB": [MANY * row["bytes"] / 1e9 for row in alone.values()],
        "files": [len(plan(VARIANT, {"train": MANY}, [layout])) for layout in LAYOUTS],
    }
    head = (f"{MANY:,} sequences of `{VARIANT}`", *(f"`{layout}`" for layout in LAYOUTS))
    return markdown_table(head, [(words, *(f"{value:,.0f}" for value in found)) for words, found in rows.items()])


def rates(tables: Tables | None = None) -> str:
    """A sentence about sequences a second of all variants on one core."""
    found = {variant: (tables or read())["generating"][name]["sequences/s"] for name, variant in VARIANTS.items()}
    slow = [rate for variant, rate in found.items() if variant.turns_or_scales]
    fast = [rate for variant, rate in found.items() if not variant.turns_or_scales]
    return (
        f"On one core, variants that turn or scale digits make {digits(min(slow))} to {digits(max(slow))} sequences a "
        f"second; the others make {digits(min(fast))} to {digits(max(fast))}."
    )


def peaks(tables: Tables | None = None) -> str:
    """A sentence about the memory of a process that makes files."""
    rows = (tables or read())["memory"]
    found = {name.removesuffix(" sequences"): row["peak MB"] for name, row in rows.items() if "sequences" in name}
    sizes = list(dict.fromkeys(name.split(", ")[1] for name in found))
    each = (f"`{layout}` " + " and ".join(str(found[f"{layout}, {size}"]) for size in sizes) for layout in LAYOUTS)
    return f"The peak of memory for {' and '.join(sizes)} sequences is, in MB: {', '.join(each)}."


def times(ratio: float | None) -> str:
    """A ratio.

    >>> times(6.945), times(0.698), times(11.2), times(None)
    ('6.9', '0.70', '11', '-')
    """
    if ratio is None:
        return "-"
    return f"{ratio:.2f}" if ratio < 1 else f"{ratio:.1f}" if ratio < 10 else f"{ratio:.0f}"


def digits(value: float | None) -> str:
    """A figure to two digits.

    >>> digits(71160.0), digits(0.51), digits(None)
    ('71,000', '0.51', '-')
    """
    return "-" if value is None else f"{float(f'{value:.2g}'):,.10g}"


def with_ratio(value: float | None, baseline: float | None, layout: str) -> str:
    """A figure of a layout, with its ratio to that of BASELINE in brackets."""
    if layout == BASELINE or value is None or not baseline:
        return digits(value)
    return f"{digits(value)} ({times(value / baseline)}x)"


def torture(file: Path = TORTURE) -> str:
    """Table of the kills of each command, for the section about what was tried, and how many Python itself took."""
    commands = json.loads(Path(file).read_text())["commands"]
    rows = [(f"`{name}`", *(f"{row[what]:,}" for what in COUNTED)) for name, row in commands.items()]
    together = [sum(row[what] for row in commands.values()) for what in (*COUNTED, "early")]
    *counts, early = (f"{count:,}" for count in together)
    *_, second, slowest = sorted(commands, key=lambda name: commands[name]["slowest"])
    words = (
        f"{early} of these kills came before the first line of this package, while Python itself starts: Ctrl-C in\n"
        f"that moment may show Python's traceback. What is on the disk was right after them, too. `{slowest}`\n"
        f"was gone after {commands[slowest]['slowest']} s at most, all others within {commands[second]['slowest']} s."
    )
    return f"{markdown_table(('command', *COUNTED), [*rows, ('all', *counts)])}\n\n{words}"


def fuzz(file: Path = FUZZ) -> str:
    """Table of the damaged inputs of each reader, for the section about what was tried."""
    readers = json.loads(Path(file).read_text())["readers"]
    counts = ("inputs", "right", "refused", "wrong")
    rows = [(row["reader"], *(f"{row[key]:,}" for key in counts), f"{row['slowest, s']:.2f} s") for row in readers]
    total = [sum(row[key] for row in readers) for key in counts]
    slowest = f"{max(row['slowest, s'] for row in readers):.2f} s"
    return markdown_table(
        ("reader", *counts, "slowest"), [*rows, ("all", *(f"{count:,}" for count in total), slowest)]
    )
