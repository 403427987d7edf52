"""Make variants: data/<config>/<split>-00000-of-00001.parquet.

The name "default" makes train and validation of the configs without annotations, which are sequences of two_digits.
Their test split is the authors' file: see export_test.py.
"""

import json
from typing import Any

import click

from ..common.checks import InputError
from ..common.names import SPLITS
from ..core.variants import VARIANTS, Variant, all_fields
from ..running import ENGINES
from .commands import LAYOUT, OUT

SIZE = click.IntRange(min=0)
DIGITS = "An npz, a folder of idx files, or a dataset id.  [default: the embedded MNIST]"
FIELD = "Describe a variant of your own; repeatable.  [default: none]"


class NameAndValue(click.ParamType):
    """NAME=VALUE, a field of Variant; the value as in JSON, or a bare word."""

    name = "NAME=VALUE"

    def convert(self, value, param, ctx):
        name, equals, text = value.partition("=")
        if not equals or name not in all_fields():
            self.fail(f"{value!r} must be NAME=VALUE with a name of {', '.join(all_fields())}", param, ctx)
        try:
            return name, json.loads(text)
        except (ValueError, RecursionError):  # no JSON, a number of thousands of digits, nested too deep
            return name, text


def chosen(names, fields):
    """What to plan: the published names, or the one variant that the fields describe."""
    if not fields:
        return list(dict.fromkeys(names))
    if len(names) != 1 or names[0] in VARIANTS or names[0] == "default":
        raise InputError(f"--field describes one variant with a name of its own, not {' '.join(names)}")
    return [Variant(names[0], **dict(fields))]


@click.command()
@click.argument("variants", nargs=-1, required=True, metavar="VARIANT...")
@OUT
@click.option("--train", default=10_000, show_default=True, type=SIZE, help="Sequences to train on; 0 makes none.")
@click.option("--validation", default=1_000, show_default=True, type=SIZE, help="Sequences to validate on.")
@click.option("--test", default=1_000, show_default=True, type=SIZE, help="Sequences to test on; default has none.")
@click.option("--seed", default=0, show_default=True, type=SIZE, help="Another seed, other sequences.")
@LAYOUT
@click.option("--digits", metavar="SOURCE", help=DIGITS)
@click.option("--field", "fields", multiple=True, type=NameAndValue(), help=FIELD)
@click.option("--workers", default=1, show_default=True, type=click.IntRange(1, 1_024), help="Processes to use.")
@click.option(
    "--engine", default="local", show_default=True, type=click.Choice(ENGINES), help="Where the work is done."
)
@click.option("--ray-address", metavar="ADDRESS", help="Ray cluster to join.  [default: RAY_ADDRESS, or a new one]")
@click.option("--overwrite", is_flag=True, help="Replace files that were made with other arguments.")
def generate(variants: tuple[str, ...], fields: tuple[tuple[str, Any], ...], **options: Any) -> None:
    """Make the sequences of each VARIANT as Parquet files.

    VARIANT is a published name, "default", or a name of your own that --field describes.
    """
    from ..files.making import GenerateOptions, make_all
    from ..files.survey import FilesDiffer

    try:
        sizes = {split: options.pop(split) for split in SPLITS}
        make_all(chosen(variants, fields), GenerateOptions(sizes=sizes, **options))
    except FilesDiffer as error:
        raise InputError(f"{error}: --overwrite replaces it, --out takes another folder") from None
