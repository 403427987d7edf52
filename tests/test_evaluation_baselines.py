"""Forecasts without a model: what each is, and what the numbers of the project's own file say."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from moving_mnist_generator import MOTIONS, VARIANTS, Variant, generate, truth
from moving_mnist_generator.common.checks import InputError
from moving_mnist_generator.evaluation.baselines import BASELINES, forecast
from moving_mnist_generator.evaluation.comparisons import (
    DRAWN,
    baseline_curves,
    baseline_results,
    curve_rows,
    plan,
    score_rows,
)
from moving_mnist_generator.evaluation.forecasts import BaselineForecasts
from moving_mnist_generator.evaluation.protocols import PROTOCOLS
from moving_mnist_generator.evaluation.report import compare
from moving_mnist_generator.floor import floor_forecast, has_floor
from moving_mnist_generator.sources.annotated import Annotated
from moving_mnist_generator.sources.source import generated_source

GREY = [name for name, variant in VARIANTS.items() if len(variant.frame_shape) == 2]
NEVER_ALL_AS_BEFORE = {"crowded", "camera", "colliding", "noisy"}  # many digits, which meet, or noise
STALE = "python scripts/baselines.py writes data/results/baselines.csv and baseline_curves.csv again"
WITHOUT_CHANCE = [name for name in GREY if not MOTIONS[VARIANTS[name].motion].stochastic]


def annotated(variant, count=6, seed=0):
    sequences = generate(variant, "test", range(count), seed=seed)
    return sequences.frames, Annotated(sequences, seed)


def test_black_copy_last_and_mean_past_are_what_they_are_called():
    past = np.array([0, 100, 201], np.uint8)[None, :, None, None] * np.ones((2, 3, 4, 5), np.uint8)
    assert forecast("black", past, 2).shape == (2, 2, 4, 5) and not forecast("black", past, 2).any()
    assert (forecast("copy_last", past, 2) == 201).all()
    mean = forecast("mean_past", past, 2)
    assert mean.dtype == np.float32 and mean.shape == (2, 2, 4, 5) and mean == pytest.approx(301 / 3 / 255)


@pytest.mark.parametrize("variant", WITHOUT_CHANCE)
def test_the_oracle_makes_no_error_where_there_is_no_chance_after_the_start(variant):
    frames, given = annotated(variant, seed=3)
    future = frames.shape[1] - 10
    np.testing.assert_array_equal(forecast("oracle", frames[:, :10], future, given), frames[:, 10:])


def test_the_oracle_of_stochastic_is_right_until_a_digit_meets_a_wall():
    frames, given = annotated("stochastic", 40)
    right = (forecast("oracle", frames[:, :5], 15, given) == frames[:, 5:]).all((2, 3))
    met = given.sequences.hits[:, :, 5:].any((1, 3))  # (n, 15), whether any digit met a wall on its way to that frame
    still_free = ~np.logical_or.accumulate(met, axis=1)
    assert right[still_free].all() and still_free.sum() > 50
    assert not right.all(1).all()


def test_the_oracle_refuses_sequences_of_another_seed():
    frames, given = annotated("two_digits", 3)
    with pytest.raises(InputError, match="past frames must be those that seed 1 gives for two_digits test, but seq"):
        forecast("oracle", frames[:, :10], 10, Annotated(given.sequences, 1))


@pytest.mark.parametrize("variant", [name for name in GREY if name not in NEVER_ALL_AS_BEFORE])
def test_constant_velocity_is_right_on_frames_where_every_digit_goes_on_as_before(variant):
    frames, given = annotated(variant, 300)
    corners = given.sequences.positions.astype(int)
    steps = np.diff(corners, axis=2)
    future = frames.shape[1] - 10
    same = (np.cumsum(steps[:, :, 9:], axis=2) == steps[:, :, 8:9] * np.arange(1, future + 1)[:, None]).all((1, 3))
    right = (forecast("constant_velocity", frames[:, :10], future, given) == frames[:, 10:]).all((2, 3))
    assert same.any(), f"no digit of {variant} goes on as before: add it to NEVER_ALL_AS_BEFORE of {__file__}"
    assert right[same].all() and not right.all()


@pytest.mark.parametrize("name", ["constant_velocity", "oracle"])
@pytest.mark.parametrize("variant", ["two_digits", "stochastic", "long"])
def test_a_short_forecast_is_the_beginning_of_a_long_one(name, variant):
    frames, given = annotated(variant, 5)
    whole = forecast(name, frames[:, :10], frames.shape[1] - 10, given)
    assert np.array_equal(forecast(name, frames[:, :10], 3, given), whole[:, :3])


@pytest.mark.parametrize("name", ["expected", "likeliest"])
@pytest.mark.parametrize("variant", ["two_digits", "fast"])
def test_the_floor_is_that_of_the_variant_and_without_annotations_that_of_the_authors_recipe(name, variant):
    frames, given = annotated(variant, 2)
    found = forecast(name, frames[:, :10], 10, given)
    assert np.array_equal(found, floor_forecast(frames[:, :10], variant, 10, kind=name))
    alone = forecast(name, frames[:, :10], 10) if variant == "two_digits" else found
    assert np.array_equal(alone, found)


def test_the_floor_of_a_variant_with_chance_is_refused():
    frames, given = annotated("stochastic", 2)
    with pytest.raises(InputError, match="variant must be one of whole digits and no chance after the start"):
        forecast("expected", frames[:, :10], 10, given)


def test_large_digits_are_seen_beyond_the_frame():
    variant = Variant("large", num_digits=1, scale=(0.5, 0.5), speed=(20, 25))
    sequences = generate(variant, "test", range(20))
    positions = sequences.positions.astype(int)
    steps = np.arange(1, 11)[:, None] * (positions[:, :, 9:10] - positions[:, :, 8:9])
    positions[:, :, 10:] = positions[:, :, 9:10] + steps
    far = replace(variant, overhang=1_000)
    wanted = truth.repaint(replace(sequences, variant=far, positions=positions.astype(np.int16)))
    found = forecast("constant_velocity", sequences.frames[:, :10], 10, Annotated(sequences))
    assert np.array_equal(found, wanted[:, 10:])


def test_under_constant_velocity_a_digit_leaves_the_frame_and_is_cut_at_its_edge():
    frames, given = annotated("one_digit", 40)
    corners = given.sequences.positions.astype(int)
    last, step = corners[:, 0, 9], corners[:, 0, 9] - corners[:, 0, 8]
    ahead = forecast("constant_velocity", frames[:, :10], 10, given)
    end = last + 10 * step
    gone = ((end > 64) | (end < -28)).any(1)
    assert gone.any() and not ahead[gone, -1].any()
    i = int(np.flatnonzero((end[:, 0] > 40) & (end[:, 0] < 50) & (end[:, 1] > 2) & (end[:, 1] < 34))[0])
    row, col = end[i]
    digit = frames[i, 9, last[i, 0] : last[i, 0] + 28, last[i, 1] : last[i, 1] + 28]
    expected = np.zeros((64, 64), np.uint8)
    expected[row:64, col : col + 28] = digit[: 64 - row]
    np.testing.assert_array_equal(ahead[i, -1], expected)


@pytest.mark.parametrize(
    ("name", "past", "future", "rule"),
    [
        ("still", 2, 1, f"baseline must be one of {', '.join(BASELINES)}, not 'still'"),
        ("black", 2, 0, "future must be a whole number >= 1, not 0"),
        ("black", 0, 2, "black must have at least 1 past frames, not 0"),
        ("constant_velocity", 1, 2, "constant_velocity must have at least 2 past frames, not 1"),
        ("constant_velocity", 2, 2, "constant_velocity must have the annotations of a variant, and these sequences"),
        ("oracle", 2, 2, "oracle must have the annotations of a variant"),
        ("expected", 1, 2, "expected must have at least 2 past frames, not 1"),
    ],
)
def test_what_a_baseline_cannot_do_is_refused(name, past, future, rule):
    with pytest.raises(InputError) as raised:
        forecast(name, np.zeros((1, past, 8, 8), np.uint8), future)
    assert rule in str(raised.value)


def case(row):
    return row["source"], int(row["past"]), row["baseline"]


def test_the_file_of_results_has_every_baseline_of_every_grey_variant_for_1000_sequences():
    found = list(dict.fromkeys(map(case, baseline_results())))
    planned = [(source.name, past, forecasts.name) for forecasts, source, past, _ in plan(1_000)]
    assert found == planned, STALE
    assert {name for name, _, _ in found} == set(GREY)
    assert {past for name, past, _ in found if name == "stochastic"} == {10, 5}
    assert all(row["num_sequences"] == "1000" for row in baseline_results())


def test_the_file_of_results_has_a_number_for_each_metric_of_a_protocol():
    for row in baseline_results():
        protocol = PROTOCOLS[row["protocol"]]
        names = [metric.name for metric in protocol.metrics]
        spreads = [f"{name}_{spread}" for name in names for spread, _ in protocol.spreads]
        numbers = [name for name, text in row.items() if text][8:]  # after what was compared and the hashes
        assert sorted(numbers) == sorted([*names, *spreads]), (*case(row), row["protocol"])


def test_in_the_file_black_beats_copy_last_and_the_oracle_is_perfect_without_chance():
    recommended = [row for row in baseline_results() if row["protocol"] == "recommended"]
    for row in recommended:
        if row["baseline"] == "oracle":
            assert (float(row["mse"]) == 0) == (row["source"] in WITHOUT_CHANCE)
    two_digits = {row["baseline"]: row for row in recommended if row["source"] == "two_digits"}
    assert float(two_digits["black"]["mse"]) < float(two_digits["copy_last"]["mse"])
    assert float(two_digits["black"]["ssim"]) > float(two_digits["copy_last"]["ssim"])
    assert set(two_digits) == set(BASELINES), STALE


def test_a_number_in_the_file_is_the_one_that_is_computed_now():
    written = next(
        row for row in baseline_results() if (row["baseline"], row["protocol"]) == ("constant_velocity", "openstl")
    )
    source = generated_source(written["source"], "test", 1_000)
    (again,) = score_rows(compare(BaselineForecasts("constant_velocity"), source, 10, ["openstl"]))
    for name in ("truth_sha256", "predictions_sha256"):
        assert again[name] == written[name]
    for metric in PROTOCOLS["openstl"].metrics:
        assert float(again[metric.name]) == pytest.approx(float(written[metric.name]), rel=1e-5)


def test_the_file_of_curves_has_the_frames_that_the_picture_shows_and_their_mean_is_the_number_of_the_other_file():
    scores = {case(row): row for row in baseline_results() if row["protocol"] == "recommended"}
    curves = {}
    for row in baseline_curves():
        curves.setdefault(case(row), []).append(row)
    drawn = {
        (*drawn, name)
        for drawn, (name, row) in product(DRAWN, BASELINES.items())
        if has_floor(VARIANTS[drawn[0]]) or not row.recipe
    }
    assert set(curves) == drawn, STALE
    for key, rows in curves.items():
        assert [int(row["frame"]) for row in rows] == list(range(key[1], 20))
        for metric in ("mse", "mae", "ssim"):
            assert np.mean([float(row[metric]) for row in rows]) == pytest.approx(float(scores[key][metric]), rel=1e-5)
    comparison = compare(BaselineForecasts("black"), generated_source("two_digits", "test", 3))
    assert list(curve_rows(comparison)[0]) == list(baseline_curves()[0])
