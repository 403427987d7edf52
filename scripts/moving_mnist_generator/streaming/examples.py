"""The one place that uses a private interface of datasets: the source of rows behind an `IterableDataset`.

The public way would be `IterableDataset.from_generator` with a list of shards. It breaks two promises of `stream`:
it reads one shard to its end before the next, so it never leaves the first shard of an endless stream; and it
resumes by making all rows before the wanted one again.

`tests/test_stream.py` compares `BASE` with the installed datasets and fails if the private class has changed.
"""

import json
from collections.abc import Iterable, Iterator
from hashlib import sha256
from typing import Any

import datasets
import numpy as np
from datasets.iterable_dataset import _BaseExamplesIterable

from ..common.checks import InputError
from .parts import Part

TESTED_VERSIONS = ("4.8.5", "5.0.1", "5.1.0", "5.2.0")  # of datasets, with all of tests/test_stream.py

# What we override or call, with the parameters that it has in all tested versions; None for a property.
BASE = {
    "__init__": "(self)",
    "__iter__": "(self)",
    "iter_arrow": None,
    "is_typed": None,
    "features": None,
    "num_shards": None,
    "shuffle_data_sources": "(self, generator)",
    "shard_data_sources": "(self, num_shards, index, contiguous=True)",
    "reshard_data_sources": "(self)",
    "split_shard_indices_by_worker": "(self, num_shards, index, contiguous=True)",
    "_init_state_dict": "(self)",
    "load_state_dict": "(self, state_dict)",
    "state_dict": "(self)",
}

# `split_dataset_by_node` gives each node a part of its own only if the number of nodes divides `num_shards`.
# Otherwise each node makes all sequences and drops those of the others. So: a number with many divisors.
NUM_SHARDS = 2**10 * 3**2 * 5 * 7  # 322,560


class SequenceExamples(_BaseExamplesIterable):
    """Rows of one part of a stream.

    recipe: Recipe; start: int, index of the stream's first sequence; part: Part
    num_shards: int, into how many parts it can be split. Shards are only counted, never listed.

    There is no `iter_arrow`: with it, map, filter and select_columns would turn arrays into lists.
    """

    _sleep_on_threads_shutdown = False  # datasets >= 5.0 reads it when a stream ends

    def __init__(self, recipe, start, part, num_shards=NUM_SHARDS):
        super().__init__()
        self._recipe = recipe
        self._features = datasets.Features.from_dict(recipe.features("arrays"))
        self._start = start
        self._part = part
        self._num_shards = num_shards

    def __iter__(self):
        state, part = self._state_dict, self._part  # the dict of this iteration: a later one has its own
        if state and state["stream"] != str(self):
            raise InputError(f"state must be of the stream {str(self)!r}, not {state['stream']!r}")
        position = state["position"] if state else 0
        while position < part.size:
            columns = self._recipe.columns(self._start + part.in_stream(part.block(position)))
            for row in rows(columns, self._features):
                position += 1
                if state:
                    state["position"] = position
                yield position - 1, row

    def __str__(self):
        recipe = self._recipe
        place = f"{recipe.variant.name}/{recipe.split}, seed {recipe.seed}, from {self._start}, {self._part}"
        return f"{place}, recipe {sha256(json.dumps(recipe.as_dict()).encode()).hexdigest()[:8]}"

    @property
    def features(self) -> datasets.Features:
        return self._features

    @property
    def is_typed(self) -> bool:
        return True  # rows have the types of the features already

    @property
    def num_shards(self) -> int:
        return self._num_shards

    def shard_data_sources(self, num_shards: int, index: int, contiguous: bool = True) -> "SequenceExamples":
        """Part `index` of `num_shards`. `contiguous` is ignored: an endless stream has no second half."""
        count = min(num_shards, self._num_shards)  # datasets starts no more workers than there are shards
        if index >= count:
            return SequenceExamples(self._recipe, self._start, Part(0, self._part.batch), 0)
        shards_left = len(range(index, self._num_shards, count))
        return SequenceExamples(self._recipe, self._start, self._part.split(count, index), shards_left)

    def reshard_data_sources(self) -> "SequenceExamples":
        return self

    def shuffle_data_sources(self, generator: Any) -> "SequenceExamples":
        return self

    def _init_state_dict(self):
        self._state_dict: dict[str, Any] = {"position": 0, "stream": str(self), "type": type(self).__name__}
        return self._state_dict


def rows(columns: dict[str, Any], names: Iterable[str]) -> Iterator[dict[str, Any]]:
    """{column: n values} -> n dicts, in the order of `names`. A column of plain numbers gives Python numbers."""
    values = [columns[name] for name in names]
    values = [column.tolist() if isinstance(column, np.ndarray) and column.ndim == 1 else column for column in values]
    return (dict(zip(names, row, strict=True)) for row in zip(*values, strict=True))
