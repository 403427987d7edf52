"""What a library raises about a file's bytes -> one line of InputError that names the file.

Damaged and hostile bytes make the readers of a format fail with errors of many classes. The table below says for each
format which of them mean that the file is wrong. All others, and errors of the machine, stay what they are: only a
library's reading call belongs into a block of `readable`, and a bug of ours keeps its traceback.
"""

import contextlib
import errno
import lzma
import stat
import struct
import tokenize
import warnings
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .checks import InputError

REASON = 200  # characters of a library's error that are shown
# What every parser of bytes raises that finds other bytes than it expects.
PARSING = (EOFError, IndexError, KeyError, MemoryError, OverflowError, RecursionError, TypeError, ValueError)


class Unreadable(InputError):
    """Bytes, rows or pictures break a rule of their format. `readable` adds the name of the file."""


@dataclass(frozen=True)
class Format:
    """A format of files.

    words:     one file of it, in an error
    errors:    classes that its readers raise for bytes that are wrong
    libraries: whose own error classes mean the same
    """

    words: str
    errors: tuple = PARSING
    libraries: tuple = ()


# numpy parses the header as Python.
NPY = Format("npy file of numbers", (*PARSING, SyntaxError, tokenize.TokenError, AttributeError))
NPZ = Format(
    "npz file",
    # RuntimeError: a password is needed
    (*NPY.errors, RuntimeError, struct.error, zipfile.BadZipFile, zlib.error, lzma.LZMAError),
)
IDX = Format("idx file of unsigned bytes", (*PARSING, zlib.error, struct.error))
# With pictures in it, for whose files Pillow raises SyntaxError and struct.error.
PARQUET = Format(
    "Parquet file", (*PARSING, SyntaxError, NotImplementedError, AttributeError, struct.error), ("pyarrow", "PIL")
)
PICTURE = Format("picture", (*PARSING, SyntaxError, struct.error), ("PIL",))
ROWS = Format("dataset of sequences", PARQUET.errors, PARQUET.libraries)
YAML = Format("YAML", (*PARSING, AttributeError), ("yaml",))
JSON = Format("JSON", (RecursionError, ValueError))
CSV = Format("CSV file", PARSING, ("_csv",))


def is_damage(error: Exception, format: Format) -> bool:
    """Whether an error of a reader means that the file is wrong.

    An OSError without a number is a library's word about bytes; one with a number is the system's about the machine,
    except EINVAL: a place in the file that cannot be.

    >>> is_damage(OSError("page 3 is corrupt"), PARQUET), is_damage(OSError(28, "No space left"), PARQUET)
    (True, False)
    """
    if type(error).__module__.partition(".")[0] in format.libraries:
        return True
    if isinstance(error, OSError):
        own = type(error) is OSError or type(error).__name__ in ("BadGzipFile", "UnidentifiedImageError")
        return own and error.errno in (None, errno.EINVAL)
    return isinstance(error, format.errors)


@contextlib.contextmanager
def readable(name: Any, format: Format) -> Iterator[None]:
    """A context around a library's reading call, in which damage becomes an InputError: one line that names the file.

    Args:
        name: path, URL or id of what is read, as the error shows it.
        format: one of the formats above.

    >>> with readable("a.json", JSON):
    ...     __import__("json").loads("{")
    Traceback (most recent call last):
    moving_mnist_generator.common.checks.InputError: a.json is not a readable JSON: Expecting property name ...
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about strange values in what may be refused anyway
            yield
    except InputError as error:
        if not isinstance(error, Unreadable):
            raise
        raise InputError(f"{name} is not a readable {format.words}: {error}") from None
    except Exception as error:
        if not is_damage(error, format):
            raise
        raise InputError(f"{name} is not a readable {format.words}: {reason(error)}") from error


@contextlib.contextmanager
def named(name: Any) -> Iterator[None]:
    """A context in which an InputError is preceded by the name of what is read."""
    try:
        yield
    except InputError as error:
        raise InputError(f"{name}: {error}") from None


def reason(error: BaseException) -> str:
    """The beginning of an error, on one line."""
    text = error.args[0] if isinstance(error, MemoryError) and error.args else error
    return " ".join(str(text).split())[:REASON] or type(error).__name__


def regular(path: Any) -> Any:
    """The path of a file, if it is one: opening a named pipe would wait forever. An absent file is an OSError."""
    if isinstance(path, Path) and not stat.S_ISREG(path.stat().st_mode):
        raise InputError(f"{path} must be a regular file")
    return path
