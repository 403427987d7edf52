"""Sequences in words: which digits move, and how.

Digits are named in sorted order, so that captions are few and the Hub's viewer can count and filter them, and in the
plural, because the viewer's search ignores "seven" but finds "sevens". Colours make captions many: where digits have
some, the viewer can only search.
"""

from typing import Any

import numpy as np

from ..looks import looks_of
from ..motions import MOTIONS, Motion

PLURALS = ("zeros", "ones", "twos", "threes", "fours", "fives", "sixes", "sevens", "eights", "nines")
COUNTS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


def captions(sequences: Any, class_names: tuple[str, ...]) -> list[str]:
    """One sentence a sequence, such as "One of the twos and two of the sevens, bouncing off the walls."

    Args:
        sequences: Sequences; class_names: tuple of str, the names of their labels.

    Returns:
        list of n str.
    """
    looks = [look.words for look in looks_of(sequences.variant).values()]
    return [
        f"{', '.join([named_digits(digits, class_names), movement, *looks])}."
        for digits, movement in zip(sorted_digits(sequences), movements(sequences), strict=True)
    ]


def sorted_digits(sequences):
    """What is said of each digit, by sequence, in order: its label, then adjectives, such as (7, "red")."""
    said = [sequences.labels.tolist()]
    for field, look in looks_of(sequences.variant).items():
        if look.adjectives:
            said.append(np.array(look.adjectives)[sequences.drawn[field]].tolist())
    return [sorted(zip(*digits, strict=True)) for digits in zip(*said, strict=True)]


def movements(sequences):
    """What at least one digit of each sequence does: n str."""
    motion = MOTIONS[sequences.variant.motion]
    hit = (sequences.hits != 0).any((1, 2, 3))
    met = np.zeros_like(hit) if sequences.meetings is None else (sequences.meetings >= 0).any((1, 2))
    moving = (sequences.velocities != 0).any((1, 2))
    return [movement(*each, motion) for each in zip(met.tolist(), hit.tolist(), moving.tolist(), strict=True)]


def movement(met: bool, hit: bool, moving: bool, motion: Motion) -> str:
    """What digits do that met each other, hit a wall, or move at all. Without room they hit walls and stand still."""
    if moving and motion.movement:
        return motion.movement
    if moving and (met or hit):
        way = " in random directions" if motion.stochastic else ""
        return f"bouncing off {' and '.join(['each other'] * met + ['the walls'] * hit)}{way}"
    return "moving in straight lines" if moving else "standing still"


def named_digits(digits, class_names):
    """Sorted digits, each its label and adjectives -> "One of the twos and two of the red sevens".

    >>> named_digits([(2,), (7, "red"), (7, "red")], tuple("0123456789"))
    'One of the twos and two of the red sevens'
    """
    counts = {digit: digits.count(digit) for digit in digits}
    *parts, last = (count_of(count, class_names[label], words) for (label, *words), count in counts.items())
    words = " and ".join(filter(None, [", ".join(parts), last]))
    return words[0].upper() + words[1:]


def count_of(count, class_name, adjectives):
    """A number of digits of one kind: "two of the red sevens", or "two red Sandal" if the name is no digit."""
    number = COUNTS[count] if count < len(COUNTS) else str(count)
    if class_name.isdigit() and int(class_name) < len(PLURALS):
        return " ".join([number, "of the", *adjectives, PLURALS[int(class_name)]])
    return " ".join([number, *adjectives, class_name])
