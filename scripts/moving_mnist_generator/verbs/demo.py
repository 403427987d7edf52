"""The main job, small: make sequences, load them as anyone would, and draw them."""

import sys
import time
from pathlib import Path

import click

from .generate import generate
from .preview import preview

CONFIGS = ("two_digits", "two_digits_strips")
OUT = click.Path(file_okay=False, path_type=Path)


@click.command()
@click.option("--out", default="data/demo", show_default=True, type=OUT, help="Folder for sequences and pictures.")
def demo(out):
    """Make, load and draw 1,200 sequences of two digits."""
    call(generate, "two_digits", "--train", 1000, "--validation", 100, "--test", 100, "--out", out)
    import datasets  # after the first command has shown that something happens

    datasets.disable_progress_bars()
    for config in CONFIGS:
        began = time.perf_counter()
        splits = datasets.load_dataset(str(out / config))
        rows = {name: len(split) for name, split in splits.items()}
        print(f'load_dataset("{out / config}"): {rows} in {time.perf_counter() - began:.1f} s', flush=True)
    print("columns:", ", ".join(splits["train"].column_names), flush=True)
    call(preview, out / CONFIGS[0], "--rows", "0:9", "--out", out / "moving.gif")
    call(preview, out / CONFIGS[0], "--rows", "0:4", "--out", out / "frames.png")
    call(preview, out / CONFIGS[0], "--rows", "0:200", "--out", out / "page.html")
    looks = f"{out / 'moving.gif'}, {out / 'frames.png'} and {out / 'page.html'}"
    print(f"\nLook at {looks}. Next, the data to train on, at full size:")
    print(f"  {sys.executable} -m moving_mnist_generator generate default")


def call(verb, *arguments):
    """Run another verb."""
    verb.main([str(argument) for argument in arguments], verb.name, standalone_mode=False)
