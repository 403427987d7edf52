"""Define how published code scores predictions of Moving MNIST, one row a repository, and the recommended way.

The formulas and defects were read in the source at the commit that a row names. A number is only comparable with
numbers of the same protocol: SSIM alone differs by definition from .919 to .937 for one and the same prediction.
See `metrics` for the letters in formulas.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from ..common.checks import InputError, one_of
from . import measures
from .metrics import (
    CLIPPED_MAE,
    CLIPPED_MSE,
    CLIPPED_PSNR,
    LEVELS_PSNR,
    MAE,
    MEAN_MSE,
    MSE,
    PSNR,
    SSIM_OF_C,
    SSIM_OF_P,
    Metric,
    gaussian_ssim,
    psnr_of_sequences,
    sum_of_frames,
)

SPREADS = ("conf95", "std")  # fields of Scores
EACH_METRIC = "each metric"  # each has a best sample of its own

Spread = Callable[[np.ndarray], float]  # (n,) values of sequences -> a number that is printed beside their mean


@dataclass(frozen=True)
class Protocol:
    """How one repository scores predictions: a row of PROTOCOLS, which the README prints."""

    test_set: str  # sequences
    metrics: tuple[Metric, ...]
    source: str  # repository, commit, files
    frames_in: int = 10
    frames_out: int = 10
    defect: str = ""  # that readers of its numbers have to know
    batch: int | None = None  # sequences in a batch, where the result depends on it
    mean_of_batches: bool = False  # the result is a mean of the batches' means: a short batch weighs as much
    samples: str = ""  # how the best of several samples is chosen: "each metric", or by the metric of that name
    per_sequence: bool = False  # whether it has values of sequences
    spreads: tuple[tuple[str, Spread], ...] = ()  # of the values of sequences; names of SPREADS

    def __post_init__(self) -> None:
        names = [metric.name for metric in self.metrics]
        if not names or len(set(names)) < len(names):
            raise InputError(f"metrics must be at least one, each with a name of its own, not {', '.join(names)}")
        if self.samples not in ("", EACH_METRIC, *names):
            raise InputError(
                f"samples must be empty, {EACH_METRIC!r} or one of {', '.join(names)}, not {self.samples}"
            )
        for name, _ in self.spreads:
            one_of("spread", name, SPREADS)


def std(values: np.ndarray) -> float:
    """Standard deviation, divisor n."""
    return float(np.std(values))


def conf95_of_std(values: np.ndarray) -> float:
    """1.96 std / sqrt(n), divisor n."""
    return 1.960 * std(values) / np.sqrt(len(values))


def conf95_of_sem(values: np.ndarray) -> float:
    """1.95996 standard errors, divisor n - 1; NaN for a single sequence."""
    return 1.959963984540054 * float(np.std(values, ddof=1)) / np.sqrt(len(values)) if len(values) > 1 else np.nan


PROTOCOLS = {
    "recommended": Protocol(
        test_set="all 10,000 of the authors' file, or all of a variant's test split",
        metrics=(MSE, MAE, PSNR, gaussian_ssim("range 1, of p and y", measures.gaussian_ssim_1, "as_given")),
        source=(
            "this project. Nothing is hidden: no clipping, no rounding to 8 bits, no batches, no library version. "
            "Sums over pixels are what most tables print, the mean of PSNRs with peak 1 is what most code computes, "
            "and the Gaussian window with range 1 is SSIM as it was defined, for values in 0..1"
        ),
        per_sequence=True,
        spreads=(("conf95", conf95_of_sem),),
    ),
    "openstl": Protocol(
        test_set="the authors' 10,000",
        metrics=(
            MSE,
            MAE,
            replace(MSE, name="rmse", formula="square root of mse", finish=np.sqrt),
            SSIM_OF_C,
            CLIPPED_PSNR,
            Metric(
                "snr",
                "10 log10 of the sum of y^2 over the sum of (c - y)^2, mean of frames",
                measures.noise_to_signal,
                "clipped",
                frame=measures.decibels,
                higher_is_better=True,
            ),
        ),
        source="chengtan9907/OpenSTL c74deb5 openstl/core/metrics.py, openstl/methods/base_method.py",
        defect="before 0d74406 (2023-06-08) its PSNR was that of simvp, and two published rows still have it",
    ),
    "simvp": Protocol(
        test_set="the authors' 10,000",
        metrics=(
            MSE,
            MAE,
            SSIM_OF_C,
            replace(
                LEVELS_PSNR,
                formula="20 log10 255 - 10 log10 of the mean of d^2 modulo 256, where d is the difference of "
                "levels modulo 256, mean of frames",
                measure=measures.wrapped_squared_mean,
            ),
        ),
        source="A4Bio/SimVP 4dcd445 API/metrics.py, exp.py",
        defect=(
            "its PSNR is computed in uint8, which wraps around: it is 8 to 28 dB too high, and a black screen can "
            "beat a good forecast"
        ),
    ),
    "predrnn": Protocol(
        test_set="the authors' 10,000 but the last batch",
        metrics=(
            CLIPPED_MSE,
            Metric(
                "mse_per_seq",
                "sum of (c - y)^2 over all frames of a sequence",
                measures.squared_sum,
                "clipped",
                sequence=sum_of_frames,
                has_curve=False,
            ),
            replace(
                SSIM_OF_P,
                formula="7 x 7 uniform window, range 255, of levels, mean of frames",
                measure=measures.uniform_ssim_255,
                view="in_levels",
            ),
            LEVELS_PSNR,
        ),
        source="thuml/predrnn-pytorch 49d3b0f core/trainer.py, core/utils/metrics.py",
        defect="it never scores its last batch; here every sequence is scored",
    ),
    "phydnet": Protocol(
        test_set="the authors' 10,000",
        metrics=(MSE, MAE, SSIM_OF_P),
        source="vincent-leguen/PhyDNet 23a992d main.py",
        batch=16,
        mean_of_batches=True,
    ),
    "mau": Protocol(
        test_set="the first 96 of the authors' 10,000",
        metrics=(CLIPPED_MSE, CLIPPED_MAE, CLIPPED_PSNR, SSIM_OF_C),
        source="ZhengChang467/MAU 9e5461c core/trainer.py",
        defect="it stops after six batches of 16: 96 of 10,000 sequences are scored; here every sequence is scored",
        batch=16,
        mean_of_batches=True,
    ),
    "earthformer": Protocol(
        test_set="the last 1,000 of the authors' 10,000; it trains on the other 9,000",
        metrics=(
            MSE,
            MAE,
            gaussian_ssim(
                "range = the span of the values of p or of y in a batch, the larger, of p and y",
                measures.gaussian_ssim_of_batches,
                "as_given",
                curve_measure=measures.gaussian_ssim_of_frame_batches,
            ),
        ),
        source=(
            "amazon-science/earth-forecasting-transformer 7732b03 "
            "scripts/cuboid_transformer/moving_mnist/train_cuboid_mnist.py, torchmetrics from 0.10 on"
        ),
        defect="it trains on 9,000 of the authors' test sequences: not comparable with the others",
        batch=2,
    ),
    "srvp": Protocol(
        test_set="5,000 of its own, each t10k digit once",
        metrics=(CLIPPED_PSNR, gaussian_ssim("range 1, of c and y", measures.gaussian_ssim_1, "clipped")),
        source="edouardelasalles/srvp 05661fa test.py, metrics/ssim.py",
        frames_in=5,
        frames_out=20,
        samples=EACH_METRIC,
        per_sequence=True,
        spreads=(("conf95", conf95_of_std),),
    ),
    "svg": Protocol(
        test_set="its own, drawn while it is tested",
        metrics=(MEAN_MSE, SSIM_OF_P, PSNR),
        source="edenton/svg 3f19f0b utils.py, generate_svg_lp.py",
        frames_in=5,
        frames_out=10,
        defect=(
            "the code prints no number: the means over sequences and frames are ours; it trains on 5 -> 10 frames and "
            "generates 2 -> 28 by default"
        ),
        samples="ssim",
        per_sequence=True,
    ),
    "mcvd": Protocol(
        test_set="256 of its own",
        metrics=(
            replace(MEAN_MSE, formula="mean of (c - y)^2, mean of frames", view="clipped"),
            replace(
                CLIPPED_PSNR,
                formula="-10 log10 of the mean of (c - y)^2 over all frames of a sequence, mean of sequences",
                sequence=psnr_of_sequences,
            ),
            gaussian_ssim(
                "range 255, of c and y rounded to 0 or 1, times 255",
                measures.gaussian_ssim_255,
                "black_and_white",
            ),
        ),
        source="voletiv/mcvd-pytorch 451da2e runners/ncsn_runner.py, datasets/__init__.py",
        frames_in=5,
        frames_out=10,
        defect="its SSIM turns both frames into black and white first, for Moving MNIST alone",
        samples=EACH_METRIC,
        per_sequence=True,
        spreads=(("std", std), ("conf95", conf95_of_sem)),
    ),
}
