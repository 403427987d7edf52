"""Score the forecasts of a Source under several protocols, and write the scores as JSON and as a picture.

n sequences, t frames, H W pixels.
"""

import contextlib
import hashlib
import json
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..common.checks import InputError
from ..common.refusals import named
from ..sources.opening import Source
from .forecasts import ArrayForecasts, BaselineForecasts, RowForecasts, check_past_frames
from .measures import LEVELS
from .protocols import PROTOCOLS
from .published import Result
from .scoring import Evaluation, Scores, in_float32

SEQUENCES_IN_PICTURE = 3

Forecasts = ArrayForecasts | BaselineForecasts | RowForecasts


@dataclass(eq=False)
class Comparison:
    """Scores of one set of forecasts, and where the numbers come from.

    truth, predictions: what was scored, with its sha256; scores: by protocol.
    shown: (truth (m, t, H, W) uint8, predictions (m, t, H, W) float32) of the first sequences, for the picture.
    """

    past: int
    truth: dict[str, Any]
    predictions: dict[str, Any]
    scores: dict[str, Scores]
    shown: tuple[np.ndarray, np.ndarray]

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        scores = {name: scores.to_dict() for name, scores in self.scores.items()}
        return {"past": self.past, "truth": self.truth, "predictions": self.predictions, "scores": scores}


def compare(
    forecasts: Forecasts,
    source: Source,
    past: int = 10,
    protocols: Sequence[str] = ("recommended",),
    *,
    batch: int | None = None,
    progress: Callable[[int], object] | None = None,
) -> Comparison:
    """Score forecasts of a source under several protocols, in one pass over both.

    Args:
        forecasts: BaselineForecasts, or what `open_forecasts` returns; source: what `open_source` returns.
        past: whole number >= 1, frames that a model may see; the rest of each sequence is predicted.
        protocols: names in PROTOCOLS.
        batch: as for `evaluate`.
        progress: called with the number of sequences after each piece.

    Returns:
        Comparison. Its sha256 are of raw values in the order (n, t, H, W), all frames of the truth, and of the
        predictions those that were scored, as stored; with samples (n, s, t, H, W).
    """
    past = check_past_frames(source, past)
    forecasts.check(source, past)
    depends = any(PROTOCOLS[name].batch for name in protocols)
    evaluations = {  # a batch that no protocol depends on is refused
        name: Evaluation(name, batch=batch if PROTOCOLS[name].batch or not depends else None) for name in protocols
    }
    digests, shown = (hashlib.sha256(), hashlib.sha256()), None
    for predictions, frames in forecasts.pieces(source, past):
        for evaluation in evaluations.values():
            with named(forecasts.name):
                evaluation.update(predictions, frames[:, past:])
        digests[0].update(np.ascontiguousarray(frames).data)
        digests[1].update(np.ascontiguousarray(np.moveaxis(predictions, -4, 0)).data)
        if shown is None:
            one = predictions[0] if predictions.ndim == 5 else predictions
            shown = frames[:SEQUENCES_IN_PICTURE, past:].copy(), in_float32(one[:SEQUENCES_IN_PICTURE])
        if progress is not None:
            progress(len(frames))
    scores = {name: evaluation.scores() for name, evaluation in evaluations.items()}
    num_sequences = next(iter(scores.values())).num_sequences
    sha256 = digests[0].hexdigest()
    truth = {"source": source.name, "split": source.split, "sha256": sha256, "num_sequences": num_sequences}
    assert shown is not None  # scores of nothing are refused
    predicted = {**forecasts.described(), "sha256": digests[1].hexdigest()}
    return Comparison(past, truth, predicted, scores, shown)


def write(comparison: Comparison, json_path: Path | None = None, picture_path: Path | None = None) -> None:
    """Write the JSON, the picture, or both: all of it or nothing."""
    from ..running.partial import renamed_when_whole  # imports huggingface_hub, which the help of a command need not

    with contextlib.ExitStack() as files:
        if json_path is not None:
            partial = files.enter_context(renamed_when_whole(json_path))
            partial.write_text(json.dumps(comparison.to_dict(), indent=1) + "\n")
        if picture_path is not None:
            draw(comparison, files.enter_context(renamed_when_whole(picture_path)))


def draw(comparison: Comparison, path: Path) -> None:
    """A PNG: of the first sequences truth above prediction above their difference; and each metric by frame."""
    pyplot = plots()
    curves: dict[str, dict[str, np.ndarray]] = {}  # {metric: {protocol: (t,) values}}
    for name, scores in comparison.scores.items():
        for metric, values in scores.per_frame.items():
            curves.setdefault(metric, {})[name] = values
    truth, predictions = comparison.shown
    strip = np.concatenate([stacked(*pair) for pair in zip(truth, predictions, strict=True)])
    figure = pyplot.figure(figsize=(12, 12 * strip.shape[0] / strip.shape[1] + 3.4), layout="constrained")
    above, below = figure.subfigures(2, 1, height_ratios=[12 * strip.shape[0] / strip.shape[1], 3.2])
    axes = above.subplots()
    axes.imshow(strip, cmap="gray", vmin=0, vmax=1, interpolation="nearest")
    last = comparison.past + truth.shape[1] - 1
    axes.set_title(f"frames {comparison.past} to {last}: truth, prediction, difference (white: 1)", fontsize=10)
    axes.set_axis_off()
    row = below.subplots(1, len(curves), squeeze=False)[0] if curves else ()  # a protocol may have no curve
    for axes, (metric, by_protocol) in zip(row, curves.items(), strict=True):
        for name, values in by_protocol.items():
            axes.plot(range(comparison.past, comparison.past + len(values)), values, label=name)
        axes.set(title=metric, xlabel="frame")
        axes.grid(alpha=0.3)
        axes.legend(fontsize=7)
    figure.savefig(path, format="png", dpi=110)
    pyplot.close(figure)


def stacked(truth: np.ndarray, prediction: np.ndarray) -> np.ndarray:
    """(t, H, W) uint8 and float32 -> (3 H, t W) float32: truth, prediction, |difference|, with grey lines between."""
    truth = truth / np.float32(LEVELS)
    rows = np.stack([truth, np.clip(prediction, 0, 1), np.minimum(np.abs(prediction - truth), 1)])
    rows = np.pad(rows, [(0, 0), (0, 0), (1, 1), (1, 1)], constant_values=0.4)
    _, t, height, width = rows.shape
    return rows.swapaxes(1, 2).reshape(3 * height, t * width)


def draw_baselines(curves: list[dict[str, str]], path: Path) -> None:
    """A PNG of metrics by frame, one line a baseline: rows as `baseline_curves` gives them."""
    pyplot = plots()
    metrics = [name for name in curves[0] if name not in ("source", "past", "baseline", "frame")]
    cases = list(dict.fromkeys((row["source"], row["past"]) for row in curves))
    baselines = list(dict.fromkeys(row["baseline"] for row in curves))
    figure, grid = pyplot.subplots(len(cases), len(metrics), figsize=(12, 7), layout="constrained", squeeze=False)
    for case, line in zip(cases, grid, strict=True):
        for metric, axes in zip(metrics, line, strict=True):
            for baseline in baselines:
                rows = [row for row in curves if (row["source"], row["past"], row["baseline"]) == (*case, baseline)]
                frames, values = [int(row["frame"]) for row in rows], [float(row[metric]) for row in rows]
                axes.plot(frames, values, label=baseline, marker=".")
            axes.set(title=f"{case[0]}: {metric}", xlabel="frame")
            axes.grid(alpha=0.3)
    figure.legend(*grid[0, 0].get_legend_handles_labels(), loc="outside lower center", ncols=len(baselines))
    figure.savefig(path, format="png", dpi=100)
    pyplot.close(figure)


def draw_published(baselines: list[dict[str, str]], results: list[Result], path: Path) -> None:
    """A PNG of the best published MSE of each model under `openstl`, above the floor and the other baselines.

    baselines: rows of `baseline_results` of one source under `openstl`.
    """
    pyplot, best = plots(), dict[str, float]()
    for result in results:
        if result.protocol == "openstl" and result.mse is not None:
            best[result.model] = min(result.mse, best.get(result.model, math.inf))
    models = sorted(best, key=lambda model: -best[model])
    figure, axes = pyplot.subplots(figsize=(9, 7), layout="constrained")
    axes.plot(
        [best[model] for model in models], models, "o", color="tab:blue", label="published, the best of each model"
    )
    colours = pyplot.get_cmap("tab10")
    for number, row in enumerate(row for row in baselines if float(row["mse"]) > 0):
        label = f"{row['baseline']}: {float(row['mse']):.1f}"
        axes.axvline(float(row["mse"]), color=colours(number + 1), linestyle="--", label=label)
    floor = min(float(row["mse"]) for row in baselines if float(row["mse"]) > 0)
    axes.axvspan(1, floor, color="0.85", label="below the floor: a leak, or another test set")
    axes.set(xscale="log", xlim=(5, 400), xlabel="MSE, sum over the pixels of a frame, 10 -> 10 frames")
    axes.set_xticks([5, 10, 20, 50, 100, 200, 400], ["5", "10", "20", "50", "100", "200", "400"])
    axes.minorticks_off()
    axes.grid(alpha=0.3)
    axes.legend(loc=(0.42, 0.55), fontsize=8)
    figure.savefig(path, format="png", dpi=100)
    pyplot.close(figure)


def plots():
    """matplotlib.pyplot that draws into files."""
    try:
        import matplotlib
    except ImportError:
        raise InputError("pictures need matplotlib: pip install 'moving-mnist[pictures]'") from None
    matplotlib.use("Agg")
    from matplotlib import pyplot

    return pyplot
