"""Sequences with their annotations, and what they were generated from."""

from dataclasses import dataclass

from ..core.sequences import Sequences
from ..digits.loading import Digits


@dataclass(frozen=True, eq=False)
class Annotated:
    """Sequences with their annotations, and what they were generated from."""

    sequences: Sequences
    seed: int | None = 0  # None, not known: they were found in frames
    digits: Digits | None = None  # None, the embedded MNIST
