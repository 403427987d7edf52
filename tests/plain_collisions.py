"""The plain way to move discs that bounce off each other: one sequence at a time, from event to event."""

import math

ACROSS = 18  # pixels, of a disc
SLOWEST = 1e-9  # pixels^2 a frame: discs that near each other no faster do not meet


def colliding(start, velocity, num_frames, free):
    """Discs of one sequence: start and velocity (k, 2) in units of the free range -> k lists of t corners (row, col).

    free: pixels, one number or (rows, cols).
    """
    free = (free, free) if isinstance(free, int) else free
    place, speed = (
        [[x * side for x, side in zip(pair, free, strict=True)] for pair in pairs] for pairs in (start, velocity)
    )
    paths = [[] for _ in place]
    for t in range(num_frames):
        if t > 0:
            advance(place, speed, free)
        for path, corner in zip(paths, place, strict=True):
            path.append(tuple(round(x) for x in corner))
    return paths


def advance(place, speed, free):
    """One frame, in place: find the next event, go there, settle it, go on."""
    left = 1.0
    while True:
        when, what = min(events(place, speed, free), default=(math.inf, None))
        step = min(when, left)
        for at, v in zip(place, speed, strict=True):
            at[0], at[1] = at[0] + v[0] * step, at[1] + v[1] * step
        left -= step
        if when > step:
            return
        if what[0] == "wall":
            _, digit, axis = what
            place[digit][axis] = free[axis] if speed[digit][axis] > 0 else 0.0
            speed[digit][axis] = -speed[digit][axis]
        else:
            exchange(place, speed, *what[1:])


def events(place, speed, free):
    """(frames until it happens, what) of all that can be next."""
    for digit, (at, v) in enumerate(zip(place, speed, strict=True)):
        for axis in (0, 1):
            if v[axis]:
                yield max(((free[axis] if v[axis] > 0 else 0) - at[axis]) / v[axis], 0), ("wall", digit, axis)
    for one in range(len(place)):
        for other in range(one + 1, len(place)):
            way = [b - a for a, b in zip(place[one], place[other], strict=True)]
            v = [b - a for a, b in zip(speed[one], speed[other], strict=True)]
            a, b, c = (sum(x * y for x, y in zip(*p, strict=True)) for p in ((v, v), (way, v), (way, way)))
            root = b * b - a * (c - ACROSS * ACROSS)
            if b < -SLOWEST and root >= 0:
                yield max((-b - math.sqrt(root)) / a, 0), ("meet", one, other)


def exchange(place, speed, one, other):
    """The parts of two velocities along the line between the centres change places."""
    way = [b - a for a, b in zip(place[one], place[other], strict=True)]
    unit = [x / math.hypot(*way) for x in way]
    along = [sum(x * y for x, y in zip(unit, speed[digit], strict=True)) for digit in (one, other)]
    for axis in (0, 1):
        speed[one][axis] += (along[1] - along[0]) * unit[axis]
        speed[other][axis] += (along[0] - along[1]) * unit[axis]
