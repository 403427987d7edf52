"""Speed and memory, side by side in one run: ratios mean something on any machine, figures on this one alone.

All that a table compares takes turns in the same rounds, so that a busy moment of the machine hits all alike, and
of each the best round counts. What needs a package that is not there is named and left out.

Not here: a figure by which anything passes or fails.
"""

import importlib
import json
import math
import multiprocessing
import os
import platform
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial
from importlib import metadata
from pathlib import Path

os.environ.setdefault("HF_DATASETS_DISABLE_PROGRESS_BARS", "1")  # read when datasets is imported
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import click
import numpy as np
import psutil
from datasets import load_dataset
from moving_mnist_generator.motion import MOTIONS, redraws_from_uniforms
from moving_mnist_generator.rows.arrow import picture_column

import plain_loops
from moving_mnist_generator import VARIANTS, generate, images_as_moving_sequences, load_digits, render, stream, walk
from moving_mnist_generator.commands import run
from moving_mnist_generator.files.engines import make
from moving_mnist_generator.files.shards import make_whole, plan, row_group, write_shard
from speed_picture import draw_picture, groups

SCRIPTS = Path(__file__).parent
NEEDED = ("numpy", "pyarrow", "datasets", "pillow")
COMPARED = ("torch", "torchvision", "tensorflow", "tensorflow-datasets", "ray")
FRAME_SIZE, NUM_FRAMES = (64, 64), 20
SEQUENCE = NUM_FRAMES * FRAME_SIZE[0] * FRAME_SIZE[1]  # bytes of frames
BATCH = 64  # rows read at a time
BLOCK = 128  # sequences that stream() makes at a time


@dataclass(frozen=True)
class Scale:
    """How much is measured."""

    made: int = 2_048  # sequences a call: generating, moving
    digits: int = 1_000  # one a sequence, against TensorFlow Datasets
    images: int = 48_000  # sequences written as images: so many that starting workers, more than a second, is little
    arrays: int = 64_000  # sequences written as arrays, which takes about as long
    ready: int = 500  # sequences of which a part of the work is done alone
    rows: int = 5_000  # of the files to be read
    read: int = 1_024  # rows of them a call
    streamed: int = 8_192  # sequences a call
    peaks: tuple[int, ...] = (10_000, 100_000)  # sequences, for peak memory
    files: int = 100_000  # planned
    many: int = 100_000_000  # sequences, reckoned
    seconds: float = 20  # after which a table begins no further round, within the next two numbers
    rounds: tuple[int, int] = (3, 9)  # at least, at most


SMALL = Scale(16, 16, 32, 32, 16, 128, 128, 256, (100, 200), 100, 1_000, 0, (1, 1))


@dataclass(frozen=True)
class Case:
    """A line of a table, before it is measured.

    name:     what is done
    function: does it to `count` sequences; None where it cannot be done here
    than:     {ratio: name of the case that it is compared with, in bytes of frames a second}
    sequence: bytes of frames of one sequence
    note:     why there is no function
    workers:  processes that share the work, where that is what is measured
    """

    name: str
    function: Callable | None
    count: int
    than: dict = field(default_factory=dict)
    sequence: int = SEQUENCE
    note: str = ""
    workers: int | None = None


def measure(cases, scale, unit="sequences/s"):
    """Cases -> rows of a table, {"name": ..., unit: rate, ratio: ...} or {"name": ..., "note": ...}."""
    best = {case.name: float("inf") for case in cases if case.function}
    began, (least, most) = time.perf_counter(), scale.rounds
    for finished in range(most):
        if finished >= least and time.perf_counter() - began > scale.seconds:
            break
        for case in cases:
            if case.function:
                best[case.name] = min(best[case.name], seconds_of(case.function))
    rates = {case.name: case.count / best[case.name] for case in cases if case.function}
    sizes = {case.name: case.sequence for case in cases}
    return [row(case, unit, rates, sizes) for case in cases]


def row(case, unit, rates, sizes):
    """A case's row, from all cases' sequences a second and bytes a sequence, by name."""
    if case.function is None:
        return {"name": case.name, "note": case.note}
    figures = {unit: rates[case.name]}
    if case.workers:
        figures["a core"] = rates[case.name] / case.workers
    for ratio, other in case.than.items():
        figures[ratio] = rates[case.name] * case.sequence / (rates[other] * sizes[other])
    return {"name": case.name, **{name: float(f"{value:.4g}") for name, value in figures.items()}}


def seconds_of(function):
    """What one call takes."""
    began = time.perf_counter()
    function()
    return time.perf_counter() - began


def where_there_is(package, name, build, count, than):
    """A Case whose function `build()` makes from a package, or one that says that it is not there."""
    try:
        importlib.import_module(package)
        return Case(name, build(), count, than)
    except ImportError as error:
        return Case(name, None, count, note=f"{error.name or package} not installed")
    except Exception as error:  # whatever a package says that does not get on with the others that are there
        return Case(name, None, count, note=f"{package} does not start: {str(error).splitlines()[0]}")


# The tables.


def generating(scale):
    """generate(), against filling fresh memory and against a plain loop of two digits, in bytes of frames a second"""
    n, images = scale.made, load_digits().train_images
    fill, loop = "fill fresh memory", "plain loop"
    than = {"x fill": fill, "x plain loop": loop}
    cases = [
        Case(fill, lambda: np.full((n, NUM_FRAMES, *FRAME_SIZE), 1, np.uint8), n, {"x plain loop": loop}),
        Case(loop, lambda: plain_loops.draw_sequences(random.Random(0), images, n), n, {"x fill": fill}),
    ]
    for name, variant in VARIANTS.items():
        alike = n * SEQUENCE // variant.pixels  # sequences that fill as much memory: a third where in colour
        cases.append(Case(name, partial(generate, name, "train", range(alike)), alike, than, variant.pixels))
    return measure(cases, scale)


def moving(scale):
    """walk and render two digits, against a plain loop of each motion; one digit, against TensorFlow Datasets"""
    cases = []
    for motion, way in MOTIONS.items():
        *digits, u = two_digits(way, scale.made)
        redraws, loop = redraws_from_uniforms(motion, u) if way.stochastic else None, f"{motion}, plain loop"
        plain = partial(plain_loops.make_sequences, motion, *digits, redraws=redraws)
        ours = partial(walk_and_render, motion, *digits, u)
        cases += [Case(motion, ours, scale.made, {"x other": loop}), Case(loop, plain, scale.made)]
    images, pipeline = load_digits().train_images[: scale.digits], "tensorflow_datasets, tf.data"
    their = where_there_is("tensorflow", pipeline, partial(tfds_pipeline, images), len(images), {})
    ours = partial(images_as_moving_sequences, images, rng=np.random.default_rng(0))
    than = {"x other": pipeline} if their.function else {}
    return measure([*cases, Case("images_as_moving_sequences", ours, len(images), than), their], scale)


def two_digits(way, n):
    """For a Motion: images (n, 2, h, h), start, velocity (n, 2, 2), and uniform numbers for new speeds."""
    rng, size = np.random.default_rng(0), way.digit_size
    images = load_digits().pool("train", (size, size)).images
    start, velocity = way.start_and_velocity(rng.random((n, 2, 4)), FRAME_SIZE[0] - size)
    chosen = rng.integers(len(images), size=(n, 2))
    return images[chosen], start, velocity, rng.random((n, 2, NUM_FRAMES, *way.draws_a_frame))


def walk_and_render(motion, images, start, velocity, u):
    """Frames (n, t, H, W). The new speeds of all frames are made by the way, the plain loop is given them."""
    redraws = redraws_from_uniforms(motion, u) if MOTIONS[motion].stochastic else None
    corners = walk(motion, start, velocity, NUM_FRAMES, FRAME_SIZE[0] - images.shape[-1], redraws=redraws)
    return render(images, corners, FRAME_SIZE, MOTIONS[motion].overlap)


def tfds_pipeline(images):
    """As its documentation has it, in batches, on all cores."""
    tf, tfds = importlib.import_module("tensorflow"), importlib.import_module("tensorflow_datasets")

    def map_fn(image):
        return tfds.video.moving_mnist.image_as_moving_sequence(image, sequence_length=NUM_FRAMES).image_sequence

    pictures = tf.data.Dataset.from_tensor_slices(images[..., None])
    sequences = pictures.map(map_fn, num_parallel_calls=tf.data.AUTOTUNE).batch(100)
    return lambda: [batch.shape for batch in sequences.as_numpy_iterator()]


def writing(scale):
    """two_digits to finished Parquet files, the start of workers included; and what most of that is, done alone"""
    half = {"train": scale.arrays // 2, "test": scale.arrays // 2}
    (ready,) = plan("two_digits", {"train": scale.ready}, ("arrays",))
    frames, columns = row_group(ready, range(scale.ready))
    groups = [(frames, columns)] * 8  # one alone would be slowed by memory that it is the first to touch
    with tempfile.TemporaryDirectory() as folder:
        cases = [
            *writers("images", plan("two_digits", {"train": scale.images}, ("frames",)), folder),
            Case("images, PNGs alone", lambda: picture_column(frames, "frames"), scale.ready),
            *writers("arrays", plan("two_digits", half, ("arrays",)), folder),
            Case("arrays, Parquet alone", lambda: sum(write_shard(ready, folder, groups)), len(groups) * scale.ready),
        ]
        return measure(cases, replace(scale, rounds=(min(2, scale.rounds[0]), 3)))


def writers(name, shards, folder):
    """Cases: by one worker, by two, on Ray."""
    count, alone = sum(shard.stop - shard.start for shard in shards), f"{name}, 1 worker"

    def function(**how):
        return lambda: sum(make(shards, folder, **how))

    return [
        Case(alone, function(), count, workers=1),
        Case(f"{name}, 2 workers", function(workers=2), count, {"x 1 worker": alone}, workers=2),
        where_there_is("ray", f"{name}, Ray", lambda: function(engine="ray"), count, {"x 1 worker": alone}),
    ]


def reading(scale):
    """the pixels of two_digits from Parquet files, and, once, the files into the cache of datasets"""
    with tempfile.TemporaryDirectory() as folder:
        for _ in make(plan("two_digits", {"train": scale.rows}, ("arrays", "frames")), folder):
            pass
        cases = [
            *readers("arrays", f"{folder}/two_digits_arrays", f"{folder}/cache", scale),
            *readers("images", f"{folder}/two_digits", f"{folder}/cache", scale),
            torchvision_reader(folder, scale.read),
        ]
        return measure(cases, scale, "rows/s")


def readers(layout, files, cache, scale):
    """Cases: every way to read the files of a layout."""
    as_bytes = {"columns": ["image_sequence"], "dtype": np.uint8}
    rows = load_dataset(files, split="train", cache_dir=cache).with_format("numpy", **as_bytes)
    order, n = np.random.default_rng(0).permutation(len(rows))[: scale.read].tolist(), scale.read
    streamed = load_dataset(files, split="train", streaming=True).select_columns("image_sequence").take(n)

    def load():
        with tempfile.TemporaryDirectory() as empty:
            load_dataset(files, split="train", cache_dir=empty)

    def loader():
        torch = torch_in_one_thread()
        tensors = rows.with_format("torch", columns=["image_sequence"], dtype=torch.uint8)
        return lambda: drain(torch.utils.data.DataLoader(tensors, BATCH, sampler=order))

    def than(way):
        return {"x arrays": f"arrays, {way}"} if layout != "arrays" else {}

    return [
        Case(f"{layout}, random batches", lambda: drain(at_random(rows, order)), n, than("random batches")),
        Case(f"{layout}, in order", lambda: drain(rows.select(range(n)).iter(BATCH)), n, than("in order")),
        Case(f"{layout}, streamed", lambda: drain(streamed.with_format("numpy").iter(BATCH)), n, than("streamed")),
        where_there_is("torch", f"{layout}, DataLoader", loader, n, than("DataLoader")),
        Case(f"{layout}, load_dataset, once", load, len(rows), than("load_dataset, once")),
    ]


def torch_in_one_thread():
    """As a DataLoader's workers have it; with more, batches are stacked by all cores, which wait for a busy one."""
    torch = importlib.import_module("torch")
    torch.set_num_threads(1)
    return torch


def at_random(rows, order):
    """Batches of rows in that order."""
    return (rows[order[first : first + BATCH]] for first in range(0, len(order), BATCH))


def drain(batches):
    """Read all."""
    for batch in batches:
        assert math.prod(batch["image_sequence"].shape[1:]) == SEQUENCE  # torch has images with a channel axis


def torchvision_reader(folder, n):
    """torchvision's loader, opening a file in the layout of the authors' included."""
    file = Path(folder, "MovingMNIST", "mnist_test_seq.npy")
    file.parent.mkdir()
    np.save(file, generate("two_digits", "train", range(n)).frames.swapaxes(0, 1))

    def loader():
        open_file = importlib.import_module("torchvision.datasets").MovingMNIST
        return lambda: read_all(open_file(folder))

    return where_there_is("torchvision", "torchvision.datasets.MovingMNIST, in order", loader, n, {})


def read_all(rows):
    """Item by item; how many."""
    return len([rows[i].shape for i in range(len(rows))])


def streaming(scale):
    """stream(), made while it is read, against generate() of the same blocks"""
    n = scale.streamed
    rows = stream("two_digits", "train", num_sequences=n).select_columns("image_sequence")
    than = {"x generate": "generate in blocks"}

    def loader(workers):
        data_loader = torch_in_one_thread().utils.data.DataLoader
        return lambda: drain(data_loader(rows, BATCH, num_workers=workers))

    def blocks():
        for first in range(0, n, BLOCK):
            generate("two_digits", "train", range(first, first + BLOCK))

    cases = [
        Case("generate in blocks", blocks, n),
        Case("stream, row by row", lambda: sum(1 for _ in rows), n, than),
        *(where_there_is("torch", f"DataLoader, {w} workers", partial(loader, w), n, than) for w in (0, 2)),
    ]
    return measure(cases, scale)


def memory(scale):
    """peak of generate.py --layout arrays"""
    return [{"name": f"{n:,} sequences", "peak MB": peak_megabytes(n)} for n in scale.peaks]


def many(scale):
    """100 million sequences of two_digits, reckoned from a file of each layout that one worker makes; and planning"""
    rows = []
    for layout, words in (("arrays", "arrays"), ("frames", "images")):
        shards = plan("two_digits", {"train": scale.many}, (layout,))
        (sample,) = plan("two_digits", {"train": scale.rows}, (layout,))
        with tempfile.TemporaryDirectory() as folder:
            seconds = seconds_of(partial(make_whole, sample, folder))
            size = Path(folder, sample.config, sample.name).stat().st_size
        ratio = scale.many / scale.rows
        row = {"GB": size * ratio / 1e9, "core hours": seconds * ratio / 3600}
        row = {unit: float(f"{value:.3g}") for unit, value in row.items()}
        rows.append({"name": f"{scale.many:,} as {words}", **row, "files": len(shards)})
    return [*rows, {"name": f"planning {scale.files:,} files", **planning(scale.files)}]


def planning(files):
    """What it takes to plan a run of so many files, in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder, "planning.py")
        script.write_text(PLANNING)
        seconds, loaded, peak = run_to_its_peak(script, files)
    return {"seconds": float(f"{float(seconds):.2g}"), "peak MB": megabytes(peak), "before MB": megabytes(loaded)}


# Prints what planning takes, and the memory, in kB, that libraries and digits have taken before it.
PLANNING = """
import sys, time
import psutil
from moving_mnist_generator import VARIANTS, load_digits
from moving_mnist_generator.files.survey import survey
from moving_mnist_generator.files.shards import plan, shard_rows

load_digits()
before = psutil.Process().memory_info().rss // 1024
size = shard_rows(VARIANTS["two_digits"], "arrays") * int(sys.argv[1])
began = time.perf_counter()
survey(plan("two_digits", {"train": size}, ("arrays",)), "no/such/folder")
print(time.perf_counter() - began, before)
"""

# Runs the script that the arguments name, then prints the peak of its memory in kB. Linux counts in ru_maxrss what
# the parent held when it forked, but not in VmHWM.
PEAK = """
import resource, runpy, sys
sys.argv = sys.argv[1:]
try:
    runpy.run_path(sys.argv[0], run_name="__main__")
finally:
    try:
        peaks = [line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM")]
    except OSError:
        peaks = [resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // (1024 if sys.platform == "darwin" else 1)]
    print(*peaks)
"""


def peak_megabytes(n):
    """Of one run of generate.py."""
    with tempfile.TemporaryDirectory() as folder:
        arguments = ["two_digits", "--layout", "arrays", "--train", n, "--validation", 0, "--test", 0, "--out", folder]
        return megabytes(run_to_its_peak(SCRIPTS / "generate.py", *arguments)[-1])


def run_to_its_peak(script, *arguments):
    """What a script prints, word by word, and the peak of its memory in kB; in a process of its own."""
    command = [sys.executable, "-c", PEAK, script, *map(str, arguments)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()


def megabytes(kilobytes):
    """kB as Linux counts them, a number or a word -> MB."""
    return round(int(kilobytes) * 1024 / 1e6)


SECTIONS = {
    "generating": generating,
    "moving": moving,
    "writing": writing,
    "reading": reading,
    "streaming": streaming,
    "memory": memory,
    "many": many,
}


def in_a_process_of_its_own(table, scale):
    """The table. TensorFlow, torch and Ray take a process down that has all of them in it."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        return pool.submit(table, scale).result()


# What is said of them.


def machine():
    """What these figures were measured on."""
    return {
        "processor": processor(),
        "cores": psutil.cpu_count(),
        "memory_gb": round(psutil.virtual_memory().total / 1e9),
        "system": platform.system(),
        "python": platform.python_version(),
        **{package: version(package) for package in (*NEEDED, *COMPARED)},
    }


def processor():
    """The model, as exactly as the system tells it."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return models[0] if models else platform.processor() or platform.machine()


def version(package):
    """Of an installed package, or None."""
    for name in (package, f"{package}-cpu"):
        try:
            return metadata.version(name)
        except metadata.PackageNotFoundError:
            pass
    return None


def print_table(title, rows):
    """Aligned, units on top."""
    units = list(dict.fromkeys(key for row in rows for key in row if key not in ("name", "note")))
    print(f"\n{title}\n{'':44}" + "".join(f"{unit:>14}" for unit in units))
    for row in rows:
        figures = "".join(f"{figure(unit, row.get(unit)):>14}" for unit in units)
        print(f"{row['name']:44}{figures}{row.get('note', '')}".rstrip(), flush=True)


def figure(unit, value):
    """A ratio to two places, all else whole, or to two digits if it is small; nothing for None."""
    if value is None:
        return ""
    if unit.startswith("x "):
        return f"{value:.2f}"
    return f"{value:,.0f}" if value >= 10 else f"{value:.2g}"


class NewFile(click.Path):
    """Where a file can be written: said before minutes are spent on it."""

    def convert(self, value, param, ctx):
        path = super().convert(value, param, ctx)
        if not path.absolute().parent.is_dir():
            self.fail(f"{path.parent} must be a folder that exists", param, ctx)
        return path


FILE = NewFile(dir_okay=False, writable=True, path_type=Path)


@click.command()
@click.argument("sections", nargs=-1, type=click.Choice(SECTIONS), metavar="[SECTION]...")
@click.option("--json", "json_file", type=FILE, help="Write the tables there.")
@click.option("--picture", type=FILE, help="Draw the ratios of generating and moving there, as PNG.")
@click.option("--small", is_flag=True, help="A few sequences of everything: to see that it runs.")
def benchmark(sections, json_file, picture, small):
    """Measure: generating, moving, writing, reading, streaming, memory, many; all if none is named."""
    sections = sections or SECTIONS
    if picture and not {"generating", "moving"} & set(sections):
        raise click.UsageError("--picture shows generating and moving: name one of them, or none")
    about, tables = machine(), {}
    print("\n".join(f"{key:20} {'not installed' if value is None else value}" for key, value in about.items()))
    for section in sections:
        tables[section] = in_a_process_of_its_own(SECTIONS[section], SMALL if small else Scale())
        print_table(f"{section}: {SECTIONS[section].__doc__}", tables[section])
    if json_file:
        json_file.write_text(json.dumps({"machine": about, "tables": tables}, indent=1) + "\n")
    if picture:
        below = f"{about['processor']}, {about['cores']} cores, Python {about['python']}, numpy {about['numpy']}"
        draw_picture(groups(tables), below).save(picture, "PNG", optimize=True)


if __name__ == "__main__":
    run(benchmark)
