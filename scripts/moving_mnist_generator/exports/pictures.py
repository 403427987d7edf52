"""Pictures for people and for loaders of folders: a folder of PNG files, a GIF or a WebP for each sequence.

All are exact, but a GIF in colour, which has 256 colours. GIF and WebP store equal frames in a row once.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, Any

import numpy as np
from PIL import Image

from ..rows.png import pngs
from .base import Export

MILLISECONDS = 100  # a frame


def numbered(count: int, pieces: Iterable[np.ndarray]) -> Iterator[tuple[str, np.ndarray]]:
    """Yields (name, frames) of `count` single sequences: 000000, 000001 and so on."""
    sequences = (frames for piece in pieces for frames in piece)
    return ((in_order(index, count, 6), frames) for index, frames in enumerate(sequences))


def in_order(number, count, least):
    """A number below `count` with so many digits that names sort as numbers do, and with `least` at least.

    >>> in_order(7, 20, 2), in_order(7, 1_000, 2)
    ('07', '007')
    """
    return f"{number:0{max(least, len(str(count - 1)))}}"


def write_frames(path, shape, pieces):
    for name, frames in numbered(shape[0], pieces):
        folder = path / name
        folder.mkdir()
        for step, file in enumerate(pngs(frames)):
            folder.joinpath(f"{in_order(step, shape[1], 2)}.png").write_bytes(file)


def write_gif(path, shape, pieces):
    for name, frames in numbered(shape[0], pieces):
        images = [Image.fromarray(frame) for frame in frames]
        if images[0].mode == "RGB":  # the nearest colours: dithering looks like noise
            images = [image.quantize(dither=Image.Dither.NONE) for image in images]
        save(images, path / f"{name}.gif")


def write_webp(path, shape, pieces):
    for name, frames in numbered(shape[0], pieces):
        save_webp(map(Image.fromarray, frames), path / f"{name}.webp")


def save_webp(images: Iterable[Image.Image], file: Path | IO[bytes]) -> None:
    """Write an animated WebP that keeps every pixel. images: in grey or colour; file: path or file object."""
    # Method 2 makes files half as large as 0, Pillow's own choice, and in less time than higher ones.
    save([image.convert("RGB") for image in images], file, format="WEBP", lossless=True, method=2)


def save(images: Iterable[Image.Image], file: Path | IO[bytes], **options: Any) -> None:
    """Write an animated picture that repeats."""
    first, *others = images
    first.save(file, save_all=True, append_images=others, duration=MILLISECONDS, loop=0, **options)


FRAMES = Export(
    "a folder of 20 PNG files for each sequence", "loaders of folders", "{}_frames".format, write_frames, True, True
)
GIF = Export("a GIF for each sequence", "slides and web pages", "{}_gif".format, write_gif, True, True)
WEBP = Export("a lossless WebP for each sequence", "slides and web pages", "{}_webp".format, write_webp, True, True)
