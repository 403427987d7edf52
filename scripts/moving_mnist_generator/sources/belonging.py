"""Check that the files that are read as one split, and the splits of one config, belong together.

Files of this generator record what they were made from. A set of them that no single run makes, such as files of two
seeds, is refused in one line that names the file, the rule and the value. Files of others record nothing of this kind.
"""

from collections.abc import Mapping, Sequence

from ..common.checks import InputError, in_short
from ..common.names import AUTHORS, FILE_NAME, SPLITS, are_whole
from ..files.footers import ShardFile
from ..files.shards import REFERENCE
from ..layouts import LAYOUTS
from ..rows.columns import IMAGE_SEQUENCE

SOURCE = "source_sha256"  # recorded by the authors' test split alone, and by what is found in it
TYPES = {"seed": int, "generator_version": int, "digits_sha256": str, SOURCE: str}  # of what is recorded
SAME = ("variant", SOURCE, "layout", "seed", "digits_sha256", "generator_version")  # in all files of a config


def check_names(place: str, split: str, names: Sequence[str]) -> None:
    """Refuse a folder without files of a split, or with some of them only. names: sorted, of the split's files."""
    if not names:
        raise InputError(f"{place} must hold {split}-*.parquet, and holds no such file")
    if not are_whole(names, split):
        raise InputError(f"{place} must hold every file of its {split} split, once; it holds {len(names)}")


def check_file(split: str, file: ShardFile) -> None:
    """Refuse a file that records another split than it is read as, or other rows than it holds."""
    recipe, path = file.recipe, file.path
    recorded = recipe.get("split", split)
    if recorded in SPLITS and recorded != split:
        raise InputError(f"split must be {recorded} for {path}, which records it, not {split}")
    for key, kind in TYPES.items():
        if key in recipe and type(recipe[key]) is not kind:
            raise InputError(f"{path} must record {key} as {kind.__name__}, not {in_short(recipe[key])}")
    if not {"start", "stop"} & recipe.keys():
        return
    start, stop = recipe.get("start"), recipe.get("stop")
    if type(start) is not int or type(stop) is not int or not 0 <= start <= stop:
        raise InputError(f"{path} must record a range of sequences, not {in_short(start)}..{in_short(stop)}")
    if stop - start != file.rows:
        raise InputError(f"{path} must hold the {stop - start:,} sequences that it records, not {file.rows:,}")
    numbered = FILE_NAME.fullmatch(path.name)
    if numbered and int(numbered[2]) >= int(numbered[3]):
        raise InputError(f"{path} must have a number below {int(numbered[3])} in its name")
    if numbered and (int(numbered[2]) == 0) != (start == 0):
        raise InputError(f"{path} must hold the sequences of file {int(numbered[2])}, not those from {start} on")


def check_split(split: str, files: Sequence[ShardFile], *, whole: bool = True) -> None:
    """Refuse files, in the order of their names, that are not one split made by one run.

    whole: whether they are all of its files; else one file of them.
    """
    for file in files:
        check_file(split, file)
    if not any(file.recipe for file in files):
        return
    first, end = files[0], 0
    for file in files:
        check_same(first, file)
        check_columns(first, file)
        if "start" in file.recipe and whole:
            if file.recipe["start"] != end:
                raise InputError(
                    f"{file.path} must hold the sequences from {end} on, not from {file.recipe['start']} on"
                )
            end = file.recipe["stop"]


def check_same(first: ShardFile, other: ShardFile) -> None:
    """Refuse a file that records another recipe than the first one of its config."""
    for key in SAME:
        wanted, found = first.recipe.get(key), other.recipe.get(key)
        if found != wanted:
            raise InputError(
                f"{other.path} must record the {key} of {first.path.name}, {in_short(wanted)}, not {in_short(found)}"
            )


def check_config(firsts: Mapping[str, ShardFile], name: str) -> None:
    """Refuse splits that no single run makes, or that lie in the folder of another config.

    firsts: {split: its first file}; name: of their folder.
    """
    first = None
    for split, file in firsts.items():
        config = config_of(file)
        if config is not None and config != name:
            raise InputError(f"{file.path} must be in a folder {config}, as it records, not in {name}")
        if is_authors(file) and split == "test" and config in {layout.bare for layout in LAYOUTS.values()}:
            continue  # the one split that this generator does not make
        first = first or file
        if bool(first.recipe) != bool(file.recipe):
            other = file if first.recipe else first
            raise InputError(f"{other.path} must record its recipe, as the other splits do, and records none")
        check_same(first, file)
        if first.recipe:
            check_columns(first, file)


def check_columns(first: ShardFile, other: ShardFile) -> None:
    """Refuse a file that has other columns than the first one of its config."""
    if first.columns != other.columns:
        names = [", ".join(file.columns) for file in (first, other)]
        raise InputError(f"{other.path} must have the columns of {first.path.name}, {names[0]}, not {names[1]}")


def is_authors(file: ShardFile) -> bool:
    """Whether a file records that it was made from the authors' file, or another in its place."""
    return SOURCE in file.recipe and "variant" not in file.recipe


def config_of(file: ShardFile) -> str | None:
    """The name of the config that a file is of, as it records; None if it does not say."""
    layout, variant = LAYOUTS.get(str(file.recipe.get("layout"))), file.recipe.get("variant")
    if layout is None:
        return None
    name = variant.get("name") if isinstance(variant, dict) else None
    if file.columns == (IMAGE_SEQUENCE,) and (is_authors(file) or name == REFERENCE):
        return layout.bare
    if isinstance(name, str) and SOURCE in file.recipe:
        return layout.config(AUTHORS)
    return layout.config(name) if isinstance(name, str) else None
