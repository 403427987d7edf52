"""Factors that go one way for 5 frames and back for 5, as in MovingMNIST++ (the HKO-7 benchmark's generator)."""

import numpy as np

PERIOD = 5  # frames until a factor turns back


def exponents(num_frames: int) -> np.ndarray:
    """The power of the factor in each frame: 0 1 2 3 4 3 2 1 0 -1 0 1 ... (t,) int."""
    steps = [0, *(1 if t // PERIOD % 2 == 0 else -1 for t in range(1, num_frames))]
    return np.cumsum(steps)


def powers(factor: np.ndarray, exponents: np.ndarray) -> np.ndarray:
    """(...) to the whole powers (t,) -> (..., t) float64, the same bits for the same power."""
    factor, most = factor.astype(np.float64)[..., None], int(np.abs(exponents).max(initial=0))
    steps = np.ones((*factor.shape[:-1], 2 * most + 1))
    steps[..., 1 : most + 1] = factor
    steps[..., most + 1 :] = 1 / factor
    # Products one by one: the last bit of a power depends on the maths library.
    steps[..., : most + 1] = np.multiply.accumulate(steps[..., : most + 1], axis=-1)
    steps[..., most + 1 :] = np.multiply.accumulate(steps[..., most + 1 :], axis=-1)
    return steps[..., np.where(exponents < 0, most - exponents, exponents)]
