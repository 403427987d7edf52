"""Make variants: data/<config>/<split>-00000-of-00001.parquet.

The configs `default` and `arrays` are made by the name "default": their train and validation are the
sequences of two_digits, and their test is the authors' file, which export_test.py brings.
"""

import itertools
import json
import re
import time

import click
from tqdm import tqdm

from moving_mnist_generator.commands import run
from moving_mnist_generator.files.engines import ENGINES, make
from moving_mnist_generator.files.shards import plan
from moving_mnist_generator.files.survey import survey
from moving_mnist_generator.rows.arrow import LAYOUTS
from moving_mnist_generator.variants import FIELDS, VARIANTS, Variant

SIZE = click.IntRange(min=0)


class Field(click.ParamType):
    """NAME=VALUE, a field of Variant; the value as in JSON, or a bare word."""

    name = "NAME=VALUE"

    def convert(self, value, param, ctx):
        name, equals, text = value.partition("=")
        if not equals or name not in FIELDS:
            self.fail(f"{value!r} must be NAME=VALUE with a name of {', '.join(FIELDS)}", param, ctx)
        try:
            return name, json.loads(text)
        except json.JSONDecodeError:
            return name, text


def chosen(names, fields):
    """What to plan: the published names, or the one variant that the fields describe."""
    if not fields:
        return list(dict.fromkeys(names))
    if len(names) != 1 or names[0] in VARIANTS or names[0] == "default":
        raise click.UsageError(f"--field describes one variant with a name of its own, not {' '.join(names)}")
    return [Variant(names[0], **dict(fields))]


def tell(word, shards, out):
    """A line for each split, whether it has one file or thousands."""
    for _, split in itertools.groupby(shards, key=lambda shard: (shard.config, shard.split)):
        first, *others = split
        count = sum(shard.stop - shard.start for shard in (first, *others))
        name = re.sub("^([a-z]+)-[0-9]+", r"\1-*", first.name) if others else first.name
        files = f" in {len(others) + 1:,} files" if others else ""
        print(f"{word:8} {out}/{first.config}/{name}  {count:,} sequences{files}")


@click.command()
@click.argument("variants", nargs=-1, required=True, metavar="VARIANT...")
@click.option("--out", default="data", show_default=True, help="Folder of the configs, or URL of one.")
@click.option("--train", default=10_000, show_default=True, type=SIZE, help="Sequences; 0 makes none.")
@click.option("--validation", default=1_000, show_default=True, type=SIZE)
@click.option("--test", default=1_000, show_default=True, type=SIZE, help="Not for default.")
@click.option("--seed", default=0, show_default=True, type=click.IntRange(min=0))
@click.option("--layout", default="both", show_default=True, type=click.Choice([*LAYOUTS, "both"]))
@click.option("--digits", "digits_source", help="npz, folder of idx files, or dataset id.  [default: MNIST, embedded]")
@click.option("--field", "fields", multiple=True, type=Field(), help="Of a variant of your own; may be repeated.")
@click.option(
    "--workers", default=1, show_default=True, type=click.IntRange(min=1), help="Processes of --engine local."
)
@click.option("--engine", default="local", show_default=True, type=click.Choice(ENGINES), help="Who makes the files.")
@click.option("--ray-address", help="Of a Ray cluster.  [default: RAY_ADDRESS, or a new one on this machine]")
@click.option("--overwrite", is_flag=True, help="Replace files made with other arguments.")
def generate(
    variants,
    out,
    train,
    validation,
    test,
    seed,
    layout,
    digits_source,
    fields,
    workers,
    engine,
    ray_address,
    overwrite,
):
    """Make the sequences of VARIANT as Parquet files: a published one, "default", or one described by --field."""
    sizes = {"train": train, "validation": validation, "test": test}
    layouts = LAYOUTS if layout == "both" else (layout,)
    shards = [
        shard
        for variant in chosen(variants, fields)
        for shard in plan(variant, sizes, layouts, seed=seed, digits_source=digits_source)
    ]
    todo, kept, stale = survey(shards, out, overwrite=overwrite)
    tell("kept", kept, out)
    began, total = time.perf_counter(), sum(shard.stop - shard.start for shard in todo)
    with tqdm(total=total, unit=" sequences", disable=None if todo else True) as progress:
        for count in make(todo, out, engine=engine, workers=workers, ray_address=ray_address):
            progress.update(count)
    for path in stale:
        path.unlink(missing_ok=True)
    tell("written", todo, out)
    seconds = time.perf_counter() - began
    print(f"{total:,} sequences in {seconds:.1f} s" if todo else "nothing to do: all of it is there already")


if __name__ == "__main__":
    run(generate)
