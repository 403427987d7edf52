"""The benchmark's ratios as a picture: bars in groups, each group with a scale of its own."""

from moving_mnist_generator.motion import MOTIONS
from PIL import Image, ImageDraw, ImageFont

INK, PALE, OURS, OTHER = "#1f2328", "#59636e", "#0969da", "#afb8c1"
WIDTH, EDGE, LABELS, LINE = 1_800, 40, 560, 52  # pixels; twice of what a page shows
LARGE, SMALLER = 36, 30


def groups(tables):
    """What the picture shows of the tables: [(title, [(label, ratio, whether it is ours)])]."""
    ratios = {section: {row["name"]: row for row in rows} for section, rows in tables.items()}
    made, moved = ratios.get("generating"), ratios.get("moving")
    found = []
    if made:
        bars = [("plain loop", 1, False), ('generate("two_digits")', made["two_digits"]["x plain loop"], True)]
        bars.append(("filling fresh memory, no more", made["fill fresh memory"]["x plain loop"], False))
        found.append(("Two digits, draws and all: speed of a plain loop = 1", bars))
    if moved:
        bars = [(motion, moved[motion]["x other"], True) for motion in MOTIONS]
        bars = [("plain loop", 1, False), *bars]
        found.append(("walk and render, two digits: speed of each motion's plain loop = 1", bars))
        if "x other" in moved["images_as_moving_sequences"]:
            bars = [("its tf.data pipeline", 1, False)]
            bars.append(("images_as_moving_sequences", moved["images_as_moving_sequences"]["x other"], True))
            found.append(("One digit a sequence: speed of TensorFlow Datasets = 1", bars))
    return found


def draw_picture(found, below):
    """Groups -> Image, with a line of text below."""
    lines = sum(len(bars) + 2 for _, bars in found) + 1
    picture = Image.new("RGB", (WIDTH, lines * LINE + 2 * EDGE), "white")
    pen, y = ImageDraw.Draw(picture), EDGE
    for title, bars in found:
        pen.text((EDGE, y), title, INK, ImageFont.load_default(LARGE))
        y = draw_bars(pen, y + LINE + 8, bars) + LINE - 8
    pen.text((EDGE, y), below, PALE, ImageFont.load_default(SMALLER))
    return picture


def draw_bars(pen, y, bars):
    """One group, from y down; where it ends."""
    font, longest = ImageFont.load_default(SMALLER), max(ratio for _, ratio, _ in bars)
    room = WIDTH - 2 * EDGE - LABELS - 140  # for the figure behind the longest
    for label, ratio, ours in bars:
        end = EDGE + LABELS + max(4, round(room * ratio / longest))
        pen.text((EDGE + LABELS - 20, y + LINE // 2), label, INK, font, anchor="rm")
        pen.rectangle((EDGE + LABELS, y + 6, end, y + LINE - 6), OURS if ours else OTHER)
        pen.text((end + 16, y + LINE // 2), f"{ratio:.1f}", INK, font, anchor="lm")
        y += LINE
    return y
