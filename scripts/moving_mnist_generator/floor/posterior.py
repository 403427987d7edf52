"""Past corners -> the probability of each corner in the future frames, under all starts and velocities that agree.

For one velocity, the starts that agree with the first corner are an interval on each axis. It is cut wherever a frame,
past or future, changes its corner; in between all frames are alike, so the motion itself, run from the middle of a
piece, says where the whole piece leads. The weight of a piece is its length: starts are uniform. Nothing is sampled.

p past frames, f future frames, m velocities, s pieces; the last axis is (row, col). Pixels.
"""

import numpy as np

from ..motions import MOTIONS
from .prior import Prior

SHORTEST = 1e-9  # pixels: what is shorter is rounding, not a piece
NONE = 1_000  # misses of a piece that does not exist
LEAST = 1e-9  # probability: corners below it change no float32 pixel


def future_corners(past_corners: np.ndarray, prior: Prior) -> np.ndarray:
    """The probability of each corner in each future frame, of one digit.

    Where rounding leaves no start that explains all past corners, those that explain most of them count.

    Args:
        past_corners: (p, 2) int, pixels (row, col); prior: Prior.

    Returns:
        (f, rows + 1, cols + 1) float64 of sum 1 in each frame, for a free range of (rows, cols).

    >>> from moving_mnist_generator.core.variants import VARIANTS
    >>> from moving_mnist_generator.floor.prior import prior_of
    >>> prior = prior_of(VARIANTS["two_digits"], (28, 28), past=3, future=1)
    >>> corners = future_corners(np.array([[18, 10], [18, 13], [18, 17]]), prior)  # 3.6 pixels to the right a frame
    >>> [[int(i) for i in place] for place in np.argwhere(corners[0] > 0.2)]
    [[18, 20], [18, 21]]
    """
    middles = np.stack([prior.past_middles] * 2, axis=-1)
    velocity, weights = prior.velocities(fewest_misses(past_corners, middles, prior))
    starts, lengths = pieces(past_corners[0], velocity, prior.frames, prior)
    misses = misses_of(past_corners, starts, lengths, velocity, prior)
    fewest = misses.min(1)
    agree = (misses == fewest[:, None]) & (fewest.sum(-1) == fewest.sum(-1)[weights > 0].min())[:, None, None]
    agree &= misses < NONE
    node, _, axis = np.nonzero(agree)
    ahead = run(starts[agree], velocity[node, axis], np.array(prior.free)[axis], prior.frames, prior)[prior.past :]
    lengths = lengths[agree]
    rows, cols = (
        chances(node[axis == one], lengths[axis == one], ahead[:, axis == one], (side + 1, len(velocity)))
        for one, side in enumerate(prior.free)
    )
    joint = np.matmul((rows * weights).transpose(0, 1, 2), cols.transpose(0, 2, 1))
    return joint / joint.sum((1, 2), keepdims=True)


def fewest_misses(past_corners, velocity, prior):
    """For each velocity and axis, the past corners that even the best start misses: (m, 2) int."""
    starts, lengths = pieces(past_corners[0], velocity, prior.past, prior)
    return misses_of(past_corners, starts, lengths, velocity, prior).min(1)


def pieces(corner, velocity, frames, prior):
    """The starts that lead to a corner in frame 0, in pieces from which all frames have one corner.

    Args:
        corner: (2,) int; velocity: (m, 2) float64.

    Returns:
        middles, lengths: (m, s, 2) float64 each; some lengths are 0.
    """
    grid, free = prior.grid, np.array(prior.free)
    cuts = np.sort(-velocity[:, None] * np.arange(frames)[:, None] % 1.0, axis=1)
    first, last = np.zeros((len(velocity), 1, 2)), np.ones((len(velocity), 1, 2))
    if grid.steps_before:  # all that would lie beyond a wall stops on it
        beyond = 2.0 * free + velocity.max(initial=0)
        first = first - np.where(corner == 0, beyond, 0)
        last = last + np.where(corner == free, beyond, 0)
    borders = corner + grid.border + np.concatenate([first, cuts, last], axis=1)
    borders = np.clip(borders - velocity[:, None] * grid.steps_before, 0, free)
    return (borders[:, 1:] + borders[:, :-1]) / 2, np.diff(borders, axis=1)


def misses_of(past_corners, starts, lengths, velocity, prior):
    """How many past corners each piece misses: (m, s, 2) int; NONE if the piece does not exist."""
    shape = starts.shape
    free = np.broadcast_to(prior.free, shape).ravel()
    speeds = np.broadcast_to(velocity[:, None], shape).ravel()
    corners = run(starts.ravel(), speeds, free, prior.past, prior).reshape(prior.past, *shape)
    missed = (corners != past_corners[:, None, None]).sum(0)
    return np.where(lengths > SHORTEST, missed, NONE)


def run(start, velocity, free, frames, prior):
    """The motion itself along one axis: (m,) pixels each -> (frames, m) int64."""
    start, velocity, free = start[:, None] / free[:, None], velocity[:, None] / free[:, None], free[:, None]
    return MOTIONS[prior.motion].path(start, velocity, frames, free, None).corners[..., 0]


def chances(node, lengths, corners, shape):
    """Lengths of starts along one axis by frame, corner and velocity: (f, *shape) float64, of corners (f, pieces)."""
    shape = (len(corners), *shape)
    index = np.ravel_multi_index(np.broadcast_arrays(np.arange(len(corners))[:, None], corners, node), shape)
    return np.bincount(index.ravel(), np.broadcast_to(lengths, index.shape).ravel(), np.prod(shape)).reshape(shape)


def likely(joint: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Corners of a frame, (c, 2) int64, and their probabilities, (c,) float64, from (rows, cols) probabilities."""
    corners = np.argwhere(joint > LEAST)
    return corners, joint[tuple(corners.T)]


def likeliest(joint: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The most probable corner of a frame, (1, 2) int64, as if it were certain."""
    return np.argwhere(joint == joint.max())[:1], np.ones(1)
