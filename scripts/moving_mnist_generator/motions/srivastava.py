"""The authors' motion: stop on the wall, lose the rest of the step, turn back (Srivastava et al., 2015)."""

import numpy as np

from ..common.draws import sine_cosine_of_turns
from .base import Motion, Trace, empty_trace, record

STEP = 0.1  # a frame, in units of the free range (3.6 of 36 px): the speed of srivastava and tfds


def path(
    start: np.ndarray, velocity: np.ndarray, num_frames: int, free: np.ndarray, redraws: np.ndarray | None
) -> Trace:
    """Step, then stop on the wall and turn back. Each frame is recorded after its step, frame 0 too."""
    trace = empty_trace(num_frames, start.shape)
    for t in range(num_frames):  # what a wall takes away changes all that follows: no closed form
        start = start + velocity
        hit = (start >= 1).view(np.int8) - (start <= 0).view(np.int8)
        start = np.clip(start, 0, 1)
        velocity = np.where(hit != 0, -velocity, velocity)
        record(trace, t, start * free, velocity * free, hit)  # stored as integers, so truncated, as theirs
    return trace


def draw(u: np.ndarray, free: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Anywhere, in any direction."""
    return u[..., :2], STEP * np.stack(sine_cosine_of_turns(u[..., 2]), axis=-1)


SRIVASTAVA = Motion(
    path,
    draw,
    "The authors; also OpenSTL, SimVP and PhyDNet. 3.6 px a frame in any direction. A digit stops on the wall, loses "
    "the rest of its step and turns back. Frame 0 is one step after the start; corners are truncated.",
    speed=STEP,
)
