"""numpy <-> Arrow columns of lists and of pictures."""

import io

import numpy as np
import pyarrow as pa
from PIL import Image

PICTURE = pa.struct({"bytes": pa.binary(), "path": pa.string()})


def nested(array):
    """(n, a, b, ...) array -> n rows of lists of lists, without a copy of its values.

    >>> nested(np.zeros((3, 2, 2), np.uint8)).type
    ListType(list<item: list<item: uint8>>)
    """
    values = pa.array(np.ascontiguousarray(array).reshape(-1))
    for axis in reversed(range(1, array.ndim)):
        values = in_lists(values, int(np.prod(array.shape[:axis])), array.shape[axis])
    return values


def in_lists(values, n, length):
    """n * length values -> n rows of lists of `length`."""
    return pa.ListArray.from_arrays(pa.array(np.arange(n + 1, dtype=np.int32) * np.int32(length)), values)


def unnested(column):
    """n rows of lists of lists, each of one shape -> (n, a, b, ...) array, which may be written to."""
    column, shape = storage(column), [len(column)]
    while pa.types.is_list(column.type):
        rows, column = len(column), column.flatten()
        shape.append(len(column) // rows if rows else 0)
    return column.to_numpy(zero_copy_only=False).reshape(shape).copy()


def storage(column):
    """A column as Arrow stores it, without datasets' extension type."""
    column = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    column = column.chunk(0) if isinstance(column, pa.ChunkedArray) else column  # of some kinds it gives one chunk
    return column.storage if isinstance(column, pa.ExtensionArray) else column


def pictures(files):
    """Arrow column of files -> column of pictures, as datasets stores an Image."""
    return pa.StructArray.from_arrays([files, pa.nulls(len(files), pa.string())], fields=list(PICTURE))


def picture_files(files):
    """List of bytes -> column of pictures."""
    return pictures(pa.array(files, pa.binary()))


def files_of_one_size(files):
    """(n, size) uint8 -> Arrow column of n binaries, without a copy."""
    n, size = files.shape
    offsets = pa.py_buffer(np.arange(n + 1, dtype=np.int32) * np.int32(size))
    return pa.Array.from_buffers(pa.binary(), n, [None, offsets, pa.py_buffer(files)])


def files_in(column):
    """Column of pictures -> (n, size) uint8, a view of their files; None if they are not all of one size."""
    files = storage(column).field("bytes")
    if files.null_count:
        return None
    _, offsets, content = files.buffers()
    offsets = np.frombuffer(offsets, np.int32)[files.offset :][: len(files) + 1]
    if len(set(np.diff(offsets).tolist())) != 1:
        return None
    return np.frombuffer(content, np.uint8)[offsets[0] : offsets[-1]].reshape(len(files), -1)


def pixels_of_pictures(column, rows):
    """Column of rows * p pictures of one size -> (rows, p, height, width) or (..., 3) uint8."""
    found = [np.asarray(Image.open(io.BytesIO(file.as_py()))) for file in storage(column).field("bytes")]
    if not found:
        return np.zeros((rows, 0, 0, 0), np.uint8)
    return np.stack(found).reshape(rows, len(found) // rows, *found[0].shape)
