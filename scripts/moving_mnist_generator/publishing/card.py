"""Facts of data/ -> the YAML of README.md, and dataset_infos.json.

datasets believes both: it casts rows to the features they tell and refuses a split of another number of
rows. So both are generated, from the footers of the Parquet files alone, and name the same configs.
Features are spelled "Sequence", in JSON, and `sequence`, in YAML: datasets below 4 reads no other.

Not here: the prose of README.md, which is kept byte for byte.
"""

import json
import re

import yaml

from moving_mnist import CITATION, HOMEPAGE, LICENSE

from ..files.shards import plan
from ..layouts import LAYOUTS
from ..variants import VARIANTS
from .facts import Config, Split

DESCRIPTION = (
    "Handwritten digits move in 20 frames of 64x64 pixels and bounce off the walls. The test sequences of the "
    "configs default and arrays are the authors' own; all others are made by their recipe, from MNIST's digits "
    "and a number, and carry labels and positions in the configs of a variant."
)
STATIC_KEYS = {
    "pretty_name": "Moving MNIST",
    "license": "cc-by-sa-3.0",  # as MNIST is widely quoted; the code's is MIT
    "language": ["en"],  # of the captions
    "task_categories": ["image-to-video"],  # the Hub has no video prediction
    "tags": ["video", "video-prediction", "moving-mnist", "mnist", "synthetic"],
    "annotations_creators": ["machine-generated"],
    "source_datasets": ["extended|mnist"],
}
SIZES = ("1K", "10K", "100K", "1M", "10M", "100M", "1B", "10B", "100B", "1T")  # as the Hub names them
NOTE = "# Written by scripts/update_card.py from the files of data/.\n"

FRONT_MATTER = re.compile(r"---\r?\n(.*?\n)??---[ \t]*(\r?\n|\Z)", re.S)
YAML_NAMES = {"Image": "image", **{f"Array{n}D": f"array{n}_d" for n in (2, 3, 4, 5)}}  # as datasets turns them


def render_card(readme_text, configs):
    """README.md with its YAML made from the facts of Parquet files, and its prose as it was.

    Args:
        readme_text: str, with YAML between lines of `---` at its top, or without.
        configs: what `facts.some_configs` returns.

    Raises:
        ValueError: the YAML has no end.
    """
    return front_matter(configs) + split_card(readme_text)[1]


def check(readme_text, infos_text, configs):
    """Raise ValueError, one line, unless README.md and dataset_infos.json are what the configs give.

    Where there are none, as in a clean checkout, the sizes that the YAML tells are taken for granted: the rest of it
    must be what the code writes for these configs, and the JSON must agree.
    """
    configs = configs or told_configs(readme_text)
    expected = front_matter(configs)
    compare("the YAML of README.md", yaml.safe_load, split_card(readme_text)[0], split_card(expected)[0])
    compare("dataset_infos.json", json.loads, infos_text, render_infos(configs))


def front_matter(configs):
    """The YAML of README.md, with its lines of `---`."""
    largest = max(config.num_examples for config in configs)
    keys = {
        **STATIC_KEYS,
        "size_categories": [size_category(largest)],
        "configs": [yaml_config(config) for config in configs],
        "dataset_info": [yaml_info(config) for config in configs],
    }
    return f"---\n{NOTE}{yaml.safe_dump(keys, sort_keys=False, allow_unicode=True, width=1000)}---\n"


def size_category(rows):
    """Such as 10K<n<100K: a power of ten, and the next."""
    place = len(str(rows)) - 3  # 1,000 has one digit more than fit below 1K
    if place < 1:
        return "n<1K"
    return f"{SIZES[place - 1]}<n<{SIZES[place]}" if place < len(SIZES) else "n>1T"


def yaml_config(config):
    """Where a config's files are, one glob a split."""
    default = {"default": True} if config.name == "default" else {}
    files = [{"split": split.name, "path": f"data/{config.name}/{split.name}-*.parquet"} for split in config.splits]
    return {"config_name": config.name, **default, "data_files": files}


def yaml_info(config):
    """What a config holds."""
    return {
        "config_name": config.name,
        "features": [{"name": name, **yaml_feature(feature)} for name, feature in config.features.items()],
        "splits": [
            {"name": split.name, "num_bytes": split.num_bytes, "num_examples": split.num_examples}
            for split in config.splits
        ],
        "download_size": config.download_size,
        "dataset_size": config.num_bytes,
    }


def yaml_feature(feature):
    """A feature as datasets 2 and 3 write it to YAML, which is what every version reads."""
    kind = feature["_type"]
    if kind == "Sequence":
        return {"sequence": yaml_feature(feature["feature"])["dtype"]}
    if kind == "ClassLabel":
        return {"dtype": {"class_label": {"names": {str(i): name for i, name in enumerate(feature["names"])}}}}
    if "shape" in feature:
        return {"dtype": {YAML_NAMES[kind]: {"shape": list(feature["shape"]), "dtype": feature["dtype"]}}}
    return {"dtype": YAML_NAMES.get(kind) or feature["dtype"]}


def render_infos(configs):
    """dataset_infos.json of the same configs, for what reads no YAML.

    It has no `size_in_bytes`: datasets would refuse a disk with less space than that.
    """
    if [config.name for config in configs] != ["default"] and len(configs) == 1:
        return "{}\n"  # datasets takes a config that is alone for "default"
    return json.dumps({config.name: info(config) for config in configs}, indent=2) + "\n"


def info(config):
    """One config, as datasets writes a DatasetInfo to JSON."""
    return {
        "description": DESCRIPTION,
        "citation": CITATION,
        "homepage": HOMEPAGE,
        "license": LICENSE,
        "features": config.features,
        "config_name": config.name,
        "splits": {
            split.name: {
                "name": split.name,
                "num_bytes": split.num_bytes,
                "num_examples": split.num_examples,
                "dataset_name": None,
            }
            for split in config.splits
        },
        "download_size": config.download_size,
        "dataset_size": config.num_bytes,
    }


def split_card(readme_text):
    """README.md -> (YAML, prose)."""
    found = FRONT_MATTER.match(readme_text)
    if not found and readme_text.startswith("---"):
        raise ValueError("README.md must end its YAML with a line of ---")
    return ((found.group(1) or ""), readme_text[found.end() :]) if found else ("", readme_text)


def told_configs(readme_text):
    """The configs of which the YAML tells the sizes, with the features that the code gives them."""
    features = expected_features()
    try:
        told = yaml.safe_load(split_card(readme_text)[0])["dataset_info"]
        sizes = {
            info["config_name"]: (
                tuple(Split(split["name"], split["num_examples"], split["num_bytes"]) for split in info["splits"]),
                info["download_size"],
            )
            for info in told
        }
    except (yaml.YAMLError, KeyError, TypeError):
        raise ValueError("the YAML of README.md must tell dataset_info; scripts/update_card.py writes it") from None
    if unknown := sorted(set(sizes) - set(features)):
        raise ValueError(f"the YAML of README.md tells of config {unknown[0]}, which no variant has")
    return [Config(name, features[name], *size) for name, size in sizes.items()]


def expected_features():
    """{config: features} of all configs that the code can make of the embedded digits."""
    shards = [shard for name in ("default", *VARIANTS) for shard in plan(name, {"train": 1}, LAYOUTS)]
    return {shard.config: shard.recipe.features(shard.layout, annotated=shard.annotated) for shard in shards}


def compare(what, parse, found, expected):
    """Raise ValueError with the first difference between two texts, if there is one."""
    if found == expected:
        return
    try:
        place = first_difference(parse(found) or {}, parse(expected)) or "its layout is not as it is written"
    except (yaml.YAMLError, ValueError) as error:
        place = f"it does not parse ({error})"
    raise ValueError(f"{what} is stale: {place}; scripts/update_card.py writes it anew")


def first_difference(found, expected, place=""):
    """In words, where two values of dicts, lists and scalars first differ; None if they do not."""
    if isinstance(found, list) and isinstance(expected, list):
        found, expected = by_name(found), by_name(expected)
    if not isinstance(found, dict) or not isinstance(expected, dict):
        return None if found == expected else f"{place} must be {expected!r}, not {found!r}"
    for key in [*expected, *found]:
        here = f"{place}.{key}" if place else str(key)
        if key not in expected:
            return f"{here} has no business there"
        if key not in found:
            return f"{here} is missing"
        if difference := first_difference(found[key], expected[key], here):
            return difference
    return None if list(found) == list(expected) else f"{place or 'its keys'} must be in the order {list(expected)}"


def by_name(values):
    """A list as a dict, by the names of its members where they have some."""
    names = ("config_name", "name", "split")
    return {
        next((value[name] for name in names if isinstance(value, dict) and name in value), index): value
        for index, value in enumerate(values)
    }
