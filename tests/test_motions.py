"""How digits move: worked examples, plain loops as oracles, and what the published generators gave."""

import hashlib
import math
from decimal import Decimal, localcontext
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from moving_mnist_generator.common.draws import sine_cosine_of_turns
from moving_mnist_generator.motions import MOTIONS, redraws_from_uniforms, trace, walk

GOLDEN = Path(__file__).parent / "golden"
ALONE = [name for name, way in MOTIONS.items() if not way.together]  # the others have tests of their own
ORIGINALS = ("srivastava", "tfds", "svg", "svg_stochastic", "srvp", "srvp_stochastic")  # of published generators
ONE_UNIT = {"srivastava": (0.1, 0.0), "tfds": (0.1, 0.0), "svg": (3, 0), "srvp": (3, 0)}


def golden(name):
    with np.load(GOLDEN / name) as file:
        return dict(file)


def rows(motion, start, velocity, num_frames, free):
    """The rows of a digit that only moves vertically, as a list."""
    return walk(motion, (start, 0), (velocity, 0), num_frames, free)[:, 0].tolist()


def random_arguments(motion, n, num_frames, free, seed=0):
    """n starts and velocities of a motion, and what else `trace` takes for it."""
    rng, way = np.random.default_rng(seed), MOTIONS[motion]
    start, velocity, *latents = way.start_and_velocity(rng.random((n, way.draws)), free)
    redraws = redraws_from_uniforms(motion, rng.random((n, num_frames, way.walls))) if way.stochastic else None
    return start, velocity, {"redraws": redraws, "latents": latents}


def some_of(options, change):
    """The options of `trace`, each array changed by a function."""
    redraws = None if options["redraws"] is None else change(options["redraws"])
    return {"redraws": redraws, "latents": [change(array) for array in options["latents"]]}


# Worked examples. The free range is 36 px unless said: 64 px frames, 28 px digits.


def test_a_digit_stops_on_the_wall():
    # 0.95 + 0.1 is beyond 1: it stands on row 36, and 3.6 px a frame lead back to 32.4, 28.8
    assert rows("srivastava", 0.95, 0.1, 3, 36) == [36, 32, 28]


def test_the_first_srivastava_frame_is_one_step_after_the_start():
    assert rows("srivastava", 0.5, 0.1, 2, 36) == [21, 25]  # 18 + 3.6, + 7.2, truncated


def test_a_tfds_digit_loses_nothing_at_the_wall():
    assert rows("tfds", 0.95, 0.1, 3, 36) == [34, 34, 31]  # 0.95, 1.05 -> 0.95, 1.15 -> 0.85; 30.6 rounds up


def test_tfds_rounds_half_pixels_to_even():
    assert rows("tfds", 0.5, 0.0, 1, 5) == [2]  # 2.5
    assert rows("tfds", 0.5, 0.0, 1, 7) == [4]  # 3.5


def test_a_tfds_digit_can_cross_the_frame_many_times_a_step():
    assert rows("tfds", 0.25, 2.0, 4, 36) == [9, 9, 9, 9]
    assert rows("tfds", 0.0, -1.0, 4, 36) == [0, 36, 0, 36]


def test_an_svg_digit_stands_for_a_frame_on_the_last_row_but_one():
    assert rows("svg", 30, 3, 4, 32) == [30, 31, 28, 25]  # 33 is beyond 31; row 32 is never reached


def test_an_srvp_digit_turns_within_its_step():
    assert rows("srvp", 35, 3, 3, 36) == [35, 34, 31]  # 1 px to the wall, 2 px back


def test_an_srvp_digit_turns_at_two_walls_in_one_step():
    assert walk("srvp", (33, 2), (4, -4), 3, 36).tolist() == [[33, 2], [35, 2], [31, 6]]


def test_new_speeds_in_svg_lead_away_from_the_wall_from_the_next_frame_on():
    redraws = np.zeros((4, 2, 2), int)
    redraws[1, 0] = [4, -2]  # the bottom is met in frame 1: rows by 4 away from it, columns by -2
    moved = trace("svg_stochastic", (30, 10), (3, 0), 4, 32, redraws=redraws)
    assert moved.corners.tolist() == [[30, 10], [31, 10], [27, 8], [23, 6]]
    assert moved.velocities.tolist() == [[3, 0], [-4, -2], [-4, -2], [-4, -2]]
    assert moved.hits.tolist() == [[0, 0], [1, 0], [0, 0], [0, 0]]


def test_of_two_svg_walls_in_one_frame_the_left_or_right_one_decides():
    redraws = np.zeros((2, 2, 2), int)
    redraws[1] = [[1, 1], [4, 3]]  # its other speed may well point at the bottom again
    moved = trace("svg_stochastic", (31, 0), (1, -1), 2, 32, redraws=redraws)
    assert moved.corners[1].tolist() == [31, 0]
    assert moved.velocities[1].tolist() == [4, 3]
    assert moved.hits[1].tolist() == [1, -1]


def test_new_speeds_in_srvp_hold_for_the_rest_of_the_step():
    redraws = np.zeros((2, 8, 2), int)
    redraws[1, 0] = [2, -4]  # row 36 is met after 1/3 frame; 2/3 frame is left for -2 and -4 px a frame
    moved = trace("srvp_stochastic", (35, 10), (3, 0), 2, 36, redraws=redraws)
    assert moved.corners.tolist() == [[35, 10], [35, 7]]  # 34.67, 7.33
    assert moved.velocities.tolist() == [[3, 0], [-2, -4]]
    assert moved.hits.tolist() == [[0, 0], [1, 0]]


def test_a_ninth_wall_in_one_srvp_step_is_a_mirror():
    redraws = np.full((2, 8, 2), -4)  # in the corner, each speed drawn at one wall leads into the other
    moved = trace("srvp_stochastic", (0, 0), (-1, -1), 2, 36, redraws=redraws)
    assert moved.corners[1].tolist() == [4, 4]
    assert moved.velocities[1].tolist() == [4, 4]
    assert moved.hits[1].tolist() == [-1, -1]


# start, velocity, free -> rows, velocities in pixels a frame, walls met
TRACES = {
    "srivastava": (0.9, 0.25, 40, [40, 30, 20], [-10, -10, -10], [1, 0, 0]),
    "tfds": (0.75, 0.25, 40, [30, 40, 30], [10, -10, -10], [0, 1, 0]),
    "svg": (2, -2, 32, [2, 0, 0], [-2, -2, 2], [0, 0, -1]),
    "srvp": (2, -2, 36, [2, 0, 2], [-2, -2, 2], [0, 0, -1]),
}


@pytest.mark.parametrize("motion", TRACES)
def test_a_velocity_is_the_one_a_digit_leaves_the_frame_with(motion):
    start, velocity, free, *expected = TRACES[motion]
    moved = trace(motion, (start, start), (0, velocity), 3, free)
    assert [array[:, 1].tolist() for array in moved[:3]] == expected
    assert (moved.velocities[:, 0] == 0).all()
    assert [array.dtype for array in moved[:3]] == [np.int64, np.float64, np.int8]


def test_tfds_names_the_wall_that_was_met():
    moved = trace("tfds", (0.75, 0.25), (0.5, -0.5), 4, 36)  # 0.75 1.25 1.75 2.25 and 0.25 -0.25 -0.75 -1.25
    assert moved.hits.tolist() == [[0, 0], [1, -1], [0, 0], [-1, 1]]
    assert moved.velocities[:, 0].tolist() == [18, -18, -18, 18]


def test_tfds_meets_the_top_in_the_frame_that_stands_on_it():
    moved = trace("tfds", (0.5, 0.5), (-0.25, 0.25), 4, 36)  # exactly 0 and 1 in frame 2
    assert moved.hits.tolist() == [[0, 0], [0, 0], [-1, 1], [0, 0]]
    assert moved.velocities.tolist() == [[-9, 9], [-9, 9], [9, -9], [9, -9]]


# Oracles: one digit and one axis at a time, as the recurrences read.


def srivastava_oracle(start, velocity, num_frames, free, redraws):
    frames = []
    place, speed, hit = list(start), list(velocity), [0, 0]
    for _ in range(num_frames):
        for axis in (0, 1):
            place[axis] += speed[axis]
            hit[axis] = 0
            if place[axis] <= 0:
                place[axis], speed[axis], hit[axis] = 0.0, -speed[axis], -1
            if place[axis] >= 1:
                place[axis], speed[axis], hit[axis] = 1.0, -speed[axis], 1
        corner = [int(place[axis] * free[axis]) for axis in (0, 1)]
        frames.append((corner, [speed[axis] * free[axis] for axis in (0, 1)], list(hit)))
    return frames


def tfds_oracle(start, velocity, num_frames, free, redraws):
    frames = []
    for t in range(num_frames):
        corner, speed = [], []
        for axis in (0, 1):
            place = np.float32(start[axis]) + np.float32(velocity[axis]) * np.float32(t)
            place, forth = abs(place), place >= 0  # mirrored at 0 first, then at 1, 2, 3, ...
            while place > 1:
                place, forth = abs(place - np.float32(2)), forth == (place >= 2)
            corner.append(round(float(place * np.float32(free[axis]))))
            speed.append(float(np.float32(velocity[axis])) * free[axis] * (1 if forth else -1))
        frames.append((corner, speed, None))
    return frames


def svg_oracle(start, velocity, num_frames, free, redraws):
    frames = []
    place, speed = [int(x) for x in start], [int(x) for x in velocity]
    for t in range(num_frames):
        hit = [0, 0]
        for axis in (0, 1):
            if 0 <= place[axis] < free[axis]:
                continue
            hit[axis] = -1 if place[axis] < 0 else 1
            place[axis] = 0 if place[axis] < 0 else free[axis] - 1
            if redraws is None:
                speed[axis] = -speed[axis]
            else:
                speed = [int(x) for x in redraws[t][axis]]
                speed[axis] = abs(speed[axis]) if hit[axis] < 0 else -abs(speed[axis])
        frames.append((list(place), list(speed), hit))
        place = [place[0] + speed[0], place[1] + speed[1]]
    return frames


def srvp_oracle(start, velocity, num_frames, free, redraws):
    """In exact fractions; a corner is None where it is exactly between two pixels."""
    frames = []
    place, speed, hit = [Fraction(int(x)) for x in start], [int(x) for x in velocity], [0, 0]
    for t in range(num_frames):
        rest, crossed, hit = Fraction(t > 0), 0, [0, 0]
        while rest:
            ways = [free[a] - place[a] if speed[a] > 0 else -place[a] for a in (0, 1)]
            times = [ways[a] / speed[a] if speed[a] else Fraction(2) for a in (0, 1)]
            axis = 0 if times[0] <= times[1] else 1
            if times[axis] >= rest:
                place = [place[a] + speed[a] * rest for a in (0, 1)]
                break
            place = [place[a] + speed[a] * times[axis] for a in (0, 1)]
            rest -= times[axis]
            hit[axis] = 1 if speed[axis] > 0 else -1
            if redraws is not None and crossed < 8:
                speed = [int(x) for x in redraws[t][crossed]]
            speed[axis] = -hit[axis] * abs(speed[axis])
            crossed += 1
        corner = [None if x.denominator == 2 else round(x) for x in place]
        frames.append((corner, list(speed), hit))
    return frames


ORACLES = {
    "srivastava": srivastava_oracle,
    "tfds": tfds_oracle,
    "svg": svg_oracle,
    "svg_stochastic": svg_oracle,
    "srvp": srvp_oracle,
    "srvp_stochastic": srvp_oracle,
}


@pytest.mark.parametrize("free", [(36, 36), (32, 50), (3, 8)])
@pytest.mark.parametrize("motion", ALONE)
def test_300_digits_move_as_a_plain_loop_moves_each(motion, free):
    assert motion in ORACLES, (
        f"ORACLES in tests/test_motions.py needs a plain loop that moves a digit as {motion} does"
    )
    start, velocity, options = random_arguments(motion, 300, 20, free)
    moved = trace(motion, start, velocity, 20, free, **options)
    for i in range(300):
        of_digit = some_of(options, lambda array, i=i: array[i])
        oracle = ORACLES[motion](
            start[i].tolist(), velocity[i].tolist(), 20, free, of_digit["redraws"], *of_digit["latents"]
        )
        for t, (corner, speed, hit) in enumerate(oracle):
            got = moved.corners[i, t].tolist()
            assert [a for a, b in zip(got, corner, strict=True) if b is not None] == [
                b for b in corner if b is not None
            ], (i, t)
            assert moved.velocities[i, t].tolist() == speed, (i, t)
            assert hit is None or moved.hits[i, t].tolist() == hit, (i, t)


@pytest.mark.parametrize("motion", ALONE)
def test_a_digit_never_leaves_the_frame(motion):
    free = (5, 40)
    start, velocity, options = random_arguments(motion, 500, 60, free, seed=1)
    corners = trace(motion, start, velocity, 60, free, **options).corners
    assert corners.min() >= 0 and (corners.max((0, 1)) <= free).all()
    if motion in ORIGINALS:  # bounces off the walls, so it reaches them
        last = np.array(free) - (motion.startswith("svg"))
        assert corners.min() == 0
        assert (corners.max((0, 1)) == last).all()


@pytest.mark.parametrize("motion", ALONE)
def test_a_digit_moves_the_same_alone_and_among_others(motion):
    start, velocity, options = random_arguments(motion, 24, 20, 36)
    many = trace(motion, start, velocity, 20, 36, **options)
    alone = trace(motion, start[5], velocity[5], 20, 36, **some_of(options, lambda array: array[5]))
    in_cube = lambda array: array.reshape(2, 3, 4, *array.shape[1:])  # noqa: E731
    among = trace(motion, in_cube(start), in_cube(velocity), 20, 36, **some_of(options, in_cube))
    assert many.meetings is None
    for one, all_of_them, in_a_cube in zip(alone[:3], many[:3], among[:3], strict=True):
        assert one.shape == (20, 2) and in_a_cube.shape == (2, 3, 4, 20, 2)
        assert (one == all_of_them[5]).all()
        assert (in_a_cube.reshape(all_of_them.shape) == all_of_them).all()


@pytest.mark.parametrize("motion", ONE_UNIT)
def test_start_and_velocity_are_broadcast(motion):
    starts = np.zeros((5, 1, 2)) if motion in ("srivastava", "tfds") else np.zeros((5, 1, 2), int)
    corners = walk(motion, starts, [ONE_UNIT[motion]] * 3, 4, (36, 30))
    assert corners.shape == (5, 3, 4, 2)
    assert (corners == corners[0, 0]).all()


def test_no_digits_have_no_corners():
    for motion in ALONE:
        start, velocity, options = random_arguments(motion, 0, 20, 36)
        assert trace(motion, start, velocity, 20, 36, **options).corners.shape == (0, 20, 2)


@pytest.mark.parametrize("motion", ["srivastava", "tfds"])
def test_without_free_range_a_digit_stays_where_it_is(motion):
    corners = walk(motion, (0.5, 0.5), (0.1, 0.1), 5, (0, 36))
    assert (corners[:, 0] == 0).all() and len(set(corners[:, 1].tolist())) > 1


# What the published generators gave.


def test_srivastava_corners_are_the_authors():
    z = golden("srivastava_default.npz")
    start = np.stack([z["y0"], z["x0"]], axis=-1)
    sizes = np.stack([z["final_v_y"], z["final_v_x"]], axis=-1)
    signs = np.stack([np.sin(z["theta"]), np.cos(z["theta"])], axis=-1)
    moved = trace("srivastava", start, 0.1 * np.copysign(sizes, signs), 20, 36)
    assert (moved.corners == np.stack([z["start_y"], z["start_x"]], axis=-1)).all()
    assert (moved.velocities[:, :, -1] == 0.1 * sizes * 36).all()


def test_srivastava_places_are_the_authors_bit_for_bit():
    # seen through a free range of 2^24 px, the corners are the places themselves to 24 binary digits
    z = golden("srivastava_default.npz")
    places = np.stack([z["float_y"], z["float_x"]], axis=-1)
    signs = np.stack([np.sin(z["theta"]), np.cos(z["theta"])], axis=-1)
    velocity = 0.1 * np.copysign(np.stack([z["final_v_y"], z["final_v_x"]], axis=-1), signs)
    corners = walk("srivastava", np.stack([z["y0"], z["x0"]], axis=-1), velocity, 20, 2**24)
    assert (corners == np.trunc(places * 2**24)).all()


def test_srivastava_velocities_are_drawn_as_the_authors_draw_theta():
    z = golden("srivastava_default.npz")
    u = np.stack([z["y0"], z["x0"], z["theta"] / (2 * np.pi), np.zeros_like(z["y0"])], axis=-1)
    start, velocity = MOTIONS["srivastava"].start_and_velocity(u, 36)
    sizes = np.abs(np.stack([z["final_v_y"], z["final_v_x"]], axis=-1))
    assert (start[..., 0] == z["y0"]).all() and (start[..., 1] == z["x0"]).all()
    np.testing.assert_allclose(np.abs(velocity), 0.1 * sizes, rtol=0, atol=1e-15)


def test_tfds_corners_are_those_of_tensorflow_datasets():
    z = golden("tfds_speed0.1.npz")
    assert (walk("tfds", z["start_position"], z["velocity"], 20, 36) == z["pad_top_left"]).all()


def test_tfds_places_are_those_of_tensorflow_datasets_bit_for_bit():
    z = golden("tfds_speed0.1.npz")
    corners = walk("tfds", z["start_position"], z["velocity"], 20, 2**24)
    assert (corners == np.rint(z["trajectory"] * np.float32(2**24))).all()


def test_svg_corners_are_the_authors():
    recorded = golden("svg_deterministic_T20.npz")["pos_sy_sx_dy_dx"]
    moved = trace("svg", recorded[:, :, 0, :2], recorded[:, :, 0, 2:], 20, 32)
    assert (moved.corners == recorded[..., :2]).all()
    assert (moved.velocities == recorded[..., 2:]).all()


def test_stochastic_svg_corners_are_the_authors():
    z = golden("svg_stochastic_T20.npz")
    recorded = z["pos_sy_sx_dy_dx"]
    redraws, read = svg_redraws(z["randint_draws"], recorded)
    assert (read == z["num_draws"]).all()
    moved = trace("svg_stochastic", recorded[:, :, 0, :2], recorded[:, :, 0, 2:], 20, 32, redraws=redraws)
    assert (moved.corners == recorded[..., :2]).all()
    assert (moved.velocities == recorded[..., 2:]).all()


def svg_redraws(draws, recorded):
    """The draws in call order, sorted into redraws (n, 2, 20, 2, 2), and how many each sequence (n,) used."""
    redraws, read = np.zeros((*recorded.shape[:3], 2, 2), int), []
    for n, sequence in enumerate(recorded):
        calls = iter(draws[n].tolist())
        used = 0
        for k, digit in enumerate(sequence):
            _, col, row, col_speed, row_speed = (next(calls) for _ in range(5))
            assert [row, col, row_speed, col_speed] == digit[0].tolist()
            used += 5
            for t in range(1, 20):
                target = digit[t - 1, :2] + digit[t - 1, 2:]
                for axis in (0, 1):
                    if not 0 <= target[axis] < 32:
                        redraws[n, k, t, axis, axis] = next(calls)  # its own speed first
                        redraws[n, k, t, axis, 1 - axis] = next(calls)
                        used += 2
        read.append(used)
    return redraws, np.array(read)


def test_srvp_corners_are_the_authors():
    recorded = golden("srvp_deterministic_T20.npz")["pos_row_col_vrow_vcol"]
    moved = trace("srvp", recorded[:, :, 0, :2], recorded[:, :, 0, 2:], 20, 36)
    assert (moved.corners == recorded[..., :2]).all()
    assert (moved.velocities == recorded[..., 2:]).all()


# (sequence, digit, frame) that crossed several walls: the speeds drawn at all but the last one
SEVERAL_WALLS = {
    (0, 1, 4): [(1, 4), (-4, 3)],
    (4, 1, 17): [(4, 4)],
    (15, 1, 5): [(4, 2)],
    (22, 1, 8): [(-2, 0)],
    (29, 1, 5): [(4, 2)],
    (30, 1, 1): [(-2, 1)],
    (39, 1, 7): [(3, 2)],
    (39, 1, 8): [(2, 1)],
    (44, 0, 18): [(3, -4), (-2, 0)],
}


def test_stochastic_srvp_corners_are_the_authors():
    recorded = golden("srvp_stochastic_T20.npz")["pos_row_col_vrow_vcol"]
    redraws = np.zeros((64, 2, 20, 8, 2), int)
    redraws[..., 0, :] = recorded[..., 2:]
    for at, earlier in SEVERAL_WALLS.items():
        redraws[at][: len(earlier) + 1] = [*earlier, recorded[at][2:]]
    moved = trace("srvp_stochastic", recorded[:, :, 0, :2], recorded[:, :, 0, 2:], 20, 36, redraws=redraws)
    assert (moved.corners == recorded[..., :2]).all()
    assert (moved.velocities == recorded[..., 2:]).all()


def test_starts_and_speeds_have_the_authors_ranges():
    # the recorded ones reach both ends, or all but: 128 of 32 or 37 rows and columns, and of 9 speeds
    u = np.random.default_rng(0).random((20_000, 4))
    for motion, free, last in (("svg", 32, 31), ("srvp", 36, 36)):
        start, velocity = MOTIONS[motion].start_and_velocity(u, free)
        assert np.unique(start).tolist() == list(range(last + 1))
        assert np.unique(velocity).tolist() == list(range(-4, 5))
        name = {"svg": "pos_sy_sx_dy_dx", "srvp": "pos_row_col_vrow_vcol"}[motion]
        recorded = golden(f"{motion}_deterministic_T20.npz")[name][:, :, 0]
        assert recorded[..., :2].min() == 0 and recorded[..., :2].max() == last
        assert np.unique(recorded[..., 2:]).tolist() == list(range(-4, 5))


# Draws.


def test_sine_and_cosine_are_within_2_units_in_the_last_place():
    turns = [*((np.arange(400) + 0.3) / 400).tolist(), 1e-9, 0.25 - 1e-9, 0.5 + 1e-12, 1 - 2**-53]
    for u, *got in zip(turns, *(array.tolist() for array in sine_cosine_of_turns(turns)), strict=True):
        for value, exact in zip(got, exact_sine_cosine(u), strict=True):
            assert abs(Decimal(value) - exact) <= 2 * Decimal(math.ulp(float(exact))), u


def exact_sine_cosine(u):
    """By their series, in 40 decimal digits."""
    with localcontext() as context:
        context.prec = 40
        angle = 2 * Decimal("3.1415926535897932384626433832795028841972") * Decimal(u)
        terms = [Decimal(1)]
        for k in range(1, 80):
            terms.append(terms[-1] * angle / k)
        return (
            sum(term * (0, 1, 0, -1)[k % 4] for k, term in enumerate(terms)),
            sum(term * (1, 0, -1, 0)[k % 4] for k, term in enumerate(terms)),
        )


def test_sine_and_cosine_agree_with_the_maths_library():
    for u in np.random.default_rng(0).random(1000).tolist():
        sine, cosine = sine_cosine_of_turns(u)
        assert sine == pytest.approx(math.sin(2 * math.pi * u), abs=1e-15)
        assert cosine == pytest.approx(math.cos(2 * math.pi * u), abs=1e-15)


def test_quarter_turns_are_exact():
    sine, cosine = sine_cosine_of_turns([0, 0.25, 0.5, 0.75])
    assert sine.tolist() == [0, 1, 0, -1]
    assert cosine.tolist() == [1, 0, -1, 0]


# sha256 of 1,000 starts and velocities, as little-endian float64: the same on every machine, or it is a new dataset
DRAWS = {
    "srivastava": "88b778e0d23db2e873051b05ad8b478c4e0e9daf5d6d8276c61ce51346e5ddbe",
    "tfds": "bb4423e563386305c8e83ebb668de0ea9242943746246c3af0f92cd7be5ca7be",
    "svg": "d43a961bbb1ce7805f291b0c70c0fc8124450f867df76728f89b3c5ce251eea2",
    "srvp": "2c5e8af2e8a09339a7bb4c1f8ef4fbee95b1b40fd8f2fdeeade363ffcd41a455",
}


@pytest.mark.parametrize("motion", DRAWS)
def test_draws_are_the_same_bits_on_every_machine(motion):
    u = (np.arange(4000) * 0.6180339887498949 % 1).reshape(1000, 4)
    drawn = np.stack(MOTIONS[motion].start_and_velocity(u, 36)).astype("<f8")
    assert hashlib.sha256(drawn.tobytes()).hexdigest() == DRAWS[motion]


@pytest.mark.parametrize("motion", ALONE)
def test_the_last_uniform_number_below_1_is_still_inside(motion):
    way = MOTIONS[motion]
    u = np.full((1, way.draws), 1 - 2**-53)
    for free in (1, 8, 31, 36, 100):
        start, velocity = way.start_and_velocity(u, free)[:2]
        last = {"svg": free - 1, "srvp": free, "srivastava": 1 - 2**-53, "tfds": 1 - 2**-24}
        assert ((start >= 0) & (start <= (1 if way.units == "free range" else free))).all()
        if motion in ORIGINALS:
            assert (start == last[way.without_chance or motion]).all()
            assert (np.abs(velocity) <= 4).all()


@pytest.mark.parametrize("motion", ["srivastava", "tfds"])
def test_the_speed_is_3_6_pixels_a_frame_in_any_direction(motion):
    _, velocity = MOTIONS[motion].start_and_velocity(np.random.default_rng(0).random((4000, 4)), 36)
    np.testing.assert_allclose(np.hypot(*(36 * velocity.astype(float)).T), 3.6, rtol=1e-6)
    quadrants = np.unique(velocity > 0, axis=0, return_counts=True)[1]
    assert len(quadrants) == 4 and (np.abs(quadrants - 1000) < 120).all()


def test_speeds_drawn_at_a_wall_are_the_authors():
    every = (np.arange(36) + 0.5) / 36
    vertical, horizontal = np.moveaxis(redraws_from_uniforms("svg_stochastic", np.stack([every, every], -1)), 1, 0)
    assert sorted(map(tuple, vertical.tolist())) == [(a, b) for a in range(1, 5) for b in range(-4, 5)]
    assert (horizontal == vertical[:, ::-1]).all()
    every = ((np.arange(81) + 0.5) / 81)[:, None].repeat(8, axis=1)
    drawn = redraws_from_uniforms("srvp_stochastic", every)
    assert drawn.shape == (81, 8, 2)
    for i in range(8):
        assert sorted(map(tuple, drawn[:, i].tolist())) == [(a, b) for a in range(-4, 5) for b in range(-4, 5)]


def test_what_authors_tie_to_a_motion():
    table = {n: (m.digit_size, m.overlap, m.units, m.stochastic, m.walls) for n, m in MOTIONS.items()}
    authors = {
        "srivastava": (28, "max", "free range", False, 0),
        "tfds": (28, "max", "free range", False, 0),
        "svg": (32, "add", "pixels", False, 0),
        "svg_stochastic": (32, "add", "pixels", True, 2),
        "srvp": (28, "add", "pixels", False, 0),
        "srvp_stochastic": (28, "add", "pixels", True, 8),
        "colliding": (28, "max", "free range", False, 0),
    }
    assert {name: table[name] for name in authors} == authors


# Bad input: what is changed in a good call -> what the one line says
PIXELS = {"motion": "svg", "start": (1, 2), "velocity": (1, 1)}
BAD = [
    ({"motion": "bounce"}, "motion must be one of srivastava, .*colliding.*, not 'bounce'"),
    ({"motion": ["svg"]}, r"motion must be one of .*, not \['svg'\]"),
    ({"start": (0.5, 0.5, 0.5)}, r"start must be \(row, col\) in its last axis, not shape \(3,\)"),
    ({"velocity": 0.1}, r"velocity must be \(row, col\) in its last axis, not shape \(\)"),
    ({"start": (0.5, float("nan"))}, "start must be finite, not nan"),
    ({"velocity": (float("inf"), 0)}, "velocity must be finite, not inf"),
    ({"velocity": (0.1, 2000)}, "velocity must be at most 1024 either way, not 2000.0"),
    ({"start": ("a", "b")}, "start must be numbers, not <U1"),
    ({"start": (0.5, 1.25)}, "start must be within 0..1, not 1.25"),
    ({"motion": "tfds", "start": (-0.5, 0)}, "start must be within 0..1, not -0.5"),
    (
        {"start": np.zeros((3, 2)), "velocity": np.zeros((2, 2))},
        r"start \(3, 2\) and velocity \(2, 2\) must broadcast",
    ),
    ({"num_frames": 0}, "num_frames must be a whole number >= 1, not 0"),
    ({"num_frames": 2.5}, "num_frames must be a whole number >= 1, not 2.5"),
    ({"free": -1}, "free must be whole pixels in 0..16777216, not -1"),
    ({"free": 35.5}, "free must be whole pixels in 0..16777216, not 35.5"),
    ({"free": (1, 2, 3)}, r"free must be one number or \(rows, cols\), not shape \(3,\)"),
    ({**PIXELS, "free": 0}, "free must be whole pixels in 1..16777216, not 0"),
    ({**PIXELS, "start": (0, 37)}, "start must be within 0..free, not 37"),
    ({**PIXELS, "motion": "srvp", "start": (30, 30), "free": (36, 20)}, "start must be within 0..free, not 30"),
    ({**PIXELS, "start": (0.5, 3)}, "start must be whole pixels, not 0.5"),
    ({**PIXELS, "motion": "srvp", "velocity": (1, 1.5)}, "velocity must be whole pixels, not 1.5"),
    ({"redraws": np.zeros((20, 2, 2), int)}, "redraws must be None for srivastava, which draws no new speeds"),
    ({**PIXELS, "motion": "svg_stochastic"}, r"redraws must be given for svg_stochastic: shape \(20, 2, 2\)"),
    (
        {**PIXELS, "motion": "srvp_stochastic", "redraws": np.zeros((20, 2, 2), int)},
        r"redraws must have shape \(20, 8, 2\) for srvp_stochastic, not \(20, 2, 2\)",
    ),
    (
        {**PIXELS, "motion": "svg_stochastic", "redraws": np.full((20, 2, 2), 0.5)},
        "redraws must be whole pixels, not 0.5",
    ),
    (
        {**PIXELS, "motion": "svg_stochastic", "redraws": np.full((20, 2, 2), 1025)},
        "redraws must be at most 1024 either way, not 1025",
    ),
]


@pytest.mark.parametrize(("changed", "message"), BAD)
def test_a_call_that_cannot_be_is_refused_in_one_line(changed, message):
    good = {"motion": "srivastava", "start": (0.5, 0.5), "velocity": (0.1, 0.0), "num_frames": 20, "free": 36}
    call = {**good, **changed}
    redraws = call.pop("redraws", None)
    with pytest.raises(ValueError, match=f"^{message}") as error:
        walk(*call.values(), redraws=redraws)
    assert "\n" not in str(error.value)


def test_numbers_that_are_not_uniform_are_refused():
    with pytest.raises(ValueError, match=r"u must be in \[0, 1\), not 1.0"):
        MOTIONS["svg"].start_and_velocity(np.ones(4), 32)
    with pytest.raises(ValueError, match=r"u must be \(..., 4\), not of shape \(3,\)"):
        MOTIONS["tfds"].start_and_velocity(np.zeros(3), 36)
    with pytest.raises(ValueError, match=r"u must have 8 numbers in its last axis for srvp_stochastic"):
        redraws_from_uniforms("srvp_stochastic", np.zeros((20, 2)))
    with pytest.raises(
        ValueError, match="motion must be one of svg_stochastic, srvp_stochastic to draw new speeds, not 'svg'"
    ):
        redraws_from_uniforms("svg", np.zeros((20, 2)))
