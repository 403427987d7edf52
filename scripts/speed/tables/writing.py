"""Sequences to finished Parquet files, by one worker, by two and on Ray; and the stages of that work alone."""

import hashlib
import io
import tempfile
from dataclasses import replace
from functools import partial

from PIL import Image

from moving_mnist_generator.files.shards import make_whole, row_group, write_shard
from moving_mnist_generator.layouts import LAYOUTS
from moving_mnist_generator.rows.columns import IMAGE_SEQUENCE
from moving_mnist_generator.rows.png import pngs

from ..cases import Case, measure, seconds_of, where_there_is
from ..files import AGAINST, shards, than, write

WORKERS = 2
GROUPS = 8  # a single row group would be the first to touch its memory, which is slow
START, START_OF_RAY = f"start of {WORKERS} workers", "start of Ray"


def rows(scale):
    with tempfile.TemporaryDirectory() as folder:
        few = shards(next(iter(LAYOUTS)), train=1, test=1)
        cases = [
            Case(START, partial(write, few, folder, workers=WORKERS), 0),
            where_there_is("ray", START_OF_RAY, lambda: partial(write, few, folder, engine="ray"), 0),
        ]
        for layout in LAYOUTS:
            cases += writers(layout, folder, scale)
        for layout in LAYOUTS:
            cases += stages(layout, folder, scale)
        cases += pictures(scale)
        return measure(cases, replace(scale, rounds=(min(2, scale.rounds[0]), 3)))


def writers(layout, folder, scale):
    """Cases: all of the work, in two splits of the same size."""
    count = worth(layout, folder, scale)
    todo, alone = shards(layout, train=count // 2, test=count // 2), f"{layout}, 1 worker"
    against, two = {"x 1 worker": alone}, partial(write, todo, folder, workers=WORKERS)
    cases = [
        Case(alone, partial(write, todo, folder), count, than(layout, "1 worker"), workers=1),
        Case(f"{layout}, {WORKERS} workers", two, count, against, workers=WORKERS, start=START),
    ]
    if layout == AGAINST:  # one layout is enough: Ray writes all of them alike, and takes seconds to start
        on_ray = partial(write, todo, folder, engine="ray")
        cases.append(where_there_is("ray", f"{layout}, Ray", lambda: on_ray, count, against, START_OF_RAY))
    return cases


def worth(layout, folder, scale):
    """An even number of sequences that one worker writes in `scale.writing` seconds; at least two row groups."""
    (sample,) = shards(layout, train=max(2, 4 * scale.ready))
    seconds = min(seconds_of(partial(make_whole, sample, folder)) for _ in range(2))
    return 2 * max(scale.ready, round(sample.stop * scale.writing / seconds / 2))


def stages(layout, folder, scale):
    """Cases: frames to an Arrow column, and such columns to a Parquet file."""
    (shard,) = shards(layout, train=scale.ready)
    frames, columns = row_group(shard, range(scale.ready))
    encode = LAYOUTS[layout].encode
    ready = [(frames, {IMAGE_SEQUENCE: encode(frames), **columns})] * GROUPS
    return [
        Case(f"{layout}, encoding alone", lambda: encode(frames), scale.ready),
        Case(f"{layout}, Parquet alone", lambda: sum(write_shard(shard, folder, ready)), GROUPS * scale.ready),
    ]


def pictures(scale):
    """Cases: what is common to all layouts, and frames to PNG files by us and by Pillow."""
    (shard,) = shards(next(iter(LAYOUTS)), train=scale.ready)
    frames, _ = row_group(shard, range(scale.ready))
    pillow = "PNG files by Pillow"
    return [
        Case("sequences alone", lambda: row_group(shard, range(scale.ready)), scale.ready),
        Case("sha256 alone", lambda: hashlib.sha256(frames).hexdigest(), scale.ready),
        Case("PNG files", lambda: [pngs(sequence) for sequence in frames], scale.ready, {"x Pillow": pillow}),
        Case(pillow, lambda: [pillows_png(frame) for frame in frames.reshape(-1, *frames.shape[2:])], scale.ready),
    ]


def pillows_png(frame):
    """One frame (H, W) uint8 -> bytes."""
    file = io.BytesIO()
    Image.fromarray(frame).save(file, "PNG")
    return file.getvalue()
