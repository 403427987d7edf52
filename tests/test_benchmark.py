"""The benchmark compares equals, runs whole wherever it is, and says what is missing. No test asserts a speed."""

import importlib.util
import json
import random
import subprocess
import sys
import types
from dataclasses import replace
from pathlib import Path

import click
import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image, ImageColor

from moving_mnist_generator import VARIANTS, generate, load_digits, render, walk
from moving_mnist_generator.common.draws import uniforms
from moving_mnist_generator.core.scenes import scene_of
from moving_mnist_generator.layouts import LAYOUTS
from moving_mnist_generator.motions import MOTIONS, redraws_from_uniforms

SCRIPTS = Path(__file__).parents[1] / "scripts"
sys.path.insert(0, str(SCRIPTS))  # commands are not installed
import benchmark  # noqa: E402
from speed import cases, picture, plain_loops, printing, readme, sections  # noqa: E402
from speed.scale import SMALL  # noqa: E402
from speed.tables import memory, moving, reading, ways  # noqa: E402

WITH_A_LOOP = [motion for motion in MOTIONS if motion in plain_loops.LOOPS]
ALONE = [motion for motion in WITH_A_LOOP if not MOTIONS[motion].together]

# The plain loops.


@pytest.mark.parametrize("motion", WITH_A_LOOP)
def test_a_plain_loop_paints_the_frames_of_walk_and_render(motion):
    *digits, u = moving.two_digits(motion, 400)
    plain = plain_loops.make_sequences(motion, *digits, redraws=moving.redraws_of(motion, u))
    assert plain.shape == (400, 20, 64, 64)
    assert (plain == moving.walk_and_render(motion, *digits, u)).all()


@pytest.mark.parametrize("free", [3, 36, 100])
@pytest.mark.parametrize("motion", ALONE)
def test_a_plain_loop_walks_where_walk_does(motion, free):
    # a free range of 3 pixels at up to 4 a frame: several walls in a step
    rng, way = np.random.default_rng(free), MOTIONS[motion]
    start, velocity = way.start_and_velocity(rng.random((300, 4)), free)
    redraws = None
    if way.stochastic:
        redraws = redraws_from_uniforms(motion, rng.random((300, 30, way.walls)))
    corners = walk(motion, start, velocity, 30, free, redraws=redraws).tolist()
    for i, one in enumerate(corners):
        new = None if redraws is None else redraws[i]
        plain = plain_loops.LOOPS[motion](start[i].tolist(), velocity[i].tolist(), 30, free, new)
        assert [list(corner) for corner in plain] == one, i


@pytest.mark.parametrize("name", ["one_digit", "two_digits", "three_digits", "reflecting", "stochastic", "colliding"])
def test_a_plain_loop_paints_the_frames_of_generate(name):
    variant, n, digits = VARIANTS[name], 60, load_digits()
    size, way = scene_of(variant, digits).digit_size, MOTIONS[variant.motion]
    sequences = generate(name, "train", range(n))
    images = digits.pool("train", size).images[sequences.digit_ids]

    def draw(latent, *shape):
        return uniforms(0, name, "train", latent, np.arange(n), (variant.num_digits, *shape))

    start, velocity = way.start_and_velocity(draw("motion", way.draws), 64 - size[0])
    redraws = None
    if way.stochastic:
        redraws = redraws_from_uniforms(variant.motion, draw("redraws", 20, way.walls))
    plain = plain_loops.make_sequences(variant.motion, images, start, velocity, redraws=redraws)
    assert (plain == sequences.frames).all()


def test_the_loop_that_draws_for_itself_paints_what_it_drew():
    images, n, chance = load_digits().train_images, 50, random.Random(7)
    u = np.array([[[chance.random() for _ in range(4)] for _ in range(2)] for _ in range(n)])
    velocity = 0.1 * np.stack([np.sin(2 * np.pi * u[..., 3]), np.cos(2 * np.pi * u[..., 3])], axis=-1)
    chosen = images[(u[..., 0] * len(images)).astype(int)]
    expected = render(chosen, walk("srivastava", u[..., 1:3], velocity, 20, 36), (64, 64))
    assert (plain_loops.draw_sequences(random.Random(7), images, n) == expected).all()


def test_every_published_motion_has_a_loop_and_a_motion_without_one_is_named(monkeypatch):
    assert list(plain_loops.LOOPS) == WITH_A_LOOP
    assert {variant.motion for variant in VARIANTS.values()} <= set(WITH_A_LOOP)
    monkeypatch.setitem(MOTIONS, "toy", MOTIONS["tfds"])
    toy, loop = cases.measure(moving.motion_and_loop("toy", 4), SMALL)
    assert toy["name"] == "toy" and toy["sequences/s"] > 0 and "x other" not in toy
    assert loop == {"name": "toy, plain loop", "note": "not written"}


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
        cases.Case("colour", functions["colour"], 10, {"x": "grey"}, sequence=3 * cases.SEQUENCE),
    ]
    assert cases.measure(found, SMALL)[1] == {"name": "colour", "sequences/s": 10, "x": 3}


def test_two_workers_halve_the_rate_of_a_core(monkeypatch):
    functions, _ = in_seconds(monkeypatch, two=[2])
    case = cases.Case("two", functions["two"], 10, workers=2)
    assert cases.measure([case], SMALL) == [{"name": "two", "sequences/s": 5, "a core": 2.5}]


def test_the_start_of_workers_is_apart(monkeypatch):
    functions, _ = in_seconds(monkeypatch, start=[3, 2], one=[8, 9], two=[7, 6], short=[2, 2])
    found = [
        cases.Case("start", functions["start"], 0),
        cases.Case("one", functions["one"], 80),
        cases.Case("two", functions["two"], 80, {"x one": "one"}, workers=2, start="start"),
        cases.Case("short", functions["short"], 80, {"x one": "one"}, workers=2, start="start"),
    ]
    assert cases.measure(found, replace(SMALL, rounds=(2, 2))) == [
        {"name": "start", "seconds": 2},
        {"name": "one", "sequences/s": 10},
        {"name": "two", "sequences/s": 20, "a core": 10, "x one": 2},
        {"name": "short", "note": "as short as its start"},
    ]


def test_what_is_missing_is_said_and_not_fatal():
    case = cases.where_there_is("no_such_package", "theirs", lambda: None, 10)
    assert cases.measure([case], SMALL) == [{"name": "theirs", "note": "no_such_package not installed"}]


def test_what_does_not_start_is_said_and_not_fatal(tmp_path, monkeypatch):
    (tmp_path / "half_a_package.py").write_text("raise RuntimeError('operator nms does not exist\\nhere')")
    monkeypatch.syspath_prepend(tmp_path)
    case = cases.where_there_is("half_a_package", "theirs", lambda: None, 10)
    assert case.note == "half_a_package does not start: operator nms does not exist"


def test_torchvision_is_given_a_file_of_the_authors_layout(tmp_path, monkeypatch):
    class MovingMNIST:
        def __init__(self, root):
            self.data = np.load(Path(root, "MovingMNIST", "mnist_test_seq.npy")).swapaxes(0, 1)
            assert self.data.shape == (6, 20, 64, 64)

        def __len__(self):
            return len(self.data)

        def __getitem__(self, i):
            return self.data[i]

    monkeypatch.setitem(sys.modules, "torchvision", types.ModuleType("torchvision"))
    monkeypatch.setitem(sys.modules, "torchvision.datasets", types.SimpleNamespace(MovingMNIST=MovingMNIST))
    assert reading.torchvision_reader(tmp_path, 6).function() == 6


# The command.


def ways_of(*packages):
    """Names of the ways that need one of these packages."""
    return [name for name, (needed, *_) in ways.WAYS.items() if needed.split()[0] in packages]


IN_MEMORY = {"strips": LAYOUTS["strips"]}  # one layout here: three processes take long enough
WORKERS = ("1 worker", "2 workers", "encoding alone", "Parquet alone")
READ = ("random batches", "random batches, Arrow", "in order", "streamed", "load_dataset, once")
WITHOUT_MORE = {
    "generating": ["fill fresh memory", "plain loop", *VARIANTS],
    "moving": [*MOTIONS, *(f"{motion}, plain loop" for motion in MOTIONS), "images_as_moving_sequences"],
    "writing": [
        "start of 2 workers",
        *(f"{layout}, {how}" for layout in LAYOUTS for how in WORKERS),
        *("sequences alone", "sha256 alone", "PNG files", "PNG files by Pillow"),
    ],
    "reading": [f"{layout}, {how}" for layout in LAYOUTS for how in READ],
    "streaming": ["generate in blocks", "stream, row by row"],
    "loaders": [],
    "ways": ways_of("datasets", "webdataset", "pandas", "polars", "duckdb"),
    "memory": [
        *(f"{layout}, {n} sequences" for layout in IN_MEMORY for n in (100, 200)),
        *(f"{layout}, load_dataset of 200" for layout in IN_MEMORY),
    ],
    "many": [*(f"1,000 as {layout}" for layout in LAYOUTS), "planning 100 files"],
}
WITH = {
    "tensorflow": {"moving": ["tensorflow_datasets, tf.data"], "ways": ways_of("tensorflow")},
    "ray": {"writing": ["start of Ray", "arrays, Ray"]},
    "torch": {
        "loaders": [f"{of}, {n} workers" for of in ("plain loop", "stream", *LAYOUTS) for n in (0, 2)],
        "ways": ways_of("torch"),
    },
    "grain": {"ways": ways_of("grain")},
    "torchvision": {"reading": ["torchvision.datasets.MovingMNIST, in order"]},
}
APART = "writing"  # the section that starts workers and Ray
TOO_SHORT = "as short as its start"  # two workers or Ray, for a few sequences


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
        patch.setattr(benchmark, "in_a_process_of_its_own", sections.rows_of)
        patch.setattr(memory, "LAYOUTS", IN_MEMORY)
        return CliRunner().invoke(benchmark.benchmark, arguments, standalone_mode=False)


@pytest.fixture(scope="module")
def ran(real_process, tmp_path_factory):
    """A small run of everything: (what it printed, its JSON, its picture)."""
    folder = tmp_path_factory.mktemp("benchmark")
    others = [section for section in sections.SECTIONS if section != APART]
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


def test_every_section_has_all_its_rows(measured):
    assert sorted(measured) == sorted(WITHOUT_MORE) == sorted(sections.SECTIONS)
    for section, names in WITHOUT_MORE.items():
        rows = {row["name"]: row for row in measured[section]}
        for name in names:
            figures = {unit: value for unit, value in rows.pop(name).items() if unit != "name"}
            if name.endswith("2 workers") and figures.get("note") == TOO_SHORT:  # in so small a run
                del figures["note"]
            if figures.get("above MB") == 0:  # so small a run may need no more than the imports
                del figures["above MB"]
            assert (figures or name.endswith("2 workers")) and all(value > 0 for value in figures.values()), (
                section,
                name,
            )
        assert sorted(rows) == sorted(name for more in WITH.values() for name in more.get(section, [])), section


@pytest.mark.parametrize("package", WITH)
def test_a_row_has_a_figure_or_says_why_not(measured, package):
    for section, names in WITH[package].items():
        for row in measured[section]:
            if row["name"] in names and importlib.util.find_spec(package) is None:
                assert list(row) == ["name", "note"] and row["note"] == f"{package} not installed"
            elif row["name"] in names:
                numbers = [value for value in row.values() if isinstance(value, float)]
                assert any(value > 0 for value in numbers) or "not" in row["note"] or row["note"] == TOO_SHORT


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
    ended = call(tmp_path, "moving", "--small", "--json", "one.json")
    assert ended.exception is None, ended.exception
    assert list(json.loads((tmp_path / "one.json").read_text())["tables"]) == ["moving"]


REFUSED = [
    (["flying"], "Invalid value for '[SECTION]...': 'flying' is not one of"),
    (["writing", "--picture", "speed.png"], "--picture shows generating, moving, reading: name one of them, or none"),
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


def test_the_picture_shows_tensorflow_datasets_where_it_was_measured():
    rows = [{"name": motion, "x other": 3.0} for motion in MOTIONS]
    batch = {"name": "images_as_moving_sequences", "sequences/s": 1.0}
    assert len(picture.groups({"moving": [*rows, batch]})) == 1
    shown = picture.groups({"moving": [*rows, {**batch, "x other": 40.0}]})
    assert shown[1][1] == [("its tf.data pipeline", 1, False), ("images_as_moving_sequences", 40.0, True)]


# The README's tables.


@pytest.fixture
def figures(measured):
    """The measured tables as the README's functions take them."""
    return readme.Figures({section: {row["name"]: row for row in rows} for section, rows in measured.items()})


def test_the_readme_has_a_column_for_each_layout_and_the_measured_figures(figures):
    head, _, *lines = readme.layouts(figures).splitlines()
    assert [cell.strip() for cell in head.split("|")[2:-1]] == [f"`{layout}`" for layout in LAYOUTS]
    streamed = figures("reading", "strips, streamed", "rows/s")
    (line,) = [line for line in lines if line.startswith("| streamed")]
    assert f"| {float(f'{streamed:.2g}'):,.0f} (" in line
    assert readme.many(figures).count("\n") == 4


def test_a_figure_that_was_not_measured_is_a_dash(figures):
    without = readme.Figures({**figures.tables, "ways": {"pandas to numpy": {"note": "pandas not installed"}}})
    assert readme.ways(without).splitlines()[2] == "| pandas to numpy | - |"


@pytest.mark.parametrize("words", [readme.speed, readme.rates, readme.ways, readme.peaks, readme.planning])
def test_what_the_readme_says_comes_from_the_figures(figures, words):
    text = words(figures)
    assert text and "None" not in text and "nan" not in text
