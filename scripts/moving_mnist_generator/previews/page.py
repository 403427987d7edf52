"""Sequences -> one HTML file that anyone can browse, without a network.

The file holds its style, its program and all sequences: each is compressed on its own (zlib, base64) and unpacked when
it scrolls into view. A policy in its head allows exactly this style and this program and nothing else. What rows say
is data for the program, never markup.
"""

import base64
import functools
import hashlib
import html
import json
import math
import re
import zlib
from collections.abc import Collection, Iterable
from pathlib import Path

import numpy as np

from ..common.checks import InputError
from ..common.names import VERSION
from .drawing import DIGIT_COLOURS, MARKS, name_of
from .rows import Shown

FOLDER = Path(__file__).parent / "page"
PROGRAM = ("store", "query", "draw", "plots", "cards", "clock", "controls", "main")  # its files, in order
MOST_BYTES = 64e6  # of a page: some 20,000 sequences of two digits, 900 of the noisy ones
MOST_TEXT = 1_000  # letters of a text that are kept


def write_page(
    path: Path, pieces: Iterable[tuple[str, Shown]], title: str, show: Collection[str] = ()
) -> tuple[int, int]:
    """Write a page of sequences.

    Args:
        path: Path of the file.
        pieces: iterable of (group, Shown): the name under which sequences are found together, and a few of them.
        title: str.
        show: marks that are drawn at first, some of MARKS; all others can be switched on.

    Returns:
        (number of sequences, number of bytes).

    Raises:
        InputError: the page would be too large.
    """
    before, after = page_around(title)
    count, size = 0, len(before) + len(after)
    with path.open("wb") as file:
        file.write(before)
        file.write(in_script({"title": title, "show": [name for name in MARKS if name in show], **CONSTANTS})[:-1])
        file.write(b',"sequences":[\n')
        for group, shown in pieces:
            for index in range(len(shown)):
                line = in_script(packed(group, shown, index))
                size += len(line) + 2
                if size > MOST_BYTES:
                    raise InputError(
                        f"a page must have at most {MOST_BYTES / 1e6:.0f} MB, which the first {count:,} of these "
                        "sequences fill: ask for fewer with --rows"
                    )
                file.write((b",\n" if count else b"") + line)
                count += 1
        file.write(b"]}" + after)
        return count, file.tell()


CONSTANTS = {"colours": ["#" + bytes(colour).hex() for colour in DIGIT_COLOURS], "version": VERSION}


def packed(group, shown, index):
    """One sequence as JSON holds it; the file page/store.js reads it."""
    frames, marks = shown.frames[index], shown.marks
    found = {
        "group": group,
        "row": shown.first + index,
        "shape": [*frames.shape[:3], 3 if frames.ndim == 4 else 1],
        "pixels": compressed(frames),
        **columns_of(shown, index),
    }
    if shown.predictions is not None:
        found |= {"predicted": compressed(shown.predictions[index]), "past": shown.past}
    if marks.corners is not None:
        found |= {"corners": in_base64(marks.corners[index]), "size": list(map(int, marks.size))}
        found["digits"] = marks.corners.shape[1]
    if marks.boxes is not None:
        found["boxes"] = compressed(marks.boxes[index])
    return found


def little_endian(array):
    """The bytes of an array in C order, little endian."""
    return np.ascontiguousarray(array, array.dtype.newbyteorder("<")).tobytes()


def in_base64(array):
    """An array in C order, little endian -> base64."""
    return base64.b64encode(little_endian(array)).decode()


def compressed(array):
    """An array in C order, little endian -> base64 of zlib."""
    return base64.b64encode(zlib.compress(little_endian(array), 9)).decode()


def columns_of(shown, index):
    """What a row says besides frames and marks: numbers, texts, and labels by name."""
    numbers, texts, labels = {}, {}, {}
    for column, values in shown.columns.items():
        value, names = values[index], shown.classes.get(column)
        if names is not None:
            labels[column] = [name_of(label, names) for label in (value if isinstance(value, list) else [value])]
        elif isinstance(value, str):
            texts[column] = value[:MOST_TEXT]
        elif isinstance(value, (int, float)):
            numbers[column] = value if math.isfinite(value) else None
    return {"numbers": numbers, "texts": texts, "labels": labels}


def in_script(value):
    """JSON that no HTML parser takes for the end of a script or for markup."""
    text = json.dumps(value, separators=(",", ":"), ensure_ascii=True, allow_nan=False)
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e").encode()


@functools.cache
def parts():
    """{name: text} of the files of the page: the skeleton, the style and the program."""
    read = {name: (FOLDER / name).read_text(encoding="utf-8") for name in ("page.html", "page.css")}
    program = [(FOLDER / f"{name}.js").read_text(encoding="utf-8") for name in PROGRAM]
    return {**read, "page.js": "\n" + "\n".join(program)}


def page_around(title):
    """(bytes before the data, bytes after them) of a page."""
    found = parts()
    values = {
        "title": html.escape(title.replace("\0", "")),
        "style": found["page.css"],
        "program": found["page.js"],
        "policy": policy(found["page.css"], found["page.js"]),
        "data": "\0",
    }
    page = re.sub(r"\{\{(\w+)\}\}", lambda match: values[match[1]], found["page.html"])
    before, after = page.encode("utf-8", "replace").split(b"\0")
    return before, after


def policy(style, program):
    """The Content-Security-Policy: this style, this program, and nothing from anywhere."""
    style, program = (base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in (style, program))
    rules = {
        "default-src": "'none'",
        "script-src": f"'sha256-{program}'",
        "style-src": f"'sha256-{style}'",
        "img-src": "data:",  # the empty icon, which keeps browsers from asking for one
        "base-uri": "'none'",
        "form-action": "'none'",
    }
    return "; ".join(f"{rule} {value}" for rule, value in rules.items())
