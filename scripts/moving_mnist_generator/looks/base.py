"""What a look is: one row of the table LOOKS."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any, Protocol

import numpy as np

from ..common.checks import InputError, one_of, whole_number
from ..common.column import Column
from ..common.fields import Field

Variant = Any  # that of core.variants, which is made from LOOKS

LARGEST_REACH = 64  # pixels


class Stage(str, Enum):
    """What a look acts on, in the order in which looks are applied."""

    ANGLE = "angle"
    SCALE = "scale"
    VIEW = "view"
    DIGITS = "digits"
    COLOUR = "colour"
    FRAMES = "frames"


class Uniforms(Protocol):
    """uniforms(latent, *shape) -> (n, *shape) float64 in [0, 1): random numbers that belong to this look alone."""

    def __call__(self, latent: str, *shape: int) -> np.ndarray: ...


def nothing(pictures: np.ndarray, values: np.ndarray) -> Any:
    """The `apply` of looks that turn or scale digits."""
    raise NotImplementedError


@dataclass(frozen=True)
class Look:
    """One way in which a variant changes how its digits or frames look.

    field:      the field of Variant that switches it on, and its bounds
    draw:       (variant, uniforms) -> (n, ...) array, what is drawn for each sequence. uniforms("fog", 2) gives
                (n, 2) uniform numbers of a latent that belongs to this look alone
    words:      in a caption
    stage:      what it acts on, and so what `apply` takes and gives:
                "angle", "scale"  no `apply`: digits turn by `by_frame` degrees, or grow by `by_frame` factors, about
                                  their centre. Several add up, or multiply
                "view"            (corners (n, k, t, 2), drawn) -> corners as the frame sees them
                "digits"          (pictures (n, k, u, h, w) uint8, by_frame (n, k, u)) -> the same shape
                "colour"          (pictures (n, k, u, h, w), drawn) -> (n, k, u, h, w, 3) uint8
                "frames"          (frames (n, t, H, W, c) uint8, drawn), in place, after the digits
    column:     what is drawn, as it is published; None if it is not: then frames are painted without it from rows
    derived:    more Columns, whose `values` follow from what is drawn
    reach:      pixels by which a look on "digits" may paint beyond the ink of a digit, on any side
    by_frame:   (drawn, num_frames) -> (n, k, t) float64, or (n, t) for all digits alike: what is in force in each
                frame. None: what is drawn, (n, k) or (n,) for all digits alike, is in force in all frames
    in_frames:  name of the attribute of Sequences that gives `by_frame`
    recurrence: (num_frames) -> (t,) int: frames with the same number look the same
    space:      (variant) -> (rows, cols), pixels in which digits move, if that is not the frame
    covers:     (drawn, frame_size) -> (n, H, W) bool, pixels in which no digit can be seen
    axis:       letter of a column's axis whose length is the value of the field
    bounds:     (variant) -> (least, most) of what is drawn, as arrays that go with its axes; None, any value is right
    adjectives: in a caption, before the name of each digit: what its number drawn (n, k) stands for
    compressible: False if frames compress no better than random numbers
    """

    field: Field
    draw: Callable[[Variant, Uniforms], np.ndarray]
    words: str
    stage: Stage
    column: Column | None = None
    derived: tuple[Column, ...] = ()
    apply: Callable[[np.ndarray, np.ndarray], Any] = nothing
    reach: int = 0
    by_frame: Callable[[np.ndarray, int], np.ndarray] | None = None
    in_frames: str | None = None
    recurrence: Callable[[int], np.ndarray] = np.arange
    space: Callable[[Variant], tuple[int, int]] | None = None
    covers: Callable[[np.ndarray, tuple[int, int]], np.ndarray] | None = None
    axis: str | None = None
    bounds: Callable[[Variant], tuple[Any, Any]] | None = None
    adjectives: tuple[str, ...] = ()
    compressible: bool = True

    def __post_init__(self) -> None:
        object.__setattr__(self, "stage", Stage(one_of("stage", self.stage, [stage.value for stage in Stage])))
        whole_number("reach", self.reach, 0, LARGEST_REACH)
        if self.reach and self.stage is not Stage.DIGITS:
            raise InputError(f"reach must be 0 for a look on {self.stage.value}, not {self.reach}")
        turns = self.stage in (Stage.ANGLE, Stage.SCALE)
        if turns == (self.apply is not nothing) or (turns and self.by_frame is None):
            needed = "by_frame, and no apply" if turns else "apply"
            raise InputError(f"a look on {self.stage.value} must have {needed}")
        if self.in_frames and self.by_frame is None:
            raise InputError(f"a look must have by_frame, which gives {self.in_frames}")

    def in_force(self, drawn: np.ndarray, num_digits: int, num_frames: int, frames: Any = slice(None)) -> np.ndarray:
        """What is in force for each digit in some frames: (n, k, u)."""
        if self.by_frame is None:
            values = drawn[..., None].repeat(num_frames, axis=-1)[..., frames]
        else:
            values = self.by_frame(drawn, num_frames)[..., frames]
        return values[:, None].repeat(num_digits, axis=1) if values.ndim == 2 else values

    def different_frames(self, num_frames: int) -> np.ndarray:
        """(t,) int: frames with the same number look the same."""
        return np.zeros(num_frames, int) if self.by_frame is None else self.recurrence(num_frames)


def uniform_in(name: str, variant: Variant, uniforms: Uniforms) -> np.ndarray:
    """The draw of a look whose field is a Range: (n, k) float32 within the variant's bounds, one for each digit."""
    return between(getattr(variant, name), uniforms(name, variant.num_digits))


def bounds_of(name: str, variant: Variant) -> tuple[np.float32, np.float32]:
    """The bounds of a look whose field is a Range: those of the variant, as float32."""
    lowest, highest = getattr(variant, name)
    return np.float32(lowest), np.float32(highest)


def between(bounds: tuple[float, float], u: np.ndarray) -> np.ndarray:
    """Uniform numbers -> float32 numbers between bounds."""
    lowest, highest = bounds
    return (lowest + (highest - lowest) * u).astype(np.float32)
