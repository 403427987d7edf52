"""The format of MNIST's own files, idx: a header, then raw pixels.

Readers of MNIST expect items of two axes. An item is a sequence with its frames one below another: (n, 1280, 64), and
`reshape(-1, 20, 64, 64)` gives the frames.
Labels are left out: such a file holds one label an item, and a sequence has several digits.
"""

import struct

from .base import Export

UINT8, AXES = 8, 3


def write(path, shape, pieces):
    with path.open("wb") as file:
        file.write(header(shape))
        for frames in pieces:
            file.write(frames.tobytes())


def header(shape):
    """The bytes before the pixels of sequences of shape (n, t, H, W).

    >>> header((60_000, 1, 28, 28)).hex(" ", 4)
    '00000803 0000ea60 0000001c 0000001c'
    """
    n, t, height, width = shape
    return struct.pack(">BBBBIII", 0, 0, UINT8, AXES, n, t * height, width)


IDX = Export(
    words="the format of MNIST: n images of 1280 x 64, the 20 frames one below another",
    readers="readers of MNIST's files",
    name=lambda split: f"{split}-images-idx3-ubyte",
    write=write,
)
