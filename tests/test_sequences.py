"""generate(): what a sequence is, and that it depends on (seed, variant, split, index) alone."""

import hashlib

import numpy as np
import pytest

from moving_mnist_generator import VARIANTS, Variant, generate, load_digits

# sha256 of the raw frames of the first four sequences of each variant and split, seed 0.
FIRST_FRAMES = {
    ("one_digit", "train"): "28378bf3d1ca637743759e9a0feee490f7088164d61074c19e4f572b6815b378",
    ("one_digit", "validation"): "40259e0c458e88291153660decd0d621164565d575efe8632574f6986cd14fab",
    ("one_digit", "test"): "ddf6e716423ca37fcb9167b36b0a1948efc48d1ee9a4306568aea26e13c03159",
    ("two_digits", "train"): "615659fa773d6fb0cf70b8aee5596652f5f7bac9084e07d13d3134fcc054e110",
    ("two_digits", "validation"): "00af29fbafbde19f62c705d07c625071df2804cf56a44c8341fa3187c8614a4a",
    ("two_digits", "test"): "6bfed5c44edbfa96dd62b00f4c55c615083234c1d7f9347cbbeba397238bc247",
    ("three_digits", "train"): "12243785d405b65d8a322d08d54a1f05641ee858fe124c83265921bd03633ea0",
    ("three_digits", "validation"): "cfa1524b102a8d546dc4e4f7be741cc8748690353516ab71235baa29bef8cd4e",
    ("three_digits", "test"): "4f74fdcab484ebe1c175950ed39a29ca6c9855b21529508d9d03cf1347b23270",
}

FIELDS = ("sequence_id", "frames", "labels", "digit_ids", "positions", "velocities")


def same(one, other):
    return all(np.array_equal(getattr(one, field), getattr(other, field)) for field in FIELDS)


def pick(sequences, rows):
    return type(sequences)(*(getattr(sequences, field)[rows] for field in FIELDS))


def repaint(sequences, images):
    """The frames again, from digit_ids and positions alone, one digit at a time."""
    frames = np.zeros_like(sequences.frames)
    for n, k, t in np.ndindex(sequences.positions.shape[:3]):
        row, col = sequences.positions[n, k, t]
        block = frames[n, t, row : row + 28, col : col + 28]
        np.maximum(block, images[sequences.digit_ids[n, k]], out=block)
    return frames


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("split", ["train", "validation", "test"])
def test_the_first_sequences_stay_what_they_are(variant, split):
    frames = generate(variant, split, range(4)).frames
    assert hashlib.sha256(frames).hexdigest() == FIRST_FRAMES[variant, split]


@pytest.mark.parametrize("variant", VARIANTS)
def test_a_sequence_is_the_same_alone_in_a_batch_and_in_any_order(variant):
    batch = generate(variant, "train", range(1020, 1034), seed=3)
    for i in (0, 4, 13):
        assert same(generate(variant, "train", [1020 + i], seed=3), pick(batch, [i]))
    order = np.random.default_rng(0).permutation(14)
    assert same(generate(variant, "train", 1020 + order, seed=3), pick(batch, order))


def test_seed_variant_split_and_index_each_make_another_sequence():
    frames = [generate("two_digits", "train", range(50)).frames]
    frames.append(generate("two_digits", "train", range(50), seed=1).frames)
    frames.append(generate("two_digits", "validation", range(50)).frames)
    frames.append(generate(Variant("other"), "train", range(50)).frames)
    assert len({sequence.tobytes() for part in frames for sequence in part}) == 4 * 50


@pytest.mark.parametrize("variant", VARIANTS)
def test_shapes_and_types_are_as_published(variant):
    k = VARIANTS[variant].num_digits
    sequences = generate(variant, "test", range(3))
    shapes = {field: getattr(sequences, field).shape for field in FIELDS}
    assert shapes == {
        "sequence_id": (3,),
        "frames": (3, 20, 64, 64),
        "labels": (3, k),
        "digit_ids": (3, k),
        "positions": (3, k, 20, 2),
        "velocities": (3, k, 2),
    }
    types = [getattr(sequences, field).dtype for field in FIELDS]
    assert types == [np.int64, np.uint8, np.uint8, np.int32, np.int16, np.float32]
    assert len(sequences) == 3


@pytest.mark.parametrize(
    ("split", "first", "last", "file"),
    [("train", 0, 49_999, "train"), ("validation", 50_000, 59_999, "train"), ("test", 0, 9_999, "test")],
)
def test_each_split_shows_its_own_digits(split, first, last, file):
    digits = load_digits()
    sequences = generate("two_digits", split, range(5_000), out=np.empty((5_000, 20, 64, 64), np.uint8))
    ids = sequences.digit_ids
    assert first <= ids.min() < first + 0.01 * (last - first) and last - 0.01 * (last - first) < ids.max() <= last
    assert np.array_equal(sequences.labels, getattr(digits, f"{file}_labels")[ids])


def test_digit_ids_and_positions_alone_repaint_every_pixel():
    sequences = generate("three_digits", "validation", range(30))
    assert np.array_equal(repaint(sequences, load_digits().train_images), sequences.frames)


def test_a_digit_travels_3_6_pixels_a_frame_and_frame_0_is_one_step_after_the_draw():
    sequences = generate("two_digits", "train", range(200))
    speeds = np.hypot(*np.moveaxis(sequences.velocities.astype(float), -1, 0))
    assert np.allclose(speeds, 3.6)
    first, second = sequences.positions[:, :, 0], sequences.positions[:, :, 1]
    inside = ((first > 4) & (first < 32)).all(-1)  # no wall within a step
    assert inside.sum() > 100
    assert np.abs(second - first - sequences.velocities)[inside].max() <= 1  # the corner is truncated


def test_no_two_directions_or_places_are_preferred():
    sequences = generate("one_digit", "train", range(4_000), out=np.empty((4_000, 20, 64, 64), np.uint8))
    angles = np.arctan2(*np.moveaxis(sequences.velocities[:, 0], -1, 0))
    eighths = np.histogram(angles, 8, (-np.pi, np.pi))[0]
    assert eighths.min() > 400 and eighths.max() < 600
    assert np.histogram(sequences.labels, 10, (0, 10))[0].min() > 300


@pytest.mark.parametrize(
    ("arguments", "options", "words"),
    [
        (("no_digits", "train", [0]), {}, "variant must be one of one_digit, two_digits, .*, not 'no_digits'"),
        (("two_digits", "dev", [0]), {}, "split must be one of train, validation, test, not 'dev'"),
        (("two_digits", "train", [-1]), {}, "indices must be whole numbers >= 0"),
        (("two_digits", "train", [0.5]), {}, "indices must be whole numbers >= 0"),
        (("two_digits", "train", 7), {}, "indices must be whole numbers >= 0 in one dimension, not 7"),
        (("two_digits", "train", [0]), {"seed": -1}, "seed must be a whole number >= 0, not -1"),
        (("two_digits", "train", [0]), {"seed": 0.5}, "seed must be a whole number >= 0, not 0.5"),
    ],
)
def test_wrong_arguments_name_the_rule_and_the_value(arguments, options, words):
    with pytest.raises(ValueError, match=words):
        generate(*arguments, **options)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"name": "a b"}, "name must be letters, digits and underscores, not 'a b'"),
        ({"num_digits": 0}, "num_digits must be at least 1, not 0"),
        ({"num_frames": 0}, "num_frames must be at least 1, not 0"),
        ({"frame_size": (27, 64)}, r"frame_size must be \(rows, cols\) of at least 28 pixels, not \(27, 64\)"),
        ({"motion": "flying"}, "motion must be one of srivastava, .*, not 'flying'"),
    ],
)
def test_an_impossible_variant_is_refused(fields, words):
    with pytest.raises(ValueError, match=words):
        Variant(**{"name": "mine", **fields})


def test_no_indices_make_no_sequences():
    assert generate("two_digits", "train", []).frames.shape == (0, 20, 64, 64)
