"""The recipe of a file of frames: a few hundred kilobytes that make hundreds of megabytes again, bit for bit.

Each digit is its position in its source's file, and a triple from which srivastava gives all its corners: start row,
start column, direction. A path without a triple is stored as corners. That is an npz of plain arrays, the same bytes
for the same sequences.
"""

import io
import json
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from ..common.checks import InputError, in_short, one_of, whole_number, whole_pair
from ..common.npy import Npz
from ..common.refusals import NPZ, Format, Unreadable, readable
from ..core.rendering import LARGEST_SIDE, render
from ..core.scenes import usable_digits
from ..core.sequences import Sequences, usable_sequences
from ..digits.loading import Digits
from ..running.partial import renamed_when_whole
from .paths import fit, room_for_corners, walk_of_triples

RECIPE = Format("recipe of frames", NPZ.errors)
MEMBERS = ("ids", "triples", "corners", "facts")
MOST_BYTES = 2**28  # of a recipe in memory
SEQUENCES_PER_PIECE = 256  # made at a time
NO_DATE = (1980, 1, 1, 0, 0, 0)  # of members, so that equal recipes are equal files


@dataclass(frozen=True, eq=False)
class FramesRecipe:
    """What makes n sequences of t frames with k digits again.

    ids:           (n, k) uint16 or int32, positions in the file of digits
    triples:       (n, k, 3) float32: start row, start column, 0..1, direction in turns; NaN where corners are stored
    corners:       (m, t, 2) int16, pixels, of the m paths without a triple, in their order
    split:         "train" or "test", the file of digits
    num_frames:    t; frame_size: (H, W) pixels
    digits_sha256: of the digits, as `Digits.sha256`
    source_sha256: of the file that the sequences were found in; None if they are of no file
    """

    ids: np.ndarray
    triples: np.ndarray
    corners: np.ndarray
    split: str
    num_frames: int
    frame_size: tuple[int, int]
    digits_sha256: str
    source_sha256: str | None = None

    def __len__(self) -> int:
        return len(self.ids)

    def facts(self) -> dict[str, Any]:
        """What is no array, as JSON holds it."""
        names = ("split", "num_frames", "frame_size", "digits_sha256", "source_sha256")
        return {name: getattr(self, name) for name in names}


def recipe_of(sequences: Sequences, *, digits: Digits | None = None) -> FramesRecipe:
    """The recipe of Sequences, such as `from_frames` returns.

    Raises:
        InputError: sequences that are no whole file, from its first to its last.
    """
    digits, n = usable_digits(digits), len(usable_sequences(sequences))
    if not np.array_equal(sequences.sequence_id, np.arange(n)):
        raise InputError("sequences of a recipe must be all of a file, in its order, none left out")
    corners = sequences.positions
    paths = corners.reshape(-1, *corners.shape[2:]).astype(np.int64)
    triples = fit(paths, room_for_corners(sequences.variant.frame_size, digits))
    small = not sequences.digit_ids.size or sequences.digit_ids.max() < 2**16
    return FramesRecipe(
        ids=sequences.digit_ids.astype(np.uint16 if small else np.int32),
        triples=triples.reshape(*corners.shape[:2], 3),
        corners=paths[np.isnan(triples[:, 0])].astype(np.int16),
        split="test" if sequences.split == "test" else "train",
        num_frames=sequences.variant.num_frames,
        frame_size=sequences.variant.frame_size,
        digits_sha256=digits.sha256,
    )


def write_recipe(
    path: Path, sequences: Sequences, *, digits: Digits | None = None, source_sha256: str | None = None
) -> FramesRecipe:
    """Write the recipe of Sequences to an npz file, which is whole or absent. Returns the recipe.

    source_sha256: of the file that they were found in, to be recorded.

    >>> import tempfile
    >>> from moving_mnist_generator import generate
    >>> made, path = generate("two_digits", "test", range(3)), Path(tempfile.mkdtemp(), "a.npz")
    >>> _ = write_recipe(path, made)
    >>> bool((np.concatenate(list(rebuild(read_recipe(path)))) == made.frames).all())
    True
    """
    recipe = replace(recipe_of(sequences, digits=digits), source_sha256=source_sha256)
    facts = np.frombuffer(json.dumps(recipe.facts()).encode(), np.uint8)
    with renamed_when_whole(path) as partial, zipfile.ZipFile(partial, "w") as archive:
        for name in MEMBERS:
            member = io.BytesIO()
            np.save(member, facts if name == "facts" else getattr(recipe, name), allow_pickle=False)
            entry = zipfile.ZipInfo(f"{name}.npy", NO_DATE)
            archive.writestr(entry, member.getvalue(), zipfile.ZIP_DEFLATED, 9)
    return recipe


def read_recipe(path: Path) -> FramesRecipe:
    """Read a recipe that `write_recipe` wrote.

    Raises:
        InputError: another file, or one that breaks a rule of `FramesRecipe`.
        OSError: there is no such file.
    """
    with Npz(path, RECIPE) as arrays, readable(path, RECIPE):
        if set(arrays.names) != set(MEMBERS):
            raise Unreadable(f"it must hold {', '.join(MEMBERS)}, not {in_short(arrays.names)}")
        if sum(map(arrays.size, MEMBERS)) > MOST_BYTES:
            raise Unreadable(f"it must hold at most {MOST_BYTES:,} bytes")
        ids, triples, corners, facts = (arrays.read(name) for name in MEMBERS)
        facts = json.loads(facts.astype(np.uint8).tobytes())
        recipe = FramesRecipe(ids, triples, corners, **{**facts, "frame_size": tuple(facts["frame_size"])})
        check(recipe)
    return recipe


def check(recipe: FramesRecipe) -> None:
    """Refuse a recipe that breaks a rule of its own; whether it fits the digits is seen when it is used."""
    ids, triples, corners = recipe.ids, recipe.triples, recipe.corners
    without = np.isnan(triples).any(-1)
    right = (
        ids.ndim == 2
        and ids.dtype.kind in "iu"
        and triples.shape == (*ids.shape, 3)
        and triples.dtype == np.float32
        and corners.shape == (int(without.sum()), recipe.num_frames, 2)
        and corners.dtype == np.int16
    )
    if not right:
        raise Unreadable(f"ids {ids.shape}, triples {triples.shape} and corners {corners.shape} do not fit together")
    if not ((triples[~without] >= 0) & (triples[~without] < 1)).all():
        raise Unreadable("triples must be in 0..1")
    if not isinstance(recipe.source_sha256, str | None):
        raise Unreadable(f"source_sha256 must be text, not {in_short(recipe.source_sha256)}")
    try:
        one_of("split", recipe.split, ("train", "test"))
        whole_number("num_frames", recipe.num_frames, 1)
        whole_pair("frame_size", recipe.frame_size, 1, LARGEST_SIDE)
    except InputError as error:
        raise Unreadable(str(error)) from None


def rebuild(recipe: FramesRecipe, *, digits: Digits | None = None) -> Iterator[np.ndarray]:
    """Make the frames of a recipe again, piece by piece, in their order: (m, t, H, W) uint8 each.

    Raises:
        InputError: other digits than those of the recipe, or a recipe that does not fit them.
    """
    digits = usable_digits(digits)
    if digits.sha256 != recipe.digits_sha256:
        raise InputError(f"digits must have sha256 {recipe.digits_sha256!s:.64}, not {digits.sha256}")
    images = digits.test_images if recipe.split == "test" else digits.train_images
    if recipe.ids.size and not 0 <= recipe.ids.min() <= recipe.ids.max() < len(images):
        raise InputError(f"ids must be in 0..{len(images) - 1}, not {recipe.ids.min()}..{recipe.ids.max()}")
    without = np.isnan(recipe.triples).any(-1)
    stored = np.cumsum(without).reshape(without.shape) - 1  # which of `corners` is a path without a triple
    for first in range(0, len(recipe), SEQUENCES_PER_PIECE):
        piece = slice(first, first + SEQUENCES_PER_PIECE)
        drawn = np.where(without[piece, :, None], np.float32(0), recipe.triples[piece])
        corners = walk_of_triples(drawn, recipe.num_frames, room_for_corners(recipe.frame_size, digits))
        corners[without[piece]] = recipe.corners[stored[piece][without[piece]]]
        yield render(images[recipe.ids[piece]], corners, recipe.frame_size)
