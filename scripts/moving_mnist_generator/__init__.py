"""Moving MNIST, made: digits -> draws -> motion -> render -> sequences -> rows -> Parquet."""

from .digits import load_digits
from .motion import walk
from .rendering import render
from .sequences import Sequences, generate
from .streaming import stream
from .tfds import image_as_moving_sequence, images_as_moving_sequences
from .variants import VARIANTS, Variant

__all__ = [
    "VARIANTS",
    "Sequences",
    "Variant",
    "generate",
    "image_as_moving_sequence",
    "images_as_moving_sequences",
    "load_digits",
    "render",
    "stream",
    "walk",
]
