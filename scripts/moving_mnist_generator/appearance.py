"""How digits look from frame to frame: turned, scaled, brighter or darker, coloured; and what stands before them.

Rotation, scale and brightness change as in MovingMNIST++ (the HKO-7 benchmark's generator): a digit turns by
one angle a frame; its scale is divided by one factor a frame for the first 5 frames, then multiplied for 5,
and so on; the brightness of all digits is multiplied, then divided. There brightness can rise above its start
and pixels above 255; here pixels end at 255.

Pictures are turned by whole-number arithmetic on digits enlarged 5 times, so that they are the same on every
machine; an upright digit at scale 1 keeps its very pixels.
"""

import math

import numpy as np

from .motion import sine_cosine_of_turns

PERIOD = 5  # frames until scale and brightness turn back
ENLARGED = 5  # odd, so that a pixel's centre is a point of the enlarged digit
ONE = 1 << 16  # fixed point: coordinates and brightness in units of 1 / ONE
GREY = 128  # of occluders
OCCLUDER_SIDES = (8, 20)  # pixels, shortest and longest
COLOURS = {
    "red": (255, 0, 0),
    "green": (0, 255, 0),
    "blue": (0, 0, 255),
    "yellow": (255, 255, 0),
    "magenta": (255, 0, 255),
    "cyan": (0, 255, 255),
}  # channels 0 or 255, so that colouring keeps every pixel's value


def exponents(num_frames):
    """How often the factor of brightness is in force by frame: 0 1 2 3 4 3 2 1 0 -1 0 1 ... (t,) int."""
    steps = [0, *(1 if t // PERIOD % 2 == 0 else -1 for t in range(1, num_frames))]
    return np.cumsum(steps)


def angles_by_frame(rotation, num_frames):
    """(n, k) degrees a frame -> (n, k, t) float64 degrees."""
    return rotation[..., None].astype(np.float64) * np.arange(num_frames)


def scales_by_frame(factor, num_frames):
    """(...) factor a frame -> (..., t) float64: divided by it for 5 frames, then multiplied, and so on."""
    return by_frame(factor, -np.diff(exponents(num_frames), prepend=0))


def brightness_by_frame(factor, num_frames):
    """(...) factor a frame -> (..., t) float64: multiplied by it for 5 frames, then divided, and so on."""
    return by_frame(factor, np.diff(exponents(num_frames), prepend=0))


def by_frame(factor, steps):
    """(...) and (t,) of 1 to multiply, -1 to divide, 0 at the start -> (..., t) float64."""
    product = np.ones((*factor.shape, len(steps)))
    for t in range(1, len(steps)):  # a power's last bit depends on the maths library, a product's does not
        step = factor.astype(np.float64)
        product[..., t] = product[..., t - 1] * (step if steps[t] > 0 else 1 / step)
    return product


def looks(images, num_frames, angles=None, scales=None, brightness=None):
    """Digits as they look in every frame.

    Args:
        images: (n, k, h, w) uint8.
        angles: (n, k, t) degrees, counterclockwise; scales, brightness: (n, k, t) factors. About the centre.

    Returns:
        (n, k, t, h + 2 m, w + 2 m) uint8, and m, the margin in pixels that turned and scaled digits need.
    """
    shape, margin = (*images.shape[:2], num_frames), 0
    if angles is None and scales is None:
        pictures = np.broadcast_to(images[:, :, None], (*shape, *images.shape[2:]))
    else:
        angles = np.zeros(shape) if angles is None else angles
        scales = np.ones(shape) if scales is None else scales
        margin = max(0, math.ceil(ink_radius(images) * scales.max(initial=1) - min(images.shape[2:]) / 2))
        pictures = transformed(images, angles, scales, margin)
    return pictures if brightness is None else dimmed(pictures, brightness), margin


def dimmed(pictures, brightness):
    """(n, k, t, h, w) uint8 times (n, k, t), to the nearest whole number up to 255."""
    products = pictures * np.rint(brightness * ONE).astype(np.uint32)[..., None, None]
    products += ONE // 2
    products >>= 16
    return np.minimum(products, 255, out=products).astype(np.uint8)


def ink_radius(images):
    """The farthest that any pixel of ink reaches from the centre of its picture, in pixels."""
    h, w = images.shape[-2:]
    rows, cols = np.nonzero(images.reshape(-1, h, w).any(0))
    return np.hypot(np.abs(rows - (h - 1) / 2) + 0.5, np.abs(cols - (w - 1) / 2) + 0.5).max(initial=0)


def transformed(images, angles, scales, margin):
    """(n, k, h, w) uint8 turned and scaled about its centre -> (n, k, t, h + 2 margin, w + 2 margin) uint8."""
    n, k, h, w = images.shape
    enlarged = np.pad(enlarge(images), [(0, 0), (0, 0), (1, 1), (1, 1)])  # a rim of 0 for all that is outside
    sine, cosine = (ENLARGED * ONE * part / scales for part in sine_cosine_of_turns(angles / 360))
    sine, cosine = np.rint(sine).astype(np.int64), np.rint(cosine).astype(np.int64)
    rows = (2 * np.arange(h + 2 * margin) - (h + 2 * margin - 1))[:, None]  # twice the way from the centre
    cols = 2 * np.arange(w + 2 * margin) - (w + 2 * margin - 1)
    sine, cosine = sine[..., None, None], cosine[..., None, None]
    from_row = nearest(rows * cosine + cols * sine, ENLARGED * h)
    from_col = nearest(cols * cosine - rows * sine, ENLARGED * w)
    width = enlarged.shape[-1]
    from_row *= width
    from_row += from_col
    from_row += (np.arange(n * k) * enlarged[0, 0].size).reshape(n, k, 1, 1, 1)
    return enlarged.reshape(-1).take(from_row)


def nearest(twice, side):
    """Twice the way from the centre, fixed point -> place 1 .. side in a padded picture, 0 or side + 1 outside."""
    twice += side * ONE
    twice >>= 17
    return np.clip(twice, -1, side, out=twice) + 1


def enlarge(images):
    """(..., h, w) uint8 -> (..., 5 h, 5 w) uint8, bilinear; point 5 i + 2 is pixel i itself."""
    for axis in (-2, -1):
        padded = np.pad(images, [(1, 1) if axis % images.ndim == i else (0, 0) for i in range(images.ndim)])
        padded = np.moveaxis(padded, axis, -1).astype(np.uint16)
        before, at, after = padded[..., :-2], padded[..., 1:-1], padded[..., 2:]
        points = [before * 2 + at * 3, before + at * 4, at * 5, at * 4 + after, at * 3 + after * 2]
        mixed = (np.stack(points, axis=-1) + 2) // 5
        images = np.moveaxis(mixed.reshape(*mixed.shape[:-2], -1).astype(np.uint8), -1, axis)
    return np.ascontiguousarray(images)


def draw_colours(u, num_digits):
    """(n, m) uniform numbers, m as many as COLOURS or digits -> (n, k) int: which of COLOURS.

    No two digits of a sequence have the same while there are colours left.
    """
    return np.argsort(u, axis=1)[:, :num_digits] % len(COLOURS)


def coloured(pictures, colours):
    """(n, k, [t,] h, w) uint8 and (n, k) which of COLOURS -> (n, k, [t,] h, w, 3) uint8."""
    channels = np.array(list(COLOURS.values()), np.uint8)[colours]
    axes = pictures.ndim - 2
    return pictures[..., None] & channels.reshape(*channels.shape[:2], *[1] * axes, 3)


def draw_occluders(u, frame_size):
    """(n, m, 4) uniform numbers -> (n, m, 4) int16: top, left, bottom, right, the latter two just outside."""
    shortest, longest = OCCLUDER_SIDES
    sides = np.minimum(shortest + np.floor(u[..., :2] * (longest - shortest + 1)), frame_size)
    corner = np.floor(u[..., 2:] * (np.asarray(frame_size) - sides + 1))
    return np.concatenate([corner, corner + sides], axis=-1).astype(np.int16)


def occluder_mask(occluders, frame_size):
    """(n, m, 4) -> (n, H, W) bool, where an occluder is."""
    mask = np.zeros((len(occluders), *frame_size), bool)
    for sequence, boxes in zip(mask, occluders.tolist(), strict=True):
        for top, left, bottom, right in boxes:
            sequence[top:bottom, left:right] = True
    return mask


def occlude(frames, occluders):
    """Paint grey rectangles (n, m, 4) over frames (n, t, H, W[, 3]), in place."""
    for sequence, boxes in zip(frames, occluders.tolist(), strict=True):  # boxes differ in size: no one slice for all
        for top, left, bottom, right in boxes:
            sequence[:, top:bottom, left:right] = GREY
