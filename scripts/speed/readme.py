"""The README's tables of what was measured, as Markdown.

Speed is in scripts/benchmark.json; kills and damaged inputs are in data/results.

The README calls these functions from cog blocks, so no figure in it is typed by hand.
"""

import json
from dataclasses import dataclass
from pathlib import Path

from moving_mnist_generator.common.markdown import table

from .markdown import digits, times, with_ratio

FILE = Path(__file__).parents[1] / "benchmark.json"
RESULTS = Path(__file__).parents[2] / "data" / "results"
TORTURE = RESULTS / "torture.json"  # written by tests/programs/torture.py
FUZZ = RESULTS / "fuzz.json"  # written by tests/programs/fuzz.py
COUNTED = ("tried", "survived", "lost", "left running")


@dataclass(frozen=True)
class Figures:
    """What was measured: {section: {name of a row: row}}.

    >>> Figures({"reading": {"strips, streamed": {"rows/s": 18_234.0}}})("reading", "strips, streamed", "rows/s")
    18234.0
    """

    tables: dict

    def __call__(self, section, name, unit):
        """A figure, or None if it could not be measured."""
        return self.tables[section].get(name, {}).get(unit)

    def named(self, section, beginning):
        """{rest of the name: row} of a section's rows whose names begin so."""
        rows = self.tables[section].items()
        return {name.removeprefix(beginning): row for name, row in rows if name.startswith(beginning)}


def read(file=FILE):
    """Figures of a benchmark's JSON."""
    tables = json.loads(Path(file).read_text())["tables"]
    return Figures({section: {row["name"]: row for row in rows} for section, rows in tables.items()})


def speed(figures=None):
    """Table of ratios, for the section about speed."""
    from moving_mnist_generator.layouts import LAYOUTS
    from moving_mnist_generator.motions import MOTIONS

    get = figures or read()
    motions = [ratio for motion in MOTIONS if (ratio := get("moving", motion, "x other"))]
    made = '`generate("two_digits")`'
    rows = [
        (made, "a plain loop over sequences, digits and frames", get("generating", "two_digits", "x plain loop")),
        (made, "filling as much fresh memory", get("generating", "two_digits", "x fill")),
        (
            f"`walk` and `render`, {len(motions)} motions",
            "a plain loop of each that paints the same frames",
            motions,
        ),
        (
            "`images_as_moving_sequences`",
            "the `tf.data` pipeline of TensorFlow Datasets, on all cores",
            get("moving", "images_as_moving_sequences", "x other"),
        ),
        ("PNG files, as this project writes them", "Pillow's", get("writing", "PNG files", "x Pillow")),
    ]
    rows += [
        (f"two workers that write `{layout}`", "one worker", get("writing", f"{layout}, 2 workers", "x 1 worker"))
        for layout in LAYOUTS
    ]
    rows += [
        (
            f"`DataLoader`, {n} workers: `stream`",
            "a plain loop",
            get("loaders", f"stream, {n} workers", "x plain loop"),
        )
        for n in (0, 2)
    ]
    return table(("what", "against", "times as fast"), [(what, than, times(ratio)) for what, than, ratio in rows])


def layouts(figures=None):
    """Table of layouts; in brackets, the ratio to the layout `arrays`."""
    from moving_mnist_generator.layouts import LAYOUTS

    get = figures or read()
    lines = {
        "written by one core, sequences/s": ("writing", "{}, 1 worker", "sequences/s"),
        "`load_dataset`, once, rows/s": ("reading", "{}, load_dataset, once", "rows/s"),
        "random batches of 64, rows/s": ("reading", "{}, random batches", "rows/s"),
        "the same, decoded from Arrow by this project, rows/s": ("reading", "{}, random batches, Arrow", "rows/s"),
        "in order, rows/s": ("reading", "{}, in order", "rows/s"),
        "streamed, rows/s": ("reading", "{}, streamed", "rows/s"),
        "`DataLoader`, 0 workers, sequences/s": ("loaders", "{}, 0 workers", "sequences/s"),
        "`DataLoader`, 2 workers, sequences/s": ("loaders", "{}, 2 workers", "sequences/s"),
        "in the file, bytes a row": ("many", f"{size_of_many(get)} as {{}}", "bytes a row"),
        "`load_dataset`, MB above the imports": ("memory", f"{{}}, load_dataset of {loaded(get)}", "above MB"),
    }
    rows = []
    for words, (section, name, unit) in lines.items():
        each = [name.format(layout) for layout in LAYOUTS]
        rows.append((words, *(with_ratio(get(section, row, unit), get(section, row, "x arrays")) for row in each)))
    return table(("", *(f"`{layout}`" for layout in LAYOUTS)), rows)


def ways(figures=None):
    """Table of the ways into each tool."""
    get = figures or read()
    rows = [(name, digits(row.get("rows/s"))) for name, row in get.tables["ways"].items()]
    return table(("strips to uint8 arrays, batches of 64", "rows/s"), rows)


def many(figures=None):
    """Table of what 100 million sequences take."""
    from moving_mnist_generator.layouts import LAYOUTS

    get = figures or read()
    count = size_of_many(get)
    units = {"core hours": "work, core hours", "GB": "size, GB", "files": "files"}
    rows = [
        (words, *(digits(get("many", f"{count} as {layout}", unit), whole=True) for layout in LAYOUTS))
        for unit, words in units.items()
    ]
    return table((f"{count} sequences of `two_digits`", *(f"`{layout}`" for layout in LAYOUTS)), rows)


def rates(figures=None):
    """A sentence about sequences a second of all variants on one core."""
    from moving_mnist_generator.core.variants import VARIANTS

    get = figures or read()
    found = {variant: get("generating", name, "sequences/s") for name, variant in VARIANTS.items()}
    slow = [rate for variant, rate in found.items() if variant.turns_or_scales]
    fast = [rate for variant, rate in found.items() if not variant.turns_or_scales]
    return (
        f"On one core, variants that turn or scale digits make {digits(min(slow))} to {digits(max(slow))} sequences a "
        f"second; the others make {digits(min(fast))} to {digits(max(fast))}."
    )


def peaks(figures=None):
    """A sentence about the memory of generate.py."""
    get = figures or read()
    found = {name: row["peak MB"] for name, row in get.tables["memory"].items() if name.endswith(" sequences")}
    sizes = list(dict.fromkeys(name.split(", ")[1] for name in found))
    layouts = dict.fromkeys(name.split(", ")[0] for name in found)
    each = (f"`{layout}` " + " and ".join(str(found[f"{layout}, {size}"]) for size in sizes) for layout in layouts)
    return f"The peak of memory for {' and '.join(sizes)} is, in MB: {', '.join(each)}."


def planning(figures=None):
    """A sentence about planning."""
    get = figures or read()
    ((name, row),) = get.named("many", "planning ").items()
    return f"Planning {name} takes {digits(row['seconds'])} s and {row['above MB']} MB."


def size_of_many(get):
    """The number of sequences in the table of many, as its rows are named."""
    return next(name.split(" ")[0] for name in get.tables["many"] if " as " in name)


def loaded(get):
    """The number of rows whose load_dataset was measured."""
    return next(name.rpartition(" ")[2] for name in get.tables["memory"] if "load_dataset" in name)


def torture(file=TORTURE):
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
    return f"{table(('command', *COUNTED), [*rows, ('all', *counts)])}\n\n{words}"


def fuzz(file=FUZZ):
    """Table of the damaged inputs of each reader, for the section about what was tried."""
    readers = json.loads(Path(file).read_text())["readers"]
    counts = ("inputs", "right", "refused", "wrong")
    rows = [(row["reader"], *(f"{row[key]:,}" for key in counts), f"{row['slowest, s']:.2f} s") for row in readers]
    total = [sum(row[key] for row in readers) for key in counts]
    slowest = f"{max(row['slowest, s'] for row in readers):.2f} s"
    return table(("reader", *counts, "slowest"), [*rows, ("all", *(f"{count:,}" for count in total), slowest)])
