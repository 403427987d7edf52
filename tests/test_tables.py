"""A new look, motion, column or layout is one row of a table: it goes through everything, and does something."""

import json
from dataclasses import replace

import datasets
import numpy as np
import pytest
import toys

from moving_mnist_generator import VARIANTS, Variant, generate, load_digits, truth
from moving_mnist_generator.common.checks import InputError
from moving_mnist_generator.common.fields import Flag, Range, Size, Whole
from moving_mnist_generator.core.variants import all_fields
from moving_mnist_generator.files.shards import plan
from moving_mnist_generator.layouts import LAYOUTS
from moving_mnist_generator.looks import LOOKS, looks_of
from moving_mnist_generator.motions import MOTIONS
from moving_mnist_generator.publishing import readme_tables
from moving_mnist_generator.publishing.card import render_card, render_infos
from moving_mnist_generator.publishing.croissant import render_croissant
from moving_mnist_generator.publishing.facts import some_configs
from moving_mnist_generator.rows.captions import captions
from moving_mnist_generator.rows.columns import COLUMNS
from moving_mnist_generator.running.engines import make
from moving_mnist_generator.sources.opening import open_source

NAMES = load_digits().class_names


@pytest.fixture
def toy_rows(monkeypatch):
    """The toys in their tables, and a variant that uses all of them, as if they had always been there."""
    for table, rows in (
        (LOOKS, {"fog": toys.FOG, "pan": toys.PAN, "blur": toys.BLUR}),
        (MOTIONS, {"dance": toys.DANCE}),
        (COLUMNS, {"centres": toys.CENTRES}),
        (LAYOUTS, {"ribbons": toys.RIBBONS}),
    ):
        for name, row in rows.items():
            monkeypatch.setitem(table, name, row)
    variant = Variant("toy", num_digits=3, motion="dance", fog=60, pan=2, words="a toy")
    monkeypatch.setitem(VARIANTS, "toy", variant)
    return variant


def test_a_row_without_its_table_is_refused():
    for fields in ({"fog": 60}, {"motion": "dance"}):
        with pytest.raises(InputError, match="must be one of"):
            Variant("toy", **fields)


def test_toys_change_the_pixels_and_the_truth_follows(toy_rows):
    sequences = generate(toy_rows, "train", range(30))
    assert sequences.fogs.min() >= 1 and sequences.fogs.max() <= 60 and len(set(sequences.fogs.tolist())) > 10
    assert (sequences.frames.min((1, 2, 3)) == sequences.fogs).all()
    assert (sequences.positions < 0).any() and (sequences.positions > 36).any()  # out of sight, in a larger world
    assert np.array_equal(truth.repaint(sequences), sequences.frames)
    whole = truth.layers(sequences).max(1)
    assert np.array_equal(np.maximum(whole, sequences.fogs[:, None, None, None]), sequences.frames)
    assert all("in fog, seen by a moving camera" in words for words in captions(sequences, NAMES))
    moved = sequences.positions.astype(int) + 32 + np.arange(20)[:, None] * sequences.pans[:, None, None].astype(int)
    assert np.array_equal(moved[:, 0, 1:], moved[:, 2, :-1])  # they dance: each takes the place of the one before it


def test_toys_go_through_files_of_one_and_two_workers_and_load_dataset(toy_rows, tmp_path):
    sizes, layouts = {"train": 70, "test": 5}, ("frames", "strips", "ribbons")
    for workers, folder in ((1, "one"), (2, "two")):
        assert sum(make(plan("toy", sizes, layouts), tmp_path / folder, workers=workers)) == 3 * 75
    made = sorted(path.relative_to(tmp_path / "one") for path in (tmp_path / "one").rglob("*.parquet"))
    assert len(made) == 2 + 2 + 3  # 70 ribbons are two files
    for path in made:
        assert (tmp_path / "one" / path).read_bytes() == (tmp_path / "two" / path).read_bytes(), path
    want = generate("toy", "train", range(70))
    for layout in layouts:
        config = LAYOUTS[layout].config("toy")
        assert np.array_equal(open_source(tmp_path / "one" / config, "train").frames(0, 70), want.frames)
        rows = datasets.load_dataset(str(tmp_path / "one" / config), split="train", cache_dir=str(tmp_path / "cache"))
        assert rows["fogs"][:] == want.fogs.tolist()
        assert np.array_equal(rows.with_format("numpy")[:]["centres"], want.positions[..., 1] + np.float32(14))
        if layout != "ribbons":  # whose pixels in C order are not the frames
            again = truth.from_rows(rows[10:20], "toy", "train")
            assert np.array_equal(again.frames, want.frames[10:20]) and np.array_equal(again.pans, want.pans[10:20])


def test_toys_are_in_card_infos_croissant_and_the_readmes_tables(toy_rows, tmp_path):
    assert sum(make(plan("toy", {"train": 3, "test": 2}, ("frames", "ribbons")), tmp_path)) == 10
    configs = some_configs(tmp_path)
    assert [config.name for config in configs] == ["toy", "toy_ribbons"]
    card, infos = render_card("# Title\n", configs), json.loads(render_infos(configs))
    assert "path: data/toy_ribbons/train-*.parquet" in card
    assert {"fogs", "pans", "centres"} <= set(infos["toy"]["features"])
    files = {f"data/{config.name}/{shard.path.name}": "0" * 64 for config in configs for shard in config.shards}
    croissant = render_croissant(configs, files)
    assert "Grey value of the fog" in croissant and "Pixels from the left to the middle of each digit" in croissant
    assert "| `toy` | a toy |" in readme_tables.variants()
    assert "| `dance` | A toy: digits exchange places in each frame. |" in readme_tables.motions()
    assert "| `centres` | float32 (k, t) | Pixels from the left" in readme_tables.columns()
    assert "| `fogs` | uint8 | Grey value of the fog |" in readme_tables.columns()
    assert "| `fog` | grey value of the fog, at most |" in readme_tables.fields()
    ribbons = "| `ribbons` | `ribbons` | `<variant>_ribbons` | one PNG, all frames side by side |"
    assert ribbons in readme_tables.layouts()


# Every look, whether it is ours or a toy.

VALUES = {
    Range: lambda kind: (kind.least, kind.most),
    Flag: lambda kind: True,
    Size: lambda kind: (128, 128),  # of a world
}


def switched_on(field, look):
    """A variant with one look, at the far end of its field."""
    kind = look.field.kind
    value = min(100, kind.most) if isinstance(kind, Whole) else VALUES[type(kind)](kind)
    return Variant("looking", num_digits=2, **{field: value})


def every_look():
    return {**LOOKS, "fog": toys.FOG, "pan": toys.PAN, "blur": toys.BLUR}


@pytest.mark.parametrize("field", every_look())
def test_every_look_changes_pixels_has_a_word_and_is_undone_by_its_neutral_value(field, toy_rows):
    look, plain = LOOKS[field], generate(Variant("looking", num_digits=2), "train", range(8))
    seen = generate(switched_on(field, look), "train", range(8))
    before = plain.frames[..., None] if look.stage == "colour" else plain.frames
    changed = (seen.frames != before).reshape(8, -1).any(1)
    assert changed.all()
    assert look.words and all(look.words in words for words in captions(seen, NAMES))
    undone = Variant("looking", num_digits=2, **{field: look.field.default})
    assert np.array_equal(generate(undone, "train", range(8)).frames, plain.frames)
    assert not looks_of(undone)


def test_a_look_without_effect_is_found_out(toy_rows, monkeypatch):
    monkeypatch.setitem(LOOKS, "fog", replace(toys.FOG, apply=lambda frames, drawn: None))
    with pytest.raises(AssertionError):
        test_every_look_changes_pixels_has_a_word_and_is_undone_by_its_neutral_value("fog", None)


@pytest.mark.parametrize(("field", "still"), [("rotation", (0, 0)), ("scale", (1, 1)), ("brightness", (1, 1))])
def test_a_range_without_change_keeps_every_pixel(field, still):
    plain = generate(Variant("looking"), "train", range(8)).frames
    assert np.array_equal(generate(Variant("looking", **{field: still}), "train", range(8)).frames, plain)


def test_help_of_variant_names_every_field_with_its_unit():
    for name, field in all_fields().items():
        assert f"{name}: {field.meaning}" in Variant.__doc__
