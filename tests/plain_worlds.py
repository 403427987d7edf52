"""The newer variants made slowly: one sequence, one digit, one frame at a time, in Python's own numbers.

Only the tables of uniform numbers, sine and cosine, and the embedded digits are shared with the package.
"""

import math

import numpy as np
import plain_collisions

from moving_mnist_generator import load_digits
from moving_mnist_generator.common.draws import sine_cosine_of_turns, uniforms

SIZE = 28  # pixels of a digit
POOLS = {"train": slice(0, 50_000), "validation": slice(50_000, 60_000), "test": slice(0, 10_000)}


def plain_sequence(variant, split, index):
    """Frames (t, H, W) uint8, and positions (k, t, 2), of one grey sequence whose digits keep their look."""

    def draw(latent, *shape):
        return uniforms(0, variant.name, split, latent, np.array([index]), shape)[0]

    images = chosen_digits(variant, split, draw("digits", variant.num_digits).tolist())
    paths = MOTIONS[variant.motion](variant, draw)
    height, width = variant.frame_size
    frames = np.zeros((variant.num_frames, height, width), np.uint8)
    positions = []
    for image, path in zip(images, paths, strict=True):
        cameras = plain_camera(variant, draw) if variant.world_size else [(0, 0)] * variant.num_frames
        positions.append([(row - up, col - left) for (row, col), (up, left) in zip(path, cameras, strict=True)])
        for frame, (top, left) in zip(frames, positions[-1], strict=True):
            for row in range(max(top, 0), min(top + SIZE, height)):
                for col in range(max(left, 0), min(left + SIZE, width)):
                    frame[row, col] = max(frame[row, col], image[row - top, col - left])
    if variant.noise:
        add_noise(frames, draw("noise", 2), variant.noise)
    return frames, np.array(positions)


def chosen_digits(variant, split, numbers):
    """The pictures that uniform numbers choose."""
    digits = load_digits()
    file = "test" if split == "test" else "train"
    images, labels = (getattr(digits, f"{file}_{what}")[POOLS[split]] for what in ("images", "labels"))
    among = [at for at, label in enumerate(labels.tolist()) if variant.classes is None or label in variant.classes]
    return [images[among[int(u * len(among))]] for u in numbers]


def direction(u):
    """(row, col) of length 1."""
    return [float(part) for part in sine_cosine_of_turns(u)]


def drawn(variant, draw, numbers=4):
    """[(start, velocity, its uniform numbers)] of each digit, in units of the free range; and (rows, cols) of it."""
    free = [side - SIZE for side in (variant.world_size or variant.frame_size)]
    found, speeds = [], draw("speed", variant.num_digits, 1) if variant.speed else None
    for digit, u in enumerate(draw("motion", variant.num_digits, numbers).tolist()):
        velocity = [0.1 * part for part in direction(u[2])]
        if variant.motion == "tfds":
            velocity = [float(np.float32(part)) for part in velocity]
        if variant.speed:
            lowest, highest = variant.speed
            pixels = lowest + (highest - lowest) * float(speeds[digit, 0])
            velocity = [part / 0.1 * pixels / side for part, side in zip(velocity, free, strict=True)]
        found.append((u[:2], velocity, u))
    return found, free


def srivastava(variant, draw):
    """Step, then stop on the wall and turn back."""
    digits, free = drawn(variant, draw)
    for place, speed, _ in digits:
        path = []
        for _ in range(variant.num_frames):
            for axis in (0, 1):
                place[axis] += speed[axis]
                if place[axis] <= 0 or place[axis] >= 1:
                    place[axis], speed[axis] = min(max(place[axis], 0.0), 1.0), -speed[axis]
            path.append(tuple(int(place[axis] * free[axis]) for axis in (0, 1)))
        yield path


def tfds(variant, draw):
    """A straight line, folded back at the walls, in float32."""
    digits, free = drawn(variant, draw)
    for place, speed, _ in digits:
        path = []
        for t in range(variant.num_frames):
            corner = []
            for axis in (0, 1):
                start = np.float32(math.floor(place[axis] * 2**24) / 2**24)
                at = abs(start + np.float32(speed[axis]) * np.float32(t))
                while at > 1:
                    at = abs(at - np.float32(2))
                corner.append(round(float(at * np.float32(free[axis]))))
            path.append(tuple(corner))
        yield path


def colliding(variant, draw):
    """Discs of 18 pixels across, from event to event."""
    digits, free = drawn(variant, draw, numbers=34)
    start = plain_starts([[u[:2], *zip(u[4::2], u[5::2], strict=True)] for _, _, u in digits], free)
    return plain_collisions.colliding(start, [velocity for _, velocity, _ in digits], variant.num_frames, free)


def plain_starts(places, free):
    """Each digit's first place that is 18 pixels from the digits before it; else all begin with their next place."""
    for begin in range(16):
        chosen = []
        for own in places:
            for row, col in own[begin:] + own[:begin]:
                at = [row * free[0], col * free[1]]
                if all(math.dist(at, (r * free[0], c * free[1])) >= 18 for r, c in chosen):
                    chosen.append((row, col))
                    break
        if len(chosen) == len(places):
            return chosen
    raise AssertionError("the grid is tested elsewhere")


MOTIONS = {"srivastava": srivastava, "tfds": tfds, "colliding": colliding}


def plain_camera(variant, draw):
    """The window's corner in each frame: a step of -4..4 on each axis, kept for 5 frames, that ends at the edge."""
    room = [world - side for world, side in zip(variant.world_size, variant.frame_size, strict=True)]
    corner = [int(u * (side + 1)) for u, side in zip(draw("camera", 1, 2)[0].tolist(), room, strict=True)]
    steps, path = draw("actions", math.ceil(variant.num_frames / 5), 2).tolist(), [tuple(corner)]
    for t in range(1, variant.num_frames):
        for axis in (0, 1):
            step = int(steps[(t - 1) // 5][axis] * 9) - 4
            corner[axis] = min(max(corner[axis] + step, 0), room[axis])
        path.append(tuple(corner))
    return path


def add_noise(frames, key, most):
    """A whole number of -most..most on each pixel, from 16 bits each of the raw output of Philox, lowest first."""
    philox, numbers = np.random.Philox(key=[int(u * 2**53) for u in key.tolist()]), []
    flat = frames.reshape(-1)
    for at in range(flat.size):
        if not numbers:
            raw = int(philox.random_raw())
            numbers = [raw >> shift & 0xFFFF for shift in (48, 32, 16, 0)]
        change = (numbers.pop() * (2 * most + 1) >> 16) - most
        flat[at] = min(max(int(flat[at]) + change, 0), 255)
