"""The one noun behind streams and files: what sequences are made from."""

from dataclasses import dataclass
from typing import Any

from numpy.typing import ArrayLike

from ..common.checks import one_of, whole_number
from ..common.names import SPLITS
from ..digits.loading import Digits, load_digits
from ..layouts import LAYOUTS
from ..rows.columns import IMAGE_SEQUENCE, columns_of, sizes_of
from .scenes import check_digits
from .sequences import GENERATOR_VERSION, Sequences, generate
from .variants import find_variant


@dataclass(frozen=True)
class Recipe:
    """Where sequences come from: small enough to be sent to workers, which load the digits for themselves.

    variant: Variant, or the name of one; split: str; seed: whole number >= 0
    digits:  what `load_digits` takes, or Digits; None, the embedded MNIST

    >>> Recipe("two_digits", "train").sequences(range(3)).frames.shape
    (3, 20, 64, 64)
    """

    variant: Any  # Variant; a name is turned into one
    split: str
    seed: int = 0
    digits: Digits | str | None = None

    def __post_init__(self):
        object.__setattr__(self, "variant", find_variant(self.variant))
        one_of("split", self.split, SPLITS)
        object.__setattr__(self, "seed", whole_number("seed", self.seed))

    def load_digits(self) -> Digits:
        """The Digits themselves."""
        return self.digits if isinstance(self.digits, Digits) else load_digits(self.digits)

    def check(self) -> "Recipe":
        """Refuse digits that cannot be loaded or do not fit the variant. Returns the recipe."""
        check_digits(self.variant, self.load_digits())
        return self

    def sequences(self, indices: ArrayLike) -> Sequences:
        """Sequences of the (n,) indices."""
        return generate(self.variant, self.split, indices, seed=self.seed, digits=self.load_digits())

    def features(self, layout: str, *, annotated: bool = True) -> dict[str, Any]:
        """{column: feature} of rows in a layout, as datasets writes features to JSON."""
        variant = self.variant
        picture = LAYOUTS[one_of("layout", layout, LAYOUTS)].feature(variant.num_frames, variant.frame_shape)
        if not annotated:
            return {IMAGE_SEQUENCE: picture}
        sizes, names = sizes_of(variant), self.load_digits().class_names
        return {IMAGE_SEQUENCE: picture} | {
            name: column.feature(sizes, names) for name, column in columns_of(variant).items()
        }

    def annotations(self, sequences: Sequences) -> dict[str, Any]:
        """{column: (n, ...) array of the published dtype, or list of n str} of what rows say about sequences."""
        names = self.load_digits().class_names
        return {name: column.of(sequences, names) for name, column in columns_of(self.variant).items()}

    def columns(self, indices: ArrayLike) -> dict[str, Any]:
        """{column: n values}, frames included, of the (n,) indices."""
        sequences = self.sequences(indices)
        return {IMAGE_SEQUENCE: sequences.frames} | self.annotations(sequences)

    def as_dict(self) -> dict[str, Any]:
        """What a file records of its recipe: JSON-able, enough to make the sequences again."""
        return {
            "generator_version": GENERATOR_VERSION,
            "variant": self.variant.as_dict(),
            "digits_sha256": self.load_digits().sha256,
            "seed": self.seed,
            "split": self.split,
        }
