"""Digits as discs of 18 pixels across that bounce off each other: worked examples, laws, and starts."""

import hashlib

import numpy as np
import pytest

from moving_mnist_generator import MOTIONS, Variant, generate
from moving_mnist_generator.common.checks import InputError
from moving_mnist_generator.motions import trace, walk
from moving_mnist_generator.motions.colliding import grid

FREE = 100  # pixels: a start of 0.3 is pixel 30, a velocity of 0.1 is 10 pixels a frame


def moved(start, velocity, num_frames=3):
    """A trace from pixels."""
    return trace("colliding", np.array(start) / FREE, np.array(velocity) / FREE, num_frames, FREE)


def drawn(n, k, free, seed=0):
    """Starts and velocities (n, k, 2) in units of the free range."""
    return MOTIONS["colliding"].start_and_velocity(np.random.default_rng(seed).random((n, k, 34)), free)


# Worked examples


def test_a_head_on_hit_exchanges_velocities():
    # 20 apart, 2 to go at 4 + 4 a frame: they touch after a quarter frame, at columns 31 and 49, and turn back
    trace = moved([(50, 30), (50, 50)], [(0, 4), (0, -4)])
    assert trace.corners[..., 1].tolist() == [[30, 28, 24], [50, 52, 56]]
    assert trace.velocities[:, 1].tolist() == [[0, -4], [0, 4]]
    assert trace.meetings.tolist() == [[-1, 1, -1], [-1, 0, -1]]
    assert not trace.hits.any()


def test_a_digit_that_stands_takes_all_of_a_head_on_hit():
    # columns 20 and 48: 10 pixels to go at 10 a frame
    trace = moved([(50, 20), (50, 48)], [(0, 10), (0, 0)])
    assert trace.corners[..., 1].tolist() == [[20, 30, 30], [48, 48, 58]]


def test_a_glancing_hit_passes_on_what_lies_along_the_line_of_centres():
    # A comes from the left and touches B from (-10.8, -14.4): 18 pixels along (0.6, 0.8). Of its 10 a frame to the
    # right, 8 lie along that line and pass to B, as (4.8, 6.4); (-4.8, 3.6) across the line stays with A.
    trace = moved([(30, 25.6), (40.8, 50)], [(0, 10), (0, 0)], 3)
    np.testing.assert_allclose(trace.velocities[:, 2], [[-4.8, 3.6], [4.8, 6.4]], atol=1e-12)
    # A touches at column 35.6, in frame 1
    assert trace.corners.tolist() == [[[30, 26], [30, 36], [25, 39]], [[41, 50], [41, 50], [46, 56]]]


def test_three_at_once_in_a_row_pass_the_hit_through():
    # B and C touch; A brings 10 a frame, and C leaves with it
    trace = moved([(50, 10), (50, 38), (50, 56)], [(0, 10), (0, 0), (0, 0)], 3)
    assert trace.corners[..., 1].tolist() == [[10, 20, 20], [38, 38, 38], [56, 56, 66]]


def test_three_at_once_from_both_sides_are_a_mirror_image():
    # A and C reach B at the same instant, after half a frame, and leave as they came
    trace = moved([(50, 20), (50, 43), (50, 66)], [(0, 10), (0, 0), (0, -10)], 2)
    assert trace.velocities[:, 1].tolist() == [[0, -10], [0, 0], [0, 10]]
    assert trace.corners[..., 1].tolist() == [[20, 20], [43, 43], [66, 66]]
    assert trace.meetings[1, 1] in (0, 2) and trace.meetings[0, 1] == trace.meetings[2, 1] == 1


def test_a_wall_mirrors_within_the_step():
    trace = moved([(50, 96)], [(0, 10)], 2)  # 4 to the wall, 6 back
    assert trace.corners[0].tolist() == [[50, 96], [50, 94]] and trace.hits[0].tolist() == [[0, 0], [0, 1]]


def test_digits_that_touch_and_part_do_not_meet():
    trace = moved([(50, 30), (50, 48)], [(0, -2), (0, 1)], 2)
    assert (trace.meetings == -1).all() and trace.corners[:, 1, 1].tolist() == [28, 49]


# Laws


def test_energy_is_kept_always_and_momentum_between_walls():
    start, velocity = drawn(200, 3, 36)
    trace_ = trace("colliding", start, velocity, 100, 36)
    energy = (trace_.velocities**2).sum((1, 3))
    assert np.abs(energy - 3 * 3.6**2).max() < 1e-9
    momentum, hit = trace_.velocities.sum(1), (trace_.hits != 0).any(1)
    change = np.abs(np.diff(momentum, axis=1))
    met = (trace_.meetings >= 0).any(1)[:, 1:, None] & ~hit[:, 1:]
    assert met.sum() > 3_000 and change[met].max() < 1e-9
    assert change[~hit[:, 1:]].max() < 1e-9


def test_discs_never_overlap_by_more_than_rounding_to_pixels():
    for k, free in ((2, (36, 36)), (4, (36, 36)), (9, (80, 64))):
        corners = walk("colliding", *drawn(300, k, free), 50, free)
        one, other = np.triu_indices(k, 1)
        apart = np.linalg.norm(corners[:, one] - corners[:, other], axis=-1)
        assert apart.min() > 18 - np.sqrt(2) and (corners >= 0).all() and (corners <= free).all()


def test_whom_one_has_met_has_met_it():
    meetings = trace("colliding", *drawn(200, 2, 36), 50, 36).meetings
    assert (meetings >= 0).mean() > 0.05
    assert ((meetings[:, 0] == 1) == (meetings[:, 1] == 0)).all()


def test_one_digit_alone_moves_as_in_tfds():
    start, velocity = drawn(300, 1, 36)
    single, alone = (walk(motion, start, velocity, 20, 36) for motion in ("tfds", "colliding"))
    assert (single == alone).mean() > 0.999  # tfds calculates in float32


def test_a_sequence_is_the_same_alone_and_among_others():
    start, velocity = drawn(24, 3, 36)
    many = trace("colliding", start, velocity, 20, 36)
    cube = trace("colliding", start.reshape(2, 3, 4, 3, 2), velocity.reshape(2, 3, 4, 3, 2), 20, 36)
    for one, among, in_a_cube in zip(trace("colliding", start[5], velocity[5], 20, 36), many, cube, strict=True):
        assert np.array_equal(one, among[5]) and np.array_equal(in_a_cube.reshape(among.shape), among)


def test_corners_are_the_same_bits_on_every_machine():
    u = (np.arange(200 * 3 * 34) * 0.6180339887498949 % 1).reshape(200, 3, 34)
    start, velocity = MOTIONS["colliding"].start_and_velocity(u, 36)
    trace_ = trace("colliding", start, velocity, 30, 36)
    bits = b"".join(np.ascontiguousarray(array, array.dtype.newbyteorder("<")) for array in (start, *trace_))
    assert hashlib.sha256(bits).hexdigest() == "00477a129dd118977fee3fdc50fdd1c0c1b3c4b73216a9341b22b086577bb689"


# Starts


@pytest.mark.parametrize(("k", "free"), [(2, (36, 36)), (3, (36, 36)), (4, (36, 36)), (4, (12, 72)), (16, (80, 64))])
def test_no_two_starts_overlap(k, free):
    start = drawn(500, k, free)[0] * free
    one, other = np.triu_indices(k, 1)
    assert np.linalg.norm(start[:, one] - start[:, other], axis=-1).min() >= 18 - 1e-9
    assert start.min() >= 0 and (start.max((0, 1)) <= free).all()


def test_starts_of_three_digits_fill_the_frame_and_hardly_need_the_grid():
    start = drawn(20_000, 3, 36)[0]
    assert (start == grid((36, 36))[:3]).all((1, 2)).sum() == 0
    histogram = np.histogram(start, 6, (0, 1))[0] / start.size
    assert histogram.min() > 0.1 and np.abs(start.mean((0, 1)) - 0.5).max() < 0.01


def test_digits_that_find_no_place_stand_on_a_grid():
    u = np.full((2, 4, 34), 0.5)  # every place that is drawn is the middle
    start, _ = MOTIONS["colliding"].start_and_velocity(u, (36, 60))
    np.testing.assert_allclose(start * (36, 60), [[[0, 0], [0, 20], [0, 40], [0, 60]]] * 2)


@pytest.mark.parametrize(
    ("start", "words"),
    [
        (
            [(0.1, 0.1), (0.2, 0.2)],
            r"start must have all digits 18 pixels apart for colliding, not \[10.0, 10.0\] and",
        ),
        ((0.1, 0.1), r"start must be \(..., k, 2\), k at least 1, for colliding, whose digits act on each other"),
        (np.empty((3, 0, 2)), r"start must be \(..., k, 2\), k at least 1, .* not \(3, 0, 2\)"),
    ],
)
def test_starts_that_cannot_be_are_refused(start, words):
    with pytest.raises(InputError, match=words):
        walk("colliding", start, (0.1, 0), 5, FREE)


def test_more_digits_than_there_is_room_for_are_refused():
    with pytest.raises(InputError, match="num_digits must be at most 4 for colliding in a free range of 36 x 36"):
        generate(Variant("packed", num_digits=5, motion="colliding"), "train", [0])
    with pytest.raises(InputError, match=r"u must be \(..., k, 34\), not of shape \(3, 4\)"):
        MOTIONS["colliding"].start_and_velocity(np.zeros((3, 4)), 36)


def test_digits_wedged_in_between_two_walls_are_refused(monkeypatch):
    monkeypatch.setattr("moving_mnist_generator.motions.colliding.MOST_EVENTS", 1_000)
    row = [(0.5, 0.0), (0.5, 0.5), (0.5, 1.0)]  # three discs of 18 pixels in 36 + 18
    with pytest.raises(InputError, match="start must not wedge digits in: sequence 0 has 1,000 meetings in a frame"):
        walk("colliding", row, (0, 0.1), 5, 36)
