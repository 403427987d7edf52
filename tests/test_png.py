"""PNG files: what Pillow and the letter of the format read in them."""

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from moving_mnist_generator import generate
from moving_mnist_generator.common.checks import InputError
from moving_mnist_generator.rows.png import png, pngs

NOISE = np.random.default_rng(0).integers(0, 256, 4096 * 3 * 8, np.uint8)
SIZES = [(1, 1), (1, 7), (7, 1), (2, 3), (64, 64), (27, 21), (1, 4096), (8, 4096)]


def read(file, mode):
    """The pixels of a PNG, once Pillow has checked the sums of all chunks."""
    Image.open(io.BytesIO(file)).verify()
    picture = Image.open(io.BytesIO(file))
    assert picture.format == "PNG" and picture.mode == mode
    return np.asarray(picture)


def chunks(file):
    """[(name, content, checksum)] of a PNG, read by hand."""
    found, at = [], 8
    while at < len(file):
        (length,) = struct.unpack(">I", file[at : at + 4])
        content, end = file[at + 8 : at + 8 + length], at + 8 + length
        found.append((file[at + 4 : at + 8], content, struct.unpack(">I", file[end : end + 4])[0]))
        at = end + 4
    return found


@pytest.mark.parametrize("size", SIZES)
def test_pillow_reads_every_grey_pixel_back(size):
    frame = NOISE[: size[0] * size[1]].reshape(size)
    assert np.array_equal(read(png(frame), "L"), frame)


@pytest.mark.parametrize("size", SIZES)
def test_pillow_reads_every_colour_pixel_back(size):
    frame = NOISE[: size[0] * size[1] * 3].reshape(*size, 3)
    assert np.array_equal(read(png(frame), "RGB"), frame)


def test_red_stays_red_and_blue_stays_blue():
    frame = np.zeros((2, 3, 3), np.uint8)
    frame[0, :, 0], frame[1, :, 2] = 255, 255
    picture = Image.open(io.BytesIO(png(frame)))
    assert picture.size == (3, 2)  # Pillow says (width, height)
    assert picture.getpixel((0, 0)) == (255, 0, 0) and picture.getpixel((2, 1)) == (0, 0, 255)


def test_each_chunk_carries_its_checksum_and_each_row_filter_0():
    frame = generate("two_digits", "train", [0]).frames[0, 0]
    file = png(frame)
    assert file[:8] == b"\x89PNG\r\n\x1a\n"
    parts = chunks(file)
    assert [name for name, _, _ in parts] == [b"IHDR", b"IDAT", b"IEND"]
    assert all(checksum == zlib.crc32(name + content) for name, content, checksum in parts)
    rows = np.frombuffer(zlib.decompress(parts[1][1]), np.uint8).reshape(64, 65)
    assert not rows[:, 0].any() and np.array_equal(rows[:, 1:], frame)


@pytest.mark.parametrize("variant", ["two_digits", "coloured"])
def test_a_whole_sequence_gives_the_same_files_as_frame_by_frame(variant):
    frames = generate(variant, "train", [3]).frames[0]
    assert pngs(frames) == [png(frame) for frame in frames]


def test_a_sequence_seen_through_strides_is_read_in_its_own_order():
    stack = NOISE[: 20 * 12 * 9].reshape(12, 9, 20)
    frames = np.moveaxis(stack, -1, 0)[::2]
    assert np.array_equal([read(file, "L") for file in pngs(frames)], frames)


@pytest.mark.parametrize("variant", ["two_digits", "plus_plus", "coloured"])
def test_files_are_smaller_than_pillows(variant):
    def by_pillow(frame):
        file = io.BytesIO()
        Image.fromarray(frame).save(file, "PNG", compress_type=3)
        return len(file.getvalue())

    frames = generate(variant, "train", range(5)).frames
    ours = sum(len(file) for sequence in frames for file in pngs(sequence))
    assert ours < 0.97 * sum(by_pillow(frame) for sequence in frames for frame in sequence)


def test_no_frames_give_no_files():
    assert pngs(np.zeros((0, 64, 64), np.uint8)) == []


@pytest.mark.parametrize(
    "frame",
    [np.zeros((4, 4)), np.zeros((4, 4, 4), np.uint8), np.zeros(4, np.uint8), np.zeros((0, 4), np.uint8)],
    ids=["float", "four channels", "a line", "no rows"],
)
def test_what_is_no_frame_is_refused(frame):
    with pytest.raises(InputError, match=r"frames must be uint8, \(H, W\) or \(H, W, 3\) each, not "):
        png(frame)
