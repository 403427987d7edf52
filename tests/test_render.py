"""Digits at corners become frames, pixel by pixel as a plain loop would paint them."""

import numpy as np
import pytest

from moving_mnist_generator.core.rendering import render

ARROW = np.array([[0, 0, 9], [9, 9, 9], [0, 0, 0], [5, 0, 0]], np.uint8)  # a transpose or a flip changes it


def plain(digits, corners, frame_size, overlap):
    """One pixel block at a time, in wider integers."""
    n, k, t, _ = corners.shape
    frames = np.zeros((n, t, *frame_size), np.int64)
    for i, j, f in np.ndindex(n, k, t):
        digit = digits[i, j] if digits.ndim == 4 else digits[i, j, f]
        row, col = corners[i, j, f]
        block = frames[i, f, row : row + digit.shape[0], col : col + digit.shape[1]]
        block[:] = np.maximum(block, digit) if overlap == "max" else np.minimum(block + digit, 255)
    return frames.astype(np.uint8)


def random_case(n=21, k=3, t=5, digit=(7, 6), frame_size=(16, 23), moving_look=False, seed=0):
    rng = np.random.default_rng(seed)
    shape = (n, k, t, *digit) if moving_look else (n, k, *digit)
    corners = rng.integers(0, np.subtract(frame_size, digit) + 1, (n, k, t, 2))
    return rng.integers(0, 256, shape, dtype=np.uint8), corners, frame_size


def one(corner, frame_size=(6, 8), digit=ARROW):
    return render(digit[None, None], np.reshape(corner, (1, 1, 1, 2)), frame_size)[0, 0]


def test_a_digit_at_row_1_col_4_has_its_top_left_pixel_there():
    want = np.zeros((6, 8), np.uint8)
    want[1:5, 4:7] = ARROW
    assert np.array_equal(one((1, 4)), want)


@pytest.mark.parametrize("corner", [(0, 0), (0, 5), (2, 0), (2, 5)])
def test_a_digit_in_a_corner_of_the_frame_does_not_wrap_around(corner):
    frame = one(corner)
    row, col = corner
    assert np.array_equal(frame[row : row + 4, col : col + 3], ARROW) and frame.sum() == ARROW.sum()


@pytest.mark.parametrize("overlap", ["max", "add"])
@pytest.mark.parametrize("moving_look", [False, True])
@pytest.mark.parametrize("n", [0, 1, 8, 21])
def test_frames_equal_a_plain_loops(overlap, moving_look, n):
    digits, corners, frame_size = random_case(n=n, moving_look=moving_look)
    assert np.array_equal(render(digits, corners, frame_size, overlap), plain(digits, corners, frame_size, overlap))


def test_where_digits_overlap_the_brighter_pixel_stays():
    digits = np.array([[[[200, 10]], [[100, 20]]]], np.uint8)  # two digits of one row
    frames = render(digits, np.zeros((1, 2, 1, 2), int), (1, 2), "max")
    assert frames.ravel().tolist() == [200, 20]


def test_added_digits_stop_at_255_and_never_wrap():
    digits = np.array([[[[200, 10]], [[100, 20]]]], np.uint8)
    frames = render(digits, np.zeros((1, 2, 1, 2), int), (1, 2), "add")
    assert frames.ravel().tolist() == [255, 30]


def test_the_authors_frames_come_out_bit_for_bit(srivastava):
    corners = np.stack([srivastava["start_y"], srivastava["start_x"]], -1)
    assert np.array_equal(render(srivastava["digit_image"], corners, (64, 64)), srivastava["frames"])


def test_a_reused_buffer_forgets_what_it_held():
    digits, corners, frame_size = random_case()
    want = render(digits, corners, frame_size)
    out = np.full_like(want, 77)
    assert render(digits, corners, frame_size, out=out) is out
    assert np.array_equal(out, want)


@pytest.mark.parametrize("overlap", ["max", "add"])
def test_a_digit_that_overhangs_the_frame_is_cut_at_its_edge(overlap):
    digits, corners, _ = random_case(frame_size=(16, 23))
    want = plain(digits, corners, (16, 23), overlap)[:, :, 3:13, 5:18]
    got = render(digits, corners - (3, 5), (10, 13), overlap, overhang=(3, 5))
    assert np.array_equal(got, want)


@pytest.mark.parametrize("overhang", [(0, 0), (2, 1)])
def test_a_look_that_comes_back_is_painted_from_one_picture(overhang):
    digits, corners, frame_size = random_case(t=5, moving_look=True)
    looks, shown = digits[:, :, [2, 0]], [1, 0, 0, 1, 1]  # frames 0, 3, 4 show look 1, which is digits[:, :, 0]
    want = render(digits[:, :, [0, 2, 2, 0, 0]], corners, frame_size, overhang=overhang)
    assert np.array_equal(render(looks, corners, frame_size, overhang=overhang, shown=shown), want)


def test_small_integers_do_not_overflow_on_a_large_canvas():
    corners = np.array([[[[900, 900]]]], np.int16)
    frame = render(np.full((1, 1, 28, 28), 255, np.uint8), corners, (1000, 1000))[0, 0]
    assert frame[900:928, 900:928].min() == 255 and frame.sum() == 255 * 28 * 28


def bad(**changes):
    digits, corners, frame_size = random_case()
    arguments = {"digits": digits, "corners": corners, "frame_size": frame_size, "overlap": "max", **changes}
    return lambda: render(**arguments)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (bad(overlap="sum"), 'overlap must be "max" or "add", not \'sum\''),
        (bad(corners=np.zeros((21, 3, 5, 2))), "corners must be .* integers, not float64"),
        (bad(corners=np.zeros((21, 3, 5), int)), r"corners must be \(n, k, t, 2\)"),
        (bad(corners=np.full((21, 3, 5, 2), -1)), r"corners must lie in 0..9 \(row\), not -1..-1"),
        (bad(corners=np.full((21, 3, 5, 2), 10)), r"corners must lie in 0..9 \(row\), not 10..10"),
        (bad(corners=np.broadcast_to([9, 18], (21, 3, 5, 2))), r"corners must lie in 0..17 \(col\), not 18..18"),
        (bad(corners=np.full((21, 3, 5, 2), -3), overhang=(2, 2)), r"corners must lie in -2..11 \(row\), not -3..-3"),
        (bad(digits=np.zeros((21, 3, 7, 6))), "digits must be uint8 .* not float64"),
        (bad(digits=np.zeros((20, 3, 7, 6), np.uint8)), r"not uint8 \(20, 3, 7, 6\)"),
        (bad(shown=[0, 0, 0, 0, 0]), r"digits must be uint8 of shape \(21, 3, 7, h, w\) .*not uint8 \(21, 3, 7, 6\)"),
        (
            bad(digits=np.zeros((21, 3, 2, 7, 6), np.uint8), shown=[0, 1, 2, 0, 1]),
            r"shown must be one of 2 looks for each of 5 frames, not \[0, 1, 2, 0, 1\]",
        ),
        (bad(digits=np.zeros((21, 3, 2, 7, 6), np.uint8), shown=[0, 1]), r"each of 5 frames, not \[0, 1\]"),
        (bad(out=np.zeros((21, 5, 16, 22), np.uint8)), r"out must be C-contiguous uint8 of shape \(21, 5, 16, 23\)"),
        (bad(out=np.zeros((21, 5, 16, 23), np.int16)), "out must be C-contiguous uint8"),
    ],
)
def test_what_cannot_be_painted_is_refused(call, words):
    with pytest.raises(ValueError, match=words):
        call()


@pytest.mark.parametrize("overlap", ["max", "add"])
def test_digits_of_any_size_may_leave_frames_of_any_size(overlap):
    """Painted again one row at a time, cut at the frame; some are larger than it, some out of sight."""
    rng = np.random.default_rng(0)
    for _ in range(60):
        n, k, t = rng.integers(1, 12), rng.integers(1, 4), rng.integers(1, 5)
        frame, size = rng.integers(1, 30, 2), rng.integers(1, 30, 2)
        overhang = np.maximum(rng.integers(0, 31, 2), -(-np.maximum(size - frame, 0) // 2))
        digits = rng.integers(0, 256, (n, k, *size), np.uint8)
        corners = rng.integers(-overhang, frame - size + overhang + 1, (n, k, t, 2))
        wanted = np.zeros((n, t, *frame), int)
        for i, j, f, r, c in np.ndindex(n, k, t, *size):
            row, col = corners[i, j, f] + (r, c)
            if 0 <= row < frame[0] and 0 <= col < frame[1]:
                below, above = wanted[i, f, row, col], int(digits[i, j, r, c])
                wanted[i, f, row, col] = max(below, above) if overlap == "max" else min(below + above, 255)
        painted = render(digits, corners, tuple(frame.tolist()), overlap, overhang=tuple(overhang.tolist()))
        assert np.array_equal(painted, wanted)
