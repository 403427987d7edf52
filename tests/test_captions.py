"""A caption tells which digits move and how, in words that the Hub's search finds."""

import numpy as np
import pytest

from moving_mnist_generator import VARIANTS, Variant, generate
from moving_mnist_generator.looks.colour import COLOURS
from moving_mnist_generator.rows.captions import PLURALS, captions, named_digits

COLOUR_NAMES = tuple(COLOURS)
DIGITS = tuple("0123456789")


@pytest.mark.parametrize(
    ("labels", "names", "words"),
    [
        ([(7,)], DIGITS, "One of the sevens"),
        ([(2,), (7,)], DIGITS, "One of the twos and one of the sevens"),
        ([(0,), (0,)], DIGITS, "Two of the zeros"),
        ([(1,), (9,), (9,)], DIGITS, "One of the ones and two of the nines"),
        ([(1,), (2,), (3,)], DIGITS, "One of the ones, one of the twos and one of the threes"),
        ([(0,), (1,)], ("Ankle boot", "Bag"), "One Ankle boot and one Bag"),
        ([(0,)] * 12, DIGITS, "12 of the zeros"),
        (
            [(2, "red"), (7, "blue"), (7, "red")],
            DIGITS,
            "One of the red twos, one of the blue sevens and one of the red sevens",
        ),
        ([(0, "red"), (1, "cyan")], ("Ankle boot", "Bag"), "One red Ankle boot and one cyan Bag"),
    ],
)
def test_digits_are_counted_smallest_first(labels, names, words):
    assert named_digits(labels, names) == words


@pytest.mark.parametrize(
    ("variant", "ending"),
    [
        ("two_digits", ", bouncing off the walls."),
        ("stochastic", ", bouncing off the walls in random directions."),
        ("rotating", ", bouncing off the walls, turning."),
        ("coloured", ", bouncing off the walls, in colours."),
        ("occluded", ", bouncing off the walls, behind grey rectangles."),
        ("camera", ", bouncing off the walls, in a larger world seen by a moving camera."),
        ("noisy", ", bouncing off the walls, in noise."),
        ("plus_plus", ", bouncing off the walls, turning, growing and shrinking, fading."),
    ],
)
def test_a_caption_says_how_the_digits_move(variant, ending):
    sequences = generate(variant, "train", range(30))
    for caption, hits in zip(captions(sequences, DIGITS), sequences.hits, strict=True):
        assert not hits.any() or caption.endswith(ending)


def test_digits_bounce_off_what_they_met():
    short = Variant("short", num_digits=3, num_frames=4, motion="colliding")
    sequences = generate(short, "train", range(300))
    hit, met = (sequences.hits != 0).any((1, 2, 3)), (sequences.meetings >= 0).any((1, 2))
    assert (met & hit).any() and (met & ~hit).any() and (hit & ~met).any()
    for caption, walls, others in zip(captions(sequences, DIGITS), hit, met, strict=True):
        assert ("the walls" in caption, "each other" in caption) == (walls, others), caption
    both = captions(sequences, DIGITS)[int((met & hit).argmax())]
    assert both.endswith(", bouncing off each other and the walls.")


def test_every_coloured_digit_is_named_with_its_own_colour():
    sequences = generate("coloured", "train", range(50))
    for caption, labels, colours in zip(captions(sequences, DIGITS), sequences.labels, sequences.colours, strict=True):
        named = {f"{COLOUR_NAMES[colour]} {PLURALS[label]}" for label, colour in zip(labels, colours, strict=True)}
        assert sum(name in caption for name in named) == 3
        assert sum(caption.count(colour) for colour in COLOUR_NAMES) == 3


def test_a_digit_that_meets_no_wall_does_not_bounce():
    slow = generate(Variant("slow", num_digits=1, speed=(0.01, 0.02)), "train", range(20))
    words = captions(slow, DIGITS)
    assert sum("moving in straight lines" in caption for caption in words) > 15
    still = generate(Variant("still", num_digits=1, speed=(0, 0)), "train", range(5))
    assert all(caption.endswith(", standing still.") for caption in captions(still, DIGITS))
    for motion in ("srivastava", "tfds"):  # which count a wall in each frame where there is no room
        filled = generate(Variant("filled", num_digits=1, frame_size=(28, 28), motion=motion), "train", range(5))
        assert all(caption.endswith(", standing still.") for caption in captions(filled, DIGITS))


@pytest.mark.parametrize("variant", VARIANTS)
def test_every_digit_is_named_and_no_other(variant):
    plurals = np.array(["zeros", "ones", "twos", "threes", "fours", "fives", "sixes", "sevens", "eights", "nines"])
    sequences = generate(variant, "train", range(20))
    for caption, labels in zip(captions(sequences, DIGITS), sequences.labels, strict=True):
        assert {plural for plural in plurals if plural in caption} == set(plurals[labels])
