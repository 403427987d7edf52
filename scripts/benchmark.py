"""Speed and memory, side by side in one run: ratios mean something on any machine, figures on this one alone.

Rates are the best of some rounds, in which everything that is compared takes turns, so that a busy moment
of the machine hits all alike.
"""

import json
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import click
import numpy as np
import psutil

from moving_mnist_generator import VARIANTS, generate, load_digits
from moving_mnist_generator.commands import run
from moving_mnist_generator.engines import make
from moving_mnist_generator.shards import plan

N = 1_024  # sequences a measurement
FRAMES = (N, 20, 64, 64)
SCRIPTS = Path(__file__).parent


def rates(candidates, n=N, rounds=7):
    """{name: function that makes n sequences} -> {name: sequences a second}."""
    best = dict.fromkeys(candidates, float("inf"))
    for _ in range(rounds):
        for name, function in candidates.items():
            began = time.perf_counter()
            function()
            best[name] = min(best[name], time.perf_counter() - began)
    return {name: n / seconds for name, seconds in best.items()}


def fill():
    """The ceiling: as many bytes of fresh memory, each written once."""
    return np.full(FRAMES, 1, np.uint8)


def plain_loop(n=N, num_digits=2, frame_size=64, digit_size=28, num_frames=20, step=0.1):
    """The floor: the authors' recurrence as it reads, one sequence, one digit, one frame at a time."""
    rng, images = np.random.default_rng(0), load_digits().train_images
    frames = np.zeros((n, num_frames, frame_size, frame_size), np.uint8)
    free = frame_size - digit_size
    for sequence in frames:
        for _ in range(num_digits):
            image = images[rng.integers(50_000)]
            y, x, theta = rng.random(), rng.random(), rng.random() * 2 * np.pi
            v_y, v_x = np.sin(theta), np.cos(theta)
            for frame in sequence:
                y, x = y + v_y * step, x + v_x * step
                if y <= 0 or y >= 1:
                    y, v_y = min(max(y, 0.0), 1.0), -v_y
                if x <= 0 or x >= 1:
                    x, v_x = min(max(x, 0.0), 1.0), -v_x
                top, left = int(y * free), int(x * free)
                block = frame[top : top + digit_size, left : left + digit_size]
                np.maximum(block, image, out=block)
    return frames


def generating():
    """generate(), each variant, against both."""
    candidates = {"fill fresh memory": fill, "plain loop, two digits": plain_loop}
    for name in VARIANTS:
        candidates[f"generate {name}"] = lambda name=name: generate(name, "train", range(N))
    found = rates(candidates)
    return [
        (name, rate, rate / found["fill fresh memory"], rate / found["plain loop, two digits"])
        for name, rate in found.items()
    ]


def writing():
    """generate.py's work to finished Parquet files, one process, by layout."""
    with tempfile.TemporaryDirectory() as folder:
        shards = {layout: plan("two_digits", {"train": 2 * N}, (layout,)) for layout in ("frames", "arrays")}
        candidates = {
            f"Parquet, {layout}": lambda planned=planned: sum(make(planned, folder))
            for layout, planned in shards.items()
        }
        found = rates(candidates, n=2 * N, rounds=3) | rates({"fill fresh memory": fill})
    return [(name, rate, rate / found["fill fresh memory"], None) for name, rate in found.items()]


def memory():
    """Peak memory of generate.py --layout arrays for 10,000 and 100,000 sequences, in MB."""
    return [(f"peak MB at {n:,} sequences", peak_megabytes(n), None, None) for n in (10_000, 100_000)]


def peak_megabytes(n):
    """Of one run of generate.py, as a process of its own that reports its own peak."""
    code = (
        "import resource, runpy, sys; sys.argv = sys.argv[1:]\n"
        "try: runpy.run_path(sys.argv[0], run_name='__main__')\n"
        "finally: print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
    )
    with tempfile.TemporaryDirectory() as folder:
        arguments = ["two_digits", "--layout", "arrays", "--train", n, "--validation", 0, "--test", 0, "--out", folder]
        command = [sys.executable, "-c", code, SCRIPTS / "generate.py", *map(str, arguments)]
        printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    unit = 1 if sys.platform == "darwin" else 1024  # bytes of ru_maxrss
    return int(printed.split()[-1]) * unit / 1e6


SECTIONS = {"generating": generating, "writing": writing, "memory": memory}


def machine():
    """What these figures were measured on."""
    return {
        "processor": platform.processor() or platform.machine(),
        "cores": psutil.cpu_count(),
        "memory_gb": round(psutil.virtual_memory().total / 1e9),
        "python": platform.python_version(),
        "numpy": np.__version__,
    }


@click.command()
@click.argument("sections", nargs=-1, type=click.Choice(SECTIONS), metavar="[SECTION]...")
@click.option("--json", "json_file", type=click.Path(dir_okay=False, path_type=Path), help="Write the table there.")
def benchmark(sections, json_file):
    """Measure: generating, writing, memory; all if none is named."""
    print(", ".join(f"{key} {value}" for key, value in machine().items()))
    table = {}
    for section in sections or SECTIONS:
        print(f"\n{SECTIONS[section].__doc__}\n{'':40}{'per second':>12}{'x fill':>8}{'x loop':>8}")
        table[section] = SECTIONS[section]()
        for name, *figures in table[section]:
            print(f"{name:40}{figures[0]:12,.0f}" + "".join(f"{f:8.2f}" if f else f"{'':8}" for f in figures[1:]))
    if json_file:
        json_file.write_text(json.dumps({"machine": machine(), "table": table}, indent=1) + "\n")


if __name__ == "__main__":
    run(benchmark)
