"""Check that README.md and dataset_infos.json are what data/ gives; without data, that they agree with the code."""

import json
from collections.abc import Callable
from typing import Any

import yaml

from ..common.checks import InputError, in_short, whole_number
from ..common.names import ANIMATED, AUTHORS
from ..common.refusals import YAML, is_damage, reason
from ..core.recipe import Recipe
from ..core.variants import VARIANTS
from ..files.shards import DEFAULT, REFERENCE, plan
from ..layouts import LAYOUTS
from .animated import features as animated_features
from .animated import in_order, shown
from .card import front_matter, render_infos, split_card
from .facts import Config, Split


class Stale(InputError):
    """README.md or dataset_infos.json is not what `update_card` writes."""


def check(readme_text: str, infos_text: str, configs: list[Config]) -> None:
    """Raise Stale unless README.md and dataset_infos.json are what the configs give.

    Args:
        readme_text, infos_text: the two files.
        configs: what `facts.read_configs` returns. If there are none, as in a clean checkout, the sizes in
            dataset_infos.json are taken as right, and all else must be what the code writes for these configs.
    """
    configs = configs or recorded_configs(infos_text)
    compare("the YAML of README.md", yaml.safe_load, split_card(readme_text)[0], split_card(front_matter(configs))[0])
    compare("dataset_infos.json", json.loads, infos_text, render_infos(configs))


def check_variants(infos_text: str) -> None:
    """Raise Stale unless dataset_infos.json has every config that is published."""
    recorded = {config.name for config in recorded_configs(infos_text)}
    for name in (DEFAULT, *VARIANTS):
        for shard in plan(name, {"train": 1}):
            if shard.config not in recorded:
                raise Stale(f"dataset_infos.json is stale: {shard.config} is missing, run generate {name}")


def recorded_configs(infos_text: str) -> list[Config]:
    """The configs whose sizes are in dataset_infos.json, with the features that the code gives them."""
    try:
        sizes = {info["config_name"]: sizes_of(info) for info in json.loads(infos_text).values()}
    except (AttributeError, KeyError, RecursionError, TypeError, ValueError):
        sizes = {}
    if not sizes:
        raise Stale("dataset_infos.json must hold the sizes of all configs")
    animated, features = sizes.pop(ANIMATED, None), expected_features()
    if unknown := sorted(map(str, set(sizes) - set(features))):
        raise Stale(f"dataset_infos.json holds a config {in_short(unknown[0])}, which no variant has")
    configs = [Config(name, features[name], *size) for name, size in sizes.items()]
    if animated:
        names = [config.name for config, _ in shown(configs)]
        configs.append(Config(ANIMATED, animated_features(names), *animated))
    return in_order(configs)


def sizes_of(info: dict[str, Any]) -> tuple[tuple[Split, ...], Any]:
    """The splits and the download_size of a config in dataset_infos.json; moving pictures have no download_size."""
    splits = tuple(
        Split(name, whole_number("num_examples", split["num_examples"]), whole_number("num_bytes", split["num_bytes"]))
        for name, split in info["splits"].items()
    )
    animated = info["config_name"] == ANIMATED
    return splits, None if animated else whole_number("download_size", info["download_size"])


def expected_features() -> dict[str, dict[str, Any]]:
    """{config: features} of all configs that the code can make from the embedded digits and the authors' file."""
    authors = {LAYOUTS[layout].config(AUTHORS): Recipe(REFERENCE, "test").features(layout) for layout in LAYOUTS}
    return authors | {
        shard.config: shard.recipe.features(shard.layout, annotated=shard.annotated)
        for name in (DEFAULT, *VARIANTS)
        for shard in plan(name, {"train": 1}, LAYOUTS)
    }


def compare(what: str, parse: Callable[[str], Any], found: str, expected: str) -> None:
    """Raise Stale with the first difference between two texts, if there is one."""
    if found == expected:
        return
    try:
        place = first_difference(parse(found) or {}, parse(expected)) or "only the formatting differs"
    except Exception as error:
        if not is_damage(error, YAML):
            raise
        place = f"it does not parse ({reason(error)})"
    raise Stale(f"{what} is stale: {place}")


def first_difference(found: Any, expected: Any, place: str = "") -> str | None:
    """In words, where two values of dicts, lists and scalars first differ; None if they do not."""
    if isinstance(found, list) and isinstance(expected, list):
        found, expected = by_name(found), by_name(expected)
    if not isinstance(found, dict) or not isinstance(expected, dict):
        return None if found == expected else f"{place} must be {in_short(expected)}, not {in_short(found)}"
    for key in [*expected, *found]:
        here = f"{place}.{key}" if place else str(key)
        if key not in expected:
            return f"{in_short(here)[1:-1]} must not be there"
        if key not in found:
            return f"{here} is missing"
        if difference := first_difference(found[key], expected[key], here):
            return difference
    return (
        None
        if list(found) == list(expected)
        else f"{place or 'its keys'} must be in the order {in_short(list(expected))}"
    )


def by_name(values: list[Any]) -> dict[Any, Any]:
    """A list as a dict, by the names of its members if they have names."""
    names = ("config_name", "name", "split")
    return {
        next((str(value[name]) for name in names if isinstance(value, dict) and name in value), index): value
        for index, value in enumerate(values)
    }
