"""numpy <-> Arrow columns of lists and of pictures."""

import io
import math
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from PIL import Image

from ..common.refusals import Unreadable

DECODED_PIXELS_LIMIT = 2**29  # decoded at a time: 67 million would be 20 frames of 1,830 x 1,830
# Not all that Pillow can read: some of its formats start other programs.
PICTURE_FORMATS = ("PNG", "PPM", "JPEG", "WEBP", "GIF", "BMP", "TIFF")
PICTURE = pa.struct({"bytes": pa.binary(), "path": pa.string()})


def nested(array: np.ndarray) -> pa.Array:
    """(n, a, b, ...) array -> n rows of lists of lists, without a copy of its values.

    >>> nested(np.zeros((3, 2, 2), np.uint8)).type
    ListType(list<item: list<item: uint8>>)
    """
    values = pa.array(np.ascontiguousarray(array).reshape(-1))
    for axis in reversed(range(1, array.ndim)):
        values = in_lists(values, int(np.prod(array.shape[:axis])), array.shape[axis])
    return values


def in_lists(values: pa.Array, n: int, length: int) -> pa.ListArray:
    """n * length values -> n rows of lists of `length`."""
    return pa.ListArray.from_arrays(pa.array(np.arange(n + 1, dtype=np.int32) * np.int32(length)), values)


def unnested(column: Any) -> np.ndarray:
    """n rows of lists of lists, each of one shape -> (n, a, b, ...) array, which may be written to."""
    values, shape = flattened(column)
    if values.null_count or not (pa.types.is_integer(values.type) or pa.types.is_floating(values.type)):
        raise Unreadable(f"arrays must hold numbers, and no nulls, not {values.type}")
    return values.to_numpy(zero_copy_only=False).reshape(len(column), *shape).copy()


def flattened(column: Any) -> tuple[pa.Array, list[int]]:
    """n rows of lists of lists -> (their values, one after another; the lengths of the lists of each depth).

    Raises:
        Unreadable: lists of other lengths than the first, or that are null.
    """
    values, lengths = storage(column), []
    while is_list(values.type):
        found = pc.min_max(pc.list_value_length(values)).as_py()
        if values.null_count or found["min"] != found["max"]:
            raise Unreadable(f"lists must be of one length, not {found['min']} to {found['max']}, and none null")
        lengths.append(found["min"] or 0)
        values = values.flatten()
        if len(values) > DECODED_PIXELS_LIMIT:
            raise Unreadable(
                f"rows read together must hold at most {DECODED_PIXELS_LIMIT:,} values, not {len(values):,}"
            )
    return values, lengths


def is_list(kind: pa.DataType) -> bool:
    """Whether an Arrow type is one of those of lists."""
    return pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind)


def storage(column: Any) -> Any:
    """A column as Arrow stores it, without datasets' extension type."""
    column = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    column = column.chunk(0) if isinstance(column, pa.ChunkedArray) else column  # of some kinds it gives one chunk
    return column.storage if isinstance(column, pa.ExtensionArray) else column


def pictures(files: pa.Array) -> pa.StructArray:
    """Arrow column of files -> column of pictures, as datasets stores an Image."""
    return pa.StructArray.from_arrays([files, pa.nulls(len(files), pa.string())], fields=list(PICTURE))


def picture_files(files: list[bytes]) -> pa.StructArray:
    """List of bytes -> column of pictures."""
    return pictures(pa.array(files, pa.binary()))


def files_of_one_size(files: np.ndarray) -> pa.Array:
    """(n, size) uint8 -> Arrow column of n binaries, without a copy."""
    n, size = files.shape
    offsets = pa.py_buffer(np.arange(n + 1, dtype=np.int32) * np.int32(size))
    return pa.Array.from_buffers(pa.binary(), n, [None, offsets, pa.py_buffer(files)])


def files_of(column: Any) -> pa.Array:
    """Column of pictures -> Arrow array of their files."""
    column = storage(column)
    if not pa.types.is_struct(column.type) or column.type.get_field_index("bytes") < 0:
        raise Unreadable(f"pictures must be a struct with bytes, not {column.type!s:.60}")
    files = column.field("bytes")
    if not pa.types.is_binary(files.type) or files.null_count or column.null_count:
        raise Unreadable(
            f"pictures must have their bytes in the file, and {column.null_count or files.null_count} lack them"
        )
    return files


def files_in(column: Any) -> np.ndarray | None:
    """Column of pictures -> (n, size) uint8, a view of their files; None if they are not all of one size."""
    files = files_of(column)
    _, offsets, content = files.buffers()
    offsets = np.frombuffer(offsets, np.int32)[files.offset :][: len(files) + 1]
    if len(set(np.diff(offsets).tolist())) != 1:
        return None
    return np.frombuffer(content, np.uint8)[offsets[0] : offsets[-1]].reshape(len(files), -1)


def pixels_of_pictures(column: Any, rows: int) -> np.ndarray:
    """Column of rows * p pictures of one size -> (rows, p, height, width) or (..., 3) uint8."""
    files = files_of(column)
    if not len(files):
        return np.zeros((rows, 0, 0, 0), np.uint8)
    stack = decoded([file.as_py() for file in files])
    return stack.reshape(rows, len(files) // rows, *stack.shape[1:])


def decoded(files: list[bytes]) -> np.ndarray:
    """List of picture files, as bytes -> (n, height, width) or (n, height, width, 3) uint8.

    Raises:
        Unreadable: they are not grey or RGB, not of one size, or of more than DECODED_PIXELS_LIMIT pixels in all.
    """
    stack = np.empty((0,), np.uint8)
    for number, file in enumerate(files):
        with Image.open(io.BytesIO(file), formats=PICTURE_FORMATS) as image:  # reads the header alone
            if image.mode not in ("L", "RGB"):
                raise Unreadable(f"pictures must be of mode L or RGB, not {image.mode}")
            shape = (image.height, image.width, *[3] * (image.mode == "RGB"))
            if not number:
                if len(files) * math.prod(shape) > DECODED_PIXELS_LIMIT:
                    raise Unreadable(
                        f"pictures read together must have at most {DECODED_PIXELS_LIMIT:,} pixels, "
                        f"not {len(files)} times {' x '.join(map(str, shape))}"
                    )
                stack = np.empty((len(files), *shape), np.uint8)
            if shape != stack.shape[1:]:
                raise Unreadable(f"pictures must be of one size, {stack.shape[1:]}, not {shape}")
            stack[number] = np.asarray(image)
    return stack
