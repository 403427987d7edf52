"""Read predictions of a model from a file, or make those of a baseline, piece by piece beside the truth.

s samples, n sequences, t frames, H W pixels.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..common.checks import InputError, path_or_name, plain_urls, room_for, whole_number
from ..common.npy import Npz, mapped
from ..recovery.frames import NotExplained
from .baselines import BASELINES, forecast
from .measures import LEVELS

if TYPE_CHECKING:  # importing it takes a second
    from ..sources.source import Source

ORDERS = ("ntHW", "tnHW", "sntHW", "nstHW", "stnHW")
SAME_LEVEL = 1.5 / LEVELS  # past frames in a prediction are those of the truth, but for rounding to a level
Pieces = Iterator[tuple[np.ndarray, np.ndarray]]  # (predictions, the truth's frames) of a few sequences at a time


@dataclass(frozen=True)
class BaselineForecasts:
    """Forecasts of a baseline."""

    name: str
    num_samples = None

    def check(self, source: "Source", past: int) -> None:
        """Refuse a source or a past that the baseline cannot use."""
        baseline = BASELINES[self.name]
        if baseline.annotated and not source.annotated:
            raise InputError(f"{self.name} must have the annotations of a variant, and {source.name} has none")
        if past < baseline.least_past:
            raise InputError(f"{self.name} must have at least {baseline.least_past} past frames, not {past}")

    def pieces(self, source: "Source", past: int) -> Pieces:
        """Yields (predictions, truth's frames) of a few sequences at a time."""
        baseline = BASELINES[self.name]
        for rows in source.rows():
            annotated = rows.annotated() if baseline.annotated or (baseline.recipe and source.annotated) else None
            try:
                ahead = forecast(self.name, rows.frames[:, :past], source.shape[0] - past, annotated)
            except NotExplained as error:
                place = f"sequence {rows.first + error.position} of {source.name}"
                raise InputError(f"{place} must show digits that {self.name} knows: {error.why}") from None
            yield ahead, rows.frames

    def described(self) -> dict[str, Any]:
        """For the result."""
        return {"baseline": self.name}


@dataclass(frozen=True, eq=False)
class ArrayForecasts:
    """Predictions in an array, which may be a memory map.

    values: (n, t, H, W) or (s, n, t, H, W), t the frames to predict, or the past frames and those.
    """

    name: str
    values: np.ndarray
    order: str

    def check(self, source: "Source", past: int) -> None:
        """Refuse shapes that do not go with the source."""
        total, *size = source.shape
        *_, n, t, height, width = self.values.shape
        count = source.num_sequences
        if (height, width) == tuple(size) and t in (total - past, total) and n == count:
            return
        rule = f"({count}, {total - past} or {total}, {size[0]}, {size[1]})"
        advice = ""
        if t == count and n in (total - past, total):
            advice = f"; is the order of axes tnHW, not {self.order}?"
        raise InputError(
            f"{self.name} must be {rule}, the frames after {past} past ones or all, for {source.name} {source.split}, "
            f"not {(n, t, height, width)}{advice}"
        )

    def pieces(self, source: "Source", past: int) -> Pieces:
        """Yields (predictions, truth's frames) of a few sequences at a time."""
        for rows in source.rows():
            yield check_past(self.name, self.values_of(rows.first, len(rows.frames)), rows.frames, past), rows.frames

    def values_of(self, first: int, count: int) -> np.ndarray:
        """The predictions of `count` sequences from `first` on, as they are in the file."""
        return self.values[..., first : first + count, :, :, :]

    @property
    def num_samples(self) -> int | None:
        return len(self.values) if self.values.ndim == 5 else None

    def described(self) -> dict[str, Any]:
        """For the result."""
        return {"source": self.name, "shape": list(self.values.shape), "dtype": str(self.values.dtype)}


@dataclass(frozen=True, eq=False)
class RowForecasts:
    """Predictions in the column image_sequence of a folder or a dataset."""

    source: "Source"
    num_samples = None

    @property
    def name(self) -> str:
        return self.source.name

    def check(self, source: "Source", past: int) -> None:
        """Refuse shapes that do not go with the source."""
        total, *size = source.shape
        t, *own_size = self.source.shape
        if own_size != size or t not in (total - past, total) or self.source.num_sequences != source.num_sequences:
            raise InputError(
                f"{self.source.name} must be ({source.num_sequences}, {total - past} or {total}, {size[0]}, "
                f"{size[1]}), the frames after {past} past ones or all, for {source.name} {source.split}, "
                f"not {(self.source.num_sequences, *self.source.shape)}"
            )

    def pieces(self, source: "Source", past: int) -> Pieces:
        """Yields (predictions, truth's frames) of a few sequences at a time."""
        predicted = (sequence for rows in self.source.rows() for sequence in rows.frames)
        for rows in source.rows():
            values = np.stack(list(islice(predicted, len(rows.frames))))
            yield check_past(self.name, values, rows.frames, past), rows.frames

    def values_of(self, first: int, count: int) -> np.ndarray:
        """The predictions of `count` sequences from `first` on, as they are in the file."""
        return self.source.frames(first, first + count)

    def described(self) -> dict[str, Any]:
        """For the result."""
        return {"source": self.source.name, "split": self.source.split}


def open_forecasts(name: Any, order: str = "ntHW", split: str = "test") -> ArrayForecasts | RowForecasts:
    """Predictions in a file or a dataset.

    Args:
        name: an npy file (memory-mapped), an npz file with one array, or what `open_source` takes.
        order: the order of axes in an npy or npz file, one of ORDERS.
        split: of a folder or a dataset.

    Raises:
        InputError: no such file, a file of another kind, other axes than `order` says.
    """
    from ..sources.opening import DOWNLOADED, downloaded, open_source

    place = str(path_or_name("predictions", name))
    path = downloaded(place) if DOWNLOADED.match(place) else Path(place).expanduser()
    if path.suffix not in (".npy", ".npz"):
        return RowForecasts(open_source(name, split))
    if not path.is_file():
        raise InputError(f"{name} must be a file of predictions, and there is none")
    values = mapped(path) if path.suffix == ".npy" else array_of_npz(path)
    if order not in ORDERS:
        raise InputError(f"order must be one of {', '.join(ORDERS)}, not {order}")
    if values.ndim != len(order):
        raise InputError(f"{name} must have the axes {order}, not shape {values.shape}")
    target = "sntHW" if "s" in order else "ntHW"
    return ArrayForecasts(plain_urls(str(name)), values.transpose([order.index(axis) for axis in target]), order)


def array_of_npz(path: Path) -> np.ndarray:
    """The one array of an npz file; its declared size is checked before it is unpacked."""
    with Npz(path) as arrays:
        if len(arrays.names) != 1:
            names = ", ".join(arrays.names) or "none"
            raise InputError(f"{path} must hold one array, the predictions, not {names!s:.200}")
        room_for(f"{path}", arrays.size(arrays.names[0]))
        return arrays.read(arrays.names[0])


def check_past_frames(source: "Source", past: int) -> int:
    """Refuse a past that leaves no frame to predict, and return it as int."""
    past = whole_number("past", past, 1)
    if past >= source.shape[0]:
        raise InputError(f"past must be below the {source.shape[0]} frames of {source.name}, not {past}")
    return past


def check_past(name: str, values: np.ndarray, frames: np.ndarray, past: int) -> np.ndarray:
    """The frames to be scored; where predictions begin with the past, refuse another past than the truth's."""
    if values.shape[-3] == frames.shape[1] - past:
        return values
    given, true = np.asarray(values[..., :past, :, :], np.float32), frames[:, :past] / np.float32(LEVELS)
    error = np.abs((given / LEVELS if values.dtype == np.uint8 else given) - true).max()
    if not error <= SAME_LEVEL:
        raise InputError(
            f"{name} must begin with the {past} past frames of the truth, or leave them out, but a pixel of them "
            f"differs by {error:.3g}: check the order of sequences and of axes, and that 1 is white"
        )
    return values[..., past:, :, :]
