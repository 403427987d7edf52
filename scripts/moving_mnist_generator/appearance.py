"""How digits look from frame to frame: turned, scaled, brighter or darker, coloured; and what stands before them.

Rotation, scale and brightness change as in MovingMNIST++ (the HKO-7 benchmark's generator): a digit turns by
one angle a frame; its scale is divided by one factor a frame for the first 5 frames, then multiplied for 5,
and so on; the brightness of all digits is multiplied, then divided. There brightness can rise above its start
and pixels above 255; here pixels end at 255.
"""

import numpy as np

from .turning import turned

PERIOD = 5  # frames until scale and brightness turn back
ONE = 1 << 16  # fixed point: brightness in units of 1 / ONE
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
        pictures, margin = turned(images, angles, scales)
    return pictures if brightness is None else dimmed(pictures, brightness), margin


def dimmed(pictures, brightness):
    """(n, k, 1 or u, h, w) uint8 times (n, k, u) -> (n, k, u, h, w) uint8, to the nearest whole number up to 255."""
    # Exact below 256 in float32: 8 bits of the whole part and 16 of the factor's. From 256 on it stays above 255.
    products = pictures * (np.rint(brightness * ONE) / ONE).astype(np.float32)[..., None, None]
    products += np.float32(0.5)
    np.minimum(products, np.float32(255), out=products)
    return products.astype(np.uint8)


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
