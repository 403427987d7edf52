"""Measure speed and memory, side by side in one run: ratios carry over to other machines, figures do not."""

import json
from importlib import import_module
from pathlib import Path

import click

from moving_mnist_generator.verbs.start import start
from speed import SECTIONS

FILE = click.Path(dir_okay=False, writable=True, path_type=Path)


@click.command()
@click.argument("sections", nargs=-1, type=click.Choice(list(SECTIONS)), metavar="[SECTION]...")
@click.option("--json", "json_file", type=FILE, help="Write the tables to this file.  [default: none]")
@click.option("--picture", type=FILE, help="Draw ratios into this PNG file.  [default: none]")
@click.option("--small", is_flag=True, help="Measure a few sequences of everything, to see that it runs.")
def benchmark(sections: tuple[str, ...], json_file: Path | None, picture: Path | None, small: bool) -> None:
    """Measure each SECTION, or all if none is named: generating, writing, reading, scoring, memory."""
    from speed import picture as pictures
    from speed.cases import SMALL, Scale
    from speed.printing import machine, print_table

    sections = sections or tuple(SECTIONS)
    for option, file in {"--json": json_file, "--picture": picture}.items():  # refused before minutes of measuring
        if file and not file.absolute().parent.is_dir():
            raise click.BadParameter(f"{file.parent} must be a folder that exists", param_hint=f"'{option}'")
    if picture:
        pictures.check(sections)
    about, tables = machine(), {}
    print("\n".join(f"{key:20} {'not installed' if value is None else value}" for key, value in about.items()))
    for section in sections:
        tables[section] = import_module(f"speed.{section}").rows(SMALL if small else Scale())
        print_table(f"{section}: {SECTIONS[section]}", tables[section])
    if json_file:
        json_file.write_text(json.dumps({"machine": about, "tables": tables}, indent=1) + "\n")
    if picture:
        pictures.draw(tables, about, picture)


if __name__ == "__main__":
    start(benchmark)
