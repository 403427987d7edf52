"""What a moving camera hides, and what it adds: the whole world, and the flow of the camera alone. See `truth`."""

from dataclasses import replace

import numpy as np

from ..core.painting import paint
from ..core.scenes import scene_of
from ..core.sequences import Sequences, usable_sequences
from ..digits.loading import Digits
from ..looks import Stage, looks_of
from .reading import pool_of


def render_world(sequences: Sequences, *, digits: Digits | None = None) -> np.ndarray:
    """The whole world in which the digits move, without what lies over frames: occluders and noise.

    Args:
        sequences: Sequences, with a camera or not; digits: Digits they were made from; None, the embedded MNIST.

    Returns:
        (n, t, *world_size) or (n, t, *world_size, 3) uint8. Without a camera, the world is the frame.

    >>> from moving_mnist_generator import generate
    >>> render_world(generate("camera", "test", range(2))).shape
    (2, 20, 128, 128)
    """
    variant, corners = usable_sequences(sequences).variant, sequences.positions.astype(np.int64)
    kept = looks_of(variant, Stage.ANGLE, Stage.SCALE, Stage.DIGITS, Stage.COLOUR)
    looks = tuple((field, getattr(variant, field)) for field in kept)
    if sequences.cameras is not None:
        corners += sequences.cameras[:, None]
    scene, pool, chosen = pool_of(sequences, digits)
    drawn = {field: values for field, values in sequences.drawn.items() if field in kept}
    whole = scene_of(replace(variant, frame_size=scene.space, looks=looks), digits)
    return paint(whole, pool, chosen, corners, drawn)


def camera_flow(sequences: Sequences) -> np.ndarray:
    """How the camera's steps alone move what stands still in the world, from frame t to frame t + 1.

    It is the same for all pixels, digits or not. `optical_flow` minus this is how digits move in the world.

    Returns:
        (n, t - 1, H, W, 2) float32, pixels (row, col), read-only; 0 without a camera.

    >>> from moving_mnist_generator import generate
    >>> sequences = generate("camera", "test", range(2))
    >>> bool((camera_flow(sequences)[:, :, 0, 0] == -sequences.actions[:, 1:]).all())
    True
    """
    n, t = len(usable_sequences(sequences)), sequences.variant.num_frames
    way = np.zeros((n, t - 1, 2)) if sequences.actions is None else -sequences.actions[:, 1:].astype(np.float32)
    return np.broadcast_to(way.astype(np.float32)[:, :, None, None], (n, t - 1, *sequences.variant.frame_size, 2))
