"""Score every baseline on every variant, and write and read the CSV files of these scores."""

import csv
from pathlib import Path
from typing import Any

from ..core.variants import VARIANTS
from ..floor import has_floor
from ..motions import MOTIONS
from ..sources.source import Source, generated_source
from .baselines import BASELINES
from .forecasts import BaselineForecasts
from .protocols import PROTOCOLS, SPREADS
from .published import read_csv, shipped
from .report import Comparison

REFERENCE = "two_digits"  # scored under every protocol for 10 past frames
PAST = 10  # frames
STOCHASTIC_PAST = 5  # as the protocols for stochastic sequences have it; a sequence of 20 frames leaves 15 to predict
REPORTED = ("recommended", "openstl")
DRAWN = ((REFERENCE, PAST), ("stochastic", STOCHASTIC_PAST))  # (source, past) of the curves that the picture shows
DRAWN_METRICS = ("mse", "mae", "ssim")  # of `recommended`
SCORES_FILE, CURVES_FILE = "baselines.csv", "baseline_curves.csv"  # in data/results


def plan(
    sequences: int, authors: Source | None = None
) -> list[tuple[BaselineForecasts, Source, int, tuple[str, ...]]]:
    """What to score: list of what `compare` takes.

    Args:
        sequences: of each variant's test split; authors: the authors' file, or None.
    """
    works: list[tuple[BaselineForecasts, Source, int, tuple[str, ...]]] = []
    grey = [name for name, row in VARIANTS.items() if len(row.frame_shape) == 2]
    sources: list[Source] = [generated_source(name, "test", sequences) for name in grey]
    if authors is not None:
        sources.append(authors)
    for source in sources:
        every = tuple(name for name, row in PROTOCOLS.items() if row.frames_in == PAST)
        cases = [(PAST, every if source.name == REFERENCE or source is authors else REPORTED)]
        if source is not authors and MOTIONS[VARIANTS[source.name].motion].stochastic:
            few = tuple(name for name, row in PROTOCOLS.items() if row.frames_in == STOCHASTIC_PAST)
            cases.append((STOCHASTIC_PAST, ("recommended", *few)))
        for past, protocols in cases:
            for name, baseline in BASELINES.items():
                floorless = baseline.recipe and source is not authors and not has_floor(VARIANTS[source.name])
                if (source.annotated or not baseline.annotated) and not floorless:
                    works.append((BaselineForecasts(name), source, past, protocols))
    return works


def case_of(comparison: Comparison) -> dict[str, Any]:
    """What was compared, by column. A file's folder differs from machine to machine."""
    source, baseline = Path(comparison.truth["source"]).name, comparison.predictions["baseline"]
    return {"source": source, "past": comparison.past, "baseline": baseline}


def score_rows(comparison: Comparison) -> list[dict[str, Any]]:
    """The rows of baselines.csv, one a protocol: its metrics, and their spreads as `mse_conf95`, for example."""
    hashes = {f"{name}_sha256": getattr(comparison, name)["sha256"] for name in ("truth", "predictions")}
    rows = []
    for protocol, scores in comparison.scores.items():
        size = {"num_sequences": scores.num_sequences, "num_frames": scores.num_frames}
        spreads = {f"{metric}_{name}": value for name in SPREADS for metric, value in getattr(scores, name).items()}
        numbers = {name: in_digits(value) for name, value in (scores.overall | spreads).items()}
        rows.append({**case_of(comparison), "protocol": protocol, **size, **hashes, **numbers})
    return rows


def curve_rows(comparison: Comparison) -> list[dict[str, Any]]:
    """The rows of baseline_curves.csv, one a frame: none of a comparison that the picture does not show."""
    case = case_of(comparison)
    if (case["source"], case["past"]) not in DRAWN:
        return []
    curves = {name: comparison.scores["recommended"].per_frame[name] for name in DRAWN_METRICS}
    frames = range(len(curves[DRAWN_METRICS[0]]))
    return [
        {**case, "frame": comparison.past + t, **{name: in_digits(values[t]) for name, values in curves.items()}}
        for t in frames
    ]


def in_digits(value: float) -> str:
    """A number in 6 significant digits."""
    return f"{value:.6g}"


def write_rows(rows: list[dict[str, Any]], path: Path) -> None:
    """Write rows as CSV; the columns are those of all rows, in the order in which they come."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(dict.fromkeys(name for row in rows for name in row)), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def baseline_results() -> list[dict[str, str]]:
    """The rows of data/results/baselines.csv, as text by column; a metric that a protocol does not have is empty.

    >>> first = baseline_results()[0]
    >>> first["source"], first["baseline"], first["protocol"], float(first["mse"])
    ('one_digit', 'black', 'recommended', 90.296)
    """
    return read_csv(shipped(SCORES_FILE), ("source", "past", "baseline", "protocol"), "baselines")


def baseline_curves() -> list[dict[str, str]]:
    """The rows of data/results/baseline_curves.csv, as text by column: `recommended` metrics by frame."""
    return read_csv(shipped(CURVES_FILE), ("source", "past", "baseline", "frame", *DRAWN_METRICS), "curves")
