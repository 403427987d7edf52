"""The column `image_sequence` of any rows -> frames.

m sequences, t frames, H W pixels.
"""

import numpy as np

from ..common.checks import InputError
from ..common.names import FRAME_SIZE, NUM_FRAMES

USUAL = (NUM_FRAMES, *FRAME_SIZE)  # of the authors' sequences, whose files record no variant


def num_frames_in(features):
    """The frames of a sequence, t, as the feature of its positions (k, t, 2) says; None without one."""
    positions = features.get("positions") if isinstance(features, dict) else None
    shape = positions.get("shape") if isinstance(positions, dict) else None
    fits = isinstance(shape, (list, tuple)) and len(shape) == 3 and isinstance(shape[1], int) and shape[1] > 0
    return shape[1] if fits else None


def decode(name, table, variant=None, in_colour=False, layout=None, num_frames=None):
    """The column `image_sequence` -> (m, t, H, W) uint8, or (m, t, H, W, 3) if `in_colour`."""
    from ..common.refusals import ROWS, Unreadable, readable
    from ..rows.nested import storage

    column, known = storage(table.column("image_sequence")), USUAL
    if variant is not None:
        known = (variant.num_frames, *variant.frame_shape)
    with readable(name, ROWS):
        if layout is None:
            frames = decode_any(column, num_frames if variant is None else variant.num_frames)
        else:
            frames = layout.decode(column, known[0])
            if frames.shape[1:] != known:
                raise Unreadable(f"its sequences must be {known} by its recipe, not {frames.shape[1:]}")
    check_grey(name, frames.shape[2:], in_colour)
    if frames.dtype != np.uint8:
        raise InputError(f"{name}: frames must be uint8, not {frames.dtype}")
    return frames


def decode_any(values, num_frames=None):
    """A column in any layout -> (m, t, H, W) or (m, t, H, W, 3) of its own dtype.

    A sequence is a list of pictures, one picture with its frames one below the other, or numbers. A single picture
    holds `num_frames`, or square frames if their number is not known.
    """
    import pyarrow as pa

    from ..common.refusals import Unreadable
    from ..rows.nested import flattened, pixels_of_pictures, unnested

    inner, sizes = flattened(values)
    if not pa.types.is_struct(inner.type):
        return unnested(values)
    pictures = pixels_of_pictures(inner, len(inner))[:, 0]
    height, cols = pictures.shape[1:3]
    if not sizes:
        rows, divisor = height, num_frames or cols
        if not rows * divisor or rows % divisor:
            rule = f"{num_frames} frames" if num_frames else f"frames of {cols} rows"
            raise Unreadable(f"a picture must hold {rule}, not {rows} rows")
        height = rows // num_frames if num_frames else cols
    return pictures.reshape(len(values), -1, height, *pictures.shape[2:])


def check_grey(name, frame_shape, in_colour=False):
    """Refuse coloured frames, unless they are wanted."""
    if in_colour and len(frame_shape) == 3 and frame_shape[2] == 3:
        return
    if len(frame_shape) != 2:
        raise InputError(f"{name}: frames must be grey (H, W), which all protocols score, not {frame_shape}")
