"""Sequences -> animated pictures and contact sheets.

With nothing drawn over them, frames keep every pixel in PNG, in WebP, and in a GIF in grey. A GIF has 256 colours:
coloured frames get the nearest ones, and greys in a GIF with marks are at most 4 off.
"""

import math
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from ..common.checks import InputError
from ..exports.pictures import save as save_animated
from ..exports.pictures import save_webp
from .drawing import DIGIT_COLOURS, MARKS, PAST, as_rgb, enlarged, panels, text_strips
from .rows import Shown

GAP = 2  # pixels between pictures, before they are enlarged
GREY = 96  # of the gaps, so that black frames have an edge
LETTERS, LETTERS_OF_SHEET = 12, 24  # pixels of words below a sequence, and below a row of a wide sheet
MOST_PIXELS = 200e6  # of one file, all its frames together


@dataclass(frozen=True)
class Kind:
    """A kind of picture file.

    draw: (Shown, names to show, scale) -> list of images, one a frame of the file
    longest_side: pixels, what the format holds
    scales: pixels for each of a frame: without marks and words, and with them
    """

    draw: Callable[[Shown, Collection[str], int], list[Image.Image]]
    longest_side: int
    scales: tuple[int, int]


def contact_sheet(frames: np.ndarray) -> Image.Image:
    """One row a sequence, one column a frame: (n, t, H, W[, 3]) -> Image."""
    return Image.fromarray(tile(frames))


def save_animation(frames: np.ndarray, path: Path, columns: int | None = None, scale: int = 2) -> None:
    """All sequences side by side, moving, as a GIF that repeats.

    frames: (n, t, H, W[, 3]) uint8; columns: sequences in a row, None for about as many as there are rows;
    scale: pixels of the GIF for each of a frame.
    """
    steps = range(frames.shape[1])
    save([Image.fromarray(board(enlarged(frames[:, t], scale), GAP * scale, columns=columns)) for t in steps], path)


def animation(shown, show, scale):
    """Shown -> images, one a frame: all sequences side by side, predictions below the truth."""
    images, in_colour = [], is_coloured(shown, show)
    strips = text_strips(shown, show, shown.frames.shape[3] * scale, LETTERS)
    for step in range(shown.frames.shape[1]):
        edge = PAST if step < shown.past else GREY
        cells = panels(shown, shown.frames, show, scale, step)
        if shown.predictions is not None:
            below = panels(shown, shown.predictions, show, scale, step)
            between = np.broadcast_to(np.array(edge, np.uint8), (*as_rgb(below)[:, : GAP * scale].shape[:3], 3))
            cells = np.concatenate([as_rgb(cells), between, as_rgb(below)], axis=1)
        cells = as_rgb(cells) if in_colour else cells
        if strips is not None:
            cells = np.concatenate([cells, as_rgb(strips) if in_colour else strips], axis=1)
        images.append(Image.fromarray(board(cells, GAP * scale, edge)))
    return images


def sheet(shown, show, scale):
    """Shown -> one image: a row a sequence, below it one of its prediction, and a column a frame."""
    gap, t, in_colour = GAP * scale, shown.frames.shape[1], is_coloured(shown, show)
    rows = [shown.frames] if shown.predictions is None else [shown.frames, shown.predictions]
    rows = [np.stack([panels(shown, row, show, scale, step) for step in range(t)], axis=1) for row in rows]
    cells = np.stack(rows, axis=1)  # (n, 1 or 2, t, h, w[, 3])
    cells = as_rgb(cells) if in_colour else cells
    blocks = [marked_past(sequence, shown.past, gap) for sequence in cells]
    strips = text_strips(shown, show, blocks[0].shape[1], LETTERS_OF_SHEET)
    if strips is not None:
        strips = as_rgb(strips) if in_colour else strips
        blocks = [np.concatenate(pair) for pair in zip(blocks, strips, strict=True)]
    else:  # a gap between two sequences is one gap
        blocks = [block[:-gap] for block in blocks[:-1]] + blocks[-1:]
    return [Image.fromarray(np.concatenate(blocks))]


def is_coloured(shown, show):
    """Whether a picture of Shown is in colour."""
    return shown.frames.ndim == 5 or shown.past > 0 or bool({*show} & {*MARKS})


def marked_past(cells, past, gap):
    """(rows, t, h, w[, 3]) -> one picture, in which past frames have an edge of their own."""
    if not past:
        return tile(cells, gap)
    seen, rest = tile(cells[:, :past], gap, PAST), tile(cells[:, past:], gap)
    return np.concatenate([seen[:, :-gap], rest], axis=1)


def board(cells, gap, edge=GREY, columns=None):
    """(n, h, w[, 3]) -> one picture with about as many rows as columns."""
    n = len(cells)
    columns = columns or math.ceil(math.sqrt(n))
    grid = np.zeros((columns * math.ceil(n / columns), *cells.shape[1:]), np.uint8)
    grid[:n] = cells
    return tile(grid.reshape(-1, columns, *cells.shape[1:]), gap, edge)


def tile(pictures, gap=GAP, edge=GREY):
    """(rows, columns, h, w[, 3]) -> one picture with gaps. edge: grey of the gaps, or (red, green, blue)."""
    rows, columns, height, width, *channels = pictures.shape
    high, wide = rows * (height + gap), columns * (width + gap)
    whole = np.empty((high + gap, wide + gap, *channels), np.uint8)
    whole[:] = edge
    inner = np.moveaxis(whole[gap:, gap:].reshape(rows, height + gap, columns, width + gap, *channels), 2, 1)
    inner[:, :, :height, :width] = pictures
    return whole


def save(images, path, kind="GIF", palette=None):
    """Write images as one file of a kind: GIF, WEBP or PNG. Several are an animation that repeats.

    palette: image with the 256 colours of a GIF in colour; None for the best of each frame.
    """
    if kind == "PNG":
        images[0].save(path, "PNG")
    elif kind == "WEBP":
        save_webp(images, path)
    else:
        if images[0].mode == "RGB":  # the nearest colours: dithering looks like noise
            images = [image.quantize(palette=palette, dither=Image.Dither.NONE) for image in images]
        save_animated(images, path, format="GIF")


def greys_and_marks():
    """Image with a palette of greys, and of the colours of marks."""
    marks = [PAST, *DIGIT_COLOURS]
    greys = np.linspace(0, 255, 256 - len(marks)).round().astype(int).repeat(3).tolist()
    image = Image.new("P", (1, 1))
    image.putpalette([*greys, *(level for colour in marks for level in colour)])
    return image


KINDS = {
    ".gif": Kind(animation, 65_535, (2, 4)),
    ".webp": Kind(animation, 16_383, (2, 4)),
    ".png": Kind(sheet, 65_535, (1, 3)),
}


def draw(shown: Shown, show: Collection[str], path: Path, suffix: str) -> None:
    """Write Shown as a picture file.

    show: collection of names of MARKS and WORDS; path: of the file; suffix: one of KINDS.
    """
    grey = shown.frames.ndim == 4
    images = KINDS[suffix].draw(shown, show, scale_of(suffix, show))
    save(images, path, suffix[1:].upper(), greys_and_marks() if grey else None)


def scale_of(suffix, show):
    """Pixels for each of a frame."""
    return KINDS[suffix].scales[bool(show)]


def check_size(count: int, shape: tuple[int, ...], suffix: str, show: Collection[str], predicted: bool) -> None:
    """Refuse a picture that is too large, before anything is read for it.

    count: sequences; shape: (t, H, W[, 3]) of each; predicted: whether there are predictions, too.
    """
    t, height, width = shape[:3]
    scale, rows = scale_of(suffix, show), 2 if predicted else 1
    high, wide = (height + GAP) * scale * rows, (width + GAP) * scale
    columns = math.ceil(math.sqrt(count))
    if suffix == ".png":
        sides, frames = (count * high, t * wide), 1
    else:
        sides, frames = (math.ceil(count / columns) * high, columns * wide), t
    if max(sides) > KINDS[suffix].longest_side or sides[0] * sides[1] * frames > MOST_PIXELS:
        raise InputError(
            f"a {suffix} must have at most {KINDS[suffix].longest_side:,} pixels a side and {MOST_PIXELS:,.0f} in all,"
            f" not {frames} x {sides[0]:,} x {sides[1]:,}, as {count:,} sequences would: ask for fewer with --rows, or"
            " for a page, FILE.html"
        )
