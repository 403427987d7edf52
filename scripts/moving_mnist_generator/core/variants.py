"""What a variant is, and the variants that are published."""

from dataclasses import dataclass, field
from typing import Any

from ..common.checks import InputError, as_tuple, in_short, one_of
from ..common.fields import Field, Labels, Name, Range, Size, Whole
from ..common.names import FRAME_SIZE, NUM_FRAMES
from ..layouts import is_reserved
from ..looks import LOOKS, Stage, looks_of
from ..motions import MOTIONS
from .look_fields import LookFields

LONGEST_NAME = 100  # letters, with which the names of its files have room on every disk
FIELDS = {  # besides those of LOOKS
    "num_digits": Field(Whole(1, 1_000), 2, "digits in a sequence"),
    "num_frames": Field(Whole(1, 100_000), NUM_FRAMES, "frames in a sequence"),
    "frame_size": Field(Size(), FRAME_SIZE, "pixels (rows, cols) of a frame"),
    "motion": Field(Name(MOTIONS), "srivastava", "way of moving; it decides how digits overlap, too"),
    "digit_size": Field(
        Size(optional=True), None, "pixels (rows, cols) of a digit; None: as the motion or source has"
    ),
    "speed": Field(Range(0, 1_000), None, "pixels a frame in any direction; None: as the motion's authors have it"),
    "overhang": Field(Whole(0, 4_096), 0, "pixels by which a digit may leave the frame before it bounces"),
    "classes": Field(Labels(255), None, "labels of the digits to choose from; None: all that the source has"),
}


@dataclass(frozen=True, init=False)
class Variant(LookFields):
    """A recipe for sequences. Its name is part of the randomness: another name, other sequences.

    >>> Variant("wide", num_digits=4, frame_size=(64, 128), rotation=(-10, 10)).frame_shape
    (64, 128)
    """

    name: str
    num_digits: int
    num_frames: int
    frame_size: tuple[int, int]
    motion: str
    digit_size: tuple[int, int] | None
    speed: tuple[float, float] | None
    overhang: int
    classes: tuple[int, ...] | None
    looks: tuple  # ((field of LOOKS, value), ...), those that are switched on
    words: str = field(compare=False)  # one line for people

    def __init__(self, name: str, *values: Any, looks: tuple = (), words: str = "", **named: Any) -> None:
        if not isinstance(name, str) or not name.isidentifier() or not name.isascii():
            raise InputError(f"name must be letters, digits and underscores, not {in_short(name)}")
        if len(name) > LONGEST_NAME:
            raise InputError(f"name must have at most {LONGEST_NAME} letters, not {len(name):,}")
        if is_reserved(name):
            raise InputError(f"name must not be that of another config, such as default or *_arrays, not {name!r}")
        given = {**by_position(values), **dict(pairs(looks)), **named}
        if not isinstance(words, str):
            raise InputError(f"words must be a text, not {in_short(words)}")
        for key in given:
            one_of("a field of a variant", key, all_fields())
        checked = {key: each.kind.check(key, given.get(key, each.default)) for key, each in all_fields().items()}
        motion, speed = MOTIONS[checked["motion"]], checked["speed"]
        if speed is not None and motion.speed is None:
            drawn = "whole pixels" if motion.units == "pixels" else "velocities of any length"
            raise InputError(f"speed must be None for {checked['motion']}, which draws {drawn}, not {in_short(speed)}")
        looks = tuple((key, checked[key]) for key, look in LOOKS.items() if checked[key] != look.field.default)
        for key, value in {"name": name, **checked, "looks": looks, "words": words}.items():
            object.__setattr__(self, key, value)

    def as_dict(self) -> dict[str, Any]:
        """All fields by name, as JSON holds them: `Variant(**variant.as_dict())` is the same variant."""
        values = {key: getattr(self, key, each.default) for key, each in all_fields().items()}  # a look may be newer
        values = {"name": self.name, **values}
        return {key: list(value) if isinstance(value, tuple) else value for key, value in values.items()}

    @property
    def frame_shape(self) -> tuple[int, ...]:
        """(H, W) or (H, W, 3)."""
        return (*self.frame_size, 3) if self.channels == 3 else self.frame_size

    @property
    def channels(self) -> int:
        """3 if digits have colours, else 1."""
        return 3 if looks_of(self, Stage.COLOUR) else 1

    @property
    def pixels(self) -> int:
        """Number of pixels in one sequence, each colour counted."""
        return self.num_frames * self.frame_size[0] * self.frame_size[1] * self.channels

    @property
    def compressible(self) -> bool:
        """Whether frames compress better than random numbers."""
        return all(look.compressible for look in looks_of(self).values())

    @property
    def changes_digits(self) -> bool:
        """Whether the pixels of a digit change from frame to frame."""
        return bool(looks_of(self, Stage.ANGLE, Stage.SCALE, Stage.DIGITS))

    @property
    def turns_or_scales(self) -> bool:
        """Whether digits turn or change their size."""
        return bool(looks_of(self, Stage.ANGLE, Stage.SCALE))


def by_position(values: tuple[Any, ...]) -> dict[str, Any]:
    """Values of the first fields -> {name: value}."""
    if len(values) > len(FIELDS):
        raise InputError(f"a variant must have at most {len(FIELDS)} values by position, not {len(values)}")
    return dict(zip(FIELDS, values, strict=False))


def pairs(looks: Any) -> list[tuple[str, Any]]:
    """Looks as a dict or as pairs (name, value) -> pairs."""
    looks = tuple(looks.items()) if isinstance(looks, dict) else as_tuple(looks)
    if not isinstance(looks, tuple) or not all(isinstance(pair, (list, tuple)) and len(pair) == 2 for pair in looks):
        raise InputError(f"looks must be pairs of a name and a value, not {in_short(looks)}")
    return [(one_of("a field of a variant", name, all_fields()), value) for name, value in looks]


def all_fields() -> dict[str, Field]:
    """{name: Field} of all that a Variant has besides its name."""
    return {**FIELDS, **{name: look.field for name, look in LOOKS.items()}}


def find_variant(variant: str | Variant) -> Variant:
    """A Variant; a name stands for one of VARIANTS.

    >>> find_variant("three_digits").num_digits
    3
    """
    if isinstance(variant, Variant):
        return variant
    return VARIANTS[one_of("variant", variant, VARIANTS)]


def describe(fields: dict[str, Field]) -> list[str]:
    """Lines of `name: meaning (kind; default)` for the fields of a variant."""
    return [f"{name}: {each.meaning} ({each.kind}; default {each.default!r})" for name, each in fields.items()]


Variant.__doc__ = f"{Variant.__doc__}\n    Fields:\n        " + "\n        ".join(describe(all_fields())) + "\n    "

VARIANTS = {
    variant.name: variant
    for variant in (
        Variant("one_digit", num_digits=1, words="one digit, in the authors' way"),
        Variant("two_digits", num_digits=2, words="two digits: the reference recipe"),
        Variant("three_digits", num_digits=3, words="three digits"),
        Variant(
            "reflecting", motion="tfds", words="two digits, mirrored exactly at the walls, as in TensorFlow Datasets"
        ),
        Variant(
            "stochastic",
            motion="svg_stochastic",
            words="two digits, with new speeds at each wall: Stochastic Moving MNIST",
        ),
        Variant("rotating", rotation=(-30, 30), words="two digits that turn by up to 30 degrees a frame"),
        Variant(
            "scaling", scale=(1 / 1.1, 1.1), words="two digits that grow and shrink by a factor of up to 1.1 a frame"
        ),
        Variant(
            "fading",
            brightness=(0.6, 1.0),
            words="two digits that darken and brighten by a factor of down to 0.6 a frame",
        ),
        Variant("coloured", num_digits=3, colour=True, words="three digits, each in a colour of its own"),
        Variant("occluded", num_occluders=2, words="two digits behind two grey rectangles"),
        Variant(
            "plus_plus",
            num_digits=3,
            speed=(0, 3.6),
            overhang=4,  # centres stay 10 pixels from the wall
            rotation=(-30, 30),
            scale=(1 / 1.1, 1.1),
            brightness=(0.6, 1.0),
            words="three digits that turn, grow, shrink and fade, at 0 to 3.6 pixels a frame: as MovingMNIST++",
        ),
        Variant("fast", speed=(5.4, 7.2), words="two digits, 1.5 to 2 times as fast as in `two_digits`"),
        Variant("crowded", num_digits=5, words="five digits"),
        Variant("long", num_frames=100, words="two digits for 100 frames"),
        Variant("seen_classes", classes=(0, 1, 2, 3, 4), words="two digits of the classes 0 to 4, to train on"),
        Variant("unseen_classes", classes=(5, 6, 7, 8, 9), words="two digits of the classes 5 to 9, to test on"),
        Variant("noisy", noise=64, words="two digits, and noise of up to 64 grey values on each pixel"),
        Variant(
            "camera",
            num_digits=5,  # of which half are in sight
            motion="tfds",
            speed=(3.6, 3.6),  # as in 64 x 64: a tenth of this free range would be 10
            world_size=(128, 128),
            words="five digits in a world of 128 x 128 pixels, seen by a camera that moves",
        ),
        Variant("colliding", num_digits=3, motion="colliding", words="three digits that bounce off each other"),
    )
}
