"""The authors' test file -> the test split of the configs without annotations, and that of `authors`."""

import contextlib
import functools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import moving_mnist

from ..common.checks import InputError
from ..common.names import FRAME_SIZE, NUM_FRAMES, file_name
from ..core.recipe import Recipe
from ..core.sequences import Sequences
from ..layouts import LAYOUTS
from ..rows.schema import arrow_column
from ..stores.download import download, hexadecimal, is_url, split_hash
from ..stores.paths import listed
from .footers import read_recipe
from .parquet import Group, write_parquet
from .shards import REFERENCE

FILE_NAME = file_name("test")
COLUMNS_OF = Recipe(REFERENCE, "test")  # what the annotations of `authors` are like
SEQUENCE_PIXELS = NUM_FRAMES * FRAME_SIZE[0] * FRAME_SIZE[1]


class OtherSource(InputError):
    """A file that is there was made from another source."""


@contextlib.contextmanager
def mistakes_of_the_caller() -> Iterator[None]:
    """Turn the builder's error, which stands alone, into that of this package."""
    try:
        yield
    except moving_mnist.InvalidSource as error:
        raise InputError(str(error)) from error


def fetch(source: str, sha256: str | None) -> moving_mnist.Source:
    """Find or download the npy file at `source`: the verified Source. A download that was cut goes on.

    Args:
        source: path or URL; sha256: 64 hexadecimal digits, or None for any file that is not from http(s).
    """
    if not is_url(source) or (sha256 is None and not source.startswith("hf://")):
        with mistakes_of_the_caller():
            return moving_mnist.fetch(source, sha256)
    url, own = split_hash(source)
    return download(url, functools.partial(verify, own or (sha256 and hexadecimal(sha256))))[1]


def verify(sha256: str | None, path: Path) -> moving_mnist.Source:
    """`moving_mnist.verify`: the Source of a file on this machine."""
    with mistakes_of_the_caller():
        return moving_mnist.verify(path, sha256)


def recorded(layout: str, sha256: str, count: int, *, annotated: bool = False) -> dict[str, Any]:
    """What the Parquet file records of itself: the file it was made from, by its sha256, and which rows of it.

    annotated: whether it has annotations. Those are of the variant that follows the authors' recipe; the seed is not
        known.
    """
    found = {"source_sha256": sha256, "layout": layout, "split": "test", "start": 0, "stop": count}
    known = COLUMNS_OF.as_dict() if annotated else {}
    return {**{key: value for key, value in known.items() if key != "seed"}, **found}


def is_written(path: Any, wanted: dict[str, Any]) -> bool:
    """Whether the file at `path`, a Path or a UPath, is there and records `wanted`.

    Raises:
        OtherSource: it is there and records something else.
    """
    if path.name not in (listed(path.parent) or ()):
        return False
    found = read_recipe(path) or {}
    if {key: found.get(key) for key in wanted} != wanted:
        raise OtherSource(f"{path} was made from another file")
    return True


def write_test(
    source: moving_mnist.Source, layout: str, path: Any, annotations: Sequences | None = None
) -> Iterator[int]:
    """Write one layout of a verified Source, in its order; yields rows after each row group.

    annotations: Sequences of all of it, whose frames are not used; None, frames alone.
    """
    count, step = source.num_sequences, LAYOUTS[layout].rows_in_group(SEQUENCE_PIXELS)
    groups = (row_group(source, at, min(at + step, count), annotations) for at in range(0, count, step))
    annotated = annotations is not None
    features = COLUMNS_OF.features(layout, annotated=annotated)
    recipe = recorded(layout, source.sha256, count, annotated=annotated)
    with mistakes_of_the_caller():
        yield from write_parquet(path, layout, features, groups, recipe)


def row_group(source: moving_mnist.Source, start: int, stop: int, annotations: Sequences | None) -> Group:
    """The rows start .. stop as `write_parquet` takes them."""
    found = {} if annotations is None else COLUMNS_OF.annotations(annotations[start:stop])
    return source.read(start, stop), {name: arrow_column(values) for name, values in found.items()}
