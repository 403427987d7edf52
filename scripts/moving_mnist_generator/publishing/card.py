"""Write the YAML of README.md, and dataset_infos.json, from the facts of data/.

datasets believes both: it finds the files of a config by the YAML, casts rows to the features of the JSON, and refuses
a split of another size. So both are generated, from the footers of the Parquet files alone, and name the same configs.
Features are spelled "Sequence": datasets below 4 reads no other.

Not here: the prose of README.md, which is kept byte for byte; whether both files are current, which is in `current`.
"""

import json
import re
from typing import Any

import yaml

from moving_mnist import CITATION, HOMEPAGE, LICENSE

from ..common.checks import InputError
from ..layouts import LAYOUTS
from . import readme_tables
from .facts import Config

BARE = ", ".join(layout.bare for layout in LAYOUTS.values())
DESCRIPTION = (
    "Handwritten digits move in 20 frames of 64x64 pixels and bounce off the walls. The test sequences of the configs "
    f"without annotations ({BARE}) are the authors' own. All others are made by their recipe from MNIST's digits, and "
    "carry labels and positions in the configs of a variant."
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
# Tables of the README that come from dataset_infos.json, each between two lines of cog.
README_TABLES = re.compile(r"(readme_tables\.(facts|configs)\(\)\) \]\]\] -->\n).*?(\n<!-- \[\[\[end\]\]\] -->)", re.S)
FRONT_MATTER = re.compile(r"---\r?\n(.*?\n)??---[ \t]*(\r?\n|\Z)", re.S)
DEFAULT = "default"
PLACEHOLDER = "user/moving_mnist"  # in the README of the code, where the repo's name belongs


def render_card(readme_text: str, configs: list[Config]) -> str:
    """README.md with its YAML and its tables of configs made from the facts of Parquet files, and its prose as it was.

    Args:
        readme_text: with YAML between lines of `---` at its top, or without.
        configs: what `facts.some_configs` returns.

    Raises:
        InputError: the YAML has no end.
    """
    prose = split_card(readme_text)[1]
    infos = json.loads(render_infos(configs))
    infos = {config.name: infos[config.name] for config in configs}
    return front_matter(configs) + README_TABLES.sub(
        lambda block: block[1] + getattr(readme_tables, block[2])(infos) + block[3], prose
    )


def front_matter(configs: list[Config]) -> str:
    """The YAML of README.md, with its lines of `---`."""
    largest = max(config.num_examples for config in configs)
    keys = {
        **STATIC_KEYS,
        "size_categories": [size_category(largest)],
        "configs": [yaml_config(config) for config in configs],
    }
    return f"---\n{NOTE}{yaml.safe_dump(keys, sort_keys=False, allow_unicode=True, width=1000)}---\n"


def size_category(rows: int) -> str:
    """The Hub's category for a number of rows: a power of ten, and the next.

    >>> size_category(12_000)
    '10K<n<100K'
    """
    place = len(str(rows)) - 3  # 1,000 has one digit more than fit below 1K
    if place < 1:
        return "n<1K"
    return f"{SIZES[place - 1]}<n<{SIZES[place]}" if place < len(SIZES) else "n>1T"


def yaml_config(config: Config) -> dict[str, Any]:
    """Where a config's files are, one glob a split."""
    default = {"default": True} if config.name == DEFAULT else {}
    files = [{"split": split.name, "path": f"data/{config.name}/{split.name}-*.parquet"} for split in config.splits]
    return {"config_name": config.name, **default, "data_files": files}


def render_infos(configs: list[Config]) -> str:
    """dataset_infos.json of the same configs: features, and the sizes of splits.

    It has no `size_in_bytes`: datasets would refuse a disk with less space than that. datasets renames the only entry
    of a file to "default", so the only config of another name is written twice, under both names.
    """
    infos = {config.name: info(config) for config in configs}
    if len(infos) == 1:
        infos.setdefault(DEFAULT, info(configs[0]))
    return json.dumps(infos, indent=2) + "\n"


def info(config: Config) -> dict[str, Any]:
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


def split_card(readme_text: str) -> tuple[str, str]:
    """README.md -> (YAML, prose)."""
    found = FRONT_MATTER.match(readme_text)
    if not found and readme_text.startswith("---"):
        raise InputError("README.md must end its YAML with a line of ---")
    return ((found.group(1) or ""), readme_text[found.end() :]) if found else ("", readme_text)
