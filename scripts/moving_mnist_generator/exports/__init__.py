"""Sequences -> files that other people's loaders, tools and slides read.

A new format is a file of this folder that ends with an Export, and a row of the table EXPORTS.
"""

from pathlib import Path

from ..common.checks import InputError, one_of
from .base import Export
from .idx import IDX
from .npy import NPY
from .pictures import FRAMES, GIF, WEBP
from .predrnn import PREDRNN
from .video import MP4

__all__ = ["EXPORTS", "Export", "TargetExists", "export"]

EXPORTS = {"npy": NPY, "predrnn": PREDRNN, "idx": IDX, "frames": FRAMES, "gif": GIF, "webp": WEBP, "mp4": MP4}


class TargetExists(InputError):
    """The file or the folder to write is there already."""


def export(source, name, out, progress=lambda count: None):
    """Write all sequences of a source in one format, whole or not at all, in little memory.

    Args:
        source: what `evaluation.sources.open_source` returns.
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
    count = source.num_sequences
    if count is None:  # some datasets on the Hub do not say; most formats begin with it
        count = sum(len(frames) for frames, _ in source.pieces())
    shape = (count, *source.shape)
    way.check(shape)
    with partial_file(target, is_folder=True) if way.is_folder else renamed_when_whole(target) as partial:
        way.write(partial, shape, counted(source, count, progress))
        if way.is_folder:
            partial.rename(target)
    return target, count


def counted(source, count, progress):
    """Yields the frames of a source; an error unless they are `count` sequences."""
    done = 0
    for frames, _ in source.pieces():
        done += len(frames)
        if done > count:
            break
        yield frames
        progress(len(frames))
    if done != count:
        raise InputError(f"{source.name} must hold {count:,} sequences as it says, not {done:,}{'+' * (done > count)}")
