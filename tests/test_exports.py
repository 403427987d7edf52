"""scripts/export.py: what readers of each format expect, whole files or none, and little memory."""

import os
import signal
import struct
import subprocess
import sys
import tracemalloc

import av
import numpy as np
import pytest
from helpers import SCRIPTS, files, make_files, wait_for
from PIL import Image

import moving_mnist
from moving_mnist_generator import LAYOUTS, InputError, generate
from moving_mnist_generator.exports import EXPORTS, TargetExists, export
from moving_mnist_generator.sources.opening import open_source
from moving_mnist_generator.sources.source import Rows, Source

N = 70  # more than two pieces that are read at a time
GREY = generate("two_digits", "test", range(N)).frames
COLOURED = generate("coloured", "test", range(3)).frames


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """A folder with two_digits and coloured."""
    out = tmp_path_factory.mktemp("exported")
    make_files("two_digits", {"test": N}, ("strips",), out)
    make_files("coloured", {"train": 2, "test": 3}, ("frames", "arrays", "strips"), out)
    return out


@pytest.fixture
def exported(folders, tmp_path):
    """Exports a config; the path of what was written."""

    def call(name, config="two_digits_strips"):
        source = open_source(folders / config, in_colour=True)
        path, count = export(source, name, tmp_path / "out")
        assert count == source.num_sequences and os.listdir(tmp_path / "out") == [path.name]
        return path

    return call


def frames_of_picture(path):
    """An animated picture, or a folder of pictures -> frames."""
    if path.is_dir():
        return np.stack([np.asarray(Image.open(file)) for file in sorted(path.iterdir())])
    with Image.open(path) as image:
        frames = []
        for step in range(image.n_frames):
            image.seek(step)
            frames.append(np.asarray(image.convert("RGB")))
        return np.stack(frames)


class BlackSource(Source):
    """Black frames, `held` sequences, whatever it says."""

    held, piece = 0, 32

    def rows(self, first=0):
        for at in range(first, self.held, self.piece):
            yield Rows(self, at, np.zeros((min(self.piece, self.held - at), *self.shape), np.uint8))


def from_pieces(sequences, count, piece=32):
    """A Source of black frames that says it holds `count` sequences and holds `sequences`."""
    kind = type("Pieces", (BlackSource,), {"held": sequences, "piece": piece})
    return kind("made up", "test", count, (20, 64, 64))


# What readers expect.


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_authors_file_comes_out_of_every_layout_byte_for_byte(command, tmp_path, layout):
    pixels = np.random.default_rng(0).integers(0, 256, (20, N, 64, 64), np.uint8)
    before = moving_mnist._authors_header(N) + pixels.tobytes()
    (tmp_path / "authors.npy").write_bytes(before)
    command("export_test", "--source", "authors.npy", "--no-verify", "--layout", layout)
    ended = command("export", f"data/{LAYOUTS[layout].bare}", "--format", "npy", "--out", "out")
    assert ended.returncode == 0, ended.stderr
    assert files(tmp_path / "out") == {"mnist_test_seq.npy": before}
    assert ended.stdout == f"written  out/mnist_test_seq.npy  {N} sequences of data/{LAYOUTS[layout].bare}\n"


def test_the_header_of_the_npy_is_the_authors_for_any_number_of_sequences():
    from moving_mnist_generator.exports.npy import header

    for n in (1, 10_000, 123_456_789):
        assert header((20, n, 64, 64)) == moving_mnist._authors_header(n)


def test_openstl_and_torchvision_find_time_first_in_the_npy(exported):
    path = exported("npy")
    assert path.name == "mnist_test_seq.npy"
    sequences = np.load(path, mmap_mode="r")
    assert sequences.shape == (20, N, 64, 64) and sequences.dtype == np.uint8
    assert np.array_equal(sequences.swapaxes(0, 1), GREY)


def test_predrnn_cuts_past_and_future_out_of_the_npz(exported):
    with np.load(exported("predrnn"), allow_pickle=False) as arrays:
        data = dict(arrays)
    assert {name: (array.shape, str(array.dtype)) for name, array in data.items()} == {
        "clips": ((2, N, 2), "int32"),
        "dims": ((1, 3), "int32"),
        "input_raw_data": ((20 * N, 1, 64, 64), "float32"),
    }
    assert data["dims"].tolist() == [[1, 64, 64]]
    for index in (0, 31, 32, N - 1):
        for part, frames in ((0, GREY[index, :10]), (1, GREY[index, 10:])):
            first, length = data["clips"][part, index]
            assert length == 10
            cut = data["input_raw_data"][first : first + length, 0]
            assert np.array_equal(np.rint(cut * 255), frames) and cut.max() <= 1


def test_the_npz_of_the_same_sequences_is_the_same_file(folders, tmp_path):
    source = open_source(folders / "two_digits_strips")
    one, two = (export(source, "predrnn", tmp_path / folder)[0] for folder in "ab")
    assert one.read_bytes() == two.read_bytes()


def test_a_reader_of_mnist_finds_a_sequence_in_each_image(exported):
    content = exported("idx").read_bytes()
    magic, count, rows, cols = struct.unpack(">IIII", content[:16])
    assert (magic, count, rows, cols) == (0x803, N, 1280, 64)
    images = np.frombuffer(content, np.uint8, offset=16).reshape(count, rows, cols)
    assert np.array_equal(images.reshape(-1, 20, 64, 64), GREY)


@pytest.mark.parametrize("config", ["coloured", "coloured_arrays", "coloured_strips"])
def test_png_and_webp_hold_the_pixels_in_colour_too(exported, config, tmp_path):
    for name in ("frames", "webp"):
        sequences = sorted(exported(name, config).iterdir())
        assert [path.stem for path in sequences] == ["000000", "000001", "000002"]
        assert all(np.array_equal(frames_of_picture(path), f) for path, f in zip(sequences, COLOURED, strict=True))
        (tmp_path / "out" / f"test_{name}").rename(tmp_path / name)


@pytest.mark.parametrize("name", ["frames", "gif", "webp"])
def test_grey_pictures_hold_the_pixels(exported, name):
    sequences = sorted(exported(name).iterdir())
    assert len(sequences) == N
    for path, frames in list(zip(sequences, GREY, strict=True))[::23]:
        found = frames_of_picture(path)
        assert found.shape[0] == 20
        assert np.array_equal(found if found.ndim == 3 else found[..., 0], frames)


def test_a_gif_in_colour_has_the_nearest_of_256_colours(exported):
    for path, frames in zip(sorted(exported("gif", "coloured").iterdir()), COLOURED, strict=True):
        assert np.abs(frames_of_picture(path).astype(int) - frames).mean() < 1


def test_an_mp4_plays_20_frames_in_2_seconds_and_hardly_changes_grey(exported):
    for path, frames in list(zip(sorted(exported("mp4").iterdir()), GREY, strict=True))[::23]:
        with av.open(str(path)) as video:
            stream = video.streams.video[0]
            found = np.stack([frame.to_ndarray(format="gray") for frame in video.decode(stream)])
            assert float(stream.duration * stream.time_base) == 2
            assert stream.codec_context.profile == "High", "others do not play in browsers"
        off = np.abs(found.astype(int) - frames)
        assert off.max() <= 3 and (off <= 1).mean() > 0.999


# Whole or absent.


@pytest.mark.parametrize("name", EXPORTS)
@pytest.mark.parametrize("sequences", [39, 41])
def test_a_source_of_another_length_than_it_says_leaves_nothing(tmp_path, name, sequences):
    with pytest.raises(InputError, match=r"must hold 40 sequences as it says, not "):
        export(from_pieces(sequences, 40), name, tmp_path)
    assert not os.listdir(tmp_path)


@pytest.mark.parametrize("name", ["npy", "frames"])
def test_what_is_there_is_never_overwritten(command, refused, folders, tmp_path, name):
    command("export", folders / "coloured", "--format", "frames", "--out", "out")
    command("export", folders / "two_digits_strips", "--format", "npy", "--out", "out")
    before = files(tmp_path / "out")
    line = refused("export", folders / "two_digits_strips", "--format", name, "--out", "out")
    assert "is there already: remove it, or take another folder with --out" in line
    assert files(tmp_path / "out") == before


@pytest.mark.ci
@pytest.mark.parametrize("name", ["npy", "frames"])
@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGKILL])
def test_killed_in_the_middle_it_leaves_nothing_under_a_final_name(command, tmp_path, name, sent):
    count = 2_000
    with open(tmp_path / "mnist.npy", "wb") as file:
        file.write(moving_mnist._authors_header(count))
        file.truncate(96 + 20 * count * 4096)
    line = [sys.executable, SCRIPTS / "export.py", "mnist.npy", "--format", name, "--out", "out"]
    with subprocess.Popen(line, cwd=tmp_path, stderr=subprocess.PIPE) as process:
        wait_for(lambda: any((tmp_path / "out").glob(".*.partial")))
        process.send_signal(sent)
        assert process.wait(60) == (130 if sent == signal.SIGTERM else -signal.SIGKILL)
    left = os.listdir(tmp_path / "out")
    assert all(path.startswith(".") for path in left) and bool(left) == (sent == signal.SIGKILL)
    np.save(tmp_path / "small.npy", np.zeros((20, 3, 64, 64), np.uint8))
    assert command("export", "small.npy", "--format", name, "--out", "out").returncode == 0
    assert os.listdir(tmp_path / "out") == [EXPORTS[name].name("test")]


@pytest.mark.parametrize("name", [name for name, row in EXPORTS.items() if not row.is_folder])
def test_2000_sequences_of_164_megabytes_take_40(tmp_path, name):
    tracemalloc.start()
    try:
        export(from_pieces(2_000, 2_000), name, tmp_path)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 40e6


# Refused.


def test_predrnn_needs_a_past_and_a_future(tmp_path):
    source = Source("short", "test", 1, (1, 64, 64))
    with pytest.raises(InputError, match="sequences of at least 2 frames, not 1"):
        export(source, "predrnn", tmp_path)


def test_names_of_more_than_100_frames_sort_as_the_frames_do(tmp_path):
    steps = np.arange(102, dtype=np.uint8)[:, None, None].repeat(4, 1).repeat(4, 2)
    EXPORTS["frames"].write(tmp_path, (1, 102, 4, 4), [steps[None]])
    found = [np.asarray(Image.open(path))[0, 0] for path in sorted(tmp_path.glob("000000/*.png"))]
    assert found == list(range(102))


@pytest.mark.parametrize("name", [name for name, row in EXPORTS.items() if not row.in_colour])
def test_colour_is_refused_where_readers_expect_grey(refused, folders, tmp_path, name):
    line = refused("export", folders / "coloured", "--format", name, "--out", "out")
    in_colour = ", ".join(name for name, row in EXPORTS.items() if row.in_colour)
    assert f"in colour: format must be one of {in_colour}, not {name}" in line
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("nowhere/here/at/all", "--format", "npy"), "must be a folder, a file or a dataset id"),
        (("{folders}/coloured", "--format", "npz"), "'npz' is not one of"),
        (("{folders}/coloured", "--format", "gif", "--split", "validation"), "must hold validation-*.parquet"),
        (("{folders}/coloured/train-00000-of-00001.parquet", "--format", "gif"), "split must be train for"),
    ],
)
def test_a_wrong_argument_is_one_line_and_exit_code_2(refused, folders, tmp_path, arguments, words):
    assert words in refused("export", *(each.format(folders=folders) for each in arguments), "--out", "out")
    assert not (tmp_path / "out").exists()


def test_without_pyav_the_error_says_what_to_install(refused, folders, monkeypatch):
    monkeypatch.setitem(sys.modules, "av", None)
    line = refused("export", folders / "coloured", "--format", "mp4", "--out", "out")
    assert 'pip install "moving-mnist[video]"' in line


def test_an_mp4_with_an_odd_number_of_rows_is_refused(tmp_path):
    source = Source("odd", "test", 1, (20, 65, 64))
    with pytest.raises(InputError, match="even number of rows and cols, not 65 x 64"):
        export(source, "mp4", tmp_path)


def test_the_library_refuses_without_naming_flags(folders, tmp_path):
    source = open_source(folders / "two_digits_strips")
    export(source, "idx", tmp_path)
    with pytest.raises(TargetExists) as error:
        export(source, "idx", tmp_path)
    assert "--" not in str(error.value)


def test_help_names_every_format(command):
    output = command("export", "--help").stdout
    assert all(f"  {name} " in output and row.words in output for name, row in EXPORTS.items())
