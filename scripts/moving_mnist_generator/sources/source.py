"""Sequences of any origin, read in order, a few at a time.

n sequences, k digits, t frames, H W pixels.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa

import moving_mnist

from ..common.checks import InputError, whole_number
from ..common.names import FRAME_SIZE, NUM_FRAMES
from ..common.refusals import named
from ..core.recipe import Recipe
from ..core.sequences import Sequences
from ..digits.loading import load_digits
from ..files.authors import mistakes_of_the_caller
from ..files.footers import ShardFile, tables_from
from ..rows.columns import IMAGE_SEQUENCE
from ..rows.nested import storage
from ..truth.reading import from_rows
from .annotated import Annotated
from .belonging import SOURCE
from .decoding import decode

SEQUENCES_PER_READ = 32


@dataclass(frozen=True, eq=False)
class Rows:
    """A few sequences of a Source.

    first:  int, the row of the first of them
    frames: (n, t, H, W) uint8, in colour (n, t, H, W, 3)
    """

    source: "Source"
    first: int
    frames: np.ndarray

    def columns(self) -> dict[str, list]:
        """{name: list of n values} of all columns but `image_sequence`."""
        return {}

    def annotated(self) -> Annotated | None:
        """The sequences with their annotations; None if there are none.

        Raises:
            InputError: the rows do not fit the variant that they name, or were made from other digits.
        """
        return None


@dataclass(frozen=True, eq=False)
class Source:
    """Sequences of one split.

    name:          as the caller gave it, without the secrets of a URL
    num_sequences: how many there are
    shape:         of one sequence: (t, H, W), or (t, H, W, 3) in colour
    features:      {column: feature} as datasets writes them to JSON; {} if none are recorded
    annotated:     whether rows have annotations
    verified:      whether what the files record of themselves was compared
    """

    name: str
    split: str
    num_sequences: int
    shape: tuple[int, ...]
    features: dict[str, Any] = field(default_factory=dict, kw_only=True)
    annotated: bool = field(default=False, kw_only=True)
    verified: bool = field(default=True, kw_only=True)

    def rows(self, first: int = 0) -> Iterator[Rows]:
        """Yields Rows, in order, from row `first` on."""
        raise NotImplementedError

    def frames(self, first: int, stop: int) -> np.ndarray:
        """The frames of the rows first .. stop that there are: (n, t, H, W) or (n, t, H, W, 3) uint8."""
        found, stop = [], min(stop, self.num_sequences)
        if stop <= first:
            raise InputError(
                f"rows must lie in 0:{self.num_sequences} of {self.name} {self.split}, not {first}:{stop}"
            )
        for rows in self.rows(first):
            found.append(rows.frames[: stop - rows.first])
            if rows.first + len(rows.frames) >= stop:
                break
        return np.concatenate(found)


@dataclass(frozen=True, eq=False)
class TableRows(Rows):
    """Rows of a Parquet file."""

    table: pa.Table
    file: ShardFile

    def columns(self) -> dict[str, list]:
        return {
            name: storage(self.table[name]).to_pylist() for name in self.table.column_names if name != IMAGE_SEQUENCE
        }

    def annotated(self) -> Annotated | None:
        variant, recipe = self.file.variant, self.file.recipe
        if variant is None or not self.source.annotated:
            return None
        with named(f"{self.source.name} must have the annotations of {variant.name}"):
            known = load_digits().sha256
            if recipe.get("digits_sha256", known) != known:
                raise InputError(
                    f"its digits must be those of this package, sha256 {known}, not {recipe['digits_sha256']}"
                )
            columns = {**self.columns(), IMAGE_SEQUENCE: self.frames}
            seed = None if SOURCE in recipe else recipe.get("seed", 0)
            return Annotated(from_rows(columns, variant, self.source.split), seed)


@dataclass(frozen=True, eq=False)
class ParquetSource(Source):
    """The rows of Parquet files, one after another."""

    files: Sequence[ShardFile]

    def rows(self, first: int = 0) -> Iterator[Rows]:
        place = 0
        for file in self.files:
            at = max(first, place)
            for table in tables_from(file, at - place, SEQUENCES_PER_READ) if at < place + file.rows else ():
                frames = decode(self.name, table, file)
                if frames.shape[1:] != self.shape:
                    raise InputError(
                        f"{self.name}: all sequences must be {self.shape} as the first, not {frames.shape[1:]}"
                    )
                yield TableRows(self, at, frames, table, file)
                at += len(frames)
            place += file.rows


def parquet_source(name: str, split: str, files: Sequence[ShardFile]) -> ParquetSource:
    """The Source of files that belong together. The first row is read, for its shape."""
    first = next((file for file in files if file.rows), None)
    for file in files:
        if IMAGE_SEQUENCE not in file.columns:
            raise InputError(f"{name} must have a column {IMAGE_SEQUENCE}, not {', '.join(file.columns)!s:.200}")
    with named(files[0].path):
        whole_number("seed", files[0].recipe.get("seed", 0))
    table = None if first is None else next(tables_from(first, 0, 1), None)
    if first is None or table is None:
        raise InputError(f"{name} must hold at least one sequence in split {split}, and holds none")
    return ParquetSource(
        name,
        split,
        sum(file.rows for file in files),
        decode(name, table, first).shape[1:],
        files,
        features=first.features,
        annotated=first.variant is not None and "positions" in first.columns,
        verified=all("frames_sha256" in file.recipe for file in files),
    )


@dataclass(frozen=True, eq=False)
class NpySource(Source):
    """An npy file of the authors' layout, (20, n, 64, 64)."""

    file: moving_mnist.Source

    def rows(self, first: int = 0) -> Iterator[Rows]:
        for at in range(first, self.num_sequences, SEQUENCES_PER_READ):
            with mistakes_of_the_caller():
                frames = self.file.read(at, min(at + SEQUENCES_PER_READ, self.num_sequences))
            yield Rows(self, at, frames)


def npy_source(path: Any, split: str) -> NpySource:
    """The Source of an npy file of the authors' layout, with any content."""
    with mistakes_of_the_caller():
        file = moving_mnist.verify(path, None)
    return NpySource(str(path), split, file.num_sequences, (NUM_FRAMES, *FRAME_SIZE), file)


@dataclass(frozen=True, eq=False)
class GeneratedRows(Rows):
    """Rows that are made while they are read."""

    recipe: Recipe
    sequences: Sequences

    def columns(self) -> dict[str, list]:
        found = self.recipe.annotations(self.sequences)
        return {name: values if isinstance(values, list) else values.tolist() for name, values in found.items()}

    def annotated(self) -> Annotated | None:
        return Annotated(self.sequences, self.recipe.seed, self.recipe.load_digits())


@dataclass(frozen=True, eq=False)
class GeneratedSource(Source):
    """The first sequences of a Recipe."""

    recipe: Recipe

    def rows(self, first: int = 0) -> Iterator[Rows]:
        for at in range(first, self.num_sequences, SEQUENCES_PER_READ):
            sequences = self.recipe.sequences(range(at, min(at + SEQUENCES_PER_READ, self.num_sequences)))
            yield GeneratedRows(self, at, sequences.frames, self.recipe, sequences)


def generated_source(variant: Any, split: str, count: int, *, seed: int = 0) -> GeneratedSource:
    """The first `count` sequences of a variant's split, made while they are read."""
    recipe = Recipe(variant, split, seed)
    shape = (recipe.variant.num_frames, *recipe.variant.frame_shape)
    features = recipe.features("frames")
    return GeneratedSource(recipe.variant.name, split, count, shape, recipe, features=features, annotated=True)
