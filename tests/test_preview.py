"""scripts/preview.py: what a picture or a page shows are the rows asked for."""

import base64
import json
import os
import re
import shutil
import zlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from clients import run_script
from helpers import make_files
from PIL import Image, ImageSequence

from moving_mnist_generator import LAYOUTS, VARIANTS, generate, load_digits, truth
from moving_mnist_generator.previews import page, pictures
from moving_mnist_generator.previews.drawing import DIGIT_COLOURS, PAST, enlarged, panels
from moving_mnist_generator.previews.pictures import contact_sheet, tile
from moving_mnist_generator.previews.rows import generated_rows, read_rows, together
from moving_mnist_generator.sources.opening import open_source

PICTURES = Path(__file__).parents[1] / "data" / "pictures"
GREYS_APART = 4  # in a GIF with marks


def frames_in(path, scale=1):
    """The frames of an animated picture, (t, h, w, 3), every `scale`-th pixel."""
    with Image.open(path) as animation:
        frames = np.stack([np.asarray(frame.convert("RGB")) for frame in ImageSequence.Iterator(animation)])
    return frames[:, ::scale, ::scale].astype(int)


def grey(frames):
    return np.stack([frames] * 3, axis=-1).astype(int)


def page_data(path):
    """What a page holds, as its program reads it."""
    text = Path(path).read_text(encoding="utf-8")
    return json.loads(re.search(r'<script type="application/json" id="data">(.*?)</script>', text, re.S)[1])


def frames_of(sequence):
    """The frames of one sequence of a page."""
    t, height, width, channels = sequence["shape"]
    pixels = np.frombuffer(zlib.decompress(base64.b64decode(sequence["pixels"])), np.uint8)
    return pixels.reshape(t, height, width, *([channels] if channels == 3 else []))


# Rows.


@pytest.mark.parametrize("annotated", [True, False])
@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS)
def test_the_rows_asked_for_are_read_in_every_layout(every_layout, layout, annotated):
    data, config = every_layout, layout.config("two_digits") if annotated else layout.bare
    want = generate("two_digits", "train", range(12)).frames
    assert np.array_equal(open_source(data / config, None).frames(3, 7), want[3:7])
    assert np.array_equal(open_source(data / config / "train-00000-of-00001.parquet", None).frames(10, 99), want[10:])


def test_rows_are_found_across_files_and_row_groups(tmp_path):
    make_files("one_digit", {"train": 90}, ("strips",), tmp_path)
    (path,) = (tmp_path / "one_digit_strips").glob("train-*")
    metadata = pq.read_metadata(path).metadata
    whole, recipe, folder = pq.read_table(path), json.loads(metadata[b"moving_mnist"]), path.parent
    path.unlink()
    for number, rows in enumerate((range(0, 40), range(40, 41), range(41, 90))):
        held = json.dumps({**recipe, "start": rows.start, "stop": rows.stop}).encode()
        piece = whole[rows.start : rows.stop].replace_schema_metadata({**metadata, b"moving_mnist": held})
        pq.write_table(piece, folder / f"train-{number:05d}-of-00003.parquet", row_group_size=7)
    want = generate("one_digit", "train", range(90))
    for first, stop in ((0, 1), (6, 8), (38, 43), (41, 90), (85, 200)):
        shown = together(read_rows(open_source(folder, None, in_colour=True), first, stop))
        assert np.array_equal(shown.frames, want.frames[first:stop]) and shown.first == first
        assert shown.columns["sequence_id"] == [*range(first, min(stop, 90))]
        boxes = truth.ink_boxes(truth.whole_masks(want[first:stop]))
        assert np.array_equal(shown.marks.boxes, boxes)


def test_a_folder_shows_its_first_split_and_a_file_its_own(data, tmp_path):
    assert open_source(data / "two_digits", None).split == "train"
    assert open_source(data / "two_digits/test-00000-of-00001.parquet", None).split == "test"
    np.save(tmp_path / "sequences.npy", np.zeros((20, 1, 64, 64), np.uint8))
    assert open_source(tmp_path / "sequences.npy", None).split == "test"
    (tmp_path / "two_digits").mkdir()
    shutil.copy(data / "two_digits/test-00000-of-00001.parquet", tmp_path / "two_digits")
    assert open_source(tmp_path / "two_digits", None).split == "test"


def test_a_split_is_read_from_the_hub_and_by_url(hub, data, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    ended = run_script("push_to_hub", "user/moving", "--data", data, "--without-test")
    assert ended.returncode == 0, ended.stderr
    url = "hf://datasets/user/moving/data/two_digits"
    want = generate("two_digits", "test", range(4)).frames
    for source in ("user/moving:two_digits", url, f"{url}/test-00000-of-00001.parquet"):
        ended = run_script("preview", source, "--split", "test", "--rows", "1:3", "--show", "boxes", "--out", "a.webp")
        assert ended.returncode == 0, ended.stderr
        run_script("preview", source, "--split", "test", "--rows", "2", "--out", "one.png")
        sheet = np.asarray(Image.open("one.png"))
        assert np.array_equal(sheet[2:66, 2:66], want[2, 0]) and sheet.shape == (68, 20 * 66 + 2)
    assert frames_in("a.webp").shape == (20, 4 * 66 + 8, 2 * 4 * 66 + 8, 3)


# Pictures.


def test_a_contact_sheet_has_a_row_a_sequence_and_a_column_a_frame():
    frames = generate("two_digits", "train", range(3)).frames
    sheet = np.asarray(contact_sheet(frames))
    assert sheet.shape == (3 * 66 + 2, 20 * 66 + 2)
    assert np.array_equal(sheet[2 + 66 : 66 + 66, 2 + 5 * 66 : 66 + 5 * 66], frames[1, 5])
    assert set(sheet[0]) == {96}


def test_a_tile_of_colours_keeps_them():
    shown = np.arange(2 * 3 * 4 * 5 * 3, dtype=np.uint8).reshape(2, 3, 4, 5, 3)
    sheet = tile(shown)
    assert np.array_equal(sheet[2 + 6 : 6 + 6, 2 + 7 : 7 + 7], shown[1, 1])


@pytest.mark.parametrize("out", ["five.gif", "five.webp"])
def test_an_animation_moves_repeats_and_keeps_every_grey(data, command, tmp_path, out):
    ended = command("preview", data / "two_digits", "--rows", "0:5", "--out", f"pictures/{out}")
    assert ended.returncode == 0 and "rows 0:5" in ended.stdout
    with Image.open(tmp_path / "pictures" / out) as animation:
        assert animation.n_frames == 20 and animation.info["loop"] == 0 and animation.info.get("duration", 100) == 100
        assert animation.size == (2 * (3 * 66 + 2), 2 * (2 * 66 + 2))
    shown, want = frames_in(tmp_path / "pictures" / out, 2), generate("two_digits", "train", range(5)).frames
    for t in range(20):
        assert np.array_equal(shown[t, 2:66, 2:66], grey(want[0, t]))
        assert np.array_equal(shown[t, 68:132, 68:132], grey(want[4, t]))


def test_a_webp_keeps_every_colour(tmp_path, command):
    make_files("coloured", {"train": 2}, ("strips",), tmp_path)
    assert command("preview", "coloured_strips", "--rows", "1", "--out", "a.webp").returncode == 0
    want = generate("coloured", "train", [1]).frames[0]
    assert np.array_equal(frames_in(tmp_path / "a.webp", 2)[:, 2:66, 2:66], want)


def test_boxes_are_drawn_on_the_ink_and_change_nothing_else(data, command, tmp_path):
    for out in ("a.webp", "a.gif"):
        ended = command("preview", data / "two_digits", "--rows", "3", "--show", "boxes", "--out", out)
        assert ended.returncode == 0, ended.stderr
    sequences = generate("two_digits", "train", [3])
    exact, near = frames_in(tmp_path / "a.webp")[:, 8:-8, 8:-8], frames_in(tmp_path / "a.gif")[:, 8:-8, 8:-8]
    want = grey(sequences.frames[0].repeat(4, 1).repeat(4, 2))
    boxes = 4 * truth.ink_boxes(truth.whole_masks(sequences))[0].astype(int)
    for t in range(20):
        for k in range(2):
            top, left, bottom, right = boxes[k, t]
            edge = np.zeros(want.shape[1:3], bool)
            edge[top:bottom, left:right] = True
            edge[top + 1 : bottom - 1, left + 1 : right - 1] = False
            want[t][edge] = DIGIT_COLOURS[k]
    assert np.array_equal(exact, want)
    assert np.abs(near - want).max() <= GREYS_APART


def test_paths_labels_ids_and_captions_are_drawn(data, command, tmp_path):
    looks = {}
    for name in ("ids", "captions", "paths", "labels", "paths,labels,ids,captions"):
        ended = command("preview", data / "two_digits", "--rows", "0:2", "--show", name, "--out", "a.webp")
        assert ended.returncode == 0, ended.stderr
        looks[name] = frames_in(tmp_path / "a.webp")
    heights = [look.shape[1] for look in looks.values()]
    assert heights[0] < heights[1] < heights[4] and heights[2] == heights[3] == 4 * 68
    assert all((look[5] != looks["paths"][5]).any() for look in [looks["labels"]])
    assert (looks["ids"][:, -20:, :100] < 100).any()


def test_marks_are_on_the_ink_and_digits_out_of_sight_have_no_label():
    shown = generated_rows("camera", "train", range(4))
    boxes, corners = shown.marks.boxes, shown.marks.corners
    seen = boxes.any(-1)
    assert 0 < seen.sum() < seen.size
    assert (corners[seen] <= boxes[seen][:, :2]).all() and (corners[seen] + 28 >= boxes[seen][:, 2:]).all()
    nobody = replace(shown, marks=replace(shown.marks, boxes=np.zeros_like(boxes)))
    plain = enlarged(grey(shown.frames[:, 0]), 4)
    assert (panels(shown, shown.frames, ("labels",), 4, 0) != plain).any()
    assert np.array_equal(panels(nobody, nobody.frames, ("labels",), 4, 0), plain)


def test_a_prediction_stands_below_the_truth_and_past_frames_have_a_blue_edge(data, command, tmp_path):
    frames = generate("two_digits", "test", range(4)).frames
    np.save(tmp_path / "future.npy", (255 - frames[:, 8:]) / 255)
    np.savez(tmp_path / "all.npz", np.concatenate([frames[:, :8], 255 - frames[:, 8:]], axis=1).swapaxes(0, 1))
    common = ("preview", data / "two_digits", "--split", "test", "--rows", "1:3", "--past", 8, "--predictions")
    assert command(*common, "future.npy", "--out", "a.webp").returncode == 0
    assert command(*common, "future.npy", "--out", "a.png").returncode == 0
    assert command(*common, "all.npz", "--order", "tnHW", "--out", "b.png").returncode == 0
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
    sheet = np.asarray(Image.open(tmp_path / "a.png"))
    assert sheet.shape == (4 * 66 + 2, 20 * 66 + 2, 3)
    cell = {t: (slice(2 + 66 * t, 66 + 66 * t)) for t in range(20)}
    assert np.array_equal(sheet[cell[2], cell[9]], grey(frames[2, 9]))
    assert np.array_equal(sheet[cell[3], cell[9]], grey(255 - frames[2, 9]))
    assert np.array_equal(sheet[cell[3], cell[7]], grey(frames[2, 7]))
    assert (sheet[0, : 66 * 8] == PAST).all() and (sheet[0, 66 * 8 :] == 96).all()
    moving = frames_in(tmp_path / "a.webp", 2)
    assert moving.shape == (20, 2 * 66 + 2, 2 * 66 + 2, 3)
    assert np.array_equal(moving[9, 68:132, 2:66], grey(255 - frames[1, 9]))
    assert (moving[7, 0] == PAST).all() and (moving[8, 0] == 96).all()


@pytest.mark.parametrize("variant", VARIANTS)
def test_the_readmes_pictures_show_what_the_generator_makes(variant):
    frames = generate(variant, "train", range(4)).frames
    assert (PICTURES / f"{variant}.gif").is_file(), f"make pictures draws data/pictures/{variant}.gif"
    with Image.open(PICTURES / f"{variant}.gif") as animation:
        for t in (0, 9, 19):
            animation.seek(t)
            want = tile(frames[None, :, t])
            mode = "RGB" if VARIANTS[variant].colour else "L"
            shown = np.asarray(animation.convert(mode).resize(want.shape[1::-1], 0)).astype(int)
            assert np.abs(shown - want).mean() < (0.5 if VARIANTS[variant].colour else 0.01)  # 256 colours in a GIF


# Pages; test_page.py opens them in a browser.


def test_a_page_holds_the_frames_and_all_that_rows_say(data, command, tmp_path):
    ended = command("preview", data / "two_digits", "--rows", "2:9", "--show", "boxes", "--out", "a.html")
    assert ended.returncode == 0 and "rows 2:9" in ended.stdout and "MB" in ended.stdout
    found, want = page_data(tmp_path / "a.html"), generate("two_digits", "train", range(2, 9))
    assert found["show"] == ["boxes"] and [each["row"] for each in found["sequences"]] == [*range(2, 9)]
    assert np.array_equal([frames_of(each) for each in found["sequences"]], want.frames)
    labels = [[int(name) for name in each["labels"]["labels"]] for each in found["sequences"]]
    assert np.array_equal(labels, want.labels)
    corners = np.frombuffer(base64.b64decode(found["sequences"][3]["corners"]), "<i2").reshape(2, 20, 2)
    assert np.array_equal(corners, want.positions[3])


def test_a_thousand_sequences_take_a_few_megabytes(tmp_path):
    make_files("two_digits", {"train": 50}, ("strips",), tmp_path)
    pieces = read_rows(open_source(tmp_path / "two_digits_strips", None), 0, 50)
    count, size = page.write_page(tmp_path / "a.html", (("", piece) for piece in pieces), "fifty")
    assert count == 50 and size == (tmp_path / "a.html").stat().st_size < 50 * 4_000


def test_the_published_page_shows_what_the_generator_makes():
    found = page_data(PICTURES / "preview.html")["sequences"]
    assert {each["group"] for each in found} == set(VARIANTS), "make pictures draws data/pictures/preview.html"
    for each in found[::7]:
        assert np.array_equal(frames_of(each), generate(each["group"], "train", [each["row"]]).frames[0])
    before, after = page.page_around("Moving MNIST")
    published = (PICTURES / "preview.html").read_bytes()
    assert published.startswith(before) and published.endswith(after), "make pictures"
    assert len(published) < 2e6


def test_the_program_of_the_page_is_short_files_in_order():
    texts = {path.name: path.read_text() for path in page.FOLDER.iterdir()}
    assert set(texts) == {"page.html", "page.css", *(f"{name}.js" for name in page.PROGRAM)}
    assert max(text.count("\n") for text in texts.values()) < 150
    assert not re.search(r"https?:|innerHTML|eval\(|\bimport\b", "".join(texts.values()))


# What is refused.


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("absent.parquet", "--out", "a.gif"), "absent.parquet must be a folder, a file or a dataset id"),
        (("DATA", "--out", "a.mp4"), "must end in .gif, .png, .webp, .html, not a.mp4"),
        (
            ("DATA", "--split", "test", "--predictions", "DATA", "--past", "20", "--out", "a.gif"),
            "past must be below the 20 frames",
        ),
        (("DATA", "--rows", "8:3", "--out", "a.gif"), "'8:3' is not FIRST:STOP"),
        (("DATA", "--rows", "-1", "--out", "a.gif"), "'-1' is not FIRST:STOP"),
        (("DATA", "--rows", "1" * 5_000, "--out", "a.gif"), "is not FIRST:STOP"),
        (("DATA", "--rows", "50:60", "--out", "a.gif"), "rows must lie in 0:12"),
        (("DATA", "--rows", "50:60", "--out", "a.html"), "rows must lie in 0:12"),
        ((".", "--out", "a.gif"), "must be a Parquet file or a folder of train-, validation- or test-*.parquet"),
        (("notes.parquet", "--out", "a.gif"), "notes.parquet"),
        (("DATA/train-00000-of-00001.parquet", "--split", "test", "--out", "a.gif"), "split must be train"),
        (("ONE", "--split", "validation", "--out", "a.gif"), "must hold validation-*.parquet"),
        (("DATA", "--show", "boxes,hats", "--out", "a.gif"), "must be some of boxes, paths, labels, ids, captions"),
        (("BARE", "--show", "boxes", "--out", "a.gif"), "--show boxes must have what it draws in"),
        (("BARE", "--show", "captions", "--out", "a.html"), "there is no column caption"),
        (("BARE", "--show", "labels", "--out", "a.png"), "there are no columns labels and positions"),
        (("DATA", "--predictions", "absent.npy", "--out", "a.gif"), "must be a file of predictions"),
        (("DATA", "--predictions", "few.npy", "--out", "a.gif"), "few.npy must be (12, 10 or 20, 64, 64)"),
        (("DATA",), "Missing option '--out'"),
    ],
)
def test_a_wrong_argument_is_one_line_and_exit_code_2(data, refused, tmp_path, arguments, words):
    (tmp_path / "notes.parquet").write_text("no Parquet at all")
    shutil.copytree(data / "two_digits", tmp_path / "one", ignore=shutil.ignore_patterns("validation-*"))
    np.save(tmp_path / "few.npy", np.zeros((3, 10, 64, 64), np.uint8))
    places = {"DATA": data / "two_digits", "ONE": tmp_path / "one", "BARE": data / "default"}
    arguments = [re.sub("DATA|ONE|BARE", lambda name: str(places[name[0]]), str(argument)) for argument in arguments]
    assert words in refused("preview", *arguments)
    assert not list(tmp_path.glob("*a.*"))


def test_boxes_of_digits_that_are_not_mnist_are_refused_and_left_out_of_a_page(refused, command, tmp_path):
    digits = load_digits()
    np.savez(
        tmp_path / "digits.npz",
        x_train=digits.pool("train", (28, 28)).images[:200, ::-1],
        y_train=(digits.pool("train", (28, 28)).labels[:200] + 1) % 10,
        x_test=digits.pool("test", (28, 28)).images[:200, ::-1],
        y_test=(digits.pool("test", (28, 28)).labels[:200] + 1) % 10,
    )
    sizes = ("--train", 4, "--validation", 2, "--test", 2, "--digits", "digits.npz", "--out", "data")
    assert command("generate", "two_digits", *sizes).returncode == 0
    words = refused("preview", "data/two_digits", "--show", "boxes", "--out", "a.gif")
    assert "its digits must be those of this package" in words
    assert command("preview", "data/two_digits", "--show", "paths,labels", "--out", "a.html").returncode == 0
    (first, *_) = page_data(tmp_path / "a.html")["sequences"]
    assert "boxes" not in first and first["size"] == [0, 0]


def test_too_large_a_picture_or_page_is_refused_before_it_is_made(data, refused, monkeypatch, tmp_path):
    make_files("one_digit", {"train": 2_000}, ("strips",), tmp_path)
    for out, words in (("a.png", "65,535 pixels a side"), ("a.gif", "200,000,000 in all"), ("a.webp", "in all")):
        rows = ("--rows", "0:99999999999999", "--show", "ids")
        assert words in refused("preview", "one_digit_strips", *rows, "--out", out)
    monkeypatch.setattr(page, "MOST_BYTES", 100_000)
    words = refused("preview", "one_digit_strips", "--rows", "0:999999999", "--out", "a.html")
    assert re.search("a page must have at most 0 MB, which the first [1-9][0-9]+ of these sequences fill", words)
    assert not list(tmp_path.glob("*a.*")) and not list(tmp_path.glob(".*partial"))


def test_a_file_that_cannot_be_written_is_one_line_and_leaves_nothing(data, refused, monkeypatch, tmp_path):
    (tmp_path / "file").write_text("no folder")
    assert "file" in refused("preview", data / "two_digits", "--out", "file/a.gif")

    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(pictures, "save", full)
    monkeypatch.setattr(page, "packed", full)
    for out in ("a.gif", "a.html"):
        assert "No space left on device" in refused("preview", data / "two_digits", "--out", out)
    assert sorted(os.listdir(tmp_path)) == ["file", "home"]


def test_columns_of_any_kind_do_no_harm(data, command, tmp_path):
    table = pq.read_table(data / "two_digits" / "train-00000-of-00001.parquet")
    made = {
        "positions": pa.array([[[1.5]]] * 12),
        "labels": pa.array([None, [1], [], [99, -1]] * 3),
        "nothing": pa.nulls(12),
        "numbers": pa.array([float("nan"), float("inf"), 1e300, None] * 3),
        "bytes": pa.array([b"\x00"] * 12),
    }
    for name, column in made.items():
        if name in table.column_names:
            table = table.drop_columns([name])
        table = table.append_column(name, column)
    pq.write_table(table, tmp_path / "odd.parquet")
    for out in ("a.gif", "a.html"):
        ended = command("preview", "odd.parquet", "--out", out)
        assert ended.returncode == 0, ended.stderr
    found = page_data(tmp_path / "a.html")["sequences"]
    assert [each["numbers"].get("numbers") for each in found[:4]] == [None, None, 1e300, None]


def test_predictions_may_be_rows_of_another_folder(data, command, tmp_path):
    table = pq.read_table(data / "two_digits_arrays" / "test-00000-of-00001.parquet")
    (tmp_path / "predicted").mkdir()
    pq.write_table(table.select(["image_sequence"]), tmp_path / "predicted/test-00000-of-00001.parquet")
    arguments = ("--split", "test", "--rows", "2:4", "--predictions", "predicted", "--out", "a.html")
    ended = command("preview", data / "two_digits", *arguments)
    assert ended.returncode == 0, ended.stderr
    first, second = page_data(tmp_path / "a.html")["sequences"]
    assert first["row"] == 2 and first["predicted"] == first["pixels"] and second["numbers"]["mse"] == 0
