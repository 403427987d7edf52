"""The benchmark's ratios as a picture: bars in groups, each group with an axis of its own."""

import importlib.util

from moving_mnist_generator.common.checks import InputError
from moving_mnist_generator.layouts import LAYOUTS
from moving_mnist_generator.motions import MOTIONS

PICTURED = ("generating", "moving", "reading")  # sections
OURS, OTHER, INK, PALE = "#0969da", "#afb8c1", "#1f2328", "#59636e"
WIDTH, BAR, HEADING = 9, 0.26, 0.62  # inches: of the picture, of a bar's height, above a group
LABELS = 0.31  # of the width, on the left
PIXELS_AN_INCH = 200


def find_matplotlib():
    """Refuse to draw without it."""
    if importlib.util.find_spec("matplotlib") is None:
        raise InputError('a picture needs matplotlib: pip install "moving-mnist[pictures]"')


def groups(tables):
    """What the picture shows of the tables: [(title, [(label, ratio, whether it is ours)])]."""
    found = []
    for section, group in (("generating", generating), ("moving", moving), ("moving", tfds), ("reading", reading)):
        bars = group({row["name"]: row for row in tables[section]}) if section in tables else None
        found += [bars] if bars else []
    return found


def generating(rows):
    return "Two digits, draws included (plain loop = 1)", [
        ("plain loop", 1, False),
        ('generate("two_digits")', rows["two_digits"]["x plain loop"], True),
        ("filling fresh memory", rows["fill fresh memory"]["x plain loop"], False),
    ]


def moving(rows):
    bars = [(motion, rows[motion]["x other"], True) for motion in MOTIONS if "x other" in rows.get(motion, {})]
    return "walk and render, two digits (plain loop of each motion = 1)", [("plain loop", 1, False), *bars]


def tfds(rows):
    ours = rows["images_as_moving_sequences"]
    if "x other" not in ours:
        return None
    bars = [("its tf.data pipeline", 1, False), ("images_as_moving_sequences", ours["x other"], True)]
    return "One digit a sequence (TensorFlow Datasets = 1)", bars


def reading(rows):
    named = [(name, row["x arrays"], True) for name, row in rows.items() if "x arrays" in row]
    bars = [bar for layout in LAYOUTS for bar in named if bar[0].startswith(f"{layout}, ")]
    return "Reading Parquet files to numpy (layout arrays = 1)", [("arrays", 1, False), *bars]


def draw_picture(tables, below, file):
    """Draw the groups of the tables and a line of text below them into a PNG file."""
    draw_groups(groups(tables), below).savefig(file, format="png", dpi=PIXELS_AN_INCH)


def draw_groups(found, below):
    """Groups -> matplotlib Figure."""
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


def draw_bars(axes, title, bars):
    """One group: a bar and its ratio in each line."""
    labels, ratios, ours = zip(*bars, strict=True)
    drawn = axes.barh(range(len(bars)), ratios, 0.72, color=[OURS if mine else OTHER for mine in ours])
    axes.bar_label(
        drawn,
        [f"{ratio:.1f}" if ratio >= 1 else f"{ratio:.2f}" for ratio in ratios],
        padding=4,
        color=INK,
        fontsize=9.5,
    )
    axes.set_yticks(range(len(bars)), labels, color=INK, fontsize=9.5)
    axes.set_title(title, loc="left", x=(0.02 - LABELS) / (0.93 - LABELS), color=INK, fontsize=11, fontweight="bold")
    axes.set(ylim=(len(bars) - 0.5, -0.5), xlim=(0, max(ratios) * 1.08), xticks=[])
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
