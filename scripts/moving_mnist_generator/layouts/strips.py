"""A sequence as one picture, all frames one below the other: the layout to train from.

The picture is a PGM (in colour a PPM): a header of one line, then the raw pixels. So encoding is a copy, any image
library reads it, and who has none skips the header. Parquet's zstd compresses it.
"""

import numpy as np

from .base import Layout, keeps_compressing

# Pillow warns of pictures that have more pixels, and refuses those that have twice as many.
MOST_PIXELS = 1024**3 // 4 // 3


def feature(num_frames, frame_shape):
    return {"_type": "Image"}


def header(num_frames, frame_shape):
    """The first line of the picture file.

    >>> header(20, (64, 64))
    b'P5 64 1280 255\\n'
    """
    height, width, *channels = frame_shape
    return f"{'P6' if channels else 'P5'} {width} {num_frames * height} 255\n".encode()


def encode(frames):
    from ..rows.nested import files_of_one_size, pictures

    n, t, *frame_shape = frames.shape
    first_line = np.frombuffer(header(t, frame_shape), np.uint8)
    files = np.empty((n, len(first_line) + frames[0].size if n else 0), np.uint8)
    files[:, : len(first_line)] = first_line
    files[:, len(first_line) :] = frames.reshape(n, -1)
    return pictures(files_of_one_size(files))


def decode(column, num_frames):
    from ..rows.nested import files_in, pixels_of_pictures

    if not len(column):
        return np.zeros((0, num_frames, 0, 0), np.uint8)
    files = files_in(column)
    if files is None or files[0, :2].tobytes() not in (b"P5", b"P6"):  # written by somebody else
        stack = pixels_of_pictures(column, len(column))[:, 0]
    else:  # a copy, as encoding is
        first_line = files[0].tobytes().partition(b"\n")[0]
        width, height = map(int, first_line.split()[1:3])
        channels = (3,) if first_line.startswith(b"P6") else ()
        stack = files[:, len(first_line) + 1 :].reshape(-1, height, width, *channels).copy()
    n, height, *rest = stack.shape
    return stack.reshape(n, num_frames, height // num_frames, *rest)


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
    most_pixels=MOST_PIXELS,
)
