"""Tables as Markdown, for the README."""

from collections.abc import Iterable, Sequence


def markdown_table(head: Sequence[str], rows: Iterable[Iterable[object]]) -> str:
    """Markdown of a table.

    >>> print(markdown_table(("what", "times"), [("a|b", 2)]))
    | what | times |
    |---|---|
    | a\\|b | 2 |
    """
    lines = [[str(cell).replace("|", "\\|") for cell in line] for line in (head, *rows)]
    first, *others = (f"| {' | '.join(line)} |" for line in lines)
    return "\n".join([first, "|" + "---|" * len(head), *others])
