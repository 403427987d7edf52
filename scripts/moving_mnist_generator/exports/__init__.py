"""Sequences -> files that other people's loaders, tools and slides read.

A new format is a file of this folder that ends with an Export, and a row of the table EXPORTS.
"""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ..common.checks import InputError, one_of
from .base import Export
from .idx import IDX
from .npy import NPY
from .pictures import FRAMES, GIF, WEBP
from .predrnn import PREDRNN
from .video import MP4

if TYPE_CHECKING:  # importing it takes a second
    from ..sources.source import Source

__all__ = ["EXPORTS", "Export", "TargetExists", "export"]

EXPORTS = {"npy": NPY, "predrnn": PREDRNN, "idx": IDX, "frames": FRAMES, "gif": GIF, "webp": WEBP, "mp4": MP4}


class TargetExists(InputError):
    """The file or the folder to write is there already."""


def export(
    source: "Source", name: str, out: str | os.PathLike[str], progress: Callable[[int], object] = lambda count: None
) -> tuple[Path, int]:
    """Write all sequences of a source in one format, whole or not at all, in little memory.

    Args:
        source: what `sources.open_source` returns.
        name: one of EXPORTS.
        out: Path of the folder to write into, which is made.
        progress: called with the number of sequences after each few.

    Returns:
        (Path of the file or the folder written, number of sequences).

    Raises:
        TargetExists: it is there already.
        InputError: no such format, or one that cannot hold these sequences.
    """
    from ..running.partial import partial_file, renamed_when_whole  # imports huggingface_hub, which takes a second

    way = EXPORTS[one_of("format", name, EXPORTS)]
    target = Path(out) / way.name(source.split)
    if len(source.shape) == 4 and not way.in_colour:
        holding = ", ".join(name for name, other in EXPORTS.items() if other.in_colour)
        raise InputError(f"{source.name} is in colour: format must be one of {holding}, not {name}")
    if target.exists():
        raise TargetExists(f"{target} is there already")
    shape = (source.num_sequences, *source.shape)
    way.check(shape)
    with partial_file(target, is_folder=True) if way.is_folder else renamed_when_whole(target) as partial:
        way.write(partial, shape, frames_of(source, progress))
        if way.is_folder:
            partial.rename(target)
    return target, source.num_sequences


def frames_of(source: "Source", progress: Callable[[int], object]) -> Iterator[np.ndarray]:
    """Yields the frames of a source, a few sequences at a time; an error unless there are as many as it says."""
    count, done = source.num_sequences, 0
    for rows in source.rows():
        done += len(rows.frames)
        if done > count:
            break
        yield rows.frames
        progress(len(rows.frames))
    if done != count:
        raise InputError(f"{source.name} must hold {count:,} sequences as it says, not {done:,}{'+' * (done > count)}")
