"""Predictions of a model beside the truth, row by row."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

import numpy as np

from ..evaluation.forecasts import check_past, check_past_frames, open_forecasts
from ..sources.source import Source
from .rows import Shown

GREYS = 255  # of white


def beside(pieces: Iterable[Shown], source: Source, name: str, past: int, order: str = "ntHW") -> Iterator[Shown]:
    """Yields the same Shown with predictions.

    Args:
        pieces: iterable of Shown; source: the Source that they are rows of.
        name: what `open_forecasts` takes, for all rows of the source; order: of the axes of an npy or npz.
        past: int, frames that the model has seen.

    Raises:
        InputError: predictions of another shape, or of several samples; no frame after the past.
    """
    check_past_frames(source, past)
    forecasts = open_forecasts(name, order, source.split)
    forecasts.check(source, past)
    for shown in pieces:
        values = forecasts.values_of(shown.first, len(shown))
        future = as_greys(check_past(str(name), values, shown.frames, past))
        predictions = np.concatenate([shown.frames[:, :past], future], axis=1)
        columns = {**shown.columns, "mse": squared_errors(shown.frames, predictions, past)}
        yield replace(shown, predictions=predictions, past=past, columns=columns)


def as_greys(values):
    """uint8, or numbers with 1 as white -> uint8. What is no number is black."""
    if values.dtype == np.uint8:
        return values
    return np.rint(np.clip(np.nan_to_num(values.astype(np.float32)), 0, 1) * GREYS).astype(np.uint8)


def squared_errors(frames, predictions, past):
    """List of n floats: the `mse` of the protocol `recommended`, from predictions rounded to greys."""
    difference = (frames[:, past:].astype(np.float32) - predictions[:, past:]) / GREYS
    return [round(float(value), 3) for value in (difference**2).sum((2, 3)).mean(1)]
