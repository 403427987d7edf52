"""Variants against a slow implementation; cameras, noise, and classes of digits."""

from dataclasses import replace

import numpy as np
import pytest
from plain_worlds import MOTIONS as PLAIN_MOTIONS
from plain_worlds import plain_sequence

from moving_mnist_generator import VARIANTS, Recipe, Variant, generate, truth
from moving_mnist_generator.common.checks import InputError
from moving_mnist_generator.files.shards import plan
from moving_mnist_generator.looks.noise import noise

PLAIN = [
    variant
    for variant in VARIANTS.values()
    if variant.motion in PLAIN_MOTIONS and dict(variant.looks).keys() <= {"world_size", "noise"}
]
SPECIAL = (
    Variant("tour", num_digits=4, num_frames=33, frame_size=(30, 40), motion="tfds", world_size=(100, 64)),
    Variant("bumping", num_digits=4, num_frames=40, frame_size=(70, 64), motion="colliding", noise=9),
)


@pytest.mark.parametrize("variant", [*PLAIN, *SPECIAL], ids=lambda variant: variant.name)
@pytest.mark.parametrize("split", ["train", "validation", "test"])
def test_a_plain_loop_makes_the_same_frames_and_positions(variant, split):
    sequences = generate(variant, split, range(7, 11))
    for n in range(4):
        frames, positions = plain_sequence(variant, split, 7 + n)
        assert np.array_equal(sequences.positions[n], positions), n
        assert np.array_equal(sequences.frames[n], frames), n


# Cameras


def test_frames_are_windows_of_the_world():
    for variant in (VARIANTS["camera"], SPECIAL[0]):
        sequences = generate(variant, "train", range(10))
        world, (height, width) = truth.render_world(sequences), variant.frame_size
        assert world.shape == (10, variant.num_frames, *variant.world_size)
        for n, t in np.ndindex(world.shape[:2]):
            top, left = sequences.cameras[n, t]
            assert np.array_equal(sequences.frames[n, t], world[n, t, top : top + height, left : left + width])


def test_an_action_is_the_step_that_was_made():
    sequences = generate("camera", "train", range(500))
    cameras, actions = sequences.cameras.astype(int), sequences.actions
    assert cameras.dtype == int and actions.dtype == np.int8 and sequences.cameras.dtype == np.int16
    assert not actions[:, 0].any()
    assert np.array_equal(np.diff(cameras, axis=1), actions[:, 1:])
    assert cameras.min() == 0 and cameras.max() == 64  # both edges of the world are reached, and none is passed
    assert np.unique(actions).tolist() == list(range(-4, 5))


def test_an_action_is_kept_for_5_frames_unless_the_edge_stops_it():
    sequences = generate("camera", "train", range(500))
    blocks = sequences.actions[:, 1:16].reshape(500, 3, 5, 2)
    same = (blocks == blocks[:, :, :1]).all(2)
    at_edge = np.isin(sequences.cameras[:, 1:16], (0, 64)).reshape(500, 3, 5, 2).any(2)
    assert 0.5 < same.mean() < 1 and (same | at_edge).all()


def test_recorded_actions_lead_from_the_first_camera_to_the_last():
    rows = Recipe("camera", "test").columns(range(5))
    assert rows["actions"].shape == rows["cameras"].shape == (5, 20, 2)
    assert np.array_equal(rows["cameras"][:, 0] + rows["actions"].sum(1, dtype=int), rows["cameras"][:, -1])


def test_about_half_of_all_digits_are_in_sight():
    masks = truth.whole_masks(generate("camera", "train", range(100)))
    assert 0.4 < masks.any((-1, -2)).mean() < 0.6


def test_digits_out_of_sight_have_no_pixels_and_no_box():
    sequences = generate("camera", "train", range(30))
    away = ((sequences.positions <= -28) | (sequences.positions >= 64)).any(-1)
    masks = truth.visible_masks(sequences)
    assert away.mean() > 0.1 and not masks[away].any() and not truth.ink_boxes(masks)[away].any()


def test_flow_of_digits_that_stand_still_is_the_cameras_alone():
    still = Variant("still_life", num_digits=5, speed=(0, 0), world_size=(90, 128))
    sequences = generate(still, "train", range(20))
    assert np.array_equal(np.diff(sequences.positions, axis=2)[:, 0], -sequences.actions[:, 1:])
    owned = truth.owners(sequences)[:, :-1] >= 0
    assert owned.mean() > 0.05
    assert np.array_equal(truth.optical_flow(sequences)[owned], truth.camera_flow(sequences)[owned])
    assert all(
        caption.endswith(", standing still, in a larger world seen by a moving camera.")
        for caption in Recipe(still, "train").columns(range(5))["caption"]
    )


def test_flow_minus_the_cameras_is_how_digits_move_in_the_world():
    sequences = generate("camera", "train", range(20))
    own = np.diff(sequences.positions + sequences.cameras[:, None], axis=2)
    n, t, *_ = at = np.nonzero(truth.owners(sequences)[:, :-1] >= 0)
    k = truth.owners(sequences)[at]
    assert np.array_equal((truth.optical_flow(sequences) - truth.camera_flow(sequences))[at], own[n, k, t])


def test_without_a_camera_the_world_is_the_frame_and_nothing_flows():
    sequences = generate("coloured", "train", range(3))
    assert np.array_equal(truth.render_world(sequences), sequences.frames)
    assert truth.camera_flow(sequences).shape == (3, 19, 64, 64, 2) and not truth.camera_flow(sequences).any()
    assert sequences.cameras is None and sequences.actions is None


def test_a_world_without_room_shows_all_of_itself():
    window, plain = Variant("same", world_size=(64, 64)), Variant("same")
    assert np.array_equal(generate(window, "train", range(5)).frames, generate(plain, "train", range(5)).frames)


def test_a_world_smaller_than_the_frame_is_refused():
    with pytest.raises(InputError, match=r"world_size must be at least frame_size \(64, 64\), not \(64, 63\)"):
        plan(Variant("small", world_size=(64, 63)), {"train": 1})


def test_a_digit_may_be_larger_than_the_frame_through_which_it_is_seen():
    variant = Variant("close_up", frame_size=(16, 20), world_size=(60, 70))
    sequences = generate(variant, "train", range(20))
    assert sequences.frames.any() and np.array_equal(truth.repaint(sequences), sequences.frames)
    with pytest.raises(InputError, match=r"the space of digits must hold digits of 28 x 28 pixels, not \(20, 70\)"):
        generate(replace(variant, looks=(("world_size", (20, 70)),)), "train", [0])


# Noise


def test_noise_is_on_every_pixel_and_cut_at_0_and_255():
    sequences = generate("noisy", "train", range(30))
    clean = truth.repaint(sequences).astype(int)
    for n in range(30):
        *key, most = sequences.drawn["noise"][n]
        change = noise(np.array(key), int(most), clean[n].size).reshape(clean[n].shape)
        assert np.array_equal(np.clip(clean[n] + change, 0, 255), sequences.frames[n])
    grey = (clean >= 64) & (clean <= 191)  # which nothing cuts
    change = (sequences.frames - clean)[grey]
    assert change.min() == -64 and change.max() == 64 and abs(change.mean()) < 1


def test_all_numbers_of_noise_are_equally_likely():
    counts = np.bincount(noise(np.array([1, 2], np.uint64), 64, 1_290_000) + 64)
    assert len(counts) == 129 and np.abs(counts - 10_000).max() < 500


def test_noise_of_one_frame_is_not_that_of_another():
    frames = generate("noisy", "train", [4, 5]).frames[:, :, :4, :4]
    assert len({frame.tobytes() for sequence in frames for frame in sequence}) == 40


def test_rows_keep_their_noise_and_repaint_is_clean():
    rows = Recipe("noisy", "test").columns(range(6))
    again = truth.from_rows(rows, "noisy", "test")
    assert np.array_equal(again.frames, rows["image_sequence"])
    clean = generate(replace(VARIANTS["noisy"], looks=()), "test", range(6)).frames
    assert np.array_equal(truth.repaint(again), clean) and not np.array_equal(clean, again.frames)
    assert np.array_equal(truth.layers(again).max(1), clean)


def test_noise_comes_over_occluders_and_colours():
    variant = Variant("grainy", colour=True, num_occluders=2, noise=10)
    sequences = generate(variant, "train", range(10))
    covered = truth.owners(sequences) == truth.OCCLUDER
    assert sequences.frames[covered].min() == 118 and sequences.frames[covered].max() == 138


# Classes


def test_digits_are_of_the_classes_asked_for():
    for split in ("train", "validation", "test"):
        seen, unseen = (generate(f"{name}_classes", split, range(400)) for name in ("seen", "unseen"))
        assert set(seen.labels.ravel()) == {0, 1, 2, 3, 4} and set(unseen.labels.ravel()) == {5, 6, 7, 8, 9}
    plain = generate("two_digits", "train", range(3_000)).digit_ids
    some = generate(Variant("two_digits", classes=tuple(range(10))), "train", range(3_000)).digit_ids
    assert np.array_equal(plain, some)  # all classes are no choice


@pytest.mark.parametrize(
    ("classes", "words"),
    [
        ((), r"classes must be labels in ascending order or None, not \(\)"),
        ((3, 1), r"classes must be labels in ascending order or None, not \(3, 1\)"),
        ((1, 1), r"classes must be labels in ascending order or None, not \(1, 1\)"),
        ((True, 2), r"classes must be labels in ascending order or None, not \(True, 2\)"),
        (7, "classes must be labels in ascending order or None, not 7"),
        ((0, 256), r"classes must be within 0..255, not \(0, 256\)"),
    ],
)
def test_classes_that_cannot_be_are_refused(classes, words):
    with pytest.raises(InputError, match=words):
        Variant("mine", classes=classes)


def test_classes_that_the_digits_lack_are_refused_before_anything_is_made():
    for call in (lambda v: plan(v, {"train": 1}), lambda v: generate(v, "train", [0])):
        with pytest.raises(InputError, match="classes must be labels of digits in each split, and none has label 10"):
            call(Variant("eleven", classes=(3, 10)))


def test_a_list_from_json_is_the_same_variant():
    variant = VARIANTS["seen_classes"]
    assert variant.as_dict()["classes"] == [0, 1, 2, 3, 4] and Variant(**variant.as_dict()) == variant


# One axis at a time


def test_a_fast_digit_is_1_5_to_2_times_as_fast_as_those_of_two_digits():
    speeds = np.linalg.norm(generate("fast", "test", range(500)).velocities, axis=-1)
    assert 5.4 <= speeds.min() < 5.5 and 7.1 < speeds.max() <= 7.2
