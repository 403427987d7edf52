"""How a stream is shared out: parts of a whole, and parts of parts, without a list of indices."""

from dataclasses import dataclass

import numpy as np

from ..common.checks import LARGEST

ENDLESS = LARGEST // 2  # sequences: 73,000 years at a million per second; half, so that `start` can be as large


@dataclass(frozen=True)
class Part:
    """A stream, or one of `count` parts of a whole. The parts take turns in blocks of `batch` sequences.

    size:  sequences in this part
    batch: sequences in a block
    whole: the Part that was split; None if this is the stream itself
    count, index: this is part `index` of `count`

    What is left after the last full round is cut into `count` runs, so that sizes differ by at most one.

    >>> first, second = (Part(22, 4).split(2, index) for index in range(2))
    >>> first.in_stream(np.arange(first.size)).tolist()
    [0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18]
    """

    size: int
    batch: int
    whole: "Part | None" = None
    count: int = 1
    index: int = 0

    def split(self, count: int, index: int) -> "Part":
        """Part `index` of `count` parts of this one."""
        rounds, rest = divmod(self.size, count * self.batch)
        run = rest * (index + 1) // count - rest * index // count
        return Part(rounds * self.batch + run, self.batch, self, count, index)

    def block(self, position: int) -> np.ndarray:
        """The positions from `position` to the end of its block, (n,) int64, in this part."""
        return np.arange(position, min(position - position % self.batch + self.batch, self.size))

    def in_stream(self, positions: np.ndarray) -> np.ndarray:
        """(n,) int64 positions in this part -> (n,) int64 positions in the stream."""
        if self.whole is None:
            return positions
        rounds, rest = divmod(self.whole.size, self.count * self.batch)
        block, offset = np.divmod(positions, self.batch)
        in_turn = (block * self.count + self.index) * self.batch + offset
        in_run = rounds * self.count * self.batch + rest * self.index // self.count + positions - rounds * self.batch
        return self.whole.in_stream(np.where(block < rounds, in_turn, in_run))

    def __str__(self):
        """How a saved state names the part: another size, batch or share is another stream."""
        if self.whole is None:
            return f"{'endless' if self.size == ENDLESS else self.size} by {self.batch}"
        return f"part {self.index} of {self.count} of {self.whole}"
