"""A partial file, and the requests that continue it: in this run after an error, or in the next run.

Beside it lies what the server says of the file, its ETag and size. The partial file is continued while the server
still has that file, and begun anew otherwise.
"""

import json

from huggingface_hub import get_session
from huggingface_hub.errors import HfHubHTTPError
from tqdm import tqdm

from . import network
from .network import is_transient, patiently


def until_whole(request, partial, name):
    """Make requests until the partial file is whole: as long as bytes arrive, and a few times when none do.

    Args:
        request: {"url", "headers"}; partial: Path; name: of the progress.
    """
    while True:
        before = size_of(partial)
        try:
            if patiently(continue_partial, request, partial, name):
                return
        except Exception as error:
            if not is_transient(error) or size_of(partial) <= before:
                raise


def continue_partial(request, partial, name):
    """Append to the partial file what it lacks, in one request.

    Returns:
        bool, whether it is whole; if not, the server has another file now, and it was removed.
    """
    known, have = read_state(partial), size_of(partial)
    if not known.get("version") or have > (known.get("size") or have):
        have = 0
    if have and have == known["size"]:
        return True
    headers = {"Accept-Encoding": "identity", **request["headers"], **({"Range": f"bytes={have}-"} if have else {})}
    with get_session().stream("GET", request["url"], headers=headers, timeout=network.TIMEOUT) as answer:
        found = described(answer)
        if have and (answer.status_code == 416 or (answer.status_code == 206 and found != known)):
            forget(partial)
            return False
        if answer.status_code not in (200, 206):
            message = answer.headers.get("X-Error-Message")
            raise HfHubHTTPError(answer.reason_phrase, response=answer, server_message=message)
        have = have if answer.status_code == 206 else 0
        shown = {
            "total": found["size"],
            "desc": name,
            "unit": "B",
            "unit_scale": True,
            "disable": None,
            "leave": False,
        }
        with partial.open("ab" if have else "wb") as file, tqdm(initial=have, **shown) as progress:
            if not have:
                state_of(partial).write_text(json.dumps(found))
            for piece in answer.iter_bytes():
                file.write(piece)
                progress.update(len(piece))
    return True


def described(answer):
    """What the server says of the whole file: its ETag, or else the time of its last change, and its size in bytes."""
    headers = answer.headers
    size = headers.get("Content-Range", "").rpartition("/")[2] or headers.get("Content-Length", "")
    version = headers.get("ETag") or headers.get("Last-Modified")
    return {"version": version, "size": int(size) if size.isdecimal() else None}


def state_of(partial):
    """The file beside a partial file that holds what `described` returned."""
    return partial.with_name(f"{partial.name}.json")


def read_state(partial):
    """What `described` returned when the partial file was begun; {} if it is not known."""
    try:
        return dict(json.loads(state_of(partial).read_text()))
    except (FileNotFoundError, ValueError, TypeError):
        return {}


def forget(partial):
    """Remove a partial file and what is known of it."""
    for path in (partial, state_of(partial)):
        path.unlink(missing_ok=True)


def size_of(path):
    """Bytes of a file; 0 if it is not there."""
    return path.stat().st_size if path.exists() else 0
