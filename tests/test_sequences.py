"""generate(): what a sequence is, and that it depends on (seed, variant, split, index) alone."""

import hashlib

import numpy as np
import pytest

from moving_mnist_generator import VARIANTS, Variant, generate, load_digits
from moving_mnist_generator.digits.loading import Digits
from moving_mnist_generator.looks import LOOKS
from moving_mnist_generator.motions import MOTIONS

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
    ("reflecting", "train"): "fdbec3d8f7358dbf2e65667fe3956c425ecbe4d087c30e95f9bb220bf80c45b1",
    ("reflecting", "validation"): "43422c092a80f91ddf8cc663d464e8304f437007bef73121b9c5fe80ea411dd2",
    ("reflecting", "test"): "5e15251f2350f9e6ed5af30b9f68b28a7d2bf992964801720e61d4ad973c05d7",
    ("stochastic", "train"): "1967b0982a9a3fbd8e31d0431455dca57e8273cc91c6a6aaec96e4e2dc93389a",
    ("stochastic", "validation"): "dd52384e9249d248037802075465c8ca427e4ea5bb880afa42982b356ccc67ea",
    ("stochastic", "test"): "330fdc4aabc6fbcf4a38e88d63cf21e9bef28c50a01c732fd3d0713f4d2cfd8d",
    ("rotating", "train"): "db912fd25e98423f328658d8928a4abb1bbff6d2d8ea03e8546e9ad234baa759",
    ("rotating", "validation"): "ef7f5e4706923eef654e1f5f5982b2e584df67541c7980e7b92cb810828e946a",
    ("rotating", "test"): "6f886daa53779188392866307cf96f926b68443b6bdce2eaae6b2252a81afae1",
    ("scaling", "train"): "b5378783bd3c53b1965172536b8a421785deed1f34e76da9551a9d5e05a80fc7",
    ("scaling", "validation"): "39a6049d743898394806fb5b5b4d3d90497560f1dbff5d353ca6066a164a3827",
    ("scaling", "test"): "0973c5ead0c6acf625e86a506c670337d35a501f3d3a60851affae89d0e58bdb",
    ("fading", "train"): "077f82eb9f4f5a43c8d70320c1f70050190591515487a0b9963c4497af096a5c",
    ("fading", "validation"): "32d0582d50de36597cd7050d106d5103d8133e02ed41591de60b5f78e18bdc7c",
    ("fading", "test"): "cd2b07a4e93681233fce9b2383974ca5d968b9d3b6c6029f27589c40be6a42eb",
    ("coloured", "train"): "4019a5d0bcb44e3c926d3fea634bec64bf321fa37e896369920fa23e6b59cc29",
    ("coloured", "validation"): "d4676231294f8e3fc3885171b7aceb9a61893b05b7d4a0b7a81359ecd19be1b3",
    ("coloured", "test"): "cef70297982bea91b861a5d6b84d4243e8e6149ac66e248b9649da2f326ab6b1",
    ("occluded", "train"): "bbe9f3918bbc4e1788b7bb8a680cc2edbe209df14a4429e6e763c1abc8206d76",
    ("occluded", "validation"): "0378896310d0209acf1222d15d05623f425ba9adc7b29ee1546668ca83518e87",
    ("occluded", "test"): "80e5d5e5d603f11745a8fbe50976541dcfc5c11bac721b152589ac4bf745fa12",
    ("plus_plus", "train"): "d00eec3279bf2059cd5216359e7d6aa8321790b45dbaa47cdc0f4ca41a575de3",
    ("plus_plus", "validation"): "2844fa6f8eb5d6dd812aa6ffe2807697f42b6a566561dc6b9dcb88f18e5ef55e",
    ("plus_plus", "test"): "79bf4df80be42a9edd0084500f06c969b4465d39fd27b5aa6134d6276ad2ab0a",
    ("fast", "train"): "7608e96f2933a10718100a0e84ee87796c8e76268b02b2cfb6bfcff325a47f78",
    ("fast", "validation"): "fb310d71f1157066c638998e862f4adf354cebde56dce4d8db9d2f6595fc3ee8",
    ("fast", "test"): "e50025487909f19706e8821e06c400905753014d302a1f6b4122355957fad0ae",
    ("crowded", "train"): "dfb252cb8daf2d66fb2288ee3ab055bc75ac28c9e0955ba46b6e3fd3a3d8ef11",
    ("crowded", "validation"): "5c1752ca2a0274679803bfb45c72a25aa814c39ddd74079b1fc5029bf11a0f99",
    ("crowded", "test"): "8e8a483457b3628551c8ea03251803fcafd26f66a8ca53e8414daab59a43e2b8",
    ("long", "train"): "213754867e1eb3ae7f769468008207af9453b0fba644186049ed3dbef8850d77",
    ("long", "validation"): "4c0f424c1cd55d0da81c2239d3cb3c793bf44d41c7d448d0f79081f7a0c27031",
    ("long", "test"): "2f1ff8de00e4465691efa6abfe51621d75a831c67e983fe8502774c110822837",
    ("seen_classes", "train"): "0112d46c7c66334adb539b1d6d5c860ceb79301518264265fd3cb72ebe33e3b3",
    ("seen_classes", "validation"): "04a989c831d0793372c8902d4b412c392f46fb9c62d4d1dd395d890187aa2abb",
    ("seen_classes", "test"): "743dc086c2a9816588e0e0b6147e8c87d8d144faf065201b448eabefd8ed00b7",
    ("unseen_classes", "train"): "85a3ac4b0d552803d2036dd134d3cd9a53eeafb35c53f1c6e4e52bb252e27ea0",
    ("unseen_classes", "validation"): "0f943a7dabeb816d996d230b09f4b988d3dea9176bbe2bb467894fc8de16c1eb",
    ("unseen_classes", "test"): "d001342e656c7428d440f7ad2c3c525f55427b69a5ba2a1312ecf4e4016aefb0",
    ("noisy", "train"): "30904fbbcd95a9474c5677915c5cb923e05eb58d6484d1508d710faec304eba2",
    ("noisy", "validation"): "a090ddea7e9ceaf45fee09ce2bbeaf42869663ea4dfdb766d023d4d54fb13b9e",
    ("noisy", "test"): "a2c58eee0301e8c66e44ba7265e6758d9e9c864b96e29e2f2cf5b934ea66cbf7",
    ("camera", "train"): "e883ccecf9b04840debe1f1495077896aae7ca985870e457ba7ec2f7b88956b5",
    ("camera", "validation"): "748cecd7b7dd7875e24b9ae7f5405098eccdae085e836d4fee03557f86259f21",
    ("camera", "test"): "541c61b13ff4df4283a3921a1fd225bd98c052e41d19453939ecf41053c13a5b",
    ("colliding", "train"): "27bff11aeae59797a93ba056739ee8d04611d1ff35564a6c2d3cce2454f0cf4b",
    ("colliding", "validation"): "7184199e4f354255ce28a02460694f421759cdcafff247fe215adb4f5a8c216d",
    ("colliding", "test"): "b0b00d98f4910281fcf1645bf9281b72ffac89e498987c2026802793063dd94a",
}

FIELDS = ("sequence_id", "frames", "labels", "digit_ids", "positions", "velocities")
OTHERS = ("velocities_in_force", "hits", "meetings", *(look.column.name for look in LOOKS.values() if look.column))
PLAIN = ("one_digit", "two_digits", "three_digits")


def same(one, other, rows):
    """Whether one holds the same as some rows of the other, in every field."""
    pairs = [(getattr(one, field), getattr(other, field)) for field in FIELDS + OTHERS]
    return all(b is None if a is None else np.array_equal(a, b[rows]) for a, b in pairs)


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
    sha256 = hashlib.sha256(generate(variant, split, range(4)).frames).hexdigest()
    assert (variant, split) in FIRST_FRAMES, f"{variant} needs a row in FIRST_FRAMES of {__file__}: {split} {sha256}"
    assert sha256 == FIRST_FRAMES[variant, split]


@pytest.mark.parametrize("variant", VARIANTS)
def test_a_sequence_is_the_same_alone_in_a_batch_and_in_any_order(variant):
    batch = generate(variant, "train", range(1020, 1034), seed=3)
    for i in (0, 4, 13):
        assert same(generate(variant, "train", [1020 + i], seed=3), batch, [i])
    order = np.random.default_rng(0).permutation(14)
    assert same(generate(variant, "train", 1020 + order, seed=3), batch, order)


def test_seed_variant_split_and_index_each_make_another_sequence():
    frames = [generate("two_digits", "train", range(50)).frames]
    frames.append(generate("two_digits", "train", range(50), seed=1).frames)
    frames.append(generate("two_digits", "validation", range(50)).frames)
    frames.append(generate(Variant("other"), "train", range(50)).frames)
    assert len({sequence.tobytes() for part in frames for sequence in part}) == 4 * 50


@pytest.mark.parametrize("variant", VARIANTS)
def test_shapes_and_types_are_as_published(variant):
    k, t, (h, w) = VARIANTS[variant].num_digits, VARIANTS[variant].num_frames, VARIANTS[variant].frame_size
    sequences = generate(variant, "test", range(3))
    shapes = {field: getattr(sequences, field).shape for field in FIELDS}
    assert shapes == {
        "sequence_id": (3,),
        "frames": (3, t, h, w, 3) if VARIANTS[variant].colour else (3, t, h, w),
        "labels": (3, k),
        "digit_ids": (3, k),
        "positions": (3, k, t, 2),
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
        (("two_digits", "train", [-1]), {}, "indices must be whole numbers in 0"),
        (("two_digits", "train", [0.5]), {}, "indices must be whole numbers in 0"),
        (("two_digits", "train", 7), {}, r"indices must be whole numbers in 0\.\.2\*\*62, in one dimension, not 7"),
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
        ({"name": "my_arrays"}, "name must not be that of another config, such as .* not 'my_arrays'"),
        ({"num_digits": 0}, "num_digits must be a whole number >= 1, not 0"),
        ({"num_digits": 2.5}, "num_digits must be a whole number >= 1, not 2.5"),
        ({"num_frames": 0}, "num_frames must be a whole number >= 1, not 0"),
        ({"overhang": -1}, "overhang must be a whole number >= 0, not -1"),
        ({"frame_size": 64}, r"frame_size must be \(rows, cols\) in whole pixels, not 64"),
        ({"frame_size": (64, 5_000)}, r"frame_size must be within 1..4096 pixels, not \(64, 5000\)"),
        ({"digit_size": (0, 3)}, r"digit_size must be within 1..4096 pixels, not \(0, 3\)"),
        ({"motion": "flying"}, "motion must be one of srivastava, .*, not 'flying'"),
        ({"rotation": 30}, r"rotation must be \(lowest, highest\) or None, not 30"),
        ({"scale": (1.1, 0.9)}, r"scale must be 0.5 <= lowest <= highest <= 2, not \(1.1, 0.9\)"),
        ({"brightness": (0, 1)}, r"brightness must be 0.01 <= lowest <= highest <= 1, not \(0, 1\)"),
        ({"speed": (1, 2), "motion": "svg"}, r"speed must be None for svg, which draws whole pixels"),
        ({"colour": "red"}, "colour must be True or False, not 'red'"),
    ],
)
def test_an_impossible_variant_is_refused(fields, words):
    with pytest.raises(ValueError, match=words):
        Variant(**{"name": "mine", **fields})


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"frame_size": (27, 64)}, r"frame_size must hold digits of 28 x 28 pixels, not \(27, 64\)"),
        ({"frame_size": (31, 64), "motion": "svg"}, r"frame_size must hold digits of 32 x 32 pixels, not \(31, 64\)"),
        ({"digit_size": (65, 10)}, r"frame_size must hold digits of 65 x 10 pixels, not \(64, 64\)"),
    ],
)
def test_digits_that_do_not_fit_into_the_frame_are_refused(fields, words):
    with pytest.raises(ValueError, match=words):
        generate(Variant("mine", **fields), "train", [0])


@pytest.mark.parametrize("motion", MOTIONS)
def test_any_canvas_length_and_number_of_digits_will_do(motion):
    k = 4 if motion == "colliding" else 5  # discs that bounce off each other need room
    sequences = generate(Variant("mine", k, 33, (40, 100), motion), "test", range(9))
    assert sequences.frames.shape == (9, 33, 40, 100)
    size = 32 if motion.startswith("svg") else 28
    assert sequences.positions.min() >= 0
    assert (sequences.positions.max((0, 1, 2)) <= (40 - size, 100 - size)).all()
    assert sequences.frames.any((2, 3)).all()


def test_digits_can_be_resized():
    sequences = generate(Variant("small", 1, digit_size=(14, 20)), "train", range(50))
    assert (sequences.positions.max((0, 1, 2)) == (50, 44)).all()


def test_sprites_of_any_size_move_as_digits_do():
    rng = np.random.default_rng(0)
    sprites = Digits(
        rng.integers(1, 256, (12, 10, 17), np.uint8),
        np.arange(12, dtype=np.uint8),
        rng.integers(1, 256, (6, 10, 17), np.uint8),
        np.arange(6, dtype=np.uint8),
        tuple("abcdefghijkl"),
    )
    sequences = generate("two_digits", "validation", range(60), digits=sprites)
    assert (sequences.positions.max((0, 1, 2)) == (54, 47)).all() and set(sequences.labels.ravel()) == {10, 11}
    row, col = sequences.positions[0, 1, 7]
    block = sequences.frames[0, 7, row : row + 10, col : col + 17]
    assert (block >= sprites.train_images[sequences.digit_ids[0, 1]]).all()


def test_speeds_in_pixels_lie_in_their_range():
    velocities = generate(Variant("mine", speed=(1, 2), frame_size=(64, 128)), "train", range(500)).velocities
    speeds = np.hypot(velocities[..., 0], velocities[..., 1])
    assert 1 <= speeds.min() < 1.02 and 1.98 < speeds.max() <= 2


def test_an_overhanging_digit_leaves_the_frame_by_so_much():
    positions = generate(Variant("mine", overhang=4), "train", range(300)).positions
    assert positions.min() == -4 and positions.max() == 40


def test_a_buffer_is_painted_into_whatever_the_variant():
    for name in VARIANTS:
        want = generate(name, "train", range(3)).frames
        out = np.full_like(want, 99)
        assert np.shares_memory(generate(name, "train", range(3), out=out).frames, out)
        assert np.array_equal(out, want)


def test_a_buffer_of_another_shape_is_refused():
    with pytest.raises(
        ValueError, match=r"out must be C-contiguous uint8 of shape \(3, 20, 64, 64\) .* not uint8 \(2, 20, 64, 64\)"
    ):
        generate("two_digits", "train", range(3), out=np.zeros((2, 20, 64, 64), np.uint8))


def test_no_indices_make_no_sequences():
    assert generate("two_digits", "train", []).frames.shape == (0, 20, 64, 64)
