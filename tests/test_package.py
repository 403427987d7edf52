"""What is built, sdist and wheel, is installed and used: no file of the checkout is in reach."""

import ast
import json
import os
import re
import shutil
import site
import subprocess
import sys
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest
import yaml
from helpers import files

import moving_mnist
import moving_mnist_generator
from moving_mnist_generator.core import sequences
from moving_mnist_generator.verbs.program import VERBS

ROOT = Path(__file__).parents[1]
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}


def run(*command, **options):
    """A finished process, its output as text."""
    command = [str(part) for part in command]
    return subprocess.run(command, capture_output=True, text=True, **{"env": ENVIRONMENT, **options})


def built(kind, source, out):
    """The file that the build backend makes of a folder, without the network."""
    ended = run(sys.executable, "-m", "hatchling", "build", "--target", kind, "--directory", out, cwd=source)
    assert ended.returncode == 0, ended.stderr
    (path,) = out.iterdir()
    return path


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory):
    """The folder that the sdist holds."""
    folder = tmp_path_factory.mktemp("sdist")
    with tarfile.open(built("sdist", ROOT, folder / "dist")) as archive:
        archive.extractall(folder, filter="data")
    (found,) = folder.glob("moving_mnist-*")
    return found


@pytest.fixture(scope="module")
def wheel(unpacked, tmp_path_factory):
    """The wheel, built of the sdist as an index would have it."""
    return built("wheel", unpacked, tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def bin_folder(wheel, tmp_path_factory):
    """The programs of an environment that has the wheel, and of this one the other packages, not this project."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, symlinks=True)
    python = folder / "bin" / "python"
    ended = run(sys.executable, "-m", "pip", "--python", python, "install", "--no-deps", "--no-index", wheel)
    assert ended.returncode == 0, ended.stderr
    (own,) = folder.glob("lib/python*/site-packages")
    (own / "others.pth").write_text("\n".join(site.getsitepackages()))  # a path alone: no .pth in it is read
    return folder / "bin"


@pytest.fixture
def installed(bin_folder, tmp_path):
    """Runs `moving-mnist` in an empty folder; what it printed."""

    def call(*arguments, code=0):
        ended = run(bin_folder / "moving-mnist", *arguments, cwd=tmp_path)
        assert ended.returncode == code, ended.stderr
        return ended.stderr if code else ended.stdout

    return call


def test_the_wheel_has_the_recipe_of_the_authors_file_where_the_source_has_it(unpacked, wheel, tmp_path):
    recipe = "moving_mnist_generator/authors.npz"
    assert (recipe in zipfile.ZipFile(wheel).namelist()) == (unpacked / "data/authors.npz").is_file()
    source = shutil.copytree(unpacked, tmp_path / "source")
    (source / "data/authors.npz").write_bytes(b"a recipe")
    assert zipfile.ZipFile(built("wheel", source, tmp_path / "dist")).read(recipe) == b"a recipe"


# What is built.


def test_the_version_is_the_same_everywhere(wheel):
    version = moving_mnist_generator.__version__
    assert version == str(moving_mnist.VERSION) == wheel.name.split("-")[1]
    assert version == yaml.safe_load((ROOT / "CITATION.cff").read_text())["version"]


def test_the_table_of_versions_begins_with_this_one():
    text = (ROOT / "README.md").read_text()
    (row,) = re.findall(r"^\| version \|.*\n.*\n\| (\S+) \| (\d+) \|", text, re.M)
    (newest,) = re.findall(r"^\| generator \|.*\n.*\n\| (\d+) \|", text, re.M)
    assert row == (moving_mnist_generator.__version__, str(sequences.GENERATOR_VERSION)) and newest == str(
        sequences.GENERATOR_VERSION
    )


def test_the_index_shows_the_readme_without_its_yaml(wheel):
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith("/METADATA"))
        head, _, text = archive.read(name).decode().partition("\n\n")
    assert text.startswith("# Moving MNIST\n") and "configs:" not in text
    for line in ("License-Expression: MIT", "Author: The maintainers", "Provides-Extra: video"):
        assert line in head
    hosts = re.findall(r"^Project-URL: .*//([^/]+)", head, re.M)
    assert hosts == ["arxiv.org", "www.cs.toronto.edu"]


def test_the_wheel_holds_the_package_its_digits_and_its_results_and_nothing_else(wheel):
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if ".dist-info/" not in name}
    package = (ROOT / "scripts" / "moving_mnist_generator").rglob("*.*")
    package = {path for path in package if path.suffix in (".py", ".html", ".css", ".js", ".md", ".typed")}
    package = {path.relative_to(ROOT / "scripts").as_posix() for path in package}
    carried = {"mnist.npz", *(f"evaluation/{name}.csv" for name in ("baselines", "baseline_curves", "published"))}
    assert names == {"moving_mnist.py", *package, *(f"moving_mnist_generator/{name}" for name in carried)}


@pytest.mark.parametrize("folder", ["data/pictures", "data/results", "scripts", "tests"])
def test_the_sdist_holds_what_the_checkout_holds(unpacked, folder):
    kept = {path for path in files(ROOT / folder) if "__pycache__" not in path}
    assert kept and kept == {*files(unpacked / folder)}
    assert all((unpacked / name).is_file() for name in ("README.md", "CITATION.cff", "Makefile", "data/mnist.npz"))


@pytest.mark.ci
def test_tests_that_read_other_files_pass_in_the_sdist(unpacked):
    names = ("test_preview.py", "test_evaluation_published.py", "test_tables.py")
    path = os.pathsep.join([str(unpacked), str(unpacked / "scripts")])
    tests = [f"tests/{name}" for name in names]
    ended = run(sys.executable, "-m", "pytest", *tests, cwd=unpacked, env={**ENVIRONMENT, "PYTHONPATH": path})
    assert ended.returncode == 0, ended.stdout[-3_000:]


# What is installed.


@pytest.mark.ci
def test_the_installed_command_makes_the_files_that_the_script_makes(installed, bin_folder, command, tmp_path):
    arguments = ("generate", "two_digits", "--train", 3, "--validation", 2, "--test", 0)
    assert "10 sequences" in installed(*arguments, "--out", "wheel")
    assert command(*arguments, "--out", "script").returncode == 0
    module = run(bin_folder / "python", "-m", "moving_mnist_generator", *arguments, "--out", "module", cwd=tmp_path)
    assert module.returncode == 0, module.stderr
    assert files(tmp_path / "wheel") == files(tmp_path / "script") == files(tmp_path / "module") != {}


def test_the_installed_package_is_that_of_the_wheel_and_has_its_results(bin_folder, tmp_path):
    program = (
        "import json, moving_mnist, moving_mnist_generator as package\n"
        "from moving_mnist_generator.evaluation import comparisons, published\n"
        "found = [moving_mnist.__file__, package.__file__, package.__version__]\n"
        "print(json.dumps([*found, len(published.published_results()), len(comparisons.baseline_results())]))\n"
    )
    ended = run(bin_folder / "python", "-c", program, cwd=tmp_path)
    assert ended.returncode == 0, ended.stderr
    *paths, version, published, baselines = json.loads(ended.stdout)
    assert all(path.startswith(str(bin_folder.parent)) for path in paths)
    assert version == moving_mnist_generator.__version__ and published > 50 and baselines > 50


@pytest.mark.ci
def test_workers_of_the_installed_command_find_the_package(installed, tmp_path):
    sizes = ("--train", 3, "--validation", 0, "--test", 0)
    installed("generate", "one_digit", *sizes, "--workers", 2, "--out", "data")
    assert (tmp_path / "data/one_digit/train-00000-of-00001.parquet").is_file()


def test_sequences_leave_and_are_scored_by_the_installed_command(installed, tmp_path):
    installed("generate", "two_digits", "--train", 0, "--validation", 0, "--test", 3)
    installed("export", "data/two_digits", "--format", "npy", "--out", "out")
    scores = installed("evaluate", "--truth", "out/mnist_test_seq.npy", "--baseline", "black")
    assert "recommended" in scores
    for out in ("rows.gif", "rows.html"):
        installed("preview", "data/two_digits", "--out", out)
        assert (tmp_path / out).is_file()


def test_without_a_verb_all_are_listed(installed):
    assert installed() == installed("--help")
    assert all(re.search(rf"^  {verb} +[A-Z]", installed(), re.M) for verb in VERBS)
    assert installed("--version") == f"moving-mnist, version {moving_mnist_generator.__version__}\n"


@pytest.mark.parametrize("arguments", [("sing",), ("generate",), ("generate", "two_digits", "--sing")])
def test_a_wrong_argument_is_one_line_and_exit_code_2(installed, arguments):
    line = installed(*arguments, code=2)
    assert line.startswith("error: ") and line.count("\n") == 1


def test_push_needs_a_checkout_whose_card_it_publishes(installed, tmp_path):
    installed("generate", "two_digits", "--train", 2, "--validation", 2, "--test", 2)
    push = ("push", "user/moving", "--dry-run", "staged")
    assert "push publishes the card and the code of a checkout" in installed(*push, code=2)
    assert not (tmp_path / "staged").exists()
    shutil.copytree(ROOT / "scripts", tmp_path / "scripts", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "README.md", tmp_path)
    assert "load_dataset" in installed(*push)
    assert (tmp_path / "staged/README.md").is_file()


# Doors.


def test_names_for_type_checkers_are_those_that_are_imported_when_they_are_used():
    tree = ast.parse(Path(moving_mnist_generator.__file__).read_text())
    (block,) = (node for node in tree.body if isinstance(node, ast.If))
    shown = {alias.asname: line.module for line in block.body for alias in line.names}
    assert shown == {**moving_mnist_generator.PUBLIC, **dict.fromkeys(moving_mnist_generator.MODULES)}


def test_each_verb_has_a_door_in_scripts_and_its_own_module():
    for module in VERBS.values():
        text = (ROOT / "scripts" / f"{module}.py").read_text()
        door = re.sub(r"\A# /// script\n(#.*\n)*?# ///\n", "", text)
        assert f'    start("{module}")\n' in door and door.count("\n") == 6
    modules = {path.stem for path in (ROOT / "scripts/moving_mnist_generator/verbs").glob("*.py")}
    assert modules == {"__init__", "commands", "program", "start", *VERBS.values()}
