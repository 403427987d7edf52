"""Download files by URL, and verify them by their sha256.

A file on the Hub is kept in the Hub's own cache, any other in this package's folder of the Hugging Face cache.
huggingface_hub makes the requests, and asks for the rest of a file whose download was cut, in this run or an earlier
one. If the server has another file by then, the joined parts have another sha256, and the download begins anew.

Names and files here hold no credentials: of a URL only scheme, host and path are used, and only as a hash.
"""

import contextlib
import functools
import hashlib
import logging
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import unquote, urlsplit

from huggingface_hub import constants, hf_hub_download
from huggingface_hub.errors import HfHubHTTPError
from huggingface_hub.file_download import http_get
from huggingface_hub.utils import WeakFileLock

from ..common.checks import InputError, in_short, plain_urls
from .network import TO_READ, NetworkError, answer, in_words, is_of_network, patiently
from .paths import reach

SCHEMES = ("http", "https", "hf")
BYTES_PER_READ = 1 << 20
Checked = TypeVar("Checked")


def is_url(source: Any) -> bool:
    """Whether a source is a URL that this module downloads."""
    return isinstance(source, str) and "://" in source and source.partition("://")[0].lower() in SCHEMES


def local_file(url: str, sha256: str | None = None) -> Path:
    """Download a file, unless it is in the cache, and verify it.

    Args:
        url: hf://datasets/USER/NAME/PATH, whose hash the Hub knows; or http(s)://, with the hash behind it as
            #sha256=HEX, or as `sha256`.

    Raises:
        InputError: no such URL, or other bytes than wanted.
        NetworkError: it cannot be downloaded.
    """
    url, own = split_hash(url)
    sha256 = own or sha256
    if sha256 is None and not url.startswith("hf://"):
        raise InputError(f"{plain_urls(url)} must have #sha256= and the sha256 of the file behind it, 64 digits")
    return download(url, functools.partial(check_sha256, sha256))[0]


def split_hash(url: str) -> tuple[str, str | None]:
    """URL#sha256=HEX -> (URL, hash or None), once it is clear that it can be a URL."""
    url, _, behind = url.partition("#")
    try:
        parts = urlsplit(url)
        usable = url.isprintable() and parts.hostname and (parts.port or 1)
    except ValueError:  # a bracket or a port that is none
        usable = False
    if not usable:  # which part of it is secret is not clear
        raise InputError("a URL must be scheme://host/path, with percent signs for what else is in it")
    if behind and not behind.startswith("sha256="):
        raise InputError(f"what follows # in a URL must be sha256=HEX, not {in_short(behind)}")
    return url, hexadecimal(behind.removeprefix("sha256=")) if behind else None


def hexadecimal(sha256: str) -> str:
    """A sha256 in small letters; refused if it is none."""
    if not re.fullmatch("[0-9a-fA-F]{64}", str(sha256)):
        raise InputError(f"sha256 must be 64 hexadecimal digits, not {in_short(sha256)}")
    return sha256.lower()


def check_sha256(sha256: str | None, path: Path) -> None:
    """Refuse a file that has another sha256; None allows any."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while sha256 and (piece := file.read(BYTES_PER_READ)):
            digest.update(piece)
    if sha256 and digest.hexdigest() != sha256:
        raise InputError(f"sha256 must be {sha256}, not {digest.hexdigest()}")


def download(url: str, check: Callable[[Path], Checked]) -> tuple[Path, Checked]:
    """Download the file of a URL, unless it is in a cache: (its Path, what `check` returned).

    Args:
        url: http://, https:// or hf://.
        check: raises InputError unless a file is what is wanted. Of a file over http it must ask for a hash.
    """
    place = plain_urls(url)
    try:
        return from_hub(url, place, check) if url.startswith("hf://") else from_server(url, place, check)
    except (InputError, NetworkError):
        raise
    except Exception as error:
        if not is_of_network(error):
            raise
        raise in_words(error, place, constants.ENDPOINT if url.startswith("hf://") else place, TO_READ) from error


def from_hub(url: str, place: str, check: Callable[[Path], Checked]) -> tuple[Path, Checked]:
    """Download a file of a repo into the Hub's cache. The Hub knows the hashes of all but small files."""
    try:
        path = reach(url)
        there = path.fs.resolve_path(path.path)
        info = patiently(path.fs.info, path.path)
    except ValueError as error:  # of huggingface_hub
        raise InputError(f"a URL must be hf://datasets/USER/NAME/PATH, not {place}") from error
    if info["type"] != "file" or not hasattr(there, "repo_id"):
        raise InputError(f"{place} must be a file of a repo")
    where = {"repo_type": there.repo_type, "revision": there.revision, "token": path.fs.token}
    file = Path(patiently(hf_hub_download, there.repo_id, there.path_in_repo, **where))
    try:
        check_sha256((info.get("lfs") or {}).get("sha256"), file)
        return file, check(file)
    except InputError as error:
        for each in (file.resolve(), file):  # the file is a link to its content
            each.unlink(missing_ok=True)
        raise wrong(error, place) from error


def from_server(url: str, place: str, check: Callable[[Path], Checked]) -> tuple[Path, Checked]:
    """Download a file over http into this package's cache, where it appears once `check` has accepted it."""
    above, _, name = place.rpartition("/")
    key = hashlib.sha256(above.encode()).hexdigest()[:16]
    folder = Path(constants.HF_ASSETS_CACHE, "moving_mnist", "downloads", key)
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / (re.sub(r"[^\w.-]", "_", unquote(name))[-100:] or "file")
    with WeakFileLock(folder / ".lock"):  # another process may be downloading the same file
        if target.exists():
            with contextlib.suppress(InputError):  # the server may have another file now
                return target, check(target)
        return bring(url, place, target, check)


def bring(url: str, place: str, target: Path, check: Callable[[Path], Checked]) -> tuple[Path, Checked]:
    """Download a file to `target`, continuing what an earlier run left of it."""
    partial = target.with_name(f"{target.name}.partial")
    is_continued = partial.exists()
    try:
        patiently(append_rest, url, partial, target.name)
        check(partial)
    except (InputError, HfHubHTTPError) as error:
        if not isinstance(error, InputError) and answer(error).status_code != 416:
            raise
        partial.unlink()
        if is_continued:  # by parts of another file, or beyond the end of one
            return bring(url, place, target, check)
        raise wrong(error, place) from error
    partial.replace(target)
    return target, check(target)


def append_rest(url: str, partial: Path, name: str) -> None:
    """Append to a partial file what it lacks."""
    logging.getLogger("huggingface_hub.file_download").setLevel(logging.ERROR)  # its warnings show whole URLs
    with partial.open("ab") as file:
        headers = {"Accept-Encoding": "identity"}
        http_get(url, file, resume_size=file.tell(), headers=headers, displayed_filename=name)


def wrong(error: Exception, place: str) -> InputError:
    """The error for a downloaded file that is not what is wanted."""
    return InputError(f"{error} (downloaded from {place}; removed, the next try starts anew)")
