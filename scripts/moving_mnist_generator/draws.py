"""Random numbers by (seed, variant, split, latent, index).

Each latent of a variant's split (which digits, where they start, ...) owns one endless table of
uniform numbers, and sequence i owns row i of it. Philox counts instead of remembering, so any row is
reached at once: a sequence is the same alone, in a batch, on another worker or in another order.

Only raw generator output is used, which numpy keeps stable across versions; its distribution methods
(`Generator.random`, `.integers`, ...) carry no such promise.
"""

import hashlib

import numpy as np

NUMBERS_PER_COUNT = 4  # Philox 4x64 makes four 64-bit numbers for each count of its counter


def uniforms(seed, variant, split, latent, indices, shape):
    """Uniform numbers of the sequences `indices`.

    Args:
        seed: int; variant, split, latent: str. Together they name the table.
        indices: (n,) int64, each >= 0.
        shape: tuple, what one sequence needs, such as (k, 4).

    Returns:
        (n, *shape) float64 in [0, 1), multiples of 2^-53.
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
