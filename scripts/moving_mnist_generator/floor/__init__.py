"""The floor: the lowest error that a forecast from past frames can have.

    expected   the mean picture under all starts and velocities that agree with the past. No forecast that sees only
               the past has a lower expected squared error: below it is a leak, or another test set.
    likeliest  each digit at its most probable corner of each frame: sharp, and a higher squared error.

The prior is the recipe's own: uniform starts and directions, and uniform speeds where a variant has a range. The
integral over them is exact up to rounding, see `prior` and `posterior`.

Not for variants whose digits change their look, or that draw anything after the start.
"""

from .forecasts import KINDS, floor_forecast, forecast_corners
from .prior import has_floor, variants_with_floor

__all__ = ["KINDS", "floor_forecast", "forecast_corners", "has_floor", "variants_with_floor"]
