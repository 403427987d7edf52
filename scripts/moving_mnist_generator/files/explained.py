"""The authors' test file -> its annotations, found in its pixels, and the recipe that makes it again."""

from collections.abc import Iterator, Sequence
from dataclasses import fields, replace
from typing import Any

import numpy as np

import moving_mnist

from ..common.checks import InputError
from ..common.names import AUTHORS_RECIPE
from ..core.sequences import Sequences
from ..digits.loading import load_digits
from ..motions import trace
from ..recovery.frames import NotExplained, from_frames
from ..recovery.paths import room_for_corners, start_and_velocity
from ..recovery.recipe import read_recipe, write_recipe
from ..stores.paths import listed
from .authors import COLUMNS_OF, OtherSource

MOTION = "srivastava"
SPLIT = "test"  # of MNIST: the file whose digits the authors' sequences show
SEQUENCES_PER_PIECE = 500


def explain(source: moving_mnist.Source) -> Iterator[Sequences]:
    """Yields the annotations of a verified Source, some sequences at a time, in its order, without their frames.

    Raises:
        InputError: a sequence that does not show digits of MNIST's test file on paths of the authors' recipe.
    """
    for first in range(0, source.num_sequences, SEQUENCES_PER_PIECE):
        frames = source.read(first, min(first + SEQUENCES_PER_PIECE, source.num_sequences))
        try:
            found = from_frames(frames, motion=MOTION)
        except NotExplained as error:
            raise InputError(f"sequence {first + error.position}: {error.why}") from None
        if found.split != SPLIT:
            raise InputError(f"sequence {first}: its digits are not those of MNIST's {SPLIT} file")
        none = frames[:, :0].copy()  # a view would keep all of them
        found = replace(found, variant=COLUMNS_OF.variant, sequence_id=found.sequence_id + first, frames=none)
        yield with_hits(found)


def with_hits(sequences: Sequences) -> Sequences:
    """Sequences with the walls that their digits meet, as far as corners show them: captions need them."""
    paths = sequences.positions.reshape(-1, *sequences.positions.shape[2:]).astype(np.int64)
    free = room_for_corners(sequences.variant.frame_size, load_digits())
    start, velocity, _ = start_and_velocity(MOTION, paths, free)
    hits = trace(MOTION, start, velocity, paths.shape[1], free).hits
    return replace(sequences, hits=hits.reshape(sequences.positions.shape))


def joined(pieces: Sequence[Sequences]) -> Sequences:
    """Pieces that `explain` yields, one after another, as one."""
    columns: dict[str, Any] = {
        each.name: np.concatenate([getattr(piece, each.name) for piece in pieces])
        for each in fields(Sequences)
        if isinstance(getattr(pieces[0], each.name), np.ndarray)
    }
    return replace(pieces[0], **columns)


def has_recipe(folder: Any) -> bool:
    """Whether a recipe is beside the configs of a folder."""
    return AUTHORS_RECIPE in (listed(folder) or ())


def keep_recipe(folder: Any, sequences: Sequences, sha256: str) -> bool:
    """Write the recipe beside the configs of a folder. Returns whether it was there already.

    sha256: of the file that the sequences were found in.

    Raises:
        OtherSource: it is there, and was made from another file.
    """
    path = folder / AUTHORS_RECIPE
    if not has_recipe(folder):
        write_recipe(path, sequences, source_sha256=sha256)
        return False
    if read_recipe(path).source_sha256 != sha256:
        raise OtherSource(f"{path} was made from another file")
    return True
