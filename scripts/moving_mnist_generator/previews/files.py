"""Rows of a source -> the file to look at, whole or not at all."""

from itertools import chain
from pathlib import Path

from tqdm import tqdm

from ..sources.source import Source
from . import forecasts as beside_truth
from . import page, pictures
from .drawing import check_show
from .rows import count_rows, read_rows, together


def write_preview(
    source: Source,
    out: Path,
    rows: tuple[int, int],
    show: set[str],
    predictions: tuple[str, int, str] | None = None,
) -> str:
    """Write rows of a source as a picture or a page.

    Args:
        source: Source of the rows.
        out: Path that ends in one of pictures.KINDS, or in .html.
        rows: (first, stop) as in a slice.
        show: set of names of drawing.MARKS and WORDS.
        predictions: (name, past, order) as for `forecasts.beside`, or None.

    Returns:
        str, a line that says what was written.
    """
    from ..running.partial import renamed_when_whole  # imports huggingface_hub, which takes a second

    is_page, count = out.suffix == ".html", count_rows(source, rows[0], rows[1])
    if not is_page:
        pictures.check_size(count, source.shape, out.suffix, show, predictions is not None)
    pieces = read_rows(source, rows[0], rows[1], is_page or bool(show))
    if predictions is not None:
        forecast, past, order = predictions
        pieces = beside_truth.beside(pieces, source, forecast, past, order)
    first = next(pieces)
    check_show(first, show)
    pieces = chain([first], pieces)
    with renamed_when_whole(out) as partial:
        if is_page:
            title = f"{source.name}, {source.split}"
            with tqdm(total=count, unit=" sequences", delay=0.5, disable=None) as progress:
                groups = (("", counted(piece, progress)) for piece in pieces)
                count, size = page.write_page(partial, groups, title, show)
            return (
                f"{out}: rows {rows[0]}:{rows[0] + count} of {source.name}, {size / 1e6:.1f} MB; open it in a browser"
            )
        shown = together(pieces)
        pictures.draw(shown, show, partial, out.suffix)
        return f"{out}: rows {rows[0]}:{rows[0] + len(shown)} of {source.name}, {source.shape[0]} frames each"


def counted(piece, progress):
    """The same Shown, counted."""
    progress.update(len(piece))
    return piece
