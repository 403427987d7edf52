"""stream(): sequences made while they are read, as a `datasets.IterableDataset`."""

import datasets

from ..common.checks import room_for, whole_number
from ..core.recipe import Recipe
from ..core.sequences import bytes_of
from ..core.variants import Variant
from ..digits.loading import Digits
from .examples import SequenceExamples
from .parts import ENDLESS, Part

BLOCK_PIXELS = 128 * 20 * 64 * 64  # pixels of a block by default: smaller is slower, larger takes more memory


def stream(
    variant: str | Variant,
    split: str,
    *,
    seed: int = 0,
    num_sequences: int | None = None,
    start: int = 0,
    batch: int | None = None,
    digits: Digits | str | None = None,
) -> datasets.IterableDataset:
    """The sequences of a variant's split, made on the fly, with or without an end.

    Row i is sequence `start` + i. It has the same columns, features and values as that sequence in the Parquet
    files of config `<variant>_arrays`. The order is fixed: each sequence is random already.

    Rows hold numpy arrays of the published types: `image_sequence` (t, H, W) uint8, `labels` (k,) int64,
    `positions` (k, t, 2) int16, and so on. `sequence_id` is an int, `caption` a str. torch batches them as they
    are:

        loader = torch.utils.data.DataLoader(stream("two_digits", "train"), batch_size=32)

    Start with `num_workers=0`: a DataLoader takes longer to send a batch between processes than to make it.
    `.with_format("torch")` and `.with_format("numpy")` also work, but datasets then converts uint8 to int64:
    eight times the memory, and much slower.

    **Nodes and workers.** The nodes of `datasets.distributed.split_dataset_by_node` and the workers of a
    DataLoader take turns in blocks of `batch` sequences. Together they make each sequence once. Their shares
    differ by at most one sequence. If the number of nodes does not divide 322,560, datasets makes all
    sequences on every node and drops those of the others.

    **Resuming.** `state_dict()` and `load_state_dict()` continue after the last row read, however far that is:
    at most one block is made again. The states of a DataLoader's workers stay in the workers; torchdata's
    StatefulDataLoader saves and loads them.

    `.skip(n)` makes n sequences and drops them; `start=n` does not make them. `set_epoch` changes nothing: use
    another `start` or `seed` for other sequences.

    Args:
        variant: name of one of VARIANTS, or a Variant.
        split: "train", "validation" or "test".
        seed: whole number >= 0.
        num_sequences: whole number in 0..2^61. None: the stream is endless.
        start: whole number in 0..2^61, index of the first sequence.
        batch: whole number >= 1, sequences made at a time. None: 10 MB of pixels, which is 128 sequences of
            the usual size. It decides how nodes and workers share the stream, but not what is in it.
        digits: what `load_digits` takes; each worker loads it again. Or Digits, which are copied to workers
            that are spawned. None: the embedded MNIST.

    Returns:
        datasets.IterableDataset.

    Raises:
        InputError: an unknown variant or split, a number out of bounds, digits that do not fit into the frame,
            or blocks that do not fit into memory. While iterating: a state of another stream, or of another
            part of this one.

    >>> rows = stream("two_digits", "train", num_sequences=100)
    >>> row = next(iter(rows))
    >>> row["image_sequence"].shape, row["sequence_id"]
    ((20, 64, 64), 0)
    """
    recipe = Recipe(variant, split, seed, digits).check()
    start = whole_number("start", start, most=ENDLESS)
    size = ENDLESS if num_sequences is None else whole_number("num_sequences", num_sequences, most=ENDLESS)
    batch = max(1, BLOCK_PIXELS // recipe.variant.pixels) if batch is None else whole_number("batch", batch, 1)
    room_for(f"batch={batch:,} of {recipe.variant.name}", min(batch, size) * bytes_of(recipe.variant))
    examples = SequenceExamples(recipe, start, Part(size, batch))
    return datasets.IterableDataset(
        examples,
        info=datasets.DatasetInfo(features=examples.features),
        split=datasets.NamedSplit(split),
    )
