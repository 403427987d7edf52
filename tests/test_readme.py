"""The README's code runs: every bash and python block that is not marked otherwise, in order, as a reader would."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from moving_mnist_generator import VARIANTS
from moving_mnist_generator.motions import MOTIONS

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()
BLOCKS = re.findall(r"^```(python|bash)\n(.*?)^```$", README, re.M | re.S)


def run(language, block, folder):
    """One block in `folder`, where scripts/ is; what it printed."""
    python = Path(sys.executable)
    environment = {**os.environ, "HOME": str(folder), "PATH": f"{python.parent}{os.pathsep}{os.environ['PATH']}"}
    command = [python, "-c", block] if language == "python" else ["bash", "-euc", block]
    ended = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    assert ended.returncode == 0, f"{block}\n{ended.stderr}"
    return ended.stdout


def test_every_block_runs_in_order(tmp_path):
    (tmp_path / "scripts").symlink_to(ROOT / "scripts")
    assert len(BLOCKS) >= 3
    printed = "".join(run(language, block, tmp_path) for language, block in BLOCKS)
    assert "(20, 64, 64)" in printed and "(100, 20, 64, 64) uint8" in printed


def test_blocks_that_need_the_network_or_are_run_elsewhere_are_few_and_marked():
    fences = re.findall(r"^```(\w.*)$", README, re.M)
    assert set(fences) <= {"python", "bash", "python notest", "console", "bibtex"}
    assert fences.count("python notest") <= 4


@pytest.mark.parametrize("path", sorted(set(re.findall(r"\((data/[^)]+|scripts/[^)]+)\)", README))))
def test_every_file_that_it_shows_is_there(path):
    assert (ROOT / path).is_file()


def test_every_option_of_generate_is_explained(command):
    shown = command("generate", "--help").stdout
    options = set(re.findall(r"--[a-z]+", shown)) - {"--help"}
    assert options and options <= set(re.findall(r"--[a-z]+", README))


def test_the_speeds_told_are_those_of_the_benchmarks_file():
    rows = measured()
    made, moved, read, written = rows["generating"], rows["moving"], rows["reading"], rows["writing"]
    motions = [moved[motion]["x other"] for motion in MOTIONS]
    speed = README[README.index("## Speed") :]
    told = re.findall(r"^\| .* \| ([\d. to]+) \|$", speed, re.M)
    assert told[:8] == [
        f"{made['two_digits']['x plain loop']:.0f}",
        f"{made['two_digits']['x fill']:.2f}",
        f"{min(motions):.0f} to {max(motions):.0f}",
        f"{moved['images_as_moving_sequences']['x other']:.0f}",
        f"{written['images, 2 workers']['x 1 worker']:.1f}",
        f"{written['arrays, 2 workers']['x 1 worker']:.1f}",
        f"{read['images, load_dataset, once']['x arrays']:.0f}",
        f"{1 / read['images, random batches']['x arrays']:.0f}",
    ]
    slow = [made[name]["sequences/s"] for name, variant in VARIANTS.items() if variant.turns_or_scales]
    fast = [made[name]["sequences/s"] for name, variant in VARIANTS.items() if not variant.turns_or_scales]
    rate = {what: written[f"{what}, 1 worker"]["sequences/s"] for what in ("images", "arrays")}
    images, arrays = rate.values()
    peaks = {row["peak MB"] for row in rows["memory"].values()}
    told = re.sub(r"\s+", " ", speed)
    for words in (
        f"digits make {rounded(min(slow))} to {rounded(max(slow))} sequences a second",
        f"the others make {rounded(min(fast))} to {rounded(max(fast))}.",
        f"come at {rounded(images)} sequences a second as pictures, where PNGs are "
        f"{100 * images / written['images, PNGs alone']['sequences/s']:.0f} % of the work",
        f"at {rounded(arrays)} as arrays, where nearly all of it is Parquet",
        f"{max(peaks):.0f} MB for 10,000 and for 100,000.",
    ):
        assert words in told, words
    assert max(peaks) - min(peaks) < 5
    assert arrays / written["arrays, Parquet alone"]["sequences/s"] > 0.9


def test_what_a_hundred_million_take_is_what_the_benchmark_reckons():
    *layouts, planning = measured()["many"].values()
    section = README[README.index("### A hundred million") :]
    told = re.findall(r"^\| (?:work|size|files).* \| ([\d,.]+) \| ([\d,.]+) \|$", section, re.M)
    assert told == [tuple(f"{row[unit]:,.0f}" for row in layouts) for unit in ("core hours", "GB", "files")], told
    seconds, megabytes = planning["seconds"], planning["peak MB"] - planning["before MB"]
    assert f"files takes {seconds:.1f} s and {megabytes:.0f} MB." in re.sub(r"\s+", " ", section)


def measured():
    """{section: {name of a row: row}} of the benchmark's file."""
    tables = json.loads((ROOT / "scripts" / "benchmark.json").read_text())["tables"]
    return {section: {row["name"]: row for row in table} for section, table in tables.items()}


def rounded(rate):
    """To two digits."""
    return f"{float(f'{rate:.2g}'):,.0f}"
