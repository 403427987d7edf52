"""What the rows of tables promise is checked: when a row is added, or where its result is first used."""

import pickle
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
import toys
from helpers import SCRIPTS

from moving_mnist_generator import LOOKS, MOTIONS, VARIANTS, Recipe, Variant, generate, truth
from moving_mnist_generator.common.checks import InputError
from moving_mnist_generator.motions import trace
from moving_mnist_generator.motions.base import Motion, empty_trace, record


def away(start, velocity, num_frames, free, redraws):
    """A digit that goes on where there is a wall."""
    moved = empty_trace(num_frames, start.shape)
    for t in range(num_frames):
        record(moved, t, start + t * velocity, velocity, 0)
    return moved


def diagonal(u, free):
    """The middle, and velocities that are 0.28 long."""
    return np.full(u[..., :2].shape, 0.5), np.full(u[..., :2].shape, 0.2)


def to_the_right(u, free):
    """Any pixel, 4 pixels a frame."""
    return (u[..., :2] * (free + 1)).astype(np.int64), np.broadcast_to([0, 4], u[..., :2].shape)


AWAY = Motion(away, to_the_right, "A toy: no walls.", units="pixels")
SKEW = Motion(MOTIONS["srivastava"].path, diagonal, "A toy: one direction.", speed=0.1)


@pytest.fixture
def blur(monkeypatch):
    monkeypatch.setitem(LOOKS, "blur", toys.BLUR)


# When a row is added


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"stage": "frame"}, "stage must be one of angle, scale, view, digits, colour, frames, not 'frame'"),
        ({"reach": 1}, "reach must be 0 for a look on frames, not 1"),
        ({"reach": 0.5}, "reach must be a whole number >= 0, not 0.5"),
        ({"stage": "angle"}, "a look on angle must have by_frame, and no apply"),
        ({"in_frames": "fog"}, "a look must have by_frame, which gives fog"),
    ],
)
def test_a_look_that_cannot_be_is_refused(changes, words):
    with pytest.raises(InputError, match=words):
        replace(toys.FOG, **changes)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"units": "metres"}, "units must be one of free range, pixels, parts of pixels, not 'metres'"),
        ({"overlap": "mean"}, "overlap must be one of max, add, not 'mean'"),
        ({"speed": 1.0}, "speed must be None for a motion in whole pixels, not 1.0"),
        ({"walls": 2}, "a motion must have redraw and without_chance if it has walls, and else none of them"),
        ({"draw": None}, "draw of a motion must be a function, not None"),
    ],
)
def test_a_motion_that_cannot_be_is_refused(changes, words):
    with pytest.raises(InputError, match=words):
        replace(AWAY, **changes)


def test_a_table_takes_rows_of_its_own_class_by_names_alone():
    with pytest.raises(InputError, match=r"LOOKS\['fog'\] must be a Look, not Motion"):
        LOOKS["fog"] = AWAY
    with pytest.raises(InputError, match="a name in MOTIONS must be letters, digits and underscores, not 'far away'"):
        MOTIONS.update({"far away": AWAY})
    assert "fog" not in LOOKS and "far away" not in MOTIONS


# Where its result is first used


def test_a_motion_that_leaves_the_free_range_is_one_error(monkeypatch):
    monkeypatch.setitem(MOTIONS, "away", AWAY)
    with pytest.raises(InputError, match=r"^away must keep corners within 0..36 \(col\), not at 37, as in frame 3$"):
        trace("away", [(5, 5), (5, 34)], (0, 1), 5, 36)
    with pytest.raises(InputError, match="away must keep corners within 0..36"):
        generate(Variant("lost", motion="away"), "train", range(5))


def test_a_motion_states_the_length_of_its_velocities(monkeypatch):
    monkeypatch.setitem(MOTIONS, "skew", SKEW)
    words = r"velocities drawn must be 0.1 long each, the speed that the motion states, not 0.28"
    with pytest.raises(InputError, match=words):
        generate(Variant("tilted", motion="skew", speed=(1, 1)), "train", range(3))
    monkeypatch.setitem(MOTIONS, "skew", replace(SKEW, speed=0.2 * 2**0.5))
    velocities = generate(Variant("tilted", motion="skew", speed=(1, 1)), "train", range(3)).velocities
    assert np.allclose(np.linalg.norm(velocities, axis=-1), 1)
    monkeypatch.setitem(MOTIONS, "skew", replace(SKEW, speed=None))
    with pytest.raises(InputError, match="speed must be None for skew, which draws velocities of any length"):
        Variant("tilted", motion="skew", speed=(1, 1))


def test_a_motion_draws_the_latents_that_it_names(monkeypatch):
    monkeypatch.setitem(MOTIONS, "away", replace(AWAY, latents=("centre",)))
    with pytest.raises(InputError, match="draw of a motion must give start, velocity, centre, not 2 arrays"):
        generate(Variant("lost", motion="away"), "train", range(5))
    with pytest.raises(InputError, match="latents must be centre for away, not 0 arrays"):
        trace("away", (5, 5), (0, 1), 5, 36)
    with pytest.raises(InputError, match="latents must be none for tfds, not 1 arrays"):
        trace("tfds", (0, 0), (0, 0), 5, 36, latents=[np.zeros(2)])


@pytest.mark.parametrize("rotation", [None, (-30, 30)])
def test_a_look_that_paints_farther_than_its_reach_is_one_error(monkeypatch, rotation):
    monkeypatch.setitem(LOOKS, "blur", replace(toys.BLUR, reach=0))
    variant = Variant("far", blur=100, rotation=rotation)
    for _ in range(2):
        with pytest.raises(InputError, match="blur must paint at most its reach of 0 pixels beyond ink, not 1"):
            generate(variant, "train", range(3))


def test_a_look_gives_pictures_of_the_shape_that_it_gets(monkeypatch):
    monkeypatch.setitem(LOOKS, "blur", replace(toys.BLUR, apply=lambda pictures, values: pictures / 2))
    with pytest.raises(InputError, match=r"blur must give pictures of uint8 \(3, 2, 20, 15, 15\), not float64"):
        generate(Variant("half", blur=100), "train", range(3))


# Reach


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"overhang": 9},
        {"rotation": (-40, 40), "scale": (0.8, 1.2), "overhang": 12},
        {"rotation": (-40, 40), "frame_size": (30, 29)},
        {"brightness": (0.6, 1)},
        {"colour": True, "overhang": 5},
        {"colour": True, "rotation": (-90, 90)},
        {"world_size": (90, 128)},
    ],
    ids=lambda fields: "-".join(fields) or "plain",
)
def test_a_blurred_digit_is_exact_at_its_edges_and_at_those_of_the_frame(blur, fields):
    variant = Variant("soft", num_digits=1, blur=100, **fields)
    sequences = generate(variant, "train", range(12))
    margin, (height, width) = 40, variant.frame_size
    sharp = replace(variant, blur=0, frame_size=(height + 2 * margin, width + 2 * margin), overhang=200)
    if variant.world_size:  # whose digits may be far away
        sharp = replace(sharp, world_size=(300, 300))
    drawn = {field: values for field, values in sequences.drawn.items() if field != "blur"}
    moved = replace(sequences, variant=sharp, positions=sequences.positions + np.int16(margin), drawn=drawn)
    larger = truth.repaint(moved)
    larger = np.moveaxis(larger, -1, 2) if variant.colour else larger
    want = toys.box_mean(larger)[..., margin : margin + height, margin : margin + width]
    want = np.moveaxis(want, 2, -1) if variant.colour else want
    assert want.any() and np.array_equal(sequences.frames, want)


def test_rows_rebuild_and_layers_hold_a_look_with_reach(blur):
    variant = Variant("soft", blur=50, overhang=4, num_digits=3)
    rows = Recipe(variant, "test").columns(range(20))
    again = truth.from_rows(rows, variant, "test")
    assert 0.3 < rows["blurred"].mean() < 0.7
    assert np.array_equal(truth.repaint(again), rows["image_sequence"])
    assert np.array_equal(truth.layers(again).max(1), rows["image_sequence"])
    assert all("blurred" in caption for caption in rows["caption"])


# What editors see


def test_the_attributes_of_looks_are_fresh():
    path = SCRIPTS / "moving_mnist_generator" / "core" / "look_fields.py"
    cog = [sys.executable, "-m", "cogapp", "--check", "--diff", "-I", str(SCRIPTS), str(path)]
    ended = subprocess.run(cog, capture_output=True, text=True)
    assert ended.returncode == 0, f"run `make tables`\n{ended.stdout}{ended.stderr}"


@pytest.mark.parametrize("name", VARIANTS)
def test_a_variant_and_its_sequences_are_the_same_after_a_pickle(name):
    variant, sequences = VARIANTS[name], generate(name, "test", range(3))
    for again in (pickle.loads(pickle.dumps(variant)), replace(variant), Variant(**variant.as_dict())):
        assert again == variant and again.as_dict() == variant.as_dict()
    copies = (pickle.loads(pickle.dumps(sequences)), replace(sequences), sequences[:3])
    for again in copies:
        for each in vars(sequences).keys() - {"drawn"}:
            assert np.array_equal(getattr(again, each), getattr(sequences, each)), each
        assert again.arrays().keys() == sequences.arrays().keys()


def test_an_older_variant_leaves_out_a_look_that_is_added_later(blur):
    assert VARIANTS["two_digits"].as_dict()["blur"] == 0
    assert Variant("later", blur=3).blur == 3
    assert generate("two_digits", "train", [0]).blurred is None
