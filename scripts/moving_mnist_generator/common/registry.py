"""A table of rows by name, which knows the rows that were added to it while Python runs.

Worker processes import the package anew, so they know the rows of its files alone. Rows that a program has added (a
look of its own, say) are sent along; their functions must be importable by name.
"""


class Table(dict):
    """{name: row}; the rows that it is made with are built in.

    >>> table = Table(red=1)
    >>> table["blue"] = 2
    >>> table.added()
    {'blue': 2}
    """

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.built_in = frozenset(self)

    def added(self):
        """The rows that are not built in, as a dict."""
        return {name: row for name, row in self.items() if name not in self.built_in}
