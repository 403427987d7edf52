"""preview.py --out page.html, in a browser: what is drawn are the frames, and each button and key does its work."""

import base64
import importlib.util
import re
import shutil

import numpy as np
import pytest
from helpers import make_files, wait_for

from moving_mnist_generator import Variant, generate, truth
from moving_mnist_generator.previews.drawing import DIGIT_COLOURS
from moving_mnist_generator.previews.files import write_preview
from moving_mnist_generator.sources.opening import open_source

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
NEEDED = {"chromium": CHROMIUM, "playwright": importlib.util.find_spec("playwright")}
LACKING = [name for name, found in NEEDED.items() if not found]
pytestmark = pytest.mark.skipif(bool(LACKING), reason=f"not installed: {', '.join(LACKING)}")

FLAGS = "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking"
FLAGS += " --disable-component-update --disable-sync"
PIXELS = """canvas => {
    const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext("2d", {willReadFrequently: true});
    copy.drawImage(canvas, 0, 0);
    const data = copy.getImageData(0, 0, canvas.width, canvas.height).data;
    return [canvas.height, canvas.width, btoa(Array.from(data, (byte) => String.fromCharCode(byte)).join(""))];
}"""
WIDE = Variant("wide", num_digits=3, num_frames=7, frame_size=(40, 90))


@pytest.fixture(scope="module")
def browser():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS.split(), headless=True)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """data/ with 60 sequences of two digits, and a few of other kinds."""
    out = tmp_path_factory.mktemp("page")
    make_files("two_digits", {"train": 60}, ("strips",), out / "data")
    for variant in ("coloured", "long", "default", "camera", WIDE):
        make_files(variant, {"train": 3}, ("frames",), out / "data")
    return out


@pytest.fixture
def opened(browser, folder, tmp_path):
    """Writes a page of a config and opens it; a page that said something or asked for something fails the test."""
    said, contexts = [], []

    def call(source="two_digits_strips", *, motion="reduce", show=(), file=None, **options):
        if file is None:
            file = tmp_path / "page.html"
            write_preview(
                open_source(folder / "data" / source, None, in_colour=True), file, (0, 100), set(show), **options
            )
        context = browser.new_context(reduced_motion=motion, viewport={"width": 1200, "height": 900})
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("request", lambda request: said.append(request.url) if request.url != file.as_uri() else None)
        page.goto(file.as_uri())
        page.wait_for_selector("#grid canvas[data-time]")
        return page

    yield call
    for context in contexts:
        context.close()
    assert said == []


def pixels(page, which=0, selector="#grid canvas"):
    """What a canvas holds: (height, width, 3) uint8."""
    page.wait_for_timeout(50)
    height, width, data = page.locator(selector).nth(which).evaluate(PIXELS)
    found = np.frombuffer(base64.b64decode(data), np.uint8).reshape(height, width, 4)
    assert (found[..., 3] == 255).all()
    return found[..., :3]


def enlarged(frame, scale=2):
    """A frame as the page draws it."""
    frame = frame if frame.ndim == 3 else np.stack([frame] * 3, axis=-1)
    return frame.repeat(scale, 0).repeat(scale, 1)


def rows_shown(page):
    return [int(text) for text in page.locator("#grid figcaption b").all_inner_texts()]


def captions_shown(page):
    return page.locator("#grid figcaption p").all_inner_texts()


def time_shown(page):
    return page.locator("#time").inner_text()


# What is drawn.


@pytest.mark.parametrize(
    ("config", "variant"),
    [
        ("two_digits_strips", "two_digits"),
        ("coloured", "coloured"),
        ("long", "long"),
        ("default", "two_digits"),
        ("wide", WIDE),
    ],
)
def test_the_canvas_holds_the_frames_pixel_by_pixel(opened, config, variant):
    page, frames = opened(config), generate(variant, "train", range(3)).frames
    for index in range(3):
        assert np.array_equal(pixels(page, index), enlarged(frames[index, 0]))
    page.locator("#frame").fill("5")
    assert np.array_equal(pixels(page, 1), enlarged(frames[1, 5]))
    page.keyboard.press("End")
    assert time_shown(page) == f"{frames.shape[1]} / {frames.shape[1]}"
    assert np.array_equal(pixels(page, 2), enlarged(frames[2, -1]))
    page.locator("#zoom").select_option("3")
    assert np.array_equal(pixels(page, 2), enlarged(frames[2, -1], 3))


def test_boxes_paths_and_labels_are_drawn_and_taken_away(opened):
    page, plain = opened(), enlarged(generate("two_digits", "train", [0]).frames[0, 0])
    looks = []
    for name in ("Boxes", "Paths", "Labels"):
        page.get_by_role("button", name=name, exact=True).click()
        looks.append(pixels(page))
        page.get_by_role("button", name=name, exact=True).click()
        assert np.array_equal(pixels(page), plain)
    assert all((look != plain).any() for look in looks)
    sequences = generate("two_digits", "train", [0])
    top, left, bottom, right = 2 * truth.ink_boxes(truth.whole_masks(sequences))[0, 1, 0].astype(int)
    assert (looks[0][[top, bottom - 1], left:right] == DIGIT_COLOURS[1]).all()


def test_marks_asked_for_by_show_are_drawn_at_first(opened):
    page = opened(show=("boxes",))
    assert page.locator('[aria-pressed="true"]').all_inner_texts() == ["Boxes"]
    assert (pixels(page) != enlarged(generate("two_digits", "train", [0]).frames[0, 0])).any()


def test_marks_move_with_a_camera(opened):
    page, sequences = opened("camera", show=("boxes", "paths")), generate("camera", "train", range(3))
    boxes = truth.ink_boxes(truth.whole_masks(sequences))[0, :, 0]
    seen = [digit for digit in range(5) if boxes[digit].any()]
    assert seen and len(seen) < 5
    top, left, _, right = 2 * boxes[seen[-1]].astype(int)
    assert (pixels(page)[top, left:right] == DIGIT_COLOURS[seen[-1]]).all()
    middles = 2 * (sequences.positions[0, :, 0].astype(int) + 14)
    digit = max(k for k, middle in enumerate(middles) if (middle > 0).all() and (middle < 128).all())
    row, col = middles[digit]
    assert (pixels(page)[row, col] == DIGIT_COLOURS[digit]).all()
    top, left, bottom, right = 2 * boxes[digit].astype(int)
    assert top <= row <= bottom and left <= col <= right


def test_predictions_stand_below_the_truth_and_past_frames_have_a_blue_edge(opened, folder, tmp_path):
    frames = generate("two_digits", "train", range(60)).frames
    np.save(tmp_path / "predicted.npy", 255 - frames[:, 10:])
    page = opened(predictions=(tmp_path / "predicted.npy", 10, "ntHW"))
    assert "truth above prediction, 10 past frames with a blue edge" in page.locator("#status").inner_text()
    past = pixels(page, 3)
    assert past.shape == (2 * (64 + 64 + 6), 2 * (64 + 4), 3) and (past[0] == (40, 110, 230)).all()
    assert np.array_equal(past[4:132, 4:132], enlarged(frames[3, 0]))
    assert np.array_equal(past[136:264, 4:132], enlarged(frames[3, 0]))
    page.locator("#frame").fill("12")
    future = pixels(page, 3)
    assert np.array_equal(future[4:132, 4:132], enlarged(frames[3, 12])) and (future[0] != (40, 110, 230)).any()
    assert np.array_equal(future[136:264, 4:132], enlarged(255 - frames[3, 12]))
    page.locator("#sort").select_option("mse")
    errors = [float(text) for text in re.findall(r"mse ([\d.]+)", page.locator("#grid").inner_text())]
    assert len(errors) == 24 and errors == sorted(errors)


# What is found.


def test_labels_words_and_order_choose_the_sequences(opened):
    page, labels = opened(), generate("two_digits", "train", range(60)).labels.tolist()
    assert page.locator("#status").inner_text() == "60 of 60 sequences" and rows_shown(page) == [*range(24)]
    page.locator("#filters button", has_text=re.compile("^3")).click()
    with_three = [row for row, digits in enumerate(labels) if 3 in digits]
    assert rows_shown(page) == with_three[:24]
    page.locator("#filters button", has_text=re.compile("^9")).click()
    assert rows_shown(page) == [row for row in with_three if 9 in labels[row]]
    page.get_by_role("button", name="Clear").click()
    wait_for(lambda: len(rows_shown(page)) == 24)
    page.locator("#words").fill("NINES bounc")
    with_nine = [row for row, digits in enumerate(labels) if 9 in digits]
    assert rows_shown(page) == with_nine
    page.locator("#sort").select_option("sequence_id")
    page.locator("#down").check()
    assert rows_shown(page) == with_nine[::-1]
    page.locator("#sort").select_option("caption")
    assert captions_shown(page) == sorted(captions_shown(page), reverse=True)
    page.locator("#words").fill("elephants")
    assert page.locator("#none").is_visible() and rows_shown(page) == []


def test_pages_follow_each_other(opened):
    page = opened()
    page.get_by_role("button", name="Next").first.click()
    assert rows_shown(page) == [*range(24, 48)] and "page 2 of 3" in page.locator(".where").first.inner_text()
    page.keyboard.press("Shift+ArrowRight")
    assert rows_shown(page) == [*range(48, 60)]
    assert page.get_by_role("button", name="Next").first.is_disabled()
    page.keyboard.press("Shift+ArrowLeft")
    assert rows_shown(page) == [*range(24, 48)]
    assert np.array_equal(pixels(page), enlarged(generate("two_digits", "train", [24]).frames[0, 0]))
    page.locator("#many").select_option("96")
    assert rows_shown(page) == [*range(60)]


def test_what_is_out_of_sight_is_drawn_when_it_is_scrolled_to(opened):
    page = opened()
    page.locator("#many").select_option("96")
    last = page.locator("#grid canvas").nth(59)
    assert last.get_attribute("data-time") is None
    last.scroll_into_view_if_needed()
    page.wait_for_selector("#grid li:nth-child(60) canvas[data-time]")
    assert np.array_equal(pixels(page, 59), enlarged(generate("two_digits", "train", [59]).frames[0, 0]))


def test_counts_are_those_of_the_sequences_found(opened):
    page, labels = opened(), generate("two_digits", "train", range(60)).labels
    page.locator("#plots summary").click()
    page.locator(".bars tr").nth(9).wait_for()
    counted = dict(row.split() for row in page.locator(".bars tr").all_inner_texts())
    assert counted == {str(digit): str((labels == digit).sum()) for digit in range(10)}
    heat = page.locator("#heat").evaluate(PIXELS)
    assert heat[:2] == [32, 32] and len(set(base64.b64decode(heat[2]))) > 20
    page.locator("#words").fill("nines")
    some = labels[(labels == 9).any(1)]
    counted = dict(row.split() for row in page.locator(".bars tr").all_inner_texts())
    assert counted["9"] == str((some == 9).sum())


# What moves.


def test_all_play_at_first_and_stand_still_for_who_wants_less_motion(opened):
    page = opened(motion="no-preference")
    wait_for(lambda: time_shown(page) != "1 / 20")
    page.keyboard.press(" ")
    before = time_shown(page)
    page.wait_for_timeout(300)
    assert time_shown(page) == before and page.locator("#play").inner_text() == "Play"
    still = opened(motion="reduce")
    still.wait_for_timeout(300)
    assert time_shown(still) == "1 / 20" and still.locator("#play").inner_text() == "Play"


def test_keys_play_step_search_and_help(opened):
    page = opened()
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    assert time_shown(page) == "4 / 20"
    for _ in range(4):
        page.keyboard.press("ArrowLeft")
    assert time_shown(page) == "20 / 20"
    page.keyboard.press("b")
    assert page.locator('[aria-pressed="true"]').all_inner_texts() == ["Boxes"]
    page.keyboard.press("?")
    assert page.locator("#help").is_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    page.keyboard.type("b p ?")
    assert page.locator("#words").input_value() == "b p ?" and not page.locator("#help").is_visible()
    page.locator("#words").fill("")
    page.locator("#words").blur()
    page.keyboard.press(" ")
    wait_for(lambda: time_shown(page) not in ("1 / 1", "1 / 20"))
    assert page.locator("#play").inner_text() == "Pause"


def test_the_sequence_that_is_pointed_at_plays_alone(opened):
    page = opened()
    page.locator("#grid canvas").nth(2).hover()
    page.wait_for_selector("#grid li:nth-child(3) canvas:not([data-time='0'])")
    assert page.locator("#grid canvas").nth(1).get_attribute("data-time") == "0"
    page.locator("h1").hover()
    page.wait_for_selector("#grid li:nth-child(3) canvas[data-time='0']")


def test_a_click_shows_a_sequence_large_with_all_of_its_row(opened):
    page = opened("coloured")
    page.locator("#grid button").nth(1).click()
    words = page.locator("#values").inner_text()
    colours = page.locator("#grid figcaption p").nth(1).inner_text()
    assert "sequence_id" in words and "20 frames of 64 x 64, in colour" in words and colours in words
    page.wait_for_selector("#large[data-time]")
    frame, large = generate("coloured", "train", [1]).frames[0, 0], pixels(page, selector="#large")
    assert np.array_equal(large, enlarged(frame, large.shape[0] // 64))
    page.keyboard.press("Space")
    page.wait_for_selector("#large:not([data-time='0'])")
    page.keyboard.press("Escape")
    assert not page.locator("#detail").is_visible()


def test_sequences_without_annotations_have_no_buttons_that_do_nothing(opened):
    page = opened("default")
    assert page.locator("#marks button, #filters button").count() == 0
    assert not page.locator("#words").is_visible() and not page.locator("#plots").is_visible()


# What must not happen.

HOSTILE = [
    "</script ><script>document.title = 'broken'</script>",
    "<!--<script ><img src=x onerror=\"document.title = 'broken'\"><!--",
    "\u2028\\u003c'\"&amp;]]>\U0001f600 {{data}}",
]


def test_what_a_file_says_is_never_markup(opened, folder, tmp_path):
    import pyarrow.parquet as pq

    path = next((folder / "data/wide").glob("train-*"))
    table = pq.read_table(path)
    at = table.column_names.index("caption")
    evil = tmp_path / "train<img src=x onerror=alert(1)>.parquet"
    names = table.schema.metadata[b"huggingface"].replace(b'"0"', b'"</script><b>zero"')
    described = {**table.schema.metadata, b"huggingface": names}
    table = table.set_column(at, "caption", [HOSTILE]).append_column(HOSTILE[0], [HOSTILE])
    pq.write_table(table.replace_schema_metadata(described), evil)
    write_preview(open_source(evil, None), tmp_path / "evil.html", (0, 3), set())
    page = opened(file=tmp_path / "evil.html")
    assert page.title() == f"{evil}, train" and page.locator("h1").inner_text() == page.title()
    assert page.locator("#grid img, #grid script, #grid b b, header img").count() == 0
    assert [text.split() for text in captions_shown(page)] == [text.split() for text in HOSTILE]
    page.locator("#sort").select_option(HOSTILE[0])
    page.locator("#grid button").first.click()
    assert HOSTILE[0] in page.locator("#values").inner_text() and page.title() == f"{evil}, train"


def test_the_policy_lets_no_other_script_run_and_nothing_be_fetched(browser, folder, tmp_path):
    write_preview(open_source(folder / "data/wide", None, in_colour=True), tmp_path / "page.html", (0, 3), set())
    page = browser.new_page()
    page.goto((tmp_path / "page.html").as_uri())
    blocked = page.evaluate(
        """async () => {
        const script = document.createElement("script");
        script.textContent = "document.title = 'broken'";
        document.body.append(script);
        const asked = await fetch("data:,a").then(() => "fetched", () => "refused");
        return [document.title, asked];
    }"""
    )
    page.close()
    assert blocked[0] != "broken" and blocked[1] == "refused"
