"""The config `animated`: a few sequences of each config as moving pictures. It is made when a dataset is published.

The Hub's viewer shows a picture that has bytes as a still. A picture without bytes, whose path names a file of the
same repo, is shown as that file: so an animated WebP moves. The paths hold the name of the repo and of the branch,
which is why data/ has no such config, and why a copy under another name must be published again for its viewer to
show it.

The viewer drops the statistics of a split if all integers of a column, or all lengths of its lists or texts, are one
of two neighbours such as 2 and 3. So labels are one text here, and configs are classes, which can be filtered, too.

The order of configs is that of the Hub: `default`, then by name.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image, ImageSequence

from ..common import refusals
from ..common.names import ANIMATED, file_name
from ..exports.pictures import save_webp
from ..files.footers import ShardFile
from ..layouts import LAYOUTS, split_config
from ..rows.columns import IMAGE_SEQUENCE
from ..rows.nested import PICTURE
from ..rows.schema import arrow_table, schema
from ..sources.decoding import decode
from ..stores.paths import errors_of
from .facts import Config, Split
from .verify import undamaged

SPLIT = "examples"  # not train, validation or test: these rows are to look at
FOLDER = f"data/{ANIMATED}"
FILE = Path(FOLDER, file_name(SPLIT))
ROWS_PER_CONFIG = 3
SHOWN_PIXELS = 256  # to which smaller frames are enlarged: four times from 64
MOST_FRAMES = 100  # shown of a longer sequence
MEANINGS = {
    "preview": "The sequence, enlarged, as an animated WebP in a file of the repo",
    "config": "The config whose test split has it, or, if that has none, whose first split",
    "labels": "Names of the digits' classes in paint order",
    "caption": "Which digits move, and how, in words",
}


@dataclass(frozen=True)
class Animated:
    """The config, and its files.

    config:   Config, as the card and croissant.json describe it
    content:  bytes of its Parquet file
    pictures: {path in the repo: frames (t, H, W) or (t, H, W, 3) uint8}
    """

    config: Config
    content: bytes
    pictures: dict[str, np.ndarray]

    def files(self) -> dict[str, bytes]:
        """{path in the repo: bytes} of all files."""
        return {FILE.as_posix(): self.content, **{path: webp(frames) for path, frames in self.pictures.items()}}


def beside(configs: Sequence[Config], animated: Animated | None) -> list[Config]:
    """All configs in order."""
    return in_order([*configs, *([animated.config] if animated else [])])


def in_order(configs: Sequence[Config]) -> list[Config]:
    """Configs in the order in which the Hub shows them."""
    return sorted(configs, key=lambda config: (config.name != "default", config.name))


def animate(configs: Sequence[Config], repo_id: str, branch: str = "main") -> Animated | None:
    """The first sequences of each config; None if there are none to show.

    Args:
        configs: what `facts.some_configs` returns.
        repo_id, branch: where they are published to.

    Raises:
        DamagedFile: the first rows of a file do not decode.
    """
    sources = shown(configs)
    rows, pictures = [], {}
    base = f"hf://datasets/{repo_id}@{quote(branch, safe='')}"
    for config, split in sources:
        frames, *texts = first_rows(split.shards[0])
        for number, (sequence, labels, caption) in enumerate(zip(frames, *texts, strict=True)):
            path = f"{FOLDER}/{config.name}-{number}.webp"
            pictures[path] = sequence
            rows.append((f"{base}/{path}", config.name, labels, caption))
    if not rows:
        return None
    columns = features([config.name for config, _ in sources])
    cells, file = as_table(rows, columns), io.BytesIO()
    pq.write_table(cells, file, compression="zstd", write_page_index=True, write_page_checksum=True)
    content = file.getvalue()
    shard = ShardFile(FILE, len(rows), len(content), columns, {"num_bytes": cells.nbytes})
    split = Split(SPLIT, len(rows), cells.nbytes, (shard,))
    # It records no size to download, which differs from one version of the libraries to another.
    return Animated(Config(ANIMATED, columns, (split,), None), content, pictures)


def shown(configs: Sequence[Config]) -> list[tuple[Config, Split]]:
    """[(config, split to show)]: one layout of each variant, and the authors' test split, which has no variant."""
    found: dict[str | None, tuple[Config, Split]] = {}
    layouts = list(LAYOUTS)
    for config in sorted(configs, key=lambda config: layouts.index(split_config(config.name)[1])):
        variant, _ = split_config(config.name)
        splits = {split.name: split for split in config.splits}
        split = splits.get("test", None if variant is None else config.splits[0])
        if split:
            found.setdefault(variant, (config, split))
    return [found[variant] for variant in sorted(found, key=lambda variant: variant or "")]


def features(names: Sequence[str]) -> dict[str, Any]:
    """The features, as datasets writes them to JSON. names: of the configs that are shown."""
    text = {"dtype": "string", "_type": "Value"}
    config = {"names": list(names), "_type": "ClassLabel"}
    return {"preview": {"_type": "Image"}, "config": config, "labels": text, "caption": text}


def first_rows(shard: ShardFile) -> tuple[list, list, list]:
    """The first rows of a file: (frames, labels, captions), each a list, with None for what the file does not have."""
    names = [name for name in (IMAGE_SEQUENCE, "labels", "caption") if name in shard.features]
    with undamaged(shard.path):
        with errors_of(shard.path), shard.path.open("rb") as file, pq.ParquetFile(file) as parquet:
            rows = next(parquet.iter_batches(ROWS_PER_CONFIG, columns=names, use_threads=False), None)
        if rows is None:
            return [], [], []
        frames = decode(str(shard.path), rows, shard)
    nothing = [None] * len(rows)
    labels = words(rows["labels"].to_pylist(), shard.features["labels"]) if "labels" in names else nothing
    return list(frames), labels, rows["caption"].to_pylist() if "caption" in names else nothing


def words(labels: list[list[int]], feature: dict[str, Any]) -> list[str]:
    """Lists of labels -> texts such as "7, 2"."""
    names = feature["feature"]["names"]
    return [", ".join(names[label] for label in row) for row in labels]


def as_table(rows: list[tuple], columns: dict[str, Any]) -> pa.Table:
    """(address, config, labels, caption) of each row -> Arrow table."""
    addresses, configs, labels, captions = zip(*rows, strict=True)
    classes = {name: number for number, name in enumerate(columns["config"]["names"])}
    pictures = [pa.nulls(len(rows), pa.binary()), pa.array(addresses, pa.string())]
    cells = {
        "preview": pa.StructArray.from_arrays(pictures, fields=list(PICTURE)),
        "config": pa.array([classes[name] for name in configs], pa.int64()),
        "labels": pa.array(labels, pa.string()),
        "caption": pa.array(captions, pa.string()),
    }
    return arrow_table(cells, schema(columns))


def webp(frames: np.ndarray) -> bytes:
    """Frames of a sequence -> animated WebP that keeps every pixel, enlarged."""
    file, scale = io.BytesIO(), max(1, SHOWN_PIXELS // max(frames.shape[1:3]))
    save_webp((Image.fromarray(frame.repeat(scale, 0).repeat(scale, 1)) for frame in frames[:MOST_FRAMES]), file)
    return file.getvalue()


def is_picture(path: str) -> bool:
    """Whether a path in the repo is that of a moving picture."""
    return path.startswith(f"{FOLDER}/") and path.endswith(".webp")


def show_the_same(first: bytes, second: bytes) -> bool:
    """Whether two animated pictures, as bytes, have the same pixels."""
    try:
        with Image.open(io.BytesIO(first)) as one, Image.open(io.BytesIO(second)) as two:
            if one.size != two.size or getattr(one, "n_frames", 1) != getattr(two, "n_frames", 1):
                return False
            pairs = zip(ImageSequence.Iterator(one), ImageSequence.Iterator(two), strict=True)
            return all(left.convert("RGB").tobytes() == right.convert("RGB").tobytes() for left, right in pairs)
    except Exception as error:
        if not refusals.is_damage(error, refusals.PICTURE):
            raise
        return False
