"""The motion of TensorFlow Datasets: mirrored exactly at the walls, any number of them a frame."""

import numpy as np

from . import srivastava
from .base import Motion, Trace


def path(
    start: np.ndarray, velocity: np.ndarray, num_frames: int, free: np.ndarray, redraws: np.ndarray | None
) -> Trace:
    """A straight line in a plane of mirror images, folded into one; to the nearest pixel, half to even."""
    line, folded = lines(start.astype(np.float32), velocity.astype(np.float32), num_frames)
    velocity = velocity.astype(np.float32).astype(np.float64)
    # Images are numbered along the line, and the odd ones are mirrored. On a wall, the image ahead counts.
    back = velocity < 0
    image = np.where(back, np.ceil(line) - 1, np.floor(line)).astype(np.int64)
    far_wall = (image + back) % 2 == 1  # the wall behind: between two images, the odd walls are the far ones
    passed = np.diff(image, axis=0, prepend=image[:1]) != 0
    return Trace(
        corners=np.rint(folded * free.astype(np.float32)).astype(np.int64),
        velocities=np.where(image % 2 == 1, -velocity, velocity) * free,
        hits=(passed & far_wall).view(np.int8) - (passed & ~far_wall).view(np.int8),
    )


def lines(start: np.ndarray, velocity: np.ndarray, num_frames: int) -> tuple[np.ndarray, np.ndarray]:
    """The way without walls, and folded at them: (t, m, 2) float32 each, in units of the free range."""
    frames = np.arange(num_frames, dtype=np.float32)[:, None, None]
    line = start + velocity * frames
    folded = line - np.float32(2) * np.floor(line * np.float32(0.5))  # line % 2, bit for bit, in less time
    return line, np.minimum(np.float32(2) - folded, folded)


def draw(u: np.ndarray, free: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """As srivastava, in float32. The start is cut to 24 bits, since u itself could round up to 1."""
    start, velocity = srivastava.draw(u, free)
    return (np.floor(start * 2**24) * 2.0**-24).astype(np.float32), velocity.astype(np.float32)


TFDS = Motion(
    path,
    draw,
    "TensorFlow Datasets. 3.6 px a frame in any direction. A digit is mirrored exactly at the walls. Frame 0 is the "
    "start; corners are rounded to the nearest pixel, half to even.",
    speed=srivastava.STEP,
)
