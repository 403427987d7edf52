"""The READMEs' code runs, as a reader would run it: every block that is not marked otherwise, in order."""

import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from compat import REPO, TOKEN, hub_variables

from moving_mnist_generator.variants import all_fields

ROOT = Path(__file__).parents[1]
READMES = {path: (ROOT / path).read_text(encoding="utf-8") for path in ("README.md", "scripts/README.md")}
README = READMES["README.md"]
FENCE = re.compile(r"^```(\w+(?: \w+)?)\n(.*?)^```$", re.M | re.S)
MARKS = {  # what a block's first line may say
    "python": "runs here",
    "bash": "runs here",
    "python torch": "runs if torch is installed",
    "python hub": "runs against a stand-in of the Hub",
    "python notest": "needs the network",
    "console": "shows a session",
    "text": "shows output",
    "bibtex": "is a reference",
}


def run(language, block, folder, **environment):
    """One block in `folder`, where scripts/ is; what it printed."""
    python = Path(sys.executable)
    path = f"{python.parent}{os.pathsep}{os.environ['PATH']}"
    command = [python, "-c", block] if language.startswith("python") else ["bash", "-euc", block]
    environment = {**os.environ, "HOME": str(folder), "PATH": path, **environment}
    ended = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    assert ended.returncode == 0, f"{block}\n{ended.stderr}"
    return ended.stdout


@pytest.fixture
def published_repo(hub, command, tmp_path):
    """A small user/moving_mnist on a stand-in of the Hub; the environment variables that lead to it."""
    np.save(tmp_path / "test.npy", np.zeros((20, 3, 64, 64), np.uint8))
    variables = {**hub_variables(hub, tmp_path / "hf"), "HF_TOKEN": TOKEN}
    for script, *arguments in (
        ("generate", "default", "two_digits", "--train", 4, "--validation", 3, "--test", 2),
        ("export_test", "--source", "test.npy", "--no-verify"),
    ):
        assert command(script, *arguments).returncode == 0
    ended = command("push_to_hub", REPO, "--allow-other-test", process=True, **variables)
    assert ended.returncode == 0, ended.stderr
    return variables


def blocks(path, *marks):
    """[(mark, block)] of a README, of some marks; those that make files come first."""
    found = [(mark, block) for mark, block in FENCE.findall(READMES[path]) if mark in marks]
    return sorted(found, key=lambda pair: pair[0] != "bash")


@pytest.mark.parametrize("path", READMES)
def test_every_block_runs(path, tmp_path):
    (tmp_path / "scripts").symlink_to(ROOT / "scripts")
    marks = ("python", "bash") if importlib.util.find_spec("torch") is None else ("python", "bash", "python torch")
    found = blocks(path, *marks)
    printed = "".join(run(mark, block, tmp_path) for mark, block in found)
    assert len(found) >= 4
    if path == "README.md":
        for claim in ("uint8 (32, 20, 64, 64) uint8", "(100, 20, 64, 64) uint8", "(8, 20, 64, 128, 3)"):
            assert claim in printed


def test_the_first_block_loads_what_is_published(published_repo, tmp_path):
    ((_, block),) = blocks("README.md", "python hub")
    printed = run("python", block, tmp_path, **published_repo)
    assert f"# {printed.strip()}" in block


def test_blocks_that_do_not_run_here_are_few_and_marked():
    fences = [mark for text in READMES.values() for mark in re.findall(r"^```(\w.*)$", text, re.M)]
    assert set(fences) <= set(MARKS)
    assert fences.count("python notest") <= 2 and fences.count("python torch") <= 2


@pytest.mark.parametrize("path", READMES)
def test_every_file_that_is_shown_is_there(path):
    links = set(re.findall(r"\]\(((?:data|scripts)/[^)]+)\)", READMES[path]))
    assert links or path != "README.md"
    for link in links:
        assert (ROOT / link).is_file(), link


def test_every_link_inside_the_readme_leads_to_a_heading():
    headings = {
        re.sub(r"[^\w -]", "", line.lower()).strip().replace(" ", "-")
        for line in re.findall(r"^#+ (.*)$", README, re.M)
    }
    links = re.findall(r"\]\(#([^)]+)\)", README)
    assert links and set(links) <= headings


def test_every_option_of_generate_is_explained(command):
    options = set(re.findall(r"--[a-z]+(?:-[a-z]+)*", command("generate", "--help").stdout)) - {"--help"}
    assert options and options <= set(re.findall(r"--[a-z]+(?:-[a-z]+)*", README))


def test_every_field_of_a_variant_is_explained():
    assert all(f"| `{name}` | {field.meaning} |" in README for name, field in all_fields().items())


def test_generated_tables_are_fresh():
    cog = [sys.executable, "-m", "cogapp", "--check", "--diff", "-I", "scripts", "README.md"]
    ended = subprocess.run(cog, cwd=ROOT, capture_output=True, text=True)
    assert ended.returncode == 0, ended.stdout + ended.stderr
