"""evaluate and Evaluation: plain loops as oracles, batches, samples, infinite values, refusals, memory."""

import json
import tracemalloc
from dataclasses import replace

import numpy as np
import pytest
from test_evaluation_vectors import GOLDEN_PROTOCOLS

from moving_mnist_generator.common.checks import InputError
from moving_mnist_generator.evaluation import PROTOCOLS, Evaluation, evaluate
from moving_mnist_generator.evaluation.measures import same
from moving_mnist_generator.evaluation.metrics import MSE
from moving_mnist_generator.evaluation.protocols import Protocol
from moving_mnist_generator.evaluation.windows import ssim_gaussian, ssim_uniform

RELATIVE = 2e-5


def made(n=5, t=3, size=(17, 22), lowest=-0.4, highest=1.4, seed=1):
    """Predictions that leave 0..1, and truth with black, white and grey."""
    rng = np.random.default_rng(seed)
    truth = rng.choice(np.array([0, 0, 0, 40, 128, 255], np.uint8), (n, t, *size))
    predictions = truth / 255 + rng.normal(0, 0.2, truth.shape)
    return np.clip(predictions, lowest, highest).astype(np.float32), truth


def plain_ssim(a, b, weights, span, correction):
    """SSIM of one frame, window by window, in float64."""
    side, values = len(weights), []
    c1, c2 = (0.01 * span) ** 2, (0.03 * span) ** 2
    for row in range(a.shape[0] - side + 1):
        for col in range(a.shape[1] - side + 1):
            x, y = (frame[row : row + side, col : col + side].astype(np.float64) for frame in (a, b))
            mean_x, mean_y = (weights * x).sum(), (weights * y).sum()
            var_x, var_y = (weights * (x - mean_x) ** 2).sum(), (weights * (y - mean_y) ** 2).sum()
            cov = (weights * (x - mean_x) * (y - mean_y)).sum()
            values.append(
                (2 * mean_x * mean_y + c1)
                * (2 * correction * cov + c2)
                / ((mean_x**2 + mean_y**2 + c1) * (correction * (var_x + var_y) + c2))
            )
    return np.mean(values)


UNIFORM = np.full((7, 7), 1 / 49)
GAUSSIAN = np.exp(-(np.arange(-5, 6) ** 2) / (2 * 1.5**2))
GAUSSIAN = np.outer(GAUSSIAN, GAUSSIAN) / GAUSSIAN.sum() ** 2


def uniform(a, b, span):
    return plain_ssim(a, b, UNIFORM, span, 49 / 48)


def gaussian(a, b, span):
    return plain_ssim(a, b, GAUSSIAN, span, 1)


def by_frame(function, p, y):
    """(n, t) of a function of two frames."""
    return np.array([[function(a, b) for a, b in zip(*pair, strict=True)] for pair in zip(p, y, strict=True)])


def psnr_of(mse, peak=1.0):
    return 10 * np.log10(peak**2 / mse)


def levels(values):
    return (np.clip(values, 0, 1).astype(np.float32) * np.float32(255)).astype(np.uint8)


def bits(values):
    return 255.0 * np.round(np.clip(values, 0, 1))


def oracles(predictions, truth, batch):
    """{protocol: function that returns {metric: float}}, formula by formula, by nothing that the package has."""
    p, y = predictions.astype(np.float64), truth / 255
    c = np.clip(p, 0, 1)
    q, r = levels(predictions).astype(np.int64), truth.astype(np.int64)
    squares, clipped = ((p - y) ** 2).sum((2, 3)), ((c - y) ** 2).sum((2, 3))
    pixels = truth[0, 0].size
    wrapped = (((q - r) % 256) ** 2 % 256).mean((2, 3))

    def batches(values):
        return np.mean([values[at : at + batch].mean() for at in range(0, len(values), batch)])

    def spans():
        for at in range(0, len(p), batch):
            part = slice(at, at + batch)
            span = max(np.ptp(p[part]), np.ptp(y[part]))
            yield from (by_frame(lambda a, b, span=span: gaussian(a, b, span), p[part], y[part]))

    return {
        "recommended": lambda: {
            "mse": squares.mean(),
            "mae": np.abs(p - y).sum((2, 3)).mean(),
            "psnr": psnr_of(squares / pixels).mean(),
            "ssim": by_frame(lambda a, b: gaussian(a, b, 1), p, y).mean(),
        },
        "openstl": lambda: {
            "mse": squares.mean(),
            "mae": np.abs(p - y).sum((2, 3)).mean(),
            "rmse": np.sqrt(squares.mean()),
            "ssim": by_frame(lambda a, b: uniform(a, b, 2), c, y).mean(),
            "psnr": psnr_of(clipped / pixels).mean(),
            "snr": (10 * np.log10((y**2).sum((2, 3)) / clipped)).mean(),
        },
        "simvp": lambda: {
            "mse": squares.mean(),
            "mae": np.abs(p - y).sum((2, 3)).mean(),
            "ssim": by_frame(lambda a, b: uniform(a, b, 2), c, y).mean(),
            "psnr": psnr_of(wrapped, 255).mean(),
        },
        "predrnn": lambda: {
            "mse": clipped.mean(),
            "mse_per_seq": clipped.sum(1).mean(),
            "ssim": by_frame(lambda a, b: uniform(a, b, 255), q, r).mean(),
            "psnr": psnr_of(((q - r) ** 2).mean((2, 3)), 255).mean(),
        },
        "phydnet": lambda: {
            "mse": batches(squares),
            "mae": batches(np.abs(p - y).sum((2, 3))),
            "ssim": batches(by_frame(lambda a, b: uniform(a, b, 2), p, y)),
        },
        "mau": lambda: {
            "mse": batches(clipped),
            "mae": batches(np.abs(c - y).sum((2, 3))),
            "psnr": batches(psnr_of(clipped / pixels)),
            "ssim": batches(by_frame(lambda a, b: uniform(a, b, 2), c, y)),
        },
        "earthformer": lambda: {
            "mse": squares.mean(),
            "mae": np.abs(p - y).sum((2, 3)).mean(),
            "ssim": np.mean(list(spans())),
        },
        "srvp": lambda: {
            "psnr": psnr_of(clipped / pixels).mean(),
            "ssim": by_frame(lambda a, b: gaussian(a, b, 1), c, y).mean(),
        },
        "svg": lambda: {
            "mse": squares.mean() / pixels,
            "ssim": by_frame(lambda a, b: uniform(a, b, 2), p, y).mean(),
            "psnr": psnr_of(squares / pixels).mean(),
        },
        "mcvd": lambda: {
            "mse": clipped.mean() / pixels,
            "psnr": psnr_of(clipped.mean(1) / pixels).mean(),
            "ssim": by_frame(lambda a, b: gaussian(a, b, 255), bits(p), bits(y)).mean(),
        },
    }


SAMPLED = [name for name, row in PROTOCOLS.items() if row.samples]
BATCHED = [name for name, row in PROTOCOLS.items() if row.batch]
WITH_ORACLE = list(oracles(*made(n=1, t=1), 1))


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_protocol_has_an_oracle_or_golden_numbers(protocol):
    assert protocol in WITH_ORACLE or protocol in GOLDEN_PROTOCOLS, (
        f"{protocol} needs its formulas in oracles() of tests/test_evaluation_scoring.py, or in "
        "tests/golden/metrics.npz the numbers that the repository's own code gives"
    )


@pytest.mark.parametrize("protocol", WITH_ORACLE)
@pytest.mark.parametrize("frames", [3, 1])
def test_a_protocol_is_what_its_formulas_say_for_odd_frames_and_a_short_last_batch(protocol, frames):
    predictions, truth = made(t=frames)
    batch = 2 if PROTOCOLS[protocol].batch else None
    scores = evaluate(predictions, truth, protocol=protocol, batch=batch)
    wanted = oracles(predictions, truth, batch)[protocol]()
    assert list(scores.overall) == list(wanted) == [metric.name for metric in PROTOCOLS[protocol].metrics]
    for name, value in wanted.items():
        assert scores.overall[name] == pytest.approx(value, rel=RELATIVE), name
    assert all(curve.shape == (frames,) for curve in scores.per_frame.values())


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_the_mean_of_a_curve_is_the_overall_value_unless_the_metric_says_otherwise(protocol):
    """It is not for openstl's rmse, mcvd's psnr and earthformer's ssim, and predrnn's mse_per_seq has no curve."""
    scores = evaluate(*made(n=4), protocol=protocol)
    for metric in PROTOCOLS[protocol].metrics:
        assert (metric.name in scores.per_frame) == metric.has_curve
        if metric.has_curve:
            equal = scores.overall[metric.name] == pytest.approx(scores.per_frame[metric.name].mean(), rel=1e-9)
            other = metric.finish is not same or metric.sequence is not None or metric.curve_measure is not None
            assert equal != other, metric.name


def test_phydnet_weighs_a_short_last_batch_as_much_as_a_full_one():
    truth = np.zeros((3, 2, 16, 16), np.uint8)
    predictions = np.zeros(truth.shape, np.float32)
    predictions[2] = 1  # 256 of error in the third sequence alone
    assert evaluate(predictions, truth, protocol="phydnet", batch=2).overall["mse"] == 128
    assert evaluate(predictions, truth, protocol="phydnet").overall["mse"] == pytest.approx(256 / 3)
    assert evaluate(predictions, truth, protocol="openstl").overall["mse"] == pytest.approx(256 / 3)


def test_earthformers_curve_takes_its_range_from_one_frame_of_each_sequence_of_a_batch():
    predictions, truth = made(n=2, t=2)
    truth[:, 1] //= 4  # a darker frame has a smaller range
    predictions[:, 1] /= 4
    curve = evaluate(predictions, truth, protocol="earthformer").per_frame["ssim"]
    one = evaluate(predictions[:, 1:], truth[:, 1:], protocol="earthformer").overall["ssim"]
    assert curve[1] == one and curve.mean() < evaluate(predictions, truth, protocol="earthformer").overall["ssim"]


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_updates_of_any_size_give_the_very_same_numbers_as_one_call(protocol):
    predictions, truth = made(n=53, t=2, size=(24, 24))
    whole, steps = evaluate(predictions, truth, protocol=protocol), Evaluation(protocol)
    at = 0
    for size in (1, 3, 40, 2, 7):
        steps.update(predictions[at : at + size], truth[at : at + size])
        steps.scores()  # looking at the scores does not change them
        at += size
    assert at == 53 and steps.scores().to_dict() == whole.to_dict()


def test_uint8_predictions_are_levels_over_255():
    _, truth = made()
    given = np.roll(truth, 1, axis=-1)
    as_floats = evaluate((given / 255).astype(np.float32), truth, protocol="predrnn")
    assert evaluate(given, truth, protocol="predrnn").overall == as_floats.overall
    assert evaluate((given / 255).astype(np.float64), truth).overall == evaluate(given, truth).overall


def test_a_perfect_frame_has_an_infinite_psnr_and_json_says_so_in_text():
    predictions, truth = made(n=2, t=2)
    predictions[0, 0] = truth[0, 0] / np.float32(255)
    scores = evaluate(predictions, truth, protocol="srvp")
    assert scores.overall["psnr"] == np.inf and np.isfinite(scores.per_frame["psnr"][1])
    assert np.isnan(scores.conf95["psnr"]) and np.isfinite(scores.conf95["ssim"])
    written = json.loads(json.dumps(scores.to_dict(), allow_nan=False))
    assert written["overall"]["psnr"] == "inf" and float(written["per_frame"]["psnr"][0]) == np.inf
    for protocol in PROTOCOLS:
        perfect = evaluate(truth, truth, protocol=protocol).overall
        assert perfect.get("mse", 0) == 0 and perfect.get("ssim", 1) == pytest.approx(1), protocol
        assert perfect.get("psnr", np.inf) == np.inf, protocol


def test_under_simvps_wrapped_psnr_a_difference_of_16_levels_costs_nothing():
    truth = np.full((1, 1, 16, 16), 100, np.uint8)
    assert evaluate(truth + np.uint8(16), truth, protocol="simvp").overall["psnr"] == np.inf
    assert evaluate(truth + np.uint8(16), truth, protocol="predrnn").overall["psnr"] == pytest.approx(24.05, abs=0.01)


def samples_of(truth):
    """Two samples: the first is close in the second sequence, the second in the first."""
    near, far = truth / np.float32(255) * 0.9, np.full(truth.shape, 0.3, np.float32)
    return np.stack([np.concatenate([far[:1], near[1:]]), np.concatenate([near[:1], far[1:]])])


@pytest.mark.parametrize("protocol", SAMPLED)
def test_the_best_sample_of_each_sequence_counts(protocol):
    truth = made(n=2, t=3)[1]
    scores = evaluate(samples_of(truth), truth, protocol=protocol)
    near = evaluate(truth / np.float32(255) * 0.9, truth, protocol=protocol)
    assert scores.overall == near.overall and scores.num_samples == 2
    assert {name: curve.tolist() for name, curve in scores.per_frame.items()} == {
        name: curve.tolist() for name, curve in near.per_frame.items()
    }


def test_srvp_and_mcvd_take_the_best_of_each_metric_and_svg_the_sample_of_the_best_ssim():
    truth = made(n=1, t=2)[1]
    structured = truth / np.float32(255) * 0.4 + np.float32(0.6)  # good SSIM, bad PSNR
    blurred = np.full(truth.shape, truth.mean() / 255, np.float32)
    samples = np.stack([structured, blurred])
    one, other = (evaluate(sample, truth, protocol="svg").overall for sample in samples)
    assert one["ssim"] > other["ssim"] and one["psnr"] < other["psnr"]
    assert evaluate(samples, truth, protocol="svg").overall == one
    for protocol in ("srvp", "mcvd"):
        each = [evaluate(sample, truth, protocol=protocol).overall for sample in samples]
        best = evaluate(samples, truth, protocol=protocol).overall
        assert best["psnr"] == max(one["psnr"] for one in each) and best["ssim"] == max(one["ssim"] for one in each)


def test_bright_frames_are_scored_in_float64_and_dark_ones_close_enough():
    flat = np.full((2, 64, 64), 0.83, np.float32)
    flat[:, :32] = 0.3
    flat[1] *= 0.2
    white = np.ones_like(flat)
    for a, b, relative in ((flat, white, 1e-7), (flat * 0.1, flat * 0.2, 1e-5)):
        wanted = [uniform(*pair, 2) for pair in zip(a, b, strict=True)]
        np.testing.assert_allclose(ssim_uniform(a, b, 2.0), wanted, rtol=relative)


def test_ssim_is_that_of_scikit_image():
    metrics = pytest.importorskip("skimage.metrics", reason="scikit-image is not installed")
    predictions, truth = made(n=1, t=6, size=(64, 64))
    a, b = predictions[0], (truth[0] / 255).astype(np.float32)
    wanted = [metrics.structural_similarity(*pair, data_range=2) for pair in zip(a, b, strict=True)]
    np.testing.assert_allclose(ssim_uniform(a, b, 2.0), wanted, rtol=RELATIVE)
    options = {"data_range": 1, "gaussian_weights": True, "use_sample_covariance": False, "sigma": 1.5}
    wanted = [metrics.structural_similarity(*pair, **options) for pair in zip(a, b, strict=True)]
    np.testing.assert_allclose(ssim_gaussian(a, b, 1.0), wanted, rtol=RELATIVE)


GOOD = np.zeros((2, 3, 16, 16), np.float32)
TRUTH = np.zeros((2, 3, 16, 16), np.uint8)


@pytest.mark.parametrize(
    ("predictions", "truth", "options", "rule"),
    [
        (GOOD + np.nan, TRUTH, {}, "predictions must be float in 0..1, at most -1..2, not nan"),
        (GOOD + 255, TRUTH, {}, "not 255.0: divide them by 255, or pass uint8"),
        (GOOD - 1.5, TRUTH, {}, "at most -1..2, not -1.5"),
        (GOOD.astype(np.int64), TRUTH, {}, "predictions must be float in 0..1 or uint8 in 0..255, not int64"),
        (GOOD.astype(bool), TRUTH, {}, "not bool"),
        (GOOD.astype(object), TRUTH, {}, "not object"),
        (GOOD, GOOD, {}, "truth must be uint8 (n, t, H, W), 0 black, 255 white, not float32 (2, 3, 16, 16)"),
        (GOOD, TRUTH[0], {}, "truth must be uint8 (n, t, H, W)"),
        (GOOD[:1], TRUTH, {}, "with the truth's (2, 3, 16, 16), not (1, 3, 16, 16)"),
        (GOOD[0], TRUTH, {}, "not (3, 16, 16)"),
        (GOOD[:0], TRUTH[:0], {}, "there must be at least one sequence with one frame, not (0, 3, 16, 16)"),
        (GOOD[:, :0], TRUTH[:, :0], {}, "at least one sequence with one frame"),
        (
            GOOD[None],
            TRUTH,
            {},
            f"samples are for {', '.join(SAMPLED)}; recommended takes one prediction (n, t, H, W), not 1",
        ),
        (GOOD[None, :0], TRUTH[:0], {"protocol": "svg"}, "at least one sequence"),
        (GOOD[..., :6], TRUTH[..., :6], {"protocol": "openstl"}, "at least 7 x 7 pixels for this SSIM, not 16 x 6"),
        (GOOD[..., :10], TRUTH[..., :10], {}, "at least 11 x 11 pixels for this SSIM, not 16 x 10"),
        (GOOD, TRUTH, {"protocol": "psnr"}, f"protocol must be one of {', '.join(PROTOCOLS)}, not 'psnr'"),
        (GOOD, TRUTH, {"protocol": ["openstl"]}, "protocol must be one of"),
        (GOOD, TRUTH, {"batch": 4}, f"batch must be None for recommended, only {', '.join(BATCHED)} depend on it"),
        (GOOD, TRUTH, {"batch": 0, "protocol": "mau"}, "batch must be a whole number >= 1, not 0"),
    ],
)
def test_a_wrong_argument_is_refused_with_the_rule_and_the_value(predictions, truth, options, rule):
    with pytest.raises(InputError) as raised:
        evaluate(predictions, truth, **options)
    assert rule in str(raised.value) and "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("make", "rule"),
    [
        (lambda: replace(MSE, view="rounded"), "view of mse must be one of as_given, clipped, in_levels, black_and_w"),
        (lambda: Protocol("x", (), "y"), "metrics must be at least one, each with a name of its own"),
        (lambda: Protocol("x", (MSE, MSE), "y"), "each with a name of its own, not mse, mse"),
        (
            lambda: Protocol("x", (MSE,), "y", samples="ssim"),
            "samples must be empty, 'each metric' or one of mse, not ",
        ),
        (
            lambda: Protocol("x", (MSE,), "y", spreads=(("iqr", np.ptp),)),
            "spread must be one of conf95, std, not 'iqr'",
        ),
    ],
)
def test_a_row_that_breaks_a_rule_is_refused_where_it_is_made(make, rule):
    with pytest.raises(InputError) as raised:
        make()
    assert rule in str(raised.value)


def test_a_protocol_may_have_any_metrics_and_a_measure_of_another_shape_is_refused(monkeypatch):
    def of_sequences(frames, view):
        return np.zeros(len(frames.truth))

    monkeypatch.setitem(PROTOCOLS, "bare", Protocol("x", (replace(MSE, name="error", has_curve=False),), "y"))
    scores = evaluate(GOOD + 0.5, TRUTH, protocol="bare")
    assert scores.overall == {"error": 64} and scores.per_frame == {}
    monkeypatch.setitem(PROTOCOLS, "wrong", Protocol("x", (replace(MSE, measure=of_sequences),), "y"))
    with pytest.raises(InputError, match=r"mse must be measured as \(n, t\), \(2, 3\), not \(2,\)"):
        evaluate(GOOD, TRUTH, protocol="wrong")


def test_updates_of_other_shapes_and_scores_of_nothing_are_refused():
    evaluation = Evaluation("openstl")
    with pytest.raises(InputError, match="there must be an update before scores"):
        evaluation.scores()
    evaluation.update(GOOD, TRUTH)
    with pytest.raises(InputError, match="as the first"):
        evaluation.update(GOOD[:, :2], TRUTH[:, :2])
    assert evaluation.scores().num_sequences == 2


def test_scores_print_the_formulas_and_the_known_defect():
    text = str(evaluate(GOOD + 0.5, TRUTH, protocol="simvp"))
    assert "simvp: 2 sequences of 3 frames" in text and "note: its PSNR is computed in uint8" in text
    assert "mse" in text and "64.0000" in text and "sum of (p - y)^2" in text
    assert "+/-" in str(evaluate(GOOD + 0.5, TRUTH, protocol="srvp"))


def test_memory_stays_flat_however_many_sequences_a_memory_map_holds(tmp_path):
    peaks = []
    for n in (100, 1_000):
        arrays = []
        for name, dtype in (("p", np.float32), ("y", np.uint8)):
            array = np.lib.format.open_memmap(tmp_path / f"{name}{n}.npy", "w+", dtype, (n, 4, 64, 64))
            array[:] = 0
            array.flush()
            arrays.append(np.load(tmp_path / f"{name}{n}.npy", mmap_mode="r"))
        tracemalloc.start()
        evaluate(*arrays, protocol="openstl")
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < peaks[0] + 1_000_000  # bytes; all predictions are 65 MB, and all scores 0.2 MB
