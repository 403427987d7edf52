"""What is asked of arguments, and the one error for those that break a rule.

A check names the rule and the value, and comes before anything is allocated, read or written.
"""

import os
import re
import reprlib
from collections.abc import Iterable
from typing import Any

import numpy as np

UNCHECKED_BYTES = 256e6  # bytes of memory that every machine has
LONGEST_PATH = 4_096  # letters; no system opens a longer one
LARGEST = 2**62  # of any whole number: sums and products of a few stay far from what int64 holds


class InputError(ValueError):
    """The caller's mistake: an argument, a file or a repo that breaks a rule, in one line with the rule and the value.

    Commands print it and exit with 2. Anything else that fails is a bug of ours, or of the machine.
    """

    def __init__(self, message):
        super().__init__(one_line(message))


def one_line(text: str) -> str:
    """A text as one line that every terminal and file takes: without control characters and lone surrogates."""
    text = " ".join(text.encode(errors="backslashreplace").decode().split())
    return re.sub(r"[\x00-\x1f\x7f-\x9f]", lambda found: f"\\x{ord(found[0]):02x}", text)


def whole_number(name: str, value: Any, least: int = 0, most: int = LARGEST) -> int:
    """Check that a value is a whole number within bounds.

    Args:
        name: str, how the error calls the value.
        value: int or numpy integer; a bool is refused.
        least, most: int, both allowed.

    Returns:
        int.

    >>> whole_number("batch", 64, 1)
    64
    """
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, (int, np.integer)) or value < least:
        raise InputError(f"{name} must be a whole number >= {least}, not {in_short(value)}")
    if value > most:
        raise InputError(f"{name} must be at most {most:,}, not {in_short(value)}")
    return int(value)


def whole_pair(name: str, value: Any, least: int = 0, most: int = LARGEST) -> tuple[int, int]:
    """Check that a value is two whole numbers within bounds, such as (rows, cols).

    >>> whole_pair("frame_size", (64, 128), 1)
    (64, 128)
    """
    value = as_tuple(value)
    if not isinstance(value, tuple) or len(value) != 2:
        raise InputError(f"{name} must be two whole numbers, not {in_short(value)}")
    return whole_number(name, value[0], least, most), whole_number(name, value[1], least, most)


def as_tuple(value: Any) -> Any:
    """A list, or an array of one axis, as a tuple; anything else as it is."""
    if isinstance(value, np.ndarray) and value.ndim == 1:
        value = value.tolist()
    return tuple(value) if isinstance(value, list) else value


def one_of(name: str, value: Any, allowed: Iterable[str]) -> str:
    """Check that a value is one of the names of a table, and return it.

    >>> one_of("split", "test", ("train", "test"))
    'test'
    """
    if not isinstance(value, str) or value not in allowed:
        raise InputError(f"{name} must be one of {', '.join(allowed)}, not {in_short(value)}")
    return value


def path_or_name(name: str, value: Any) -> Any:
    """Check that a value can name a file or a dataset, and return it: a str or a path object."""
    if not isinstance(value, (str, os.PathLike)):
        raise InputError(f"{name} must be a path or the name of a dataset, not {in_short(value)}")
    if len(str(value)) > LONGEST_PATH:
        raise InputError(f"{name} must have at most {LONGEST_PATH:,} letters, not {len(str(value)):,}")
    return value


def as_array(name: str, value: Any) -> np.ndarray:
    """np.asarray, with an error that names what is no array. Arrays stay what they are, memory maps too."""
    if isinstance(value, np.ndarray):
        return value
    try:
        return np.asarray(value)
    except (ValueError, TypeError, OverflowError):  # lists of different lengths, for example
        raise InputError(f"{name} must be an array of one shape, not {in_short(value)}") from None


def numbers(name: str, value: Any) -> np.ndarray:
    """Real numbers of any kind -> (...) float64, all finite."""
    array = as_array(name, value)
    if array.dtype.kind not in "iuf":
        raise InputError(f"{name} must be numbers, not {array.dtype}")
    array = array.astype(np.float64)
    return require(name, array, np.isfinite(array), "be finite")


def require(name: str, array: np.ndarray, right: Any, rule: str) -> np.ndarray:
    """The array, if `right` (bool, of the same shape) holds everywhere; else an error with the first wrong value."""
    if not right.all():
        raise InputError(f"{name} must {rule}, not {array[~right].flat[0]}")
    return array


def uniform_numbers(u: Any) -> np.ndarray:
    """(...) float64 in [0, 1)."""
    u = numbers("u", u)
    return require("u", u, (u >= 0) & (u < 1), "be in [0, 1)")


def usable_out(shape: tuple[int, ...], out: Any) -> np.ndarray:
    """Check that `out` can hold frames of a shape: C-contiguous uint8 that may be written to. Returns it."""
    right = isinstance(out, np.ndarray) and out.shape == shape and out.dtype == np.uint8
    if not right or not out.flags.c_contiguous or not out.flags.writeable:
        found = f"{out.dtype} {out.shape}" if isinstance(out, np.ndarray) else in_short(out)
        raise InputError(f"out must be C-contiguous uint8 of shape {shape} that can be written to, not {found}")
    return out


def room_for(what: str, size: float) -> None:
    """Check that `size` bytes of memory are available, before they are asked for. Small sizes are not looked up."""
    if size < UNCHECKED_BYTES:
        return
    import psutil  # only here: importing it takes longer than most calls of this function

    free = psutil.virtual_memory().available
    if size > free:
        raise InputError(
            f"{what} would take {size / 1e9:,.1f} GB of memory, {free / 1e9:,.1f} GB are free: ask for less"
        )


def in_short(value: Any) -> str:
    """A value as an error shows it: at most 60 characters, on one line, without the secrets of a URL.

    Of a large value, only the beginning is read.

    >>> in_short([[1, 2]] * 10**6)
    '[[1, 2], [1, 2], [1, 2], [1, 2], [1, 2], [1, 2], [1, 2], ...'
    """
    text = plain_urls(" ".join(SHORT.repr(value).split()))
    return text if len(text) <= 60 else f"{text[:57]}..."


def plain_urls(text: str) -> str:
    """Text whose URLs are without user, password, query and fragment, which may be secret.

    >>> plain_urls("https://me:secret@example.com/a.npy?token=secret is not there")
    'https://example.com/a.npy is not there'
    """
    return re.sub(r"(\w://)(?:[^/\s'\"]*@)?([^\s'\"?#]*)[^\s'\"]*", r"\1\2", text)


class Beginning(reprlib.Repr):
    """repr of the beginning of a value: neither a long one nor one that holds itself a billion times takes long."""

    def __init__(self):
        super().__init__()
        self.maxlevel = 4
        self.maxtuple = self.maxlist = self.maxarray = self.maxdict = 16
        self.maxset = self.maxfrozenset = self.maxdeque = 16
        self.maxother = 10_000  # characters; in_short cuts the end

    def repr_str(self, value, level):
        return repr(value[:2_000])

    def repr_int(self, value, level):
        return repr(value) if value.bit_length() < 14_000 else f"a number of {value.bit_length():,} bits"


SHORT = Beginning()
