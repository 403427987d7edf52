"""Define a row of the table EXPORTS: a format in which sequences leave the project."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

Shape = tuple[int, ...]


@dataclass(frozen=True)
class Export:
    """One format in which sequences leave the project.

    words:     one line for people, in the help of `export` and in the README
    readers:   what reads it, for the README
    name:      split -> name of the file or the folder
    write:     (path, shape, pieces) writes the file, or fills the folder, which exists and is empty. shape is
               (n, t, H, W), or (n, t, H, W, 3) in colour; pieces yields (m, t, H, W[, 3]) uint8, n sequences in all
    is_folder: whether `path` is a folder
    in_colour: whether the format holds colour
    check:     shape -> None, or an InputError if this machine or the format cannot write it
    """

    words: str
    readers: str
    name: Callable[[str], str]
    write: Callable[[Path, Shape, Iterable[np.ndarray]], None]
    is_folder: bool = False
    in_colour: bool = False
    check: Callable[[Shape], None] = lambda shape: None
