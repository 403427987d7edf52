"""What an export is: one row of the table EXPORTS."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Export:
    """One format in which sequences leave the project.

    words:     one line for people
    name:      split -> name of the file or the folder
    write:     (path, shape, pieces) writes the file, or fills the folder, which exists and is empty. shape is
               (n, t, H, W), or (n, t, H, W, 3) in colour; pieces yields (m, t, H, W[, 3]) uint8, n sequences in all
    is_folder: whether `path` is a folder
    in_colour: whether the format holds colour
    check:     shape -> None, or an InputError if this machine or the format cannot write it
    """

    words: str
    name: Callable
    write: Callable
    is_folder: bool = False
    in_colour: bool = False
    check: Callable = lambda shape: None
