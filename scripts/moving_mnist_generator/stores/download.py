"""Files by URL -> local files that are whole and verified. A download that was cut goes on where it stopped.

Files are kept in this package's folder of the Hugging Face cache; what has arrived of one, as `<name>.partial`, see
`resume`. If the cache is full or may not be written to, a temporary folder takes its place for this run.

Names and files here hold no credentials: of a URL only scheme, host and path are used, and only as a hash.
"""

import atexit
import contextlib
import errno
import functools
import hashlib
import os
import re
import shutil
import sys
import tempfile
from pathlib import Path
from urllib.parse import unquote, urlsplit

from huggingface_hub import cached_assets_path, constants, hf_hub_url
from huggingface_hub.utils import WeakFileLock, build_hf_headers
from tqdm import tqdm

from ..common.checks import InputError, in_short, plain_urls
from ..running.signals import State
from .network import TO_READ, NetworkError, in_words, is_of_network, patiently
from .paths import reach
from .resume import forget, state_of, until_whole

SCHEMES = ("http", "https", "hf")
PIECE = 1 << 20  # bytes
UNUSABLE = (errno.EACCES, errno.EDQUOT, errno.ENOSPC, errno.ENOTDIR, errno.EPERM, errno.EROFS)  # errors of a folder


def is_url(source):
    """Whether a source is a URL that this module downloads."""
    return isinstance(source, str) and "://" in source and source.partition("://")[0].lower() in SCHEMES


def local_file(url, sha256=None):
    """Download a file, unless it is in the cache, and verify it.

    Args:
        url: hf://datasets/USER/NAME/PATH, whose hash the Hub knows; or http(s)://, with the hash behind it as
            #sha256=HEX, or as `sha256`.

    Returns:
        Path.

    Raises:
        InputError: no such URL, or other bytes than wanted.
        NetworkError: it cannot be downloaded.
    """
    url, own = split_hash(url)
    sha256 = own or sha256
    if sha256 is None and not url.startswith("hf://"):
        raise InputError(f"{plain_urls(url)} must have #sha256= and the sha256 of the file behind it, 64 digits")
    return download(url, functools.partial(check_sha256, sha256))[0]


def split_hash(url):
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


def hexadecimal(sha256):
    """A sha256 in small letters; refused if it is none."""
    if not re.fullmatch("[0-9a-fA-F]{64}", str(sha256)):
        raise InputError(f"sha256 must be 64 hexadecimal digits, not {in_short(sha256)}")
    return sha256.lower()


def check_sha256(sha256, path):
    """Refuse a file that has another sha256; None allows any."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while sha256 and (piece := file.read(PIECE)):
            digest.update(piece)
    if sha256 and digest.hexdigest() != sha256:
        raise InputError(f"sha256 must be {sha256}, not {digest.hexdigest()}")


def download(url, check):
    """Download the file of a URL, unless it is in the cache.

    Args:
        url: http://, https:// or hf://.
        check: function of a Path, which raises InputError unless the file is what is wanted.

    Returns:
        (Path, what `check` returned).
    """
    place = plain_urls(url)
    try:
        return keep_somewhere(place, *resolve(url, check))
    except (InputError, NetworkError):
        raise
    except Exception as error:
        if not is_of_network(error):
            raise
        server = constants.ENDPOINT if url.startswith("hf://") else place
        raise in_words(error, place, server, TO_READ) from error


def keep_somewhere(place, request, check):
    """`bring` into the cache, or else into a temporary folder."""
    above, _, name = place.rpartition("/")
    key = hashlib.sha256(above.encode()).hexdigest()[:16]
    name = re.sub(r"[^\w.-]", "_", unquote(name))[-100:] or "file"
    for words, folder in (("the cache", cache), ("the temporary folder", temporary_folder)):
        try:
            target = folder() / key / name
            target.parent.mkdir(parents=True, exist_ok=True)
            with WeakFileLock(target.with_name(".lock")):  # another process may be downloading the same file
                return bring(request, place, target, check)
        except OSError as error:
            if error.errno not in UNUSABLE:
                raise
            reason = error.strerror
            tqdm.write(f"{words} takes no files: {reason}", file=sys.stderr)
    raise InputError(f"{place} cannot be kept, neither in the cache nor in the temporary folder: {reason}")


def cache():
    """This package's folder in the cache of Hugging Face."""
    try:
        return cached_assets_path("moving_mnist", "downloads", "files", assets_dir=constants.HF_ASSETS_CACHE)
    except ValueError as error:  # huggingface_hub has its own error if a file is in its place
        raise OSError(errno.ENOTDIR, os.strerror(errno.ENOTDIR)) from error


@functools.cache
def temporary_folder():
    """A folder of this process, which is removed when it ends."""
    folder = Path(tempfile.mkdtemp(prefix="moving_mnist-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    State.made.append(folder)
    return folder


def resolve(url, check):
    """({"url", "headers"} of the request, check); for hf:// with the token, and with the hash that the Hub knows."""
    if not url.startswith("hf://"):
        return {"url": url, "headers": {}}, check
    try:
        path = reach(url)
        place = path.fs.resolve_path(path.path)
        info = patiently(path.fs.info, path.path)
    except ValueError as error:  # of huggingface_hub
        raise InputError(f"a URL must be hf://datasets/USER/NAME/PATH, not {plain_urls(url)}") from error
    if info["type"] != "file" or not hasattr(place, "repo_id"):
        raise InputError(f"{plain_urls(url)} must be a file of a repo")
    found = hf_hub_url(place.repo_id, place.path_in_repo, repo_type=place.repo_type, revision=place.revision)
    of_hub = (info.get("lfs") or {}).get("sha256")

    def check_both(file):
        if of_hub:
            check_sha256(of_hub, file)
        return check(file)

    return {"url": found, "headers": build_hf_headers(token=path.fs.token)}, check_both


def bring(request, place, target, check):
    """(target, what `check` returns), downloaded unless it is there and right."""
    if target.exists():
        with contextlib.suppress(InputError):  # the server may have another file now
            return target, check(target)
    partial = target.with_name(f"{target.name}.partial")
    began_before = partial.exists()
    try:
        until_whole(request, partial, target.name)
        check(partial)
    except InputError as error:
        forget(partial)
        if began_before:  # what the earlier run left may be the cause
            return bring(request, place, target, check)
        raise InputError(f"{error} (downloaded from {place}; removed, the next try starts anew)") from error
    except OSError as error:
        if error.errno in (errno.EDQUOT, errno.ENOSPC):
            forget(partial)
        raise
    partial.replace(target)
    state_of(partial).unlink(missing_ok=True)
    return target, check(target)
