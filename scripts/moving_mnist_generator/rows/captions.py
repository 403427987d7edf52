"""Sequences in words: which digits move, and how.

Digits are named in sorted order, so that captions are few and the Hub's viewer can count and filter them, and in the
plural, because the viewer's search ignores "seven" but finds "sevens".
"""

from ..looks import looks_of
from ..motions import MOTIONS

PLURALS = ("zeros", "ones", "twos", "threes", "fours", "fives", "sixes", "sevens", "eights", "nines")
COUNTS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


def captions(sequences, class_names):
    """One sentence a sequence, such as "One of the twos and two of the sevens, bouncing off the walls."

    Args:
        sequences: Sequences; class_names: tuple of str, the names of their labels.

    Returns:
        list of n str.
    """
    looks = [look.words for look in looks_of(sequences.variant).values()]
    return [
        f"{', '.join([named_digits(sorted(labels), class_names), movement, *looks])}."
        for labels, movement in zip(sequences.labels.tolist(), movements(sequences), strict=True)
    ]


def movements(sequences):
    """What at least one digit of each sequence does: n str."""
    bounces = "bouncing off the walls"
    if MOTIONS[sequences.variant.motion].stochastic:
        bounces += " in random directions"
    hit = (sequences.hits != 0).any((1, 2, 3)).tolist()
    moving = (sequences.velocities != 0).any((1, 2)).tolist()
    return [
        bounces if hits else "moving in straight lines" if moves else "standing still"
        for hits, moves in zip(hit, moving, strict=True)
    ]


def named_digits(labels, class_names):
    """Sorted labels -> "One of the twos and two of the sevens".

    >>> named_digits([2, 7, 7], tuple("0123456789"))
    'One of the twos and two of the sevens'
    """
    counts = {label: labels.count(label) for label in labels}
    *parts, last = (count_of(count, class_names[label]) for label, count in counts.items())
    words = " and ".join(filter(None, [", ".join(parts), last]))
    return words[0].upper() + words[1:]


def count_of(count, class_name):
    """A number of digits of one class: "two of the sevens", or "two Sandal" if the name is no digit."""
    number = COUNTS[count] if count < len(COUNTS) else str(count)
    if class_name.isdigit() and int(class_name) < len(PLURALS):
        return f"{number} of the {PLURALS[int(class_name)]}"
    return f"{number} {class_name}"
