"""The files below a folder, as the programs and the tests compare them."""

import hashlib
from pathlib import Path


def files(folder: Path) -> dict[str, bytes]:
    """{path: bytes} of all files below a folder, hidden ones too."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def sums(folder: Path) -> dict[str, str]:
    """{path: sha256} of all files below a folder, hidden ones too."""
    return {name: hashlib.sha256(content).hexdigest() for name, content in files(folder).items()}
