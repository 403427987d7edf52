"""The floor: mean pictures and likeliest corners from the past, against plain sampling and enumeration."""

from itertools import product

import numpy as np
import pytest

from moving_mnist_generator import VARIANTS, InputError, Variant, generate, load_digits
from moving_mnist_generator.floor import floor_forecast, forecast_corners, has_floor, variants_with_floor
from moving_mnist_generator.floor.pictures import mean_frame
from moving_mnist_generator.floor.posterior import fewest_misses, future_corners, likely
from moving_mnist_generator.floor.prior import prior_of
from moving_mnist_generator.motions import MOTIONS, walk

FLOORS = variants_with_floor()
SLOW = Variant("slow", num_digits=1, speed=(0.1, 7.2))
WIDE = Variant("wide", num_digits=1, frame_size=(48, 64))


def pictures_of(sequences):
    pool = load_digits().pool(sequences.split)
    return pool.images[sequences.digit_ids - pool.first]


def drawn_paths(variant, count, frames):
    """Corners of digits as the recipe draws them, by numpy's own generator: (count, frames, 2)."""
    rng, free = np.random.default_rng(0), np.subtract(variant.frame_size, 28)
    start, velocity = MOTIONS[variant.motion].start_and_velocity(rng.random((count, 4)), free)[:2]
    if variant.speed:
        velocity = velocity / 0.1 * rng.uniform(*variant.speed, (count, 1)) / free
    return walk(variant.motion, start, velocity, frames, free)


def squared_error(variant, forecasts, sequences, past=10):
    truth = sequences.frames[:, past:] / 255
    return ((forecasts - truth) ** 2).sum((2, 3)).mean()


def in_ci(value):
    """A case that takes seconds."""
    return pytest.param(value, marks=pytest.mark.ci)


def test_variants_of_whole_digits_without_chance_after_the_start_have_a_floor():
    assert {"one_digit", "two_digits", "reflecting", "fast", "crowded", "long", "unseen_classes"} <= {*FLOORS}


@pytest.mark.parametrize("name", [name for name in VARIANTS if name not in FLOORS])
def test_a_variant_with_looks_or_chance_has_none(name):
    assert not has_floor(VARIANTS[name])
    with pytest.raises(InputError, match=f"no chance after the start .*, not {name}"):
        prior_of(VARIANTS[name], (28, 28), 10, 10)


@pytest.mark.parametrize(
    "variant", [VARIANTS["one_digit"], *map(in_ci, (VARIANTS["reflecting"], VARIANTS["fast"], SLOW, WIDE))]
)
def test_corners_are_as_probable_as_among_200_000_draws_with_the_same_past(variant):
    """The two-frame pasts that are most common, most of them at walls, and some that are not."""
    paths, prior = drawn_paths(variant, 200_000, 7), prior_of(variant, (28, 28), past=2, future=5)
    keys = np.ravel_multi_index(paths[:, :2].reshape(-1, 4).T, (37,) * 4)
    _, index, counts = np.unique(keys, return_inverse=True, return_counts=True)
    common = np.argsort(-counts, kind="stable")
    for one in (*common[:6], *common[50:62]):
        chance, alike = future_corners(paths[index == one][0, :2], prior), paths[index == one, 2:]
        counted = np.zeros_like(chance)
        np.add.at(counted, (np.arange(5), *alike.transpose(2, 0, 1)), 1 / len(alike))
        spread = np.sqrt(chance * (1 - chance) / len(alike))
        assert (abs(counted - chance) <= 5 * spread + 3 / len(alike)).all()
    assert counts[common[61]] >= 10


@pytest.mark.parametrize("name", ["one_digit", in_ci("reflecting"), in_ci("fast")])
def test_probabilities_come_true(name):
    """Of corners called 30 % probable, 30 % are right: in ten bins of probability, over 1,500 digit-frames."""
    made = generate(name, "test", range(150), seed=1)
    paths, prior = made.positions[:, 0].astype(np.int64), prior_of(VARIANTS[name], (28, 28), 10, 10)
    said, true = [], []
    for path in paths:
        chance = future_corners(path[:10], prior)
        rows, cols = path[10:].T
        right = np.zeros_like(chance, bool)
        right[np.arange(10), rows, cols] = True
        assert (chance[right] > 0).all()  # no true corner is ruled out
        said.append(chance[chance > 0])
        true.append(right[chance > 0])
    said, true = np.concatenate(said), np.concatenate(true)
    for low in np.arange(0, 1, 0.1):
        held = (said > low) & (said <= low + 0.1)
        spread = np.sqrt((said[held] * (1 - said[held])).sum() * 3) + 1  # frames of a digit go together
        assert abs(said[held].sum() - true[held].sum()) < 4 * spread


@pytest.mark.parametrize("name", [in_ci(name) if VARIANTS[name].speed else name for name in FLOORS])
def test_some_start_explains_the_past_of_every_generated_sequence(name):
    paths = generate(name, "validation", range(60)).positions.astype(np.int64)[:, :, :10].reshape(-1, 10, 2)
    prior = prior_of(VARIANTS[name], (28, 28), 10, 10)
    for path in paths[:100]:
        misses = fewest_misses(path, np.stack([prior.past_middles] * 2, axis=-1), prior)
        assert (misses.min(0) == 0).all()
        assert future_corners(path, prior).sum((1, 2)) == pytest.approx(1)


@pytest.mark.parametrize("name", ["two_digits", "reflecting", in_ci("fast")])
def test_half_the_grid_changes_nothing_that_can_be_seen(name):
    """The integral is exact but for the bend of a circle within a cell."""
    made = generate(name, "test", range(12))
    coarse, fine = (
        forecast_corners(made.positions[:, :, :10], pictures_of(made), name, 10, nodes=nodes) for nodes in (1, 2)
    )
    assert squared_error(name, coarse, made) == pytest.approx(squared_error(name, fine, made), rel=0.005)
    finer = forecast_corners(made.positions[:, :, :10], pictures_of(made), name, 10, nodes=4)
    assert abs(fine - finer).max() < 0.01


def test_a_path_that_no_start_explains_still_has_a_forecast():
    """As rounding might leave one: the second corner is three pixels off the way."""
    path = np.array([[10, 10], [10, 13], [13, 17], [10, 20]])
    chance = future_corners(path, prior_of(VARIANTS["one_digit"], (28, 28), 4, 3))
    assert np.isfinite(chance).all()
    rows, cols = np.nonzero(chance[0] > 0.1)
    assert set(rows) <= {9, 10, 11} and set(cols) <= {23, 24}


def test_a_digit_on_its_way_to_the_wall_stops_there_and_turns_back():
    """3.6 pixels a frame to the right, from column 23.4: 27, 30.6, 34.2, then 36, the wall, 32.4, 28.8."""
    columns = walk("srivastava", (0.5, 0.65), (0, 0.1), 6, 36)[:, 1]
    assert columns.tolist() == [27, 30, 34, 36, 32, 28]
    path = np.stack([np.full(6, 18), columns], axis=-1)
    chance = future_corners(path[:3], prior_of(VARIANTS["one_digit"], (28, 28), 3, 3))
    assert chance.sum(1)[[0, 1, 2], [36, 32, 28]] == pytest.approx(1)


@pytest.mark.parametrize("wall", [0, 36])
def test_more_starts_end_on_a_wall_the_faster_they_are(wall):
    """Where a digit goes whose first frame is on the left or the right wall, whatever its row is."""
    paths, prior = drawn_paths(VARIANTS["one_digit"], 200_000, 2), prior_of(VARIANTS["one_digit"], (28, 28), 1, 1)
    there = paths[paths[:, 0, 1] == wall]
    rows = np.bincount(there[:, 0, 0], minlength=37) / len(there)
    chance = sum(rows[row] * future_corners(np.array([[row, wall]]), prior)[0].sum(0) for row in range(37))
    counted = np.bincount(there[:, 1, 1], minlength=37) / len(there)
    assert (abs(counted - chance) <= 4 * np.sqrt(chance * (1 - chance) / len(there)) + 1e-9).all()


def test_the_mean_picture_of_three_digits_is_the_mean_over_all_their_places():
    rng = np.random.default_rng(0)
    pictures = rng.integers(0, 256, (3, 4, 4), np.uint8) * (rng.random((3, 4, 4)) < 0.7)
    places = []
    for count in (1, 3, 4):
        chance = rng.random(count)
        places.append((rng.integers(0, 5, (count, 2)), chance / chance.sum()))
    expected = np.zeros((8, 8))
    for chosen in product(*(range(len(chance)) for _, chance in places)):
        frame, weight = np.zeros((8, 8), np.uint8), 1.0
        for picture, (corners, chance), one in zip(pictures, places, chosen, strict=True):
            (row, col), weight = corners[one], weight * chance[one]
            part = frame[row : row + 4, col : col + 4]
            np.maximum(part, picture, out=part)
        expected += weight * frame / 255
    assert mean_frame(pictures.astype(np.uint8), places, (8, 8)) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("name", ["two_digits", "crowded"])
def test_the_mean_picture_has_a_lower_error_than_the_likeliest_corners(name):
    made = generate(name, "test", range(20))
    mean, likeliest = (
        forecast_corners(made.positions[:, :, :10], pictures_of(made), name, 10, kind=kind)
        for kind in ("expected", "likeliest")
    )
    assert (mean.dtype, likeliest.dtype) == (np.float32, np.uint8)
    assert squared_error(name, mean, made) < squared_error(name, likeliest / 255, made) < 60


def test_the_floor_of_two_digits_is_the_published_one():
    """8.7 +- 0.4 over 2,000 sequences; 200 here."""
    made = generate("two_digits", "test", range(200))
    mean = forecast_corners(made.positions[:, :, :10], pictures_of(made), "two_digits", 10)
    assert squared_error("two_digits", mean, made) == pytest.approx(8.7, abs=2)


def test_the_order_of_digits_does_not_matter():
    made = generate("three_digits", "test", range(3))
    corners, pictures = made.positions[:, :, :10], pictures_of(made)
    turned = forecast_corners(corners[:, ::-1], pictures[:, ::-1], "three_digits", 5)
    assert forecast_corners(corners, pictures, "three_digits", 5) == pytest.approx(turned, abs=1e-6)


def test_corners_below_a_billionth_are_left_out():
    corners, chance = likely(np.array([[0.5, 1e-12], [0.5, 0]]))
    assert (corners.tolist(), chance.tolist()) == ([[0, 0], [1, 0]], [0.5, 0.5])


def test_arguments_that_do_not_fit_are_refused():
    corners, pictures = np.zeros((1, 1, 10, 2), int), np.zeros((1, 2, 28, 28), np.uint8)
    with pytest.raises(InputError, match=r"must be \(n, k, p, 2\) and \(n, k, h, w\)"):
        forecast_corners(corners, pictures, "one_digit", 10)
    with pytest.raises(InputError, match="kind must be one of expected, likeliest"):
        forecast_corners(corners, pictures[:, :1], "one_digit", 10, kind="best")


@pytest.mark.parametrize("name", ["two_digits", "reflecting", in_ci("fast")])
def test_frames_alone_give_the_forecast_that_their_corners_give(name):
    made = generate(name, "test", range(5))
    known = forecast_corners(made.positions[:, :, :10], pictures_of(made), name, 10)
    assert floor_forecast(made.frames[:, :10], name, 10) == pytest.approx(known, abs=1e-6)


def test_frames_that_no_digits_explain_are_refused():
    noise = np.random.default_rng(0).integers(0, 256, (1, 10, 64, 64), np.uint8)
    with pytest.raises(InputError, match=r"frames\[0\] must show 2 digits of the source"):
        floor_forecast(noise, "two_digits", 10)
