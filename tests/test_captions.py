"""A caption tells which digits move, in words that the Hub's search finds."""

import numpy as np
import pytest

from moving_mnist_generator.annotate import captions

DIGITS = tuple("0123456789")


@pytest.mark.parametrize(
    ("labels", "names", "caption"),
    [
        ([7], DIGITS, "One of the sevens, bouncing off the walls."),
        ([7, 2], DIGITS, "One of the twos and one of the sevens, bouncing off the walls."),
        ([2, 7], DIGITS, "One of the twos and one of the sevens, bouncing off the walls."),
        ([0, 0], DIGITS, "Two of the zeros, bouncing off the walls."),
        ([9, 1, 9], DIGITS, "One of the ones and two of the nines, bouncing off the walls."),
        ([3, 2, 1], DIGITS, "One of the ones, one of the twos and one of the threes, bouncing off the walls."),
        ([1, 0], ("Bag", "Ankle boot"), "One Bag and one Ankle boot, bouncing off the walls."),
        ([0] * 12, DIGITS, "12 of the zeros, bouncing off the walls."),
    ],
)
def test_a_caption_counts_its_digits_smallest_first(labels, names, caption):
    assert captions(np.array([labels, labels]), names) == [caption, caption]
