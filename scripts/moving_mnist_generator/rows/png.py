"""Frames -> PNG files.

A PNG is a signature and three chunks: the header IHDR, the pixels IDAT, the end IEND. Before compression each row
of pixels starts with a byte that names its filter; 0 is none. Frames are mostly black, so runs of equal bytes are
all that zlib has to look for. That is faster than Pillow, and smaller: Pillow also tries the other filters.
"""

import struct
import zlib

import numpy as np

from ..common.checks import InputError

SIGNATURE = b"\x89PNG\r\n\x1a\n"
GREY, RGB = 0, 2  # colour types of the header
END = b"\x00\x00\x00\x00IEND\xaeB`\x82"  # no data, and its checksum
DATA_CRC = zlib.crc32(b"IDAT")  # a chunk's checksum begins with its name


def png(frame: np.ndarray) -> bytes:
    """One frame as a PNG file.

    Args:
        frame: (H, W) uint8, 0 black, or (H, W, 3) uint8, red, green, blue.

    Returns:
        bytes, mode L or RGB for Pillow.

    Raises:
        InputError: another shape or dtype, or a frame without pixels.

    >>> png(np.zeros((64, 64), np.uint8))[:4]
    b'\\x89PNG'
    """
    return pngs(np.asarray(frame)[None])[0]


def pngs(frames: np.ndarray) -> list[bytes]:
    """Many frames as PNG files. Takes memory of the size of the frames: give it one sequence at a time.

    Args:
        frames: (t, H, W) or (t, H, W, 3) uint8.

    Returns:
        list of t bytes.

    >>> len(pngs(np.zeros((20, 64, 64, 3), np.uint8)))
    20
    """
    colour = frames.ndim == 4 and frames.shape[3] == 3
    if frames.dtype != np.uint8 or not (colour or frames.ndim == 3) or 0 in frames.shape[1:]:
        raise InputError(f"frames must be uint8, (H, W) or (H, W, 3) each, not {frames.dtype} {frames.shape[1:]}")
    t, height, width = frames.shape[:3]
    channels = 3 if colour else 1
    rows = np.zeros((t, height, 1 + width * channels), np.uint8)  # byte 0 of a row is its filter
    rows[..., 1:] = frames.reshape(t, height, width * channels)
    start = SIGNATURE + header(height, width, RGB if colour else GREY)
    return [start + data(frame) + END for frame in rows]


def header(height, width, colour_type):
    """The chunk IHDR: 8 bits a channel, not interlaced."""
    chunk = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, colour_type, 0, 0, 0)
    return struct.pack(">I", len(chunk) - 4) + chunk + struct.pack(">I", zlib.crc32(chunk))


def data(rows):
    """The chunk IDAT of (H, 1 + row) uint8, filter bytes and pixels."""
    compressor = zlib.compressobj(1, zlib.DEFLATED, 15, 9, zlib.Z_RLE)
    packed = compressor.compress(rows) + compressor.flush()
    return b"".join((struct.pack(">I", len(packed)), b"IDAT", packed, struct.pack(">I", zlib.crc32(packed, DATA_CRC))))
