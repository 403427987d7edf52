"""Pictures of any kind that move: `image_as_moving_sequence` of TensorFlow Datasets, in numpy.

Meaning, defaults and results are those of TensorFlow Datasets, bit for bit if start and velocity are given. There,
randomness comes from a global seed; here it comes from `rng`. One picture moves in each sequence: for several digits
in one, see `walk` and `render`.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from ..common.checks import InputError, as_array, in_short, numbers, require, whole_number
from ..common.draws import sine_cosine_of_turns
from ..motions import speeds, trace
from ..motions.srivastava import STEP
from ..motions.tfds import lines
from .rendering import LARGEST_SIDE, render


class MovingSequence(NamedTuple):
    """A picture that moves; with a leading n for n of them.

    image_sequence: (t, H, W) or (t, H, W, c), the picture's dtype, 0 around it
    trajectory:     (t, 2) float32, (row, col) in units of the free range, 0..1
    start_position: (2,) float32, in units of the free range
    velocity:       (2,) float32, in units of the free range a frame
    """

    image_sequence: np.ndarray
    trajectory: np.ndarray
    start_position: np.ndarray
    velocity: np.ndarray


def image_as_moving_sequence(
    image: ArrayLike,
    sequence_length: int = 20,
    output_size: tuple[int, int] = (64, 64),
    velocity: ArrayLike = STEP,
    start_position: ArrayLike | None = None,
    *,
    rng: np.random.Generator | None = None,
) -> MovingSequence:
    """One picture that moves in a straight line, mirrored at the walls.

    A picture of rank 2 is grey, of rank 3 has channels last: nothing is guessed from sizes. For a batch of
    pictures see `images_as_moving_sequences`.

    Args:
        image: (h, w) or (h, w, c), any numbers.
        sequence_length: t, whole number >= 1.
        output_size: (H, W) pixels, no smaller than the picture; a row has at most 65,536 bytes.
        velocity: a number is a speed in a random direction, two are a velocity (row, col); in units of the
            free range (H - h, W - w) a frame.
        start_position: (row, col) in 0..1, in units of the free range; None, anywhere.
        rng: np.random.Generator for what is left to chance; None, a fresh one.

    Returns:
        MovingSequence.

    Raises:
        InputError: an argument that breaks a rule above.

    >>> moving = image_as_moving_sequence(np.ones((28, 28)), velocity=(0.1, 0), start_position=(0, 0.5))
    >>> moving.image_sequence.shape, moving.trajectory[2].tolist()
    ((20, 64, 64), [0.20000000298023224, 0.5])
    """
    picture = as_array("image", image)
    if picture.ndim not in (2, 3):
        raise InputError(f"image must be (h, w) or (h, w, c), not shape {picture.shape}")
    if start_position is not None and numbers("start_position", start_position).shape != (2,):
        raise InputError(f"start_position must be (row, col), not shape {np.shape(start_position)}")
    if numbers("velocity", velocity).shape not in ((), (2,)):
        raise InputError(f"velocity must be a speed or (row, col), not shape {np.shape(velocity)}")
    batch = images_as_moving_sequences(picture[None], sequence_length, output_size, velocity, start_position, rng=rng)
    return MovingSequence(*(array[0] for array in batch))


def images_as_moving_sequences(
    images: ArrayLike,
    sequence_length: int = 20,
    output_size: tuple[int, int] = (64, 64),
    velocity: ArrayLike = STEP,
    start_position: ArrayLike | None = None,
    *,
    rng: np.random.Generator | None = None,
) -> MovingSequence:
    """n pictures, each moving in a sequence of its own; see `image_as_moving_sequence`.

    Rank 3 is n grey pictures, rank 4 has channels last. One colour picture is for `image_as_moving_sequence`.

    Args:
        images: (n, h, w) or (n, h, w, c), any numbers.
        velocity: a number, (2,) for all, or (n, 2).
        start_position: (2,) for all, or (n, 2); None, anywhere, each on its own.

    Returns:
        MovingSequence, each array with a leading n.

    Raises:
        InputError: an argument that breaks a rule.

    >>> images_as_moving_sequences(np.ones((5, 28, 28, 3), np.uint8)).image_sequence.shape
    (5, 20, 64, 64, 3)
    """
    pictures = as_array("images", images)
    if pictures.ndim not in (3, 4):
        raise InputError(f"images must be (n, h, w) or (n, h, w, c), not shape {pictures.shape}")
    if pictures.dtype.kind not in "biufc" or 0 in pictures.shape[1:]:
        raise InputError(f"pictures must be numbers, at least one pixel each, not {pictures.dtype} {pictures.shape}")
    sequence_length = whole_number("sequence_length", sequence_length, 1)
    free = room(pictures.shape[1:3], output_size)
    rng = np.random.default_rng() if rng is None else rng
    if not isinstance(rng, np.random.Generator):
        raise InputError(f"rng must be a numpy.random.Generator or None, not {in_short(rng)}")
    start = starts(start_position, len(pictures), rng)
    step = directed(velocity, len(pictures), rng)
    return MovingSequence(
        image_sequence=moved(pictures, trace("tfds", start, step, sequence_length, free).corners, output_size),
        trajectory=np.ascontiguousarray(lines(start, step, sequence_length)[1].swapaxes(0, 1)),
        start_position=start,
        velocity=step,
    )


def room(image_size: tuple[int, ...], output_size: Any) -> np.ndarray:
    """How far a picture can go in the output: (rows, cols) pixels."""
    output = numbers("output_size", output_size)
    if output.shape != (2,):
        raise InputError(f"output_size must be (rows, cols), not {in_short(output_size)}")
    size = f"whole pixels, at least the picture's {image_size[0]} x {image_size[1]}"
    require("output_size", output, (output % 1 == 0) & (output >= image_size), f"be {size}")
    return output - image_size


def starts(start_position: Any, n: int, rng: np.random.Generator) -> np.ndarray:
    """(n, 2) float32 in 0..1; None, uniform multiples of 2^-24, which float32 holds."""
    if start_position is None:
        return rng.random((n, 2), dtype=np.float32)
    start = numbers("start_position", start_position)
    require("start_position", start, (start >= 0) & (start <= 1), "be within 0..1")
    return a_pair_each("start_position", start, n)


def directed(velocity: Any, n: int, rng: np.random.Generator) -> np.ndarray:
    """(n, 2) float32; of a speed, in directions uniform on the circle, as is a normalised Gaussian's."""
    velocity = numbers("velocity", velocity)
    if velocity.ndim == 0:
        velocity = velocity * np.stack(sine_cosine_of_turns(rng.random(n)), axis=-1)
    return a_pair_each("velocity", velocity, n)


def a_pair_each(name: str, pairs: np.ndarray, n: int) -> np.ndarray:
    """(2,) or (n, 2) -> (n, 2) float32."""
    if pairs.shape not in ((2,), (n, 2)):
        raise InputError(f"{name} must have shape (2,) or ({n}, 2), not {pairs.shape}")
    return np.broadcast_to(speeds(name, pairs, "free range").astype(np.float32), (n, 2)).copy()


def moved(images: np.ndarray, corners: np.ndarray, output_size: Any) -> np.ndarray:
    """(n, h, w[, c]) at corners (n, t, 2) -> (n, t, H, W[, c]).

    Painting is copying bytes, so a picture of any numbers is painted as grey bytes in a wider frame.
    """
    pixel = images.dtype.itemsize * int(np.prod(images.shape[3:]))  # bytes
    n, h, w = images.shape[:3]
    height, width = (int(side) for side in output_size)
    if width * pixel > LARGEST_SIDE:
        raise InputError(
            f"output_size must have at most {LARGEST_SIDE // pixel:,} columns for pictures of {pixel} bytes a pixel, "
            f"not {width:,}"
        )
    as_bytes = np.frombuffer(images.tobytes(), np.uint8).reshape(n, h, w * pixel)
    frames = render(as_bytes[:, None], (corners * (1, pixel))[:, None], (height, width * pixel))
    return frames.view(images.dtype).reshape(*frames.shape[:3], width, *images.shape[3:])
