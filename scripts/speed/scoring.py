"""Measure evaluate(), against the same numbers from scikit-image, frame by frame."""

import importlib.util
from functools import partial
from typing import Any

import numpy as np

from moving_mnist_generator import evaluate, generate

from .cases import VARIANT, Case, Scale, measure

GAUSSIAN = {"gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False, "data_range": 1}
# Arguments of structural_similarity, by protocol.
SSIMS: dict[str, dict[str, Any]] = {"recommended": GAUSSIAN, "openstl": {"data_range": 2}}


def rows(scale: Scale) -> list[dict[str, Any]]:
    truth, prediction = frames(scale.scored)
    installed, cases = importlib.util.find_spec("skimage") is not None, []
    for protocol in SSIMS:
        theirs, note = f"scikit-image, {protocol}", "" if installed else "scikit-image not installed"
        loop = partial(score_each_frame, prediction, truth, protocol) if installed else None
        ours = partial(evaluate, prediction, truth, protocol=protocol)
        cases.append(Case(f"evaluate, {protocol}", ours, scale.scored, {"x scikit-image": theirs}))
        cases.append(Case(theirs, loop, scale.scored, note=note))
    return measure(cases, scale)


def frames(n: int) -> tuple[np.ndarray, np.ndarray]:
    """The last 10 frames of sequences (n, 10, H, W) uint8, and the frames before them, blended, as a forecast."""
    made = generate(VARIANT, "test", range(n)).frames
    forecast = (made[:, 9:-1].astype(np.float32) + made[:, 10:]) / 510
    return made[:, 10:], forecast


def score_each_frame(prediction: np.ndarray, truth: np.ndarray, protocol: str) -> dict[str, float]:
    """MSE, MAE, PSNR and SSIM of a protocol, for forecasts within 0..1: means over frames."""
    from skimage.metrics import peak_signal_noise_ratio, structural_similarity

    found = []
    for p, y in zip(prediction.reshape(-1, *truth.shape[2:]), truth.reshape(-1, *truth.shape[2:]), strict=True):
        y = y.astype(np.float32) / 255
        ssim = structural_similarity(p, y, **SSIMS[protocol])
        found.append((((p - y) ** 2).sum(), abs(p - y).sum(), peak_signal_noise_ratio(y, p, data_range=1), ssim))
    return dict(zip(("mse", "mae", "psnr", "ssim"), np.mean(found, axis=0).tolist(), strict=True))
