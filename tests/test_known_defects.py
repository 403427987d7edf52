"""What is known to be wrong in other copies and generators of Moving MNIST, and is not here.

Each test is named after what it would catch. Wherever it can, it looks at frames alone.
"""

import functools
from dataclasses import replace

import datasets
import numpy as np
import pytest
from helpers import PLURALS, frames_of

from moving_mnist_generator import LAYOUTS, MOTIONS, VARIANTS, Variant, generate, load_digits, truth

EVERY = pytest.mark.parametrize("name", VARIANTS)
IN_SIGHT = pytest.mark.parametrize("name", [name for name in VARIANTS if not VARIANTS[name].world_size])
BARE = {"num_occluders": 0, "noise": 0, "world_size": None, "classes": None}  # to find digits by their ink
SPLITS = ("train", "validation", "test")


@functools.cache
def made(name, split="train"):
    return generate(name, split, range(30))


@functools.cache
def alone(name):
    """30 sequences of the variant with a single digit and nothing over or around it."""
    return generate(replace(VARIANTS[name], num_digits=1, **BARE), "train", range(30))


def grey(frames):
    """(n, t, H, W[, 3]) -> (n, t, H, W): the brightest channel."""
    return frames.max(-1) if frames.ndim == 5 else frames


def box_of(frame):
    """Top, left, bottom, right of what is not black, by looking."""
    rows, cols = np.nonzero(frame)
    return rows.min(), cols.min(), rows.max() + 1, cols.max() + 1


def still_upright(variant):
    return variant.rotation is None and variant.scale is None


# torchvision's split="train" cuts the time axis.


@EVERY
@pytest.mark.parametrize("split", SPLITS)
def test_a_split_has_all_frames_of_a_sequence(name, split):
    assert made(name, split).frames.shape[:2] == (30, VARIANTS[name].num_frames)


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("variant", ["bare", "two_digits", "three_digits"])
def test_a_loaded_split_has_all_20_frames_of_a_sequence(every_layout, layout, variant):
    config = LAYOUTS[layout].bare if variant == "bare" else LAYOUTS[layout].config(variant)
    loaded = datasets.load_dataset(str(every_layout / config))
    shape = (1280, 64) if layout == "strips" else (20, 64, 64)
    for split, rows in (("train", 12), ("validation", 5)):
        assert [np.shape(sequence) for sequence in loaded[split][:]["image_sequence"]] == [shape] * rows


# tychovdo reverses time under a transform.


@EVERY
def test_time_runs_forwards(name):
    """Where no wall is near, the ink goes where the start velocity leads, from frame 0 on."""
    sequences, ahead = alone(name), 0
    frames = grey(sequences.frames)
    for n in range(30):
        speed = sequences.velocities[n, 0]
        if sequences.hits[n, 0, :4].any() or np.hypot(*speed) < 1:
            continue
        first, later = (np.array(np.nonzero(frame)).mean(1) for frame in frames[n, [0, 3]])
        assert np.dot(later - first, speed) > 0
        ahead += 1
    assert ahead >= 4


# tencia transposes digits, and wraps around where they overlap.


@EVERY
def test_digits_are_not_transposed(name):
    """In frame 0, before any digit has turned, ones are far taller than wide, as people write them."""
    sequences = generate(replace(VARIANTS[name], num_digits=1, num_frames=1, **BARE), "train", range(200))
    boxes = np.array([box_of(frame) for frame in grey(sequences.frames)[sequences.labels[:, 0] == 1, 0]])
    height, width = np.median(boxes[:, 2:] - boxes[:, :2], axis=0)
    assert len(boxes) > 10 and height >= 20 and width <= 12


@EVERY
@pytest.mark.parametrize("motion", ["srivastava", "srvp"])
def test_overlapping_digits_never_darken_each_other(name, motion):
    """255 and 2 are 255, not 1: with "max" and with "add"."""
    variant = replace(VARIANTS[name], num_digits=4, motion=motion, speed=None, **BARE)
    sequences = generate(variant, "train", range(10))
    layers = truth.layers(sequences)
    assert ((layers > 200).sum(1) > 1).any()
    assert (grey(sequences.frames) >= layers.max(1)).all()


# OpenSTL builds its test sets of other digits from training digits.


@functools.cache
def pictures_known(part, side):
    """The bytes of all digits of a file, side x side."""
    digits = load_digits()
    splits = ("train", "validation") if part == "train" else ("test",)
    return {image.tobytes() for split in splits for image in digits.pool(split, (side, side)).images}


@EVERY
@pytest.mark.parametrize(("split", "file", "other"), [("test", "test", "train"), ("train", "train", "test")])
def test_a_split_shows_digits_of_its_own_file_and_none_of_the_other(name, split, file, other):
    """Cut out of frame 0, where digits are still as they are in their file."""
    side = 32 if name == "stochastic" else 28
    variant = replace(VARIANTS[name], num_digits=1, num_frames=1, overhang=0, **BARE)
    sequences = generate(variant, split, range(100))
    for frame, (row, col) in zip(grey(sequences.frames)[:, 0], sequences.positions[:, 0, 0], strict=True):
        picture = frame[row : row + side, col : col + side].tobytes()
        assert picture in pictures_known(file, side) and picture not in pictures_known(other, side)


def test_validation_shows_no_digit_of_train():
    of_split = {split: np.unique(generate("three_digits", split, range(4_000)).digit_ids) for split in SPLITS[:2]}
    assert min(map(len, of_split.values())) > 6_000
    assert not np.intersect1d(*of_split.values()).size


# HKO-7's flow is always 0.


@EVERY
def test_flow_is_not_zero_where_digits_move(name):
    flow = truth.optical_flow(made(name))
    seen = truth.owners(made(name))[:, :-1] >= 0
    assert (flow[seen] != 0).any(-1).mean() > 0.9
    assert 1 < np.hypot(*flow[seen].T).mean() < 8  # pixels a frame


def test_flow_of_a_digit_far_from_walls_is_3_6_pixels_long():
    sequences = made("one_digit")
    flow, free = truth.optical_flow(sequences), (sequences.hits[:, 0, 1:] == 0).all(-1)
    length = np.hypot(*np.moveaxis(flow, -1, 0)).max((2, 3))[free]
    assert len(length) > 200 and abs(length.mean() - 3.6) < 0.2 and np.abs(length - 3.6).max() < 1.5


# Sync-DRAW's captions are swapped.


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("name", ["two_digits", "three_digits"])
@pytest.mark.parametrize("split", SPLITS)
def test_a_rows_caption_names_the_digits_in_its_own_pictures(every_layout, name, layout, split):
    """From the caption to the labels, from the digit's number to MNIST's own label, from there to the pixels."""
    digits, counts = load_digits(), ("no", "one", "two", "three")
    mnist = (digits.test_images, digits.test_labels) if split == "test" else (digits.train_images, digits.train_labels)
    rows = datasets.load_dataset(str(every_layout / LAYOUTS[layout].config(name)), split=split)
    assert len(set(rows["caption"])) > 2
    for row in rows:
        labels, caption = mnist[1][row["digit_ids"]].tolist(), row["caption"].lower()
        assert row["labels"] == labels
        assert {label for label in range(10) if PLURALS[label] in caption} == set(labels)
        assert all(f"{counts[labels.count(label)]} of the {PLURALS[label]}" in caption for label in labels)
        frame = np.zeros((64, 64), np.uint8)
        for digit, corners in zip(row["digit_ids"], row["positions"], strict=True):
            r, c = corners[19]
            frame[r : r + 28, c : c + 28] = np.maximum(frame[r : r + 28, c : c + 28], mnist[0][digit])
        assert np.array_equal(frame, frames_of(row)[19])


# maxploter's boxes move while pixels stand still.


@EVERY
def test_boxes_are_where_the_ink_is_in_every_frame(name):
    sequences = alone(name)
    boxes, frames = truth.ink_boxes(truth.whole_masks(sequences))[:, 0], grey(sequences.frames)
    for n, t in np.ndindex(boxes.shape[:2]):
        assert tuple(boxes[n, t]) == box_of(frames[n, t])


@pytest.mark.parametrize("name", [name for name in VARIANTS if still_upright(VARIANTS[name])])
def test_positions_change_by_what_the_ink_moves(name):
    sequences = alone(name)
    corners = np.array([[box_of(frame)[:2] for frame in frames] for frames in grey(sequences.frames)])
    assert np.array_equal(np.diff(corners, axis=1), np.diff(sequences.positions[:, 0].astype(int), axis=1))


@pytest.mark.parametrize("name", [name for name in VARIANTS if not VARIANTS[name].changes_digits])
def test_pixels_stand_still_exactly_where_positions_do(name):
    sequences = generate(replace(VARIANTS[name], num_digits=1, **BARE), "train", range(400))
    moved = (np.diff(sequences.positions[:, 0], axis=1) != 0).any(-1)
    changed = (np.diff(grey(sequences.frames).astype(int), axis=1) != 0).any((2, 3))
    assert np.array_equal(moved, changed) and not moved.all()


# SVG's item i depends on what was asked before.


@EVERY
def test_a_sequence_does_not_depend_on_what_was_asked_before(name):
    first = generate(name, "train", [1_023]).frames[0]
    generate("two_digits", "test", range(3), seed=9)
    np.random.seed(5)
    assert np.array_equal(generate(name, "train", [7, 1_023, 2]).frames[1], first)
    assert np.array_equal(generate(name, "train", range(1_026, 1_020, -1)).frames[3], first)


# ikavodo's train[1000] equals val[0].


@EVERY
def test_no_two_of_1000_train_1000_validation_and_1000_test_sequences_are_equal(name):
    """Not even in their first two frames, except where these can be black: a camera may begin where no digit is."""
    variant = VARIANTS[name] if VARIANTS[name].world_size else replace(VARIANTS[name], num_frames=2)
    assert np.array_equal(generate(variant, "train", range(3)).frames, made(name).frames[:3, : variant.num_frames])
    begun = [generate(variant, split, range(1_000)).frames for split in SPLITS]
    assert len({frames.tobytes() for part in begun for frames in part}) == 3_000


# tcapelle's digits leave the frame, and 70 % of the sequences end black.


def test_few_frames_of_a_camera_are_black_and_no_sequence_is():
    """Digits of a larger world may all be out of sight, but not for long."""
    black = ~generate("camera", "train", range(1_000)).frames.any((2, 3))
    assert black.mean() < 0.05 and not black.all(1).any()


@IN_SIGHT
@pytest.mark.parametrize("split", SPLITS)
def test_no_frame_is_black(name, split):
    brightest = grey(made(name, split).frames).max((2, 3))
    assert brightest.min() >= (30 if VARIANTS[name].brightness else 128)


@IN_SIGHT
def test_every_digit_is_in_every_frame(name):
    """Whole, or where it may hang over the wall or grow, with at least a tenth of its first ink."""
    ink = (truth.layers(made(name)) > 0).sum((3, 4))
    least = 1 if still_upright(VARIANTS[name]) and not VARIANTS[name].brightness else 0.1
    assert (ink >= least * ink[:, :, :1]).all()


@pytest.mark.parametrize("motion", [name for name, motion in MOTIONS.items() if not motion.together])
def test_no_digit_has_left_the_frame_after_200_frames(motion):
    sequences = generate(Variant("patient", num_frames=200, motion=motion), "train", range(20))
    ink = (truth.layers(sequences) > 0).sum((3, 4))
    assert (ink == ink[:, :, :1]).all() and ink.min() > 20
