"""Figures as Markdown."""

NONE = "-"  # what could not be measured


def times(ratio):
    """A ratio, or the range of a list of ratios.

    >>> times(6.945), times(0.698), times([5.6, 11.2]), times(None)
    ('6.9', '0.70', '5.6 to 11', '-')
    """
    if isinstance(ratio, list):
        return f"{times(min(ratio))} to {times(max(ratio))}" if ratio else NONE
    if ratio is None:
        return NONE
    return f"{ratio:.2f}" if ratio < 1 else f"{ratio:.1f}" if ratio < 10 else f"{ratio:.0f}"


def digits(value, whole=False):
    """A figure to two digits, or whole.

    >>> digits(71160.0), digits(0.51), digits(4167, whole=True), digits(None)
    ('71,000', '0.51', '4,167', '-')
    """
    if value is None:
        return NONE
    return f"{value:,.0f}" if whole else f"{float(f'{value:.2g}'):,.10g}"


def with_ratio(value, ratio):
    """A figure, with its ratio in brackets if there is one."""
    return digits(value) if ratio is None else f"{digits(value)} ({times(ratio)}x)"
