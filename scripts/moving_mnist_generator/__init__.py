"""Moving MNIST, made: digits -> draws -> motion -> frames -> sequences -> rows -> files.

The public names are imported when they are first used: making sequences needs numpy and Pillow alone.
"""

import importlib
from typing import TYPE_CHECKING

from .names import VERSION as __version__  # noqa: F401

if TYPE_CHECKING:  # what PUBLIC says, for editors and type checkers
    from . import truth as truth
    from .checks import InputError as InputError
    from .digits import load_digits as load_digits
    from .evaluation import PROTOCOLS as PROTOCOLS
    from .evaluation import Evaluation as Evaluation
    from .evaluation import Scores as Scores
    from .evaluation import evaluate as evaluate
    from .evaluation import published_results as published_results
    from .layouts import LAYOUTS as LAYOUTS
    from .looks import LOOKS as LOOKS
    from .motions import MOTIONS as MOTIONS
    from .motions import walk as walk
    from .recipe import Recipe as Recipe
    from .rendering import render as render
    from .sequences import Sequences as Sequences
    from .sequences import generate as generate
    from .streaming import stream as stream
    from .tfds import image_as_moving_sequence as image_as_moving_sequence
    from .tfds import images_as_moving_sequences as images_as_moving_sequences
    from .variants import VARIANTS as VARIANTS
    from .variants import Variant as Variant

PUBLIC = {  # name: module that has it
    "LAYOUTS": "layouts",
    "LOOKS": "looks",
    "MOTIONS": "motions",
    "VARIANTS": "variants",
    "Evaluation": "evaluation",
    "InputError": "checks",
    "PROTOCOLS": "evaluation",
    "Recipe": "recipe",
    "Scores": "evaluation",
    "Sequences": "sequences",
    "Variant": "variants",
    "evaluate": "evaluation",
    "generate": "sequences",
    "image_as_moving_sequence": "tfds",
    "images_as_moving_sequences": "tfds",
    "load_digits": "digits",
    "published_results": "evaluation",
    "render": "rendering",
    "stream": "streaming",
    "walk": "motions",
}
MODULES = ("truth",)  # that are public as a whole

__all__ = [*PUBLIC, *MODULES]


def __getattr__(name):
    if name in PUBLIC:
        return getattr(importlib.import_module(f".{PUBLIC[name]}", __name__), name)
    if name in MODULES:
        return importlib.import_module(f".{name}", __name__)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__():
    return sorted([*globals(), *__all__])
