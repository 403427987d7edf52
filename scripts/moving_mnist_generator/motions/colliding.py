"""Digits that bounce off each other, as discs of equal mass do, and off the walls.

The laws are those of elastic collisions without spin: two discs that meet exchange the parts of their velocities that
lie along the line between their centres. So energy is kept, and between walls momentum. Meetings are found exactly,
not frame by frame: a step is cut at each of them.

Only + - * / and the square root are used, which IEEE 754 rounds exactly, so corners are the same on every machine.

Several meetings at one instant are settled one after the other, walls first, then pairs (0, 1), (0, 2), (1, 2), until
no two discs that touch approach each other. That is one of the answers that the laws allow, and Newton's for a row.
"""

from typing import Any

import numpy as np

from ..common.checks import InputError
from ..common.column import Column
from . import srivastava
from .base import Motion, Trace, empty_trace, record

# Pixels. Seen from the centre of its picture, the ink of MNIST's digits (28 px) reaches 8.9 px far, on average over
# digits and directions. With larger discs most digits would turn back before they touch, with smaller ones overlap.
DISC_RADIUS = 9
CONTACT_DISTANCE = 2.0 * DISC_RADIUS  # between two centres that touch
SPARE_ROOM = 1  # more than CONTACT_DISTANCE, in which each digit can move, so that none is wedged in
MOST_EVENTS = 100_000  # in a frame of a sequence: digits in a row that just fits between two walls meet without end
STARTS_A_DIGIT = 16  # places drawn for the start of each digit, of which it takes the first that is free
MARGIN = 1e-9  # pixels, and pixels^2 a frame: what rounding may take for a meeting, or hide


def path(
    start: np.ndarray, velocity: np.ndarray, num_frames: int, free: np.ndarray, redraws: np.ndarray | None
) -> Trace:
    """Frame 0 is the start. start, velocity: (n, k, 2), in units of the free range; corners to the nearest pixel."""
    place, velocity, free = start * free, velocity * free, free.astype(np.float64)
    pairs = np.triu_indices(start.shape[1], 1)
    if len(free):
        check_room(start.shape[1], free[0, 0])
    check_apart(place, pairs)
    trace = empty_trace(num_frames, start.shape)
    meetings = np.full((num_frames, *start.shape[:2]), -1, np.int16)
    record(trace, 0, np.rint(place), velocity, 0)
    for t in range(1, num_frames):
        trace.hits[t] = 0
        step(place, velocity, free, pairs, trace.hits[t], meetings[t])
        record(trace, t, np.rint(place), velocity, trace.hits[t])
    return trace._replace(meetings=meetings)


def step(place, velocity, free, pairs, hits, meetings):
    """Move on by one frame, in place.

    Args:
        place, velocity, free: (n, k, 2) float64, pixels; pairs: two (p,) int, the digits of each.
        hits: (n, k, 2) int8, the walls met; meetings: (n, k) int16, the digits met.
    """
    left = np.ones(len(place))  # parts of a frame
    moving = np.arange(len(place))  # sequences that have not reached the end of it
    for _ in range(MOST_EVENTS):
        if not moving.size:
            return
        some, speed = place[moving], velocity[moving]
        times = np.concatenate([until_walls(some, speed, free[moving]), until_meetings(some, speed, pairs)], axis=1)
        event = times.argmin(1) if times.size else np.zeros(len(times), np.int64)
        time = np.minimum(times[np.arange(len(times)), event], left[moving])
        place[moving] = some + speed * time[:, None, None]
        left[moving] -= time
        met = times[np.arange(len(times)), event] <= time
        bounce(place, velocity, free, pairs, hits, meetings, moving[met], event[met])
        moving = moving[met]
    raise InputError(f"start must not wedge digits in: sequence {moving[0]} has {MOST_EVENTS:,} meetings in a frame")


def until_walls(place, velocity, free):
    """(n, k, 2) -> (n, 2 k) float64, frames until each digit meets the wall ahead on each axis; inf if it never does.

    A digit that rounding has put behind a wall meets it at once.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        time = np.where(velocity > 0, free - place, -place) / velocity
    return np.where(velocity == 0, np.inf, np.maximum(time, 0)).reshape(len(place), -1)


def until_meetings(place, velocity, pairs):
    """(n, k, 2) -> (n, p) float64, frames until the two discs of each pair touch; inf if they never do."""
    row, col = between(place, pairs)
    v_row, v_col = between(velocity, pairs)
    nearing = row * v_row + col * v_col  # half of how fast the square of the distance changes
    gap = row * row + col * col - CONTACT_DISTANCE * CONTACT_DISTANCE
    speed = v_row * v_row + v_col * v_col
    root = nearing * nearing - speed * gap
    meet = (nearing < -MARGIN) & (root >= 0)
    # The smaller root of speed t^2 + 2 nearing t + gap, in the form that subtracts no two numbers that are alike.
    time = gap / np.where(meet, np.sqrt(np.maximum(root, 0)) - nearing, 1.0)
    return np.where(meet, np.maximum(time, 0), np.inf)


def between(vectors, pairs):
    """(n, k, 2) -> two (n, p): rows and columns from the first of each pair to the second."""
    first, second = pairs
    return (vectors[:, second, axis] - vectors[:, first, axis] for axis in (0, 1))


def bounce(place, velocity, free, pairs, hits, meetings, sequences, event):
    """What happens next in some sequences, in place. event: (m,) int, a column of walls, then of pairs."""
    walls = 2 * place.shape[1]
    n, (digit, axis) = sequences[event < walls], np.divmod(event[event < walls], 2)
    side = np.where(velocity[n, digit, axis] > 0, 1, -1)
    place[n, digit, axis] = np.where(side > 0, free[n, digit, axis], 0.0)
    velocity[n, digit, axis] *= -1
    hits[n, digit, axis] = side

    n, pair = sequences[event >= walls], event[event >= walls] - walls
    first, second = pairs[0][pair], pairs[1][pair]
    row, col = (place[n, second] - place[n, first]).T
    v_row, v_col = (velocity[n, second] - velocity[n, first]).T
    part = (row * v_row + col * v_col) / (row * row + col * col)
    change = np.stack([part * row, part * col], axis=-1)
    velocity[n, first] += change
    velocity[n, second] -= change
    meetings[n, first], meetings[n, second] = second, first


def draw(u: np.ndarray, free: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Starts that do not overlap, and directions as srivastava draws them; u: (..., k, 34)."""
    k, draws = u.shape[-2:]
    numbers = u.reshape(-1, k, draws)
    check_room(k, free)
    start = starts(
        np.concatenate([numbers[..., None, :2], numbers[..., 4:].reshape(-1, k, STARTS_A_DIGIT - 1, 2)], 2), free
    )
    return start.reshape(*u.shape[:-1], 2), srivastava.draw(u, free)[1]


def starts(places, free):
    """Each digit takes the first of its places that is free; if one finds none, all begin again with their next place.

    If that never succeeds, the digits of the sequence stand on a grid that has room for them.

    Args:
        places: (n, k, c, 2), in units of the free range.

    Returns:
        (n, k, 2) float64, in units of the free range.
    """
    chosen, stuck = np.empty((*places.shape[:2], 2)), np.arange(len(places))
    for begin in range(places.shape[2]):
        chosen[stuck], found = first_free(np.roll(places[stuck], -begin, axis=2), free)
        stuck = stuck[~found]
    chosen[stuck] = grid(free)[: places.shape[1]]
    return chosen


def first_free(places, free):
    """(n, k, c, 2) -> (n, k, 2), the first place of each digit that is free; and whether all have one, (n,) bool."""
    n, k = places.shape[:2]
    chosen, found = np.empty((n, k, 2)), np.ones(n, bool)
    for digit in range(k):
        way = (places[:, digit, :, None] - chosen[:, None, :digit]) * free  # (n, c, digits before, 2)
        clear = (way[..., 0] * way[..., 0] + way[..., 1] * way[..., 1] >= CONTACT_DISTANCE * CONTACT_DISTANCE).all(-1)
        chosen[:, digit] = places[np.arange(n), digit, clear.argmax(1)]
        found &= clear.any(1)
    return chosen, found


def grid(free: Any) -> np.ndarray:
    """Places that are far enough apart, in units of the free range: (m, 2)."""
    sides = [np.arange(count) / max(count - 1, 1) for count in grid_size(free)]
    return np.stack(np.meshgrid(*sides, indexing="ij"), axis=-1).reshape(-1, 2)


def grid_size(free):
    """(rows, cols) of the grid."""
    return [1 + int(side // (CONTACT_DISTANCE + SPARE_ROOM)) for side in free]


def check_room(k, free):
    """Refuse more digits than there is room for."""
    rows, cols = grid_size(free)
    if k > rows * cols:
        space = f"a free range of {free[0]} x {free[1]} pixels"
        raise InputError(f"num_digits must be at most {rows * cols} for colliding in {space}, not {k}")


def check_apart(place, pairs):
    """Refuse digits that overlap at the start."""
    row, col = between(place, pairs)
    near = row * row + col * col < CONTACT_DISTANCE * CONTACT_DISTANCE - MARGIN
    if near.any():
        n, pair = np.argwhere(near)[0]
        first, second = pairs[0][pair], pairs[1][pair]
        both = f"{place[n, first].tolist()} and {place[n, second].tolist()}"
        raise InputError(f"start must have all digits {CONTACT_DISTANCE:g} pixels apart for colliding, not {both}")


COLLIDING = Motion(
    path,
    draw,
    "Discs of equal mass, 9 px in radius, that bounce off each other and are mirrored at the walls, exactly within "
    "the step. 3.6 px a frame in any direction at first. Frame 0 is the start, in which no discs overlap; corners are "
    "rounded to the nearest pixel.",
    speed=srivastava.STEP,
    together=True,
    draws=2 * STARTS_A_DIGIT + 2,
    column=Column("meetings", "int16", "kt", "Digit that each one last met on the way to each frame, -1 if none"),
)
