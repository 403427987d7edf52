"""Moving MNIST, made: digits -> draws -> motion -> frames -> sequences -> rows -> files.

The public names are imported when they are first used: making sequences needs numpy and Pillow alone.
"""

import importlib

from .names import VERSION as __version__  # noqa: F401

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
