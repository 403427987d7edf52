"""scripts/preview.py: what a picture shows are the rows asked for."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from moving_mnist_generator import LAYOUTS, VARIANTS, generate
from moving_mnist_generator.preview import contact_sheet, files_of, read_frames, tile

PICTURES = Path(__file__).parents[1] / "data" / "pictures"


@pytest.mark.parametrize("annotated", [True, False])
@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS)
def test_the_rows_asked_for_are_read_in_every_layout(every_layout, layout, annotated):
    data, config = every_layout, layout.config("two_digits") if annotated else layout.bare
    want = generate("two_digits", "train", range(12)).frames
    assert np.array_equal(read_frames(data / config, 3, 7), want[3:7])
    assert np.array_equal(read_frames(data / config / "train-00000-of-00001.parquet", 10, 99), want[10:])


def test_a_folder_shows_its_first_split(data, tmp_path):
    assert files_of(data / "two_digits")[0].name.startswith("train-")
    (tmp_path / "test-00000-of-00001.parquet").touch()
    assert files_of(tmp_path)[0].name.startswith("test-")


def test_a_contact_sheet_has_a_row_a_sequence_and_a_column_a_frame():
    frames = generate("two_digits", "train", range(3)).frames
    sheet = np.asarray(contact_sheet(frames))
    assert sheet.shape == (3 * 66 + 2, 20 * 66 + 2)
    assert np.array_equal(sheet[2 + 66 : 66 + 66, 2 + 5 * 66 : 66 + 5 * 66], frames[1, 5])
    assert set(sheet[0]) == {96}


def test_a_tile_of_colours_keeps_them():
    pictures = np.arange(2 * 3 * 4 * 5 * 3, dtype=np.uint8).reshape(2, 3, 4, 5, 3)
    sheet = tile(pictures)
    assert np.array_equal(sheet[2 + 6 : 6 + 6, 2 + 7 : 7 + 7], pictures[1, 1])


def test_a_gif_moves_and_repeats(data, command, tmp_path):
    ended = command("preview", data / "two_digits", "--rows", "0:5", "--out", "pictures/five.gif", process=True)
    assert ended.returncode == 0 and "rows 0:5" in ended.stdout
    with Image.open(tmp_path / "pictures/five.gif") as animation:
        assert animation.n_frames == 20 and animation.info["loop"] == 0
        assert animation.size == (2 * (3 * 66 + 2), 2 * (2 * 66 + 2))
        animation.seek(7)
        shown = np.asarray(animation.convert("L").resize((3 * 66 + 2, 2 * 66 + 2), 0))
    want = generate("two_digits", "train", range(5)).frames
    assert np.array_equal(shown[2:66, 2:66], want[0, 7]) and np.array_equal(shown[68:132, 68:132], want[4, 7])


@pytest.mark.parametrize("variant", VARIANTS)
def test_the_readmes_pictures_show_what_the_generator_makes(variant):
    frames = generate(variant, "train", range(4)).frames
    with Image.open(PICTURES / f"{variant}.gif") as animation:
        for t in (0, 9, 19):
            animation.seek(t)
            want = tile(frames[None, :, t])
            mode = "RGB" if VARIANTS[variant].colour else "L"
            shown = np.asarray(animation.convert(mode).resize(want.shape[1::-1], 0)).astype(int)
            assert np.abs(shown - want).mean() < (0.5 if VARIANTS[variant].colour else 0.01)  # 256 colours in a GIF


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("absent.parquet", "--out", "a.gif"), "'absent.parquet' does not exist"),
        (("DATA", "--out", "a.mp4"), "must end in .gif or .png, not a.mp4"),
        (("DATA", "--rows", "8:3", "--out", "a.gif"), "'8:3' is not FIRST:STOP"),
        (("DATA", "--rows", "50:60", "--out", "a.gif"), "rows must lie in 0:12"),
        ((".", "--out", "a.gif"), "is neither a Parquet file nor a folder of"),
        (("notes.parquet", "--out", "a.gif"), "notes.parquet is not a Parquet file"),
        (("DATA",), "Missing option '--out'"),
    ],
)
def test_a_wrong_argument_is_one_line_and_exit_code_2(data, refused, tmp_path, arguments, words):
    (tmp_path / "notes.parquet").write_text("no Parquet at all")
    arguments = [data / "two_digits" if argument == "DATA" else argument for argument in arguments]
    assert words in refused("preview", *arguments)
    assert not list(tmp_path.glob("a.*"))
