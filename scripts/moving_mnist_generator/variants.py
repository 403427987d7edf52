"""What a variant is, and the variants that are published."""

from dataclasses import dataclass, fields

from moving_mnist import FRAME_SIZE, NUM_FRAMES

from .motion import MOTIONS

LARGEST_FRAME = 4_096  # pixels a side: positions are int16, and a row group is held in memory

BOUNDS = {"speed": (0, 1_000), "rotation": (-180, 180), "scale": (0.5, 2), "brightness": (0.01, 1)}


@dataclass(frozen=True)
class Variant:
    """A recipe for sequences. Its name is part of the randomness: another name, other sequences.

    Ranges are (lowest, highest) of a uniform draw; None leaves that out. What changes by frame follows
    MovingMNIST++: see `appearance`.
    """

    name: str
    num_digits: int = 2
    num_frames: int = NUM_FRAMES
    frame_size: tuple[int, int] = FRAME_SIZE  # (rows, cols), pixels
    motion: str = "srivastava"  # one of MOTIONS; it settles the overlap, too
    digit_size: tuple[int, int] | None = None  # (rows, cols), pixels; None: the motion's own, or the source's
    speed: tuple[float, float] | None = None  # pixels a frame; None: as the motion's authors have it
    overhang: int = 0  # pixels by which a digit may leave the frame before it bounces
    rotation: tuple[float, float] | None = None  # degrees a frame, counterclockwise
    scale: tuple[float, float] | None = None  # factor a frame
    brightness: tuple[float, float] | None = None  # factor a frame, one draw for all digits of a sequence
    colour: bool = False  # each digit in a colour of its own: RGB frames
    num_occluders: int = 0  # grey rectangles that stand still before the digits

    def __post_init__(self):
        if not isinstance(self.name, str) or not self.name.isidentifier():
            raise ValueError(f"name must be letters, digits and underscores, not {self.name!r}")
        if self.name in ("default", "arrays") or self.name.endswith("_arrays"):
            raise ValueError(f"name must not be that of another config (default, arrays, *_arrays), not {self.name!r}")
        if self.motion not in MOTIONS:
            raise ValueError(f"motion must be one of {', '.join(MOTIONS)}, not {self.motion!r}")
        for name, least in {"num_digits": 1, "num_frames": 1, "overhang": 0, "num_occluders": 0}.items():
            if not whole(getattr(self, name)) or getattr(self, name) < least:
                raise ValueError(f"{name} must be a whole number >= {least}, not {getattr(self, name)!r}")
        for name in ("frame_size", "digit_size"):
            self.freeze(name)
            size = getattr(self, name)
            if size is None and name == "digit_size":
                continue
            if not isinstance(size, tuple) or len(size) != 2 or not all(whole(side) for side in size):
                raise ValueError(f"{name} must be (rows, cols) in whole pixels, not {size!r}")
            if not 1 <= min(size) <= max(size) <= LARGEST_FRAME:
                raise ValueError(f"{name} must be within 1..{LARGEST_FRAME} pixels, not {size}")
        for name, bounds in BOUNDS.items():
            self.freeze(name)
            check_range(name, getattr(self, name), *bounds)
        if self.speed is not None and MOTIONS[self.motion].units == "pixels":
            raise ValueError(f"speed must be None for {self.motion}, which draws whole pixels, not {self.speed}")
        if not isinstance(self.colour, bool):
            raise ValueError(f"colour must be True or False, not {self.colour!r}")

    def freeze(self, name):
        """A list, as JSON has it, into a tuple."""
        if isinstance(getattr(self, name), list):
            object.__setattr__(self, name, tuple(getattr(self, name)))

    @property
    def frame_shape(self):
        """(H, W) or (H, W, 3)."""
        return (*self.frame_size, 3) if self.colour else self.frame_size

    @property
    def pixels(self):
        """Of one sequence, each colour counted."""
        return self.num_frames * self.frame_size[0] * self.frame_size[1] * (3 if self.colour else 1)

    @property
    def changes_look(self):
        """Whether a digit looks another way from frame to frame."""
        return self.transforms or self.brightness is not None

    @property
    def transforms(self):
        """Whether digits turn or change their size."""
        return self.rotation is not None or self.scale is not None


def whole(value):
    """Whether a value is a whole number, and no bool."""
    return isinstance(value, int) and not isinstance(value, bool)


def check_range(name, value, least, most):
    """Refuse what is no (lowest, highest) within least..most."""
    if value is None:
        return
    if not isinstance(value, tuple) or len(value) != 2 or not all(isinstance(end, (int, float)) for end in value):
        raise ValueError(f"{name} must be (lowest, highest) or None, not {value!r}")
    if not least <= value[0] <= value[1] <= most:
        raise ValueError(f"{name} must be {least} <= lowest <= highest <= {most}, not {value}")


VARIANTS = {
    variant.name: variant
    for variant in (
        Variant("one_digit", num_digits=1),
        Variant("two_digits", num_digits=2),  # the reference recipe: train and validation of default and arrays
        Variant("three_digits", num_digits=3),
        Variant("reflecting", motion="tfds"),
        Variant("stochastic", motion="svg_stochastic"),
        Variant("rotating", rotation=(-30, 30)),
        Variant("scaling", scale=(1 / 1.1, 1.1)),
        Variant("fading", brightness=(0.6, 1.0)),
        Variant("coloured", num_digits=3, colour=True),
        Variant("occluded", num_occluders=2),
        Variant(  # MovingMNIST++: everything at once, speeds in any direction, centres 10 pixels from the wall
            "plus_plus",
            num_digits=3,
            speed=(0, 3.6),
            overhang=4,
            rotation=(-30, 30),
            scale=(1 / 1.1, 1.1),
            brightness=(0.6, 1.0),
        ),
    )
}

FIELDS = tuple(field.name for field in fields(Variant) if field.name != "name")
