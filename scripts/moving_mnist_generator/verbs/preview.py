"""Look at rows: an animated picture (.gif), or a contact sheet with one row a sequence (.png)."""

from pathlib import Path

import click


class Rows(click.ParamType):
    """FIRST:STOP, as in a slice."""

    name = "FIRST:STOP"

    def convert(self, value, param, ctx):
        first, _, stop = value.partition(":")
        if not (first.isdigit() and stop.isdigit() and int(first) < int(stop)):
            self.fail(f"{value!r} is not FIRST:STOP with FIRST below STOP", param, ctx)
        return int(first), int(stop)


@click.command()
@click.argument("source", metavar="PARQUET_OR_FOLDER", type=click.Path(exists=True, path_type=Path))
@click.option("--rows", default="0:8", show_default=True, type=Rows(), help="Rows to draw, as in a slice.")
@click.option(
    "--out", required=True, type=click.Path(dir_okay=False, path_type=Path), help="FILE.gif or FILE.png to draw."
)
def preview(source, rows, out):
    """Draw rows of a Parquet file, or of the first split in a folder."""
    if out.suffix not in (".gif", ".png"):
        raise click.BadParameter(f"must end in .gif or .png, not {out.name}", param_hint="--out")
    from ..preview import contact_sheet, read_frames, save_animation
    from ..stores.partial import renamed_when_whole

    frames = read_frames(source, *rows)
    with renamed_when_whole(out) as partial:
        if out.suffix == ".gif":
            save_animation(frames, partial)
        else:
            contact_sheet(frames).save(partial, "PNG")
    print(f"{out}: rows {rows[0]}:{rows[0] + len(frames)} of {source}, {frames.shape[1]} frames each")
