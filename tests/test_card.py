"""The card's YAML and dataset_infos.json describe what data/ holds, in words that every version of datasets reads.

The published tree here has 12 + 5 + 4 sequences a config, with three made-up ones for the authors' test split.
"""

import errno
import json
import re
import shutil
from pathlib import Path

import datasets
import huggingface_hub
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml
from clients import run_script
from helpers import SCRIPTS, SIZES, write_files

from moving_mnist_generator import VARIANTS, Variant, generate
from moving_mnist_generator.common.checks import InputError
from moving_mnist_generator.core.recipe import Recipe
from moving_mnist_generator.files.authors import FILE_NAME, fetch, write_test
from moving_mnist_generator.layouts import LAYOUTS, split_config
from moving_mnist_generator.publishing import readme_tables
from moving_mnist_generator.publishing.animated import animate, beside
from moving_mnist_generator.publishing.card import PLACEHOLDER, render_card, render_infos
from moving_mnist_generator.publishing.current import check, check_variants, expected_features
from moving_mnist_generator.publishing.facts import Config, Split, read_configs, some_configs

ROOT = Path(__file__).parents[1]
PROSE = "\n# Moving MNIST\r\n\nA rule:\n\n---\n\nand *no* line end after it\n---  "
AUTHORS_TEST = np.random.default_rng(5).integers(0, 256, (20, 3, 64, 64), np.uint8)
ORDER = ["default", "arrays", "three_digits", "three_digits_arrays", "two_digits", "two_digits_arrays"]
TWO_DIGITS_FEATURES = {
    "image_sequence": {"feature": {"_type": "Image"}, "_type": "Sequence"},
    "sequence_id": {"dtype": "int64", "_type": "Value"},
    "labels": {"feature": {"names": list("0123456789"), "_type": "ClassLabel"}, "_type": "Sequence"},
    "digit_ids": {"feature": {"dtype": "int32", "_type": "Value"}, "_type": "Sequence"},
    "positions": {"shape": [2, 20, 2], "dtype": "int16", "_type": "Array3D"},
    "velocities": {"shape": [2, 2], "dtype": "float32", "_type": "Array2D"},
    "caption": {"dtype": "string", "_type": "Value"},
}  # what DatasetInfo.write_to_directory of datasets 2.14.7 and 3.6.0 writes


@pytest.fixture(scope="module")
def published(data, tmp_path_factory):
    """A folder as it is published: README.md, dataset_infos.json, data/ with a test split in every config."""
    folder = tmp_path_factory.mktemp("published")
    shutil.copytree(data, folder / "data")
    np.save(folder / "seq.npy", AUTHORS_TEST)
    for layout in ("frames", "arrays"):
        path = folder / "data" / LAYOUTS[layout].bare / FILE_NAME
        assert sum(write_test(fetch(folder / "seq.npy", None), layout, path)) == 3
    (folder / "seq.npy").unlink()
    (folder / "README.md").write_bytes(render_card(PROSE, some_configs(folder / "data")).encode())
    (folder / "dataset_infos.json").write_text(render_infos(some_configs(folder / "data")))
    return folder


@pytest.fixture
def copy(published, tmp_path):
    """The published folder, to be changed."""
    return Path(shutil.copytree(published, tmp_path / "copy"))


@pytest.fixture
def empty(tmp_path):
    """data/ of a clean checkout."""
    (tmp_path / "clean").mkdir()
    return tmp_path / "clean"


def card(folder):
    return (folder / "README.md").read_bytes().decode()


def infos(folder):
    return (folder / "dataset_infos.json").read_text()


def card_yaml(folder):
    return yaml.safe_load(card(folder).split("\n---\n")[0])


def pixels(row):
    return np.stack([np.asarray(frame) for frame in row["image_sequence"]]).astype(np.uint8)


# What is written


def test_the_hub_reads_the_yaml(published):
    keys = huggingface_hub.DatasetCard.load(published / "README.md").data.to_dict()
    assert keys["license"] == "cc-by-sa-3.0" and keys["pretty_name"] == "Moving MNIST"
    assert keys["task_categories"] == ["image-to-video"] and keys["language"] == ["en"]
    assert keys["annotations_creators"] == ["machine-generated"] and keys["source_datasets"] == ["extended|mnist"]
    assert {"video", "video-prediction", "moving-mnist", "synthetic"} <= set(keys["tags"])
    assert keys["size_categories"] == ["n<1K"]


@pytest.mark.parametrize(
    ("rows", "category"),
    [(999, "n<1K"), (1_000, "1K<n<10K"), (21_000, "10K<n<100K"), (10**8, "100M<n<1B"), (10**12, "n>1T")],
)
def test_the_size_category_is_that_of_the_largest_config(rows, category):
    configs = [Config("small", {}, (Split("test", 5, 5),), 5), Config("large", {}, (Split("test", rows, 5),), 5)]
    assert yaml.safe_load(render_card("", configs).strip("-\n"))["size_categories"] == [category]


def test_default_comes_first_and_the_others_by_name_as_the_hub_shows_them(published):
    keys = card_yaml(published)
    assert [config["config_name"] for config in keys["configs"]] == ORDER
    assert list(json.loads(infos(published))) == ORDER
    assert [config["config_name"] for config in keys["configs"] if config.get("default")] == ["default"]


def test_the_yaml_holds_keys_and_configs_alone(published):
    """Features and sizes are in dataset_infos.json, which all versions of datasets read."""
    keys = card_yaml(published)
    assert "dataset_info" not in keys and list(keys)[-1] == "configs"
    assert {key for config in keys["configs"] for key in config} == {"config_name", "default", "data_files"}


def test_each_split_is_one_glob(published):
    config = card_yaml(published)["configs"][-1]
    assert config["data_files"] == [
        {"split": "train", "path": "data/two_digits_arrays/train-*.parquet"},
        {"split": "validation", "path": "data/two_digits_arrays/validation-*.parquet"},
        {"split": "test", "path": "data/two_digits_arrays/test-*.parquet"},
    ]


def test_the_prose_stays_byte_for_byte(published):
    assert card(published).endswith("---\n" + PROSE)
    assert render_card(card(published), some_configs(published / "data")) == card(published)


@pytest.mark.parametrize("front", ["", "---\n---\n", "---\nlicense: mit\n---\n", "---\r\nlicense: mit\r\n---\r\n"])
def test_whatever_yaml_was_there_is_replaced(published, front):
    assert render_card(front + PROSE, some_configs(published / "data")) == card(published)


def test_yaml_without_an_end_is_refused(published):
    with pytest.raises(InputError, match=re.escape("README.md must end its YAML with a line of ---")):
        render_card("---\nlicense: mit\n", some_configs(published / "data"))


# Features


def features_of(folder):
    return {name: info["features"] for name, info in json.loads(infos(folder)).items()}


def test_features_are_spelled_as_datasets_2_spells_them(published):
    written = features_of(published)
    assert written["two_digits"] == TWO_DIGITS_FEATURES and list(written["two_digits"]) == list(TWO_DIGITS_FEATURES)
    assert written["default"] == {"image_sequence": TWO_DIGITS_FEATURES["image_sequence"]}
    array = {"image_sequence": {"shape": [20, 64, 64], "dtype": "uint8", "_type": "Array3D"}}
    assert written["arrays"] == array
    assert written["two_digits_arrays"] == TWO_DIGITS_FEATURES | array


def test_no_list_appears_anywhere(published):
    """datasets below 4 knows no List."""
    assert "List" not in card(published) and "list:" not in card(published) and "- list" not in card(published)
    assert "List" not in infos(published) and infos(published).count('"Sequence"') == 11
    for path in published.rglob("*.parquet"):
        assert b'"List"' not in pq.read_metadata(path).metadata[b"huggingface"]


def test_json_files_and_code_have_the_same_features(published):
    for config in ORDER:
        expected = datasets.Features.from_dict(expected_features()[config])
        assert datasets.Features.from_dict(features_of(published)[config]) == expected
        for path in (published / "data" / config).iterdir():
            assert datasets.Features.from_arrow_schema(pq.read_schema(path)) == expected


# Sizes


def test_the_json_has_the_rows_of_each_split(published):
    sizes = dict.fromkeys(ORDER, SIZES) | {config: {**SIZES, "test": 3} for config in ("default", "arrays")}
    for name, info in json.loads(infos(published)).items():
        assert {split: each["num_examples"] for split, each in info["splits"].items()} == sizes[name]
        assert info["dataset_size"] == sum(split["num_bytes"] for split in info["splits"].values())


def test_num_bytes_is_what_datasets_counts_within_one_percent(published, tmp_path):
    for config in ORDER:
        builder = datasets.load_dataset_builder(str(published), config, cache_dir=str(tmp_path / "cache"))
        recorded = {name: split.num_bytes for name, split in builder.info.splits.items()}
        files = builder.info.download_size
        builder.download_and_prepare()
        counted = {name: split.num_bytes for name, split in builder.info.splits.items()}
        assert recorded == pytest.approx(counted, rel=0.002)
        assert files == sum(path.stat().st_size for path in (published / "data" / config).iterdir())


def test_a_row_of_arrays_takes_81920_pixels_and_1301_offsets(published):
    assert json.loads(infos(published))["arrays"]["splits"]["train"]["num_bytes"] == 12 * (
        20 * 64 * 64 + 4 * (1 + 20 + 20 * 64)
    )


def test_no_size_is_written_that_would_refuse_a_small_disk(published):
    assert "size_in_bytes" not in infos(published) + card(published)


def test_facts_are_read_from_footers_alone(copy):
    before = read_configs(copy / "data")
    for path in copy.rglob("*.parquet"):
        whole = path.read_bytes()
        footer = int.from_bytes(whole[-8:-4], "little") + 8
        path.write_bytes(b"\0" * (len(whole) - footer) + whole[-footer:])
    assert read_configs(copy / "data") == before


# Loading


@pytest.mark.parametrize("streaming", [False, True])
@pytest.mark.parametrize("config", ["default", "arrays", "two_digits", "two_digits_arrays"])
def test_load_dataset_gives_the_pixels(published, tmp_path, config, streaming):
    splits = datasets.load_dataset(str(published), config, streaming=streaming, cache_dir=str(tmp_path / "cache"))
    assert list(splits) == ["train", "validation", "test"]
    for split, rows in splits.items():
        assert rows.features == datasets.Features.from_dict(expected_features()[config])
        wanted = generate("two_digits", split, range(SIZES[split])).frames
        if split == "test" and config in ("default", "arrays"):
            wanted = AUTHORS_TEST.swapaxes(0, 1)
        assert np.array_equal(np.stack([pixels(row) for row in rows]), wanted)


def test_no_name_loads_default(published, tmp_path):
    rows = datasets.load_dataset(str(published), split="test", cache_dir=str(tmp_path / "cache"))
    assert rows.features == datasets.Features.from_dict(expected_features()["default"]) and len(rows) == 3
    assert datasets.get_dataset_config_names(str(published)) == ORDER


def test_the_default_config_alone_keeps_its_name(copy, tmp_path):
    for name in ORDER[1:]:
        shutil.rmtree(copy / "data" / name)
    assert list(json.loads(render_infos(some_configs(copy / "data")))) == ["default"]


@pytest.fixture
def lone(copy):
    """A folder as it is published, with one config that is not `default`."""
    for name in ORDER[:-1]:
        shutil.rmtree(copy / "data" / name)
    (copy / "README.md").write_text(render_card("", some_configs(copy / "data")))
    (copy / "dataset_infos.json").write_text(render_infos(some_configs(copy / "data")))
    return copy


def test_another_config_alone_is_not_taken_for_default(lone, tmp_path):
    assert datasets.get_dataset_config_names(str(lone)) == ["two_digits_arrays"]
    for name in ([], ["two_digits_arrays"]):
        splits = datasets.load_dataset(str(lone), *name, cache_dir=str(tmp_path / "cache"))
        assert {name: len(rows) for name, rows in splits.items()} == SIZES
    check(card(lone), infos(lone), read_configs(lone / "data"))


@pytest.mark.parametrize("folder", ["lone", "copy"])
def test_a_file_that_lost_rows_is_not_loaded(folder, request, tmp_path):
    """Also from a config that is alone, whose entry of dataset_infos.json datasets would rename."""
    folder = request.getfixturevalue(folder)
    path = folder / "data/two_digits_arrays/train-00000-of-00001.parquet"
    pq.write_table(pq.read_table(path)[:-1], path)
    with pytest.raises(datasets.exceptions.NonMatchingSplitsSizesError):
        datasets.load_dataset(str(folder), "two_digits_arrays", cache_dir=str(tmp_path / "cache"))


def test_without_data_a_config_that_is_alone_is_checked_too(lone, empty):
    check(card(lone), infos(lone), read_configs(empty))
    with pytest.raises(InputError, match="dataset_infos.json is stale: two_digits_arrays.splits.train.num_examples"):
        check(card(lone), infos(lone).replace('"num_examples": 12', '"num_examples": 13', 1), read_configs(empty))


@pytest.fixture
def refused(tmp_path, monkeypatch):
    """The one line with which update_card.py ends, in tmp_path and in this process."""
    monkeypatch.chdir(tmp_path)

    def call(*arguments):
        ended = run_script("update_card", *arguments)
        assert ended.returncode == 2 and ended.stderr.count("\n") == 1, ended.stderr
        return ended.stderr

    return call


# Stale files are found: with the data at hand, and without

STALE_CARDS = [  # (what is there, what it becomes, what is said of it)
    ("license: cc-by-sa-3.0", "license: mit", "license must be 'cc-by-sa-3.0', not 'mit'"),
    ("- synthetic\n", "", "tags.4 is missing"),
    ("\nlanguage:", "\nviewer: false\nlanguage:", "viewer must not be there"),
    ("  default: true\n", "", "configs.default.default is missing"),
    ("path: data/arrays/test-*.parquet", "path: data/arrays/test*", "configs.arrays.data_files.test.path must be"),
    ("size_categories:\n- n<1K", "size_categories:\n- n>1T", "size_categories.0 must be 'n<1K', not 'n>1T'"),
    ("- en\n", "- en\n\n", "only the formatting differs"),
    ("license:", "license: [", "it does not parse"),
]
STALE_INFOS = [
    ('"num_examples": 12', '"num_examples": 13', "splits.train.num_examples must be 12, not 13"),
    ('"dataset_size": ', '"dataset_size": 1', "dataset_size must be"),
    ('"_type": "Sequence"', '"_type": "List"', "image_sequence._type must be 'Sequence', not 'List'"),
    ('"dtype": "int16"', '"dtype": "int32"', "features.positions.dtype must be 'int16', not 'int32'"),
    ('"7"', '"seven"', "labels.feature.names.7 must be '7', not 'seven'"),
    ('"two_digits": {', '"two": {', "two_digits is missing"),
    ("{", "", "it does not parse"),
]


def stale_card(text, there, instead):
    assert there in text
    return text.replace(there, instead, 1)


@pytest.mark.parametrize(("there", "instead", "said"), STALE_CARDS)
def test_a_stale_card_is_found(published, there, instead, said):
    text = stale_card(card(published), there, instead)
    with pytest.raises(InputError, match=re.escape(said)) as error:
        check(text, infos(published), read_configs(published / "data"))
    assert str(error.value).startswith("the YAML of README.md is stale: ")


@pytest.mark.parametrize(("there", "instead", "said"), STALE_INFOS)
def test_stale_infos_are_found(published, there, instead, said):
    text = stale_card(infos(published), there, instead)
    with pytest.raises(InputError, match=re.escape(said)) as error:
        check(card(published), text, read_configs(published / "data"))
    assert str(error.value).startswith("dataset_infos.json is stale: ")


@pytest.mark.parametrize(("there", "instead", "said"), STALE_CARDS)
def test_without_data_a_stale_card_is_found_too(published, empty, there, instead, said):
    text = stale_card(card(published), there, instead)
    with pytest.raises(InputError, match=re.escape(said)):
        check(text, infos(published), read_configs(empty))


@pytest.mark.parametrize(("there", "instead", "said"), [case for case in STALE_INFOS if "num_examples" not in case[0]])
def test_without_data_stale_infos_are_found_too(published, empty, there, instead, said):
    text = stale_card(infos(published), there, instead)
    with pytest.raises(InputError, match=re.escape(said.replace("it does not parse", "must hold the sizes"))):
        check(card(published), text, read_configs(empty))


def test_without_data_a_config_of_one_file_alone_is_found(published, empty):
    text = json.dumps({name: info for name, info in json.loads(infos(published)).items() if name != "arrays"})
    with pytest.raises(InputError, match="the YAML of README.md is stale: configs.arrays must not be there"):
        check(card(published), text, read_configs(empty))


def test_without_data_a_config_that_no_variant_has_is_found(published, empty):
    text = infos(published).replace("two_digits", "four_digits")
    with pytest.raises(InputError, match=re.escape("holds a config 'four_digits', which no variant has")):
        check(card(published), text, read_configs(empty))


@pytest.mark.parametrize("text", ["", "{}", "[]", "5", '{"default": 5}', '{"default": {}}', "[" * 100_000])
def test_without_data_infos_that_hold_nothing_are_found(published, empty, text):
    with pytest.raises(InputError, match=re.escape("dataset_infos.json must hold the sizes of all configs")):
        check(card(published), text, read_configs(empty))


def test_other_prose_is_not_stale(published, empty):
    for folder in (published / "data", empty):
        check(card(published).replace(PROSE, "Other prose.\n"), infos(published), read_configs(folder))


def test_a_split_that_is_gone_from_data_is_found(copy):
    (copy / "data" / "two_digits" / "test-00000-of-00001.parquet").unlink()
    with pytest.raises(InputError, match=re.escape("configs.two_digits.data_files.test must not be there")):
        check(card(copy), infos(copy), read_configs(copy / "data"))


def test_the_files_of_this_checkout_are_current(empty):
    check(card(ROOT), infos(ROOT), read_configs(empty))
    check_variants(infos(ROOT))


def test_without_data_a_published_variant_that_is_missing_is_found(refused, tmp_path, monkeypatch):
    (tmp_path / "data").mkdir()
    for name in ("README.md", "dataset_infos.json"):
        shutil.copy(ROOT / name, tmp_path)
    ended = run_script("update_card", "--check")
    assert (ended.stderr, ended.stdout) == ("", "README.md and dataset_infos.json are up to date\n")
    monkeypatch.setitem(VARIANTS, "crowd", Variant("crowd", num_digits=9, words="nine digits"))
    said = "dataset_infos.json is stale: crowd is missing, run generate crowd; update-card writes it again"
    assert said in refused("--check")


# Folders that are not as they should be


def test_data_without_parquet_has_no_card(empty):
    with pytest.raises(InputError, match="holds no Parquet file of a config"):
        render_card(PROSE, some_configs(empty))


def test_a_broken_file_is_named(copy):
    path = copy / "data" / "arrays" / "train-00000-of-00001.parquet"
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(InputError, match=f"{re.escape(str(path))} is not a readable Parquet file"):
        render_card(PROSE, some_configs(copy / "data"))


def test_a_file_of_another_name_is_refused(copy):
    (copy / "data" / "arrays" / "extra.parquet").write_bytes(b"")
    with pytest.raises(InputError, match=re.escape("extra.parquet must be named <split>-00000-of-00001.parquet")):
        render_card(PROSE, some_configs(copy / "data"))


def test_a_file_that_datasets_itself_wrote_is_refused_for_old_versions_cannot_read_its_list(copy):
    features = datasets.Features({"labels": [datasets.Value("int8")]})
    rows = datasets.Dataset.from_dict({"labels": [[1, 2]]}, features=features)
    (copy / "data" / "own").mkdir()
    rows.to_parquet(copy / "data" / "own" / FILE_NAME)
    with pytest.raises(InputError, match="must have features of the kinds .*, not List"):
        render_card(PROSE, some_configs(copy / "data"))


def test_a_file_without_features_is_refused(copy):
    (copy / "data" / "own").mkdir()
    pq.write_table(pa.table({"labels": [1]}), copy / "data" / "own" / FILE_NAME)
    with pytest.raises(InputError, match="must record its features under the key huggingface"):
        render_card(PROSE, some_configs(copy / "data"))


@pytest.mark.parametrize("name", ["train-00000-of-00002.parquet", "train-00001-of-00002.parquet"])
def test_a_split_with_a_file_too_few_or_too_many_is_refused(copy, name):
    folder = copy / "data" / "arrays"
    shutil.copy(folder / "train-00000-of-00001.parquet", folder / name)
    with pytest.raises(InputError, match="must hold every file of its train split, once; it holds 2"):
        render_card(PROSE, some_configs(copy / "data"))


def test_files_of_one_split_are_counted_together(copy):
    (copy / "data/arrays/train-00000-of-00001.parquet").unlink()
    write_files(copy / "data", Recipe("two_digits", "train"), [(0, 12), (12, 24)], "arrays", annotated=False)
    config = read_configs(copy / "data")[1]
    assert config.name == "arrays" and config.splits[0].num_examples == 24


def test_files_of_other_features_are_refused(copy):
    path = copy / "data/arrays/train-00000-of-00001.parquet"
    metadata = pq.read_metadata(path).metadata
    metadata = {**metadata, b"huggingface": metadata[b"huggingface"].replace(b"uint8", b"int16")}
    pq.write_table(pq.read_table(path).replace_schema_metadata(metadata), path)
    with pytest.raises(InputError, match="must have the features of the other files of arrays"):
        render_card(PROSE, some_configs(copy / "data"))


# The command


def test_the_command_writes_both_and_finds_them_current(command, tmp_path, published):
    shutil.copytree(published / "data", tmp_path / "data")
    (tmp_path / "README.md").write_bytes(PROSE.encode())
    assert command("update_card").returncode == 0
    configs = some_configs(published / "data")
    configs = beside(configs, animate(configs, PLACEHOLDER))
    assert [config.name for config in configs] == ["default", "animated", *ORDER[1:]]
    assert card(tmp_path) == render_card(PROSE, configs) and infos(tmp_path) == render_infos(configs)
    ended = command("update_card", "--check")
    assert (ended.returncode, ended.stderr) == (0, "") and "up to date" in ended.stdout


def test_the_command_ends_with_one_line_for_a_stale_file(refused, tmp_path, published):
    (tmp_path / "README.md").write_bytes(card(published).replace("- en", "- de").encode())
    (tmp_path / "dataset_infos.json").write_text(infos(published))
    said = refused("--data", published / "data", "--check")
    assert "the YAML of README.md is stale: language.0 must be 'en', not 'de'; update-card" in said
    assert card(tmp_path) == card(published).replace("- en", "- de")


def test_the_command_needs_data_and_a_readme(refused, published, tmp_path):
    assert "'data' does not exist; generate makes configs" in refused()
    assert "README.md" in refused("--data", published / "data")
    (tmp_path / "README.md").write_bytes(b"\xff")
    assert "README.md must be UTF-8" in refused("--data", published / "data")


@pytest.mark.parametrize("full_at", ["README.md", "dataset_infos.json"])
def test_a_full_disk_leaves_both_files_as_they_were(refused, published, tmp_path, monkeypatch, full_at):
    before = {"README.md": b"---\nlicense: mit\n---\n# Prose\n", "dataset_infos.json": b"{}"}
    for name, content in before.items():
        (tmp_path / name).write_bytes(content)
    write_bytes = Path.write_bytes

    def fill_up(path, content):
        if full_at not in path.name:
            return write_bytes(path, content)
        write_bytes(path, content[: len(content) // 2])
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", fill_up)
    assert "No space left on device" in refused("--data", published / "data")
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_the_cards_tables_are_those_of_the_data(data):
    text = (SCRIPTS.parent / "README.md").read_text(encoding="utf-8")
    card, configs = render_card(text, read_configs(data)), read_configs(data)
    row = re.compile(r"^\| `(\w+)` \|(?: [\d,]* \|){3}(?: (?:[\d.,]+ / [\d.,]+)? \|)+$", re.M)
    assert set(row.findall(card)) == {split_config(config.name)[0] or "default" for config in configs}
    assert len(row.findall(card)) < len(row.findall(text))
    assert f"| {len(configs)} configs, 0.0 GB in all;" in card


def test_all_layouts_of_a_name_share_a_row_if_they_hold_the_same_sequences():
    def info(**counts):
        splits = {split: {"num_examples": count} for split, count in counts.items()}
        return {"splits": splits, "download_size": 5_000_000, "dataset_size": 1_234_500_000}

    lines = readme_tables.configs(
        {"default": info(train=9), "strips": info(train=9), "arrays": info(train=8, test=7_000), "wide": info(test=3)}
    ).splitlines()
    assert lines[0] == "| sequences | train | validation | test | `frames`, MB | `arrays`, MB | `strips`, MB |"
    assert lines[2:] == [
        "| `default` | 9 |  |  | 5.0 / 1,234.5 |  | 5.0 / 1,234.5 |",
        "| `default` | 8 |  | 7,000 |  | 5.0 / 1,234.5 |  |",
        "| `wide` |  |  | 3 | 5.0 / 1,234.5 |  |  |",
    ]
