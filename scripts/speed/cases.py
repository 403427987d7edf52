"""Measure cases side by side: they take turns in the same rounds, and the best round of each counts.

A busy moment of the machine then hits all of them alike.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from moving_mnist_generator.common.names import FRAME_SIZE, NUM_FRAMES

SEQUENCE_BYTES = NUM_FRAMES * FRAME_SIZE[0] * FRAME_SIZE[1]  # of frames
VARIANT = "two_digits"  # what is written, read and scored
BASELINE = "arrays"  # the layout that others are compared with: what one would write without thinking of layouts


@dataclass(frozen=True)
class Scale:
    """How much is measured; counts are sequences."""

    generated: int = 2_048  # per call
    streamed: int = 8_192  # per call
    writing_seconds: float = 12  # in which one worker writes a layout's files
    rows: int = 5_000  # in the files to be read
    read: int = 1_024  # per call
    scored: int = 100  # per call, 10 frames each
    made: tuple[int, ...] = (10_000, 100_000)  # by processes whose memory is measured
    loaded: int = 10_000  # by load_dataset while its memory is measured
    rounds: tuple[int, int] = (3, 9)  # at least, at most
    seconds: float = 20  # after which a table starts no further round


SMALL = Scale(16, 128, 0, 128, 128, 2, (100, 200), 200, (1, 1), 0)


@dataclass(frozen=True)
class Case:
    """A row of a table, before it is measured.

    name:      what is done
    function:  does it; None if a package is not installed
    sequences: how many one call makes or reads; 0 to report seconds alone
    against:   {heading of a ratio: name of the case to compare with, in bytes of frames a second}
    size:      bytes of frames of one sequence
    start:     name of the case that only starts workers; its seconds are subtracted
    more:      {heading: figure} known without measuring
    note:      why there is no function
    """

    name: str
    function: Callable[[], object] | None
    sequences: int
    against: dict[str, str] = field(default_factory=dict)
    size: int = SEQUENCE_BYTES
    start: str | None = None
    more: dict[str, float] = field(default_factory=dict)
    note: str = ""


def measure(cases: Sequence[Case], scale: Scale) -> list[dict[str, Any]]:
    """Cases -> rows of a table: {"name": ..., "sequences/s": ..., ratio: ...} or {"name": ..., "note": ...}."""
    best = best_seconds({case.name: case.function for case in cases if case.function}, scale)
    rates = {case.name: rate(case, best) for case in cases}
    speeds = {case.name: rates[case.name] * case.size for case in cases}  # bytes a second
    return [row(case, best, rates, speeds) for case in cases]


def best_seconds(functions: dict[str, Callable[[], object]], scale: Scale) -> dict[str, float]:
    """{name: function} -> {name: seconds of its fastest call}."""
    best: dict[str, float] = {}
    began, (least, most) = time.perf_counter(), scale.rounds
    for finished in range(most):
        if finished >= least and time.perf_counter() - began > scale.seconds:
            break
        for name, function in functions.items():
            best[name] = min(best.get(name, float("inf")), seconds_of(function))
    return best


def seconds_of(function: Callable[[], object]) -> float:
    """How long one call takes."""
    began = time.perf_counter()
    function()
    return time.perf_counter() - began


def rate(case: Case, best: dict[str, float]) -> float:
    """Sequences a second without the start of workers; 0 if the case was not measured or no longer than that start."""
    seconds = best.get(case.name, 0) - best.get(case.start or "", 0)
    return case.sequences / seconds if seconds > 0 else 0


def row(case: Case, best: dict[str, float], rates: dict[str, float], speeds: dict[str, float]) -> dict[str, Any]:
    """One case's row."""
    if case.function is None:
        return {"name": case.name, "note": case.note}
    if not case.sequences:
        return {"name": case.name, "seconds": rounded(best[case.name])}
    if not rates[case.name]:
        return {"name": case.name, "note": "as short as its start"}
    ratios = {ratio: speeds[case.name] / speeds[other] for ratio, other in case.against.items() if speeds[other]}
    figures = {"sequences/s": rates[case.name], **ratios, **case.more}
    return {"name": case.name, **{heading: rounded(value) for heading, value in figures.items()}}


def rounded(value: float) -> float:
    """A number to four digits."""
    return float(f"{value:.4g}")
