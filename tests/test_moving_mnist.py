"""The builder of the authors' test file, on small files of the same layout: 7 sequences instead of 10,000.

In sequence n a dot falls one row per frame, down column 30 + 3 n, over faint noise. So frame 5 of sequence 2
has its dot at row 5, column 36. If two axes were swapped, the dot would be elsewhere.
"""

import functools
import hashlib
import http.server
import io
import os
import socket
import struct
import subprocess
import sys
import threading
import time
import warnings

import datasets
import numpy as np
import pytest

import moving_mnist
from moving_mnist import InvalidSource, MovingMnist, fetch, verify

DATASETS_MAJOR = int(datasets.__version__.split(".")[0])


def falling_dots(n=7):
    """(t, n, h, w) uint8, in the order of the authors' file."""
    frames = np.random.default_rng(0).integers(0, 100, (20, n, 64, 64), dtype=np.uint8)
    for time_step in range(20):
        for index in range(n):
            frames[time_step, index, time_step, (30 + 3 * index) % 64] = 200
    return frames


def authors_bytes(frames):
    """The npy file as the authors' numpy wrote it: a header of 10 + 86 bytes."""
    text = "{'descr': '|u1', 'fortran_order': False, 'shape': " + str(frames.shape) + ", }"
    return b"\x93NUMPY\x01\x00\x56\x00" + text.encode().ljust(85) + b"\n" + frames.tobytes()


def sha256_of(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def same_sequences(rows, frames):
    """Whether the rows of either config are the frames (t, n, h, w), pixel by pixel and in order."""
    sequences = [[np.asarray(frame) for frame in row["image_sequence"]] for row in rows]
    return np.array_equal(sequences, frames.transpose(1, 0, 2, 3))


@pytest.fixture
def authors_file(tmp_path, monkeypatch):
    """A file of 7 sequences with the hash that the builder takes for the authors'."""
    path = tmp_path / "mnist_test_seq.npy"
    path.write_bytes(authors_bytes(falling_dots()))
    monkeypatch.setattr(moving_mnist, "BYTES_PER_HASH_UPDATE", 100_000)  # 6 updates for this file
    monkeypatch.setattr(moving_mnist, "SHA256", sha256_of(path))
    for config in MovingMnist.BUILDER_CONFIGS:
        monkeypatch.setattr(config, "sha256", sha256_of(path))
    return path


@pytest.fixture
def build(tmp_path):
    def build(source, config="arrays", num_proc=None, **kwargs):
        builder = MovingMnist(config, cache_dir=str(tmp_path / "cache"), source=source, **kwargs)
        builder.download_and_prepare(num_proc=num_proc)
        return builder.as_dataset("test")

    return build


@pytest.fixture
def stream(tmp_path):
    def stream(source, config="arrays", **kwargs):
        builder = MovingMnist(config, cache_dir=str(tmp_path / "cache"), source=source, **kwargs)
        return builder.as_streaming_dataset("test")

    return stream


@pytest.fixture
def online(monkeypatch):
    """Lets datasets download. The tests have no other network than 127.0.0.1."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    for offline in ("HF_HUB_OFFLINE", "HF_DATASETS_OFFLINE"):  # the name depends on the version of datasets
        monkeypatch.setattr(datasets.config, offline, False, raising=False)


@pytest.fixture
def server(tmp_path, online):
    """The folder tmp_path at `server.url`, on 127.0.0.1; `server.downloads` lists the paths that were fetched."""

    class Handler(http.server.SimpleHTTPRequestHandler):
        def do_GET(self):
            self.server.downloads.append(self.path)
            super().do_GET()

        def send_head(self):
            if self.server.status is None:
                return super().send_head()
            self.send_error(self.server.status)

        def end_headers(self):
            self.send_header("ETag", '"a"')
            super().end_headers()

        def copyfile(self, source, outputfile):
            outputfile.write(source.read(70_000))
            time.sleep(self.server.pause)
            if not self.server.cut:
                outputfile.write(source.read())

        def log_message(self, *args):
            pass

    handler = functools.partial(Handler, directory=str(tmp_path))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.url = f"http://127.0.0.1:{server.server_port}"
    server.downloads = []
    server.pause = 0  # seconds, in the middle of a file
    server.status = None  # of every answer, such as 404
    server.cut = False  # whether the connection is closed in the middle of a file
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))  # seconds until it notices its shutdown
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def finished(cache):
    """Files of the cache that a later run would use; not the locks."""
    return [path.name for path in cache.rglob("*") if path.is_file() and path.suffix != ".lock"]


# The authors' file, as published


def test_the_published_facts_are_these():
    assert moving_mnist.URL == "http://www.cs.toronto.edu/~nitish/unsupervised_video/mnist_test_seq.npy"
    assert moving_mnist.SHA256 == "c2a3e8d3939c001ab77bf543f130157424efa486bb4d0974d2cebb773b13f8b3"
    assert moving_mnist.HOMEPAGE == "http://www.cs.toronto.edu/~nitish/unsupervised_video/"
    assert moving_mnist.NUM_SEQUENCES == 10_000
    assert moving_mnist.NUM_FRAMES == 20
    assert moving_mnist.FRAME_SIZE == (64, 64)
    assert str(moving_mnist.VERSION) == "1.0.0"
    assert moving_mnist.CITATION.startswith("@article{DBLP:journals/corr/SrivastavaMS15,")
    assert [config.name for config in MovingMnist.BUILDER_CONFIGS] == ["default", "arrays"]


def test_both_configs_read_the_authors_file_and_check_its_hash_by_default(tmp_path):
    for name in ("default", "arrays"):
        config = MovingMnist(name, cache_dir=str(tmp_path)).config
        assert (config.name, config.source, config.sha256) == (name, moving_mnist.URL, moving_mnist.SHA256)


def test_the_authors_header_is_96_bytes_ends_in_a_newline_and_is_read_by_numpy():
    header = moving_mnist._authors_header(10_000)
    assert len(header) == 96
    assert header[:10] == b"\x93NUMPY\x01\x00\x56\x00"  # version 1.0, 0x56 = 86 bytes to come
    text = b"{'descr': '|u1', 'fortran_order': False, 'shape': (20, 10000, 64, 64), }"
    assert header[10:] == text + b" " * 13 + b"\n"
    assert 96 + 20 * 10_000 * 64 * 64 == 819_200_096
    file = io.BytesIO(header)
    assert np.lib.format.read_magic(file) == (1, 0)
    assert np.lib.format.read_array_header_1_0(file) == ((20, 10_000, 64, 64), False, np.dtype("uint8"))


def test_the_info_has_description_licence_homepage_citation_and_version(tmp_path):
    info = MovingMnist(cache_dir=str(tmp_path)).info
    assert info.description.startswith("Moving variant of MNIST database of handwritten digits.")
    assert "image_as_moving_sequence" in info.description
    assert info.homepage == moving_mnist.HOMEPAGE
    assert info.citation == moving_mnist.CITATION
    assert info.license == moving_mnist.LICENSE
    assert str(info.version) == "1.0.0"


# Rows


def test_default_is_a_list_of_20_grey_png_images_of_64x64(authors_file, build):
    rows = build(str(authors_file), "default")
    assert rows.features == datasets.Features({"image_sequence": datasets.Sequence(datasets.Image())})
    assert len(rows) == 7
    frames = rows[2]["image_sequence"]
    assert len(frames) == 20
    assert {(frame.mode, frame.size, frame.format) for frame in frames} == {("L", (64, 64), "PNG")}
    assert frames[5].getpixel((36, 5)) == 200  # Pillow's (column, row)
    assert same_sequences(rows, falling_dots())


def test_arrays_is_an_array_of_20x64x64_uint8(authors_file, build):
    rows = build(str(authors_file), "arrays")
    assert rows.features == datasets.Features({"image_sequence": datasets.Array3D((20, 64, 64), "uint8")})
    sequences = rows.with_format("numpy", dtype=np.uint8)[:]["image_sequence"]
    assert (sequences.shape, sequences.dtype) == ((7, 20, 64, 64), np.uint8)
    assert sequences[2, 5, 5, 36] == 200
    assert np.array_equal(sequences, falling_dots().transpose(1, 0, 2, 3))


def test_the_config_is_the_first_argument_and_default_without_one(authors_file, tmp_path):
    assert MovingMnist("arrays", str(tmp_path)).config.name == "arrays"
    assert MovingMnist(cache_dir=str(tmp_path)).config.name == "default"
    assert MovingMnist(cache_dir=str(tmp_path), source=authors_file).config.name == "default"
    with pytest.raises(ValueError, match="'frames' not found.*'default', 'arrays'"):
        MovingMnist("frames", str(tmp_path))


@pytest.mark.parametrize("config", ["default", "arrays"])
@pytest.mark.parametrize("num_proc", [None, 2, 3])
def test_rows_keep_the_files_order_for_any_num_proc(authors_file, build, monkeypatch, config, num_proc):
    monkeypatch.setattr(moving_mnist, "SEQUENCES_PER_READ", 2)
    assert same_sequences(build(str(authors_file), config, num_proc=num_proc), falling_dots())


def test_a_rows_key_is_its_position_in_the_file_whatever_the_ranges(authors_file, tmp_path):
    builder = MovingMnist("arrays", str(tmp_path))
    keys = [key for key, _ in builder._generate_examples(verify(authors_file, None), [(4, 7), (0, 2)])]
    assert keys == [4, 5, 6, 0, 1]


def test_sequences_are_written_in_batches_of_100(tmp_path, build):
    path = tmp_path / "mine.npy"
    np.save(path, falling_dots(n=101))
    table = build(str(path), sha256=None).data.table
    assert [len(chunk) for chunk in table.column("image_sequence").chunks] == [100, 1]


@pytest.mark.parametrize("config", ["default", "arrays"])
def test_streaming_a_local_file_gives_the_same_rows(authors_file, stream, config, monkeypatch):
    monkeypatch.setattr(moving_mnist, "SEQUENCES_PER_READ", 3)
    assert same_sequences(stream(str(authors_file), config), falling_dots())


# Reading


def test_read_puts_the_sequence_first_and_keeps_time_rows_and_columns(authors_file):
    sequences = verify(authors_file, None).read(2, 4)
    assert (sequences.shape, sequences.dtype) == ((2, 20, 64, 64), np.uint8)
    assert sequences[0, 5, 5, 36] == 200
    assert sequences[1, 19, 19, 39] == 200
    assert np.array_equal(sequences, falling_dots()[:, 2:4].transpose(1, 0, 2, 3))


def test_num_sequences_counts_the_second_axis(authors_file):
    assert verify(authors_file, None).num_sequences == 7


@pytest.mark.parametrize("start, stop", [(-1, 3), (5, 8), (4, 3)])
def test_a_range_outside_the_file_is_refused_and_not_cut(authors_file, start, stop):
    with pytest.raises(InvalidSource, match=f"0 <= start <= stop <= 7 sequences, got {start} and {stop}"):
        verify(authors_file, None).read(start, stop)


@pytest.mark.parametrize("n", [1, 7])
def test_the_sequences_are_a_copy_without_a_map(tmp_path, n):
    path = tmp_path / "mine.npy"
    np.save(path, falling_dots(n))
    sequences = verify(path, None).read(0, n)
    assert type(sequences) is np.ndarray
    assert sequences.base is None
    assert sequences.flags.c_contiguous and sequences.flags.writeable
    assert verify(path, None).read(1, 1).shape == (0, 20, 64, 64)


def test_a_file_in_fortran_order_is_read_the_same(tmp_path, build):
    path = tmp_path / "mine.npy"
    np.save(path, np.asfortranarray(falling_dots()))
    assert b"'fortran_order': True" in path.read_bytes()[:128]
    assert same_sequences(build(str(path), sha256=None), falling_dots())
    assert np.array_equal(verify(path, None).read(2, 5), falling_dots()[:, 2:5].transpose(1, 0, 2, 3))


# In a process of its own: what other tests have freed would hide what is taken.
PEAKS = """
import re
from pathlib import Path
import numpy as np
from moving_mnist import verify
def peak_memory():
    return int(re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1])
source = verify("mine.npy", None)
Path("/proc/self/clear_refs").write_text("5")  # the peak starts anew
before = peak_memory()
for start in range(0, 1_000, 100):
    source.read(start, start + 100)
read = peak_memory() - before
np.ones(60_000 * 1024, np.uint8)
print(read, peak_memory() - before)
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_reading_an_82_mb_file_range_by_range_takes_less_than_half_of_it_in_memory(tmp_path):
    np.lib.format.open_memmap(tmp_path / "mine.npy", mode="w+", dtype=np.uint8, shape=(20, 1_000, 64, 64))
    own = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    ended = subprocess.run([sys.executable, "-c", PEAKS], cwd=tmp_path, env=own, capture_output=True, text=True)
    read, with_more = map(int, ended.stdout.split())  # kB
    assert read < 40_000 < with_more  # else the first figure means nothing


# A file that changes after it was verified


def replace(path):
    path.with_suffix(".new").write_bytes(authors_bytes(falling_dots()[::-1]))
    path.with_suffix(".new").replace(path)


def write_over(path):
    with path.open("r+b") as file:
        file.seek(-1, 2)
        file.write(b"\xff")


def cut_short(path):
    with path.open("r+b") as file:
        file.truncate(200_000)


@pytest.mark.parametrize("change", [replace, write_over, cut_short])
def test_a_file_that_changes_between_verifying_and_reading_is_refused(authors_file, change):
    source = verify(authors_file, moving_mnist.SHA256)
    assert len(source.read(0, 3)) == 3
    status = authors_file.stat()
    time.sleep(0.01)  # seconds; a file system's clock may tick every 4 ms
    change(authors_file)
    os.utime(authors_file, ns=(status.st_atime_ns, status.st_mtime_ns))
    with pytest.raises(InvalidSource, match="mnist_test_seq.npy: must not change while it is read"):
        source.read(3, 7)


def test_a_build_of_a_file_that_changes_in_the_middle_leaves_no_rows(authors_file, build, monkeypatch, tmp_path):
    monkeypatch.setattr(moving_mnist, "SEQUENCES_PER_READ", 2)
    read = moving_mnist.Source.read

    def replaced_in_the_middle(source, start, stop):
        if start == 4:
            replace(authors_file)
        return read(source, start, stop)

    monkeypatch.setattr(moving_mnist.Source, "read", replaced_in_the_middle)
    with pytest.raises(Exception) as refused:
        build(str(authors_file))
    causes = [refused.value, refused.value.__cause__, refused.value.__context__]
    assert any(isinstance(cause, InvalidSource) for cause in causes)
    assert finished(tmp_path / "cache") == []


# Which file is accepted


def test_the_authors_file_is_accepted_under_their_hash(authors_file):
    assert verify(authors_file, moving_mnist.SHA256).sha256 == moving_mnist.SHA256 == sha256_of(authors_file)


def test_a_copy_saved_again_is_accepted_under_the_authors_hash(authors_file, build, tmp_path):
    again = tmp_path / "again.npy"
    np.save(again, np.load(authors_file))
    assert again.stat().st_size == authors_file.stat().st_size + 32
    assert sha256_of(again) != moving_mnist.SHA256
    assert verify(again, moving_mnist.SHA256).sha256 == moving_mnist.SHA256
    assert same_sequences(build(str(again)), falling_dots())


def test_the_same_bytes_declared_to_be_in_fortran_order_are_other_frames_and_refused(authors_file):
    content = authors_file.read_bytes()
    authors_file.write_bytes(content.replace(b"False, 'shape'", b"True,  'shape'"))
    assert not np.array_equal(np.load(authors_file), falling_dots())
    with pytest.raises(InvalidSource, match="sha256 must be"):
        verify(authors_file, moving_mnist.SHA256)


def test_one_changed_pixel_is_refused_with_both_hashes_and_the_two_ways_on(authors_file, build, tmp_path):
    content = bytearray(authors_file.read_bytes())
    content[-1] ^= 1
    authors_file.write_bytes(content)
    with pytest.raises(InvalidSource) as refused:
        build(str(authors_file))
    message = str(refused.value)
    assert moving_mnist.SHA256 in message
    assert f"sha256='{sha256_of(authors_file)}'" in message
    assert "sha256=None" in message
    assert "\n" not in message
    assert finished(tmp_path / "cache") == []
    assert authors_file.exists()


def test_a_users_file_is_accepted_under_its_own_hash(tmp_path, build):
    path = tmp_path / "mine.npy"
    np.save(path, falling_dots(n=3))
    assert verify(path, sha256_of(path)).sha256 == sha256_of(path)
    assert verify(path, sha256_of(path).upper()).sha256 == sha256_of(path)
    assert same_sequences(build(str(path), sha256=sha256_of(path)), falling_dots(n=3))
    with pytest.raises(InvalidSource, match="sha256 must be 0000"):
        build(str(path), sha256="0" * 64)


def test_sha256_none_accepts_any_file_of_the_layout_under_its_own_hash(tmp_path, build):
    path = tmp_path / "mine.npy"
    np.save(path, falling_dots(n=3))
    assert verify(path, None).sha256 == sha256_of(path)
    assert same_sequences(build(str(path), sha256=None), falling_dots(n=3))


def test_a_malformed_sha256_is_refused_at_once(tmp_path):
    for wrong in ("", "md5", "f" * 63, "g" * 64, 5):
        with pytest.raises(InvalidSource, match="64 hexadecimal digits"):
            MovingMnist(cache_dir=str(tmp_path), sha256=wrong)


def truncated(path):
    path.write_bytes(authors_bytes(falling_dots())[:-1])


def trailing(path):
    path.write_bytes(authors_bytes(falling_dots()) + b"\n")


def header_alone(path):
    path.write_bytes(authors_bytes(falling_dots())[:96])


def pickled(path):
    np.save(path, np.array([[[[print]]]], dtype=object), allow_pickle=True)


def floats(path):
    np.save(path, falling_dots().astype(np.float32))


def signed(path):
    np.save(path, falling_dots().astype(np.int8))


def one_sequence_without_its_axis(path):
    np.save(path, falling_dots()[:, 0])


def with_channels(path):
    np.save(path, falling_dots()[..., None])


def turned(path):
    np.save(path, falling_dots().transpose(1, 0, 2, 3))


def ten_frames(path):
    np.save(path, falling_dots()[:10])


def narrow(path):
    np.save(path, falling_dots()[..., :32])


def no_sequences(path):
    np.save(path, falling_dots()[:, :0])


def web_page(path):
    path.write_text("<!DOCTYPE html><title>404 Not Found</title>")


def empty(path):
    path.write_bytes(b"")


def archive(path):
    with path.open("wb") as file:
        np.savez(file, falling_dots())


def broken_header(path):
    path.write_bytes(authors_bytes(falling_dots()).replace(b"{'descr'", b"{{{{'''("))


def declaring(shape, descr="'|u1'", version=1):
    """A writer of a file whose header declares these, however absurd."""

    def write(path):
        text = f"{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}, }}\n".encode()
        length = struct.pack("<H" if version == 1 else "<I", len(text))
        path.write_bytes(b"\x93NUMPY" + bytes([version, 0]) + length + text + bytes(1_000))

    write.__name__ = f"declaring_{shape:.20}_{descr:.20}_{version}"
    return write


def long_header(path):
    path.write_bytes(b"\x93NUMPY\x02\x00" + struct.pack("<I", 2**32 - 1) + b"{" * 20_000)


BAD_FILES = [
    (truncated, r"size must be 573,536 bytes for shape \(20, 7, 64, 64\), got 573,535"),
    (trailing, "size must be 573,536 bytes .* got 573,537"),
    (header_alone, "size must be 573,536 bytes .* got 96"),
    (pickled, "dtype must be uint8, got object"),
    (floats, "dtype must be uint8, got float32"),
    (signed, "dtype must be uint8, got int8"),
    (one_sequence_without_its_axis, r"shape must be \(20, n, 64, 64\) .* got \(20, 64, 64\)"),
    (with_channels, r"shape must be .* got \(20, 7, 64, 64, 1\)"),
    (turned, r"shape must be .* got \(7, 20, 64, 64\)"),
    (ten_frames, r"shape must be .* got \(10, 7, 64, 64\)"),
    (narrow, r"shape must be .* got \(20, 7, 64, 32\)"),
    (no_sequences, r"with n >= 1, got \(20, 0, 64, 64\)"),
    (web_page, "npy file of version 1.0 or 2.0, got one that begins with b'<!DOCTYPE html><'"),
    (empty, "npy file of version 1.0 or 2.0, got one that begins with b''"),
    (archive, r"npy file of version 1.0 or 2.0, got one that begins with b'PK"),
    (broken_header, "npy file of version 1.0 or 2.0"),
    (long_header, "npy file of version 1.0 or 2.0"),
    (declaring("(20, 7, 64, 64)", version=3), "npy file of version 1.0 or 2.0"),
    (declaring("(20, 7, 64, 64)", version=2), r"size must be 573,.* for shape \(20, 7, 64, 64\), got"),
    (declaring(f"(20, 1{'0' * 4000}, 64, 64)"), "npy file of version 1.0 or 2.0"),
    (declaring(f"(20, {2**62}, 64, 64)"), "size must be"),
    (declaring("(20, -7, 64, 64)"), "shape must be"),
    (declaring("(20, 7.0, 64, 64)"), "npy file of version 1.0 or 2.0"),
    (declaring("(20, True, 64, 64)"), r"size must be .* for shape \(20, 1, 64, 64\)"),
    (declaring(f"({'7, ' * 2000})"), r"shape must be .* got \(7, 7, .*"),
    (declaring("()"), r"shape must be .* got \(\)"),
    (declaring("(" * 3000), "npy file of version 1.0 or 2.0"),
    (declaring("(20, 7, 64, 64)", descr="'nonsense'"), "npy file of version 1.0 or 2.0"),
    (declaring("(20, 7, 64, 64)", descr="'\\d'"), "npy file of version 1.0 or 2.0"),
    (declaring("(20, 7, 64, 64)", descr="[('a', '|u1'), ('b', '<f4')]"), "dtype must be uint8"),
]


@pytest.mark.parametrize("write, message", BAD_FILES, ids=[write.__name__ for write, _ in BAD_FILES])
def test_a_file_of_another_layout_is_refused_in_one_line_even_unverified(tmp_path, build, write, message):
    path = tmp_path / "bad.npy"
    write(path)
    with pytest.raises(InvalidSource, match=message) as refused, warnings.catch_warnings(record=True) as warned:
        build(str(path), sha256=None)
    assert warned == []
    assert "\n" not in str(refused.value) and len(str(refused.value)) < 400 + len(str(path))
    assert str(path) in str(refused.value)
    assert finished(tmp_path / "cache") == []
    assert path.exists()


def test_a_header_with_a_few_changed_bytes_is_read_right_or_refused_with_the_path(tmp_path):
    rng, path, good = np.random.default_rng(0), tmp_path / "bad.npy", authors_bytes(falling_dots(1))
    path.write_bytes(good)
    accepted = 0
    with path.open("r+b", buffering=0) as file, warnings.catch_warnings(record=True) as warned:
        for _ in range(500):
            header = bytearray(good[:96])
            for at in rng.integers(0, 96, rng.integers(1, 4)):
                header[at] = rng.integers(0, 256)
            file.seek(0)
            file.write(header)
            file.seek(0)
            try:
                assert moving_mnist._read_layout(file, path) in [(1, True, 96), (1, False, 96)]
                accepted += 1
            except InvalidSource as error:
                assert str(path) in str(error) and "\n" not in str(error)
    assert warned == []
    assert 0 < accepted < 250  # a blank in the padding may become a tab


def test_a_source_that_is_no_path_is_refused(tmp_path):
    for wrong in (5, b"mine.npy", ["mine.npy"]):
        with pytest.raises(InvalidSource, match="source must be a path or URL, not"):
            MovingMnist(cache_dir=str(tmp_path), source=wrong)


def test_a_missing_file_is_named(tmp_path, build):
    for sha256 in (moving_mnist.SHA256, None):
        with pytest.raises(FileNotFoundError, match="nowhere.npy: no such file; source= is"):
            build(str(tmp_path / "nowhere.npy"), sha256=sha256)
    assert finished(tmp_path / "cache") == []


def test_streaming_refuses_a_bad_file_before_the_first_row(tmp_path, stream):
    path = tmp_path / "bad.npy"
    truncated(path)
    with pytest.raises(InvalidSource, match="size must be"):
        stream(str(path), sha256=None)


# Where the file comes from


def test_the_source_may_be_a_path_or_a_file_url_below_home_or_relative(authors_file, build, monkeypatch):
    monkeypatch.setenv("HOME", str(authors_file.parent))
    monkeypatch.chdir(authors_file.parent)
    for source in (authors_file, f"file://{authors_file}", "~/mnist_test_seq.npy", "mnist_test_seq.npy"):
        assert len(build(source)) == 7


def test_a_relative_path_starts_at_the_folder_where_the_builder_was_made(tmp_path, monkeypatch):
    for folder, n in (("one", 1), ("two", 2)):
        (tmp_path / folder).mkdir()
        np.save(tmp_path / folder / "mine.npy", falling_dots(n))
    monkeypatch.chdir(tmp_path / "one")
    builder = MovingMnist("arrays", str(tmp_path / "cache"), source="mine.npy", sha256=None)
    monkeypatch.chdir(tmp_path / "two")
    builder.download_and_prepare()
    assert len(builder.as_dataset("test")) == 1


def test_a_users_own_bad_file_is_never_removed_even_as_a_file_url(authors_file, build):
    truncated(authors_file)
    for scheme in ("", "file://", "local://"):
        with pytest.raises(InvalidSource, match="size must be"):
            build(f"{scheme}{authors_file}")
        assert authors_file.exists()


def test_a_changed_unverified_file_gives_its_new_rows(tmp_path, build):
    path = tmp_path / "mine.npy"
    np.save(path, falling_dots())
    assert same_sequences(build(str(path), sha256=None), falling_dots())
    np.save(path, falling_dots()[::-1])
    assert same_sequences(build(str(path), sha256=None), falling_dots()[::-1])


def test_an_unchanged_unverified_file_is_built_once(tmp_path, build, monkeypatch):
    path = tmp_path / "mine.npy"
    np.save(path, falling_dots())
    build(str(path), sha256=None)
    monkeypatch.setattr(moving_mnist, "verify", None)
    assert len(build(str(path), sha256=None)) == 7


def test_rows_of_an_unverified_build_are_not_used_when_the_authors_hash_is_required(tmp_path, build):
    path = tmp_path / "mine.npy"
    np.save(path, falling_dots())
    build(str(path), sha256=None)
    with pytest.raises(InvalidSource, match="sha256 must be c2a3e8d3"):
        build(str(path))


def test_a_url_is_downloaded_once_for_both_configs_and_for_streaming(authors_file, build, stream, server):
    url = f"{server.url}/{authors_file.name}"
    assert same_sequences(build(url, "arrays"), falling_dots())
    assert same_sequences(build(url, "default"), falling_dots())
    assert same_sequences(stream(url), falling_dots())
    assert server.downloads == ["/mnist_test_seq.npy"]


@pytest.mark.parametrize("config", ["default", "arrays"])
def test_streaming_a_url_downloads_and_verifies_the_whole_file_first(authors_file, stream, server, config):
    assert same_sequences(stream(f"{server.url}/{authors_file.name}", config), falling_dots())
    assert server.downloads == ["/mnist_test_seq.npy"]


@pytest.mark.parametrize("way", ["build", "stream"])
def test_a_bad_download_is_removed_and_fetched_anew(authors_file, server, way, request, tmp_path):
    read = request.getfixturevalue(way)
    good = authors_file.read_bytes()
    url = f"{server.url}/{authors_file.name}"
    for bad in (good[:-1], good[:-1] + b"\xff", b"<!DOCTYPE html>"):
        authors_file.write_bytes(bad)
        with pytest.raises(InvalidSource, match=f"downloaded from {url}; removed") as refused:
            read(url)
        assert "\n" not in str(refused.value)
        assert finished(tmp_path / "cache") == []
    authors_file.write_bytes(good)
    assert same_sequences(read(url), falling_dots())
    assert len(server.downloads) == 4


def test_a_url_is_read_under_its_own_hash_too(server, build, tmp_path):
    np.save(tmp_path / "mine.npy", falling_dots(n=3))
    sha256 = sha256_of(tmp_path / "mine.npy")
    for config in ("default", "arrays"):
        assert same_sequences(build(f"{server.url}/mine.npy", config, sha256=sha256), falling_dots(n=3))
    assert server.downloads == ["/mine.npy"]


def test_nothing_is_read_over_http_without_a_hash(server, build, stream, tmp_path):
    np.save(tmp_path / "mine.npy", falling_dots(n=3))
    for url in (f"{server.url}/mine.npy", f"simplecache::{server.url}/mine.npy", moving_mnist.URL):
        for read in (fetch, build, stream):
            with pytest.raises(InvalidSource, match="sha256 must be given for a source over http"):
                read(url, sha256=None)
    assert server.downloads == []


def test_a_url_of_another_protocol_is_read_unverified_too(build, online):
    import fsspec

    file = io.BytesIO()
    np.save(file, falling_dots(n=3))
    fsspec.filesystem("memory").pipe("/mine.npy", file.getvalue())
    for config in ("default", "arrays"):
        assert same_sequences(build("memory://mine.npy", config, sha256=None), falling_dots(n=3))


def test_a_url_that_is_not_there_is_one_line(server, build, tmp_path):
    with pytest.raises(ConnectionError, match="nowhere.npy: download failed .* give its path") as refused:
        build(f"{server.url}/nowhere.npy")
    assert "\n" not in str(refused.value)
    assert finished(tmp_path / "cache") == []


@pytest.mark.skipif(DATASETS_MAJOR < 3, reason="downloads with requests, whose errors differ")
@pytest.mark.parametrize(
    ("status", "words"),
    [(404, "404 .*Not Found"), (403, "403 .*Forbidden"), (429, "429 .*Too Many Requests"), (500, "500 .*Internal")],
)
def test_an_error_names_what_the_server_answers(authors_file, server, build, tmp_path, status, words):
    server.status = status
    with pytest.raises(ConnectionError, match=rf"download failed \(the server answers {words}") as refused:
        build(f"{server.url}/{authors_file.name}")
    assert "\n" not in str(refused.value)
    assert finished(tmp_path / "cache") == []


@pytest.mark.skipif(DATASETS_MAJOR < 3, reason="downloads with requests, whose errors differ")
def test_an_error_says_if_there_is_no_server_no_host_or_half_a_file(authors_file, server, build, tmp_path):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    server.cut = True
    for url, words in (
        (f"http://127.0.0.1:{port}/seq.npy", "Connect call failed"),
        (
            "http://nowhere.invalid/seq.npy",
            "Name or service not known|nodename nor|failure in name",
        ),
        (f"{server.url}/{authors_file.name}", "not completed|Not enough data|connection closed"),
    ):
        with pytest.raises(ConnectionError, match=f"{url}: download failed .*({words})") as refused:
            build(url)
        assert "\n" not in str(refused.value)
    server.cut = False
    assert same_sequences(build(f"{server.url}/{authors_file.name}"), falling_dots())


@pytest.mark.skipif(DATASETS_MAJOR < 3, reason="downloads with requests, which has no such limit")
def test_a_download_that_takes_longer_than_aiohttps_limit_goes_on(authors_file, build, server, monkeypatch):
    import aiohttp
    from fsspec.implementations.http import HTTPFileSystem

    HTTPFileSystem.clear_instance_cache()  # it keeps its session, and the session its limit
    short = aiohttp.ClientTimeout(total=0.1)  # seconds, instead of 5 minutes
    monkeypatch.setattr(aiohttp.client, "DEFAULT_TIMEOUT", short)
    server.pause = 0.4  # seconds
    assert len(build(f"{server.url}/{authors_file.name}")) == 7


def test_fetch_returns_the_path_and_the_hash_that_was_accepted(authors_file, server, tmp_path, monkeypatch):
    again = tmp_path / "again.npy"
    np.save(again, falling_dots())
    monkeypatch.setattr(datasets.config, "DOWNLOADED_DATASETS_PATH", str(tmp_path / "downloads"))
    source = fetch(again, moving_mnist.SHA256)
    assert (source.path, source.sha256) == (str(again), moving_mnist.SHA256)
    source = fetch(again, None)
    assert (source.path, source.sha256) == (str(again), sha256_of(again))
    source = fetch(f"{server.url}/again.npy", moving_mnist.SHA256)
    assert source.path.startswith(str(tmp_path / "downloads"))
    assert source.sha256 == moving_mnist.SHA256
    assert np.array_equal(source.read(0, 7), falling_dots().transpose(1, 0, 2, 3))


def test_fetch_refuses_a_malformed_sha256_before_it_downloads(authors_file, server):
    with pytest.raises(InvalidSource, match="64 hexadecimal digits.*got 'c2a3'"):
        fetch(f"{server.url}/{authors_file.name}", "c2a3")
    assert server.downloads == []


@pytest.mark.skipif(DATASETS_MAJOR >= 4, reason="datasets >= 4 loads no scripts")
def test_as_a_script_it_ignores_the_splits_of_the_readme(authors_file, tmp_path, monkeypatch):
    monkeypatch.setattr(datasets.config, "HF_DATASETS_TRUST_REMOTE_CODE", True, raising=False)
    folder = tmp_path / "moving_mnist"
    folder.mkdir()
    with open(moving_mnist.__file__, encoding="utf-8") as script:
        (folder / "moving_mnist.py").write_text(script.read(), encoding="utf-8")
    (folder / "README.md").write_text(
        "---\n"
        "dataset_info:\n"
        "- config_name: arrays\n"
        "  features: [{name: other, dtype: int64}]\n"
        "  splits:\n"
        "  - {name: train, num_bytes: 1, num_examples: 3}\n"
        "  - {name: test, num_bytes: 1, num_examples: 9}\n"
        "  download_size: 1\n"
        "  dataset_size: 1\n"
        "---\n"
    )
    rows = datasets.load_dataset(
        str(folder),
        "arrays",
        split="test",
        source=str(authors_file),
        sha256=None,
        cache_dir=str(tmp_path / "cache"),
    )
    assert same_sequences(rows, falling_dots())
