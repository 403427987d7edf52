"""The authors' npy file: (20, n, 64, 64) uint8, time first. OpenSTL, SimVP and torchvision read mnist_test_seq.npy.

The header has the authors' 96 bytes, so that their test split comes out as their very file. np.save writes 128 today.
"""

import struct

from ..common.names import npy_name
from .base import Export

HEADER = 96  # bytes


def write(path, shape, pieces):
    n, t, *frame_shape = shape
    frame, first = frame_shape[0] * frame_shape[1], 0  # bytes; sequences
    with path.open("wb") as file:
        file.write(header((t, n, *frame_shape)))
        file.truncate(HEADER + t * n * frame)
        for frames in pieces:
            for step in range(t):
                file.seek(HEADER + (step * n + first) * frame)
                file.write(frames[:, step].tobytes())
            first += len(frames)


def header(shape):
    """The bytes before the pixels, as the authors' numpy wrote them.

    >>> len(header((20, 10_000, 64, 64)))
    96
    """
    text = f"{{'descr': '|u1', 'fortran_order': False, 'shape': {tuple(shape)}, }}".ljust(HEADER - 11) + "\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text.encode()


NPY = Export(
    words="(20, n, 64, 64) uint8, as the authors' file",
    readers="OpenSTL, SimVP, torchvision's `MovingMNIST`",
    name=npy_name,
    write=write,
)
