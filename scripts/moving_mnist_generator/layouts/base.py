"""What a layout is: one row of the table LAYOUTS."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

USUAL_PIXELS = 20 * 64 * 64  # of a sequence, for which rows a group and a file are given
SAFE_ROWS = 5_000  # of usual sequences, which stay below 500 MB though nothing compresses them: 82 kB each
GROUP_PIXELS = 500 * USUAL_PIXELS  # at most, so that large frames do not outgrow memory or Arrow's 2^31 values


@dataclass(frozen=True)
class Layout:
    """One way to store the frames of a sequence in the column `image_sequence`.

    words:       one line for people
    bare:        name of the config that holds the reference sequences without annotations
    suffix:      of the config of a variant, behind its name
    published:   whether the configs of variants are made if no layout is asked for; the bare config always is
    feature:     (num_frames, frame_shape) -> the feature as datasets writes it to JSON
    encode:      frames (n, t, H, W) or (n, t, H, W, 3) uint8 -> Arrow column of n rows
    decode:      (Arrow column, num_frames) -> frames; num_frames None: unknown, and frames of one picture are square
    group_rows:  rows in a row group, for usual sequences
    file_rows:   variant -> sequences in a file, for usual sequences: as many as stay below 500 MB, the most that the
                 Hub's viewer takes in one file
    whole_files: whether a worker writes a whole file. Otherwise workers encode row groups, and one process writes
    settings:    for pyarrow's ParquetWriter, besides those of every layout
    write_rows:  rows given to the writer at a time, for usual sequences; None, a row group
    most_pixels: of a sequence, one for all colours; None, no limit
    """

    words: str
    bare: str
    suffix: str
    published: bool
    feature: Callable
    encode: Callable
    decode: Callable
    group_rows: int
    file_rows: Callable
    whole_files: bool
    settings: dict
    write_rows: int | None = None
    most_pixels: int | None = None

    def config(self, variant_name: str) -> str:
        """Name of the config that holds a variant in this layout."""
        return f"{variant_name}{self.suffix}"

    def rows_in_group(self, pixels: int) -> int:
        """Rows in a row group, for sequences of so many pixels."""
        return max(1, min(self.group_rows, GROUP_PIXELS // pixels))

    def rows_in_file(self, variant: Any) -> int:
        """Sequences in a file."""
        rows = self.file_rows(variant) * 3 // max(3, variant.num_digits)
        rows = rows if variant.compressible else min(rows, SAFE_ROWS)
        height, width = variant.frame_size
        return max(1, rows * USUAL_PIXELS // (variant.num_frames * height * width))


def keeps_compressing(variant: Any) -> bool:
    """Whether a few grey digits keep their pixels from frame to frame, which zstd compresses ten times better."""
    return not (variant.changes_digits or variant.channels > 1 or variant.num_digits > 3)
