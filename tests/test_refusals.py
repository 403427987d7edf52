"""What is refused, in one line with the rule and the value, before any work: arguments, then files of digits."""

import gzip
import io
import os
import re
import struct
import tracemalloc
import zipfile
import zlib

import numpy as np
import pytest

from moving_mnist_generator import InputError, Recipe, Variant, generate, load_digits, render, walk
from moving_mnist_generator.digits.loading import DIGITS_BYTES_LIMIT, IDX_NAMES, read_source
from moving_mnist_generator.digits.pools import Digits

HUGE = str(10**30)
DIGIT, STILL = np.zeros((1, 1, 28, 28), np.uint8), np.zeros((1, 1, 2, 2), int)
LOOKS = np.zeros((1, 1, 2, 28, 28), np.uint8)
READ_ONLY = np.zeros((2, 20, 64, 64), np.uint8)
READ_ONLY.setflags(write=False)


def fields(**values):
    """The flags that describe a variant."""
    return ["mine", *(word for name, value in values.items() for word in ("--field", f"{name}={value}"))]


COMMANDS = [  # (arguments of generate.py, what is said)
    (["two_digits", "--train", HUGE], "train must be at most 10,000,000,000,000, not 1000"),
    (["two_digits", "--workers", HUGE], "is not in the range 1<=x<=1024"),
    (["two_digits", "--seed", HUGE], "seed must be at most 4,611,686,018,427,387,904, not 1000"),
    (fields(num_digits=HUGE), "num_digits must be at most 1,000, not 1000"),
    (fields(num_digits=10**9), "num_digits must be at most 1,000, not 1000000000"),
    (fields(num_digits="9" * 5_000), "num_digits must be a whole number >= 1, not '999"),
    (fields(num_digits="null"), "num_digits must be a whole number >= 1, not None"),
    (fields(num_digits=""), "num_digits must be a whole number >= 1, not ''"),
    (fields(num_digits="true"), "num_digits must be a whole number >= 1, not True"),
    (fields(num_frames=10**9), "num_frames must be at most 100,000, not 1000000000"),
    (fields(num_occluders=10**9), "num_occluders must be at most 1,000, not 1000000000"),
    (fields(overhang=40_000), "overhang must be at most 4,096, not 40000"),
    (fields(frame_size="[" * 100_000), "frame_size must be (rows, cols) in whole pixels, not '[[["),
    (fields(frame_size="[" * 50 + "]" * 50), "frame_size must be (rows, cols) in whole pixels, not ([[["),
    (fields(frame_size="[64.0,64.0]"), "frame_size must be (rows, cols) in whole pixels, not (64.0, 64.0)"),
    (fields(frame_size="[4096,4096]", num_frames=100_000), "a sequence must have at most 89,478,485 pixels in layout"),
    (fields(motion="[]"), "motion must be one of srivastava, tfds"),
    (fields(motion="{}"), "motion must be one of srivastava, tfds"),
    (fields(speed="[0,1e999]"), "speed must be 0 <= lowest <= highest <= 1000, not (0, inf)"),
    (fields(speed="[NaN,NaN]"), "speed must be 0 <= lowest <= highest <= 1000, not (nan, nan)"),
    (fields(speed="[1,2]", frame_size="[28,28]"), "speed must be None for digits of 28 x 28 pixels that have no room"),
    (["zwölf", "--field", "num_digits=1"], "name must be letters, digits and underscores, not 'zwölf'"),
    (["two words", "--field", "num_digits=1"], "name must be letters, digits and underscores, not 'two words'"),
    (["mine_strips", "--field", "num_digits=1"], "name must not be that of another config"),
    (["one_digit", "--digits", "/"], "/ must hold train-images-idx3-ubyte and the other idx files, or train and test"),
    (["one_digit", "--digits", "~"], "home must hold train-images-idx3-ubyte and the other idx files"),
    (["one_digit", "--digits", ""], "must hold train-images-idx3-ubyte and the other idx files"),
    (["one_digit", "--digits", "/dev/null"], "digits '/dev/null' are neither an npz, nor a folder of idx files, nor"),
    (["one_digit", "--digits", "x" * 5_000], "a source of digits must have at most 4,096 letters, not 5,000"),
    (["one_digit", "--digits", "pipe.npz"], "pipe.npz must be a regular file"),
    (["one_digit", "--digits", "folder.npz"], "folder.npz must be a regular file"),
    (
        ["one_digit", "--out", "http://example.com/data"],
        "out must be a folder, or the URL of a store that takes files",
    ),
    (["one_digit", "--out", "simplecache::http://example.com/x"], "not 'simplecache::http://example.com/x'"),
    (["one_digit", "--out", ""], "out must be a folder, or the URL of a store that takes files, not ''"),
    (["one_digit", "--out", "/dev/null"], "out must be a folder, not the file /dev/null"),
    (["one_digit", "--out", "/proc/here"], "/proc/here"),
]


@pytest.mark.parametrize(("arguments", "words"), COMMANDS, ids=[" ".join(case)[:50] for case, _ in COMMANDS])
def test_generate_refuses_in_one_line(refused, tmp_path, arguments, words):
    os.mkfifo(tmp_path / "pipe.npz")
    (tmp_path / "folder.npz").mkdir()
    line = refused("generate", *arguments)
    assert words in line and len(line) < 450
    assert not (tmp_path / "data").exists()


OTHERS = [  # (a script, its arguments, what is said)
    ("export_test", ["--out", "http://example.com/x"], "out must be a folder, or the URL of a store that takes files"),
    ("export_test", ["--out", "simplecache::http://example.com/x"], "out must be a folder, or the URL of a store"),
    ("evaluate", ["--truth", "seq.npy", "--baseline", "black", "--json", ""], "must have a name, not '.'"),
    ("generate", ["two_digits", "--out", "\udcff"], r"arguments must be UTF-8, not '\udcff'"),
    ("preview", ["http://example.com/a.parquet", "--out", "a.png"], "must have #sha256= and the sha256 of the file"),
    ("export", ["http://example.com/a", "--format", "npy", "--out", "x"], "must have #sha256= and the sha256 of the"),
]


@pytest.mark.parametrize(("script", "arguments", "words"), OTHERS, ids=[" ".join(case[1])[:50] for case in OTHERS])
def test_the_other_commands_refuse_in_one_line(refused, tmp_path, script, arguments, words):
    np.save(tmp_path / "seq.npy", np.zeros((20, 2, 64, 64), np.uint8))
    assert words in refused(script, *arguments)


PYTHON = [  # (a call, what is said)
    (lambda: generate(["two_digits"], "train", [0]), "variant must be one of one_digit, .*, not ['two_digits']"),
    (lambda: generate(None, "train", [0]), "variant must be one of one_digit, .*, not None"),
    (lambda: generate("two_digits", ["train"], [0]), "split must be one of train, validation, test, not ['train']"),
    (lambda: generate("two_digits", "train", [0], seed=1.0), "seed must be a whole number >= 0, not 1.0"),
    (lambda: generate("two_digits", "train", [0], digits="x.npz"), "digits must be Digits, .*, not 'x.npz'"),
    (lambda: generate("two_digits", "train", [0], out="x"), "out must be C-contiguous uint8 of shape .*, not 'x'"),
    (lambda: generate("two_digits", "train", [0, 1], out=READ_ONLY), "that can be written to, not uint8 (2, 20, 64"),
    (lambda: generate("two_digits", "train", range(10**30)), "indices must be whole numbers in 0..2**62, not range"),
    (lambda: generate("two_digits", "train", range(10**12)), "indices would take 8,000.0 GB of memory"),
    (lambda: generate("two_digits", "train", range(6 * 10**6)), "6,000,000 sequences of two_digits would take"),
    (lambda: generate("two_digits", "train", range(3, -3, -1)), "whole numbers in 0..2**62, not range(3, -3, -1)"),
    (
        lambda: generate("two_digits", "train", [10**30]),
        "whole numbers in 0..2**62, in one dimension, not [1",
    ),
    (lambda: generate("two_digits", "train", [[1], [2, 3]]), "indices must be an array of one shape, not [[1], [2, 3"),
    (
        lambda: generate("two_digits", "train", "abc"),
        "whole numbers in 0..2**62, in one dimension, not 'abc'",
    ),
    (
        lambda: generate("two_digits", "train", [True]),
        "indices must be whole numbers in 0..2**62, in one dimension, not [True",
    ),
    (lambda: render(DIGIT, STILL, 64), "frame_size must be two whole numbers, not 64"),
    (lambda: render(DIGIT, STILL, (64.0, 64.0)), "frame_size must be a whole number >= 1, not 64.0"),
    (lambda: render(DIGIT, STILL, "ab"), "frame_size must be two whole numbers, not 'ab'"),
    (lambda: render(DIGIT, STILL, (2**40, 64)), "frame_size must be at most 65,536, not 1099511627776"),
    (lambda: render(DIGIT, STILL, (64, 64), overhang=5), "overhang must be two whole numbers, not 5"),
    (lambda: render(DIGIT, STILL, (64, 64), overhang=(10**6, 0)), "overhang must be at most 65,536, not 1000000"),
    (lambda: render(DIGIT, STILL, (64, 64), overhang=(65_536, 65_536)), "would take 34.4 GB of memory"),
    (lambda: render(LOOKS, STILL, (64, 64), shown=5), "shown must be one of 2 looks for each of 2 frames, not 5"),
    (lambda: render(LOOKS, STILL, (64, 64), shown=["a", "b"]), "shown must be one of 2 looks .*, not ['a', 'b']"),
    (lambda: render(LOOKS, STILL, (64, 64), shown=[0.5, 1]), "shown must be one of 2 looks .*, not [0.5, 1]"),
    (
        lambda: render(DIGIT[0, 0], STILL, (64, 64), shown=[0, 0]),
        "digits must be uint8 of shape .*, not uint8 (28, 28)",
    ),
    (lambda: render(DIGIT[..., :0], STILL, (64, 64)), "digits must have at least one pixel, not 28 x 0"),
    (lambda: render([[1], [2, 3]], STILL, (64, 64)), "digits must be an array of one shape, not [[1], [2, 3]]"),
    (lambda: render(DIGIT, STILL * np.nan, (64, 64)), "corners must be (n, k, t, 2) integers, not float64"),
    (lambda: render(DIGIT, STILL, (64, 64), out="x"), "out must be C-contiguous uint8 of shape .*, not 'x'"),
    (lambda: walk("svg", (0, 0), (1, 0), 10**12, 36), "1,000,000,000,000 frames of 1 digits would take 200,000.0 GB"),
    (lambda: walk(["svg"], (0, 0), (1, 0), 5, 36), "motion must be one of srivastava, .*, not ['svg']"),
    (lambda: walk("svg", (0, 0), (np.inf, 0), 5, 36), "velocity must be finite, not inf"),
    (lambda: walk("svg", [[1], [1, 2]], (0, 0), 5, 36), "start must be an array of one shape, not [[1], [1, 2]]"),
    (lambda: walk("svg", (10**30, 0), (0, 0), 5, 36), "start must be numbers, not object"),
    (lambda: walk("svg", (0, 0), (0, 0), 5, 10**30), "free must be numbers, not object"),
    (lambda: walk("svg_stochastic", (0, 0), (1, 0), 5, 36, redraws=[[1], [2, 3]]), "redraws must be an array of one"),
    (lambda: load_digits(5), "a source of digits must be a path or the name of a dataset, not 5"),
    (lambda: load_digits(["a.npz"]), "a source of digits must be a path or the name of a dataset, not ['a.npz']"),
    (lambda: Digits([1], [2], [3], [4], ("a",)), "train images must be an array, not [1]"),
    (lambda: Variant(["mine"]), "name must be letters, digits and underscores, not ['mine']"),
    (lambda: Variant("mine", wings=2), "a field of a variant must be one of num_digits, .*, not 'wings'"),
    (lambda: Variant("mine", speed=(0, 10**400)), "speed must be 0 <= lowest <= highest <= 1000, not (0, 1000"),
    (lambda: generate(Variant("mine", 1_000, 100_000), "train", range(100)), "100 sequences of mine would take"),
    (lambda: Recipe("two_digits", "train").features([]), "layout must be one of frames, arrays, strips, not []"),
]


def pattern(words):
    """Words in which .* alone is no text."""
    return ".*".join(map(re.escape, words.split(".*")))


@pytest.mark.parametrize(("call", "words"), PYTHON, ids=[words[:50] for _, words in PYTHON])
def test_python_refuses_in_one_line_before_it_takes_memory(call, words):
    load_digits()
    tracemalloc.start()
    try:
        with pytest.raises(InputError, match=pattern(words)) as error:
            call()
        assert "\n" not in str(error.value) and len(str(error.value)) < 450
        assert tracemalloc.get_traced_memory()[1] < 50e6
    finally:
        tracemalloc.stop()


def test_numpy_numbers_are_whole_numbers_too():
    size = np.array([64, 96])
    variant = Variant("mine", num_digits=np.int64(3), frame_size=size)
    assert variant == Variant("mine", num_digits=3, frame_size=(64, 96))
    assert {type(side) for side in variant.frame_size} == {int}


def test_a_range_is_its_numbers_wherever_it_lies():
    for indices in (range(0), range(10**40, 0), range(5, 2, -1), range(2**62 - 1, 2**62), range(7, 10**30, 10**30)):
        assert generate("two_digits", "train", indices).sequence_id.tolist() == list(indices)


# Files of digits.

SMALL = {
    "train_images": np.full((12, 4, 3), 7, np.uint8),
    "train_labels": np.zeros(12, np.uint8),
    "test_images": np.full((5, 4, 3), 7, np.uint8),
    "test_labels": np.zeros(5, np.uint8),
}


def npz(**changes):
    """The bytes of an npz of digits."""
    file = io.BytesIO()
    np.savez(file, **{**SMALL, **changes})
    return file.getvalue()


def idx(array):
    """The bytes of an idx file."""
    return b"\x00\x00\x08" + bytes([array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape) + array.tobytes()


def zipped(content, **settings):
    """An npz whose train images are these bytes."""
    file = io.BytesIO(npz())
    whole = io.BytesIO()
    with zipfile.ZipFile(file) as old, zipfile.ZipFile(whole, "w", **settings) as new:
        for name in old.namelist():
            new.writestr(name, content if name == "train_images.npy" else old.read(name))
    return whole.getvalue()


def encrypted():
    """An npz whose members are marked as encrypted."""
    data = bytearray(npz())
    for mark, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = data.find(mark)
        while at >= 0:
            data[at + flags] |= 1
            at = data.find(mark, at + 1)
    return bytes(data)


def header(text):
    """A npy file of version 1 with this header and no data."""
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text.encode()


def declaring(size):
    """An npz whose members declare to inflate to `size` bytes each."""
    data = bytearray(npz())
    for mark, at_size in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        at = data.find(mark)
        while at >= 0:
            struct.pack_into("<I", data, at + at_size, size)
            at = data.find(mark, at + 1)
    return bytes(data)


NPZ = [  # (bytes, what is said after the name of the file)
    (b"", "is not a readable npz of digits: File is not a zip file"),
    (b"\x80\x04N.", "is not a readable npz of digits: File is not a zip file"),
    (npz()[:-30], "is not a readable npz of digits"),
    (encrypted(), "is not a readable npz of digits: File .* is encrypted"),
    (zipped(b""), "is not a readable npz of digits"),
    (zipped(b"\x93NUMPY\x09\x00"), "is not a readable npz of digits"),
    (zipped(header("{'descr': '|u1', 'fortran_order': False, 'shape': (12,")), "is not a readable npz of digits"),
    (zipped(header("[" * 9_000)), "is not a readable npz of digits"),
    (zipped(header(f"{{'descr': '|u1', 'fortran_order': False, 'shape': ({HUGE},)}}")), "is not a readable npz"),
    (zipped(header("{'descr': '|u1', 'fortran_order': False, 'shape': (10000000000, 9, 9)}")), "is not a readable"),
    (zipped(header("{'descr': '|O', 'fortran_order': False, 'shape': (1,)}")), "is not a readable npz .*allow_pickle"),
    (declaring(2**31), f"must hold at most {DIGITS_BYTES_LIMIT:,} bytes of digits, not 8,589,934,592"),
    (npz(train_images=np.zeros((12, 4, 3))), None),
]


@pytest.mark.parametrize(("content", "words"), NPZ, ids=range(len(NPZ)))
def test_a_damaged_npz_is_one_line_with_its_name(tmp_path, content, words):
    path = tmp_path / "own.npz"
    path.write_bytes(content)
    with pytest.raises(InputError) as error:
        load_digits(path)
    said = str(error.value)
    assert "\n" not in said
    assert re.match(pattern(f"{path} {words}" if words else f"{path}: train images must be uint8"), said)


IDX = [
    (b"", "is not an idx file of unsigned bytes: it must begin with 000008 and rank 1 or 3"),
    (b"\x00\x00\x0d\x03" + bytes(12), "is not an idx file of unsigned bytes"),
    (b"\x00\x00\x08\xff" + bytes(1_020), "is not an idx file of unsigned bytes"),
    (idx(SMALL["train_images"])[:9], "is not a whole idx file of unsigned bytes"),
    (idx(SMALL["train_images"])[:-1], "is not a whole idx file of unsigned bytes: 143 bytes behind the header"),
    (idx(SMALL["train_images"]) + b"\x00", "is not a whole idx file of unsigned bytes: more than 144 bytes behind"),
    (b"\x00\x00\x08\x03" + b"\xff" * 12, f"must hold at most {DIGITS_BYTES_LIMIT:,} bytes of digits, not 79,228,162,"),
]
GZ = [
    *((gzip.compress(content), words) for content, words in IDX),
    (b"no gzip at all", "is not a readable idx file of unsigned bytes: Not a gzipped file"),
    (gzip.compress(idx(SMALL["train_images"]))[:-9], "is not a readable idx file of unsigned bytes"),
    (gzip.compress(idx(SMALL["train_images"]))[:25] + b"\xff" * 40, "is not a readable idx file of unsigned bytes"),
]


@pytest.mark.parametrize(
    ("content", "words", "suffix"),
    [*((content, words, "") for content, words in IDX), *((content, words, ".gz") for content, words in GZ)],
    ids=range(len(IDX) + len(GZ)),
)
def test_a_damaged_idx_file_is_one_line_with_its_name(tmp_path, content, words, suffix):
    path = tmp_path / f"{IDX_NAMES[0]}-ubyte{suffix}"
    path.write_bytes(content)
    with pytest.raises(InputError, match=f"^{re.escape(str(path))} {re.escape(words)}") as error:
        load_digits(tmp_path)
    assert "\n" not in str(error.value)


def test_a_gzip_bomb_is_refused_before_it_is_inflated(tmp_path):
    """A header of 144 pixels, and 400 MB of zeros behind them."""
    squeeze = zlib.compressobj(9, zlib.DEFLATED, 31)
    content = squeeze.compress(idx(SMALL["train_images"])) + b"".join(
        squeeze.compress(bytes(10_000_000)) for _ in range(40)
    )
    (tmp_path / f"{IDX_NAMES[0]}-ubyte.gz").write_bytes(content + squeeze.flush())
    tracemalloc.start()
    try:
        with pytest.raises(InputError, match="more than 144 bytes behind the header"):
            load_digits(tmp_path)
        assert tracemalloc.get_traced_memory()[1] < 10e6
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir], ids=["a named pipe", "a folder"])
def test_what_is_no_regular_file_is_not_opened(tmp_path, make):
    make(tmp_path / f"{IDX_NAMES[0]}-ubyte")
    with pytest.raises(InputError, match=f"{IDX_NAMES[0]}-ubyte must be a regular file"):
        load_digits(tmp_path)


def test_random_damage_is_right_or_one_line_with_the_name(tmp_path):
    rng, whole, path = np.random.default_rng(0), npz(), tmp_path / "own.npz"
    refused = 0
    for number in range(300):
        data = bytearray(whole)
        for at in rng.integers(0, len(data), 1 + number % 5):
            data[at] = rng.integers(256)
        path.write_bytes(data[: rng.integers(1, len(data))] if number % 3 == 0 else data)
        read_source.cache_clear()
        try:
            load_digits(path)
        except InputError as error:
            refused += 1
            assert "\n" not in str(error)
            assert str(error).startswith(str(path))
    assert 150 < refused < 300
