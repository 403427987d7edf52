"""Measure speed and memory, side by side in one run: ratios carry over to other machines, figures do not.

What is measured, and how, is in the folder speed.
"""

import json
from pathlib import Path

import click

from moving_mnist_generator.verbs.start import start
from speed.scale import FULL, SMALL
from speed.sections import SECTIONS, in_a_process_of_its_own


class NewFile(click.Path):
    """A file that can be written: an error comes before minutes of measuring."""

    def convert(self, value, param, ctx):
        path = super().convert(value, param, ctx)
        if not path.absolute().parent.is_dir():
            self.fail(f"{path.parent} must be a folder that exists", param, ctx)
        return path


FILE = NewFile(dir_okay=False, writable=True, path_type=Path)


@click.command()
@click.argument("sections", nargs=-1, type=click.Choice(SECTIONS), metavar="[SECTION]...")
@click.option("--json", "json_file", type=FILE, help="Write the tables to this file.  [default: none]")
@click.option("--picture", type=FILE, help="Draw ratios into this PNG file.  [default: none]")
@click.option("--small", is_flag=True, help="Measure a few sequences of everything, to see that it runs.")
def benchmark(sections, json_file, picture, small):
    """Measure each SECTION, or all if none is named.

    They are generating, moving, writing, reading, streaming, loaders, ways, memory, many.
    """
    from speed.machine import machine, summary
    from speed.printing import print_table

    sections = sections or tuple(SECTIONS)
    if picture:
        draw = picture_of(sections)
    about, tables = machine(), {}
    print("\n".join(f"{key:20} {'not installed' if value is None else value}" for key, value in about.items()))
    for section in sections:
        tables[section] = in_a_process_of_its_own(section, SMALL if small else FULL)
        print_table(f"{section}: {SECTIONS[section]}", tables[section])
    if json_file:
        json_file.write_text(json.dumps({"machine": about, "tables": tables}, indent=1) + "\n")
    if picture:
        draw(tables, summary(about), picture)


def picture_of(sections):
    """The function that draws, or an error before anything is measured."""
    from speed.picture import PICTURED, draw_picture, find_matplotlib

    if not set(PICTURED) & set(sections):
        raise click.UsageError(f"--picture shows {', '.join(PICTURED)}: name one of them, or none")
    find_matplotlib()
    return draw_picture


if __name__ == "__main__":
    start(benchmark)
