"""Folders and files by URL: s3://, hf:// and whatever else fsspec reaches. A folder on this machine is a Path.

Not here: how a file appears only when it is whole, which is in partial.py.
"""

import contextlib
import os
import re
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

from huggingface_hub import HfApi
from huggingface_hub.errors import RepositoryNotFoundError
from huggingface_hub.utils import disable_progress_bars
from upath import UPath

from ..common.checks import InputError
from .network import causes, errors_in_words, patiently

CONCURRENT_READS = 32  # a store takes about 100 ms for any answer
CONFLICT_STATUS = (409, 412)  # answers of the Hub if two commit at the same moment

Result = TypeVar("Result")


def reach(place: str | os.PathLike[str]) -> Any:
    """A folder or URL -> UPath, which is a Path where the folder is on this machine.

    Raises:
        InputError: a URL of a kind that nothing installed can reach.
    """
    if re.match("hf://[^/]*:", str(place)):  # libraries would repeat it in their errors
        raise InputError("a URL hf:// must have no password in it: `hf auth login` keeps the token")
    try:
        path = UPath(str(place).removeprefix("file://") if isinstance(place, str) else place)
        path.fs  # noqa: B018 - looked up at its first use
    except (ImportError, TypeError, ValueError) as error:  # a package is missing; no package has this kind of URL
        raise InputError(f"{place} cannot be reached: {error}") from None
    return path


def errors_of(path: Any) -> contextlib.AbstractContextManager[None]:
    """A context in which errors of a store become a NetworkError. A Path needs none."""
    return contextlib.nullcontext() if isinstance(path, Path) else errors_in_words(path, path)


def listed(folder: Any) -> dict[str, bool] | None:
    """{name: whether it is a folder} of everything in a folder; None if there is no such folder."""
    if isinstance(folder, Path):
        return {path.name: path.is_dir() for path in folder.iterdir()} if folder.is_dir() else None
    with errors_of(folder):  # `exists` would take a store that does not answer for an empty one
        try:
            folder.fs.invalidate_cache(folder.path)  # huggingface_hub 1 keeps what it listed before it wrote
            entries = patiently(folder.fs.ls, folder.path, detail=True)
        except FileNotFoundError as error:
            if any(isinstance(cause, RepositoryNotFoundError) for cause in causes(error)):
                raise
            return None
    return {entry["name"].rstrip("/").rpartition("/")[2]: entry["type"] == "directory" for entry in entries}


def parquet_files(folder: Any) -> list[Any]:
    """The Parquet files in a folder, sorted by name; none if there is no such folder."""
    return [folder / name for name in sorted(listed(folder) or ()) if name.endswith(".parquet")]


def concurrently(function: Callable[[Any], Result], paths: Iterable[Any]) -> list[Result]:
    """[function(path) for path in paths], many at the same time.

    Of several errors, that of the first path is raised.
    """
    with ThreadPoolExecutor(CONCURRENT_READS) as pool:
        return list(pool.map(function, paths))


def put(local: Path, path: Any) -> None:
    """Copy a local file into a store, where it appears when all of it has arrived."""
    with errors_of(path):
        if path.protocol == "hf" and not path.path.startswith("buckets/"):
            patiently(put_on_hub, local, path, also_transient=CONFLICT_STATUS)
        else:  # no mkdir: stores need none, and it could create a bucket from a mistyped name
            patiently(path.fs.put_file, str(local), path.path)


def put_on_hub(local: Path, path: Any) -> None:
    """The same for a repo, as one commit. `put_file` would leave a copy on the disk for each try that fails."""
    disable_progress_bars()
    place = path.fs.resolve_path(path.path)
    where = {"repo_id": place.repo_id, "repo_type": place.repo_type, "revision": place.revision}
    HfApi().upload_file(path_or_fileobj=local, path_in_repo=place.path_in_repo, **where)


def fetch(path: Any, size: int, local: Path) -> None:
    """Copy a file of `size` bytes from a store to a local path."""
    with errors_of(path):
        patiently(path.fs.get_file, path.path, str(local))
    if local.stat().st_size != size:
        raise InputError(f"{path} had {size:,} bytes and now has {local.stat().st_size:,}: something writes to it")
