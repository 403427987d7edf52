"""Rows of the dataset -> Sequences, by their own columns, without the generator's randomness."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from ..common.checks import InputError, in_short, one_of
from ..common.names import SPLITS
from ..core.painting import paint
from ..core.scenes import Scene, scene_of, usable_digits
from ..core.sequences import Sequences, usable_sequences
from ..core.variants import Variant, find_variant
from ..digits.loading import Digits
from ..digits.pools import Pool
from ..looks import looks_of
from ..rows.columns import IMAGE_SEQUENCE, columns_of, sizes_of

NO_FRAMES = np.empty((0, 0, 0, 0), np.uint8)  # until they are read or painted


def from_rows(
    rows: Mapping[str, Any] | Iterable[Mapping[str, Any]],
    variant: str | Variant,
    split: str,
    *,
    digits: Digits | None = None,
) -> Sequences:
    """Rebuild Sequences from rows of the dataset.

    Args:
        rows: as datasets gives them: columns by name (`dataset[3:7]`), one row (`dataset[3]`), or a list of rows;
            pictures or arrays, lists or numpy. Without `image_sequence` the frames are painted,
            without noise.
        variant: name of one of VARIANTS, or a Variant; split: "train", "validation" or "test". Rows of `authors` are
            "test" of "two_digits".
        digits: Digits that the rows were made from; None, the embedded MNIST.

    Returns:
        Sequences. velocities_in_force and hits are None: they are no columns, and nothing here needs them.
        `generate(variant, split, rows["sequence_id"], seed=...)` has them.

    Raises:
        InputError: a column that is missing or does not fit the variant; digits that are not those of the split.

    >>> from moving_mnist_generator import Recipe, truth
    >>> columns = Recipe("two_digits", "train").columns(range(2))
    >>> truth.from_rows(columns, "two_digits", "train").frames.shape
    (2, 20, 64, 64)
    """
    variant = find_variant(variant)
    one_of("split", split, SPLITS)
    columns, sizes = as_columns(rows), sizes_of(variant)
    held = {name: column for name, column in columns_of(variant).items() if column.values is None}
    if missing := set(held) - set(columns):
        raise InputError(f"rows of {variant.name} must have columns {', '.join(sorted(missing))}")
    counts = {name: length(name, columns[name]) for name in (*held, IMAGE_SEQUENCE) if name in columns}
    if len(set(counts.values())) > 1:
        raise InputError(f"columns of {variant.name} must have one length, not {in_short(counts)}")
    values = {name: as_array(name, columns[name], column.dtype, column.shape(sizes)) for name, column in held.items()}
    fields = {look.column.name: field for field, look in looks_of(variant).items() if look.column}
    drawn = {fields[name]: values.pop(name) for name in fields}
    sequences = Sequences(variant, split, frames=NO_FRAMES, velocities_in_force=None, hits=None, drawn=drawn, **values)
    scene, _, _ = pool_of(sequences, digits, own_split=True)  # refuses digits of another source or split
    check_within(sequences, scene)
    if IMAGE_SEQUENCE in columns:
        return replace(sequences, frames=as_frames(columns[IMAGE_SEQUENCE], variant))
    return replace(sequences, frames=repaint(sequences, digits=digits))


def repaint(sequences: Sequences, *, digits: Digits | None = None) -> np.ndarray:
    """Paint the frames again, from what columns say alone: (n, t, H, W) or (n, t, H, W, 3) uint8.

    Noise is no column, so these frames are clean.

    >>> from moving_mnist_generator import generate
    >>> sequences = generate("plus_plus", "test", range(2))
    >>> bool((repaint(sequences) == sequences.frames).all())
    True
    """
    scene, pool, chosen = pool_of(sequences, digits)
    published = {field for field, look in scene.looks.items() if look.column}
    drawn = {field: values for field, values in sequences.drawn.items() if field in published}
    return paint(scene, pool, chosen, sequences.positions.astype(np.int64), drawn)


def pool_of(sequences: Sequences, digits: Digits | None, *, own_split: bool = False) -> tuple[Scene, Pool, np.ndarray]:
    """The Scene of sequences, the Pool that they draw from, and which of its digits they show: (n, k) int64.

    It is that of their split. Sequences of `from_frames` may show any digit of the split's file: unless `own_split`,
    it is that of the whole file where the split's own lacks one.
    """
    sequences, digits = usable_sequences(sequences), usable_digits(digits)
    scene = scene_of(sequences.variant, digits)
    for whole_file in (False,) if own_split else (False, True):
        pool = digits.pool(sequences.split, scene.digit_size, whole_file=whole_file)
        chosen = sequences.digit_ids.astype(np.int64) - pool.first
        within = chosen.size == 0 or (chosen.min() >= 0 and chosen.max() < len(pool.images))
        if within and np.array_equal(pool.labels[chosen], sequences.labels):
            return scene, pool, chosen
    raise InputError(f"digit_ids and labels must be those of the {sequences.split} split of these digits")


def check_within(sequences: Sequences, scene: Scene) -> None:
    """Refuse columns that no sequence of the variant can have: digits elsewhere, looks beyond their bounds."""
    variant = sequences.variant
    hidden = np.subtract(scene.space, variant.frame_size)  # by which a camera's frame may be further down or right
    bounds = {"positions": (-variant.overhang - hidden, scene.free - variant.overhang)}
    for look in scene.looks.values():
        if look.column and look.bounds:
            bounds[look.column.name] = look.bounds(variant)
    for name, (least, most) in bounds.items():
        values = getattr(sequences, name)
        right = (values >= least) & (values <= most)
        if not right.all():
            ends = (np.broadcast_to(each, values.shape)[~right].flat[0] for each in (least, most))
            raise InputError(f"{name} must be in {'..'.join(map(str, ends))}, not {values[~right].flat[0]}")


def as_columns(rows: Any) -> Mapping[str, Any]:
    """Columns by name, one row, or rows one after another -> {name: list or array of n}."""
    rule = "rows must be columns by name, a row, or a list of rows that have the same columns"
    if isinstance(rows, Mapping):
        if as_plain_array("sequence_id", rows.get("sequence_id", [])).ndim > 0:
            return rows
        rows = [rows]
    if not np.iterable(rows) or isinstance(rows, (str, bytes)):
        raise InputError(f"{rule}, not {in_short(rows)}")
    found: list[Mapping[str, Any]] = []
    for row in rows:  # one by one: a range may be longer than any list
        if not isinstance(row, Mapping) or (found and set(row) != set(found[0])):
            raise InputError(f"{rule}, not {in_short(row)}")
        found.append(row)
    return {name: [row[name] for row in found] for name in (found[0] if found else ())}


def length(name: str, column: Any) -> int:
    """The number of rows of a column."""
    try:
        return len(column)
    except TypeError:
        raise InputError(f"{name} must be a list or an array, not {in_short(column)}") from None


def as_array(name: str, column: Any, dtype: str, shape: tuple[int, ...]) -> np.ndarray:
    """A column of any kind -> (n, *shape) of dtype; refused if that would change a value."""
    rule = f"{name} must be {dtype} of shape {shape} in each row"
    given = as_plain_array(rule, column)
    if given.size and given.dtype.kind not in ("iu" if name == IMAGE_SEQUENCE else "iuf"):
        raise InputError(f"{rule}, not {given.dtype}")
    if given.shape != (len(column), *shape) and given.size:
        raise InputError(f"{rule}, not {given.shape[1:]}")
    with np.errstate(invalid="ignore", over="ignore"):
        array = given.astype(dtype)
    exact = array.dtype.kind == "f" or np.array_equal(array, given)
    if not exact or not np.isfinite(array).all():
        raise InputError(f"{rule}: a value does not fit")
    if not given.size and len(column) and math.prod(shape):
        raise InputError(f"{rule}, not {given.shape[1:]}")
    return array.reshape(len(column), *shape)


def as_plain_array(rule: str, column: Any) -> np.ndarray:
    """np.asarray of a column; lists of other lengths, and what numpy makes no array of, are refused."""
    try:
        return np.asarray(column)
    except (TypeError, ValueError, OverflowError) as error:
        raise InputError(f"{rule}: {' '.join(str(error).split())}") from error


def as_frames(column: Any, variant: Variant) -> np.ndarray:
    """Pictures or arrays of any layout, whose pixels in C order are the frames -> (n, t, *frame_shape) uint8."""
    shape = (variant.num_frames, *variant.frame_shape)
    strip = (shape[0] * shape[1], *shape[2:])  # frames one below the other
    size = as_plain_array(IMAGE_SEQUENCE, column[0]).shape if len(column) else shape
    if size == strip:
        return as_array(IMAGE_SEQUENCE, column, "uint8", strip).reshape(-1, *shape)
    return as_array(IMAGE_SEQUENCE, column, "uint8", shape)
