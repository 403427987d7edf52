"""What a publish sends: an explicit list of files, in the repo's own name, and no Parquet file that is damaged."""

import importlib.util
import io
import re
import shutil
import tarfile
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from clients import run_script
from huggingface_hub import constants
from publishers import write

from moving_mnist_generator.common.checks import InputError
from moving_mnist_generator.files.shards import plan
from moving_mnist_generator.publishing.contents import (
    OF_SOURCE,
    PLACEHOLDER,
    globbed,
    installable,
    listed_files,
    other_files,
)
from moving_mnist_generator.publishing.distributions import SDIST, SOURCES, WHEEL
from moving_mnist_generator.publishing.facts import read_configs
from moving_mnist_generator.publishing.verify import DamagedFile, verify_file
from moving_mnist_generator.running.engines import make

ROOT = Path(__file__).parents[1]
STRAYS = (  # what may lie in a checkout and is nobody's business
    "token.txt",
    ".env",
    "notes.md",
    "scripts/token.txt",
    "scripts/id_rsa",
    "scripts/env",
    "scripts/.hidden.py",
    "scripts/venv/lib/site.py",
    "scripts/moving_mnist.egg-info/PKG-INFO",
    "scripts/moving_mnist_generator/.netrc",
    "scripts/moving_mnist_generator/token.json",
    "scripts/moving_mnist_generator/venv/lib/site.py",
    "scripts/moving_mnist_generator/files/__pycache__/made.py",
    "scripts/moving_mnist_generator/.cache/__init__.py",
    "data/pictures/.secret.gif",
    "data/pictures/host.txt",
    "data/results/notes.txt",
    "data/other/private.csv",
    "data/.env",
    "data/id_rsa",
    "data/token.txt",
    "data/.cache/huggingface/token",
    "data/pictures/venv/lib/site.png",
    "data/results/.env.json",
    "tests/.env",
    "tests/id_rsa",
    "tests/token.txt",
    "tests/.pytest_cache/README.md",
    "tests/venv/lib/site.py",
    "venv/lib/site.py",
    "moving_mnist.egg-info/PKG-INFO",
    "scripts/.env",
    "scripts/.cache/made.py",
    "scripts/__pycache__/made.py",
    "scripts/speed/.env",
    "scripts/speed/id_rsa",
)


def copied(names, folder):
    """The folder, with copies of files of this checkout."""
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, folder / name)
    return folder


def with_strays(folder):
    """The folder, with what may lie in a checkout."""
    for name in STRAYS:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("secret")
    return folder


@pytest.fixture
def checkout(tmp_path):
    """A copy of what is published of this checkout."""
    return copied(listed_files(ROOT), tmp_path / "checkout")


def test_code_and_pictures_are_published(checkout):
    names = set(listed_files(checkout))
    assert {"LICENSE", "scripts/generate.py", "scripts/moving_mnist_generator/publishing/contents.py"} <= names
    assert {"data/pictures/two_digits.gif", "scripts/moving_mnist_generator/motions/svg.py"} <= names
    assert {path.suffix for path in map(Path, names)} <= {
        *(".py", ".json", ".md", ".gif", ".png", ".webp", ".csv", ""),
        *(".html", ".css", ".js", ".typed"),
    }
    assert {path.relative_to(ROOT).as_posix() for path in (ROOT / "scripts").rglob("*.py")} <= names
    linked = set(re.findall(r"\]\(((?:data|scripts)/[^)]+)\)", (ROOT / "README.md").read_text()))
    assert linked and linked <= names


def test_strays_are_not_published(checkout):
    before = set(listed_files(checkout))
    assert set(listed_files(with_strays(checkout))) == before


@pytest.mark.parametrize(
    "link", ["scripts/passwd.py", "scripts/moving_mnist_generator/passwd.py", "data/pictures/host.gif", "data/results"]
)
def test_no_link_is_followed_out(checkout, tmp_path, link):
    shutil.rmtree(checkout / link, ignore_errors=True)
    before, outside = set(listed_files(checkout)), tmp_path / "outside"
    outside.mkdir()
    for name in ("passwd", "__init__.py", "rows.csv"):
        (outside / name).write_text("secret")
    (checkout / link).symlink_to(outside if link.endswith("results") else outside / "passwd")
    (checkout / "scripts/moving_mnist_generator/outside").symlink_to(outside)
    assert set(listed_files(checkout)) == before


def test_the_card_names_the_repo_that_it_is_published_to(data):
    configs = read_configs(data)
    hashes = {f"data/{shard.path.parent.name}/{shard.path.name}": "0" * 64 for c in configs for shard in c.shards}
    assert PLACEHOLDER in (ROOT / "README.md").read_text()
    files = other_files(configs, hashes, "alice/bouncing", "trial")
    card, croissant = files["README.md"].decode(), files["croissant.json"].decode()
    assert 'load_dataset("alice/bouncing"' in card and PLACEHOLDER not in card + croissant
    assert "https://huggingface.co/datasets/alice/bouncing/resolve/trial/data/default/train-" in croissant


# The wheel and the source


@pytest.fixture(scope="module")
def sources(tmp_path_factory):
    """Another copy, with what a wheel and the source need besides, and strays."""
    names = (*listed_files(ROOT), *SOURCES, *globbed(ROOT, OF_SOURCE))
    return with_strays(copied(names, tmp_path_factory.mktemp("sources")))


@pytest.fixture(scope="module")
def built(sources):
    """What is published besides, for the branch `trial` of a repo."""
    return installable(sources, "alice/bouncing", "trial")


def test_wheel_and_source_hold_no_stray(built, sources):
    names = zipfile.ZipFile(io.BytesIO(built[WHEEL])).namelist()
    assert {"moving_mnist.py", "moving_mnist_generator/py.typed", "moving_mnist_generator/mnist.npz"} <= set(names)
    strays = {name.rpartition("/")[2] for name in STRAYS} - {"__init__.py"}
    assert not strays & {name.rpartition("/")[2] for name in names}
    with tarfile.open(fileobj=io.BytesIO(built[SDIST])) as archive:
        inside = {name.partition("/")[2] for name in archive.getnames()}
    tracked = {*SOURCES, *listed_files(sources), *globbed(sources, OF_SOURCE)}
    assert inside == {*tracked, "PKG-INFO"} and {"Makefile", "tests/test_contents.py"} <= inside


def test_the_published_script_names_the_wheel_beside_it(built):
    header = built["scripts/generate.py"].decode().partition("# ///\n")[0]
    assert f'{{ url = "{constants.ENDPOINT}/datasets/alice/bouncing/resolve/trial/{WHEEL}" }}' in header
    assert "path" not in header


def test_a_clone_from_the_hub_passes_wheel_and_source_on(checkout):
    assert installable(checkout, "bob/again", "main") == {}
    (checkout / "dist").mkdir()
    for name in (WHEEL, SDIST):
        assert name in (ROOT / "README.md").read_text()
        (checkout / name).write_bytes(name.encode())
    passed = installable(checkout, "bob/again", "main")
    assert (passed[WHEEL], passed[SDIST]) == (WHEEL.encode(), SDIST.encode())


def test_a_wheel_needs_its_builder(checkout, monkeypatch):
    copied(SOURCES, checkout)
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(InputError, match=r'publishing needs hatchling: pip install "moving-mnist\[publishing\]"'):
        installable(checkout, "alice/bouncing", "main")


# Before anything is sent


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """{name of a file of 30 sequences: its ShardFile}, of every layout, grey and in colour."""
    out = tmp_path_factory.mktemp("verify")
    for name in ("two_digits", "coloured"):
        for _ in make(plan(name, {"train": 30}, ("frames", "arrays", "strips")), out):
            pass
    return {config.name: config.shards[0] for config in read_configs(out)}


FILES = ["two_digits", "two_digits_arrays", "two_digits_strips", "coloured", "coloured_arrays", "coloured_strips"]


@pytest.mark.parametrize("name", FILES)
def test_a_whole_file_is_verified_row_group_by_row_group(files, name):
    counted = []
    verify_file(files[name].path, files[name], counted.append)
    assert sum(counted) == 30


@pytest.mark.parametrize("name", FILES)
def test_a_flipped_byte_in_a_page_of_any_column_is_found(files, name, tmp_path):
    shard, content = files[name], files[name].path.read_bytes()
    group = pq.read_metadata(shard.path).row_group(0)
    for column in map(group.column, range(group.num_columns)):
        first = column.dictionary_page_offset or column.data_page_offset
        at = first + column.total_compressed_size - 1  # the last byte of the column's last page
        damaged = tmp_path / "damaged.parquet"
        damaged.write_bytes(content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :])
        with pytest.raises(DamagedFile, match="is damaged, make it again: ") as error:
            verify_file(damaged, shard)
        assert str(error.value).startswith(str(shard.path)) and "\n" not in str(error.value), column.path_in_schema


def test_other_frames_in_whole_pages_are_found_by_their_hash(files, tmp_path):
    other = replace(files["two_digits_strips"], recipe=files["two_digits_strips"].recipe | {"frames_sha256": "0" * 64})
    with pytest.raises(DamagedFile, match="its frames are not those whose sha256 it records"):
        verify_file(other.path, other)
    with pytest.raises(DamagedFile, match="its sequences must be .* by its recipe, not"):
        verify_file(files["two_digits_strips"].path, files["coloured_strips"])


def test_a_damaged_file_is_neither_staged_nor_published(hub, tmp_path):
    for number in range(2):
        path = tmp_path / f"data/two/train-{number:05d}-of-00002.parquet"
        write(path, "arrays", np.full((2, 20, 64, 64), number, "uint8"))
    content = bytearray(path.read_bytes())  # the second one, which is not read back
    content[len(content) // 3] ^= 1
    path.write_bytes(content)
    for flags in (["--dry-run", tmp_path / "staged"], []):
        ended = run_script("push_to_hub", "user/two", "--data", tmp_path / "data", *flags)
        assert ended.returncode == 2 and f"{path} is damaged, make it again: " in ended.stderr
        assert ended.stderr.count("\n") == 1 and "verified" not in ended.stdout
    assert set(hub.tree("user/two")) == {".gitattributes"}
    assert sorted(path.name for path in tmp_path.iterdir() if "staged" in path.name) == []
