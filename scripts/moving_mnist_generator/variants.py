"""What a variant is, and the variants that are published."""

from dataclasses import dataclass

from moving_mnist import FRAME_SIZE, NUM_FRAMES

from .motion import MOTIONS


@dataclass(frozen=True)
class Variant:
    """A recipe for sequences. Its name is part of the randomness: another name, other sequences."""

    name: str
    num_digits: int = 2
    num_frames: int = NUM_FRAMES
    frame_size: tuple[int, int] = FRAME_SIZE  # (rows, cols), pixels
    motion: str = "srivastava"  # one of MOTIONS; it settles digit size and overlap, too

    def __post_init__(self):
        if not self.name or not self.name.isidentifier():
            raise ValueError(f"a variant's name must be letters, digits and underscores, not {self.name!r}")
        if self.motion not in MOTIONS:
            raise ValueError(f"motion must be one of {', '.join(MOTIONS)}, not {self.motion!r}")
        for field in ("num_digits", "num_frames"):
            if getattr(self, field) < 1:
                raise ValueError(f"{field} must be at least 1, not {getattr(self, field)}")
        smallest = MOTIONS[self.motion].digit_size
        if len(self.frame_size) != 2 or min(self.frame_size) < smallest:
            raise ValueError(f"frame_size must be (rows, cols) of at least {smallest} pixels, not {self.frame_size}")

    @property
    def pixels(self):
        """Of one sequence."""
        return self.num_frames * self.frame_size[0] * self.frame_size[1]


VARIANTS = {
    variant.name: variant
    for variant in (
        Variant("one_digit", num_digits=1),
        Variant("two_digits", num_digits=2),  # the reference recipe: train and validation of configs default, arrays
        Variant("three_digits", num_digits=3),
    )
}
