"""What the Hub's viewer makes of the files: a first page of whole rows, statistics, search, and fast pages.

The viewer itself is out of reach here, so these are its rules, counted on generated files. Its first page is 200 kB of
JSON in which each picture is an address; what does not fit is dropped, and below 10 rows cut to text.
"""

import io
import json
import math
import re

import pyarrow.parquet as pq
import pytest

from moving_mnist_generator import LAYOUTS, VARIANTS, Recipe, generate, load_digits
from moving_mnist_generator.files.parquet import write_parquet
from moving_mnist_generator.files.shards import plan
from moving_mnist_generator.publishing.animated import ROWS_PER_CONFIG, animate, webp
from moving_mnist_generator.publishing.current import expected_features
from moving_mnist_generator.publishing.facts import some_configs
from moving_mnist_generator.rows.captions import captions
from moving_mnist_generator.rows.schema import arrow_column
from moving_mnist_generator.running.engines import make

FIRST_PAGE = 200_000  # bytes of JSON
REVISION = "0" * 40
CONFIGS = ("default", *VARIANTS)
STRIPS = ("strips", "two_digits_strips", "coloured_strips", "plus_plus_strips")  # the last have the widest rows
LARGEST_FILE = 500e6  # bytes
MOST_POSITIONS = {
    "crowded": 200,
    "camera": 200,
    "long": 400,
}  # (row, col) of 5 digits, or in 100 frames; others: of 3 digits in 20
LEAST_WHOLE_ROWS = {"long": 9}  # on the first page, of 100 pictures each: the tenth is cut to text; others: 35
SEVERAL_FILES = {("noisy", "frames"): 2, ("noisy", "strips"): 2, ("noisy", "arrays"): 2, ("long", "frames"): 3}
SEARCHED_ONLY = {"coloured", "crowded", "camera"}  # colours, or five digits, make too many captions to be counted
NUMERALS = {"zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"}
STOP_WORDS = {"of", "the", "and", "off", "in", "behind", *NUMERALS}  # the search engine's, of those that captions hold


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Train files: 70 rows of every config of lists, 101 of STRIPS, 501 of `arrays`, 30 of all others.

    Returns:
        {config: path}.
    """
    out = tmp_path_factory.mktemp("viewer")
    asked = [(name, "frames", 70) for name in CONFIGS] + [(name, "arrays", 30) for name in VARIANTS]
    asked += [(name, "strips", 101 if f"{name}_strips" in STRIPS else 30) for name in VARIANTS]
    asked += [("default", "strips", 101), ("default", "arrays", 501)]
    shards = [shard for name, layout, rows in asked for shard in plan(name, {"train": rows}, (layout,))]
    for _ in make(shards, out):
        pass
    return {shard.config: out / shard.config / shard.name for shard in shards}


def asset(config, row, frame, height=64):
    """One picture, as the viewer describes it."""
    page = f"https://datasets-server.huggingface.co/cached-assets/user/moving_mnist/--/{REVISION}/--"
    name = f"image-{frame:07x}.jpg"
    return {"src": f"{page}/{config}/train/{row}/image_sequence/{name}", "height": height, "width": 64}


def whole_rows(path):
    """How many rows of a file of pictures fit, uncut, on the first page."""
    config, table = path.parent.name, pq.read_table(path)
    features = json.loads(table.schema.metadata[b"huggingface"])["info"]["features"]
    size = len(json.dumps(features)) + len('"dataset":"user/moving_mnist","split":"train"')
    rows = table.drop_columns("image_sequence").to_pylist()
    for number in range(len(table)):
        num_frames = VARIANTS[config].num_frames if config in VARIANTS else 20
        pictures = [asset(config, number, frame) for frame in range(num_frames)]
        if config.endswith("strips"):
            pictures = asset(config, number, 0, height=1280)
        annotations = rows[number] if rows else {}
        row = {"row_idx": number, "row": {"image_sequence": pictures, **annotations}, "truncated_cells": []}
        size += len(json.dumps(row, separators=(",", ":"))) + 1
        if size > FIRST_PAGE:
            return number
    return len(table)


# The first page


def test_the_model_of_the_first_page_agrees_with_the_viewers_own_worker(files):
    """Which was run on such layouts: 52-58 rows of 20 pictures alone, about 40 with annotations."""
    assert 46 <= whole_rows(files["default"]) <= 58
    assert 38 <= whole_rows(files["two_digits"]) <= 46


@pytest.mark.parametrize("config", CONFIGS)
def test_the_first_page_shows_whole_rows(files, config):
    found, least = whole_rows(files[config]), LEAST_WHOLE_ROWS.get(config, 35)
    assert found >= least, f"the Hub shows {found} rows of {config}: if that is enough, add it to LEAST_WHOLE_ROWS"


@pytest.mark.parametrize("config", STRIPS)
def test_the_first_page_shows_a_whole_row_group_of_strips(files, config):
    assert whole_rows(files[config]) >= 100


@pytest.mark.parametrize("config", CONFIGS)
def test_a_cell_beside_the_pictures_holds_few_numbers(config):
    for name, feature in expected_features()[config].items():
        if "shape" in feature:
            few = MOST_POSITIONS.get(config, 120) if name == "positions" else 100
            count = math.prod(feature["shape"])
            assert count <= few, f"{name} of {config}: if {count} numbers are few enough, add it to MOST_POSITIONS"


def test_pixels_as_numbers_have_configs_of_their_own():
    arrays = {
        config
        for config, features in expected_features().items()
        if any(math.prod(feature.get("shape", ())) > 400 for feature in features.values())
    }
    assert arrays == {"arrays", *(f"{name}_arrays" for name in ("authors", *VARIANTS))}


# Motion


@pytest.fixture(scope="module")
def animated(files):
    """Moving pictures of the first rows of every variant."""
    return animate(some_configs(files["default"].parents[1]), "user/moving_mnist")


def test_moving_pictures_are_the_second_config(files):
    names = sorted({"animated", *files} - {"default"})
    assert names[0] == "animated"


def test_moving_pictures_of_all_variants_and_the_authors_take_less_than_2_mb(animated):
    """Counted on one picture of each config."""
    first = [frames for path, frames in animated.pictures.items() if path.endswith("-0.webp")]
    assert len(first) == len(VARIANTS)
    assert ROWS_PER_CONFIG * sum(len(webp(frames)) for frames in [*first, first[0]]) + len(animated.content) < 2e6


def test_a_moving_picture_is_a_cell_without_bytes_whose_address_is_a_file_of_the_same_repo(animated):
    rows = pq.read_table(io.BytesIO(animated.content)).to_pylist()
    paths = [row["preview"]["path"] for row in rows]
    assert {row["preview"]["bytes"] for row in rows} == {None}
    assert [path.removeprefix("hf://datasets/user/moving_mnist@main/") for path in paths] == list(animated.pictures)
    assert not any("@" in path for path in animated.pictures)  # the viewer puts /resolve/ in place of each
    assert len(json.dumps(rows)) < FIRST_PAGE


@pytest.mark.parametrize(
    "names", [["one_digit"], ["two_digits", "three_digits"], ["one_digit", "two_digits"], VARIANTS]
)
def test_no_column_of_moving_pictures_has_two_neighbouring_lengths_or_integers(files, names):
    """For which the viewer drops the statistics of the whole split."""
    configs = [config for config in some_configs(files["default"].parents[1]) if config.name in names]
    found = animate(configs, "user/moving_mnist")
    assert found.config.features["config"]["_type"] == "ClassLabel"  # the only one that is no text
    for name, column in pq.read_table(io.BytesIO(found.content)).to_pydict().items():
        if name in ("labels", "caption"):
            lengths = {len(text) for text in column if text is not None}
            assert max(lengths) - min(lengths) != 1, name


# Pages, fast


def row_groups(path):
    footer = pq.read_metadata(path)
    return [footer.row_group(number) for number in range(footer.num_row_groups)]


def test_a_page_is_one_row_group(files, tmp_path):
    for name, rows in {"frames": 100, "arrays": 500, "strips": 100}.items():
        assert LAYOUTS[name].rows_in_group(20 * 64 * 64) == rows
    assert [group.num_rows for group in row_groups(files["strips"])] == [100, 1]
    assert [group.num_rows for group in row_groups(files["arrays"])] == [500, 1]
    (shard,) = plan("one_digit", {"train": 201}, ("frames",))
    for _ in make([shard], tmp_path):
        pass
    assert [group.num_rows for group in row_groups(tmp_path / "one_digit" / shard.name)] == [100, 100, 1]


@pytest.mark.parametrize("config", [*CONFIGS, *STRIPS, "arrays", "coloured_arrays"])
def test_every_column_is_zstd_with_a_page_index(files, config):
    for group in row_groups(files[config]):
        for column in map(group.column, range(group.num_columns)):
            assert column.compression == "ZSTD" and column.has_offset_index, column.path_in_schema


def test_columns_that_are_filtered_have_a_column_index_and_pictures_have_none(files):
    group = row_groups(files["two_digits"])[0]
    indexed = {
        column.path_in_schema for column in map(group.column, range(group.num_columns)) if column.has_column_index
    }
    assert indexed == {"sequence_id", "labels.list.element", "digit_ids.list.element", "caption"}


def test_a_row_more_at_the_front_leaves_later_pages_as_they_are(tmp_path):
    """Content-defined chunking: storage that deduplicates keeps what follows an insertion."""
    frames = generate("two_digits", "train", range(201)).frames
    features, written = Recipe("two_digits", "train").features("frames", annotated=False), []
    for first in (1, 0):
        path = tmp_path / f"{first}.parquet"
        assert sum(write_parquet(path, "frames", features, [(frames[first:], {})], {})) == 201 - first
        written.append(path.read_bytes())
    assert written[0][-350_000:-50_000] in written[1]  # longer than a block of zstd, 128 KiB


def test_a_split_of_published_size_is_one_file(files):
    for name in CONFIGS:
        shards = plan(name, {"train": 10_000, "validation": 1_000, "test": 1_000}, LAYOUTS)
        for shard in shards:
            many = shard.split == "train"
            wanted = SEVERAL_FILES.get((name, shard.layout), 1) if many else 1
            assert shard.count == wanted, f"{shard.config}: if it is {shard.count} files, add it to SEVERAL_FILES"


def test_no_file_of_a_larger_split_is_above_500_mb(files):
    for name in CONFIGS:
        for shard in plan(name, {"train": 10**6}, LAYOUTS):
            path = files[shard.config]
            size = (shard.stop - shard.start) * path.stat().st_size / pq.read_metadata(path).num_rows
            assert size < LARGEST_FILE, shard


# Statistics, filters and search


def test_every_annotation_is_of_a_kind_that_gets_statistics_where_there_is_one():
    """Numbers, strings, classes and lists do; arrays get none, so only what has two axes or more is one."""
    for config, features in expected_features().items():
        for name, feature in features.items():
            kind = feature["_type"]
            assert kind in ("Value", "Sequence", "Image") or len(feature["shape"]) >= 2, (config, name)
            if kind == "Value":
                assert feature["dtype"] in ("int64", "float32", "string")
            elif kind == "Sequence":
                assert feature["feature"]["_type"] in ("Image", "ClassLabel", "Value")


def found(words, shown):
    """Rows in which the search finds all words. It knows only a-z, and leaves out stop words."""
    words = set(re.findall("[a-z]+", words.lower())) - STOP_WORDS
    return [row for row, caption in enumerate(shown) if words and words <= set(re.findall("[a-z]+", caption.lower()))]


@pytest.mark.parametrize("name", VARIANTS)
def test_searching_for_two_plurals_finds_the_sequences_of_these_digits(files, name):
    rows = pq.read_table(files[name], columns=["labels", "caption"]).to_pylist()
    shown = [row["caption"] for row in rows]
    for words, classes in {"sevens": [7], "sevens and twos": [7, 2], "Eights, ones": [8, 1]}.items():
        assert found(words, shown) == [number for number, row in enumerate(rows) if set(classes) <= set(row["labels"])]
    assert found("seven", shown) == []


@pytest.mark.parametrize("name", sorted(set(VARIANTS) - SEARCHED_ONLY))
def test_captions_are_few_enough_to_be_counted_and_filtered(name):
    """At most 1,000 values, in at most a fifth of the rows. Three digits need 1,200 rows for that."""
    k = VARIANTS[name].num_digits
    rows = 1_000 if k <= 2 else 1_200
    shown = set(captions(generate(name, "validation", range(rows)), load_digits().class_names))
    assert len(shown) <= min(1_000, rows / 5), f"{len(shown)} captions of {name}: add it to SEARCHED_ONLY"
    movements = {re.sub(".*?(?=bouncing|moving|standing)", "", caption) for caption in shown}
    assert math.comb(9 + k, k) * len(movements) <= min(1_000, 10_000 / 5)


def test_a_row_reads_back_as_the_viewer_reads_it(files):
    """By Arrow alone, without datasets: lists of numbers, and pictures as bytes."""
    row = pq.read_table(files["two_digits"]).slice(3, 1).to_pylist()[0]
    made = generate("two_digits", "train", [3])
    recipe = Recipe("two_digits", "train")
    columns = {name: arrow_column(values).to_pylist() for name, values in recipe.annotations(made).items()}
    assert list(row) == ["image_sequence", *columns]
    assert {name: row[name] for name in columns} == {name: values[0] for name, values in columns.items()}
    assert {frame["bytes"][:4] for frame in row["image_sequence"]} == {b"\x89PNG"}
