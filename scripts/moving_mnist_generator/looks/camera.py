"""A camera: frames are a window that moves over a world larger than the frame.

The window takes a step in each frame, its action: whole pixels, drawn anew every 5 frames. A step that would lead out
of the world ends at its edge, and what is published is the step that was made.
"""

import numpy as np

from ..common.checks import InputError, in_short
from ..common.column import Column
from ..common.fields import Field, Size
from .base import Look, Stage, Uniforms, Variant

TOP_STEP = 4  # pixels a frame, either way on each axis: a little more than the 3.6 of the digits
FRAMES_A_STEP = 5  # for which a step is kept


def draw(variant: Variant, uniforms: Uniforms) -> np.ndarray:
    """(n, t, 2) int16, pixels: the corner of the window in the world. It starts anywhere."""
    t, room = variant.num_frames, np.subtract(variant.world_size, variant.frame_size)
    cameras = np.floor(uniforms("camera", 1, 2) * (room + 1)).astype(np.int64).repeat(t, axis=1)
    steps = np.floor(uniforms("actions", -(-t // FRAMES_A_STEP), 2) * (2 * TOP_STEP + 1)).astype(np.int64) - TOP_STEP
    for frame in range(1, t):  # the edge changes all that follows: no closed form
        cameras[:, frame] = np.clip(cameras[:, frame - 1] + steps[:, (frame - 1) // FRAMES_A_STEP], 0, room)
    return cameras.astype(np.int16)


def seen(corners: np.ndarray, cameras: np.ndarray) -> np.ndarray:
    """Corners (n, k, t, 2) in the world -> as the window sees them."""
    return corners - cameras[:, None]


def actions(cameras: np.ndarray, num_frames: int) -> np.ndarray:
    """(n, t, 2) int16 -> (n, t, 2) int8, pixels: the step of the window that led to each frame."""
    return np.diff(cameras, axis=1, prepend=cameras[:, :1]).astype(np.int8)


def world(variant: Variant) -> tuple[int, int]:
    """(rows, cols) of the world, pixels."""
    size, frame = variant.world_size, variant.frame_size
    if size[0] < frame[0] or size[1] < frame[1]:
        raise InputError(f"world_size must be at least frame_size {frame}, not {in_short(size)}")
    return size


CAMERA = Look(
    field=Field(Size(optional=True), None, "pixels (rows, cols) of a world of which a moving frame shows a part"),
    draw=draw,
    bounds=lambda variant: (0, np.subtract(world(variant), variant.frame_size)),
    words="in a larger world seen by a moving camera",
    stage=Stage.VIEW,
    column=Column("cameras", "int16", "t2", "Pixels (row, col) of the frame's corner in the world, in each frame"),
    derived=(
        Column(
            "actions",
            "int8",
            "t2",
            "Pixels (row, col) of the camera's step that led to each frame",
            values=lambda sequences, class_names: sequences.actions,
        ),
    ),
    apply=seen,
    by_frame=actions,
    in_frames="actions",
    space=world,
)
