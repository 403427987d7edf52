"""Rows of a Parquet file -> pictures for people."""

import json
import math
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image

from .checks import InputError
from .files.parquet import METADATA_KEY
from .layouts import LAYOUTS
from .names import NUM_FRAMES, SPLITS
from .rows.columns import IMAGE_SEQUENCE
from .rows.nested import storage

GAP = 2  # pixels between pictures
GREY = 96  # of the gaps, so that black frames have an edge
FRAME_MILLISECONDS = 100


def read_frames(path, first, stop):
    """Frames of the rows first .. stop of a Parquet file, or of the first split of a folder that has one.

    Returns:
        (n, t, H, W) or (n, t, H, W, 3) uint8; n is smaller if there are fewer rows.

    Raises:
        InputError: no file, or none of ours.
    """
    found, rows_before = [], 0
    for file in files_of(Path(path)):
        try:
            parquet = pq.ParquetFile(file)
        except pa.ArrowInvalid as error:
            raise InputError(f"{file} is not a Parquet file: {error}") from error
        with parquet:
            recipe = json.loads((parquet.metadata.metadata or {}).get(METADATA_KEY, "{}"))
            if IMAGE_SEQUENCE not in parquet.schema_arrow.names or recipe.get("layout") not in LAYOUTS:
                raise InputError(f"{file} has no column {IMAGE_SEQUENCE} of this generator")
            for group in range(parquet.num_row_groups):
                rows = parquet.metadata.row_group(group).num_rows
                begin, end = max(first - rows_before, 0), min(stop - rows_before, rows)
                rows_before += rows
                if begin < end:
                    column = parquet.read_row_group(group, columns=[IMAGE_SEQUENCE]).column(0)
                    found.append(decode(column.slice(begin, end - begin), recipe))
    if not found:
        raise InputError(f"rows must lie in 0:{rows_before} of {path}, not {first}:{stop}")
    return np.concatenate(found)


def files_of(path):
    """The file itself, or the shards of a folder's first split, in order."""
    if path.is_file():
        return [path]
    for split in SPLITS:
        if files := sorted(path.glob(f"{split}-*.parquet")):
            return files
    raise InputError(f"{path} is neither a Parquet file nor a folder of train-, validation- or test-*.parquet")


def decode(column, recipe):
    """The column `image_sequence` of a file that records `recipe` -> frames."""
    num_frames = recipe.get("variant", {}).get("num_frames", NUM_FRAMES)  # the authors' file records no variant
    return LAYOUTS[recipe["layout"]].decode(storage(column), num_frames)


def contact_sheet(frames):
    """One row a sequence, one column a frame: (n, t, H, W[, 3]) -> Image."""
    return Image.fromarray(tile(frames))


def save_animation(frames, path, columns=None, scale=2):
    """All sequences side by side, moving, as a GIF that repeats.

    frames: (n, t, H, W[, 3]) uint8; columns: sequences in a row, None for about as many as there are rows;
    scale: pixels of the GIF for each of a frame.
    """
    n, t = frames.shape[:2]
    columns = columns or math.ceil(math.sqrt(n))
    grid = np.zeros((columns * math.ceil(n / columns), *frames.shape[1:]), np.uint8)
    grid[:n] = frames
    grid = grid.reshape(-1, columns, *frames.shape[1:])
    pictures = [Image.fromarray(tile(grid[:, :, step])) for step in range(t)]
    if pictures[0].mode == "RGB":  # of the 256 colours that a GIF can have, the nearest: dithering looks like noise
        pictures = [picture.quantize(dither=Image.Dither.NONE) for picture in pictures]
    pictures = [picture.resize((picture.width * scale, picture.height * scale), 0) for picture in pictures]
    pictures[0].save(path, "GIF", save_all=True, append_images=pictures[1:], duration=FRAME_MILLISECONDS, loop=0)


def tile(pictures):
    """(rows, columns, H, W[, 3]) -> one picture with grey gaps."""
    rows, columns, height, width, *channels = pictures.shape
    sheet = np.full((rows, height + GAP, columns, width + GAP, *channels), GREY, np.uint8)
    sheet[:, GAP:, :, GAP:] = np.moveaxis(pictures, 1, 2)
    sheet = sheet.reshape(rows * (height + GAP), columns * (width + GAP), *channels)
    return np.pad(sheet, [(0, GAP), (0, GAP)] + [(0, 0)] * len(channels), constant_values=GREY)
