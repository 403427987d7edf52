"""Place known digits in one frame in every way that is possible."""

import itertools
from collections.abc import Mapping

import numpy as np

MOST_TRIES = 20_000  # placements of a digit that are looked at for one sequence
MOST_WAYS = 512  # ways to explain one frame that are kept
Corner = tuple[int, int]  # (row, col), pixels
Way = tuple[Corner, ...]  # of k digits in one frame


class TooMany(Exception):
    """A frame has more possibilities than are tried."""


class FrameSolver:
    """Ways to place the digits of a sequence in its frames.

    images: (k, h, w) uint8
    """

    def __init__(self, images: np.ndarray) -> None:
        self.images = images
        self.tries = 0
        same = [next(i for i, other in enumerate(images) if np.array_equal(other, image)) for image in images]
        self.kinds = same  # equal digits are one kind: which of them stands where makes no difference
        self.counts = {kind: np.bincount(images[kind].ravel(), minlength=256) for kind in set(same)}
        self.pixels: dict[tuple[int, int], np.ndarray] = {}

    def ways(self, frame: np.ndarray, sure: Mapping[int, Corner] | None = None) -> list[Way]:
        """Every way to explain a frame: for each, k corners. Equal digits exchange places.

        Args:
            frame: (H, W) uint8.
            sure: {position of a digit: its corner} of those that can be nowhere else.

        Raises:
            TooMany: there are more than are tried.
        """
        placed = [(self.kinds[digit], corner) for digit, corner in (sure or {}).items()]
        paint = np.zeros_like(frame)
        for kind, corner in placed:
            if not self._fits(frame, kind, corner):
                return []
            paint = self._over(paint, kind, corner)
        found: set[Way] = set()
        self._extend(frame, paint, placed, found)
        return sorted(found)

    def over(self, frame: np.ndarray, paint: np.ndarray) -> bool:
        """Whether the digits explain a frame (H, W) uint8 together with what is painted, (H, W) uint8, already."""
        found: set[Way] = set()
        self._extend(frame, paint, [], found)
        return bool(found)

    def _extend(self, frame, paint, placed, found):
        """Add to `found` all ways that begin with `placed`, [(kind, corner)], which look like `paint`."""
        left = list(self.kinds)
        for kind, _ in placed:
            left.remove(kind)
        rows, cols = np.nonzero(frame != paint)
        if not len(rows):
            self._hide(frame, placed, left, found)
            return
        if not left:
            return
        values = frame[rows, cols]
        rarest = np.sum([self.counts[kind] for kind in set(left)], axis=0)[values].argmin()
        row, col, value = int(rows[rarest]), int(cols[rarest]), int(values[rarest])
        for kind in sorted(set(left)):
            for r, c in self._with_value(kind, value):
                corner = (row - int(r), col - int(c))
                if self._fits(frame, kind, corner):
                    self._extend(frame, self._over(paint, kind, corner), [*placed, (kind, corner)], found)

    def _with_value(self, kind, value):
        if (kind, value) not in self.pixels:
            self.pixels[kind, value] = np.argwhere(self.images[kind] == value)
        return self.pixels[kind, value]

    def _hide(self, frame, placed, left, found):
        """The frame is explained; the digits that are left can be wherever they are nowhere brighter."""
        places = {kind: self._hidden(frame, kind) for kind in set(left)}
        for corners in itertools.product(*(places[kind] for kind in left)):
            all_placed = [*placed, *zip(left, corners, strict=True)]
            kinds = {kind: [corner for k, corner in all_placed if k == kind] for kind in set(self.kinds)}
            for orders in itertools.product(*(set(itertools.permutations(each)) for each in kinds.values())):
                queues = {kind: list(order) for kind, order in zip(kinds, orders, strict=True)}
                found.add(tuple(queues[kind].pop(0) for kind in self.kinds))
            if len(found) > MOST_WAYS:
                raise TooMany

    def _hidden(self, frame, kind):
        """All corners at which a digit is nowhere brighter than a frame."""
        image = self.images[kind]
        rows, cols = np.nonzero(image)
        room = np.subtract(frame.shape, image.shape) + 1
        fits = np.ones(room, bool)
        for row, col in zip(rows.tolist(), cols.tolist(), strict=True):
            fits &= frame[row : row + room[0], col : col + room[1]] >= image[row, col]
        return [(int(row), int(col)) for row, col in np.argwhere(fits)]

    def _fits(self, frame, kind, corner):
        """Whether a digit at a corner lies inside a frame and is nowhere brighter."""
        self.tries += 1
        if self.tries > MOST_TRIES:
            raise TooMany
        (row, col), (height, width) = corner, self.images.shape[1:]
        if not (0 <= row <= frame.shape[0] - height and 0 <= col <= frame.shape[1] - width):
            return False
        return bool((self.images[kind] <= frame[row : row + height, col : col + width]).all())

    def _over(self, paint, kind, corner):
        (row, col), (height, width), both = corner, self.images.shape[1:], paint.copy()
        part = both[row : row + height, col : col + width]
        np.maximum(part, self.images[kind], out=part)
        return both
