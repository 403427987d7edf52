"""croissant.json describes every file and every column; mlcroissant, where it is installed, finds nothing to say."""

import hashlib
import json
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from helpers import SIZES, make_files, write_files

import moving_mnist
from moving_mnist_generator import generate
from moving_mnist_generator.core.recipe import Recipe
from moving_mnist_generator.publishing.contents import data_files
from moving_mnist_generator.publishing.croissant import render_croissant
from moving_mnist_generator.publishing.current import expected_features
from moving_mnist_generator.publishing.facts import some_configs
from moving_mnist_generator.rows.columns import all_columns

CONFIGS = ("default", "arrays", "three_digits", "three_digits_arrays", "two_digits", "two_digits_arrays")


def render(folder, repo_id=None):
    """croissant.json of a folder with data/."""
    configs = some_configs(folder / "data")
    hashes = {path: hashlib.sha256(shard.path.read_bytes()).hexdigest() for path, shard in data_files(configs).items()}
    return render_croissant(configs, hashes, repo_id)


@pytest.fixture(scope="module")
def beside(data, tmp_path_factory):
    """A folder with data/ and the croissant.json of it."""
    folder = tmp_path_factory.mktemp("croissant")
    shutil.copytree(data, folder / "data")
    (folder / "croissant.json").write_text(render(folder))
    return folder


@pytest.fixture(scope="module")
def croissant(beside):
    return json.loads((beside / "croissant.json").read_text())


def test_what_the_hub_leaves_out_is_there(croissant):
    assert croissant["citeAs"] == moving_mnist.CITATION and croissant["version"] == "1.0.0"
    assert croissant["datePublished"] == "2026-11-22"
    assert croissant["sameAs"][0] == "http://www.cs.toronto.edu/~nitish/unsupervised_video/"
    assert croissant["license"] == "https://creativecommons.org/licenses/by-sa/3.0/"
    assert [creator["name"] for creator in croissant["creator"]] == [
        "Nitish Srivastava",
        "Elman Mansimov",
        "Ruslan Salakhutdinov",
    ]
    assert croissant["conformsTo"] == [
        "http://mlcommons.org/croissant/1.1",
        "http://mlcommons.org/croissant/RAI/1.0",
    ]


def test_what_is_said_on_responsible_use_is_what_the_readme_says(croissant):
    said = [text for key in croissant if key.startswith("rai:") for text in in_list(croissant[key])]
    assert {"rai:dataCollection", "rai:dataCollectionType", "rai:dataBiases", "rai:dataLimitations"} <= set(croissant)
    assert {"rai:dataUseCases", "rai:personalSensitiveInformation", "rai:dataAnnotationProtocol"} <= set(croissant)
    readme = " ".join((Path(__file__).parents[1] / "README.md").read_text().replace("`", "").split())
    silent = {"rai:dataCollectionType", "rai:machineAnnotationTools"}
    assert len(said) > 15 and not any("`" in text for text in said)
    assert not [
        text
        for key in set(croissant) - silent
        if key.startswith("rai:")
        for text in in_list(croissant[key])
        if text not in readme
    ]


def in_list(value):
    return value if isinstance(value, list) else [value]


def test_every_file_has_its_own_hash(beside, croissant):
    files = {file["@id"]: file for file in croissant["distribution"]}
    assert sorted(files) == sorted(str(path.relative_to(beside)) for path in beside.rglob("*.parquet"))
    for name, file in files.items():
        content = (beside / name).read_bytes()
        assert file["sha256"] == hashlib.sha256(content).hexdigest() and file["contentSize"] == f"{len(content)} B"
        assert file["contentUrl"] == name and file["encodingFormat"] == "application/x-parquet"


def test_every_split_is_a_record_set_with_all_of_its_columns(croissant):
    columns = {
        record_set["@id"]: {field["name"]: field for field in record_set["field"]}
        for record_set in croissant["recordSet"]
    }
    assert list(columns) == [
        f"{config}/{split}"
        for config in CONFIGS
        for split in SIZES
        if split != "test" or config not in ("default", "arrays")
    ]
    for name, fields in columns.items():
        assert list(fields) == list(expected_features()[name.split("/")[0]])
        for column, field in fields.items():
            file = f"data/{name}-00000-of-00001.parquet"
            assert field["source"]["fileObject"] == {"@id": file} and field["source"]["extract"] == {"column": column}


def test_arrays_and_lists_say_their_shape(croissant):
    fields = {field["name"]: field for field in croissant["recordSet"][-1]["field"]}
    kinds = {name: (field["dataType"], field.get("arrayShape")) for name, field in fields.items()}
    assert kinds == {
        "image_sequence": ("sc:Integer", "20,64,64"),
        "sequence_id": ("sc:Integer", None),
        "labels": ("sc:Integer", "-1"),
        "digit_ids": ("sc:Integer", "-1"),
        "positions": ("sc:Integer", "2,20,2"),
        "velocities": ("sc:Float", "2,2"),
        "caption": ("sc:Text", None),
    }
    assert all(field.get("isArray", False) == ("arrayShape" in field) for field in fields.values())
    assert fields["image_sequence"]["description"].endswith("; 20 x 64 x 64 uint8.")
    assert fields["positions"]["description"].endswith("; 2 x 20 x 2 int16.")


def test_every_column_of_every_variant_is_described():
    columns = {column for features in expected_features().values() for column in features}
    assert columns == {"image_sequence", *all_columns()}


def test_frames_are_pictures_taken_from_their_bytes(croissant):
    field = croissant["recordSet"][0]["field"][0]
    assert (field["dataType"], field["isArray"], field["repeated"]) == ("sc:ImageObject", True, True)
    assert field["source"]["transform"] == {"jsonPath": "bytes"}


def test_on_the_hub_files_have_addresses(beside):
    croissant = json.loads(render(beside, "user/moving_mnist"))
    page = "https://huggingface.co/datasets/user/moving_mnist"
    assert croissant["url"] == page
    assert croissant["distribution"][0]["contentUrl"] == (
        f"{page}/resolve/main/data/default/train-00000-of-00001.parquet"
    )


@pytest.fixture
def two_files(tmp_path):
    """A folder with data/ of `default` alone, whose train split has two files: of 12 and of 5 sequences."""
    write_files(tmp_path / "data", Recipe("two_digits", "train"), [(0, 12), (12, 17)], annotated=False)
    return tmp_path


@pytest.mark.parametrize("repo_id", [None, "user/moving_mnist"])
def test_a_split_of_several_files_has_one_record_set_and_one_set_of_files(two_files, repo_id):
    croissant = json.loads(render(two_files, repo_id))
    assert [record_set["@id"] for record_set in croissant["recordSet"]] == ["default/train"]
    (field,) = croissant["recordSet"][0]["field"]
    assert field["source"]["fileSet"] == {"@id": "default/train/files"}
    parts = {each["@id"]: each for each in croissant["distribution"]}
    assert parts["default/train/files"]["includes"] == "data/default/train-*.parquet"
    assert parts["default/train/files"].get("containedIn") == ({"@id": "repo"} if repo_id else None)
    assert sorted(parts) == (["default/train/files", "repo"] if repo_id else ["default/train/files"])


def test_a_split_of_5000_files_takes_no_more_words_than_one_of_two(two_files):
    (config,) = some_configs(two_files / "data")
    (split,) = config.splits
    long = replace(config, splits=(replace(split, shards=split.shards[:1] * 5_000),))
    assert len(render_croissant([long], {}, "user/moving_mnist")) == len(render(two_files, "user/moving_mnist"))


# As mlcroissant sees it: in a process without datasets, whose types for pandas break pandas' own rows

READER = """
import json, sys
from itertools import islice
import mlcroissant, numpy
croissant, mapping, record_set, count = json.loads(sys.argv[1])
read = mlcroissant.Dataset(croissant, mapping=mapping)
rows = [{name.split("/")[-1]: value for name, value in row.items()} for row in islice(read.records(record_set), count)]
for row in rows:
    found = row["image_sequence"]  # a strip is one picture
    frames = numpy.asarray(found).reshape(-1, 64, 64) if hasattr(found, "getpixel") else map(numpy.asarray, found)
    row["image_sequence"] = [frame.tolist() for frame in frames]
json.dump({"issues": read.metadata.issues.report(), "rows": rows}, sys.stdout, default=bytes.decode)
"""


@pytest.fixture
def mlcroissant():
    """Reads the first records of a record set: (what it prints, what it complains of)."""
    pytest.importorskip("mlcroissant", reason="mlcroissant is not installed")

    def read(croissant, record_set, count, mapping=None):
        asked = json.dumps([croissant, mapping, record_set, count], default=str)
        ended = subprocess.run([sys.executable, "-c", READER, asked], capture_output=True, text=True)
        return json.loads(ended.stdout or "null"), ended.stderr

    return read


@pytest.mark.ci
@pytest.mark.parametrize("repo_id", [None, "user/moving_mnist"])
def test_mlcroissant_reads_all_files_of_a_split(mlcroissant, two_files, repo_id):
    path = two_files / "croissant.json"
    path.write_text(render(two_files, repo_id))
    said, complaints = mlcroissant(path, "default/train", 99, {"repo": two_files} if repo_id else None)
    assert said and said["issues"] == "" and "WARNING" not in complaints, complaints
    wanted = generate("two_digits", "train", range(17)).frames
    assert np.array_equal([row["image_sequence"] for row in said["rows"]], wanted)


@pytest.mark.parametrize("repo_id", [None, "user/moving_mnist"])
def test_mlcroissant_has_no_error_and_no_warning(mlcroissant, beside, two_files, tmp_path, repo_id):
    for folder in (beside, two_files) if repo_id else (beside,):  # the other one is read below
        path = tmp_path / "croissant.json"
        path.write_text(render(folder, repo_id))
        said, complaints = mlcroissant(path, "default/train", 0)
        assert said == {"issues": "", "rows": []} and "WARNING" not in complaints


@pytest.mark.parametrize("config", ["default", "two_digits", "two_digits_arrays"])
def test_mlcroissant_reads_the_first_rows_offline(mlcroissant, beside, config):
    said, complaints = mlcroissant(beside / "croissant.json", f"{config}/validation", 2)
    assert said, complaints
    wanted = generate("two_digits", "validation", range(2))
    for i, row in enumerate(said["rows"]):
        assert np.array_equal(row["image_sequence"], wanted.frames[i])
        if config != "default":
            assert (row["sequence_id"], row["labels"]) == (i, wanted.labels[i].tolist())
            assert np.array_equal(row["positions"], wanted.positions[i])
            assert np.array_equal(np.float32(row["velocities"]), wanted.velocities[i])
            assert row["caption"].endswith("bouncing off the walls.")


def test_mlcroissant_reads_the_frames_of_strips(mlcroissant, tmp_path):
    make_files("two_digits", {"validation": 2}, ["strips"], tmp_path / "data")
    (tmp_path / "croissant.json").write_text(render(tmp_path))
    said, complaints = mlcroissant(tmp_path / "croissant.json", "two_digits_strips/validation", 99)
    assert said, complaints
    wanted = generate("two_digits", "validation", range(2)).frames
    assert np.array_equal([row["image_sequence"] for row in said["rows"]], wanted)


def test_mlcroissant_reads_files_of_the_hub_from_where_they_are_and_verifies_them(mlcroissant, beside, tmp_path):
    name = "data/default/validation-00000-of-00001.parquet"
    path = tmp_path / "croissant.json"
    path.write_text(render(beside, "user/moving_mnist"))
    said, complaints = mlcroissant(path, "default/validation", 99, {name: beside / name})
    assert said and len(said["rows"]) == SIZES["validation"], complaints
    said, complaints = mlcroissant(
        path, "default/validation", 99, {name: beside / name.replace("validation", "train")}
    )
    assert said is None and "is not identical with the reference" in complaints
