"""Measure how fast finished Parquet files are made, by one worker and by two, and how large they are."""

import tempfile
from dataclasses import replace
from functools import partial
from typing import Any

from moving_mnist_generator.layouts import LAYOUTS

from .cases import Case, Scale, measure, seconds_of
from .files import against, write

WORKERS = 2
SAMPLE = 1_000  # sequences of a first file, whose time says how many one worker writes
START = f"start of {WORKERS} workers"


def rows(scale: Scale) -> list[dict[str, Any]]:
    with tempfile.TemporaryDirectory() as out:
        start = partial(write, next(iter(LAYOUTS)), f"{out}/start", workers=WORKERS, train=1, test=1)
        cases = [Case(START, start, 0)]
        for layout in LAYOUTS:
            cases += writers(layout, out, scale)
        return measure(cases, replace(scale, rounds=(min(2, scale.rounds[0]), 3)))


def writers(layout: str, out: str, scale: Scale) -> list[Case]:
    """Cases of a layout: two splits of the same size, by one worker and by two."""
    sample = min(SAMPLE, scale.rows)
    write_sample = partial(write, layout, f"{out}/sample", train=sample)
    seconds = min(seconds_of(write_sample) for _ in range(min(2, scale.rounds[0])))
    half = max(sample // 2, round(sample * scale.writing_seconds / seconds / 2))
    alone, sizes = f"{layout}, 1 worker", {"train": half, "test": half}
    folder = write(layout, out, **sizes)
    size = sum(path.stat().st_size for path in folder.glob("*.parquet")) / half / 2
    two = partial(write, layout, out, workers=WORKERS, **sizes)
    return [
        Case(alone, partial(write, layout, out, **sizes), 2 * half, against(layout, "1 worker"), more={"bytes": size}),
        Case(f"{layout}, {WORKERS} workers", two, 2 * half, {"x 1 worker": alone}, start=START),
    ]
