"""Whatever the disk does: one line, exit code 2, what was there is still there, and nothing half stays.

A disk is full at a byte drawn at random: no file may grow beyond it.
"""

import random
import resource
import shutil

import numpy as np
import pytest
from filelock import FileLock
from helpers import LAYOUTS, sums

from moving_mnist_generator.exports import EXPORTS

ALL = [f"--layout={name}" for name in LAYOUTS]
GENERATE = ("generate", "two_digits", "--train=60", "--validation=0", "--test=0", *ALL)
WRITERS = {
    "generate": (*GENERATE, "--out=new"),
    "generate --overwrite": (*GENERATE, "--seed=1", "--overwrite"),
    "export-test": ("export_test", "--source=seq.npy", "--no-verify", "--out=tests"),
    "preview": ("preview", "data/two_digits", "--out=rows.gif"),
    "update-card": ("update_card",),
    **{name: ("export", "seq.npy", f"--format={name}", "--out=out") for name in EXPORTS},
}
PLANNED, AUTHORS = "train-00000-of-00001.parquet", "test-00000-of-00001.parquet"


@pytest.fixture
def folder(every_layout, tmp_path):
    """tmp_path with a data folder, a README, and a small file as the authors'."""
    shutil.copytree(every_layout / "two_digits", tmp_path / "data/two_digits")
    (tmp_path / "README.md").write_text("# Mine\n" + "text\n" * 5_000)
    (tmp_path / "rows.gif").write_bytes(b"an older picture")
    noise = np.random.default_rng(0).integers(0, 256, (20, 12, 64, 64), np.uint8)
    np.save(tmp_path / "seq.npy", noise)
    return tmp_path


def files(folder):
    """Hashes of what a user has there."""
    return {name: found for name, found in sums(folder).items() if not name.startswith(("home/", "cache/"))}


@pytest.mark.parametrize("name", WRITERS)
def test_a_full_disk_is_one_line_and_changes_nothing(name, folder, refused):
    rng, before = random.Random(name), files(folder)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    for size in (0, *(rng.randrange(1, 3_000) for _ in range(3))):
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
        try:
            line = refused(*WRITERS[name])
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        assert "File too large" in line, line
        assert files(folder) == before


def test_two_workers_on_a_full_disk_end_in_one_line(folder, refused):
    before = files(folder)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, hard))
    try:
        line = refused(*GENERATE, "--workers=2", "--out=new", process=True)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert "File too large" in line
    assert files(folder) == before and not (folder / "new").exists()


@pytest.mark.parametrize(
    ("arguments", "in_the_way"),
    [
        ((*GENERATE, "--out=new"), f"new/two_digits/{PLANNED}"),
        (
            ("export_test", "--source=seq.npy", "--no-verify", "--layout=arrays"),
            "data/arrays/test-00000-of-00001.parquet",
        ),
        (("preview", "data/two_digits", "--out=sheet.png"), "sheet.png"),
        (("update_card", "--data=data"), "dataset_infos.json"),
        (("export", "seq.npy", "--format=npy", "--out=out"), "out/mnist_test_seq.npy"),
    ],
)
def test_a_folder_where_a_file_belongs_is_one_line(folder, refused, arguments, in_the_way):
    (folder / in_the_way / "mine").mkdir(parents=True)
    (folder / in_the_way / "mine/notes").write_text("mine")
    before = files(folder)
    refused(*arguments)
    assert files(folder) == before


@pytest.mark.parametrize(
    ("arguments", "in_the_way"),
    [
        ((*GENERATE, "--out=new"), "new/two_digits_strips"),
        (("export_test", "--source=seq.npy", "--no-verify"), "data/default"),
        (("preview", "data/two_digits", "--out=new/sheet.png"), "new"),
        (("export", "seq.npy", "--format=frames", "--out=out"), "out/test_frames"),
        (("push_to_hub", "user/x", "--data=data", "--dry-run=staged"), "staged"),
    ],
)
def test_a_file_where_a_folder_belongs_is_one_line(folder, refused, arguments, in_the_way):
    (folder / in_the_way).parent.mkdir(exist_ok=True)
    (folder / in_the_way).write_text("mine")
    before = files(folder)
    refused(*arguments)
    assert files(folder) == before


@pytest.mark.parametrize("name", ["generate", "export-test", "preview", "npy", "frames"])
def test_a_folder_that_takes_no_file_is_one_line(name, folder, refused):
    """/proc takes none from anybody, root included."""
    options = [each for each in WRITERS[name] if not each.startswith("--out")]
    refused(*options, "--out=/proc/rows.gif" if name == "preview" else "--out=/proc/new")


def test_a_refusal_leaves_no_empty_folder(folder, refused, command):
    """The folder of the second config is made before the files of the first one are looked at."""
    assert "was made with" in refused(*GENERATE, "--seed=7")
    assert [path.name for path in (folder / "data").iterdir()] == ["two_digits"]
    (folder / "new/two_digits_strips").mkdir(parents=True)
    (folder / "new/two_digits_strips/notes.parquet").write_text("mine")
    refused(*GENERATE, "--out=new")
    assert [path.name for path in (folder / "new").iterdir()] == ["two_digits_strips"]


def test_what_another_machine_left_half_is_removed_unless_it_is_still_being_written(folder, command):
    """A container has another name each time, and its process ids mean nothing outside."""
    left = [
        folder / f"data/two_digits/.{name}.another-host.1.partial"
        for name in (PLANNED, "train-00003-of-00009.parquet")
    ]
    for path in left:
        path.write_bytes(b"half")
    with FileLock(f"{left[0]}.lock"):
        assert command(*GENERATE, "--overwrite").returncode == 0
        assert [path.exists() for path in left] == [True, False]
    assert command(*GENERATE, "--overwrite").returncode == 0
    assert not left[0].exists()


@pytest.mark.parametrize("name", ["export-test", "npy"])
def test_a_source_that_shrinks_while_it_is_read_is_one_line(name, folder, refused, monkeypatch):
    import moving_mnist

    def shrink(self, start, stop, read=moving_mnist.Source.read):
        with open(self.path, "rb+") as file:
            file.truncate(100_000)
        return read(self, start, stop)

    monkeypatch.setattr(moving_mnist.Source, "read", shrink)
    line = refused(*WRITERS[name])
    assert "must not change while it is read" in line
    assert not [path for path in sums(folder) if path.startswith(("out/", "tests/"))]


@pytest.mark.parametrize("name", ["export-test", "npy", "preview"])
def test_a_source_that_is_gone_is_one_line(name, folder, refused):
    shutil.rmtree(folder / "data")
    (folder / "seq.npy").unlink()
    assert "seq.npy" in (line := refused(*WRITERS[name])) or "data/two_digits" in line
