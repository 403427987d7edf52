"""Whether README.md and dataset_infos.json are what data/ gives; without data, whether they agree with the code."""

import json

import yaml

from ..common.checks import InputError, in_short, whole_number
from ..common.names import ANIMATED
from ..common.refusals import YAML, Unreadable, is_damage, reason
from ..core.variants import VARIANTS
from ..files.shards import DEFAULT, plan
from ..layouts import LAYOUTS
from .animated import features as animated_features
from .animated import in_order, shown
from .card import front_matter, render_infos, split_card
from .facts import Config, Split

SafeLoader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the one in C is ten times as fast
DEEPEST = 32  # levels of nested YAML; ours has 5
MOST_CHARACTERS = 2**18  # of YAML, which takes a second; 42 configs have 7,000


class Stale(InputError):
    """README.md or dataset_infos.json is not what `update_card` writes."""


def check(readme_text, infos_text, configs):
    """Raise Stale unless README.md and dataset_infos.json are what the configs give.

    Args:
        readme_text, infos_text: str, the two files.
        configs: what `facts.read_configs` returns. If there are none, as in a clean checkout, the sizes in
            dataset_infos.json are taken as right, and all else must be what the code writes for these configs.
    """
    configs = configs or recorded_configs(infos_text)
    compare("the YAML of README.md", parse_yaml, split_card(readme_text)[0], split_card(front_matter(configs))[0])
    compare("dataset_infos.json", json.loads, infos_text, render_infos(configs))


def recorded_configs(infos_text):
    """The configs whose sizes are in dataset_infos.json, with the features that the code gives them."""
    features = expected_features()
    try:
        sizes = {
            info["config_name"]: (
                tuple(
                    Split(name, *(whole_number(key, split[key]) for key in ("num_examples", "num_bytes")))
                    for name, split in info["splits"].items()
                ),
                None if config == ANIMATED else whole_number("download_size", info["download_size"]),
            )
            for config, info in json.loads(infos_text).items()
        }
    except (AttributeError, KeyError, RecursionError, TypeError, ValueError):
        raise Stale("dataset_infos.json must hold the sizes of all configs") from None
    if not sizes:
        raise Stale("dataset_infos.json must hold the sizes of all configs")
    animated = sizes.pop(ANIMATED, None)
    if unknown := sorted(map(str, set(sizes) - set(features))):
        raise Stale(f"dataset_infos.json holds a config {in_short(unknown[0])}, which no variant has")
    configs = [Config(name, features[name], *size) for name, size in sizes.items()]
    if animated:
        names = [config.name for config, _ in shown(configs)]
        configs.append(Config(ANIMATED, animated_features(names), *animated))
    return in_order(configs)


def expected_features():
    """{config: features} of all configs that the code can make from the embedded digits."""
    return {
        shard.config: shard.recipe.features(shard.layout, annotated=shard.annotated)
        for name in (DEFAULT, *VARIANTS)
        for shard in plan(name, {"train": 1}, LAYOUTS)
    }


def compare(what, parse, found, expected):
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


def parse_yaml(text):
    """The value of a YAML text. Its events are looked at first: they come one by one, and build nothing."""
    if len(text) > MOST_CHARACTERS:
        raise Unreadable(f"it must have at most {MOST_CHARACTERS:,} characters, not {len(text):,}")
    depth = 0
    for event in yaml.parse(text, SafeLoader):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > DEEPEST or isinstance(event, yaml.AliasEvent):
            raise Unreadable(f"it must nest at most {DEEPEST} deep, and have no aliases")
    return yaml.load(text, SafeLoader)


def first_difference(found, expected, place=""):
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


def by_name(values):
    """A list as a dict, by the names of its members if they have names."""
    names = ("config_name", "name", "split")
    return {
        next((str(value[name]) for name in names if isinstance(value, dict) and name in value), index): value
        for index, value in enumerate(values)
    }
