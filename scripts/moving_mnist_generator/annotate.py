"""What can be said of sequences from their latents."""

PLURALS = ("zeros", "ones", "twos", "threes", "fours", "fives", "sixes", "sevens", "eights", "nines")
COUNTS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


def captions(labels, class_names):
    """One sentence a sequence: which digits move in it, smallest first.

    Digits are told in sorted order, so that captions are few and the Hub's viewer can count and filter
    them, and in the plural, since the viewer's search passes over "seven" but finds "sevens".

    Args:
        labels: (n, k) int; class_names: tuple of str, what the labels mean.

    Returns:
        list of n str.
    """
    known = {}
    for row in map(tuple, labels.tolist()):
        known.setdefault(row, caption(sorted(row), class_names))
    return [known[tuple(row)] for row in labels.tolist()]


def caption(labels, class_names):
    """Sorted labels -> "One of the twos and two of the sevens, bouncing off the walls."."""
    counts = {label: labels.count(label) for label in labels}
    parts = [count_of(count, class_names[label]) for label, count in counts.items()]
    listed = " and ".join(filter(None, [", ".join(parts[:-1]), parts[-1]]))
    return f"{listed[0].upper()}{listed[1:]}, bouncing off the walls."


def count_of(count, class_name):
    """How many of which class: "two of the sevens", or "two Sandal" where names are no digits."""
    number = COUNTS[count] if count < len(COUNTS) else str(count)
    if class_name.isdigit() and int(class_name) < len(PLURALS):
        return f"{number} of the {PLURALS[int(class_name)]}"
    return f"{number} {class_name}"
