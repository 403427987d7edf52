"""Folders and files by URL: s3://, hf:// and whatever else fsspec reaches. A folder of this machine is a Path.

Not here: how a file is made whole before it shows, which is in partial.py.
"""

import contextlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from huggingface_hub import HfApi
from huggingface_hub.errors import RepositoryNotFoundError
from huggingface_hub.utils import disable_progress_bars
from upath import UPath

from .network import causes, errors_in_words, patiently

AT_ONCE = 32  # files read side by side: a store takes about 100 ms to answer, whatever it is asked
TOGETHER = (409, 412)  # what the Hub answers when two commit at the same moment


def reach(place):
    """A folder or URL -> UPath, which is a Path where the folder is on this machine.

    Raises:
        ValueError: a URL of a kind that nothing installed can reach.
    """
    try:
        path = UPath(place)
        path.fs  # noqa: B018 - looked up when it is first asked for
    except ImportError as error:
        raise ValueError(f"{place} cannot be reached: {error}") from None
    return path


def errors_of(path):
    """A context in which the errors of a store, of whatever class, become a ValueError of one line."""
    return contextlib.nullcontext() if isinstance(path, Path) else errors_in_words(path, path)


def listed(folder):
    """{name: whether it is a folder} of what lies in a folder; None if there is no such folder."""
    if isinstance(folder, Path):
        return {path.name: path.is_dir() for path in folder.iterdir()} if folder.is_dir() else None
    with errors_of(folder):  # not by `exists`, which takes a store that does not answer for an empty one
        try:
            entries = patiently(folder.fs.ls, folder.path, detail=True)
        except FileNotFoundError as error:
            if any(isinstance(cause, RepositoryNotFoundError) for cause in causes(error)):
                raise
            return None
    return {entry["name"].rstrip("/").rpartition("/")[2]: entry["type"] == "directory" for entry in entries}


def parquet_files(folder):
    """The Parquet files that lie in a folder, by name; none if there is no such folder."""
    return [folder / name for name in sorted(listed(folder) or ()) if name.endswith(".parquet")]


def concurrently(function, paths):
    """[function(path) for path in paths], many at once; the first error in their order is raised."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(function, paths))


def put(local, path):
    """Copy a local file into a store. There it shows when all of it has arrived."""
    with errors_of(path):
        if path.protocol == "hf" and not path.path.startswith("buckets/"):
            patiently(put_on_hub, local, path, also_passing=TOGETHER)
        else:  # no mkdir: a store needs none, and might make a bucket of a mistyped name
            patiently(path.fs.put_file, str(local), path.path)


def put_on_hub(local, path):
    """The same for a repo, where it is a commit: `put_file` leaves a copy on the disk for each that fails."""
    disable_progress_bars()
    place = path.fs.resolve_path(path.path)
    where = {"repo_id": place.repo_id, "repo_type": place.repo_type, "revision": place.revision}
    HfApi().upload_file(path_or_fileobj=local, path_in_repo=place.path_in_repo, **where)


def fetch(path, size, local):
    """Copy a file of `size` bytes from a store to a local path."""
    with errors_of(path):
        patiently(path.fs.get_file, path.path, str(local))
    if local.stat().st_size != size:
        raise ValueError(f"{path} has {local.stat().st_size:,} bytes and had {size:,}: someone is writing to it")
