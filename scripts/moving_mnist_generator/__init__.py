"""Moving MNIST, made: digits -> draws -> motion -> frames -> sequences -> rows -> files.

The public names are imported when they are first used: making sequences needs numpy and Pillow alone.
"""

import importlib
from typing import TYPE_CHECKING

from .common.names import VERSION as __version__  # noqa: F401

if TYPE_CHECKING:  # what PUBLIC says, for editors and type checkers
    from . import truth as truth
    from .common.checks import InputError as InputError
    from .core.recipe import Recipe as Recipe
    from .core.rendering import render as render
    from .core.sequences import Sequences as Sequences
    from .core.sequences import generate as generate
    from .core.tfds import image_as_moving_sequence as image_as_moving_sequence
    from .core.tfds import images_as_moving_sequences as images_as_moving_sequences
    from .core.variants import VARIANTS as VARIANTS
    from .core.variants import Variant as Variant
    from .digits.loading import load_digits as load_digits
    from .evaluation import PROTOCOLS as PROTOCOLS
    from .evaluation import Evaluation as Evaluation
    from .evaluation import Scores as Scores
    from .evaluation import evaluate as evaluate
    from .evaluation import published_results as published_results
    from .layouts import LAYOUTS as LAYOUTS
    from .looks import LOOKS as LOOKS
    from .motions import MOTIONS as MOTIONS
    from .motions import walk as walk
    from .streaming import stream as stream

PUBLIC = {  # name: module that has it
    "LAYOUTS": "layouts",
    "LOOKS": "looks",
    "MOTIONS": "motions",
    "VARIANTS": "core.variants",
    "Evaluation": "evaluation",
    "InputError": "common.checks",
    "PROTOCOLS": "evaluation",
    "Recipe": "core.recipe",
    "Scores": "evaluation",
    "Sequences": "core.sequences",
    "Variant": "core.variants",
    "evaluate": "evaluation",
    "generate": "core.sequences",
    "image_as_moving_sequence": "core.tfds",
    "images_as_moving_sequences": "core.tfds",
    "load_digits": "digits.loading",
    "published_results": "evaluation",
    "render": "core.rendering",
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
