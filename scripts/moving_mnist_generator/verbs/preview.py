"""Look at rows: an animated picture (.gif, .webp), a contact sheet (.png), or a page to browse (.html)."""

import re
from pathlib import Path

import click

from ..common.names import SPLITS

SHOWN = ("boxes", "paths", "labels", "ids", "captions")
ENDS = (".gif", ".png", ".webp", ".html")
USUAL_ROWS = {".html": (0, 1000)}  # 0:8 of pictures
ORDERS = ("ntHW", "tnHW")
FILE = click.Path(dir_okay=False, path_type=Path)


class Rows(click.ParamType):
    """FIRST:STOP, as in a slice, or one row."""

    name = "ROWS"

    def convert(self, value, param, ctx):
        first, colon, stop = value.partition(":")
        stop = stop if colon else str(int(first) + 1) if whole(first) else ""
        if not (whole(first) and whole(stop) and int(first) < int(stop)):
            self.fail(f"{value!r} is not FIRST:STOP with FIRST below STOP, or one row", param, ctx)
        return int(first), int(stop)


class Names(click.ParamType):
    """Names of SHOWN between commas."""

    name = "NAME,..."

    def convert(self, value, param, ctx):
        names = [name.strip() for name in value.split(",")]
        for name in names:
            if name not in SHOWN:
                self.fail(f"must be some of {', '.join(SHOWN)}, not {name!r}", param, ctx)
        return names


def whole(text):
    """Whether a text is a whole number that no file is longer than."""
    return re.fullmatch("[0-9]{1,18}", text) is not None


@click.command()
@click.argument("source")
@click.option("--out", required=True, type=FILE, help="FILE.gif, .webp, .png or .html to write.")
@click.option("--split", type=click.Choice(SPLITS), help="Split to show.  [default: the first; on the Hub, train]")
@click.option("--rows", type=Rows(), help="Row, or rows as in a slice.  [default: 0:8; of a page, 0:1000]")
@click.option("--show", multiple=True, type=Names(), help=f"Draw {', '.join(SHOWN)}; repeatable.  [default: none]")
@click.option("--predictions", help="Predictions of all rows, as for evaluate, below the truth.  [default: none]")
@click.option("--past", default=10, show_default=True, type=click.IntRange(min=1), help="Frames that a model saw.")
@click.option("--order", default="ntHW", show_default=True, type=click.Choice(ORDERS), help="Axes of an npy or npz.")
def preview(
    source: str,
    out: Path,
    split: str | None,
    rows: tuple[int, int] | None,
    show: tuple[list[str], ...],
    predictions: str | None,
    past: int,
    order: str,
) -> None:
    """Draw rows of SOURCE.

    SOURCE is a Parquet file, a folder of them such as data/two_digits, a URL of either, an npy file as the authors',
    or a dataset on the Hub, USER/NAME or USER/NAME:CONFIG.
    """
    if out.suffix not in ENDS:
        raise click.BadParameter(f"must end in {', '.join(ENDS)}, not {out.name}", param_hint="--out")
    from ..previews.files import write_preview
    from .commands import opened

    rows = rows or USUAL_ROWS.get(out.suffix, (0, 8))
    names = {name for given in show for name in given}
    forecasts = None if predictions is None else (predictions, past, order)
    print(write_preview(opened(source, split, in_colour=True), out, rows, names, forecasts))
