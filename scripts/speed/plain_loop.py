"""Make sequences the plain way: one sequence, one digit, one frame at a time, as the authors' recurrence reads.

The loop is written to be fast: Python's own numbers, and numpy slices for pixels. Frames and digits are square.
"""

import math
import random
from collections.abc import Iterable, Iterator

import numpy as np

from moving_mnist_generator.motions.srivastava import STEP


def draw_sequences(
    chance: random.Random, images: np.ndarray, n: int, num_digits: int = 2, num_frames: int = 20, frame_size: int = 64
) -> np.ndarray:
    """n sequences of the authors' recipe, draws included: (n, t, H, W) uint8.

    images: (m, h, h) uint8, the digits to choose from.
    """
    frames = np.zeros((n, num_frames, frame_size, frame_size), np.uint8)
    for sequence in frames:
        for _ in range(num_digits):
            image = images[int(chance.random() * len(images))]
            start, theta = (chance.random(), chance.random()), 2 * math.pi * chance.random()
            velocity = (STEP * math.sin(theta), STEP * math.cos(theta))
            paint_brighter(sequence, image, srivastava(start, velocity, num_frames, frame_size - len(image)))
    return frames


def srivastava(
    start: Iterable[float], velocity: Iterable[float], num_frames: int, free: int, redraws: None = None
) -> Iterator[tuple[int, int]]:
    """Corners (row, col) of one digit: step, then stop on the wall and turn back."""
    (row, col), (v_row, v_col) = start, velocity
    for _ in range(num_frames):
        row, col = row + v_row, col + v_col
        if row <= 0 or row >= 1:
            row, v_row = min(max(row, 0.0), 1.0), -v_row
        if col <= 0 or col >= 1:
            col, v_col = min(max(col, 0.0), 1.0), -v_col
        yield int(row * free), int(col * free)


def paint_brighter(frames: np.ndarray, image: np.ndarray, corners: Iterable[tuple[int, int]]) -> None:
    """Paint a digit into the frames (t, H, W) of its sequence; the brighter pixel stays."""
    size = len(image)
    for frame, (row, col) in zip(frames, corners, strict=True):
        block = frame[row : row + size, col : col + size]
        np.maximum(block, image, out=block)
