"""Compare planned shards with what a folder holds: which need not be made again, which files must not be mixed."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ..common.checks import InputError, in_short
from ..core.variants import Variant
from ..stores.paths import concurrently, parquet_files, reach
from .footers import read_recipe
from .shards import Shard


class FilesDiffer(InputError):
    """A folder holds files of ours that were made with other arguments."""


def survey(
    shards: Iterable[Shard], out: str | Path, *, overwrite: bool = False
) -> tuple[list[Shard], list[Shard], list[Any]]:
    """Compare planned shards with the files in the folder or URL `out`.

    Returns:
        (todo, kept, stale): shards to make, shards that are there, and paths to remove when all is made.

    Raises:
        FilesDiffer: a config's folder holds files that these shards must not be mixed with.
        InputError: a folder holds files that are not ours; a URL that nothing installed can reach.
    """
    folder = writable(out)
    by_config: dict[str, dict[str, Shard]] = {}
    for shard in shards:
        by_config.setdefault(shard.config, {})[shard.name] = shard
    todo: list[Shard] = []
    kept: list[Shard] = []
    stale: list[Any] = []
    for config, planned in by_config.items():
        same, others = compare(planned, folder / config)
        if others and not overwrite:
            path, reason = others[0]
            raise FilesDiffer(f"{path} {reason}")
        for name, shard in planned.items():
            (kept if name in same and not overwrite else todo).append(shard)
        stale += [path for path, _ in others if path.name not in planned]
    return todo, kept, stale


def writable(out: str | Path) -> Any:
    """A Path or UPath of the folder or URL `out`, unless no file can be made there."""
    scheme = str(out).partition("://")[0] if "://" in str(out) else ""
    if scheme in ("http", "https") or "::" in scheme or not str(out):
        raise InputError(f"out must be a folder, or the URL of a store that takes files, not {in_short(out)}")
    folder = reach(out)
    if isinstance(folder, Path) and folder.exists() and not folder.is_dir():
        raise InputError(f"out must be a folder, not the file {folder}")
    return folder


def compare(planned, folder):
    """One config's shards by name against its folder: (names that are there, [(path, why it differs)])."""
    same, others = set(), []
    any_shard, splits = next(iter(planned.values())), {shard.split for shard in planned.values()}
    paths = parquet_files(folder)
    for path, found in zip(paths, concurrently(read_recipe, paths), strict=True):
        ours = planned.get(path.name)
        if found is None and ours is None:
            raise InputError(f"{path} was not made by this generator: move it away, or take another folder")
        if found is None:
            others.append((path, "is no whole file of this generator"))
        elif "variant" not in found and not any_shard.annotated:
            continue  # the authors' test split
        elif ours and (reason := difference(found, ours.recorded())):
            others.append((path, reason))
        elif ours:
            same.add(path.name)
        elif path.name.split("-")[0] in splits:
            others.append(
                (path, f"holds sequences {found.get('start')}..{found.get('stop')} of a split of another size")
            )
        elif reason := difference(found, any_shard.recorded(), besides=("split", "start", "stop")):
            others.append((path, reason))
    return same, others


def difference(found, wanted, besides=()):
    """In words, what differs between two recorded recipes; None if nothing does."""
    for key, value in wanted.items():
        if key not in besides and found.get(key) != value and not (key == "variant" and alike(found.get(key), value)):
            return f"was made with {key} {in_short(found.get(key))}, not {value}"
    return None


def alike(recorded, wanted):
    """Whether two recorded variants are the same, though one has fields that the other has not heard of."""
    try:
        return Variant(**recorded) == Variant(**wanted)
    except (TypeError, InputError):
        return False
