"""A sequence as one picture, all frames one below the other: the layout to train from.

The picture is a PGM (in colour a PPM): a header of one line, then the raw pixels. So encoding is a copy, any image
library reads it, and who has none skips the header. Parquet's zstd compresses it.
"""

import math
import re
from typing import Any

import numpy as np

from .base import Layout, keeps_compressing

# Pillow warns of pictures that have more pixels, and refuses those that have twice as many.
STRIP_PIXELS_LIMIT = 1024**3 // 4 // 3
HEADER = re.compile(rb"(P[56]) (\d{1,9}) (\d{1,9}) 255\n")


def feature(num_frames: int, frame_shape: tuple[int, ...]) -> dict[str, Any]:
    return {"_type": "Image"}


def header(num_frames: int, frame_shape: tuple[int, ...]) -> bytes:
    """The first line of the picture file.

    >>> header(20, (64, 64))
    b'P5 64 1280 255\\n'
    """
    height, width, *channels = frame_shape
    return f"{'P6' if channels else 'P5'} {width} {num_frames * height} 255\n".encode()


def encode(frames: np.ndarray) -> Any:
    from ..rows.nested import files_of_one_size, pictures

    n, t, *frame_shape = frames.shape
    first_line = np.frombuffer(header(t, tuple(frame_shape)), np.uint8)
    files = np.empty((n, len(first_line) + frames[0].size if n else 0), np.uint8)
    files[:, : len(first_line)] = first_line
    files[:, len(first_line) :] = frames.reshape(n, -1)
    return pictures(files_of_one_size(files))


def decode(column: Any, num_frames: int) -> np.ndarray:
    from ..common.refusals import Unreadable
    from ..rows.nested import files_in, pixels_of_pictures

    if not len(column):
        return np.zeros((0, num_frames or 0, 0, 0), np.uint8)
    files = files_in(column)
    stack = None if files is None else raw_pixels(files)
    if stack is None:  # written by somebody else
        stack = pixels_of_pictures(column, len(column))[:, 0]
    n, height, width = stack.shape[:3]
    divisor = num_frames or width
    if not height * divisor or height % divisor:
        rule = f"{num_frames} frames" if num_frames else f"frames of {width} rows"
        raise Unreadable(f"a picture must hold {rule}, not {height} rows")
    return stack.reshape(n, -1, height // num_frames if num_frames else width, *stack.shape[2:])


def raw_pixels(files):
    """(n, size) uint8, files as `encode` makes them -> (n, height, width[, 3]) uint8, a copy; None for others."""
    found = HEADER.match(files[0, :40].tobytes())
    if not found or (files[:, : found.end()] != files[0, : found.end()]).any():
        return None
    width, height = int(found[2]), int(found[3])
    shape = (len(files), height, width, *[3] * (found[1] == b"P6"))
    return (
        files[:, found.end() :].reshape(shape).copy() if math.prod(shape[1:]) == files.shape[1] - found.end() else None
    )


STRIPS = Layout(
    words="one image, the 20 frames one below the other (64 x 1280), as PGM; PPM in colour",
    bare="strips",
    suffix="_strips",
    published=True,
    feature=feature,
    encode=encode,
    decode=decode,
    group_rows=100,
    file_rows=lambda variant: 100_000 if keeps_compressing(variant) else 24_000,
    whole_files=True,
    settings={"use_content_defined_chunking": False},
    most_pixels=STRIP_PIXELS_LIMIT,
)
