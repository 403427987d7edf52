"""Decode the column `image_sequence` of any rows to frames, by the layout that it has.

m sequences, t frames, H W pixels.
"""

from typing import Any

import numpy as np
import pyarrow as pa

from ..common.checks import InputError
from ..common.names import FRAME_SIZE, NUM_FRAMES
from ..common.refusals import ROWS, Unreadable, readable
from ..files.footers import ShardFile
from ..layouts import LAYOUTS, Layout
from ..rows.columns import IMAGE_SEQUENCE
from ..rows.nested import is_list, storage

AUTHORS_SHAPE = (NUM_FRAMES, *FRAME_SIZE)  # of the authors' sequences, whose files record no variant


def decode(name: str, rows: pa.Table | pa.RecordBatch, file: ShardFile) -> np.ndarray:
    """The frames of rows of a file.

    Args:
        name: how errors call the source.

    Returns:
        (m, t, H, W) uint8, or (m, t, H, W, 3) in colour.
    """
    column, layout = storage(rows[IMAGE_SEQUENCE]), recorded_layout(file)
    with readable(name, ROWS):
        if layout is None:
            t = num_frames_in(file.features) if file.variant is None else file.variant.num_frames
            frames = layout_like(column.type).decode(column, t)
        else:
            shape = AUTHORS_SHAPE if file.variant is None else (file.variant.num_frames, *file.variant.frame_shape)
            frames = layout.decode(column, shape[0])
            if frames.shape[1:] != shape:
                raise Unreadable(f"its sequences must be {shape} by its recipe, not {frames.shape[1:]}")
    if frames.dtype != np.uint8:
        raise InputError(f"{name}: frames must be uint8, not {frames.dtype}")
    return frames


def recorded_layout(file: ShardFile) -> Layout | None:
    """The Layout by which this generator wrote a file; None for files of others, or of another version."""
    known = file.variant is not None or "variant" not in file.recipe  # the authors' file records no variant
    return LAYOUTS.get(str(file.recipe.get("layout"))) if known else None


def layout_like(kind: pa.DataType) -> Layout:
    """The Layout of a column that somebody else wrote: pictures, one picture, or numbers."""
    if pa.types.is_struct(kind):
        return LAYOUTS["strips"]
    while is_list(kind):
        kind = kind.value_type
    return LAYOUTS["frames" if pa.types.is_struct(kind) else "arrays"]


def num_frames_in(features: dict[str, Any]) -> int | None:
    """The frames of a sequence, t, as the feature of its positions (k, t, 2) says; None without one."""
    positions = features.get("positions")
    shape = positions.get("shape") if isinstance(positions, dict) else None
    fits = isinstance(shape, (list, tuple)) and len(shape) == 3 and isinstance(shape[1], int) and shape[1] > 0
    return shape[1] if fits and shape else None


def check_grey(name: str, frame_shape: tuple[int, ...], in_colour: bool = False) -> None:
    """Refuse coloured frames, unless they are wanted."""
    if in_colour and len(frame_shape) == 3 and frame_shape[2] == 3:
        return
    if len(frame_shape) != 2:
        raise InputError(f"{name}: frames must be grey (H, W), which all protocols score, not {frame_shape}")
