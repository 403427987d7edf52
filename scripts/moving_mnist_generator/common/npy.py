"""Arrays of numbers in npy and npz files of anybody: no pickles, and no byte more than the file declares and has.

numpy's own reader takes memory for the shape in the header before it looks whether the file holds it.
"""

import io
import math
import os
import zipfile
from typing import Any

import numpy as np

from .refusals import NPY, NPZ, Unreadable, readable, regular

HEADER_BYTES_LIMIT = 10_000  # bytes, the longest header that numpy itself takes from strangers
BYTES_AT_A_TIME = 2**22  # bytes read at a time
HEADERS = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}


def mapped(path: Any) -> np.ndarray:
    """An npy file of numbers as a memory map, read-only: any shape and byte order.

    Raises:
        InputError: another kind of file, or not as many bytes as its header says.
        OSError: there is no such file.
    """
    with readable(path, NPY):
        with open(regular(path), "rb") as file:
            dtype, shape, order, offset = header(file, os.fstat(file.fileno()).st_size)
        if not math.prod(shape):
            return np.zeros(shape, dtype, order)  # nothing to map
        return np.memmap(path, dtype, "r", offset, shape, order)


def header(file: Any, size: int) -> tuple[np.dtype, tuple[int, ...], Any, int]:
    """The header of an npy file that has `size` bytes in all: (dtype, shape, "C" or "F", bytes of header)."""
    start = io.BytesIO(file.read(min(size, HEADER_BYTES_LIMIT + 12)))
    version = np.lib.format.read_magic(start)
    if version not in HEADERS:
        raise Unreadable(f"its version must be 1.0 or 2.0, not {version[0]}.{version[1]}")
    shape, in_fortran_order, dtype = HEADERS[version](start)
    if dtype.kind not in "biufc":
        raise Unreadable(f"it must hold numbers, not {dtype!s:.60}; pickles are never opened (allow_pickle=False)")
    shape = tuple(int(side) for side in shape)
    if any(side < 0 for side in shape) or len(shape) > 32:
        raise Unreadable(f"its shape must be up to 32 whole numbers >= 0, not {shape!s:.60}")
    needed = start.tell() + math.prod(shape) * dtype.itemsize
    if needed != size:
        raise Unreadable(f"shape {shape!s:.60} of {dtype} needs {needed:,} bytes, and it has {size:,}")
    return dtype, shape, "F" if in_fortran_order else "C", start.tell()


class Npz:
    """The members of an npz file, by name without `.npy`; a context.

    >>> import tempfile
    >>> path = tempfile.mkdtemp() + "/a.npz"
    >>> np.savez(path, level=np.arange(3))
    >>> with Npz(path) as arrays:
    ...     arrays.names, arrays.size("level") > 24, arrays.read("level")
    (['level'], True, array([0, 1, 2]))
    """

    def __init__(self, path, format=NPZ):
        self.path, self.format = path, format

    def __enter__(self):
        with readable(self.path, self.format):
            self.archive = zipfile.ZipFile(regular(self.path))
            self.members = {info.filename.removesuffix(".npy"): info for info in self.archive.infolist()}
        self.names = list(self.members)
        return self

    def __exit__(self, *_):
        self.archive.close()

    def size(self, name: str) -> int:
        """Bytes of a member, as the file declares them."""
        return self.members[name].file_size

    def read(self, name: str) -> np.ndarray:
        """The array of a member. No more of it is inflated than its header and the file declare."""
        member = self.members[name]
        with readable(self.path, self.format):
            if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                raise Unreadable(f"{name} must be stored or deflated")
            with self.archive.open(member) as file:
                dtype, shape, order, offset = header(file, member.file_size)
            with self.archive.open(member) as file:
                file.read(offset)
                return payload(file, dtype, shape, order)


def payload(file, dtype, shape, order):
    """The numbers behind a header."""
    values = np.empty(math.prod(shape), dtype)
    room, at = memoryview(values.view(np.uint8).data), 0
    while piece := file.read(BYTES_AT_A_TIME):  # to the end, where zipfile compares the checksum
        if at + len(piece) > len(room):
            raise Unreadable("it holds more bytes than its header says")
        room[at : at + len(piece)] = piece
        at += len(piece)
    if at != len(room):
        raise Unreadable(f"it holds {at:,} of {len(room):,} bytes")
    return values.reshape(shape, order=order)
