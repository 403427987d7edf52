"""Cases of a table: they take turns in the same rounds, and the best round of each counts.

A busy moment of the machine then hits all of them alike. What needs a package that is not installed is named and left
out.
"""

import importlib
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from moving_mnist_generator.common.names import FRAME_SIZE, NUM_FRAMES

SEQUENCE = NUM_FRAMES * FRAME_SIZE[0] * FRAME_SIZE[1]  # bytes of frames


@dataclass(frozen=True)
class Case:
    """A row of a table, before it is measured.

    name:     what is done
    function: does it to `count` sequences; None if it cannot be done here
    count:    0 if starting workers is all that is measured
    than:     {ratio: name of the case to compare with, in bytes of frames a second}
    sequence: bytes of frames of one sequence
    note:     why there is no function
    workers:  processes that share the work, if that is what is measured
    start:    name of the case that only starts those workers; its time is subtracted
    """

    name: str
    function: Callable | None
    count: int
    than: dict = field(default_factory=dict)
    sequence: int = SEQUENCE
    note: str = ""
    workers: int | None = None
    start: str | None = None


def measure(cases, scale, unit="sequences/s"):
    """Cases -> rows of a table: {"name": ..., unit: rate, ratio: ..., ...} or {"name": ..., "note": ...}."""
    rounds = take_turns({case.name: case.function for case in cases if case.function}, scale, seconds_of)
    best = {name: min(seconds) for name, seconds in rounds.items()}
    rates = {case.name: rate(case, best) for case in cases if case.function}
    speeds = {case.name: rates.get(case.name, 0) * case.sequence for case in cases}  # bytes a second
    return [row(case, unit, rates, speeds, best) for case in cases]


def take_turns(functions, scale, measured):
    """{name: function} -> {name: [what `measured(function)` returns in each round]}."""
    found, began, (least, most) = {name: [] for name in functions}, time.perf_counter(), scale.rounds
    for finished in range(most):
        if finished >= least and time.perf_counter() - began > scale.seconds:
            break
        for name, function in functions.items():
            found[name].append(measured(function))
    return found


def seconds_of(function):
    """How long one call takes."""
    began = time.perf_counter()
    function()
    return time.perf_counter() - began


def rate(case, best):
    """Sequences a second without the start of workers; 0 if the case took no longer than that start."""
    seconds = best[case.name] - best.get(case.start, 0)
    return case.count / seconds if seconds > 0 else 0


def row(case, unit, rates, speeds, best):
    """One case's row."""
    if case.function is None:
        return {"name": case.name, "note": case.note}
    if not case.count:
        return {"name": case.name, "seconds": rounded(best[case.name])}
    if not rates[case.name]:
        return {"name": case.name, "note": "as short as its start"}
    figures = {unit: rates[case.name]}
    if case.workers:
        figures["a core"] = rates[case.name] / case.workers
    for ratio, other in case.than.items():
        figures[ratio] = speeds[case.name] / speeds[other]
    return {"name": case.name, **{name: rounded(value) for name, value in figures.items()}}


def rounded(value, digits=4):
    """A number to a few digits."""
    return float(f"{value:.{digits}g}")


def where_there_is(package, name, build, count, than=None, start=None):
    """A Case whose function is `build()`, which may import the package; or one that says why there is none."""
    function, note = built(package, build)
    return Case(name, function, count, than or {}, note=note, start=start)


def built(package, build):
    """(what `build()` returns, "") or (None, why the package cannot be used)."""
    try:
        importlib.import_module(package)
        return build(), ""
    except ImportError as error:
        return None, f"{error.name or package} not installed"
    except Exception as error:  # anything: packages that are installed together do not always work together
        return None, f"{package} does not start: {str(error).splitlines()[0]}"
