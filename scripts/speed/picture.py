"""Draw the benchmark's ratios: bars in groups, each group with an axis of its own."""

import importlib.util
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from moving_mnist_generator.common.checks import InputError
from moving_mnist_generator.layouts import LAYOUTS

from .cases import BASELINE, VARIANT

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

PICTURED = ("generating", "writing", "reading", "scoring")  # sections
Bar = tuple[str, float, bool]  # label, ratio, whether it is ours
READ = {"random batches": "Random batches to numpy", "streamed": "Streamed to numpy"}  # row: title
OURS, OTHER, INK, PALE = "#0969da", "#afb8c1", "#1f2328", "#59636e"
WIDTH, BAR, HEADING = 9, 0.26, 0.62  # inches: of the picture, of a bar's height, above a group
LABELS = 0.31  # of the width, on the left
PIXELS_PER_INCH = 200


def check(sections: Sequence[str]) -> None:
    """Refuse to draw sections that have no bars, or without matplotlib."""
    if not set(PICTURED) & set(sections):
        raise click.UsageError(f"--picture shows {', '.join(PICTURED)}: name one of them, or none")
    if importlib.util.find_spec("matplotlib") is None:
        raise InputError('a picture needs matplotlib: pip install "moving-mnist[pictures]"')


def groups(tables: dict[str, list[dict[str, Any]]]) -> list[tuple[str, list[Bar]]]:
    """What the picture shows of the tables: [(title, bars)]."""
    rows = {section: {row["name"]: row for row in found} for section, found in tables.items()}
    found = []
    if made := rows.get("generating"):
        ours = (f'generate("{VARIANT}")', made[VARIANT]["x plain loop"], True)
        fill = ("filling fresh memory", made["fill fresh memory"]["x plain loop"], False)
        found.append(("Two digits, draws included (plain loop = 1)", [("plain loop", 1.0, False), ours, fill]))
    if "writing" in rows:
        found.append(("Written to Parquet by one core", layouts(rows["writing"], "1 worker")))
    if "reading" in rows:
        found += [(title, layouts(rows["reading"], way)) for way, title in READ.items()]
    found = [(f"{title} (layout {BASELINE} = 1)" if "=" not in title else title, bars) for title, bars in found]
    ratios = {name: row["x scikit-image"] for name, row in rows.get("scoring", {}).items() if "x scikit-image" in row}
    if ratios:
        bars = [(name, ratio, True) for name, ratio in ratios.items()]
        found.append(("Scoring forecasts (scikit-image = 1)", [("scikit-image", 1.0, False), *bars]))
    return found


def layouts(rows: dict[str, dict[str, Any]], what: str) -> list[Bar]:
    """One bar a layout."""
    ratios = {layout: rows[f"{layout}, {what}"].get(f"x {BASELINE}", 1.0) for layout in LAYOUTS}
    return [(layout, ratio, layout != BASELINE) for layout, ratio in ratios.items()]


def draw(tables: dict[str, list[dict[str, Any]]], about: dict[str, Any], file: Path) -> None:
    """Draw the groups of the tables, and a line about the machine, into a PNG file."""
    below = f"{about['processor']}, {about['cores']} cores, Python {about['python']}, numpy {about['numpy']}"
    draw_groups(groups(tables), below).savefig(file, format="png", dpi=PIXELS_PER_INCH)


def draw_groups(found: list[tuple[str, list[Bar]]], below: str) -> "Figure":
    """Groups, and a line of text below them."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    heights = [len(bars) * BAR + HEADING for _, bars in found]
    total = sum(heights) + HEADING
    figure, top = Figure((WIDTH, total), facecolor="white"), total
    FigureCanvasAgg(figure)
    for (title, bars), height in zip(found, heights, strict=True):
        top -= height
        draw_bars(figure.add_axes((LABELS, top / total, 0.93 - LABELS, (height - HEADING) / total)), title, bars)
    figure.text(0.02, 0.2 / total, below, color=PALE, fontsize=9)
    return figure


def draw_bars(axes: "Axes", title: str, bars: list[Bar]) -> None:
    """One group: a bar and its ratio in each line."""
    labels, ratios, ours = zip(*bars, strict=True)
    drawn = axes.barh(range(len(bars)), ratios, 0.72, color=[OURS if mine else OTHER for mine in ours])
    words = [f"{ratio:.1f}" if ratio >= 1 else f"{ratio:.2f}" for ratio in ratios]
    axes.bar_label(drawn, words, padding=4, color=INK, fontsize=9.5)
    axes.set_yticks(range(len(bars)), labels, color=INK, fontsize=9.5)
    axes.set_title(title, loc="left", x=(0.02 - LABELS) / (0.93 - LABELS), color=INK, fontsize=11, fontweight="bold")
    axes.set(ylim=(len(bars) - 0.5, -0.5), xlim=(0, max(ratios) * 1.08), xticks=[])
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
