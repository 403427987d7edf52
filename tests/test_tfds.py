"""`image_as_moving_sequence`: worked examples, and the results of TensorFlow Datasets, bit for bit."""

from pathlib import Path

import numpy as np
import pytest

from moving_mnist_generator.core.tfds import image_as_moving_sequence, images_as_moving_sequences

GOLDEN = Path(__file__).parent / "golden" / "tfds_speed0.1.npz"
ARROW = np.array([[9, 0], [9, 9], [9, 0]], np.uint8)  # 3 x 2 pixels, no two of its turns alike


@pytest.fixture(scope="module")
def golden():
    with np.load(GOLDEN) as file:
        return dict(file)


def test_a_picture_moves_down_and_is_mirrored():
    moved = image_as_moving_sequence(ARROW, 4, (5, 4), velocity=(0.5, 0.0), start_position=(0.0, 1.0))
    assert moved.trajectory.tolist() == [[0, 1], [0.5, 1], [1, 1], [0.5, 1]]  # of 2 free rows, 2 free columns
    assert moved.image_sequence.shape == (4, 5, 4)
    for frame, row in zip(moved.image_sequence, (0, 1, 2, 1), strict=True):
        assert (frame[row : row + 3, 2:4] == ARROW).all()
        assert frame.sum() == ARROW.sum()


def test_the_64_published_sequences_are_made_again(golden):
    moved = images_as_moving_sequences(
        golden["image"], velocity=golden["velocity"], start_position=golden["start_position"]
    )
    for name in ("image_sequence", "trajectory", "start_position", "velocity"):
        ours, theirs = getattr(moved, name), golden[name]
        assert ours.dtype == theirs.dtype and ours.shape == theirs.shape
        assert ours.tobytes() == theirs.tobytes(), name


def test_one_picture_at_a_time_makes_them_again(golden):
    for i in range(8):
        moved = image_as_moving_sequence(
            golden["image"][i], velocity=golden["velocity"][i], start_position=golden["start_position"][i]
        )
        assert (moved.image_sequence == golden["image_sequence"][i]).all()
        assert moved.trajectory.tobytes() == golden["trajectory"][i].tobytes()


def test_the_results_are_those_of_tensorflow_datasets():
    moved = image_as_moving_sequence(np.ones((28, 28, 1), np.uint8))
    assert moved._fields == ("image_sequence", "trajectory", "start_position", "velocity")
    assert [(array.shape, array.dtype) for array in moved] == [
        ((20, 64, 64, 1), np.uint8),
        ((20, 2), np.float32),
        ((2,), np.float32),
        ((2,), np.float32),
    ]


@pytest.mark.parametrize("dtype", [bool, np.uint8, np.int16, ">u4", np.float16, np.float32, np.float64, complex])
@pytest.mark.parametrize("channels", [(), (1,), (3,)])
def test_any_numbers_and_channels_move_as_a_plain_loop_moves_them(dtype, channels):
    images = (np.random.default_rng(0).random((3, 5, 7, *channels)) * 300 - 100).astype(dtype)
    moved = images_as_moving_sequences(images, 6, (11, 16), velocity=0.4, rng=np.random.default_rng(1))
    assert moved.image_sequence.dtype == images.dtype
    for image, sequence, trajectory in zip(images, moved.image_sequence, moved.trajectory, strict=True):
        for frame, (row, col) in zip(sequence, trajectory.tolist(), strict=True):
            expected = np.zeros((11, 16, *channels), dtype)
            top, left = round(row * 6), round(col * 9)
            expected[top : top + 5, left : left + 7] = image
            assert (frame == expected).all()


def test_what_lies_outside_a_picture_is_zero_even_beside_nan():
    moved = image_as_moving_sequence(np.full((2, 2), np.nan), 3, (4, 5))
    assert np.isnan(moved.image_sequence).sum() == 3 * 4
    assert (np.nan_to_num(moved.image_sequence) == 0).all()


def test_a_picture_that_is_no_copy_moves_too():
    flipped = np.arange(24).reshape(4, 6)[::-1, ::2].T
    moved = image_as_moving_sequence(flipped, 1, (3, 4), velocity=(0, 0), start_position=(0, 0))
    assert (moved.image_sequence[0] == flipped).all()


def test_a_picture_as_large_as_the_frame_stands_still():
    moved = image_as_moving_sequence(ARROW, 5, (3, 2))
    assert (moved.image_sequence == ARROW).all()


def test_a_batch_is_its_pictures_one_by_one():
    images = np.random.default_rng(0).integers(0, 256, (10, 28, 28), np.uint8)
    start = np.random.default_rng(1).random((10, 2))
    velocity = np.random.default_rng(2).normal(0, 0.1, (10, 2))
    batch = images_as_moving_sequences(images, velocity=velocity, start_position=start)
    for i in range(10):
        alone = image_as_moving_sequence(images[i], velocity=velocity[i], start_position=start[i])
        assert all((one == many[i]).all() for one, many in zip(alone, batch, strict=True))


def test_one_start_and_one_velocity_serve_all():
    batch = images_as_moving_sequences(np.ones((3, 2, 2)), 5, (8, 8), velocity=[0.1, 0.2], start_position=[0.5, 0.25])
    assert batch.start_position.tolist() == [[0.5, 0.25]] * 3
    assert (batch.velocity == np.float32([0.1, 0.2])).all()
    assert (batch.image_sequence == batch.image_sequence[0]).all()


def test_no_pictures_make_no_sequences():
    assert images_as_moving_sequences(np.zeros((0, 28, 28), np.uint8)).image_sequence.shape == (0, 20, 64, 64)


def test_starts_are_anywhere_and_directions_any():
    moved = images_as_moving_sequences(np.ones((4000, 1, 1), np.uint8), 1, (2, 2), rng=np.random.default_rng(0))
    start, velocity = moved.start_position, moved.velocity
    assert start.min() >= 0 and start.max() < 1
    quarters = np.unique(start >= 0.5, axis=0, return_counts=True)[1]
    directions = np.unique(velocity > 0, axis=0, return_counts=True)[1]
    for counts in (quarters, directions):  # 1,000 each, within 4 standard deviations
        assert len(counts) == 4 and (np.abs(counts - 1000) < 110).all()
    np.testing.assert_allclose(np.hypot(*velocity.T), 0.1, rtol=1e-6)


def test_the_same_rng_gives_the_same_sequence_and_none_another():
    one, two = (image_as_moving_sequence(ARROW, rng=np.random.default_rng(7)) for _ in range(2))
    assert all((a == b).all() for a, b in zip(one, two, strict=True))
    fresh = [image_as_moving_sequence(ARROW).start_position.tolist() for _ in range(2)]
    assert fresh[0] != fresh[1]


# Bad input: the argument -> what the one line says
BAD = [
    ({"image": np.ones(28)}, r"image must be \(h, w\) or \(h, w, c\), not shape \(28,\)"),
    ({"image": np.ones((2, 28, 28, 1))}, r"image must be \(h, w\) or \(h, w, c\), not shape \(2, 28, 28, 1\)"),
    (
        {"image": np.ones((28, 28, 3)), "output_size": (64, 3000)},
        "output_size must have at most 2,730 columns for pictures of 24 bytes a pixel, not 3,000",
    ),
    ({"image": np.ones((0, 28))}, r"pictures must be numbers, at least one pixel each, not float64 \(1, 0, 28\)"),
    ({"image": np.full((2, 2), "a")}, "pictures must be numbers, at least one pixel each, not <U1"),
    ({"image": np.ones((65, 28))}, "output_size must be whole pixels, at least the picture's 65 x 28, not 64"),
    ({"output_size": (64, 27)}, "output_size must be whole pixels, at least the picture's 28 x 28, not 27"),
    ({"output_size": 64}, r"output_size must be \(rows, cols\), not 64"),
    ({"output_size": (64, 64.5)}, "output_size must be whole pixels, .*, not 64.5"),
    ({"sequence_length": 0}, "sequence_length must be a whole number >= 1, not 0"),
    ({"start_position": (0.5, 1.5)}, "start_position must be within 0..1, not 1.5"),
    ({"start_position": (0.5, float("nan"))}, "start_position must be finite, not nan"),
    ({"start_position": 0.5}, r"start_position must be \(row, col\), not shape \(\)"),
    ({"velocity": (0.1, 0.1, 0.1)}, r"velocity must be a speed or \(row, col\), not shape \(3,\)"),
    ({"velocity": float("inf")}, "velocity must be finite, not inf"),
]


@pytest.mark.parametrize(("changed", "message"), BAD)
def test_a_call_that_cannot_be_is_refused_in_one_line(changed, message):
    with pytest.raises(ValueError, match=f"^{message}") as error:
        image_as_moving_sequence(**{"image": np.ones((28, 28)), **changed})
    assert "\n" not in str(error.value)


def test_a_batch_is_refused_by_the_same_rules():
    images = np.ones((3, 8, 8))
    with pytest.raises(ValueError, match=r"images must be \(n, h, w\) or \(n, h, w, c\), not shape \(8, 8\)"):
        images_as_moving_sequences(images[0])
    with pytest.raises(ValueError, match=r"velocity must have shape \(2,\) or \(3, 2\), not \(4, 2\)"):
        images_as_moving_sequences(images, velocity=np.zeros((4, 2)))
    with pytest.raises(ValueError, match=r"start_position must have shape \(2,\) or \(3, 2\), not \(3,\)"):
        images_as_moving_sequences(images, start_position=np.zeros(3))
