"""Sequences with their annotations, and what they were generated from."""

from dataclasses import dataclass


@dataclass(frozen=True, eq=False)
class Annotated:
    """Sequences with their annotations, and what they were generated from."""

    sequences: object  # Sequences
    seed: int = 0
    digits: object = None  # Digits; None, the embedded MNIST
