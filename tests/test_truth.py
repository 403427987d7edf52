"""What is told of every pixel is what the pixels show."""

import functools
import json
from dataclasses import replace

import datasets
import numpy as np
import pytest
from PIL import Image

from moving_mnist_generator import VARIANTS, Variant, generate, load_digits, truth
from moving_mnist_generator.core.recipe import Recipe
from moving_mnist_generator.core.scenes import scene_of
from moving_mnist_generator.layouts import LAYOUTS
from moving_mnist_generator.looks.colour import COLOURS
from moving_mnist_generator.looks.occluders import GREY
from moving_mnist_generator.motions import MOTIONS
from moving_mnist_generator.rows.columns import columns_of
from moving_mnist_generator.rows.schema import arrow_column, arrow_table, schema

SPECIAL = (
    Variant("wide", frame_size=(40, 96)),
    Variant("leaning", num_digits=3, overhang=10),
    Variant("peephole", frame_size=(16, 18), overhang=14),  # digits are larger than the frame
    Variant("crowd", num_digits=5, motion="srvp_stochastic"),
    Variant("small", num_digits=4, motion="svg", digit_size=(12, 20), frame_size=(48, 64)),
    Variant("adding_colours", num_digits=3, motion="srvp", colour=True),
    Variant(
        "everything",
        num_digits=5,
        num_frames=12,
        frame_size=(72, 100),
        overhang=6,
        rotation=(-30, 30),
        scale=(1 / 1.1, 1.1),
        brightness=(0.6, 1.0),
        colour=True,
        num_occluders=3,
    ),
    Variant("bumping", num_digits=4, frame_size=(80, 64), motion="colliding"),
    Variant(
        "sightseeing",
        num_digits=4,
        num_frames=12,
        frame_size=(50, 62),
        motion="srvp",
        overhang=3,
        rotation=(-30, 30),
        scale=(1 / 1.1, 1.1),
        colour=True,
        num_occluders=2,
        world_size=(80, 90),
        noise=20,
    ),
)
ALL = {variant.name: variant for variant in (*VARIANTS.values(), *SPECIAL)}
TURNING = [name for name, variant in ALL.items() if variant.turns_or_scales]
UPRIGHT = [name for name in ALL if name not in TURNING]
PLAIN = [name for name in UPRIGHT if ALL[name].brightness is None]  # digits keep their very pixels
EVERY = pytest.mark.parametrize("name", ALL)


@functools.cache
def made(name, split="validation"):
    """12 sequences, more than are painted or owned at a time."""
    return generate(ALL[name], split, range(12))


@functools.cache
def clean(name, split="validation"):
    """The frames without noise, which no column describes."""
    looks = tuple((field, value) for field, value in ALL[name].looks if field != "noise")
    if looks == ALL[name].looks:
        return made(name, split).frames
    return generate(replace(ALL[name], looks=looks), split, range(12)).frames


def in_the_world(sequences):
    """Positions (n, k, t, 2) where a camera does not move them."""
    positions = sequences.positions.astype(int)
    return positions if sequences.cameras is None else positions + sequences.cameras[:, None]


def met_another(sequences):
    """(n, k, t) bool, whether a digit has met another on the way to a frame."""
    none = np.zeros(sequences.positions.shape[:3], bool)
    return none if sequences.meetings is None else sequences.meetings >= 0


@functools.cache
def layers(name):
    return truth.layers(made(name))


@functools.cache
def owners(name):
    return truth.owners(made(name))


def adds(name):
    return MOTIONS[ALL[name].motion].overlap == "add"


def uncovered(sequences):
    """(n, t, H, W) bool, outside the occluders, painted one rectangle at a time."""
    clear = np.ones((len(sequences), sequences.variant.num_frames, *sequences.variant.frame_size), bool)
    for n, rectangles in enumerate([] if sequences.occluders is None else sequences.occluders):
        for top, left, bottom, right in rectangles:
            clear[n, :, top:bottom, left:right] = False
    return clear


def over_each_other(sequences, stack):
    """Frames out of layers (n, k, t, H, W), by the published rules and nothing else."""
    stack = stack.astype(int)
    if sequences.variant.colour:
        channels = np.array(list(COLOURS.values()))[sequences.colours] // 255
        stack = stack[..., None] * channels[:, :, None, None, None]
    adding = MOTIONS[sequences.variant.motion].overlap == "add"
    frames = np.minimum(stack.sum(1), 255) if adding else stack.max(1)
    frames[~uncovered(sequences)] = GREY
    return frames


@functools.cache
def published(name, layout):
    """5 sequences as a Dataset, with the columns of the published files."""
    recipe = Recipe(ALL[name], "validation")
    columns = recipe.columns(range(5))
    columns = {"image_sequence": LAYOUTS[layout].encode(columns.pop("image_sequence"))} | {
        column: arrow_column(values) for column, values in columns.items()
    }
    return datasets.Dataset(arrow_table(columns, schema(recipe.features(layout))))


def same(one, other):
    """Whether all columns are of one type and value."""
    arrays, wanted = one.arrays(), other.arrays()
    fields = (set(arrays) | set(wanted)) - {"velocities_in_force", "hits"}
    return all(
        np.array_equal(arrays[field], wanted[field]) and arrays[field].dtype == wanted[field].dtype for field in fields
    )


# Rows.


@EVERY
@pytest.mark.parametrize("split", ["train", "validation", "test"])
def test_annotations_alone_repaint_every_frame_bit_for_bit(name, split):
    sequences = made(name, split)
    blind = replace(sequences, frames=None, velocities_in_force=None, hits=None)
    assert np.array_equal(truth.repaint(blind), clean(name, split))


@EVERY
@pytest.mark.parametrize("layout", LAYOUTS)
def test_rows_say_all_that_generate_says_but_the_walls(name, layout):
    rows = published(name, layout)
    again = truth.from_rows(rows[1:5], ALL[name], "validation")
    assert same(again, generate(ALL[name], "validation", range(1, 5)))
    assert again.velocities_in_force is None and again.hits is None
    assert np.array_equal(truth.owners(again), owners(name)[1:5])
    assert np.array_equal(truth.optical_flow(again), truth.optical_flow(made(name))[1:5])


@EVERY
def test_rows_may_be_one_or_a_list_or_numpy_or_without_pictures(name):
    rows = published(name, "arrays")
    wanted = truth.from_rows(rows[3:5], ALL[name], "validation")
    for given in (
        [rows[3], rows[4]],
        rows.select([3, 4]),
        rows.with_format("numpy")[3:5],
        dict(reversed(rows[3:5].items())),
    ):
        assert same(truth.from_rows(given, ALL[name], "validation"), wanted)
    painted = truth.from_rows(rows.remove_columns("image_sequence")[3:5], ALL[name], "validation")
    assert same(painted, replace(wanted, frames=clean(name)[3:5]))
    one = truth.from_rows(rows[3], ALL[name], "validation")
    assert len(one) == 1 and np.array_equal(one.frames[0], wanted.frames[0])


def test_frames_are_those_of_the_rows_so_that_repainting_can_tell_them_wrong():
    rows = published("two_digits", "arrays").with_format("numpy", dtype=np.int64)[:3]
    rows["image_sequence"] = rows["image_sequence"].copy()
    rows["image_sequence"][1, 19, 63, 0] = 9
    sequences = truth.from_rows(rows, "two_digits", "validation")
    assert np.argwhere(truth.repaint(sequences) != sequences.frames).tolist() == [[1, 19, 63, 0]]


@EVERY
def test_rows_are_asked_for_the_columns_that_the_dataset_has(name):
    assert {"image_sequence", *columns_of(ALL[name])} == set(published(name, "frames").column_names)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"positions": None}, "rows of rotating must have columns positions"),
        ({"rotations": None, "velocities": None}, "rows of rotating must have columns rotations, velocities"),
        ({"rotations": [[0.0] * 3]}, r"rotations must be float32 of shape \(2,\) in each row, not \(3,\)"),
        ({"positions": [["here", "there"]]}, r"positions must be int16 of shape \(2, 20, 2\) in each row, not <U5"),
        ({"digit_ids": [[3, 60_000]]}, "digit_ids and labels must be those of the validation split of these digits"),
        ({"labels": [[11, 11]]}, "digit_ids and labels must be those of the validation split of these digits"),
    ],
)
def test_rows_that_cannot_be_are_refused(change, words):
    rows = {**published("rotating", "arrays")[:1], **change}
    with pytest.raises(ValueError, match=words):
        truth.from_rows(
            {name: values for name, values in rows.items() if values is not None}, "rotating", "validation"
        )


def test_rows_of_another_split_are_refused():
    with pytest.raises(ValueError, match="must be those of the test split"):
        truth.from_rows(published("two_digits", "arrays")[:], "two_digits", "test")


def test_no_rows_are_no_sequences():
    empty = truth.from_rows(published("plus_plus", "frames")[:0], "plus_plus", "validation")
    assert len(empty) == 0 and empty.frames.shape == (0, 20, 64, 64) and empty.angles.shape == (0, 3, 20)


# Layers.


@EVERY
def test_layers_over_each_other_are_the_frames(name):
    assert np.array_equal(over_each_other(made(name), layers(name)), clean(name))


@pytest.mark.parametrize("name", PLAIN)
def test_a_layer_is_the_digit_at_its_position(name):
    sequences, (height, width) = made(name), ALL[name].frame_size
    size = ALL[name].digit_size or (28, 28)
    if ALL[name].digit_size is None and MOTIONS[ALL[name].motion].digit_size == 32:
        size = (32, 32)
    room = 100  # pixels around the frame, so that a digit may hang over, or be out of sight
    for n, k, t in np.ndindex(sequences.positions.shape[:3]):
        picture = load_digits().train_images[sequences.digit_ids[n, k]]
        if size != picture.shape:
            picture = np.asarray(Image.fromarray(picture).resize(size[::-1], Image.Resampling.BILINEAR))
        canvas = np.zeros((height + 2 * room, width + 2 * room), np.uint8)
        row, col = sequences.positions[n, k, t] + room
        canvas[row : row + size[0], col : col + size[1]] = picture
        assert np.array_equal(layers(name)[n, k, t], canvas[room : room + height, room : room + width])


# Masks and owners.


@EVERY
def test_every_inked_pixel_outside_the_occluders_has_exactly_one_owner(name):
    sequences, visible = made(name), truth.visible_masks(made(name))
    clear = uncovered(sequences)
    ink = layers(name).any(1) & clear
    assert visible.dtype == bool and visible.shape == layers(name).shape
    assert np.array_equal(visible.sum(1), ink)
    shown = clean(name).any(-1) if ALL[name].colour else clean(name) > 0
    assert np.array_equal(ink, shown & clear)
    assert np.array_equal(owners(name) == truth.BACKGROUND, clear & ~shown)
    assert np.array_equal(owners(name) == truth.OCCLUDER, ~clear)


@EVERY
def test_where_a_digit_is_visible_no_other_is_brighter_and_none_painted_later_is_as_bright(name):
    stack, visible = layers(name).astype(int), truth.visible_masks(made(name))
    for k in range(stack.shape[1]):
        at = np.nonzero(visible[:, k])
        own, all_layers = stack[:, k][at], np.moveaxis(stack, 1, -1)[at]
        assert own.min() > 0
        assert (all_layers <= own[:, None]).all() and (all_layers[:, k + 1 :] < own[:, None]).all()


@EVERY
def test_a_visible_digit_shows_its_own_grey_values(name):
    """Exactly where the brightest wins; in colour, in the channels that the digit has; at least where all add up."""
    sequences, visible = made(name), truth.visible_masks(made(name))
    channels = np.array(list(COLOURS.values())) > 0
    for n, k in np.ndindex(visible.shape[:2]):
        shown, own = clean(name)[n][visible[n, k]], layers(name)[n, k][visible[n, k]]
        if ALL[name].colour:
            shown, own = shown[:, channels[sequences.colours[n, k]]], own[:, None]
        assert (shown >= own).all() if adds(name) else (shown == own).all()


@EVERY
def test_without_a_digit_frames_change_only_where_it_was(name):
    sequences, whole, visible = made(name), truth.whole_masks(made(name)), truth.visible_masks(made(name))
    for k in range(ALL[name].num_digits if ALL[name].num_digits > 1 else 0):
        fewer = {"variant": replace(ALL[name], num_digits=ALL[name].num_digits - 1)}
        for field in ("labels", "digit_ids", "positions"):
            fewer[field] = np.delete(getattr(sequences, field), k, axis=1)
        by_digit = ("rotation", "scale", "colour")
        fewer["drawn"] = {
            field: np.delete(values, k, axis=1) if field in by_digit else values
            for field, values in sequences.drawn.items()
        }
        changed = truth.repaint(replace(sequences, **fewer)) != clean(name)
        changed = changed.any(-1) if ALL[name].colour else changed
        assert changed.any() and not (changed & ~whole[:, k]).any()
        if not adds(name) and not ALL[name].colour:
            assert not (changed & ~visible[:, k]).any()


def test_the_later_of_two_equal_digits_is_on_top():
    sequences = generate("two_digits", "test", [0, 1, 2])
    twins = {field: getattr(sequences, field)[:, [0, 0]] for field in ("labels", "digit_ids", "positions")}
    owner = truth.owners(replace(sequences, **twins))
    assert set(np.unique(owner)) == {truth.BACKGROUND, 1}


def test_owners_are_int8_up_to_128_digits_and_int16_beyond():
    for digits, dtype in ((128, np.int8), (129, np.int16)):
        sequences = generate(Variant("throng", num_digits=digits, num_frames=2), "test", [0])
        owner = truth.owners(sequences)
        assert owner.dtype == dtype and owner.max() > 100 and owner.min() == truth.BACKGROUND


# Boxes.


@EVERY
@pytest.mark.parametrize("kind", ["whole_masks", "visible_masks"])
def test_a_box_is_tight(name, kind):
    masks = getattr(truth, kind)(made(name))[:6]
    boxes = truth.ink_boxes(masks)
    assert boxes.shape == (*masks.shape[:3], 4) and boxes.dtype == np.int16
    for mask, (top, left, bottom, right) in zip(
        masks.reshape(-1, *masks.shape[3:]), boxes.reshape(-1, 4), strict=True
    ):
        inside = mask[top:bottom, left:right]
        assert inside.sum() == mask.sum()
        if mask.any():
            assert inside[0].any() and inside[-1].any() and inside[:, 0].any() and inside[:, -1].any()
        else:
            assert (top, left, bottom, right) == (0, 0, 0, 0)


def test_a_box_of_3_by_2_pixels_and_a_box_of_none():
    masks = np.zeros((2, 10, 20), bool)
    masks[0, 4:7, 11:13] = True
    assert truth.ink_boxes(masks).tolist() == [[4, 11, 7, 13], [0, 0, 0, 0]]


# Flow.


def warped(name):
    """Layer values of the owner where flow is valid: in frame t, and in frame t + 1 where flow leads."""
    sequences, flow = made(name), truth.optical_flow(made(name))
    n, t, row, col = np.nonzero(truth.flow_valid(sequences))
    to_row, to_col = np.rint(np.array([row, col]).T + flow[n, t, row, col]).astype(int).T
    owner = owners(name)[n, t, row, col]
    assert np.array_equal(owners(name)[n, t + 1, to_row, to_col], owner)
    stack = layers(name).astype(int)
    stay = stack[n, owner, t + 1, row, col]
    return stack[n, owner, t, row, col], stack[n, owner, t + 1, to_row, to_col], stay


@EVERY
def test_flow_is_of_every_pixel_of_a_digit_and_of_no_other(name):
    flow, valid = truth.optical_flow(made(name)), truth.flow_valid(made(name))
    n, _, t = made(name).positions.shape[:3]
    assert flow.shape == (n, t - 1, *ALL[name].frame_size, 2) and flow.dtype == np.float32
    assert valid.shape == flow.shape[:-1] and valid.dtype == bool
    seen = owners(name)[:, :-1] >= 0
    assert not flow[~seen].any() and not valid[~seen].any()
    assert flow[seen].any(-1).mean() > 0.8 and valid[seen].mean() > 0.5


@pytest.mark.parametrize("name", PLAIN)
def test_flow_carries_each_frame_onto_the_next_one_exactly(name):
    before, after, _ = warped(name)
    assert len(before) > 10_000 and np.array_equal(before, after)


@pytest.mark.parametrize("name", UPRIGHT)
def test_flow_of_upright_digits_is_how_their_positions_change(name):
    sequences, flow = made(name), truth.optical_flow(made(name))
    steps = np.diff(sequences.positions.astype(int), axis=2)
    for k in range(ALL[name].num_digits):
        n, t, *_ = at = np.nonzero(owners(name)[:, :-1] == k)
        assert np.array_equal(flow[at], steps[n, k, t])


@pytest.mark.parametrize("name", PLAIN)
def test_flow_is_valid_wherever_the_digit_is_still_seen(name):
    """Pixel by pixel, by the positions: not covered, not outside."""
    sequences, valid = made(name), truth.flow_valid(made(name))[:2]
    steps = np.diff(sequences.positions.astype(int), axis=2)
    height, width = ALL[name].frame_size
    for n, t, row, col in zip(*np.nonzero(owners(name)[:2, :-1] >= 0), strict=True):
        owner = owners(name)[n, t, row, col]
        to_row, to_col = (row, col) + steps[n, owner, t]
        inside = 0 <= to_row < height and 0 <= to_col < width
        assert valid[n, t, row, col] == (inside and owners(name)[n, t + 1, to_row, to_col] == owner)


@pytest.mark.parametrize("name", [name for name in TURNING if ALL[name].brightness is None])
def test_flow_carries_turning_and_growing_digits_to_within_half_a_pixel(name):
    """At strokes' edges, half a pixel is half of 255: on the whole pixels fit far better than where they were."""
    before, after, stay = warped(name)
    wrong, still = np.abs(before - after).mean(), np.abs(before - stay).mean()
    assert wrong < 30 and wrong < still / 3


@pytest.mark.parametrize("name", TURNING)
def test_flow_keeps_each_point_of_a_turning_digit_where_it_is_in_the_digit(name):
    """The point of the upright digit below a pixel and below where its flow ends: one, to a thousandth of a pixel."""
    sequences, flow = made(name), truth.optical_flow(made(name)).astype(float)
    ones = np.ones(sequences.positions.shape[:3])
    angles = np.radians(0 * ones if sequences.angles is None else sequences.angles.astype(float))
    scales = ones if sequences.scales is None else sequences.scales.astype(float)

    def in_digit(n, k, t, place):
        """Turned back clockwise, seen on a screen whose rows go down."""
        up, right = ((place - sequences.positions[n, k, t] - 13.5) / scales[n, k, t][:, None] * (-1, 1)).T
        return np.exp(-1j * angles[n, k, t]) * (right + 1j * up)

    n, t, row, col = at = np.nonzero(owners(name)[:, :-1] >= 0)
    k, place = owners(name)[at], np.stack([row, col], axis=-1)
    assert np.abs(in_digit(n, k, t, place) - in_digit(n, k, t + 1, place + flow[at])).max() < 1e-3


def test_flow_of_a_quarter_turn():
    """A digit that stands still and turns by 90 degrees counterclockwise: what is 5 right of its centre goes up."""
    variant = Variant("spinning", num_digits=1, num_frames=2, speed=(0, 0), rotation=(90, 90))
    sequences = generate(variant, "test", range(20))
    flow = truth.optical_flow(sequences)
    found = 0
    for n, t, row, col in zip(*np.nonzero(truth.owners(sequences)[:, :1] == 0), strict=True):
        down, right = (row, col) - sequences.positions[n, 0, 0] - 13.5
        assert np.allclose(flow[n, t, row, col], (-right - down, down - right), atol=1e-4)
        found += 1
    assert found > 1_000 and truth.flow_valid(sequences).sum() == found


def test_one_frame_has_no_flow():
    sequences = generate(Variant("photograph", num_frames=1), "test", range(3))
    assert truth.optical_flow(sequences).shape == (3, 0, 64, 64, 2)
    assert truth.flow_valid(sequences).shape == (3, 0, 64, 64)


# What is true of all of them.


@EVERY
def test_the_truth_about_a_sequence_is_the_same_alone_and_in_a_batch(name):
    tenth = generate(ALL[name], "validation", [10])
    assert np.array_equal(truth.layers(tenth)[0], layers(name)[10])
    for tell in (truth.owners, truth.optical_flow, truth.flow_valid):
        assert np.array_equal(tell(tenth)[0], tell(made(name))[10])


@EVERY
def test_no_sequences_have_an_empty_truth(name):
    none = generate(ALL[name], "test", [])
    t, k, size = ALL[name].num_frames, ALL[name].num_digits, ALL[name].frame_size
    assert truth.layers(none).shape == truth.visible_masks(none).shape == (0, k, t, *size)
    assert truth.ink_boxes(truth.whole_masks(none)).shape == (0, k, t, 4)
    assert truth.optical_flow(none).shape == (0, t - 1, *size, 2)


@EVERY
def test_after_a_wall_the_velocity_leads_away_from_it(name):
    sequences = generate(ALL[name], "train", range(60))
    hits, velocity = sequences.hits.astype(int), sequences.velocities_in_force
    if MOTIONS[ALL[name].motion].stochastic:  # the wall of the other axis may have drawn both speeds anew
        hits = np.where((hits != 0).all(-1, keepdims=True), 0, hits)
    hits = np.where(met_another(sequences)[..., None], 0, hits)  # which may have sent it back to the wall
    assert (hits == -1).sum() > 20 and (hits == 1).sum() > 20
    assert (velocity[hits == -1] >= 0).all() and (velocity[hits == 1] <= 0).all()


@EVERY
def test_between_walls_positions_follow_the_velocity_to_within_a_pixel(name):
    sequences = generate(ALL[name], "train", range(60))
    steps = np.diff(in_the_world(sequences), axis=2)
    free = (sequences.hits[:, :, 1:] == 0).all(-1) & ~met_another(sequences)[:, :, 1:]
    assert free.mean() > 0.3
    assert np.abs(steps - sequences.velocities_in_force[:, :, :-1])[free].max() <= 1


@pytest.mark.parametrize("name", [name for name in UPRIGHT if not ALL[name].overhang])
def test_a_wall_is_met_where_it_stands(name):
    """After a hit a digit is within a step of that wall, and in srivastava on it."""
    sequences = generate(ALL[name], "train", range(60))
    size = np.array(scene_of(ALL[name], load_digits()).digit_size)
    free, places = np.subtract(ALL[name].world_size or ALL[name].frame_size, size), in_the_world(sequences)
    hit = (sequences.hits != 0) & ~met_another(sequences)[..., None]
    from_wall = np.where(sequences.hits == 1, free - places, places)[hit]
    speed = np.abs(sequences.velocities_in_force).max()
    furthest = {"srivastava": 0, "svg": 1, "svg_stochastic": 1}.get(ALL[name].motion, speed + 1)
    assert from_wall.min() >= 0 and from_wall.max() <= furthest


@EVERY
def test_the_recipe_of_a_file_is_enough_for_the_truth(name):
    """A variant comes back from JSON with its tuples as lists."""
    kept = json.loads(json.dumps({field: getattr(ALL[name], field) for field in ALL[name].__dataclass_fields__}))
    again = truth.from_rows(published(name, "frames")[:2], Variant(**kept), "validation")
    assert np.array_equal(truth.owners(again), owners(name)[:2])
