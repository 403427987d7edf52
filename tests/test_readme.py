"""The READMEs' code runs, as a reader would run it: every block that is not marked otherwise, in order."""

import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path

import datasets
import numpy as np
import pytest
from compat import REPO, TOKEN, hub_variables

from moving_mnist_generator.core.variants import all_fields

ROOT = Path(__file__).parents[1]
READMES = {path: (ROOT / path).read_text(encoding="utf-8") for path in ("README.md", "scripts/README.md")}
README = READMES["README.md"]
FENCE = re.compile(r"^```(\w+(?: \w+)?)\n(.*?)^```$", re.M | re.S)
PACKAGES = ("jax", "tensorflow", "torch")  # installed by ways.py, each in an environment of its own
MARKS = {  # what a block's first line may say
    "python": "runs here",
    "bash": "runs here",
    **{f"python {package}": f"runs if {package} is installed" for package in PACKAGES},
    "python datasets5": "runs with datasets 5 and newer",
    "python hub": "runs against a stand-in of the Hub",
    "bash hub": "runs against a stand-in of the Hub",
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
    """[(mark, block)] of a README, of some marks, in order."""
    return [(mark, block) for mark, block in FENCE.findall(READMES[path]) if mark in marks]


def run_all(found, folder, **environment):
    """Run blocks one after the other; what a comment behind `print` says, up to ; or :, must be printed."""
    for mark, block in found:
        printed = run(mark, block, folder, **environment).splitlines()
        for said in re.findall(r"^print\(.*\)(?:  |\n)# (.*)$", block, re.M):
            assert re.split("[;:] ", said)[0] in printed, f"{said}\n{printed}\n{block}"


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """A folder after the first command of the README, which makes the files that its examples read."""
    folder = tmp_path_factory.mktemp("readme")
    (folder / "scripts").symlink_to(ROOT / "scripts")
    run_all(blocks("README.md", "bash")[:1], folder)
    return folder


@pytest.fixture(scope="module")
def made(small):
    """The same folder after all commands."""
    run_all(blocks("README.md", "bash")[1:], small)
    return small


@pytest.mark.parametrize("path", READMES)
def test_every_block_runs(path, made):
    found = blocks(path, "python")
    assert len(found) >= 4
    run_all(found, made)


@pytest.mark.parametrize("package", PACKAGES)
def test_every_block_for_a_package_runs_where_it_is_installed(package, small):
    found = blocks("README.md", f"python {package}")
    assert found
    if importlib.util.find_spec(package) is None:
        pytest.skip(f"{package} is not installed")
    run_all(found, small)


@pytest.mark.ci
@pytest.mark.skipif(int(datasets.__version__.split(".")[0]) < 5, reason="datasets below 5 makes no more shards")
def test_every_block_for_datasets_5_runs(small):
    found = blocks("README.md", "python datasets5")
    assert found
    run_all(found, small)


def test_every_block_about_the_hub_runs_on_what_is_published(published_repo, tmp_path):
    found = blocks("README.md", "python hub", "bash hub")
    assert [mark for mark, _ in found][:2] == ["python hub", "bash hub"]
    run_all(found, tmp_path, **published_repo)


def test_blocks_that_do_not_run_here_are_few_and_marked():
    fences = [mark for text in READMES.values() for mark in re.findall(r"^```(\w.*)$", text, re.M)]
    assert set(fences) <= set(MARKS)
    assert fences.count("python notest") <= 1 and fences.count("python torch") <= 2


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
