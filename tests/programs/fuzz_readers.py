"""Every reader of the project, with whole inputs, ways to damage them, and a check of what it accepts.

A reader is right if it refuses an input with an InputError of one line that names the file, or reads it as it is.
Where that is possible, the check reads it again in another way.
"""

import functools
import gzip
import io
import json
import math
import struct
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import fuzz_mutations as mutate
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from moving_mnist_generator import InputError, Recipe, Variant, evaluate, load_digits, truth
from moving_mnist_generator.digits.loading import IDX_NAMES, NPZ_NAMES, read_source
from moving_mnist_generator.evaluation import forecasts, published, report
from moving_mnist_generator.files.footers import read_recipe, recorded
from moving_mnist_generator.files.shards import Shard
from moving_mnist_generator.files.survey import FilesDiffer, survey
from moving_mnist_generator.previews import rows as previewed
from moving_mnist_generator.publishing import card, current, facts, verify
from moving_mnist_generator.sources import opening as sources
from moving_mnist_generator.sources.source import Rows, Source

ROWS = 6  # sequences in a file
TINY = Variant("tiny", num_frames=3, frame_size=(32, 32))
LOOKS = Variant(
    "looks", 3, 4, (32, 40), scale=(0.8, 1.2), rotation=(-9, 9), brightness=(0.5, 1), colour=True, num_occluders=1
)
WORLD = Variant("world", 2, 4, (32, 32), motion="tfds", world_size=(48, 40))
LAYOUTS = ("frames", "arrays", "strips")


@dataclass(frozen=True)
class Reader:
    """One way in which files or arrays come into the project.

    words:  what is read, for the table
    inputs: (folder) -> list of whole inputs
    damage: (Generator, inputs) -> a damaged input
    read:   (input, folder) reads it, and asserts that what is accepted is right
    named:  whether the error must name a file of the folder
    """

    words: str
    inputs: Callable
    damage: Callable
    read: Callable
    named: bool = True


def written(folder, name, content):
    """The path of a file with this content."""
    path = Path(folder, name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def saved(write, *arrays, **named):
    """The bytes that np.save or np.savez writes."""
    file = io.BytesIO()
    write(file, *arrays, **named)
    return file.getvalue()


# Digits.


def some_digits():
    """Four arrays of 12 train and 5 test digits of 8 x 8 pixels."""
    rng = np.random.default_rng(0)
    sizes = ((12, 8, 8), (12,), (5, 8, 8), (5,))
    return [rng.integers(0, 256 if len(size) == 3 else 10, size, dtype=np.uint8) for size in sizes]


def npz_inputs(folder):
    arrays = some_digits()
    keras = dict(
        zip(NPZ_NAMES[1], (*arrays[:1], arrays[1].astype(">i4"), np.asfortranarray(arrays[2]), arrays[3]), strict=True)
    )
    return [
        saved(np.savez, **dict(zip(NPZ_NAMES[0], arrays, strict=True))),
        saved(np.savez_compressed, **keras),
    ]


def npz_damage(rng, inputs):
    return mutate.npz(rng, inputs) if rng.random() < 0.5 else mutate.damaged(rng, inputs)


def check_digits(digits):
    """What is true of all Digits."""
    for images, labels in ((digits.train_images, digits.train_labels), (digits.test_images, digits.test_labels)):
        assert images.dtype == labels.dtype == np.uint8 and images.shape[:1] == labels.shape and images.ndim == 3
        assert labels.max() < len(digits.class_names)
    assert digits.train_images.shape[1:] == digits.test_images.shape[1:]


def read_npz(content, folder):
    path = written(folder, "own.npz", content)
    read_source.cache_clear()
    digits = load_digits(path)
    check_digits(digits)
    with np.load(path, allow_pickle=False) as arrays:
        names = next(names for names in NPZ_NAMES if set(names) <= set(arrays.files))
        held = [getattr(digits, name) for name in NPZ_NAMES[0]]
        assert all(np.array_equal(arrays[name], array) for name, array in zip(names, held, strict=True))


def idx_inputs(folder):
    for name, array in zip(IDX_NAMES[1:], some_digits()[1:], strict=True):
        written(folder, f"idx/{name}-ubyte", idx(array))
        written(folder, f"gz/{name}-ubyte", idx(array))
    return [idx(some_digits()[0]), idx(np.zeros((12, 8, 8), np.uint8))]


def idx(array):
    return b"\x00\x00\x08" + bytes([array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape) + array.tobytes()


def idx_damage(rng, inputs):
    """(whether gzipped, bytes)."""
    kind = int(rng.integers(4))
    if kind == 0:
        return True, mutate.damaged(rng, [gzip.compress(each, 1) for each in inputs])
    content = mutate.damaged(rng, inputs)
    if kind == 1:
        content += bytes(int(rng.integers(20_000_000)))  # zipped, it is nothing
    return (True, gzip.compress(content, 1)) if kind < 3 else (False, content)


def read_idx(given, folder):
    zipped, content = given
    folder = Path(folder, "gz" if zipped else "idx")
    written(folder, f"{IDX_NAMES[0]}-ubyte{'.gz' * zipped}", content)
    read_source.cache_clear()
    digits = load_digits(folder)
    check_digits(digits)
    plain = gzip.decompress(content) if zipped else content
    assert plain[16:] == digits.train_images.tobytes()


# npy and npz of frames.


def authors_inputs(folder):
    frames = np.random.default_rng(0).integers(0, 256, (20, 2, 64, 64), dtype=np.uint8)
    return [saved(np.save, frames), saved(np.save, np.asfortranarray(frames[:, :1]))]


def npy_damage(rng, inputs):
    return mutate.npy(rng, mutate.pick(rng, inputs)) if rng.random() < 0.6 else mutate.damaged(rng, inputs)


def read_authors(content, folder):
    path = written(folder, "test.npy", content)
    source = sources.open_source(path)
    frames = np.concatenate([rows.frames for rows in source.rows()])
    assert np.array_equal(frames, np.load(path).swapaxes(0, 1)) and len(frames) == source.num_sequences


SCORED = np.random.default_rng(1).integers(0, 256, (3, 4, 16, 16), dtype=np.uint8)  # two past frames, two to predict


class Truth(Source):
    """The three sequences that are scored."""

    def rows(self, first=0):
        yield Rows(self, first, SCORED[first:])


TRUTH = Truth("truth", "test", 3, (4, 16, 16))


def guesses():
    """Predictions in several forms."""
    guess = np.clip(SCORED[:, 2:] / 255 + 0.01, 0, 1).astype(np.float32)
    return [guess, guess.astype(">f8"), SCORED[:, 2:].copy(), np.asfortranarray(guess), SCORED[::-1, 2:].copy()]


def prediction_damage(rng, inputs):
    """(suffix, bytes)."""
    arrays = rng.random() < 0.5
    files = [saved(np.savez if arrays else np.save, mutate.pick(rng, guesses()))]
    if not arrays:
        return ".npy", npy_damage(rng, files)
    return ".npz", npz_damage(rng, files)


def read_prediction(given, folder):
    suffix, content = given
    path = written(folder, f"p{suffix}", content)
    scores = report.compare(forecasts.open_forecasts(path), TRUTH, 2, ["openstl"]).scores["openstl"]
    loaded = np.load(path, allow_pickle=False)
    check_mse(scores, loaded if suffix == ".npy" else loaded[loaded.files[0]])


def check_mse(scores, values):
    """The mean over sequences and frames of the sum over pixels, counted again."""
    values = np.asarray(values)
    guess = values.astype(np.float64) / (255 if values.dtype == np.uint8 else 1)
    mse = ((guess[:, -2:] - SCORED[:, 2:] / 255) ** 2).sum((2, 3)).mean()
    assert math.isclose(scores.overall["mse"], mse, rel_tol=1e-4, abs_tol=1e-6), (scores.overall, mse)


def read_arrays(given, folder):
    check_mse(evaluate(given, SCORED[:, 2:], protocol="openstl"), given)


# Parquet.


def shard_of(variant, layout):
    name = {"frames": "", "arrays": "_arrays", "strips": "_strips"}[layout]
    return Shard(f"{variant.name}{name}", Recipe(variant, "test"), layout, 0, ROWS, 0, 1, True)


def parquet_inputs(folder):
    """The bytes of a file of each layout, and of one with many looks."""
    found = []
    for shard in (*(shard_of(TINY, layout) for layout in LAYOUTS), shard_of(LOOKS, "strips")):
        for _ in shard.write(Path(folder, "made")):
            pass
        found.append(Path(folder, "made", shard.config, shard.name).read_bytes())
    return found


def parquet_damage(rng, inputs):
    """(which input, whether it is a whole file with other content, bytes)."""
    number = int(rng.integers(len(inputs)))
    if rng.random() < 0.55:
        kind, content = int(rng.integers(3)), inputs[number]
        if kind == 0:  # in the footer, where one byte changes the meaning of all
            size = int.from_bytes(content[-8:-4], "little") + 8
            footer = mutate.damaged(rng, [content[-size:-8]])
            return number, False, content[:-size] + footer + struct.pack("<I", len(footer)) + b"PAR1"
        return number, False, mutate.damaged(rng, [content, *inputs] if kind == 1 else [content])
    return number, True, rebuilt(rng, inputs[number])


@functools.lru_cache(maxsize=8)
def table_of(content):
    return pq.read_table(pa.BufferReader(content))


def rebuilt(rng, content):
    """A whole file, with sound checksums, that holds something else."""
    table = table_of(content)
    metadata = {key: value for key, value in (table.schema.metadata or {}).items() if key != b"ARROW:schema"}
    kind = int(rng.integers(7))
    if kind < 2:
        key = mutate.pick(rng, list(metadata))
        described = json.loads(metadata[key])
        metadata[key] = (
            mutate.as_text(mutate.value(rng, described)) if kind else mutate.text(rng, [metadata[key].decode()])
        )
    elif kind == 2:
        name = mutate.pick(rng, table.column_names)
        table = (
            table.drop_columns([name])
            if rng.random() < 0.5
            else table.rename_columns(["x" if other == name else other for other in table.column_names])
        )
    elif kind == 3:
        name = mutate.pick(rng, table.column_names)
        values = table.column(name).to_pylist()
        values[int(rng.integers(len(values)))] = mutate.value(rng, values[0])
        table = with_column(table, name, values)
    elif kind == 4:
        name, other = mutate.pick(rng, table.column_names), mutate.pick(rng, table.column_names)
        table = with_column(table, name, table.column(other).to_pylist())
    else:
        table = with_column(table, "image_sequence", other_frames(rng, table.column("image_sequence").to_pylist()))
    file = io.BytesIO()
    try:
        pq.write_table(table.replace_schema_metadata(metadata), file, write_page_checksum=bool(rng.integers(2)))
    except pa.ArrowException:  # some columns can be made, but not be written
        return mutate.damaged(rng, [content])
    return file.getvalue()


def with_column(table, name, values):
    """The table with other values in a column; as it was, if Arrow makes no column of them."""
    try:
        return table.set_column(table.column_names.index(name), name, pa.array(values))
    except (pa.ArrowException, OverflowError, TypeError, ValueError, UnicodeError):
        return table


def other_frames(rng, rows):
    """Values of image_sequence, of which one sequence is damaged: its picture, its size, its number of frames."""
    at = int(rng.integers(len(rows)))
    row = rows[at]
    if isinstance(row, dict):
        rows[at] = {**row, "bytes": other_picture(rng, row["bytes"])}
    elif isinstance(row[0], dict):
        frame = int(rng.integers(len(row)))
        kind = int(rng.integers(3))
        if kind == 0:
            rows[at] = row[:frame]
        elif kind == 1:
            row[frame] = {**row[frame], "bytes": other_picture(rng, row[frame]["bytes"])}
        else:
            same = other_picture(rng, row[0]["bytes"])
            return [[{"bytes": same, "path": None}] * len(row) for row in rows]
    else:
        frames = mutate.array(rng, np.array(row, np.uint8))
        rows[at] = frames.tolist() if isinstance(frames, np.ndarray) else frames
    return rows


def other_picture(rng, content):
    """The bytes of a picture: damaged, of another format or size, or huge."""
    from PIL import Image

    kind = int(rng.integers(5))
    if kind == 0 and content.startswith(b"\x89PNG"):
        size = struct.pack(">II", *(mutate.pick(rng, (1, 31, 33, 9_000, 13_000, 65_535, 2**31 - 1)) for _ in range(2)))
        header = b"IHDR" + size + content[24:29]
        import zlib

        return content[:12] + header + struct.pack(">I", zlib.crc32(header)) + content[33:]
    if kind == 1:
        mode = mutate.pick(rng, ("L", "RGB", "1", "P", "LA", "I;16", "F", "RGBA"))
        file, form = io.BytesIO(), mutate.pick(rng, ("PNG", "TIFF", "GIF", "BMP", "PPM"))
        try:
            Image.new(mode, (32, mutate.pick(rng, (32, 96, 1, 3_000)))).save(file, form)
        except (OSError, ValueError, KeyError):
            return b""
        return file.getvalue()
    if kind == 2:
        return mutate.pick(
            rng, (None, b"", b"P5 32 96 255\n", b"P5 9999999 9999999 255\n", b"P6 32 96 255\n" + bytes(9_216))
        )
    return mutate.damaged(rng, [content])


@functools.cache
def known_frames(number):
    """The frames of a whole input, each sequence as bytes."""
    variant = LOOKS if number == 3 else TINY
    return {sequence.tobytes() for sequence in Recipe(variant, "test").sequences(range(ROWS)).frames}


def check_frames(given, frames):
    """Sequences of a damaged file are those of the whole one; of a file with other content, of one size."""
    _, is_rebuilt, _ = given
    assert frames.dtype == np.uint8 and frames.ndim in (4, 5)
    if not is_rebuilt:
        assert all(any(sequence.tobytes() in known_frames(n) for n in range(4)) for sequence in frames)


def read_preview(given, folder):
    path = written(folder, "rows.parquet", given[2])
    frames = np.concatenate(
        [shown.frames for shown in previewed.read_rows(sources.open_source(path, None, in_colour=True), 0, 4)]
    )
    check_frames(given, frames)
    described = (read_recipe(path) or {}).get("variant")
    if isinstance(described, dict) and set(described) == set(TINY.as_dict()):
        assert frames.shape[1:] == (Variant(**described).num_frames, *Variant(**described).frame_shape)


def read_source_rows(given, folder):
    source = sources.open_source(written(folder, "rows.parquet", given[2]), in_colour=True)
    count = 0
    for rows in source.rows():
        frames, count = rows.frames, count + len(rows.frames)
        check_frames(given, frames)
        annotated = rows.annotated()
        if annotated is not None:
            painted = truth.repaint(annotated.sequences)
            assert painted.shape == frames.shape
            if not given[1]:
                assert (painted == frames).all()
    assert count == source.num_sequences


def read_resumed(given, folder):
    shard = shard_of(LOOKS if given[0] == 3 else TINY, (*LAYOUTS, "strips")[given[0]])
    path = written(folder, f"out/{shard.config}/{shard.name}", given[2])
    try:
        todo, kept, _ = survey([shard], Path(folder, "out"))
    except FilesDiffer:
        todo, kept, _ = survey([shard], Path(folder, "out"), overwrite=True)
        assert todo == [shard] and not kept
        raise
    recipe = json.loads(pq.read_metadata(path).metadata[b"moving_mnist"])
    assert kept == [shard] and not todo
    assert Variant(**recipe["variant"]) == shard.recipe.variant and recipe["layout"] == shard.layout


def read_published(given, folder):
    path = written(folder, "data/tiny/test-00000-of-00001.parquet", given[2])
    configs = facts.some_configs(Path(folder, "data"))
    shards = configs[0].shards
    text, infos = card.front_matter(configs), card.render_infos(configs)
    current.check(text, infos, configs)
    verify.verify_file(path, shards[0])
    if not given[1] and recorded(pq.read_metadata(path)).get("layout") in LAYOUTS:
        check_frames(given, sources.open_source(path, None, in_colour=True).frames(0, ROWS))


# Text.


def card_inputs(folder):
    for layout in LAYOUTS:
        for _ in shard_of(TINY, layout).write(Path(folder, "whole")):
            pass
    configs = facts.some_configs(Path(folder, "whole"))
    Path(folder, "README.md").write_text(card.front_matter(configs) + "# Prose\n")
    Path(folder, "dataset_infos.json").write_text(card.render_infos(configs))
    return [card.front_matter(configs), "---\nlicense: mit\n---\n# Prose\n"]


def card_damage(rng, inputs):
    return mutate.text(rng, inputs)


@functools.cache
def whole_card(folder):
    return facts.some_configs(Path(folder, "whole"))


def read_card(given, folder):
    configs = whole_card(folder)
    infos, wanted = card.render_infos(configs), card.front_matter(configs)
    renewed = card.render_card(given, configs)
    assert card.split_card(renewed)[1] == card.split_card(given)[1]
    current.check(renewed, infos, configs)
    current.check(given, infos, configs)
    assert card.split_card(given)[0] == card.split_card(wanted)[0]


def infos_damage(rng, inputs):
    if rng.random() < 0.5:
        return mutate.text(rng, inputs)
    return json.dumps(mutate.value(rng, json.loads(inputs[0])), indent=2) + "\n"


def infos_inputs(folder):
    configs = [
        facts.Config("two_digits", current.expected_features()["two_digits"], (facts.Split("train", 9, 99),), 999)
    ]
    return [card.render_infos(configs), "{}\n"]


FEATURES = functools.cache(current.expected_features)  # which takes 50 ms each time, and is always the same


def read_infos(given, folder):
    current.expected_features = FEATURES
    configs = current.recorded_configs(given)
    current.compare("dataset_infos.json", json.loads, given, card.render_infos(configs))
    assert card.render_infos(configs) == given


def results_inputs(folder):
    lines = published.shipped("published.csv").read_text().splitlines(keepends=True)
    return ["".join(lines[:6]), "".join([lines[0], *lines[-3:]])]


def read_results(given, folder):
    path = written(folder, "results.csv", given.encode("utf-8", "surrogatepass"))
    for result in published.published_results(path):
        assert all(
            value is None or math.isfinite(value) for value in (result.mse, result.mae, result.ssim, result.psnr)
        )
        assert all(isinstance(value, str) for value in (result.model, result.parameters, result.source, result.note))


# Rows.

ROW_VARIANTS = (TINY, LOOKS, WORLD)


def rows_inputs(folder):
    return [Recipe(variant, "test").columns(range(4)) for variant in ROW_VARIANTS]


def rows_damage(rng, inputs):
    """(number of the variant, rows)."""
    number = int(rng.integers(len(inputs)))
    columns = {name: column for name, column in inputs[number].items() if name not in ("caption", "actions")}
    if rng.random() < 0.5:
        del columns["image_sequence"]
    return number, mutate.rows(rng, columns)


def read_rows(given, folder):
    number, columns = given
    sequences = truth.from_rows(columns, ROW_VARIANTS[number], "test")
    named = sequences.arrays()
    if isinstance(columns, dict) and np.ndim(columns["sequence_id"]):
        for name, column in columns.items():
            if name in named and len(column):
                assert np.allclose(np.asarray(column, named[name].dtype), named[name]), name
                assert (
                    np.array_equal(np.asarray(column).astype(np.float64), named[name].astype(np.float64))
                    or named[name].dtype.kind == "f"
                ), name
    frames = truth.repaint(sequences)
    assert frames.shape == (len(sequences), *sequences.frames.shape[1:]) == sequences.frames.shape
    truth.ink_boxes(truth.visible_masks(sequences))
    truth.optical_flow(sequences)


READERS = {
    "npz": Reader("digits in an npz", npz_inputs, npz_damage, read_npz),
    "idx": Reader("digits in idx files, gzipped or not", idx_inputs, idx_damage, read_idx),
    "npy": Reader("the authors' npy", authors_inputs, npy_damage, read_authors),
    "predictions": Reader("predictions in npy and npz", lambda folder: [b""], prediction_damage, read_prediction),
    "arrays": Reader(
        "predictions in arrays",
        lambda folder: guesses(),
        lambda rng, a: mutate.array(rng, mutate.pick(rng, a)),
        read_arrays,
        False,
    ),
    "preview": Reader("Parquet, previewed", parquet_inputs, parquet_damage, read_preview),
    "source": Reader("Parquet, evaluated and exported", parquet_inputs, parquet_damage, read_source_rows),
    "resume": Reader("Parquet, resumed from", parquet_inputs, parquet_damage, read_resumed),
    "publish": Reader("Parquet, published", parquet_inputs, parquet_damage, read_published),
    "rows": Reader("rows, given to `truth.from_rows`", rows_inputs, rows_damage, read_rows, False),
    "card": Reader("the YAML of `README.md`", card_inputs, card_damage, read_card),
    "infos": Reader("`dataset_infos.json`", infos_inputs, infos_damage, read_infos),
    "results": Reader("published results in CSV", results_inputs, card_damage, read_results),
}


def outcome(reader, given, folder):
    """ "right" or "refused"; any other error is a defect, and is raised."""
    try:
        reader.read(given, folder)
    except InputError as error:
        said = str(error)
        assert "\n" not in said and 0 < len(said) < 700, f"not one short line: {said[:900]}"
        assert not reader.named or names_a_file(said, folder), f"names no file: {said}"
        return "refused"
    return "right"


def names_a_file(said, folder):
    return str(folder) in said or "README.md" in said or "dataset_infos.json" in said
