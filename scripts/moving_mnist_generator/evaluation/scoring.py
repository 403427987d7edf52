"""Score predictions under one protocol, in one call or in steps.

n sequences, t frames, s samples, H W pixels. Memory does not grow with n, but for a few numbers a frame.
"""

import mmap
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ..common.checks import InputError, as_array, in_short, one_of, whole_number
from .measures import LEVELS, Frames
from .protocols import EACH_METRIC, PROTOCOLS

PIXELS_PER_PIECE = 40 * 64 * 64  # of frames that are turned into float32 and scored at a time

Shape = tuple[int | None, int, int, int]  # (samples or None, t, H, W)
RESULT, CURVE = "result", "curve"  # what a measured value is for
Measured = dict[tuple[str, str], np.ndarray]  # {(metric, RESULT or CURVE): (n, t)}


@dataclass(frozen=True)
class Scores:
    """The numbers of one protocol.

    protocol:      str, one of PROTOCOLS
    overall:       {metric: float}
    per_frame:     {metric: (t,) float64}, where it is defined
    per_sequence:  {metric: (n,) float64}, where the protocol has such values
    conf95, std:   {metric: float}, half a 95 % interval and standard deviation, where they are published
    num_sequences, num_frames: int, what was scored
    num_samples:   int, or None where there was one prediction a sequence and no axis of samples
    batch:         int, or None where the protocol does not depend on it

    Infinite where frames are perfect (PSNR, SNR); NaN where a formula divides 0 by 0. `print` shows a table.
    """

    protocol: str
    overall: dict[str, float]
    per_frame: dict[str, np.ndarray]
    per_sequence: dict[str, np.ndarray]
    num_sequences: int
    num_frames: int
    num_samples: int | None = None
    batch: int | None = None
    conf95: dict[str, float] = field(default_factory=dict)
    std: dict[str, float] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """All of it for JSON, lists instead of arrays; "inf", "-inf", "nan" as text, which `float` reads back.

        >>> black = np.zeros((1, 1, 64, 64), np.uint8)
        >>> evaluate(black, black).to_dict()["overall"]
        {'mse': 0.0, 'mae': 0.0, 'psnr': 'inf', 'ssim': 1.0}
        """
        return {name: plain(value) for name, value in vars(self).items() if value not in ({}, None)}

    def __str__(self) -> str:
        protocol = PROTOCOLS[self.protocol]
        samples = "" if self.num_samples is None else f", the best of {self.num_samples} samples"
        batch = "" if self.batch is None else f", in batches of {self.batch}"
        lines = [f"{self.protocol}: {self.num_sequences:,} sequences of {self.num_frames} frames{samples}{batch}"]
        for metric in protocol.metrics:
            conf95 = self.conf95.get(metric.name, np.nan)
            spread = f" +/- {conf95:.4f}" if np.isfinite(conf95) else ""
            lines.append(f"  {metric.name:12}{self.overall[metric.name]:10.4f}{spread}  {metric.formula}")
        if protocol.defect:
            lines.append(f"  note: {protocol.defect}")
        return "\n".join(lines)


def evaluate(
    predictions: ArrayLike, truth: ArrayLike, *, protocol: str = "recommended", batch: int | None = None
) -> Scores:
    """Score predictions as a published protocol does.

    Args:
        predictions: (n, t, H, W) float in 0..1 (as far as a protocol allows it, -1..2), or uint8 0..255;
            (s, n, t, H, W) for s samples of a stochastic model, of which srvp, svg and mcvd take the best. Memory
            maps are read piece by piece.
        truth: (n, t, H, W) uint8, 0 black, 255 white: the frames to be predicted, without the past.
        protocol: one of PROTOCOLS.
        batch: sequences in a batch, in their order, for the protocols whose numbers depend on it: phydnet and mau
            (None: 16) average over batches first, and earthformer (None: 2) takes its SSIM's range from each.

    Returns:
        Scores.

    Raises:
        InputError: shapes, dtypes or values that break a rule above, NaN, no sequence at all, frames that are smaller
            than the window of SSIM, samples or a batch for a protocol without.

    >>> truth = np.zeros((2, 10, 64, 64), np.uint8)
    >>> truth[:, :, 20:30, 20:30] = 255
    >>> scores = evaluate(np.zeros(truth.shape, np.float32), truth, protocol="openstl")
    >>> scores.overall["mse"], scores.per_frame["mse"].shape
    (100.0, (10,))
    """
    evaluation = Evaluation(protocol, batch=batch)
    evaluation.update(predictions, truth)
    return evaluation.scores()


class Evaluation:
    """`evaluate` in steps, for what does not fit into memory or is made batch by batch.

    Args:
        protocol, batch: as for `evaluate`. Updates of any size give the same result: batches are counted over all.

    >>> evaluation = Evaluation("openstl")
    >>> for _ in range(3):
    ...     evaluation.update(np.zeros((2, 10, 64, 64)), np.zeros((2, 10, 64, 64), np.uint8))
    >>> evaluation.scores().num_sequences
    6
    """

    def __init__(self, protocol: str = "recommended", *, batch: int | None = None) -> None:
        self.name = one_of("protocol", protocol, PROTOCOLS)
        self.protocol = PROTOCOLS[self.name]
        if batch is not None and self.protocol.batch is None:
            dependent = ", ".join(name for name, row in PROTOCOLS.items() if row.batch)
            raise InputError(
                f"batch must be None for {protocol}, only {dependent} depend on it, not {in_short(batch)}"
            )
        self.batch = self.protocol.batch if batch is None else whole_number("batch", batch, 1)
        self.sequences_at_once = None if self.protocol.mean_of_batches else self.batch  # that a measure needs
        self.shape: Shape | None = None  # of all updates
        self.pieces: list[Measured] = []
        self.waiting: list[tuple[np.ndarray, np.ndarray]] = []  # predictions and truth of a batch that is not full yet

    def update(self, predictions: ArrayLike, truth: ArrayLike) -> None:
        """Score more sequences: arrays as for `evaluate`.

        Raises:
            InputError: as for `evaluate`; frames, samples or sizes other than in the first update. Nothing of an
                update that is refused for its shape counts.
        """
        predictions, truth = (
            values if isinstance(values, np.ndarray) else as_array(name, values)  # a memory map stays one
            for name, values in (("predictions", predictions), ("truth", truth))
        )
        shape = check_shapes(predictions, truth, self.name)
        if self.shape not in (None, shape):
            raise InputError(f"all updates must have (samples, t, H, W) as the first, {self.shape}, not {shape}")
        self.shape = shape
        step = max(1, PIXELS_PER_PIECE // predictions[..., 0, :, :, :].size)
        at, stop = 0, len(truth)
        while at < stop:
            size = step
            if self.sequences_at_once is not None:  # whole batches, as long as there are enough sequences
                missing = self.sequences_at_once - sum(len(part) for _, part in self.waiting)
                size = missing + max(0, step - missing) // self.sequences_at_once * self.sequences_at_once
            part = slice(at, min(at + size, stop))
            self.take(in_float32(predictions[..., part, :, :, :]), in_float32(truth[part]))
            for array in (predictions, truth):
                release(array)
            at = part.stop

    def take(self, predictions: np.ndarray, truth: np.ndarray) -> None:
        """Score a piece in float32, or keep it until its batch is full."""
        self.waiting.append((predictions, truth))
        if self.sequences_at_once is None or sum(len(part) for _, part in self.waiting) % self.sequences_at_once == 0:
            self.pieces.append(self.measured(*joined(self.waiting)))
            self.waiting.clear()

    def measured(self, predictions: np.ndarray, truth: np.ndarray) -> Measured:
        """What is measured of a piece that begins with a batch, of the best samples if there are several."""
        if predictions.ndim == 4:
            return self.measured_of_sample(predictions, truth)
        samples = [self.measured_of_sample(sample, truth) for sample in predictions]
        every = {key: np.stack([sample[key] for sample in samples]) for key in samples[0]}
        best = {metric.name: metric.best(every[metric.name, RESULT]) for metric in self.protocol.metrics}
        by = self.protocol.samples
        return {
            (name, kind): values[best[name if by == EACH_METRIC else by], np.arange(values.shape[1])]
            for (name, kind), values in every.items()
        }

    def measured_of_sample(self, prediction: np.ndarray, truth: np.ndarray) -> Measured:
        """(n, t, H, W) float32 each -> what is measured."""
        frames, found = Frames(prediction, truth, self.sequences_at_once), {}
        for metric in self.protocol.metrics:
            found[metric.name, RESULT] = frames.measure(metric.measure, metric.view)
            if metric.curve_measure is not None:
                found[metric.name, CURVE] = frames.measure(metric.curve_measure, metric.view)
        for (name, _), values in found.items():
            if values.shape != truth.shape[:2]:
                raise InputError(f"{name} must be measured as (n, t), {truth.shape[:2]}, not {values.shape}")
        return found

    def scores(self) -> Scores:
        """The Scores of all updates so far; more may follow.

        Raises:
            InputError: there was no update.
        """
        if self.shape is None:
            raise InputError("there must be an update before scores, not none")
        pieces = [*self.pieces, *([self.measured(*joined(self.waiting))] if self.waiting else [])]
        found = {key: np.concatenate([piece[key] for piece in pieces]) for key in pieces[0]}
        overall, per_frame, per_sequence = {}, {}, {}
        spreads: dict[str, dict[str, float]] = {name: {} for name, _ in self.protocol.spreads}
        with np.errstate(invalid="ignore"):  # infinite values have no spread
            for metric in self.protocol.metrics:
                result = found[metric.name, RESULT]
                values, curves = metric.of_sequences(result), metric.frame(found.get((metric.name, CURVE), result))
                overall[metric.name] = float(metric.finish(self.mean(values)))
                if metric.has_curve:
                    per_frame[metric.name] = metric.finish(self.mean(curves))
                if self.protocol.per_sequence:
                    per_sequence[metric.name] = values
                for name, spread in self.protocol.spreads:
                    spreads[name][metric.name] = float(spread(values))
        n, t = found[self.protocol.metrics[0].name, RESULT].shape
        return Scores(self.name, overall, per_frame, per_sequence, n, t, self.shape[0], self.batch, **spreads)

    def mean(self, values: np.ndarray) -> np.ndarray:
        """(n, ...) -> (...), the mean over sequences, or of the means of batches."""
        if not self.protocol.mean_of_batches or self.batch is None:
            return values.mean(0)
        return np.mean([values[at : at + self.batch].mean(0) for at in range(0, len(values), self.batch)], axis=0)


def check_shapes(predictions: np.ndarray, truth: np.ndarray, name: str) -> Shape:
    """Refuse arrays that do not fit; (samples or None, t, H, W) of those that do."""
    if truth.dtype != np.uint8 or truth.ndim != 4:
        raise InputError(f"truth must be uint8 (n, t, H, W), 0 black, 255 white, not {truth.dtype} {truth.shape}")
    if predictions.dtype != np.uint8 and predictions.dtype.kind != "f":
        raise InputError(f"predictions must be float in 0..1 or uint8 in 0..255, not {predictions.dtype}")
    samples, shape = (None, predictions.shape) if predictions.ndim != 5 else (len(predictions), predictions.shape[1:])
    if shape != truth.shape:
        raise InputError(
            f"predictions must be (n, t, H, W) or (samples, n, t, H, W) with the truth's {truth.shape}, "
            f"not {predictions.shape}"
        )
    if predictions.size == 0:
        raise InputError(f"there must be at least one sequence with one frame, not {predictions.shape}")
    if samples is not None and not PROTOCOLS[name].samples:
        takers = ", ".join(other for other, row in PROTOCOLS.items() if row.samples)
        raise InputError(f"samples are for {takers}; {name} takes one prediction (n, t, H, W), not {samples}")
    return samples, *truth.shape[1:]


def in_float32(values: np.ndarray) -> np.ndarray:
    """float of any size, or levels uint8 -> float32 with 1 for white."""
    if values.dtype == np.uint8:
        return np.divide(values, LEVELS, dtype=np.float32)
    with np.errstate(over="ignore"):  # infinite numbers are refused
        return np.ascontiguousarray(values, np.float32)


def joined(pieces):
    """[(predictions, truth)] -> one of each."""
    if len(pieces) == 1:
        return pieces[0]
    predictions, truth = zip(*pieces, strict=True)
    return np.concatenate(predictions, axis=predictions[0].ndim - 4), np.concatenate(truth)


def release(array):
    """Let go of the pages read through a memory map, which count as this process's memory as long as it is open."""
    pages = getattr(array, "_mmap", None)
    if pages is not None and getattr(array, "mode", "") == "r" and hasattr(mmap, "MADV_DONTNEED"):
        pages.madvise(mmap.MADV_DONTNEED)


def plain(value):
    """A value for JSON."""
    if isinstance(value, dict):
        return {name: plain(item) for name, item in value.items()}
    if isinstance(value, np.ndarray):
        return [plain(item) for item in value.tolist()]
    return value if not isinstance(value, float) or np.isfinite(value) else str(value)
