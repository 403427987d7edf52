"""The benchmark compares equals, runs whole wherever it is, and says what is missing. No test asserts a speed."""

import importlib.util
import json
import random
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import click
import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image, ImageColor

from moving_mnist_generator import VARIANTS, evaluate, load_digits, render, walk
from moving_mnist_generator.layouts import LAYOUTS

SCRIPTS = Path(__file__).parents[1] / "scripts"
sys.path.insert(0, str(SCRIPTS))  # commands are not installed
import benchmark  # noqa: E402
from speed import SECTIONS, cases, memory, picture, plain_loop, printing, readme, scoring  # noqa: E402
from speed.cases import SMALL  # noqa: E402

# What is compared is equal.


def test_the_loop_that_draws_for_itself_paints_what_it_drew():
    images, n, chance = load_digits().train_images, 50, random.Random(7)
    u = np.array([[[chance.random() for _ in range(4)] for _ in range(2)] for _ in range(n)])
    velocity = 0.1 * np.stack([np.sin(2 * np.pi * u[..., 3]), np.cos(2 * np.pi * u[..., 3])], axis=-1)
    chosen = images[(u[..., 0] * len(images)).astype(int)]
    expected = render(chosen, walk("srivastava", u[..., 1:3], velocity, 20, 36), (64, 64))
    assert (plain_loop.draw_sequences(random.Random(7), images, n) == expected).all()


@pytest.mark.parametrize("protocol", scoring.SSIMS)
def test_scikit_image_scores_a_forecast_as_evaluate_does(protocol):
    pytest.importorskip("skimage")
    truth, prediction = scoring.frames(4)
    assert truth.shape == prediction.shape == (4, 10, 64, 64)
    ours, theirs = (
        evaluate(prediction, truth, protocol=protocol),
        scoring.score_each_frame(prediction, truth, protocol),
    )
    assert theirs == pytest.approx({name: ours.overall[name] for name in theirs}, rel=1e-5)


# Tables.


def in_seconds(monkeypatch, **seconds):
    """Cases whose calls take the given seconds, one after the other; the order of calls is returned, too."""
    calls, left = [], {name: iter(times) for name, times in seconds.items()}

    def take(name):
        calls.append(name)
        return next(left[name])

    monkeypatch.setattr(cases, "seconds_of", lambda function: function())
    return {name: lambda name=name: take(name) for name in seconds}, calls


def test_all_take_turns_and_the_best_round_counts(monkeypatch):
    functions, calls = in_seconds(monkeypatch, fill=[2, 1, 4], made=[8, 5, 4])
    found = [
        cases.Case("fill", functions["fill"], 100),
        cases.Case("made", functions["made"], 100, {"x fill": "fill"}),
    ]
    rows = cases.measure(found, replace(SMALL, rounds=(3, 9)))
    assert calls == ["fill", "made"] * 3
    assert rows == [{"name": "fill", "sequences/s": 100}, {"name": "made", "sequences/s": 25, "x fill": 0.25}]


def test_sequences_in_colour_count_for_three(monkeypatch):
    functions, _ = in_seconds(monkeypatch, grey=[1], colour=[1])
    found = [
        cases.Case("grey", functions["grey"], 10),
        cases.Case("colour", functions["colour"], 10, {"x": "grey"}, size=3 * cases.SEQUENCE_BYTES),
    ]
    assert cases.measure(found, SMALL)[1] == {"name": "colour", "sequences/s": 10, "x": 3}


def test_the_start_of_workers_is_apart(monkeypatch):
    functions, _ = in_seconds(monkeypatch, start=[3, 2], one=[8, 9], two=[7, 6], short=[2, 2])
    found = [
        cases.Case("start", functions["start"], 0),
        cases.Case("one", functions["one"], 80),
        cases.Case("two", functions["two"], 80, {"x one": "one"}, start="start"),
        cases.Case("short", functions["short"], 80, {"x one": "one"}, start="start"),
    ]
    assert cases.measure(found, replace(SMALL, rounds=(2, 2))) == [
        {"name": "start", "seconds": 2},
        {"name": "one", "sequences/s": 10},
        {"name": "two", "sequences/s": 20, "x one": 2},
        {"name": "short", "note": "as short as its start"},
    ]


def test_what_is_missing_is_said_and_not_fatal(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    ours, theirs = scoring.rows(SMALL)[:2]
    assert ours["sequences/s"] > 0 and "x scikit-image" not in ours
    assert theirs == {"name": "scikit-image, recommended", "note": "scikit-image not installed"}


# The command.


IN_MEMORY = {"strips": LAYOUTS["strips"]}  # one layout here: three processes take long enough
READ = ("load_dataset, once", "random batches", "streamed")
NAMES = {
    "generating": ["fill fresh memory", "plain loop", *VARIANTS, "generate in blocks", "stream, row by row"],
    "writing": [
        "start of 2 workers",
        *(f"{layout}, {how}" for layout in LAYOUTS for how in ("1 worker", "2 workers")),
    ],
    "reading": [f"{layout}, {how}" for layout in LAYOUTS for how in READ],
    "scoring": [f"{whose}, {protocol}" for protocol in scoring.SSIMS for whose in ("evaluate", "scikit-image")],
    "memory": [
        *(f"{layout}, {n} sequences" for layout in IN_MEMORY for n in (100, 200)),
        *(f"{layout}, load_dataset of 200" for layout in IN_MEMORY),
    ],
}
APART = "writing"  # the section that starts workers
NOTES = ("as short as its start", "scikit-image not installed")


@pytest.fixture(scope="module", autouse=True)
def real_process(tmp_path_factory):
    """A real run of one section, beside the other tests: (process, its JSON)."""
    file = tmp_path_factory.mktemp("benchmark") / "speed.json"
    command = [sys.executable, SCRIPTS / "benchmark.py", APART, "--small", "--json", file]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    yield process, file
    process.kill()


def call(folder, *arguments):
    """Runs the command in this process; its result."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setattr(memory, "LAYOUTS", IN_MEMORY)
        return CliRunner().invoke(benchmark.benchmark, arguments, standalone_mode=False)


@pytest.fixture(scope="module")
def ran(real_process, tmp_path_factory):
    """A small run of everything: (what it printed, its JSON, its picture)."""
    folder = tmp_path_factory.mktemp("benchmark")
    others = [section for section in SECTIONS if section != APART]
    ended = call(folder, *others, "--small", "--json", "speed.json", "--picture", "speed.png")
    assert ended.exception is None, ended.exception
    process, file = real_process
    printed, errors = process.communicate()
    assert process.returncode == 0, errors
    assert list(json.loads(file.read_text())["tables"]) == [APART]
    both = [json.loads((folder / "speed.json").read_text()), json.loads(file.read_text())]
    assert both[0]["machine"] == both[1]["machine"]
    return [ended.stdout, printed], both, folder / "speed.png"


@pytest.fixture(scope="module")
def measured(ran):
    """The tables of both runs."""
    return ran[1][0]["tables"] | ran[1][1]["tables"]


def test_every_section_has_all_its_rows_and_each_a_figure_or_a_reason(measured):
    assert sorted(measured) == sorted(NAMES) == sorted(SECTIONS)
    for section, names in NAMES.items():
        assert [row["name"] for row in measured[section]] == names
        for row in measured[section]:
            figures = {unit: value for unit, value in row.items() if unit not in ("name", "note")}
            assert row.get("note") in (NOTES if not figures else [None]), row
            if figures.get("above MB") == 0:  # so small a run may need no more than the imports
                del figures["above MB"]
            assert all(value > 0 for value in figures.values()), row


def test_the_json_has_what_was_printed(ran):
    for printed, written in zip(*ran[:2], strict=True):
        lines = iter(printed.splitlines())
        for key, value in written["machine"].items():
            assert next(lines).split(maxsplit=1) == [key, "not installed" if value is None else str(value)]
        for section, rows in written["tables"].items():
            assert next(lines) == "" and next(lines).startswith(f"{section}: ")
            units = next(lines)
            for row in rows:
                line = next(lines)
                assert line.startswith(row["name"])
                for unit, value in row.items():
                    assert unit in ("name", "note") or unit in units
                    assert (value if isinstance(value, str) else printing.figure(unit, value)) in line
        assert list(lines) == []


def test_the_machine_is_described(ran):
    about = ran[1][0]["machine"]
    assert about["processor"] and about["cores"] >= 1 and about["memory_gb"] >= 1
    assert about["numpy"] == np.__version__ and about["python"] == sys.version.split()[0]
    assert about["pyarrow"] and about["datasets"]


def test_one_section_runs_alone(tmp_path):
    ended = call(tmp_path, "scoring", "--small", "--json", "one.json")
    assert ended.exception is None, ended.exception
    assert list(json.loads((tmp_path / "one.json").read_text())["tables"]) == ["scoring"]


REFUSED = [
    (["flying"], "Invalid value for '[SECTION]...': 'flying' is not one of"),
    (["memory", "--picture", "speed.png"], "--picture shows generating, writing, reading, scoring: name one of them"),
    (["--json", "no/such/folder.json"], "Invalid value for '--json': no/such must be a folder that exists"),
]


@pytest.mark.parametrize(("arguments", "message"), REFUSED)
def test_what_cannot_be_is_refused_in_one_line_before_anything_is_measured(tmp_path, arguments, message):
    ended = call(tmp_path, *arguments)
    assert isinstance(ended.exception, click.UsageError) and ended.stdout == ""
    assert ended.exception.format_message().startswith(message)


def test_without_matplotlib_a_picture_is_refused_before_anything_is_measured(tmp_path, monkeypatch):
    monkeypatch.setattr(picture.importlib.util, "find_spec", lambda name: None)
    ended = call(tmp_path, "--picture", "speed.png")
    assert ended.stdout == "" and str(ended.exception).startswith("a picture needs matplotlib: pip install")


# The picture.


def test_the_picture_is_drawn(ran):
    with Image.open(ran[2]) as drawn:
        assert drawn.format == "PNG" and drawn.width == 1_800
        colours = {colour[:3] for _, colour in drawn.getcolors(1 << 16)}
    assert {ImageColor.getrgb(picture.OURS), ImageColor.getrgb(picture.OTHER)} <= colours


def test_bars_are_as_long_as_their_ratios():
    figure = picture.draw_groups([("plain loop = 1", [("loop", 1, False), ("ours", 4, True)])], "here")
    figure.canvas.draw()
    pixels = np.asarray(figure.canvas.buffer_rgba())[..., :3]
    long, short = ((pixels == ImageColor.getrgb(c)).all(-1).sum() for c in (picture.OURS, picture.OTHER))
    assert long / short == pytest.approx(4, rel=0.02)


def test_no_text_of_the_picture_overlaps_another_or_leaves_it(measured):
    figure = picture.draw_groups(picture.groups(measured), "a processor, 2 cores, Python 3.11.7, numpy 2.4.6")
    figure.canvas.draw()
    texts = [text for axes in figure.axes for text in (*axes.texts, *axes.get_yticklabels(), axes._left_title)]
    boxes = [text.get_window_extent() for text in (*texts, *figure.texts)]
    assert len(boxes) > 20
    for i, box in enumerate(boxes):
        assert min(box.x0, box.y0) >= 0 and box.x1 <= figure.bbox.x1 and box.y1 <= figure.bbox.y1
        assert not any(box.overlaps(other) for other in boxes[:i])


def test_the_picture_shows_scikit_image_where_it_was_measured():
    ours = {"name": "evaluate, openstl", "sequences/s": 1.0}
    assert picture.groups({"scoring": [ours]}) == []
    ((_, bars),) = picture.groups({"scoring": [{**ours, "x scikit-image": 40.0}]})
    assert bars == [("scikit-image", 1, False), ("evaluate, openstl", 40.0, True)]


# The README's tables.


@pytest.fixture
def figures(measured, monkeypatch):
    """The measured tables as the README's functions take them, which have all layouts in memory."""
    found = {section: {row["name"]: row for row in rows} for section, rows in measured.items()}
    rows = {name.removeprefix("strips"): row for name, row in found["memory"].items()}
    return {**found, "memory": {f"{layout}{name}": row for layout in LAYOUTS for name, row in rows.items()}}


def test_the_readme_has_a_column_for_each_layout_and_the_measured_figures(figures):
    head, _, *lines = readme.layouts(figures).splitlines()
    assert [cell.strip() for cell in head.split("|")[2:-1]] == [f"`{layout}`" for layout in LAYOUTS]
    streamed = figures["reading"]["strips, streamed"]["sequences/s"]
    (line,) = [line for line in lines if line.startswith("| streamed")]
    assert f"| {float(f'{streamed:.2g}'):,.0f} (" in line
    assert readme.many(figures).count("\n") == 4


def test_a_hundred_million_are_estimated_from_one_worker_and_its_files(figures):
    rows = {f"{layout}, 1 worker": {"sequences/s": 2_000.0, "bytes": 1_500.0} for layout in LAYOUTS}
    _, _, work, size, files = readme.many({**figures, "writing": rows}).splitlines()
    assert work == "| work, core hours | 14 | 14 | 14 |" and size == "| size, GB | 150 | 150 | 150 |"
    assert files == "| files | 4,167 | 1,000 | 1,000 |"


def test_a_figure_that_was_not_measured_is_a_dash(figures):
    without = {**figures, "scoring": {"evaluate, openstl": {}, "evaluate, recommended": {}}}
    assert "| `evaluate`, `openstl` | scikit-image | - |" in readme.speed(without).splitlines()


@pytest.mark.parametrize("words", [readme.speed, readme.rates, readme.layouts, readme.many, readme.peaks])
def test_what_the_readme_says_comes_from_the_figures(figures, words):
    text = words(figures)
    assert text and "None" not in text and "nan" not in text
