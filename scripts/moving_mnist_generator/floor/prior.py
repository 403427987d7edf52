"""What a recipe draws before the first frame: which variants have a floor, and the velocities that they can draw.

Velocities are in pixels a frame, (row, col). A variant draws a direction uniformly; its speed is fixed, or uniform
between two bounds.

Velocities are cut into cells at the fractions a / b of a pixel, b frames at most. Where a digit stands in a frame
changes at whole (or half) pixels alone, so two starts that a pixel border separates exchange their order only where
the velocity times a number of frames is whole. Within a cell nothing changes but the lengths of intervals of starts,
and these are linear in the velocity: a few Gauss-Legendre nodes a cell integrate over it.
"""

from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np

from ..common.checks import InputError
from ..core.variants import VARIANTS, Variant
from ..motions import MOTIONS

NODES_PER_CELL = 2
FINEST = 40  # frames that cells resolve: in longer sequences, what changes within a cell is averaged over its nodes


@dataclass(frozen=True)
class Grid:
    """Where the corners of a motion change, and when its first frame is.

    border: of two pixels, from the lower one's corner, in pixels: 0 truncates, -0.5 rounds to the nearest
    steps_before: between the start and frame 0
    fraction: of a pixel, of which the borders and the ends of the free range are whole multiples
    """

    border: float
    steps_before: int
    fraction: int


GRIDS = {"srivastava": Grid(0.0, 1, 1), "tfds": Grid(-0.5, 0, 2)}


def has_floor(variant: Variant) -> bool:
    """Whether digits are whole copies under maximum overlap, and nothing is drawn after the start.

    >>> has_floor(VARIANTS["two_digits"]), has_floor(VARIANTS["rotating"])
    (True, False)
    """
    return variant.motion in GRIDS and not variant.looks and not variant.overhang


def check_floor(variant: Variant) -> None:
    """Refuse a variant that has no floor."""
    if not has_floor(variant):
        rule = f"one of whole digits and no chance after the start ({', '.join(variants_with_floor())})"
        raise InputError(f"variant must be {rule}, not {variant.name}")


def variants_with_floor() -> list[str]:
    """The names of the published variants that have a floor."""
    return [name for name, variant in VARIANTS.items() if has_floor(variant)]


@dataclass(frozen=True)
class Prior:
    """What is known before any frame is seen.

    motion: one of GRIDS; free: free range, pixels (rows, cols); past, frames: numbers of frames
    lowest, highest: speeds in pixels a frame (along rows, along cols) if the direction is that of an axis
    nodes: Gauss-Legendre nodes a cell
    """

    motion: str
    free: tuple[int, int]
    past: int
    frames: int
    lowest: tuple[float, float]
    highest: tuple[float, float]
    nodes: int = NODES_PER_CELL

    @property
    def grid(self) -> Grid:
        return GRIDS[self.motion]

    def borders(self, frames: int) -> np.ndarray:
        """Sorted velocities of one axis, pixels a frame, between which corners of so many frames are alike."""
        most, found = max(self.highest), []
        for frame in range(1, frames + 1):
            whole = self.grid.fraction * frame
            found.append(np.arange(np.ceil(most * whole) + 1) / whole)
        positive = np.unique(np.concatenate(found))
        return np.concatenate([-positive[:0:-1], positive])

    @cached_property
    def all_borders(self) -> np.ndarray:
        """(c + 1,) float64: the cells of one axis in all frames, parts of the past cells."""
        return self.borders(max(self.past, min(self.frames, FINEST)))

    @cached_property
    def past_borders(self) -> np.ndarray:
        """(v + 1,) float64: the cells of one axis in the past frames."""
        return self.borders(self.past)

    @cached_property
    def past_middles(self) -> np.ndarray:
        """(v,) float64: the middles of these cells."""
        return (self.past_borders[1:] + self.past_borders[:-1]) / 2

    @cached_property
    def rule(self) -> tuple[np.ndarray, np.ndarray]:
        """Nodes in 0..1 and their weights of sum 1, (nodes,) float64 each."""
        nodes, weights = np.polynomial.legendre.leggauss(self.nodes)
        return (nodes + 1) / 2, weights / 2

    def past_cell(self, velocity: np.ndarray) -> np.ndarray:
        """The past cell of each velocity along an axis."""
        return np.searchsorted(self.past_borders, velocity) - 1

    @cached_property
    def arcs(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Cells of angles: borders (a + 1,) in radians, and the past cells (a,) of row and column they are in."""
        rows, cols = (self.all_borders / most for most in self.highest)
        sine, cosine = np.arcsin(rows[abs(rows) <= 1]), np.arccos(cols[abs(cols) <= 1])
        ends = [0, 2 * np.pi]
        borders = np.unique(np.concatenate([sine, np.pi - sine, cosine, -cosine, ends]) % (2 * np.pi))
        borders = np.append(borders, 2 * np.pi)
        middles = (borders[1:] + borders[:-1]) / 2
        row, col = self.past_cell(self.highest[0] * np.sin(middles)), self.past_cell(self.highest[1] * np.cos(middles))
        return borders, row, col

    @cached_property
    def ring(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Cells of one axis: borders (c + 1,), their past cells (c,). And the past cells that hold speeds, (v, v)."""
        borders = self.all_borders
        parents = self.past_cell((borders[1:] + borders[:-1]) / 2)
        least, most = np.sort(np.abs([self.past_borders[1:], self.past_borders[:-1]]), axis=0)
        nearest, farthest = np.hypot.outer(least, least), np.hypot.outer(most, most)
        return borders, parents, (nearest < self.highest[0]) & (farthest > self.lowest[0])

    def velocities(self, misses: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The velocities that agree best with the past.

        Args:
            misses: (v, 2) int, past corners that no start explains, for each past cell of the row and the column.

        Returns:
            (m, 2) float64, pixels a frame; (m,) float64, their weights under the prior.
        """
        return self.on_arcs(*misses.T) if self.lowest == self.highest else self.in_ring(*misses.T)

    def on_arcs(self, row_misses, col_misses):
        """`velocities` of one speed."""
        borders, rows, cols = self.arcs
        misses = row_misses[rows] + col_misses[cols]
        kept = np.flatnonzero(misses == misses.min())
        first, width = borders[kept, None], np.diff(borders)[kept, None]
        angles, weights = (first + width * self.rule[0]).ravel(), (width * self.rule[1]).ravel()
        return np.stack([self.highest[0] * np.sin(angles), self.highest[1] * np.cos(angles)], axis=-1), weights

    def in_ring(self, row_misses, col_misses):
        """`velocities` of a range of speeds: uniform in direction and speed is 1 / speed a square pixel."""
        borders, parents, reached = self.ring
        misses = np.where(reached, np.add.outer(row_misses, col_misses), np.iinfo(np.int64).max)
        best = misses == misses.min()
        rows, cols = np.flatnonzero(best.any(1)[parents]), np.flatnonzero(best.any(0)[parents])
        row, col = np.nonzero(best[parents[rows]][:, parents[cols]])
        row, col = rows[row], cols[col]
        row_nodes, row_weights = self.inside(borders[row], borders[row + 1], borders[col], borders[col + 1])
        col_nodes, col_weights = self.inside(borders[col, None], borders[col + 1, None], row_nodes, row_nodes)
        row_nodes = np.broadcast_to(row_nodes[..., None], col_nodes.shape)
        weights = row_weights[..., None] * col_weights
        weights = weights / np.hypot(row_nodes, col_nodes)
        return np.stack([row_nodes.ravel(), col_nodes.ravel()], axis=-1), weights.ravel()

    def inside(self, low, high, other_low, other_high):
        """Nodes of one axis between low and high, where the other axis can make a speed of the range.

        Args:
            low, high, other_low, other_high: (...) float64, pixels a frame, cells that do not hold 0 within.

        Returns:
            nodes, weights: (..., nodes) float64 each.
        """
        sign = np.where(low + high < 0, -1, 1)
        near, far = np.minimum(abs(low), abs(high)), np.maximum(abs(low), abs(high))
        other = np.sort(np.abs(np.stack(np.broadcast_arrays(other_low, other_high))), axis=0)
        near = np.maximum(near, np.sqrt(np.maximum(self.lowest[0] ** 2 - other[1] ** 2, 0)))
        far = np.minimum(far, np.sqrt(np.maximum(self.highest[0] ** 2 - other[0] ** 2, 0)))
        width = np.maximum(far - near, 0)[..., None]
        nodes = near[..., None] + width * self.rule[0]
        return np.asarray(sign)[..., None] * nodes, width * self.rule[1]


@lru_cache(maxsize=8)
def prior_of(variant: Variant, size: tuple[int, int], past: int, future: int, nodes: int = NODES_PER_CELL) -> Prior:
    """The Prior of a variant whose digits have a size, pixels (rows, cols).

    Raises:
        InputError: a variant that has no floor, or digits that have no room to move.

    >>> prior_of(VARIANTS["fast"], (28, 28), past=10, future=10).highest
    (7.2, 7.2)
    """
    check_floor(variant)
    rows, cols = np.subtract(variant.frame_size, size).tolist()
    if min(rows, cols) < 1:
        raise InputError(f"variant must have digits with room to move on both axes, not {variant.name}")
    step = MOTIONS[variant.motion].speed
    lowest = highest = (step * rows, step * cols)
    if variant.speed is not None:
        lowest, highest = ((float(speed),) * 2 for speed in variant.speed)
    return Prior(variant.motion, (rows, cols), past, past + future, lowest, highest, nodes)
