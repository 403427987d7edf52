"""Marks and words on enlarged frames: boxes, paths and labels of digits; ids and captions of sequences."""

import functools
import textwrap
from collections.abc import Collection, Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from ..common.checks import InputError
from .rows import Shown

MARKS, WORDS = ("boxes", "paths", "labels"), ("ids", "captions")
DIGIT_COLOURS = ((255, 176, 0), (72, 202, 240), (255, 92, 138), (123, 216, 143), (199, 146, 234), (245, 245, 245))
PAST = (40, 110, 230)  # of the edge of frames that a model has seen
LABEL = 3.5  # pixels of letters, for each of a frame's
SMALLEST = 11  # pixels of letters
MOST_LINES = 4  # of a caption
PAPER, INK = 255, 32  # greys of words below a sequence


def check_show(shown: Shown, show: Collection[str]) -> None:
    """Refuse marks and words that these rows cannot have."""
    columns, marks = shown.columns, shown.marks
    lacking = {
        "boxes": marks.why if marks.boxes is None else None,
        "paths": "there is no column positions that fits the frames" if marks.corners is None else None,
        "labels": "there are no columns labels and positions" if names_of_digits(shown) is None else None,
        "ids": None if "sequence_id" in columns else "there is no column sequence_id",
        "captions": None if "caption" in columns else "there is no column caption",
    }
    for name in show:
        if lacking[name] is not None:
            raise InputError(f"--show {name} must have what it draws in {shown.name}: {lacking[name]}")


def names_of_digits(shown):
    """List of n lists of k names; None without labels and corners."""
    labels, names, corners = shown.columns.get("labels"), shown.classes.get("labels", []), shown.marks.corners
    if labels is None or corners is None or any(not isinstance(row, list) for row in labels):
        return None
    found = [[name_of(label, names) for label in row] for row in labels]
    return found if all(len(row) == corners.shape[1] for row in found) else None


def name_of(label: int, names: Sequence[str]) -> str:
    """The name of a class; its number if it has none."""
    return names[label] if isinstance(label, int) and 0 <= label < len(names) else str(label)


def enlarged(pictures: np.ndarray, scale: int) -> np.ndarray:
    """(n, h, w[, 3]) -> (n, scale h, scale w[, 3])."""
    return pictures.repeat(scale, axis=1).repeat(scale, axis=2)


def as_rgb(pictures: np.ndarray) -> np.ndarray:
    """(..., h, w) or (..., h, w, 3) -> (..., h, w, 3)."""
    return pictures if pictures.shape[-1] == 3 else np.stack([pictures] * 3, axis=-1)


def panels(shown: Shown, frames: np.ndarray, show: Collection[str], scale: int, step: int) -> np.ndarray:
    """One frame of each sequence, enlarged, with marks: (n, h, w[, 3]), in colour if there are marks."""
    pictures = enlarged(frames[:, step], scale)
    wanted = [name for name in MARKS if name in show]
    if not wanted:
        return pictures
    pictures = pictures if shown.frames.ndim == 5 else np.stack([pictures] * 3, axis=-1)
    names = names_of_digits(shown)
    return np.stack([marked(picture, shown, n, names, wanted, scale, step) for n, picture in enumerate(pictures)])


def marked(picture, shown, index, names, wanted, scale, step):
    """An enlarged frame (h, w, 3) of one sequence -> the same with its marks. names: of all sequences' digits."""
    image = Image.fromarray(picture)
    draw, marks = ImageDraw.Draw(image), shown.marks
    for digit in range(marks.corners.shape[1]):
        colour = DIGIT_COLOURS[digit % len(DIGIT_COLOURS)]
        box = None if marks.boxes is None else marks.boxes[index, digit, step]
        if "paths" in wanted:
            draw_path(draw, marks.corners[index, digit], marks.size, step, colour, scale)
        if "boxes" in wanted and box is not None and box.any():
            top, left, bottom, right = (int(side) * scale for side in box)
            draw.rectangle((left, top, right - 1, bottom - 1), outline=colour)
        if "labels" in wanted and (box is None or box.any()):  # no name without its digit
            place = marks.corners[index, digit, step] if box is None else box[:2]
            draw_label(draw, place, names[index][digit], colour, scale, image.size)
    return np.asarray(image)


def draw_path(draw, corners, size, step, colour, scale):
    """The way of a digit's middle up to a frame, with a dot where it is."""
    middles = (corners + np.array(size) / 2) * scale
    points = [(float(x), float(y)) for y, x in middles]
    if step:
        draw.line(points[: step + 1], fill=colour, width=1)
    x, y = points[step]
    draw.ellipse((x - 2, y - 2, x + 2, y + 2), fill=colour)


def draw_label(draw, place, name, colour, scale, size):
    """A name above a digit's corner, inside the frame."""
    text, tall = name[:12], max(SMALLEST, int(LABEL * scale))
    y, x = (float(pixels) * scale for pixels in place)
    x = max(1, min(x + 1, size[0] - font(tall).getlength(text) - 1))
    y = max(1, min(y - tall - 1, size[1] - tall - 2))
    draw.text((x, y), text, fill=colour, font=font(tall), stroke_width=1, stroke_fill=(0, 0, 0))


@functools.cache
def font(letters):
    """The letters that Pillow brings, so many pixels high."""
    return ImageFont.load_default(letters)


def text_strips(shown: Shown, show: Collection[str], width: int, letters: int) -> np.ndarray | None:
    """(n, h, width) uint8 in grey: ids and captions below each sequence; None if neither is wanted.

    letters: pixels, how high they are.
    """
    wanted = [name for name in WORDS if name in show]
    if not wanted:
        return None
    lines = [lines_of(shown, index, wanted, width, letters) for index in range(len(shown))]
    line = round(1.4 * letters)
    height = max(map(len, lines)) * line + 4
    strips = []
    for row in lines:
        image = Image.new("L", (width, height), PAPER)
        for number, words in enumerate(row):
            ImageDraw.Draw(image).text((4, 2 + number * line), words, fill=INK, font=font(letters))
        strips.append(np.asarray(image))
    return np.stack(strips)


def lines_of(shown, index, wanted, width, letters):
    """The lines of words of one sequence."""
    found = [f"#{shown.columns['sequence_id'][index]}"] if "ids" in wanted else []
    if "captions" in wanted:
        room = max(8, int(width / font(letters).getlength("n")))
        caption = " ".join(str(shown.columns["caption"][index]).split())
        found += textwrap.wrap(caption, room, max_lines=MOST_LINES, placeholder=" ...")
    return found
