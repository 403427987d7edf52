"""Digits, where they are and how they look -> the frames of a variant.

The stages: the looks that turn or scale digits, those that change their pixels, colour; then the digits are painted
at their corners; then the looks that act on whole frames. Digits that turn or scale are painted in groups of pictures
of similar size, all others sequence by sequence.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from ..common.checks import InputError
from ..digits.pools import Pool
from ..looks import Look, Stage
from ..looks.enlarging import ENLARGED
from ..looks.pose import pose
from ..looks.turning import turn
from .rendering import SEQUENCES_AT_A_TIME, canvas, paint_rows, render_into
from .scenes import Scene
from .variants import Variant

TURNED_PIXELS = 128 * 45 * 28 * 28  # of the pictures of digits, and of digits 5 times as large, made at a time
PROBED_PIXELS = 6  # beyond the reach of a look in which it must paint nothing
PROBED: set[tuple[Any, int, Variant]] = set()  # (apply, reach, variant) of looks whose reach has been checked

Drawn = dict[str, np.ndarray]  # {field of LOOKS: (n, ...), what each look of a variant has drawn}


def paint(
    scene: Scene,
    pool: Pool,
    chosen: np.ndarray,
    corners: np.ndarray,
    drawn: Drawn,
    out: np.ndarray | None = None,
) -> np.ndarray:
    """Paint digits of a Pool at corners, as the looks of a variant make them look.

    Args:
        chosen: (n, k) int, positions in the pool.
        corners: (n, k, t, 2) int, pixels, as the frame sees them.
        drawn: what looks have drawn. A look without an entry is left out.
        out: (n, t, H, W) or (n, t, H, W, 3) uint8, C-contiguous, to paint into; None, new memory.

    Returns:
        (n, t, H, W) or (n, t, H, W, 3) uint8.
    """
    variant, n = scene.variant, len(chosen)
    frames = canvas((n, variant.num_frames, *variant.frame_shape), out)
    for field, look in scene.drawn(drawn, Stage.DIGITS).items():
        if n and (look.apply, look.reach, variant) not in PROBED:
            check_reach(
                field, look, look.in_force(drawn[field][:SEQUENCES_AT_A_TIME], variant.num_digits, variant.num_frames)
            )
            PROBED.add((look.apply, look.reach, variant))
    if scene.drawn(drawn, Stage.ANGLE, Stage.SCALE):  # about the centre of the whole digit
        images, put, step = pool.images, put_turned, turned_at_a_time(pool.images.shape[1:], variant.num_frames)
    else:
        (images, begin), put = pool.ink, put_upright  # fewer pixels to paint
        corners = corners + begin[chosen][:, :, None].repeat(variant.num_frames, axis=2)
        step = SEQUENCES_AT_A_TIME if variant.looks else max(1, n)  # temporary arrays of looks stay in the cache
    for first in range(0, n, step):
        part = slice(first, first + step)
        some = {field: values[part] for field, values in drawn.items()}
        put(scene, images[chosen[part]], some, corners[part], frames[part], black=out is None)
        for field, look in scene.drawn(drawn, Stage.FRAMES).items():
            whole = frames[part]
            look.apply(whole.reshape(*whole.shape[:4], variant.channels), some[field])
    return frames


def check_reach(field: str, look: Look, values: np.ndarray) -> None:
    """Refuse a look that paints farther beyond a digit's ink than it says: what it paints there would be cut.

    Args:
        values: (n, k, u), what it has in force. It is applied to pictures of one white pixel each.
    """
    far = look.reach + PROBED_PIXELS
    pictures = np.zeros((*values.shape, 2 * far + 1, 2 * far + 1), np.uint8)
    pictures[..., far, far] = 255
    shape, pictures = pictures.shape, look.apply(pictures, values)
    if pictures.dtype != np.uint8 or pictures.shape != shape:
        raise InputError(f"{field} must give pictures of uint8 {shape}, not {pictures.dtype} {pictures.shape}")
    ink = np.argwhere(pictures.reshape(-1, *shape[-2:]).any(0)) - far
    if ink.size and np.abs(ink).max() > look.reach:
        beyond = np.abs(ink).max()
        raise InputError(f"{field} must paint at most its reach of {look.reach} pixels beyond ink, not {beyond}")


def turned_at_a_time(side: tuple[int, ...], num_frames: int) -> int:
    """How many sequences to paint together: enough pictures to find similar ones. side: (h, w) of a digit."""
    return max(1, TURNED_PIXELS // (side[0] * side[1] * (num_frames + ENLARGED**2)))


def reach_of(looks: dict[str, Look]) -> int:
    """Pixels by which looks, one after the other, may paint beyond the ink."""
    return sum(look.reach for look in looks.values())


def put_upright(
    scene: Scene, images: np.ndarray, drawn: Drawn, corners: np.ndarray, frames: np.ndarray, *, black: bool
) -> None:
    """Paint digits that neither turn nor scale.

    Args:
        images: (n, k, h, w) uint8; corners: (n, k, t, 2) int, pixels.
        frames: (n, t, H, W) or (n, t, H, W, 3) uint8, to paint into. black: whether they are black.
    """
    variant, looks = scene.variant, scene.drawn(drawn, Stage.DIGITS)
    first, shown = different_frames(looks, variant.num_frames)
    beyond = np.full(2, variant.overhang)
    if reach := reach_of(looks):  # the rim of a digit may be painted, and lie outside of the frame
        images = np.pad(images, ((0, 0), (0, 0), (reach, reach), (reach, reach)))
        corners, beyond = corners - reach, beyond + reach
    pictures = images[:, :, None] if looks else images
    for field, look in looks.items():
        values = look.in_force(drawn[field], variant.num_digits, variant.num_frames, first)
        pictures = look.apply(pictures, values)
    for field, look in scene.drawn(drawn, Stage.COLOUR).items():
        pictures = look.apply(pictures, drawn[field])
    if any(look.stage is Stage.VIEW for look in scene.looks.values()):
        beyond = np.array(images.shape[2:])  # a digit may be anywhere: out of sight, it is put just outside
        corners = np.clip(corners, -beyond, variant.frame_size)
    if variant.channels == 3:  # a coloured digit is painted as a grey one that is three times as wide
        pictures = pictures.reshape(*pictures.shape[:-2], -1)
        corners, beyond = corners * (1, 3), beyond * (1, 3)
    flat = frames.reshape(*frames.shape[:3], -1)
    render_into(flat, pictures, corners, scene.motion.overlap, beyond, shown, black=black)


def different_frames(looks: dict[str, Look], num_frames: int) -> tuple[Any, np.ndarray | None]:
    """Which frames show digits that look different, whatever was drawn.

    Returns:
        u frames, as an index of the time axis; and (t,) int, which of them each frame looks like; None if u = t, or
        if digits never change.
    """
    if not looks:
        return slice(None), None
    numbers = np.stack([look.different_frames(num_frames) for look in looks.values()])
    _, first, shown = np.unique(numbers, axis=1, return_index=True, return_inverse=True)
    if len(first) in (1, num_frames):
        return slice(0, len(first)), None
    return first, shown.reshape(-1)


def put_turned(
    scene: Scene, images: np.ndarray, drawn: Drawn, corners: np.ndarray, frames: np.ndarray, *, black: bool
) -> None:
    """Like `put_upright`, for digits that turn or scale."""
    variant, overlap, pixels = scene.variant, scene.motion.overlap, frames.reshape(-1)
    (height, width), channels = variant.frame_size, variant.channels
    if not black:
        frames[:] = 0
    poses, apply_looks = pose(variant, drawn), looks_of_pictures(scene, drawn)
    reach = reach_of(scene.drawn(drawn, Stage.DIGITS))  # also: how much of a picture is looked up around its window
    for digit in range(variant.num_digits):
        turned = turn(images[:, digit], *(part if part is None else part[:, digit] for part in poses))
        corner = corners[:, digit].reshape(-1, 2).T
        for some in turned.alike():
            rows, cols = np.minimum(turned.size[:, some].max(1) + 2 * reach, variant.frame_size).tolist()
            row, col = corner[:, some]
            # A window never leaves the frame.
            top = np.clip(row + turned.begin[0, some] - reach, 0, height - rows)
            left = np.clip(col + turned.begin[1, some] - reach, 0, width - cols)
            around = top - row - reach, left - col - reach, rows + 2 * reach, cols + 2 * reach
            pictures = apply_looks(turned.look_up(some, *around), digit, some)
            pictures = pictures[reach : reach + rows, :, reach * channels : (reach + cols) * channels]
            at = ((some * height + top) * width + left) * channels
            paint_rows(pixels, at, pictures, width * channels, overlap, first_digit=digit == 0)


def looks_of_pictures(scene: Scene, drawn: Drawn) -> Callable[[np.ndarray, int, np.ndarray], np.ndarray]:
    """A function that applies to turned pictures what else changes digits.

    It takes pictures (rows, p, cols) uint8, the number of their digit in its sequence, and (p,) int64, which frames of
    all sequences they are for. It returns (rows, p, cols or, in colour, 3 cols) uint8.
    """
    k, t = scene.variant.num_digits, scene.variant.num_frames
    digits = [(look, look.in_force(drawn[f], k, t)) for f, look in scene.drawn(drawn, Stage.DIGITS).items()]
    colours = [(look, drawn[f]) for f, look in scene.drawn(drawn, Stage.COLOUR).items()]

    def apply(pictures, digit, some):
        if not digits and not colours:
            return pictures
        rows, p, _ = pictures.shape
        pictures = np.moveaxis(pictures, 0, 1)[:, None, None]
        for look, values in digits:
            pictures = look.apply(pictures, values[some // t, digit, some % t][:, None, None])
        for look, values in colours:
            pictures = look.apply(pictures, values[some // t, digit][:, None])
        return np.moveaxis(pictures[:, 0, 0], 1, 0).reshape(rows, p, -1)

    return apply
