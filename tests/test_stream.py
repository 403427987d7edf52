"""stream(): the published rows without files, shared out exactly, resumed at once."""

import inspect
import itertools
import json
import pickle
from dataclasses import replace

import datasets
import numpy as np
import pyarrow.parquet as pq
import pytest
from datasets.distributed import split_dataset_by_node
from datasets.iterable_dataset import _BaseExamplesIterable

from moving_mnist_generator import VARIANTS, InputError, Recipe, Variant, generate, load_digits, stream
from moving_mnist_generator.core import recipe
from moving_mnist_generator.files.shards import plan
from moving_mnist_generator.running.engines import make
from moving_mnist_generator.streaming.examples import BASE, NUM_SHARDS, TESTED_VERSIONS, SequenceExamples
from moving_mnist_generator.streaming.parts import Part

SMALL = Variant("small", num_digits=1, num_frames=1, frame_size=(28, 28))  # for tests of indices alone


def small(num_sequences=None, batch=4, **options):
    return stream(SMALL, "train", num_sequences=num_sequences, batch=batch, **options)


def ids(rows, n=None):
    """The sequence_id of all rows, or of the first n."""
    return [row["sequence_id"] for row in itertools.islice(rows, n)]


def of_workers(rows, count):
    """The rows of each of `count` workers of a DataLoader: datasets shares them out in the same way."""
    source = rows._prepare_ex_iterable_for_iteration()
    working = range(min(count, source.num_shards))  # as split_shard_indices_by_worker says, which lists all shards
    parts = [source.shard_data_sources(count, i, contiguous=False) for i in working]
    return [(row for _, row in part) for part in parts]


def resumed(make_rows, n):
    """A new stream that continues after n rows, from a state that was saved as JSON."""
    rows = make_rows()
    iterator = iter(rows)
    for _ in range(n):
        next(iterator)
    state = json.loads(json.dumps(rows.state_dict()))
    again = make_rows()
    again.load_state_dict(state)
    return again


@pytest.fixture
def made(monkeypatch):
    """The indices of all sequences that are made, in order."""
    asked = []

    def counting(variant, split, indices, **options):
        asked.extend(indices.tolist())
        return generate(variant, split, indices, **options)

    monkeypatch.setattr(recipe, "generate", counting)
    return asked


@pytest.fixture(scope="module")
def blocks():
    """{(recipe, indices): columns} of `remembered`."""
    return {}


@pytest.fixture
def remembered(monkeypatch, blocks):
    """Makes each block once, however many nodes and workers of however many tests ask for it."""
    columns = Recipe.columns

    def remembering(self, indices):
        key = self, indices.tobytes()
        if key not in blocks:
            blocks[key] = columns(self, indices)
        return blocks[key]

    monkeypatch.setattr(Recipe, "columns", remembering)


# What rows are


@pytest.mark.parametrize("variant", VARIANTS)
def test_rows_are_those_of_the_parquet_files(variant, tmp_path):
    for _ in make(plan(variant, {"validation": 7}, ("arrays",), seed=3), tmp_path):
        pass
    [path] = tmp_path.glob("*/validation-*.parquet")
    published = datasets.Dataset(pq.read_table(path)).with_format("numpy")
    rows = stream(variant, "validation", seed=3, num_sequences=7, batch=4)
    assert rows.features == published.features and rows.split == "validation"
    rows = list(rows)
    assert len(rows) == 7
    for row, expected in zip(rows, published, strict=True):
        assert list(row) == published.column_names
        for column, value in expected.items():
            assert np.array_equal(row[column], np.asarray(value, getattr(row[column], "dtype", None))), column


def test_rows_hold_arrays_of_the_published_types_and_plain_ids_and_captions():
    row = next(iter(stream("two_digits", "train")))
    arrays = {name: (value.dtype, value.shape) for name, value in row.items() if isinstance(value, np.ndarray)}
    assert arrays == {
        "image_sequence": (np.uint8, (20, 64, 64)),
        "labels": (np.int64, (2,)),
        "digit_ids": (np.int32, (2,)),
        "positions": (np.int16, (2, 20, 2)),
        "velocities": (np.float32, (2, 2)),
    }
    assert type(row["sequence_id"]) is int and type(row["caption"]) is str


def test_writing_into_a_row_leaves_the_next_row_alone():
    first, second = stream("two_digits", "train", num_sequences=2)
    for value in first.values():
        if isinstance(value, np.ndarray):
            value[:] = 1
    assert np.array_equal(second["image_sequence"], generate("two_digits", "train", [1]).frames[0])
    assert np.array_equal(second["digit_ids"], generate("two_digits", "train", [1]).digit_ids[0])


def test_a_stream_ends_after_10_sequences_or_never():
    assert ids(small(10)) == list(range(10))
    assert ids(small(10, start=1_000)) == list(range(1_000, 1_010))
    assert ids(small(0)) == []
    assert ids(small(), n=1_000) == list(range(1_000))


def test_the_batch_size_does_not_change_the_sequences():
    by_batch = [[row["image_sequence"] for row in small(10, batch=batch)] for batch in (1, 3, 10, 64)]
    assert all(np.array_equal(by_batch[0], other) for other in by_batch[1:])


def test_a_block_is_made_when_its_first_row_is_read(made):
    rows = iter(small(10, batch=4))
    assert made == []
    next(rows)
    assert made == [0, 1, 2, 3]
    assert [row["sequence_id"] for row in rows] == list(range(1, 10)) and made == list(range(10))


def test_a_block_holds_10_megabytes_by_default(made):
    next(iter(stream("two_digits", "train")))
    assert len(made) == 128
    made.clear()
    next(iter(stream(Variant("large", frame_size=(1_024, 1_024)), "train")))
    assert len(made) == 1


def test_another_epoch_has_the_same_sequences():
    rows = small(10)
    rows.set_epoch(1)
    assert ids(rows) == list(range(10))


# Nodes and workers


@pytest.mark.parametrize("nodes", [1, 2, 3, 8, 17])  # 17 nodes: datasets shares out rows, not blocks
@pytest.mark.parametrize("workers", [1, 2, 5])
@pytest.mark.parametrize("size", [0, 3, 50, 101])
def test_nodes_and_workers_share_out_each_sequence_once(nodes, workers, size, remembered):
    whole = small(size)
    ranks = [split_dataset_by_node(whole, rank, nodes) for rank in range(nodes)]
    seen = [sequence for rows in ranks for part in of_workers(rows, workers) for sequence in ids(part)]
    assert sorted(seen) == list(range(size))


@pytest.mark.parametrize(("size", "count"), [(101, 2), (1_000, 3), (1_000, 7), (3, 8), (127, 64)])
def test_parts_differ_by_one_sequence_at_most(size, count, remembered):
    sizes = [len(ids(part)) for part in of_workers(small(size), count)]
    assert len(sizes) == count and sum(sizes) == size and max(sizes) - min(sizes) <= 1


def test_an_endless_stream_gives_every_worker_an_endless_part():
    nodes = [split_dataset_by_node(small(), rank, 2) for rank in range(2)]
    seen = [sequence for rows in nodes for part in of_workers(rows, 3) for sequence in ids(part, n=40)]
    assert sorted(seen) == list(range(240))


def test_workers_take_turns_in_blocks():
    first, second = (ids(part) for part in of_workers(small(22), 2))
    assert first == [0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18]
    assert second == [4, 5, 6, 7, 12, 13, 14, 15, 19, 20, 21]


def test_what_a_node_reads_does_not_depend_on_how_many_workers_it_has(remembered):
    rows = split_dataset_by_node(small(1_003), 1, 3)
    alone = sorted(ids(rows))
    for workers in (2, 5):
        assert sorted(sequence for part in of_workers(rows, workers) for sequence in ids(part)) == alone


def test_a_node_makes_its_own_sequences_only(made):
    for world in (2, 3, 5, 7, 12, 64, 96, 1_024):
        made.clear()
        rows = split_dataset_by_node(small(4 * world), world - 1, world)
        assert ids(rows) == made == [4 * world - 4, 4 * world - 3, 4 * world - 2, 4 * world - 1]


def test_more_workers_than_shards_lose_nothing():
    rows = small(4 * NUM_SHARDS * 2).shard(NUM_SHARDS, 5)
    assert rows.num_shards == 1
    assert ids(rows.shard(3, 2)) == []
    source = rows._prepare_ex_iterable_for_iteration()
    shards = [source.split_shard_indices_by_worker(3, worker, contiguous=False) for worker in range(3)]
    assert shards == [[0], [], []]  # datasets lets one worker work
    [only] = of_workers(rows, 3)
    assert ids(only) == [*range(20, 24), *range(4 * NUM_SHARDS + 20, 4 * NUM_SHARDS + 24)]


def test_parts_of_parts_of_parts_share_out_the_whole():
    whole = Part(1_001, 4)
    parts = [whole.split(3, i).split(2, j).split(5, k) for i in range(3) for j in range(2) for k in range(5)]
    positions = np.concatenate([part.in_stream(np.arange(part.size)) for part in parts])
    assert np.array_equal(np.sort(positions), np.arange(1_001))


# States


@pytest.mark.parametrize("n", [0, 1, 4, 6, 8, 21])
def test_a_state_resumes_after_the_last_row_read(n):
    assert ids(resumed(lambda: small(22), n)) == list(range(n, 22))


@pytest.mark.parametrize("nodes", [3, 17])
def test_a_node_resumes_within_its_part(nodes):
    def rows():
        return split_dataset_by_node(small(100), 1, nodes)

    whole = ids(rows())
    assert len(whole) == {3: 33, 17: 6}[nodes]
    for n in (1, 4, 5):
        assert ids(resumed(rows, n)) == whole[n:]


def test_a_worker_of_a_node_resumes_within_its_part():
    source = split_dataset_by_node(small(), 1, 2)._prepare_ex_iterable_for_iteration()
    part, again = (source.shard_data_sources(3, 1, contiguous=False) for _ in range(2))
    for worker in (part, again):
        worker._init_state_dict()
    rows = (row for _, row in part)
    assert ids(rows, n=6) == [12, 13, 14, 15, 36, 37]
    again.load_state_dict(part.state_dict())
    assert ids((row for _, row in again), n=3) == [38, 39, 60]


def test_a_state_resumes_in_the_middle_of_a_batch_of_a_chain():
    def rows():
        return small(60).filter(lambda row: row["sequence_id"] % 3 == 0).map(lambda row: row | {"twice": 2}).skip(2)

    assert ids(rows()) == list(range(6, 60, 3))
    assert ids(resumed(rows, 5)) == list(range(21, 60, 3))
    batches = list(resumed(lambda: small(22).batch(5), 2))
    assert [batch["sequence_id"] for batch in batches] == [[*range(10, 15)], [*range(15, 20)], [20, 21]]


def test_resuming_after_3_000_001_sequences_makes_the_rest_of_their_block(made):
    rows = small()
    next(iter(rows))
    state = rows.state_dict()
    state["examples_iterable"]["position"] += 3_000_000
    made.clear()
    rows.load_state_dict(state)
    assert ids(rows, n=3) == made == [3_000_001, 3_000_002, 3_000_003]


def test_a_filtered_stream_of_a_node_resumes_far_away_at_once(made):
    def rows():
        return split_dataset_by_node(small(), 1, 2).filter(lambda row: row["sequence_id"] % 2 == 0)

    again = resumed(rows, 1_001)
    made.clear()
    assert ids(again, n=2) == [4_006, 4_012] and len(made) <= 2 * 4


def test_the_state_of_another_stream_is_refused():
    state = small(10).state_dict()
    others = [small(10, seed=1), small(11), small(10, start=1), small(10, batch=5), small(10).shard(2, 0)]
    others.append(stream(replace(SMALL, num_digits=SMALL.num_digits + 1), "train", num_sequences=10, batch=4))
    for other in others:
        other.load_state_dict(state)
        with pytest.raises(InputError, match="state must be of the stream 'small/train, .*', not 'small/train, seed"):
            next(iter(other))


def test_two_readers_of_one_stream_do_not_disturb_each_other():
    rows = small(10)
    assert [(a["sequence_id"], b["sequence_id"]) for a, b in zip(rows, rows, strict=True)] == [
        (i, i) for i in range(10)
    ]


# What datasets does with streams


def test_columns_batches_maps_and_filters_keep_uint8():
    frames = generate("two_digits", "train", range(6)).frames
    rows = stream("two_digits", "train", num_sequences=6, batch=4)
    pictures = rows.select_columns("image_sequence")
    assert list(pictures.features) == ["image_sequence"]
    for made in (
        [row["image_sequence"] for row in pictures],
        [row["image_sequence"] for row in rows.map(lambda row: {"first": row["image_sequence"][0]})],
        [row["image_sequence"] for row in rows.filter(lambda row: row["image_sequence"].max() == 255)],
        [row["image_sequence"] for row in rows.shuffle(seed=0, buffer_size=1)],
        [row["frames"] for row in rows.rename_column("image_sequence", "frames")],
        [frames for batch in pictures.batch(4) for frames in batch["image_sequence"]],
        [frames for batch in pictures.iter(4) for frames in batch["image_sequence"]],
    ):
        assert {value.dtype for value in made} == {np.dtype(np.uint8)}
        assert sorted(value.tobytes() for value in made) == sorted(value.tobytes() for value in frames)


def test_filtered_and_selected_rows_keep_every_type():
    rows = stream("two_digits", "train", num_sequences=3)
    types = {name: getattr(value, "dtype", type(value)) for name, value in next(iter(rows)).items()}
    assert types["labels"] == np.int64 and types["digit_ids"] == np.int32 and types["positions"] == np.int16
    for changed in (rows.filter(lambda row: True), rows.select_columns(list(types)), rows.map(lambda row: row)):
        assert {name: getattr(value, "dtype", type(value)) for name, value in next(iter(changed)).items()} == types


def test_take_and_skip_count_rows():
    assert ids(small().take(7)) == list(range(7))
    assert ids(small(10).skip(7)) == [7, 8, 9]
    assert sum(len(ids(part)) for part in of_workers(small().take(7), 2)) == 7


@pytest.mark.parametrize("kind", ["numpy", "arrow", "pandas"])
def test_formats_of_datasets_hold_the_same_values(kind):
    want = generate("two_digits", "train", range(3))
    rows = stream("two_digits", "train", num_sequences=3)
    [batch] = rows.with_format(kind).iter(3)
    if kind == "arrow":
        assert batch.schema.remove_metadata() == rows.features.arrow_schema.remove_metadata()
        batch = datasets.Dataset(batch)[:]
    frames = np.stack([np.asarray(value.tolist() if kind == "pandas" else value) for value in batch["image_sequence"]])
    assert np.array_equal(frames, want.frames)
    assert np.array_equal(np.stack(list(batch["digit_ids"])), want.digit_ids)
    assert list(batch["sequence_id"]) == [0, 1, 2]


def test_a_stream_is_sent_to_a_worker_without_the_pixels_of_its_digits(tmp_path):
    digits = load_digits()
    few = {"train_images": digits.train_images[:600], "train_labels": digits.train_labels[:600]}
    few |= {"test_images": digits.test_images[:100], "test_labels": digits.test_labels[:100]}
    np.savez(tmp_path / "few.npz", **few)
    for rows in (stream("two_digits", "train"), stream("two_digits", "train", digits=str(tmp_path / "few.npz"))):
        sent = pickle.dumps(rows)
        assert len(sent) < 20_000
        assert np.array_equal(next(iter(pickle.loads(sent)))["image_sequence"], next(iter(rows))["image_sequence"])
    loaded = load_digits(str(tmp_path / "few.npz"))
    assert np.array_equal(
        next(iter(rows))["image_sequence"],
        next(iter(stream("two_digits", "train", digits=loaded)))["image_sequence"],
    )
    assert next(iter(rows))["digit_ids"].max() < 500


@pytest.mark.parametrize("start_method", ["fork", "spawn"])
def test_a_torch_loader_of_two_workers_reads_each_sequence_once_as_uint8(start_method):
    torch = pytest.importorskip("torch", reason="torch is not installed: make test-torch")
    rows = stream("two_digits", "train", num_sequences=45, batch=4)
    loader = torch.utils.data.DataLoader(rows, batch_size=8, num_workers=2, multiprocessing_context=start_method)
    batches = list(loader)
    assert {batch["image_sequence"].dtype for batch in batches} == {torch.uint8}
    seen = torch.cat([batch["sequence_id"] for batch in batches])
    frames = torch.cat([batch["image_sequence"] for batch in batches])[seen.argsort()]
    assert sorted(seen.tolist()) == list(range(45))
    assert np.array_equal(frames.numpy(), generate("two_digits", "train", range(45)).frames)


# The private interface of datasets


def changes(base):
    """How a class of datasets differs from the one that SequenceExamples is written for; [] if it does not."""
    found = []
    for name, parameters in BASE.items():
        member = inspect.getattr_static(base, name, None)
        if parameters is None:
            same = isinstance(member, property)
        else:
            same = inspect.isfunction(member) and names_and_defaults(member) == parameters
        if not same:
            found.append(f"{name} is no longer {'a property' if parameters is None else name + parameters}")
    for name, member in vars(base).items():
        function = member.fget if isinstance(member, property) else member
        abstract = inspect.isfunction(function) and "NotImplementedError" in function.__code__.co_names
        if abstract and name not in vars(SequenceExamples):
            found.append(f"{name} is new and has to be implemented")
    return found


def names_and_defaults(function):
    """The signature without annotations: "(self, generator)"."""
    signature = inspect.signature(function)
    parameters = [each.replace(annotation=each.empty) for each in signature.parameters.values()]
    return str(signature.replace(parameters=parameters, return_annotation=signature.empty))


def test_the_private_class_of_datasets_is_still_the_one_that_streams_are_written_for():
    assert changes(_BaseExamplesIterable) == [], (
        f"datasets {datasets.__version__} changed the base class of streaming/examples.py, which was tested with "
        f"{', '.join(TESTED_VERSIONS)}. Adapt SequenceExamples, let tests/test_stream.py pass with the old and the "
        "new version, then update BASE and TESTED_VERSIONS."
    )


def test_a_change_of_the_private_class_is_noticed():
    class Another(_BaseExamplesIterable):
        num_shards = 5

        def shard_data_sources(self, num_shards, index, contiguous=False):
            return self

        def rewind(self):
            raise NotImplementedError

    assert changes(Another) == [
        "num_shards is no longer a property",
        "shard_data_sources is no longer shard_data_sources(self, num_shards, index, contiguous=True)",
        "rewind is new and has to be implemented",
    ]


# What is refused


@pytest.mark.parametrize(
    ("arguments", "options", "words"),
    [
        (("no_digits", "train"), {}, "variant must be one of one_digit, .*, not 'no_digits'"),
        (("two_digits", "dev"), {}, "split must be one of train, validation, test, not 'dev'"),
        (("two_digits", "train"), {"seed": -1}, "seed must be a whole number >= 0, not -1"),
        (("two_digits", "train"), {"num_sequences": -1}, "num_sequences must be a whole number >= 0, not -1"),
        (("two_digits", "train"), {"num_sequences": 1e4}, "num_sequences must be a whole number >= 0, not 10000.0"),
        (("two_digits", "train"), {"start": True}, "start must be a whole number >= 0, not True"),
        (("two_digits", "train"), {"batch": 0}, "batch must be a whole number >= 1, not 0"),
        (("two_digits", "train"), {"seed": 10**30}, "seed must be at most 4,611,.*, not 10{30}"),
        (("two_digits", "train"), {"start": 10**30}, "start must be at most 2,305,.*, not 10{30}"),
        (("two_digits", "train"), {"num_sequences": 10**30}, "num_sequences must be at most 2,305,.*, not 10{30}"),
        (("two_digits", "train"), {"batch": 10**30}, "batch must be at most 4,611,.*, not 10{30}"),
        (
            ("two_digits", "train"),
            {"batch": 10**12},
            "batch=1,000,000,000,000 of two_digits would take",
        ),
    ],
)
def test_wrong_arguments_name_the_rule_and_the_value(arguments, options, words):
    with pytest.raises(InputError, match=words) as refused:
        stream(*arguments, **options)
    assert "\n" not in str(refused.value)


def test_a_batch_may_be_larger_than_memory_if_the_stream_is_short():
    assert ids(small(10, batch=10**12)) == list(range(10))


def test_the_last_of_all_sequences_can_be_streamed():
    last = 2**61
    assert ids(small(1, start=last)) == ids(small(start=last), n=1) == [last]
    with pytest.raises(InputError, match="start must be at most"):
        small(1, start=last + 1)
