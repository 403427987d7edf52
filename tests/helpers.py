"""What several test files need. Nothing here is a test."""

import contextlib
import functools
import importlib
import importlib.util
import io
import subprocess
import sys
import time
import traceback
from dataclasses import replace
from pathlib import Path

import click
import numpy as np
import pytest
from folders import files as files
from folders import sums as sums

from moving_mnist_generator.core.recipe import Recipe
from moving_mnist_generator.files.shards import Shard, plan
from moving_mnist_generator.layouts import LAYOUTS
from moving_mnist_generator.running.engines import make
from moving_mnist_generator.verbs import commands
from moving_mnist_generator.verbs.program import VERBS

SCRIPTS = Path(__file__).parents[1] / "scripts"
SIZES = {"train": 12, "validation": 5, "test": 4}  # sequences in the data of a session
PLURALS = ("zeros", "ones", "twos", "threes", "fours", "fives", "sixes", "sevens", "eights", "nines")


def make_files(variant, sizes, layouts, out, **options):
    """Make the files of a variant, and return how many sequences they hold."""
    return sum(make(plan(variant, sizes, layouts), out, **options))


def small_shards(variant, layout, count):
    """`count` shards of 3 sequences each, as `plan` would make them if files were so small."""
    recipe, config = Recipe(variant, "train"), LAYOUTS[layout].config(variant)
    return [Shard(config, recipe, layout, 3 * i, 3 * i + 3, i, count, True) for i in range(count)]


def write_files(out, recipe, ranges, layout="frames", annotated=True, **changes):
    """The files of a split, which hold ranges (start, stop) of a recipe; changes: of fields of Shard."""
    config = LAYOUTS[layout].config(recipe.variant.name) if annotated else LAYOUTS[layout].bare
    for number, (start, stop) in enumerate(ranges):
        shard = Shard(config, recipe, layout, start, stop, number, len(ranges), annotated)
        assert sum(replace(shard, **changes).write(out)) == stop - start
    return out / config


def frames_of(row, shape=(20, 64, 64)):
    """The frames of a row that `load_dataset` gives, in any layout, as uint8 of `shape`."""
    pictures = row["image_sequence"]
    pictures = pictures if isinstance(pictures, list) else [pictures]
    return np.stack([np.asarray(picture) for picture in pictures]).astype(np.uint8).reshape(shape)


def wait_for(condition, seconds=60):
    """The first true value of a condition."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if value := condition():
            return value
        time.sleep(0.01)
    raise TimeoutError(condition)


def run_here(script, arguments):
    """Run a script in this process; what `subprocess.run` returns."""
    with (
        contextlib.redirect_stdout(io.StringIO()) as stdout,
        contextlib.redirect_stderr(io.StringIO()) as stderr,
        pytest.MonkeyPatch.context() as context,
    ):
        context.setattr(sys, "argv", [f"{script}.py", *arguments])
        try:
            commands.run(command_of(script))
            code = 0
        except SystemExit as ended:
            code = ended.code
        except Exception:
            traceback.print_exc()
            code = 1
    return subprocess.CompletedProcess(arguments, code, stdout.getvalue(), stderr.getvalue())


@functools.cache
def command_of(script):
    """The click command that a script starts: one of the verbs, or its own."""
    if script in VERBS.values():
        return getattr(importlib.import_module(f"moving_mnist_generator.verbs.{script}"), script)
    spec = importlib.util.spec_from_file_location(f"script_{script}", SCRIPTS / f"{script}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    (found,) = (each for each in vars(module).values() if isinstance(each, click.Command))
    return found
