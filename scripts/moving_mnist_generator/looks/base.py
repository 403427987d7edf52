"""What a look is: one row of the table LOOKS."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ..common.column import Column
from ..common.fields import Field

ACTS_ON = ("angle", "scale", "view", "digits", "colour", "frames")


@dataclass(frozen=True)
class Look:
    """One way in which a variant changes how its digits or frames look.

    field:      the field of Variant that switches it on, and its bounds
    draw:       (variant, draw) -> (n, ...) array, what is drawn for each sequence. draw(latent, *shape) gives uniform
                numbers (n, *shape) of a latent that belongs to this look alone
    column:     what is drawn, as it is published; None if it is not: then frames are painted without it from rows
    derived:    more Columns, whose `values` follow from what is drawn
    acts_on:    what `apply` changes:
                "angle", "scale"  nothing: digits turn by `by_frame` degrees, or grow by `by_frame` factors, about
                                  their centre. Several add up, or multiply
                "view"            (corners (n, k, t, 2), drawn) -> corners as the frame sees them
                "digits"          (pictures (n, k, u, h, w) uint8, by_frame (n, k, u)) -> the same shape
                "colour"          (pictures (n, k, u, h, w), drawn) -> (n, k, u, h, w, 3) uint8
                "frames"          (frames (n, t, H, W, c) uint8, drawn), in place, after the digits
    by_frame:   (drawn, num_frames) -> (n, k, t) float64, or (n, t) for all digits alike: what is in force in each
                frame. None if nothing changes by frame
    in_frames:  name of the attribute of Sequences that gives `by_frame`
    recurrence: (num_frames) -> (t,) int: frames with the same number look the same
    space:      (variant) -> (rows, cols), pixels in which digits move, if that is not the frame
    covers:     (drawn, frame_size) -> (n, H, W) bool, pixels in which no digit can be seen
    axis:       letter of a column's axis whose length is the value of the field
    words:      in a caption
    bounds:     (variant) -> (least, most) of what is drawn, as arrays that go with its axes; None, any value is right
    adjectives: in a caption, before the name of each digit: what its number drawn (n, k) stands for
    compressible: False if frames compress no better than random numbers
    """

    field: Field
    draw: Callable
    words: str
    acts_on: str
    column: Column | None = None
    derived: tuple = ()
    apply: Callable | None = None
    by_frame: Callable | None = None
    in_frames: str | None = None
    recurrence: Callable = np.arange
    space: Callable | None = None
    covers: Callable | None = None
    axis: str | None = None
    bounds: Callable | None = None
    adjectives: tuple = ()
    compressible: bool = True


def uniform_in(name):
    """The draw of a look whose field is a Range: one number for each digit.

    Returns:
        (variant, draw) -> (n, k) float32 within the bounds of the field `name`.
    """
    return lambda variant, draw: between(getattr(variant, name), draw(name, variant.num_digits))


def bounds_of(name):
    """The bounds of a look whose field is a Range: those of the variant, as float32."""
    return lambda variant: tuple(np.float32(getattr(variant, name)))


def between(bounds, u):
    """Uniform numbers -> float32 numbers between bounds."""
    lowest, highest = bounds
    return (lowest + (highest - lowest) * u).astype(np.float32)
