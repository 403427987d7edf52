"""Damage: what happens to files on disks and networks, and what somebody does who wants a reader to fail.

All chance comes from a numpy Generator, so a mutation is made again from its seed.
"""

import io
import json
import re
import struct
import zipfile

import numpy as np

NUMBERS = (0, 1, -1, 2, 127, 128, 255, 256, 4_096, 32_767, 32_768, 65_535, 65_536, 2**31 - 1, 2**31, 2**32 - 1, 2**32)
LARGER = (2**53, 2**62, 2**63 - 1, 2**63, 2**64 - 1, 10**30)
BYTES = (0x00, 0x01, 0x7F, 0x80, 0xFF, 0x0A, 0x20, 0x22, 0x28, 0x5B, 0x7B)
TEXTS = (
    "",
    "0",
    "-1",
    "1e999",
    "NaN",
    "null",
    "true",
    "[]",
    "{}",
    "x" * 300,
    "\x00",
    "\ud7ff",
    "'",
    "🙂",
    "9" * 5_000,
)
VALUES = (None, True, [], {}, [[]], "", "x", 1.5, float("nan"), float("inf"), -1, 10**30, "9" * 50, b"\x00", {"a": []})


def pick(rng, values):
    """One of a sequence of values of any kind."""
    return values[int(rng.integers(len(values)))]


# Bytes.


def flip(rng, data, others):
    """Single bits."""
    found = bytearray(data)
    for _ in range(1 + int(rng.integers(4))):
        found[int(rng.integers(len(found)))] ^= 1 << int(rng.integers(8))
    return bytes(found)


def set_bytes(rng, data, others):
    """A few bytes to values that are often a border."""
    found = bytearray(data)
    for _ in range(1 + int(rng.integers(6))):
        found[int(rng.integers(len(found)))] = pick(rng, BYTES)
    return bytes(found)


def set_number(rng, data, others):
    """A number of 2, 4 or 8 bytes in either order, most often near the beginning or the end, where headers are."""
    size, code = pick(rng, ((2, "H"), (4, "I"), (8, "Q")))
    number = pick(rng, (*NUMBERS, *LARGER[:-1])) % 2 ** (8 * size)
    near = min(len(data), pick(rng, (64, 1_000, len(data))))
    at = int(rng.integers(near)) if rng.random() < 0.5 else len(data) - 1 - int(rng.integers(near))
    return (data[:at] + struct.pack(pick(rng, "<>") + code, number) + data[at + size :])[: max(len(data), at + size)]


def insert(rng, data, others):
    """Bytes that were not there: random, or the same one many times."""
    at, count = int(rng.integers(len(data) + 1)), int(rng.integers(1, 200))
    more = rng.bytes(count) if rng.random() < 0.5 else bytes([pick(rng, BYTES)]) * count
    return data[:at] + more + data[at:]


def cut(rng, data, others):
    """The end, the beginning, or a piece from the middle."""
    a, b = sorted(rng.integers(0, len(data) + 1, 2).tolist())
    return pick(rng, (data[:a], data[:b], data[a:], data[:a] + data[b:]))


def repeat(rng, data, others):
    """A piece, twice or often."""
    a, b = sorted(rng.integers(0, len(data) + 1, 2).tolist())
    return data[:b] + data[a:b] * int(rng.integers(1, 4)) + data[b:]


def splice(rng, data, others):
    """The beginning of one file, and the end of another."""
    other = pick(rng, others)
    return data[: int(rng.integers(len(data) + 1))] + other[int(rng.integers(len(other) + 1)) :]


def havoc(rng, data, others):
    """Several of these."""
    for _ in range(int(rng.integers(2, 6))):
        data = pick(rng, DAMAGE)(rng, data, others) or b"\x00"
    return data


DAMAGE = (flip, set_bytes, set_number, insert, cut, repeat, splice)


def damaged(rng, files):
    """One of some files, damaged."""
    return pick(rng, (*DAMAGE, havoc))(rng, pick(rng, files), files)


# Text.


def text(rng, files):
    """A text whose words and numbers are others, whose lines come in another order, or that nests deep."""
    content = pick(rng, files)
    kind = int(rng.integers(8))
    if kind == 0:
        return re.sub(r"\d+", lambda found: str(pick(rng, (found[0], *NUMBERS, *LARGER))), content, count=0)
    if kind == 1:
        places = [found.span() for found in re.finditer(r"[\w.-]+", content)] or [(0, 0)]
        a, b = pick(rng, places)
        return content[:a] + pick(rng, TEXTS) + content[b:]
    if kind == 2:
        lines = content.splitlines(keepends=True)
        a, b = rng.integers(0, len(lines) + 1, 2).tolist()
        return "".join([*lines[:a], *lines[b:]])
    if kind == 3:
        a = int(rng.integers(len(content) + 1))
        return (
            content[:a]
            + pick(rng, ("[", "{a: ", "- ", "? ", '{"a":', "(", " ")) * int(rng.integers(1, 3_000))
            + content[a:]
        )
    if kind == 4:  # an alias that stands for a billion
        a = int(rng.integers(len(content) + 1))
        bomb = "a0: &a0 [x, x]\n" + "".join(f"a{i}: &a{i} [*a{i - 1}, *a{i - 1}, *a{i - 1}]\n" for i in range(1, 30))
        return content[:a] + bomb + content[a:]
    if kind == 5:
        a = int(rng.integers(len(content) + 1))
        return (
            content[:a]
            + pick(rng, ("!!python/object/apply:os.getcwd []", "!!binary x", "&a *a", "<<: *a", "---\n"))
            + content[a:]
        )
    return damaged(rng, [each.encode() for each in files]).decode("utf-8", "replace")


def value(rng, found, depth=0):
    """A JSON-able value, in which one member is another, missing, twice there, or of another kind."""
    if isinstance(found, dict) and found and rng.random() < 0.85 and depth < 8:
        key, changed = pick(rng, list(found)), dict(found)
        kind = int(rng.integers(8))
        if kind == 0:
            del changed[key]
        elif kind == 1:
            changed[pick(rng, ("x", "name", "_type", "", key + "s"))] = pick(rng, VALUES[:13])
        else:
            changed[key] = value(rng, found[key], depth + 1)
        return changed
    if isinstance(found, list) and found and rng.random() < 0.7 and depth < 8:
        at = int(rng.integers(len(found)))
        return pick(
            rng, ([*found[:at], value(rng, found[at], depth + 1), *found[at + 1 :]], found[:at], found + found)
        )
    if isinstance(found, (int, float)) and rng.random() < 0.6:
        return pick(rng, (*NUMBERS, *LARGER, found + 1, -found, found * 2, float(found)))
    return pick(rng, VALUES[:13])


# npy, npz and idx.

DTYPES = (
    "|u1",
    "<u2",
    ">u2",
    "<i8",
    ">i4",
    "<f4",
    ">f8",
    "<f2",
    "|b1",
    "<c16",
    "|O",
    "|V8",
    "<U9",
    "|S3",
    "<M8[s]",
    "<f16",
)


def npy(rng, content):
    """The bytes of an npy file whose header says something else; its length goes with it most of the time."""
    length = int.from_bytes(content[8:10], "little")
    header, payload = content[10 : 10 + length].decode("latin1"), content[10 + length :]
    kind = int(rng.integers(6))
    if kind == 0:
        shape = tuple(pick(rng, (*NUMBERS, *LARGER)) for _ in range(int(rng.integers(6))))
        header = re.sub(r"\((.*)\)", str(shape), header)
    elif kind == 1:
        header = re.sub(r"'[<>|][^']*'", lambda _: repr(pick(rng, DTYPES)), header)
    elif kind == 2:
        header = header.replace("False", pick(rng, ("True", "None", "1", "[]")))
    elif kind == 3:
        sides = [int(side) for side in re.findall(r"\d+", header.partition("(")[2])]
        header = re.sub(r"\(.*\)", str(tuple(rng.permutation(sides).tolist())), header)
    elif kind == 4:
        header = text(rng, [header])
    else:
        header = header.rstrip() + " " * int(rng.integers(20_000)) + "\n"
    said = header.encode("utf-8", "replace")
    size = len(said) if rng.random() < 0.8 else pick(rng, NUMBERS)
    start = content[:6] + pick(rng, (b"\x01\x00", b"\x01\x00", b"\x02\x00", b"\x03\x00", b"\x09\x00"))
    packed = struct.pack("<I" if start[6] > 1 else "<H", size % (2**32 if start[6] > 1 else 2**16))
    return start + packed + said + payload


def zipped(members, method=zipfile.ZIP_STORED):
    """{name: bytes} -> the bytes of a zip file."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return file.getvalue()


def npz(rng, files):
    """An npz file whose members are damaged or of other names, in a zip file that is whole."""
    with zipfile.ZipFile(io.BytesIO(pick(rng, files))) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    name = pick(rng, list(members))
    kind = int(rng.integers(8))
    if kind == 0:
        members[pick(rng, ("../x.npy", "/etc/x.npy", "a/b.npy", "x", name[:-4]))] = members.pop(name)
    elif kind == 1:
        members[name] = damaged(rng, list(members.values()))
    elif kind == 2:
        members[name] = members[pick(rng, list(members))]
    elif kind == 3:
        members[name] += bytes(int(rng.integers(1, 10_000_000)))  # deflated, it is nothing
    else:
        members[name] = npy(rng, members[name])
    deflated = zipfile.ZIP_DEFLATED
    return zipped(members, pick(rng, (zipfile.ZIP_STORED, deflated, deflated, zipfile.ZIP_LZMA)))


# Arrays and rows.


def array(rng, given):
    """A numpy array with other values, another dtype or shape, or no array any more."""
    given = np.array(given)
    kind = int(rng.integers(13))
    if kind == 0 and given.size:
        flat = given.astype(pick(rng, (np.int64, np.float64, given.dtype))).reshape(-1)
        with np.errstate(all="ignore"):
            more = np.array(pick(rng, (*NUMBERS, 0.5, 1e6, 1e300, -0.5))).astype(flat.dtype)
            flat[int(rng.integers(flat.size))] += more
        return flat.reshape(given.shape)
    if kind == 1 and given.size:
        flat = given.astype(np.float64).reshape(-1)
        flat[int(rng.integers(flat.size))] = pick(rng, (np.nan, np.inf, -np.inf, 1e6, 1e-300))
        return flat.reshape(given.shape)
    if kind == 2:
        kinds = (bool, np.uint8, np.int16, np.int64, np.float16, np.float32, np.complex64, object, str, "M8[s]")
        with np.errstate(all="ignore"):
            return given.astype(pick(rng, kinds))
    if kind == 3:
        return given.astype(np.float64) / 255
    if kind == 4:
        return np.moveaxis(given, 0, -1) if given.ndim else given[None]
    if kind == 5:
        return given[: int(rng.integers(len(given) + 1))] if given.ndim else given
    if kind == 6:
        return given[..., None] if rng.random() < 0.5 else given[None]
    if kind == 7:
        return given.astype(np.int64) + pick(rng, (256, 65_536, 2**32, -1, 1)) if given.dtype.kind in "iuf" else given
    if kind == 8:
        return pick(rng, VALUES)
    if kind == 9 and given.ndim and len(given):
        rows = given.tolist()
        rows[int(rng.integers(len(rows)))] = pick(rng, VALUES)
        return rows
    if kind == 10:
        return given.tolist()
    if kind == 11:
        return given.astype(given.dtype.newbyteorder())
    return np.asfortranarray(given) * pick(rng, (1, -1, 1e6)) if given.dtype.kind == "f" else np.asfortranarray(given)


def rows(rng, columns):
    """{column: array} with a few columns damaged, missing, or in another form."""
    columns = dict(columns)
    for _ in range(int(rng.integers(1, 3))):
        name, kind = pick(rng, list(columns)), int(rng.integers(8))
        if kind == 0:
            del columns[name]
        elif kind == 1:
            columns[name] = columns[pick(rng, list(columns))]
        else:
            columns[name] = array(rng, columns[name]) if isinstance(columns[name], np.ndarray) else pick(rng, VALUES)
        if not columns:
            return pick(rng, VALUES)
    if rng.random() < 0.1:
        try:
            return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=False)]
        except TypeError:
            return columns
    return columns


def as_text(found):
    """A mutated value, as JSON where it is JSON."""
    return json.dumps(found, default=lambda other: other.decode("latin1"))
