"""stream(): sequences made while they are read, as a `datasets.IterableDataset`, without an end or with one."""

from dataclasses import dataclass

import datasets
import numpy as np
import pyarrow as pa
from datasets.iterable_dataset import _BaseExamplesIterable

from .digits import Digits, load_digits
from .rows.arrow import annotation_columns, annotation_features, picture_features
from .sequences import check_whole_number, find_variant, generate
from .variants import Variant

ENDLESS = 2**62  # sequences: at a million a second, 146,000 years
BLOCK_PIXELS = 128 * 20 * 64 * 64  # made at a time unless asked otherwise: fewer cost speed, more cost memory

# What `num_shards` tells: many, and divisible by any usual number of nodes, as split_dataset_by_node gives
# nodes parts of their own only then. With other numbers each node makes all sequences and drops the others'.
NUM_SHARDS = 2**10 * 3**2 * 5 * 7  # 322,560


def stream(variant, split, *, seed=0, num_sequences=None, start=0, batch=None, digits=None):
    """The sequences of a variant's split, made on the fly.

    Row i holds sequence `start` + i: the same columns, features and values as the same sequence in the
    Parquet files of config `<variant>_arrays`. Nothing is shuffled, as each sequence is random already.

    Rows come as numpy arrays of the published types, not as the lists that datasets makes of its files:
    `image_sequence` (t, H, W) uint8, `labels` (k,) int64, `positions` (k, t, 2) int16, ...; `sequence_id` is
    an int and `caption` a str. torch batches them as they are:

        loader = torch.utils.data.DataLoader(stream("two_digits", "train"), batch_size=32)
        loader = ... stream("two_digits", "train").select_columns("image_sequence")  # as in config `arrays`

    Begin with `num_workers=0`: to send a batch from process to process takes a DataLoader longer than it
    takes to make it. `.with_format("torch")` and `.with_format("numpy")` work, too, but datasets then turns
    uint8 into int64: eight times the memory, a fraction of the speed.

    Nodes (`datasets.distributed.split_dataset_by_node`) and the workers of a DataLoader, as many as there
    are, take turns in blocks of `batch` sequences. Together they make each sequence once, and no two parts
    of N sequences differ by more than one. Where the number of nodes is none of the usual, which divide
    322,560, datasets has each node make all sequences and drop those of the others.

    `state_dict()` and `load_state_dict()` go on after the last row read; at most one block is made again,
    however far that is. A DataLoader leaves the states of its workers with them: there, torchdata's
    StatefulDataLoader saves and loads them.

    `.skip(n)` makes the n sequences that it drops, `start=n` does not. `set_epoch` changes nothing: another
    `start` or `seed` gives other sequences.

    Args:
        variant: name of one of VARIANTS, or a Variant.
        split: "train", "validation" or "test".
        seed: whole number >= 0.
        num_sequences: whole number >= 0; None, no end.
        start: whole number >= 0, index of the first sequence.
        batch: whole number >= 1, sequences made at a time; None, 10 MB of pixels: 128 of the usual size. How
            a stream is split depends on it, what is in it does not.
        digits: what `load_digits` takes, to be loaded by each worker for itself; or Digits, which are sent
            to workers that are spawned. None, the embedded MNIST.

    Returns:
        datasets.IterableDataset.

    Raises:
        ValueError: an unknown variant or split, a number that is none of those above, or, when iterating,
            a state that was saved of another stream or of another part of it.
    """
    variant = find_variant(variant)
    source = Source(variant, split, seed, digits)
    source.sequences(np.arange(0))  # says at once what is wrong with these
    check_whole_number("start", start, 0)
    batch = max(1, BLOCK_PIXELS // variant.pixels) if batch is None else batch
    check_whole_number("batch", batch, 1)
    num_sequences = ENDLESS if num_sequences is None else num_sequences
    check_whole_number("num_sequences", num_sequences, 0)
    sequences = SequencesIterable(source, start, Part(num_sequences, batch))
    return datasets.IterableDataset(
        sequences,
        info=datasets.DatasetInfo(features=sequences.features),
        split=datasets.NamedSplit(split),
    )


@dataclass(frozen=True)
class Source:
    """What sequences are made from, small enough to be sent to workers: digits by their source, not as pixels."""

    variant: Variant
    split: str
    seed: int
    digits: Digits | str | None

    def load(self):
        return self.digits if isinstance(self.digits, Digits) else load_digits(self.digits)

    def sequences(self, indices):
        return generate(self.variant, self.split, indices, seed=self.seed, digits=self.load())

    def features(self):
        """As the Parquet files have them."""
        variant = self.variant
        return datasets.Features.from_dict(
            picture_features("arrays", variant.num_frames, variant.frame_shape)
            | annotation_features(variant, self.load().class_names)
        )

    def columns(self, indices):
        """(n,) int64 -> {column: n values}."""
        sequences = self.sequences(indices)
        annotations = annotation_columns(sequences, self.load().class_names)
        return {"image_sequence": sequences.frames} | {name: values(annotations[name]) for name in annotations}


def values(column):
    """Arrow column of n rows, each of one shape -> (n, ...) array, which may be written to, or list of n."""
    if not pa.types.is_list(column.type):
        return column.to_pylist()
    shape = [len(column)]
    while pa.types.is_list(column.type):
        rows, column = len(column), column.flatten()
        shape.append(len(column) // rows)
    return column.to_numpy(zero_copy_only=False).reshape(shape).copy()


@dataclass(frozen=True)
class Part:
    """One of `count` parts that share out a whole, itself a stream or a part of one: blocks of `batch` in turn.

    What remains after the last full round is cut into `count` runs, so that sizes differ by one at most.
    """

    size: int
    batch: int
    whole: "Part | None" = None
    count: int = 1
    index: int = 0

    def split(self, count, index):
        """Part `index` of `count` parts of this one."""
        rounds, rest = divmod(self.size, count * self.batch)
        run = rest * (index + 1) // count - rest * index // count
        return Part(rounds * self.batch + run, self.batch, self, count, index)

    def in_stream(self, positions):
        """(n,) int64 positions in this part -> (n,) int64 positions in the stream."""
        if self.whole is None:
            return positions
        rounds, rest = divmod(self.whole.size, self.count * self.batch)
        block, offset = np.divmod(positions, self.batch)
        in_turn = (block * self.count + self.index) * self.batch + offset
        in_run = rounds * self.count * self.batch + rest * self.index // self.count + positions - rounds * self.batch
        return self.whole.in_stream(np.where(block < rounds, in_turn, in_run))

    def __str__(self):
        if self.whole is None:
            return f"{'endless' if self.size == ENDLESS else self.size} by {self.batch}"
        return f"part {self.index} of {self.count} of {self.whole}"


class SequencesIterable(_BaseExamplesIterable):
    """What IterableDataset reads from: rows, how to split them, and where one is.

    `IterableDataset.from_generator` would be the public way, but it reads one shard after the other, so it
    would never leave the first endless one, and it resumes by making all rows before the wanted one again.
    There is no `iter_arrow` either: with it, map, filter and select_columns would turn arrays into lists.
    """

    _sleep_on_threads_shutdown = False

    def __init__(self, source, start, part, num_shards=NUM_SHARDS):
        super().__init__()
        self._source = source
        self._features = source.features()
        self._start = start
        self._part = part
        self._num_shards = num_shards

    def __iter__(self):
        state, part, position = self._state_dict, self._part, 0
        if state:
            position = state["position"]
            if state["stream"] != str(self):
                raise ValueError(f"state must be of the stream {str(self)!r}, not {state['stream']!r}")
        while position < part.size:
            stop = min(position - position % part.batch + part.batch, part.size)
            columns = self._source.columns(self._start + part.in_stream(np.arange(position, stop)))
            for row in zip(*(columns[name] for name in self._features), strict=True):
                position += 1
                if state:
                    state["position"] = position
                yield position - 1, dict(zip(self._features, row, strict=True))

    def __str__(self):
        source = self._source
        return f"{source.variant.name}/{source.split}, seed {source.seed}, from {self._start}, {self._part}"

    @property
    def features(self):
        return self._features

    @property
    def is_typed(self):
        return True  # rows need no casting to the features

    @property
    def num_shards(self):
        return self._num_shards

    def shard_data_sources(self, num_shards, index, contiguous=True):
        """Part `index` of `num_shards`; never contiguous, as endless streams have no second half."""
        count = min(num_shards, self._num_shards)  # datasets lets no more workers than shards work
        if index >= count:
            return SequencesIterable(self._source, self._start, Part(0, self._part.batch), 0)
        shards_left = len(range(index, self._num_shards, count))
        return SequencesIterable(self._source, self._start, self._part.split(count, index), shards_left)

    def reshard_data_sources(self):
        return self

    def shuffle_data_sources(self, generator):
        return self

    def _init_state_dict(self):
        self._state_dict = {"position": 0, "stream": str(self), "type": type(self).__name__}
        return self._state_dict
