"""A sequence as one array: Array3D, or Array4D in colour."""

from typing import Any

import numpy as np

from ..common.column import array_feature
from .base import Layout, keeps_compressing


def feature(num_frames: int, frame_shape: tuple[int, ...]) -> dict[str, Any]:
    return array_feature((num_frames, *frame_shape), "uint8")


def encode(frames: np.ndarray) -> Any:
    from ..rows.nested import nested

    return nested(frames)


def decode(column: Any, num_frames: int) -> np.ndarray:
    from ..rows.nested import unnested

    return unnested(column)


ARRAYS = Layout(
    words="an Array3D (20, 64, 64) of uint8; Array4D in colour",
    bare="arrays",
    suffix="_arrays",
    published=False,
    feature=feature,
    encode=encode,
    decode=decode,
    group_rows=500,
    file_rows=lambda variant: 100_000 if keeps_compressing(variant) else 24_000,  # 4 kB a sequence, or up to 20 kB
    whole_files=True,  # writing to Parquet is nearly all of the work
    # Cutting pages by content would cost a third of the time. It has no use here: a longer split begins with the very
    # bytes of a shorter one.
    settings={"use_content_defined_chunking": False},
    write_rows=4,  # the writer makes 8 bytes of each pixel: so few stay in a core's cache
)
