"""The benchmark compares equals, runs whole wherever it is, and says what is missing. No test asserts a speed."""

import importlib
import importlib.util
import json
import random
import subprocess
import sys
import types
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageColor

from moving_mnist_generator import VARIANTS, generate, load_digits, render, walk
from moving_mnist_generator.draws import uniforms
from moving_mnist_generator.motion import MOTIONS, redraws_from_uniforms
from moving_mnist_generator.sequences import digit_size

SCRIPTS = Path(__file__).parents[1] / "scripts"
sys.path.insert(0, str(SCRIPTS))  # commands are not installed
benchmark, plain_loops, speed_picture = (
    importlib.import_module(name) for name in ("benchmark", "plain_loops", "speed_picture")
)

# The plain loops.


@pytest.mark.parametrize("motion", MOTIONS)
def test_a_plain_loop_paints_the_frames_of_walk_and_render(motion):
    *digits, u = benchmark.two_digits(MOTIONS[motion], 400)
    redraws = redraws_from_uniforms(motion, u) if MOTIONS[motion].stochastic else None
    plain = plain_loops.make_sequences(motion, *digits, redraws=redraws)
    assert plain.shape == (400, 20, 64, 64)
    assert (plain == benchmark.walk_and_render(motion, *digits, u)).all()


@pytest.mark.parametrize("free", [3, 36, 100])
@pytest.mark.parametrize("motion", MOTIONS)
def test_a_plain_loop_walks_where_walk_does(motion, free):
    # a free range of 3 pixels at up to 4 a frame: several walls in a step
    rng, way = np.random.default_rng(free), MOTIONS[motion]
    start, velocity = way.start_and_velocity(rng.random((300, 4)), free)
    redraws = None
    if way.stochastic:
        redraws = redraws_from_uniforms(motion, rng.random((300, 30, *way.draws_a_frame)))
    corners = walk(motion, start, velocity, 30, free, redraws=redraws).tolist()
    for i, one in enumerate(corners):
        new = None if redraws is None else redraws[i]
        plain = plain_loops.LOOPS[motion](start[i].tolist(), velocity[i].tolist(), 30, free, new)
        assert [list(corner) for corner in plain] == one, i


@pytest.mark.parametrize("name", ["one_digit", "two_digits", "three_digits", "reflecting", "stochastic"])
def test_a_plain_loop_paints_the_frames_of_generate(name):
    variant, n, digits = VARIANTS[name], 60, load_digits()
    size, way = digit_size(variant, digits), MOTIONS[variant.motion]
    sequences = generate(name, "train", range(n))
    images = digits.pool("train", size).images[sequences.digit_ids]

    def draw(latent, *shape):
        return uniforms(0, name, "train", latent, np.arange(n), (variant.num_digits, *shape))

    start, velocity = way.start_and_velocity(draw("motion", 4), 64 - size[0])
    redraws = None
    if way.stochastic:
        redraws = redraws_from_uniforms(variant.motion, draw("redraws", 20, *way.draws_a_frame))
    plain = plain_loops.make_sequences(variant.motion, images, start, velocity, redraws=redraws)
    assert (plain == sequences.frames).all()


def test_the_loop_that_draws_for_itself_paints_what_it_drew():
    images, n, chance = load_digits().train_images, 50, random.Random(7)
    u = np.array([[[chance.random() for _ in range(4)] for _ in range(2)] for _ in range(n)])
    velocity = 0.1 * np.stack([np.sin(2 * np.pi * u[..., 3]), np.cos(2 * np.pi * u[..., 3])], axis=-1)
    chosen = images[(u[..., 0] * len(images)).astype(int)]
    expected = render(chosen, walk("srivastava", u[..., 1:3], velocity, 20, 36), (64, 64))
    assert (plain_loops.draw_sequences(random.Random(7), images, n) == expected).all()


# Tables.


def in_seconds(monkeypatch, **seconds):
    """Cases whose calls take the given seconds, one after the other; the order of calls is returned, too."""
    calls, left = [], {name: iter(times) for name, times in seconds.items()}

    def take(name):
        calls.append(name)
        return next(left[name])

    monkeypatch.setattr(benchmark, "seconds_of", lambda function: function())
    return {name: lambda name=name: take(name) for name in seconds}, calls


def test_all_take_turns_and_the_best_round_counts(monkeypatch):
    functions, calls = in_seconds(monkeypatch, fill=[2, 1, 4], made=[8, 5, 4])
    cases = [
        benchmark.Case("fill", functions["fill"], 100),
        benchmark.Case("made", functions["made"], 100, {"x fill": "fill"}),
    ]
    rows = benchmark.measure(cases, benchmark.Scale(seconds=0, rounds=(3, 9)))
    assert calls == ["fill", "made"] * 3
    assert rows == [{"name": "fill", "sequences/s": 100}, {"name": "made", "sequences/s": 25, "x fill": 0.25}]


def test_sequences_in_colour_count_for_three(monkeypatch):
    functions, _ = in_seconds(monkeypatch, grey=[1], colour=[1])
    cases = [
        benchmark.Case("grey", functions["grey"], 10),
        benchmark.Case("colour", functions["colour"], 10, {"x": "grey"}, sequence=3 * benchmark.SEQUENCE),
    ]
    assert benchmark.measure(cases, benchmark.SMALL)[1] == {"name": "colour", "sequences/s": 10, "x": 3}


def test_two_workers_halve_the_rate_of_a_core(monkeypatch):
    functions, _ = in_seconds(monkeypatch, two=[2])
    case = benchmark.Case("two", functions["two"], 10, workers=2)
    assert benchmark.measure([case], benchmark.SMALL) == [{"name": "two", "sequences/s": 5, "a core": 2.5}]


def test_what_is_missing_is_said_and_not_fatal():
    case = benchmark.where_there_is("no_such_package", "theirs", lambda: None, 10, {})
    assert benchmark.measure([case], benchmark.SMALL) == [{"name": "theirs", "note": "no_such_package not installed"}]


def test_what_does_not_start_is_said_and_not_fatal(tmp_path, monkeypatch):
    (tmp_path / "half_a_package.py").write_text("raise RuntimeError('operator nms does not exist\\nhere')")
    monkeypatch.syspath_prepend(tmp_path)
    case = benchmark.where_there_is("half_a_package", "theirs", lambda: None, 10, {})
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
    assert benchmark.torchvision_reader(tmp_path, 6).function() == 6


# The command.

WITHOUT_MORE = {
    "generating": ["fill fresh memory", "plain loop", *VARIANTS],
    "moving": [*MOTIONS, *(f"{motion}, plain loop" for motion in MOTIONS), "images_as_moving_sequences"],
    "writing": [
        *(f"images, {how}" for how in ("1 worker", "2 workers", "PNGs alone")),
        *(f"arrays, {how}" for how in ("1 worker", "2 workers", "Parquet alone")),
    ],
    "reading": [
        f"{layout}, {how}"
        for layout in ("arrays", "images")
        for how in ("random batches", "in order", "streamed", "load_dataset, once")
    ],
    "streaming": ["generate in blocks", "stream, row by row"],
    "memory": ["100 sequences", "200 sequences"],
    "many": ["1,000 as arrays", "1,000 as images", "planning 100 files"],
}
WITH = {
    "tensorflow": {"moving": ["tensorflow_datasets, tf.data"]},
    "ray": {"writing": ["images, Ray", "arrays, Ray"]},
    "torch": {
        "reading": ["arrays, DataLoader", "images, DataLoader"],
        "streaming": ["DataLoader, 0 workers", "DataLoader, 2 workers"],
    },
    "torchvision": {"reading": ["torchvision.datasets.MovingMNIST, in order"]},
}


def call(folder, *arguments):
    """The finished process."""
    command = [sys.executable, SCRIPTS / "benchmark.py", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True)


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    """A small run of everything: (what it printed, its JSON, its picture)."""
    folder = tmp_path_factory.mktemp("benchmark")
    ended = call(folder, "--small", "--json", "speed.json", "--picture", "speed.png")
    assert ended.returncode == 0, ended.stderr
    return ended.stdout, json.loads((folder / "speed.json").read_text()), folder / "speed.png"


def test_every_section_has_all_its_rows(ran):
    tables = ran[1]["tables"]
    assert list(tables) == list(WITHOUT_MORE) == list(benchmark.SECTIONS)
    for section, names in WITHOUT_MORE.items():
        rows = {row["name"]: row for row in tables[section]}
        for name in names:
            figures = {unit: value for unit, value in rows.pop(name).items() if unit != "name"}
            assert figures and all(value > 0 for value in figures.values()), (section, name)
        assert sorted(rows) == sorted(name for more in WITH.values() for name in more.get(section, [])), section


@pytest.mark.parametrize("package", WITH)
def test_a_row_has_a_figure_or_says_why_not(ran, package):
    for section, names in WITH[package].items():
        for row in ran[1]["tables"][section]:
            if row["name"] in names and importlib.util.find_spec(package) is None:
                assert list(row) == ["name", "note"] and row["note"] == f"{package} not installed"
            elif row["name"] in names:
                assert any(value > 0 for value in row.values() if isinstance(value, float)) or "not" in row["note"]


def test_the_json_has_what_was_printed(ran):
    printed, written, _ = ran
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
                assert (value if isinstance(value, str) else benchmark.figure(unit, value)) in line
    assert list(lines) == []


def test_the_machine_is_described(ran):
    about = ran[1]["machine"]
    assert about["processor"] and about["cores"] >= 1 and about["memory_gb"] >= 1
    assert about["numpy"] == np.__version__ and about["python"] == sys.version.split()[0]
    assert about["pyarrow"] and about["datasets"]


def test_the_picture_is_drawn(ran):
    with Image.open(ran[2]) as picture:
        assert picture.format == "PNG" and picture.width == 1_800
        colours = {colour for _, colour in picture.getcolors(1 << 16)}
    assert {ImageColor.getrgb(speed_picture.OURS), ImageColor.getrgb(speed_picture.OTHER)} <= colours


def test_bars_are_as_long_as_their_ratios():
    picture = speed_picture.draw_picture(
        [("speed of a plain loop = 1", [("loop", 1, False), ("ours", 4, True)])], "here"
    )
    pixels = np.asarray(picture)
    long, short = ((pixels == ImageColor.getrgb(c)).all(-1).sum() for c in (speed_picture.OURS, speed_picture.OTHER))
    assert long / short == pytest.approx(4, rel=0.02)


def test_the_picture_shows_tensorflow_datasets_where_it_was_measured():
    rows = [{"name": motion, "x other": 3.0} for motion in MOTIONS]
    batch = {"name": "images_as_moving_sequences", "sequences/s": 1.0}
    assert len(speed_picture.groups({"moving": [*rows, batch]})) == 1
    shown = speed_picture.groups({"moving": [*rows, {**batch, "x other": 40.0}]})
    assert shown[1][1] == [("its tf.data pipeline", 1, False), ("images_as_moving_sequences", 40.0, True)]


def test_one_section_runs_alone(tmp_path):
    ended = call(tmp_path, "moving", "--small", "--json", "one.json")
    assert ended.returncode == 0, ended.stderr
    assert list(json.loads((tmp_path / "one.json").read_text())["tables"]) == ["moving"]


REFUSED = [
    (["flying"], "error: Invalid value for '[SECTION]...': 'flying' is not one of"),
    (["writing", "--picture", "speed.png"], "error: --picture shows generating and moving: name one of them, or none"),
    (["--json", "no/such/folder.json"], "error: "),
]


@pytest.mark.parametrize(("arguments", "message"), REFUSED)
def test_what_cannot_be_is_refused_in_one_line_before_anything_is_measured(tmp_path, arguments, message):
    ended = call(tmp_path, *arguments)
    assert ended.returncode == 2 and ended.stdout == ""
    assert ended.stderr.startswith(message) and ended.stderr.count("\n") == 1, ended.stderr
