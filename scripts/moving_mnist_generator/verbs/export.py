"""Sequences -> a format that other loaders and tools read: the authors' npy, PredRNN's npz, idx, pictures, MP4."""

from pathlib import Path

import click

from ..common.checks import InputError
from ..common.names import SPLITS
from ..exports import EXPORTS, TargetExists
from ..exports import export as write

FOLDER = click.Path(file_okay=False, path_type=Path)
FORMATS = "\b\nFormats:\n" + "\n".join(f"  {name:8} {row.words}" for name, row in EXPORTS.items())


@click.command(epilog=FORMATS)
@click.argument("source")
@click.option("--format", "name", required=True, type=click.Choice(EXPORTS), help="One of the formats below.")
@click.option("--out", required=True, type=FOLDER, help="Folder to write into.")
@click.option("--split", default="test", show_default=True, type=click.Choice(SPLITS), help="Split to write.")
def export(source, name, out, split):
    """Write a split of SOURCE in another format.

    SOURCE is a Parquet file, a folder of them such as data/two_digits, a URL of either, an npy file as the authors',
    http(s)://HOST/PATH#sha256=HEX, or a dataset on the Hub, USER/NAME or USER/NAME:CONFIG.
    """
    from tqdm import tqdm

    from .commands import opened

    found = opened(source, split, in_colour=True)
    with tqdm(total=found.num_sequences, unit=" sequences", disable=None) as progress:
        try:
            target, count = write(found, name, out, progress.update)
        except TargetExists as error:
            raise InputError(f"{error}: remove it, or take another folder with --out") from None
    print(f"written  {target}  {count:,} sequences of {found.name}")
