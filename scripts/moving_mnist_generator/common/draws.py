"""Random numbers by (seed, variant, split, latent, index), and a sine and cosine that are the same everywhere.

Each latent of a variant's split (which digits, where they start, ...) has one endless table of uniform numbers, and
sequence i uses row i of it. Philox is a counter-based generator, so any row is reached at once: a sequence is the same
alone, in a batch, on another worker or in another order.

Only raw generator output is used, which numpy keeps stable across versions. Its distribution methods
(`Generator.random`, `.integers`, ...) carry no such promise.
"""

import hashlib
from typing import Any

import numpy as np

# Taylor terms, highest first, of sin and cos of a quarter turn times r, in r^2; the next one is below 2^-58.
SINE = (
    6.0669357311061955e-12, -6.688035109811468e-10, 5.692172921967927e-08, -3.598843235212085e-06,
    0.00016044118478735983, -0.004681754135318688, 0.07969262624616705, -0.6459640975062463, 1.5707963267948966,
)  # fmt: skip
COSINE = (
    6.565963114979473e-11, -6.386603083791852e-09, 4.710874778818172e-07, -2.5202042373060607e-05,
    0.0009192602748394266, -0.02086348076335296, 0.25366950790104803, -1.2337005501361697, 1.0,
)  # fmt: skip

NUMBERS_PER_COUNT = 4  # Philox 4x64 makes four 64-bit numbers for each count of its counter


def uniforms(
    seed: int, variant: str, split: str, latent: str, indices: np.ndarray, shape: tuple[int, ...]
) -> np.ndarray:
    """Uniform numbers of the sequences `indices`.

    Args:
        seed: int; variant, split, latent: str. Together they name the table.
        indices: (n,) int64, each >= 0.
        shape: tuple, what one sequence needs, such as (k, 4).

    Returns:
        (n, *shape) float64 in [0, 1), multiples of 2^-53.

    >>> rows = uniforms(0, "two_digits", "train", "digits", np.arange(5), (2,))
    >>> bool((uniforms(0, "two_digits", "train", "digits", np.array([3]), (2,)) == rows[3]).all())
    True
    """
    key = int.from_bytes(hashlib.sha256(f"{seed}/{variant}/{split}/{latent}".encode()).digest()[:16], "little")
    width = int(np.prod(shape, dtype=np.int64))
    raw = np.empty((len(indices), width), np.uint64)
    for begin, end in consecutive_runs(indices):
        raw[begin:end] = table_rows(key, int(indices[begin]), end - begin, width)
    return ((raw >> np.uint64(11)) * 2.0**-53).reshape(len(indices), *shape)


def consecutive_runs(indices):
    """(n,) int -> [(begin, end)] positions between which the indices count up by one."""
    breaks = np.flatnonzero(np.diff(indices) != 1) + 1
    return zip([0, *breaks.tolist()], [*breaks.tolist(), len(indices)], strict=True) if len(indices) else []


def table_rows(key, first, count, width):
    """Rows first .. first + count of the table that `key` names: (count, width) uint64."""
    start, skip = divmod(first * width, NUMBERS_PER_COUNT)
    philox = np.random.Philox(key=key, counter=start)
    return philox.random_raw(skip + count * width)[skip:].reshape(count, width)


def sine_cosine_of_turns(u: Any) -> tuple[np.ndarray, np.ndarray]:
    """sin and cos of 2 pi u: the same bits on every machine, within 2 units in the last place.

    numpy's own sin and cos depend on the processor and the maths library. This uses only operations that IEEE 754
    rounds exactly.

    Args:
        u: float or (...) float64, turns.

    Returns:
        sine, cosine: (...) float64.

    >>> [float(part) for part in sine_cosine_of_turns(1.0)]
    [0.0, 1.0]
    """
    quarters = 4.0 * np.asarray(u, dtype=np.float64)
    quarter = np.floor(quarters + 0.5)
    r = quarters - quarter  # exact, -0.5..0.5: an eighth of a turn either way
    sine, cosine = r * polynomial(SINE, r * r), polynomial(COSINE, r * r)
    quadrant = quarter.astype(np.int64) & 3
    odd = (quadrant & 1).astype(bool)
    return (
        np.where(odd, cosine, sine) * np.where(quadrant >= 2, -1.0, 1.0),
        np.where(odd, sine, cosine) * np.where((quadrant == 1) | (quadrant == 2), -1.0, 1.0),
    )


def polynomial(coefficients, x):
    """Horner's rule, highest coefficient first."""
    total = coefficients[0]
    for coefficient in coefficients[1:]:
        total = total * x + coefficient
    return total
