"""Tables on a terminal."""


def print_table(title, rows):
    """Aligned, units on top."""
    units = units_of(rows)
    widths = [max(12, len(unit) + 2) for unit in units]
    print(f"\n{title}\n{'':44}" + "".join(f"{unit:>{width}}" for unit, width in zip(units, widths, strict=True)))
    for row in rows:
        figures = [figure(unit, row.get(unit)).rjust(width) for unit, width in zip(units, widths, strict=True)]
        print(f"{row['name']:44}{''.join(figures)}{row.get('note', '')}".rstrip(), flush=True)


def units_of(rows):
    """Units of all figures, in the order in which they appear."""
    return list(dict.fromkeys(key for row in rows for key in row if key not in ("name", "note")))


def figure(unit, value):
    """A ratio with two decimals; anything else as a whole number, or with two digits if it is small; None as nothing.

    >>> figure("x plain loop", 6.942), figure("sequences/s", 71160.0), figure("seconds", 1.234), figure("GB", None)
    ('6.94', '71,160', '1.2', '')
    """
    if value is None:
        return ""
    if unit.startswith("x "):
        return f"{value:.2f}"
    return f"{value:,.0f}" if value >= 10 else f"{value:.2g}"
