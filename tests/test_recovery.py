"""truth.from_frames finds the digits of frames and where they are, and takes no guess for the truth."""

import functools
import hashlib
import io
import itertools
import json
import zipfile
from pathlib import Path

import numpy as np
import pytest

from moving_mnist_generator import InputError, Variant, generate, load_digits, render, truth, walk
from moving_mnist_generator.digits.pools import Digits
from moving_mnist_generator.recovery import recipe as recipes
from moving_mnist_generator.recovery.frames import recover
from moving_mnist_generator.recovery.paths import fit, start_and_velocity, walk_of_triples

FREE = (36, 36)
AUTHORS = json.loads((Path(__file__).parent / "golden" / "authors.json").read_text())["sequences"]
WITH_A_SOLUTION = {
    "one_digit": "srivastava",
    "two_digits": "srivastava",
    "three_digits": "srivastava",
    "crowded": "srivastava",
    "fast": "srivastava",
    "long": "srivastava",
    "reflecting": "tfds",
    "seen_classes": "srivastava",
    "unseen_classes": "srivastava",
}
SHAPES = (
    Variant("one_frame", num_frames=1),
    Variant("two_frames", num_frames=2),
    Variant("ten_frames", num_frames=10),
    Variant("flat", num_digits=3, frame_size=(40, 97)),
    Variant("filled", num_frames=4, frame_size=(28, 31)),  # every digit covers the whole height
    Variant("roomy", num_digits=5, frame_size=(128, 130)),
)


@functools.cache
def made(variant, split="test", count=24):
    return generate(variant, split, range(count))


def in_order(sequences):
    """digit_ids (n, k) and positions (n, k, t, 2) in the order of `from_frames`: by digit_id, then by corners."""
    ids, positions = sequences.digit_ids.copy(), sequences.positions.copy()
    for i, (own, paths) in enumerate(zip(sequences.digit_ids, sequences.positions, strict=True)):
        order = sorted(range(len(own)), key=lambda k: (own[k], paths[k].tolist()))
        ids[i], positions[i] = own[order], paths[order]
    return ids, positions


def assert_found(found, sequences):
    ids, positions = in_order(sequences)
    assert np.array_equal(found.digit_ids, ids) and np.array_equal(found.positions, positions)
    assert found.split == ("test" if sequences.split == "test" else "train")
    assert np.array_equal(truth.repaint(found), sequences.frames)


def painted(ids, positions, split="test", overlap="max"):
    images = load_digits().pool(split, whole_file=True).images
    return render(images[np.array(ids)], np.array(positions), (64, 64), overlap)


def reason(frames, **options):
    """Why the first sequence of frames is refused."""
    with pytest.raises(InputError) as error:
        truth.from_frames(frames, **options)
    assert "\n" not in str(error.value)
    return str(error.value)


# What is found.


def test_three_sequences_of_the_authors_file_are_found_with_their_digits():
    for known in AUTHORS:
        frames = painted([known["digit_ids"]], [known["positions"]])
        assert hashlib.sha256(frames.tobytes()).hexdigest() == known["frames_sha256"]
        found = truth.from_frames(frames, motion="srivastava")
        order = np.argsort(known["digit_ids"])
        assert found.split == "test"
        assert found.digit_ids[0].tolist() == sorted(known["digit_ids"])
        assert found.labels[0].tolist() == [known["labels"][k] for k in order]
        assert np.array_equal(found.positions[0], np.array(known["positions"])[order])


@pytest.mark.parametrize("split", ["train", "validation", "test"])
@pytest.mark.parametrize("name", WITH_A_SOLUTION)
def test_digits_of_each_variant_are_found_exactly(name, split):
    sequences = made(name, split)
    motion = WITH_A_SOLUTION[name]
    found = truth.from_frames(sequences.frames, num_digits=sequences.variant.num_digits, motion=motion)
    assert_found(found, sequences)
    order = np.argsort(sequences.digit_ids, axis=1, kind="stable")
    error = np.abs(found.velocities - np.take_along_axis(sequences.velocities, order[..., None], axis=1))
    assert np.median(error) < 0.05  # pixels a frame
    without = truth.from_frames(sequences.frames, num_digits=sequences.variant.num_digits)
    assert_found(without, sequences)
    assert without.velocities is None


@pytest.mark.parametrize("variant", SHAPES, ids=lambda variant: variant.name)
def test_frames_of_other_numbers_and_sizes(variant):
    sequences = made(variant, "validation")
    assert_found(truth.from_frames(sequences.frames, num_digits=variant.num_digits), sequences)


def test_digits_of_train_and_validation_are_of_one_file():
    """The pool of split train holds 50,000 of its 60,000 digits. All functions of truth know the others, too."""
    frames = np.concatenate([made("two_digits", split).frames for split in ("train", "validation")])
    found = truth.from_frames(frames)
    assert found.split == "train"
    assert found.digit_ids[:24].max() < 50_000 <= found.digit_ids[24:].min()
    assert np.array_equal(truth.repaint(found), frames)
    assert np.array_equal(truth.layers(found).max(axis=1), frames)
    boxes = truth.ink_boxes(truth.visible_masks(found))
    assert boxes.shape == (48, 2, 20, 4)
    assert truth.optical_flow(found[20:30]).shape == (10, 19, 64, 64, 2)


def test_a_memory_map_with_time_first_is_read_as_it_is(tmp_path):
    sequences = made("two_digits")
    np.save(tmp_path / "seq.npy", sequences.frames.swapaxes(0, 1))
    frames = np.load(tmp_path / "seq.npy", mmap_mode="r").swapaxes(0, 1)
    found = truth.from_frames(frames)
    assert_found(found, sequences)
    assert found.frames is frames


def test_digits_that_travel_together_are_found():
    """They never show a free strip."""
    path = made("one_digit").positions[0].repeat(2, axis=0)
    found = truth.from_frames(painted([[100, 200]], [path]))
    assert found.digit_ids.tolist() == [[100, 200]] and np.array_equal(found.positions[0], path)


def test_digits_of_few_grey_values_are_found_among_others():
    """One in twenty of MNIST's digits has no grey value in fewer than two pixels."""
    sequences = generate("crowded", "train", [283])
    assert_found(truth.from_frames(sequences.frames, num_digits=5), sequences)


def test_equal_digits_are_told_apart_by_a_motion_alone():
    paths = made("two_digits").positions[:4]
    frames = painted([[7, 7]] * 4, paths)
    assert "frame 0 has more than one explanation" in reason(frames)
    found = truth.from_frames(frames, motion="srivastava")
    assert [sorted(each.tolist()) for each in found.positions] == [sorted(each.tolist()) for each in paths]


def test_twenty_identical_frames_are_found():
    frames = made("two_digits").frames[:, :1].repeat(20, axis=1)
    found = truth.from_frames(frames)
    assert (found.positions == found.positions[:, :, :1]).all()
    assert np.array_equal(found.digit_ids, in_order(made("two_digits"))[0])


def test_the_velocity_leads_to_the_corners():
    for motion, name in (("srivastava", "two_digits"), ("tfds", "reflecting"), ("srivastava", "fast")):
        found = truth.from_frames(made(name).frames, motion=motion)
        paths = found.positions.reshape(-1, 20, 2)
        own = start_and_velocity(motion, paths, FREE)
        assert own.found.all()
        assert np.array_equal(walk(motion, own.start, own.velocity, 20, FREE), paths)


# What is no truth.


def tiny_source():
    """Digits of 8 x 8 pixels: four full of bright grey values, a dot, and a cross."""
    rng = np.random.default_rng(5)
    images = rng.integers(150, 255, (6, 8, 8)).astype(np.uint8)
    images[4:] = 0
    images[4, 4, 4] = 100
    images[5, 3, 2:6] = images[5, 2:6, 3] = 120
    return Digits(images, np.arange(6, dtype=np.uint8), images[::-1] // 2, np.zeros(6, np.uint8), tuple("012345"))


def behind_a_block(start):
    """A dot that a block hides in some of 20 frames of 32 x 32 pixels: digits, positions (1, 2, 20, 2), frames."""
    digits = tiny_source()
    block = walk("srivastava", (0.5, 0.3), (0, 0.01), 20, 24)
    dot = walk("srivastava", (start, 0.3), (0.1, 0.02), 20, 24)
    positions = np.stack([block, dot])[None]
    return digits, positions, render(digits.train_images[[[0, 4]]], positions, (32, 32))


def test_a_motion_settles_where_a_hidden_digit_is():
    digits, positions, frames = behind_a_block(0.05)
    hidden = [t for t in range(20) if not (frames[0, t] == 100).any()]
    assert hidden == [2, 3, 4, 5, 13, 15]
    assert "frame 2 has more than one explanation" in reason(frames, digits=digits)
    assert np.array_equal(truth.from_frames(frames, digits=digits, motion="srivastava").positions, positions)


def test_where_a_motion_leaves_two_places_neither_is_taken():
    digits, _, frames = behind_a_block(0.1)
    assert "frame 2 has more than one explanation" in reason(frames, digits=digits)
    assert "frame 3 has more than one explanation" in reason(frames, digits=digits, motion="srivastava")


def test_a_digit_of_which_no_rare_value_is_seen_is_no_crash():
    """The frame shows all of a grey square but its one darker pixel, under a dot."""
    images = np.full((6, 8, 8), 100, np.uint8)
    images[:, 4, 4] = 50
    images[1:] = 0
    images[1:, 4, 4] = np.arange(200, 250, 10)
    digits = Digits(images, np.zeros(6, np.uint8), images // 2, np.zeros(6, np.uint8), ("0",))
    frames = render(digits.train_images[[[0, 3]]], np.full((1, 2, 1, 2), 3), (16, 16))
    found = truth.from_frames(frames, digits=digits, leave_out=True)
    assert found.digit_ids.tolist() in ([], [[0, 3]])


@functools.cache
def frames_of_two():
    return made("two_digits").frames


def changed(change):
    """The frames of 24 sequences, sequence 1 of them changed in frame 7."""
    frames = frames_of_two().copy()
    frames[1, 7] = change(frames[1, 7])
    return frames


def with_a_bit(frame, ink):
    frame = frame.copy()
    row, col = np.argwhere((frame > 0) == ink)[150]
    frame[row, col] ^= 1
    return frame


def with_a_pixel_moved(frame):
    frame = frame.copy()
    row, col = np.argwhere(frame > 200)[20]
    frame[row, [col, col + 1]] = frame[row, [col + 1, col]] if frame[row, col] != frame[row, col + 1] else (0, 255)
    return frame


ONE_FRAME = {
    "a bit of ink": lambda frame: with_a_bit(frame, True),
    "a bit of black": lambda frame: with_a_bit(frame, False),
    "a pixel moved": with_a_pixel_moved,
    "an empty frame": np.zeros_like,
    "another digit": lambda frame: frames_of_two()[3, 7],
    "upside down": lambda frame: frame[::-1],
    "a row lost": lambda frame: np.where(np.arange(64)[:, None] == np.argwhere(frame)[60, 0], 0, frame),
}


@pytest.mark.parametrize("change", ONE_FRAME)
def test_a_change_in_one_frame_is_named_by_sequence_and_frame(change):
    frames = changed(ONE_FRAME[change])
    words = reason(frames, motion="srivastava")
    assert words == "frames[1] must show 2 digits of the source: frame 7 is not explained"
    kept = truth.from_frames(frames, leave_out=True)
    assert kept.sequence_id.tolist() == [0, *range(2, 24)]
    assert np.array_equal(kept.frames, frames_of_two()[kept.sequence_id])
    assert np.array_equal(truth.repaint(kept), kept.frames)
    assert list(recover(frames).unexplained) == [1]


def test_a_jump_is_no_path_of_the_motion():
    frames = changed(lambda frame: frames_of_two()[1, 0])
    assert_found(truth.from_frames(frames[2:]), made("two_digits")[2:])
    assert len(truth.from_frames(frames)) == 24
    assert "frames[1] must show 2 digits of the source: frame 7 does not follow srivastava" in reason(
        frames, motion="srivastava"
    )


def adding():
    return painted([[3, 4], [5, 9], [100, 200]], made("two_digits").positions[:3], overlap="add")


def other_source():
    return frames_of_two()[:3, :, :, ::-1]


def two_files():
    images = np.stack([load_digits().test_images[:3], load_digits().train_images[:3]], axis=1)
    return render(images, made("two_digits").positions[:3], (64, 64))


def one_on_top_of_its_equal():
    return painted([[7, 7]] * 3, made("one_digit").positions[:3].repeat(2, axis=1))


def noise():
    return np.random.default_rng(0).integers(0, 256, (3, 20, 64, 64)).astype(np.uint8)


def bit_noise():
    frames = frames_of_two()[:3].copy()
    frames ^= np.random.default_rng(0).random(frames.shape) < 0.01
    return frames


NOTHING_OF_IT = {
    "overlap that adds": adding,
    "another source": other_source,
    "digits of both files": two_files,
    "two equal digits on top of each other": one_on_top_of_its_equal,
    "noise": noise,
    "bit noise": bit_noise,
    "black frames": lambda: np.zeros((3, 20, 64, 64), np.uint8),
    "white frames": lambda: np.full((1, 20, 64, 64), 255, np.uint8),
    "one digit": lambda: made("one_digit").frames[:3],
    "three digits": lambda: made("three_digits").frames[:3],
    "digits that turn and fade": lambda: made("plus_plus").frames[:3],
    "larger digits": lambda: made("stochastic").frames[:3],
}


@pytest.mark.ci
@pytest.mark.parametrize("name", NOTHING_OF_IT)
def test_frames_of_another_kind_are_refused_and_nothing_is_found(name):
    frames = np.ascontiguousarray(NOTHING_OF_IT[name]())
    assert reason(frames).startswith("frames[0] must show 2 digits of the source: frame ")
    assert len(truth.from_frames(frames, leave_out=True)) == 0


@pytest.mark.parametrize(
    ("frames", "options", "words"),
    [
        (np.zeros((1, 20, 64, 64)), {}, "frames must be uint8 of shape (n, t, H, W), not float64 (1, 20, 64, 64)"),
        (np.zeros((1, 20, 64, 64, 3), np.uint8), {}, "frames must be uint8 of shape (n, t, H, W)"),
        (np.zeros((1, 0, 64, 64), np.uint8), {}, "frames must be uint8 of shape (n, t, H, W)"),
        ([[0]], {}, "frames must be uint8 of shape (n, t, H, W)"),
        (np.zeros((1, 20, 20, 64), np.uint8), {}, "frames must hold digits of 28 x 28 pixels, not (20, 64)"),
        (np.zeros((1, 20, 64, 64), np.uint8), {"num_digits": 0}, "num_digits must be a whole number >= 1, not 0"),
        (np.zeros((1, 20, 64, 64), np.uint8), {"motion": "svg"}, "motion must be one of srivastava, tfds, not 'svg'"),
        (np.zeros((1, 20, 64, 64), np.uint8), {"digits": 3}, "digits must be Digits"),
        (np.zeros((1, 20, 64, 64), np.uint8), {"leave_out": 1}, "leave_out must be True or False, not 1"),
    ],
)
def test_a_wrong_argument_is_one_line(frames, options, words):
    assert words in reason(frames, **options)


def test_no_frames_are_no_sequences():
    found = truth.from_frames(np.zeros((0, 20, 64, 64), np.uint8), motion="srivastava")
    assert len(found) == 0 and found.positions.shape == (0, 2, 20, 2) and found.velocities.shape == (0, 2, 2)


def solutions(frames, images, room):
    """All ways to paint frames (t, H, W) with two of the images, by trying all: (number, digits and ways of the last).

    The oracle: nothing is clever here.
    """
    count, last, side = 0, None, images.shape[1]
    corners = list(itertools.product(range(room + 1), repeat=2))
    placed = np.zeros((len(images), len(corners), *frames.shape[1:]), np.uint8)
    for image, (at, (row, col)) in itertools.product(range(len(images)), enumerate(corners)):
        placed[image, at, row : row + side, col : col + side] = images[image]
    for one, other in itertools.combinations_with_replacement(range(len(images)), 2):
        both = np.maximum(placed[one][:, None], placed[other][None])
        ways = [np.argwhere((both == frame).all((2, 3))) for frame in frames]
        number = int(np.prod([len(way) for way in ways]))
        if number:
            count += number
            last = (one, other), [[corners[a], corners[b]] for ((a, b), *_) in ways]
    return count, last


@pytest.mark.parametrize("seed", range(120))
def test_small_pictures_agree_with_trying_everything(seed):
    rng = np.random.default_rng(seed)
    side = int(rng.integers(2, 5))
    room, num_frames = int(rng.integers(1, 5)), int(rng.integers(1, 4))
    values = [[0, 0, 50, 100, 255], [0, *range(1, 256, 5)]][seed % 2]
    images = rng.choice(values, (12, side, side)).astype(np.uint8)
    images[:, 0, 0] = 77  # none is black
    digits = Digits(images[:6], np.zeros(6, np.uint8), images[6:], np.zeros(6, np.uint8), ("0",))
    ids, positions = rng.integers(0, 6, (1, 2)), rng.integers(0, room + 1, (1, 2, num_frames, 2))
    frames = render(digits.test_images[ids], positions, (side + room, side + room))
    try:
        found = truth.from_frames(frames, digits=digits, leave_out=True)
    except InputError as error:
        assert "those of the frames are in both" in str(error)
        return
    number, last = solutions(frames[0], digits.pool(found.split).images if found.split == "test" else images[:6], room)
    if len(found):
        assert number == 1
        assert sorted(zip(last[0], np.array(last[1]).swapaxes(0, 1).tolist(), strict=True)) == sorted(
            zip(found.digit_ids[0].tolist(), found.positions[0].tolist(), strict=True)
        )


# Starts and directions.


@functools.cache
def paths():
    """1,000 paths as the recipe draws them."""
    triples = np.random.default_rng(0).random((1_000, 3)).astype(np.float32)
    return walk_of_triples(triples, 20, FREE)


def test_every_path_of_the_recipe_has_a_triple_that_gives_it_again():
    triples = fit(paths(), FREE)
    assert triples.dtype == np.float32 and not np.isnan(triples).any()
    assert np.array_equal(walk_of_triples(triples, 20, FREE), paths())


def test_the_digits_of_the_authors_have_triples():
    known = np.array([each["positions"] for each in AUTHORS]).reshape(-1, 20, 2)
    assert np.array_equal(walk_of_triples(fit(known, FREE), 20, FREE), known)


def test_another_path_has_no_triple():
    other = paths()[:200].copy()
    other[:, 10] = (other[:, 10] + 5) % 37
    assert np.isnan(fit(other, FREE)).all(1).sum() >= 199
    assert start_and_velocity("srivastava", other, FREE).found.sum() <= 1


@pytest.mark.parametrize("motion", ["srivastava", "tfds"])
@pytest.mark.parametrize("speed", [0.0, 0.001, 0.02, 0.1, 0.3])
def test_a_path_of_any_speed_is_followed(motion, speed):
    rng = np.random.default_rng(1)
    start, turns = rng.random((100, 2)), rng.random(100) * 2 * np.pi
    velocity = speed * np.stack([np.sin(turns), np.cos(turns)], axis=-1)
    corners = walk(motion, start, velocity, 20, (36, 50))
    own = start_and_velocity(motion, corners, (36, 50))
    assert own.found.all()
    assert np.array_equal(walk(motion, own.start, own.velocity, 20, (36, 50)), corners)


@pytest.mark.parametrize("motion", ["srivastava", "tfds"])
def test_a_digit_without_room_follows(motion):
    corners = walk(motion, (0.5, 0.5), (0.1, 0.05), 20, (0, 36))[None]
    assert start_and_velocity(motion, corners, (0, 36)).found.all()
    assert start_and_velocity(motion, corners[:0], (0, 36)).found.shape == (0,)


# The recipe of a file.


def test_a_recipe_makes_the_frames_again(tmp_path):
    sequences = made("two_digits", count=300)
    recipes.write_recipe(tmp_path / "authors.npz", sequences)
    recipe = recipes.read_recipe(tmp_path / "authors.npz")
    assert len(recipe) == 300 and len(recipe.corners) == 0
    assert np.array_equal(np.concatenate(list(recipes.rebuild(recipe))), sequences.frames)
    assert (tmp_path / "authors.npz").stat().st_size < 300 * 28 + 2_000  # so 10,000 take less than 350 kB
    assert [path.name for path in tmp_path.iterdir()] == ["authors.npz"]


def test_equal_recipes_are_equal_files(tmp_path):
    for name in ("a.npz", "b.npz"):
        recipes.write_recipe(tmp_path / name, made("two_digits"))
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()


def test_paths_of_another_speed_are_stored_as_corners(tmp_path):
    frames = np.concatenate([made("two_digits").frames, made("fast").frames])
    found = truth.from_frames(frames)
    recipe = recipes.write_recipe(tmp_path / "a.npz", found)
    assert 40 <= len(recipe.corners) <= 48
    again = recipes.read_recipe(tmp_path / "a.npz")
    assert np.array_equal(np.concatenate(list(recipes.rebuild(again))), frames)


def test_a_recipe_is_of_a_whole_file():
    with pytest.raises(InputError, match="none left out"):
        recipes.recipe_of(made("two_digits")[1:])


def test_a_recipe_wants_its_own_digits():
    recipe = recipes.recipe_of(made("two_digits"))
    with pytest.raises(InputError, match="digits must have sha256"):
        next(recipes.rebuild(recipe, digits=tiny_source()))


def npz(path, **members):
    """An npz of arrays, or of bytes as they are."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, value in members.items():
            content = io.BytesIO()
            if isinstance(value, np.ndarray):
                np.save(content, value)
            archive.writestr(f"{name}.npy", value if isinstance(value, bytes) else content.getvalue())
    return path


def as_bytes(**facts):
    return np.frombuffer(json.dumps(facts).encode(), np.uint8)


FACTS = {"split": "test", "num_frames": 20, "frame_size": [64, 64], "digits_sha256": "0" * 64}
PARTS = {
    "ids": np.zeros((3, 2), np.uint16),
    "triples": np.zeros((3, 2, 3), np.float32),
    "corners": np.zeros((0, 20, 2), np.int16),
    "facts": as_bytes(**FACTS),
}
BROKEN = {
    "a member less": {"facts": None},
    "a pickle": {"ids": np.array([{}], object)},
    "ids that are no numbers of digits": {"ids": np.zeros((3, 2))},
    "other triples": {"triples": np.zeros((3, 3), np.float32)},
    "triples beyond 1": {"triples": np.full((3, 2, 3), 1.5, np.float32)},
    "corners that no path lacks": {"corners": np.zeros((1, 20, 2), np.int16)},
    "no JSON": {"facts": np.zeros(3, np.uint8)},
    "another fact": {"facts": as_bytes(**FACTS, more=1)},
    "a fact less": {"facts": as_bytes(split="test")},
    "another split": {"facts": as_bytes(**{**FACTS, "split": "validation"})},
    "frames of no size": {"facts": as_bytes(**{**FACTS, "frame_size": "large"})},
    "a negative number of frames": {"facts": as_bytes(**{**FACTS, "num_frames": -1})},
    "bytes": {"ids": b"abc"},
}


@pytest.mark.parametrize("broken", BROKEN)
def test_a_broken_recipe_is_refused_in_one_line(broken, tmp_path):
    parts = {name: value for name, value in {**PARTS, **BROKEN[broken]}.items() if value is not None}
    path = npz(tmp_path / "a.npz", **parts)
    with pytest.raises(InputError, match="a.npz is not a readable recipe of frames: ") as error:
        recipes.read_recipe(path)
    assert "\n" not in str(error.value)


def test_a_file_that_is_no_npz_is_refused_and_an_absent_one_is_absent(tmp_path):
    (tmp_path / "a.npz").write_bytes(b"PK" * 100)
    with pytest.raises(InputError, match="is not a readable recipe of frames"):
        recipes.read_recipe(tmp_path / "a.npz")
    with pytest.raises(FileNotFoundError):
        recipes.read_recipe(tmp_path / "absent.npz")
