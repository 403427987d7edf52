"""Sequences in words: which digits move, and how.

Digits are told in sorted order, so that captions are few and the Hub's viewer can count and filter them, and
in the plural, since the viewer's search passes over "seven" but finds "sevens".
"""

from ..motion import MOTIONS

PLURALS = ("zeros", "ones", "twos", "threes", "fours", "fives", "sixes", "sevens", "eights", "nines")
COUNTS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
LOOKS = {  # by field of Variant
    "rotation": "turning",
    "scale": "growing and shrinking",
    "brightness": "fading",
    "colour": "in colours",
    "num_occluders": "behind grey rectangles",
}


def captions(sequences, class_names):
    """One sentence a sequence, such as "One of the twos and two of the sevens, bouncing off the walls."

    Args:
        sequences: Sequences; class_names: tuple of str, what their labels mean.

    Returns:
        list of n str.
    """
    moves = movements(sequences)
    looks = [words for field, words in LOOKS.items() if getattr(sequences.variant, field)]
    return [
        f"{', '.join([digits_told(sorted(labels), class_names), move, *looks])}."
        for labels, move in zip(sequences.labels.tolist(), moves, strict=True)
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


def digits_told(labels, class_names):
    """Sorted labels -> "One of the twos and two of the sevens"."""
    counts = {label: labels.count(label) for label in labels}
    parts = [count_of(count, class_names[label]) for label, count in counts.items()]
    told = " and ".join(filter(None, [", ".join(parts[:-1]), parts[-1]]))
    return told[0].upper() + told[1:]


def count_of(count, class_name):
    """How many of which class: "two of the sevens", or "two Sandal" where names are no digits."""
    number = COUNTS[count] if count < len(COUNTS) else str(count)
    if class_name.isdigit() and int(class_name) < len(PLURALS):
        return f"{number} of the {PLURALS[int(class_name)]}"
    return f"{number} {class_name}"
