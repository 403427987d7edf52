"""How digits look from frame to frame: turned, scaled, dimmed, coloured, hidden."""

import numpy as np
import pytest

from moving_mnist_generator import Variant, generate, load_digits
from moving_mnist_generator.core.rendering import render
from moving_mnist_generator.looks.brightness import brightness, dimmed
from moving_mnist_generator.looks.colour import COLOURS, chosen_colours, coloured
from moving_mnist_generator.looks.occluders import mask
from moving_mnist_generator.looks.rhythm import exponents
from moving_mnist_generator.looks.scale import scales
from moving_mnist_generator.looks.turning import turn
from moving_mnist_generator.motions import MOTIONS

DIGITS = load_digits().train_images[:6].reshape(3, 2, 28, 28)


def still(value, shape=(3, 2, 1)):
    return np.full(shape, value, float)


def turned(images, angles=None, scales=None):
    """Whole pictures (n, k, u, h + 2 margin, w + 2 margin), and the margin that their ink needs."""
    made, side = made_of(images, angles, scales), np.array(images.shape[2:])[:, None]
    margin = max(0, int(-made.begin.min()), int((made.begin + made.size - side).max()))
    return transformed(images, angles, scales, margin), margin


def transformed(images, angles, scales, margin):
    n, k, h, w = images.shape
    made = made_of(images, angles, scales)
    some = np.arange(made.begin.shape[1])
    corner = np.full(len(some), -margin)
    pictures = made.look_up(some, corner, corner, h + 2 * margin, w + 2 * margin)
    return np.moveaxis(pictures, 0, 1).reshape(n, k, -1, h + 2 * margin, w + 2 * margin)


def made_of(images, angles, scales):
    n, k, h, w = images.shape
    each = [part if part is None else part.reshape(n * k, -1) for part in (angles, scales)]
    return turn(images.reshape(n * k, h, w), *each)


def test_an_upright_digit_at_scale_1_keeps_its_very_pixels():
    pictures, margin = turned(DIGITS, still(0), still(1))
    pictures = dimmed(pictures, still(1))
    assert margin >= 0
    m = slice(margin, margin + 28)
    assert np.array_equal(pictures[:, :, 0, m, m], DIGITS) and pictures.sum() == DIGITS.sum()


@pytest.mark.parametrize(("degrees", "quarters"), [(90, 1), (180, 2), (-90, -1), (450, 1)])
def test_quarter_turns_are_exact_and_counterclockwise(degrees, quarters):
    picture = transformed(DIGITS, still(degrees), still(1), 0)
    assert np.array_equal(picture[:, :, 0], np.rot90(DIGITS, quarters, (-2, -1)))


def test_a_small_turn_moves_the_right_side_up():
    bar = np.zeros((1, 1, 29, 29), np.uint8)
    bar[..., 14, 4:25] = 255
    picture = transformed(bar, still(20, (1, 1, 1)), still(1, (1, 1, 1)), 0)[0, 0, 0]
    rows, cols = np.nonzero(picture > 128)
    assert rows[cols > 20].mean() < 12 and rows[cols < 8].mean() > 16


def test_a_large_digit_made_small_is_a_small_digit():
    white = np.full((1, 1, 300, 300), 255, np.uint8)
    small = transformed(white, still(0, (1, 1, 1)), still(0.02, (1, 1, 1)), 0)[0, 0, 0]
    rows, cols = np.nonzero(small)  # 300 pixels at 0.02 are 6
    assert (rows.min(), rows.max(), cols.min(), cols.max()) == (147, 152, 147, 152) and small.sum() == 36 * 255


def test_twice_the_scale_is_four_times_the_ink():
    large, margin = turned(DIGITS, scales=still(2))
    assert large.shape[-1] == 28 + 2 * margin
    assert np.allclose(large.sum((2, 3, 4), dtype=float) / DIGITS.sum((2, 3)), 4, rtol=0.02)


def test_a_turned_digit_keeps_its_ink_and_its_centre():
    rng = np.random.default_rng(0)
    pictures, _ = turned(DIGITS, rng.uniform(-180, 180, (3, 2, 20)))
    ink = pictures.sum((3, 4), dtype=float) / DIGITS.sum((2, 3))[..., None]
    assert np.abs(ink - 1).max() < 0.03


def test_no_ink_is_lost_in_the_margin():
    wide, margin = turned(DIGITS, still(45), still(1.4))
    wider = transformed(DIGITS, still(45), still(1.4), margin + 10)
    assert np.array_equal(wider[..., 10:-10, 10:-10], wide) and wider.sum() == wide.sum()


@pytest.mark.parametrize(("split", "index"), [("validation", 1803), ("train", 1778), ("test", 44)])
def test_a_turned_digit_keeps_its_faint_rim_beside_black_and_beside_a_larger_one(split, index):
    sequence = generate("rotating", split, [index])
    images = load_digits().test_images if split == "test" else load_digits().train_images
    for image, angles in zip(images[sequence.digit_ids[0]], sequence.angles[0], strict=True):
        alone, margin = turned(image[None, None], angles[None, None])
        pair = np.stack([image, np.full((28, 28), 255, np.uint8)])[None]
        beside, larger = turned(pair, np.stack([angles, angles])[None])
        m = slice(larger - margin, larger - margin + alone.shape[-1])
        assert larger > margin and np.array_equal(beside[:, :1, :, m, m], alone) and beside[:, :1].sum() == alone.sum()


def test_upright_digits_scaled_by_rows_and_columns_are_those_turned_by_nothing():
    scales = np.random.default_rng(0).uniform(0.4, 2.5, (3, 2, 9))
    by_rows, margin = turned(DIGITS, scales=scales)
    assert np.array_equal(by_rows, transformed(DIGITS, np.zeros((3, 2, 9)), scales, margin))


@pytest.mark.parametrize("size", [(27, 21), (5, 40), (1, 1)])
def test_digits_of_odd_and_oblong_sizes_turn_about_their_centre(size):
    images = np.random.default_rng(0).integers(1, 256, (2, 1, *size), np.uint8)
    upright, margin = turned(images, still(0, (2, 1, 1)))
    down, other = turned(images, still(180, (2, 1, 1)))
    assert margin == other and np.array_equal(down, upright[..., ::-1, ::-1])


@pytest.mark.parametrize("name", ["rotating", "scaling", "plus_plus"])
def test_no_sequences_give_no_frames(name):
    assert generate(name, "train", []).frames.shape == (0, 20, 64, 64)


@pytest.mark.parametrize("part", [0.002, 0.02, 1])
def test_the_box_of_a_picture_holds_all_its_ink(part):
    rng = np.random.default_rng(0)
    images = (rng.integers(1, 256, (40, 1, 13, 18)) * (rng.random((40, 1, 13, 18)) < part)).astype(np.uint8)
    angles, scales = rng.uniform(-400, 400, (40, 1, 50)), rng.uniform(0.2, 3, (40, 1, 50))
    for pose in ((angles, None), (None, scales), (angles, scales)):
        made, pictures = made_of(images, *pose), transformed(images, *pose, 40)
        row, col = (np.arange(side + 80) - 40 for side in (13, 18))
        begin, end = made.begin[..., None], (made.begin + made.size)[..., None]
        inside = ((row >= begin[0]) & (row < end[0]))[:, :, None] & ((col >= begin[1]) & (col < end[1]))[:, None]
        assert pictures.any() and not pictures.reshape(inside.shape)[~inside].any()


@pytest.mark.parametrize("motion", ["srivastava", "svg_stochastic"])
def test_turned_digits_are_whole_pictures_cut_at_the_frame(motion):
    looks = {"rotation": (-40, 40), "scale": (0.9, 1.1)}
    variant = Variant("cut", frame_size=(30, 41), overhang=12, motion=motion, digit_size=(28, 28), **looks)
    sequences = generate(variant, "train", range(100))  # enough for groups of different sizes
    images = load_digits().train_images[sequences.digit_ids]
    pictures, margin = turned(images, sequences.angles, sequences.scales)
    corners, overlap = sequences.positions.astype(int) - margin, MOTIONS[motion].overlap
    assert np.array_equal(render(pictures, corners, (30, 41), overlap, overhang=(margin + 12,) * 2), sequences.frames)


def test_dimming_rounds_to_the_nearest_for_every_value_and_factor():
    values, factors = np.arange(256, dtype=np.uint8), np.random.default_rng(0).uniform(0, 3, 2_000)
    pictures = dimmed(values.reshape(1, 1, 1, 16, 16), factors[None, None])
    whole = (values.astype(int) * np.rint(factors * 65_536).astype(int)[:, None] + 32_768) // 65_536
    assert np.array_equal(pictures.reshape(2_000, 256), np.minimum(whole, 255))


def test_factors_go_5_frames_one_way_and_5_frames_back():
    assert exponents(20).tolist() == [0, 1, 2, 3, 4, 3, 2, 1, 0, -1, 0, 1, 2, 3, 4, 3, 2, 1, 0, -1]
    assert np.allclose(brightness(np.array([0.5]), 7), [[1, 0.5, 0.25, 0.125, 0.0625, 0.125, 0.25]])
    assert np.allclose(scales(np.array([0.5]), 7), [[1, 2, 4, 8, 16, 8, 4]])


def test_what_comes_back_is_the_same_to_the_last_bit():
    factors = np.random.default_rng(0).uniform(0.6, 1.1, (50, 2)).astype(np.float32)
    for by_frame in (brightness, scales):
        values = by_frame(factors, 20)
        assert values.shape == (50, 2, 20) and (values[..., 0] == 1).all()
        assert np.array_equal(values[..., 1:5], values[..., [7, 6, 5, 4]])
        assert np.array_equal(values[..., :10], values[..., 10:])


def test_brightness_above_1_stops_at_255():
    pictures = dimmed(np.full((1, 1, 1, 2, 2), 200, np.uint8), np.array([[[1.5, 0.5]]]))
    assert pictures[0, 0, :, 0, 0].tolist() == [255, 100]


def test_all_digits_of_a_sequence_fade_together_but_turn_on_their_own():
    sequences = generate("plus_plus", "train", range(20))
    assert sequences.fadings.shape == (20,) and sequences.brightness.shape == (20, 20)
    assert (sequences.rotations[:, 0] != sequences.rotations[:, 1]).all()
    assert np.abs(sequences.rotations).max() <= 30
    assert np.array_equal(sequences.angles[:, :, 7], 7 * sequences.rotations.astype(float))
    assert np.allclose(sequences.scales[:, :, 4], sequences.scalings.astype(float) ** -4)
    assert sequences.scalings.min() >= 0.909 and sequences.scalings.max() <= 1.1


def test_a_split_draws_looks_of_its_own():
    angles = [generate("rotating", split, range(500)).rotations for split in ("train", "validation", "test")]
    assert len(np.unique(np.concatenate(angles))) > 2_990


def test_each_digit_has_a_colour_of_its_own():
    sequences = generate(Variant("six", 6, colour=True), "train", range(50))
    assert all(sorted(colours) == list(range(6)) for colours in sequences.colours.tolist())
    assert len({tuple(colours) for colours in sequences.colours.tolist()}) > 40


def test_more_digits_than_colours_repeat_them():
    assert chosen_colours(np.random.default_rng(0).random((10, 9)), 9).max() < len(COLOURS)


def test_a_coloured_digit_is_the_grey_one_in_its_channels():
    pictures = coloured(DIGITS, np.full((3, 2), list(COLOURS).index("yellow")))
    assert np.array_equal(pictures[..., 0], DIGITS) and np.array_equal(pictures[..., 1], DIGITS)
    assert not pictures[..., 2].any()


def test_an_occluder_hides_what_passes_behind_it_and_stands_still():
    sequences = generate("occluded", "train", range(30))
    for frames, boxes in zip(sequences.frames, sequences.occluders, strict=True):
        for top, left, bottom, right in boxes:
            assert 8 <= bottom - top <= 20 and 8 <= right - left <= 20
            assert top >= 0 and bottom <= 64 and left >= 0 and right <= 64
            assert (frames[:, top:bottom, left:right] == 128).all()


def test_an_occluders_mask_is_its_box():
    covered = mask(np.array([[[1, 2, 3, 5], [0, 0, 1, 1]]]), (4, 6))
    assert np.argwhere(covered[0]).tolist() == [[0, 0], [1, 2], [1, 3], [1, 4], [2, 2], [2, 3], [2, 4]]


def test_looks_combine_on_any_motion_and_canvas():
    everything = Variant(
        "everything",
        4,
        12,
        (50, 90),
        "srvp_stochastic",
        (20, 24),
        None,
        6,
        rotation=(-30, 30),
        scale=(0.8, 1.2),
        brightness=(0.6, 1),
        colour=True,
        num_occluders=3,
    )
    sequences = generate(everything, "test", range(10))
    assert sequences.frames.shape == (10, 12, 50, 90, 3) and sequences.frames.any((2, 3, 4)).all()
