"""Walk and render the plain way: one sequence, one digit, one frame at a time, as each author's recurrence reads.

Oracles of `walk`, `render` and `generate`. There are no looks here, and frames and digits are square.
"""

import sys

import numpy as np
from helpers import SCRIPTS
from plain_collisions import colliding

from moving_mnist_generator import load_digits, render, walk
from moving_mnist_generator.common.names import FRAME_SIZE, NUM_FRAMES
from moving_mnist_generator.motions import MOTIONS, redraws_from_uniforms
from moving_mnist_generator.motions.srvp import CROSSINGS, MARGIN

sys.path.insert(0, str(SCRIPTS))  # commands are not installed
from speed.plain_loop import paint_brighter, srivastava

# Each loop moves one digit, or all of a sequence where they act on each other: start and velocity [row, col], t
# frames, free range in pixels, redraws (t, walls, 2) or None -> t corners (row, col).


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


LOOPS = {  # of motions
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


def added(frames, image, corners):
    """Like `paint_brighter`, but pixels are added, up to 255."""
    size = len(image)
    for frame, (row, col) in zip(frames, corners, strict=True):
        block = frame[row : row + size, col : col + size]
        np.add(block, np.minimum(image, 255 - block), out=block)


PAINT = {"max": paint_brighter, "add": added}


def two_digits(motion, n):
    """Images (n, 2, h, h) uint8, start and velocity (n, 2, 2), and uniform numbers (n, 2, t, walls) for new speeds."""
    way, rng = MOTIONS[motion], np.random.default_rng(0)
    images = load_digits().pool("train", (way.digit_size, way.digit_size)).images
    start, velocity = way.start_and_velocity(rng.random((n, 2, way.draws)), FRAME_SIZE[0] - way.digit_size)
    chosen = rng.integers(len(images), size=(n, 2))
    return images[chosen], start, velocity, rng.random((n, 2, NUM_FRAMES, way.walls))


def redraws_of(motion, u):
    """`redraws` of a stochastic motion, None for another."""
    return redraws_from_uniforms(motion, u) if MOTIONS[motion].stochastic else None


def walk_and_render(motion, images, start, velocity, u):
    """Frames (n, t, H, W) uint8."""
    free = FRAME_SIZE[0] - images.shape[-1]
    corners = walk(motion, start, velocity, NUM_FRAMES, free, redraws=redraws_of(motion, u))
    return render(images, corners, FRAME_SIZE, MOTIONS[motion].overlap)
