"""The plain way to make sequences: one sequence, one digit, one frame at a time, as each author's recurrence reads.

`walk` and `render` are measured against these loops. They are written to be fast: Python's own numbers, numpy slices
for pixels, and a new speed is looked up only at a wall. With the same draws they paint the same frames, which
tests/test_benchmark.py asserts.

There are no looks here, and frames and digits are square.
"""

import math

import numpy as np

from moving_mnist_generator.motions import MOTIONS
from moving_mnist_generator.motions.srivastava import STEP
from moving_mnist_generator.motions.srvp import CROSSINGS, MARGIN

from .plain_collisions import colliding

# Each loop moves one digit, or all of a sequence where they act on each other: start and velocity [row, col], t
# frames, free range in pixels, redraws (t, walls, 2) or None -> t corners (row, col).


def srivastava(start, velocity, num_frames, free, redraws=None):
    """Step, then stop on the wall and turn back; a frame shows the place after its step."""
    (row, col), (v_row, v_col) = start, velocity
    for _ in range(num_frames):
        row, col = row + v_row, col + v_col
        if row <= 0 or row >= 1:
            row, v_row = min(max(row, 0.0), 1.0), -v_row
        if col <= 0 or col >= 1:
            col, v_col = min(max(col, 0.0), 1.0), -v_col
        yield int(row * free), int(col * free)


def tfds(start, velocity, num_frames, free, redraws=None):
    """A straight line, folded at the walls. The authors compute all frames of a digit at once, in float32."""
    frames = np.arange(num_frames, dtype=np.float32)[:, None]
    line = (np.float32(start) + np.float32(velocity) * frames) % np.float32(2)
    return np.rint(np.minimum(np.float32(2) - line, line) * np.float32(free)).astype(int).tolist()


def svg(start, velocity, num_frames, free, redraws=None):
    """Beyond a wall, go back onto the last pixel and turn, vertical first; show the frame; then step."""
    place, speed = list(start), list(velocity)
    for t in range(num_frames):
        for axis in (0, 1):
            if 0 <= place[axis] < free:
                continue
            far = place[axis] > 0
            place[axis] = free - 1 if far else 0
            if redraws is None:
                speed[axis] = -speed[axis]
            else:
                speed = redraws[t, axis].tolist()
                speed[axis] = -abs(speed[axis]) if far else abs(speed[axis])
        yield tuple(place)
        place = [place[0] + speed[0], place[1] + speed[1]]


def srvp(start, velocity, num_frames, free, redraws=None):
    """Frame 0 is the start. Each step turns at the points where it crosses a wall, and goes on from there."""
    place, speed = start, velocity
    for t in range(num_frames):
        if t > 0:
            place, speed = srvp_step(place, speed, free, None if redraws is None else redraws[t])
        yield round(place[0]), round(place[1])


def srvp_step(place, speed, free, redraws):
    """Place and speed [row, col] of the next frame."""
    place, crossing = [place[0] + speed[0], place[1] + speed[1]], 0
    while True:
        beyond = [wall_crossed(place[axis], speed[axis], free) for axis in (0, 1)]
        if beyond == [0, 0]:
            return place, speed
        point, rest, axis = first_crossing(place, speed, beyond, free)
        speed = list(speed) if redraws is None or crossing >= CROSSINGS else redraws[crossing].tolist()
        speed[axis] = -beyond[axis] * abs(speed[axis])
        place = [point[0] + speed[0] * rest, point[1] + speed[1] * rest]
        crossing += 1


def wall_crossed(place, speed, free):
    """-1 beyond the top or left wall, 1 beyond the bottom or right, 0 inside or on its way in."""
    if speed > 0 and place > free + MARGIN:
        return 1
    return -1 if speed < 0 and place < -MARGIN else 0


def first_crossing(place, speed, beyond, free):
    """Where a step beyond a wall first meets one: the point, the part of a frame that is left then, the axis."""
    wall = [free if side > 0 else 0.0 for side in beyond]
    late = [(place[axis] - wall[axis]) / speed[axis] if beyond[axis] else -1.0 for axis in (0, 1)]
    if speed[0] == 0:
        return [place[0], wall[1]], late[1], 1
    slope = speed[1] / speed[0]
    intercept = place[1] - slope * place[0]  # the step is on the line col = slope * row + intercept
    if late[0] >= late[1] - MARGIN:
        point, axis = [wall[0], slope * wall[0] + intercept], 0
    else:
        point, axis = [(wall[1] - intercept) / slope, wall[1]], 1
    return point, (place[0] - point[0]) / speed[0], axis


LOOPS = {  # a motion without a loop is left out of the comparison
    "srivastava": srivastava,
    "tfds": tfds,
    "svg": svg,
    "svg_stochastic": svg,
    "srvp": srvp,
    "srvp_stochastic": srvp,
    "colliding": colliding,
}


def make_sequences(motion, images, start, velocity, num_frames=20, frame_size=64, redraws=None):
    """The frames that `walk` and `render` make together.

    Args:
        motion: one of LOOPS.
        images: (n, k, h, h) uint8; start, velocity: (n, k, 2), as for `walk`; redraws: (n, k, t, walls, 2) or None.

    Returns:
        (n, t, H, H) uint8.
    """
    n, k, size = images.shape[:3]
    walk, paint, start, velocity = LOOPS[motion], PAINT[MOTIONS[motion].overlap], start.tolist(), velocity.tolist()
    frames = np.zeros((n, num_frames, frame_size, frame_size), np.uint8)
    for i in range(n):
        if MOTIONS[motion].together:
            paths = walk(start[i], velocity[i], num_frames, frame_size - size)
            for image, path in zip(images[i], paths, strict=True):
                paint(frames[i], image, path)
            continue
        for j in range(k):
            new = None if redraws is None else redraws[i, j]
            paint(frames[i], images[i, j], walk(start[i][j], velocity[i][j], num_frames, frame_size - size, new))
    return frames


def draw_sequences(chance, images, n, num_digits=2, num_frames=20, frame_size=64):
    """n sequences of the authors' recipe, draws included.

    Args:
        chance: random.Random; images: (m, h, h) uint8, the digits to choose from.

    Returns:
        (n, t, H, H) uint8.
    """
    frames = np.zeros((n, num_frames, frame_size, frame_size), np.uint8)
    for sequence in frames:
        for _ in range(num_digits):
            image = images[int(chance.random() * len(images))]
            start, theta = (chance.random(), chance.random()), 2 * math.pi * chance.random()
            velocity = (STEP * math.sin(theta), STEP * math.cos(theta))
            brighter(sequence, image, srivastava(start, velocity, num_frames, frame_size - len(image)))
    return frames


def brighter(frames, image, corners):
    """Paint a digit into the frames (t, H, H) of its sequence; the brighter pixel stays."""
    size = len(image)
    for frame, (row, col) in zip(frames, corners, strict=True):
        block = frame[row : row + size, col : col + size]
        np.maximum(block, image, out=block)


def added(frames, image, corners):
    """The same, but pixels are added, up to 255."""
    size = len(image)
    for frame, (row, col) in zip(frames, corners, strict=True):
        block = frame[row : row + size, col : col + size]
        np.add(block, np.minimum(image, 255 - block), out=block)


PAINT = {"max": brighter, "add": added}
