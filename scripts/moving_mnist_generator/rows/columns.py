"""The columns of annotations: what a row says about its sequence.

A new column is a row of the table COLUMNS. What a look draws is a column of its own, in the file of the look; what
digits that act on each other do is one in the file of the motion.
"""

from collections.abc import Iterable
from typing import Any

from ..common.column import DIGITS, Column
from ..common.registry import Table
from ..looks import LOOKS, Look, looks_of
from ..motions import MOTIONS, Motion
from .captions import captions

IMAGE_SEQUENCE = "image_sequence"  # the column of frames, which LAYOUTS describe
FRAMES_MEANING = "The frames in order of time, 0 black to 255 white"

COLUMNS = Table(
    "COLUMNS",
    Column,
    {
        column.name: column
        for column in (
            Column("sequence_id", "int64", "", "Index of the sequence within its variant and split"),
            Column("labels", "uint8", "k", "Class of each digit, in paint order", classes=DIGITS),
            Column(
                "digit_ids",
                "int32",
                "k",
                "Position of each digit in MNIST's train file for train and validation, in its test file for test",
            ),
            Column(
                "positions",
                "int16",
                "kt2",
                "Pixels (row, col) of the top-left corner at which each digit is painted in each frame",
            ),
            Column("velocities", "float32", "k2", "Start velocity of each digit (row, col), pixels a frame"),
            Column("caption", "string", "", "Which digits move, and how, in words", values=captions),
        )
    },
)


def columns_of(variant: Any) -> dict[str, Column]:
    """The columns of a variant, in order: those of all variants, of its motion, of its looks, then text.

    Returns:
        {name: Column}.

    >>> from moving_mnist_generator import VARIANTS
    >>> list(columns_of(VARIANTS["rotating"]))[-2:]
    ['rotations', 'caption']
    """
    return joined([MOTIONS[variant.motion]], looks_of(variant).values())


def all_columns() -> dict[str, Column]:
    """{name: Column} of all columns that a variant can have."""
    return joined(MOTIONS.values(), LOOKS.values())


def meaning_of(name: str) -> str:
    """What a column means, `image_sequence` included."""
    return FRAMES_MEANING if name == IMAGE_SEQUENCE else all_columns()[name].meaning


def joined(motions: Iterable[Motion], looks: Iterable[Look]) -> dict[str, Column]:
    """{name: Column} of what all variants have, and of some motions and looks. Text comes last."""
    found = [*COLUMNS.values(), *(motion.column for motion in motions if motion.column)]
    for look in looks:
        found += [look.column, *look.derived] if look.column else []
    return {column.name: column for column in sorted(found, key=lambda column: column.dtype == "string")}


def sizes_of(variant: Any) -> dict[str, int]:
    """{letter of an axis: its length}."""
    counted = {look.axis: getattr(variant, field) for field, look in looks_of(variant).items() if look.axis}
    return {"k": variant.num_digits, "t": variant.num_frames, **counted}
