"""Predictions of a model beside the truth, row by row."""

from dataclasses import replace

import numpy as np

from ..common.checks import InputError
from ..evaluation.forecasts import ArrayForecasts, check_past, check_past_frames, open_forecasts

GREYS = 255  # of white


def beside(pieces, source, name, past, order="ntHW"):
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
        values = values_of(forecasts, shown)
        future = as_greys(check_past(str(name), values, shown.frames, past))
        predictions = np.concatenate([shown.frames[:, :past], future], axis=1)
        columns = {**shown.columns, "mse": squared_errors(shown.frames, predictions, past)}
        yield replace(shown, predictions=predictions, past=past, columns=columns)


def values_of(forecasts, shown):
    """The predictions of the rows of Shown, as they are in their file."""
    first, stop = shown.first, shown.first + len(shown)
    if isinstance(forecasts, ArrayForecasts):
        values = forecasts.values[..., first:stop, :, :, :]
        found = values.shape[-4]
    else:
        values = np.empty((0, *forecasts.source.shape), np.uint8)
        for frames, _, _ in forecasts.source.rows(first):
            values = np.concatenate([values, frames[: len(shown) - len(values)]])
            if len(values) == len(shown):
                break
        found = len(values)
    if found < len(shown):
        raise InputError(f"predictions must be of all rows up to {stop}, and are of {first + found}")
    return np.asarray(values)


def as_greys(values):
    """uint8, or numbers with 1 as white -> uint8. What is no number is black."""
    if values.dtype == np.uint8:
        return values
    return np.rint(np.clip(np.nan_to_num(values.astype(np.float32)), 0, 1) * GREYS).astype(np.uint8)


def squared_errors(frames, predictions, past):
    """List of n floats: the `mse` of the protocol `recommended`, from predictions rounded to greys."""
    difference = (frames[:, past:].astype(np.float32) - predictions[:, past:]) / GREYS
    return [round(float(value), 3) for value in (difference**2).sum((2, 3)).mean(1)]
