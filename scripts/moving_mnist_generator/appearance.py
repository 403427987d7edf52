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
    return powers(factor, -exponents(num_frames))


def brightness_by_frame(factor, num_frames):
    """(...) factor a frame -> (..., t) float64: multiplied by it for 5 frames, then divided, and so on."""
    return powers(factor, exponents(num_frames))


def powers(factor, exponents):
    """(...) to the whole powers (t,) -> (..., t) float64, the same bits for the same power."""
    factor, most = factor.astype(np.float64)[..., None], int(np.abs(exponents).max(initial=0))
    steps = np.ones((*factor.shape[:-1], 2 * most + 1))
    steps[..., 1 : most + 1] = factor
    steps[..., most + 1 :] = 1 / factor
    # Products one by one: the last bit of a power depends on the maths library.
    steps[..., : most + 1] = np.multiply.accumulate(steps[..., : most + 1], axis=-1)
    steps[..., most + 1 :] = np.multiply.accumulate(steps[..., most + 1 :], axis=-1)
    return steps[..., np.where(exponents < 0, most - exponents, exponents)]


def looks(images, angles=None, scales=None, brightness=None):
    """Digits as they look turned, scaled, dimmed.

    Args:
        images: (n, k, h, w) uint8.
        angles: (n, k, u) degrees, counterclockwise, about the centre; scales, brightness: (n, k, u) factors. At
            least one of them.

    Returns:
        (n, k, u, h + 2 m, w + 2 m) uint8, and m, the margin in pixels that turned and scaled digits need.
    """
    pictures, margin = images[:, :, None], 0
    if angles is not None or scales is not None:
        angles = np.zeros(scales.shape) if angles is None else angles
        scales = np.ones(angles.shape) if scales is None else scales
        margin = max(0, math.ceil(ink_radius(images) * scales.max(initial=1) - min(images.shape[2:]) / 2))
        pictures = transformed(images, angles, scales, margin)
    return pictures if brightness is None else dimmed(pictures, brightness), margin


def dimmed(pictures, brightness):
    """(n, k, 1 or u, h, w) uint8 times (n, k, u) -> (n, k, u, h, w) uint8, to the nearest whole number up to 255."""
    products = pictures.astype(np.uint32) * np.rint(brightness * ONE).astype(np.uint32)[..., None, None]
    products += ONE // 2
    products >>= 16
    return np.clip(products, 0, 255, out=products).astype(np.uint8)


def ink_radius(images):
    """The farthest that any pixel of ink reaches from the centre of its picture, in pixels."""
    h, w = images.shape[-2:]
    rows, cols = np.nonzero(images.reshape(-1, h, w).any(0))
    return np.hypot(np.abs(rows - (h - 1) / 2) + 0.5, np.abs(cols - (w - 1) / 2) + 0.5).max(initial=0)


def transformed(images, angles, scales, margin):
    """(n, k, h, w) uint8 turned and scaled about its centre -> (n, k, u, h + 2 margin, w + 2 margin) uint8.

    Numbers are laid out (row, n, k, u, col): numpy's loops run along what comes last, which a few columns alone
    would leave too short.
    """
    n, k, h, w = images.shape
    rows, cols = h + 2 * margin, w + 2 * margin
    enlarged = enlarge(images)
    sine, cosine = (np.rint(ENLARGED * ONE * part / scales) for part in sine_cosine_of_turns(angles / 360))
    farthest = np.abs([sine, cosine]).max(initial=0) * (rows + cols) + (ENLARGED * max(h, w) + 2) * ONE
    whole = np.int32 if max(farthest, enlarged.size) < 2**31 else np.int64
    sine, cosine = (np.repeat(part.astype(whole), cols) for part in (sine, cosine))  # (n k u cols)
    row = from_centre(rows, whole)[:, None]
    col = np.tile(from_centre(cols, whole), angles.size)
    at = nearest(row * -sine, col * cosine, ENLARGED * w)
    at *= whole(enlarged.shape[-1])
    at += nearest(row * cosine, col * sine, ENLARGED * h)
    at = at.reshape(rows, n * k, -1)
    at += (np.arange(n * k, dtype=whole) * whole(enlarged[0, 0].size))[:, None]
    return np.moveaxis(enlarged.reshape(-1).take(at).reshape(rows, n, k, -1, cols), 0, -2)


def from_centre(side, whole):
    """Twice the way from the centre of a picture to each of its pixels, along one side: (side,)."""
    return 2 * np.arange(side, dtype=whole) - (side - 1)


def nearest(by_row, by_col, side):
    """The sum, twice the way from the centre, fixed point -> place 1 .. side in a padded picture, else 0 or side + 1.

    The first is changed in place.
    """
    whole = by_row.dtype.type
    by_row += by_col + whole((side + 2) * ONE)
    by_row >>= whole(17)
    return np.clip(by_row, whole(0), whole(side + 1), out=by_row)


def enlarge(images):
    """(..., h, w) uint8 -> (..., 5 w + 2, 5 h + 2) uint8, transposed, with a rim of 0 for all that is outside.

    Bilinear; point 5 i + 2 is pixel i itself.
    """
    *leading, h, w = images.shape
    rimmed = np.zeros((*leading, ENLARGED * w + 2, ENLARGED * h + 2), np.uint8)
    rimmed[..., 1:-1, 1:-1] = with_rows_between(np.ascontiguousarray(with_rows_between(images).swapaxes(-1, -2)))
    return rimmed


def with_rows_between(images):
    """(..., h, w) uint8 -> (..., 5 h, w) uint8."""
    *leading, h, w = images.shape
    padded = np.zeros((*leading, h + 2, w), np.uint16)
    padded[..., 1:-1, :] = images
    before, at, after = padded[..., :-2, :], padded[..., 1:-1, :], padded[..., 2:, :]
    points = np.empty((*leading, h, ENLARGED, w), np.uint16)
    for place, mixed in enumerate((before * 2 + at * 3, before + at * 4, at * 5, at * 4 + after, at * 3 + after * 2)):
        points[..., place, :] = mixed
    points += 2
    points //= 5
    return points.astype(np.uint8).reshape(*leading, ENLARGED * h, w)


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
