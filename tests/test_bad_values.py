"""Every argument of every public function is given every bad value: it is refused in one line, or it is no mistake."""

import inspect

import numpy as np
import pytest

import moving_mnist
from moving_mnist_generator import (
    Evaluation,
    InputError,
    Recipe,
    Variant,
    evaluate,
    generate,
    image_as_moving_sequence,
    images_as_moving_sequences,
    load_digits,
    published_results,
    render,
    stream,
    truth,
    walk,
)
from moving_mnist_generator.core.variants import all_fields
from moving_mnist_generator.evaluation.forecasts import open_forecasts
from moving_mnist_generator.sources.opening import open_source
from moving_mnist_generator.stores.network import NetworkError

BAD = [
    *(None, True, 1.5, -1, 10**30, float("nan"), float("inf"), 1j, int, object(), np.datetime64("2020")),
    *(np.float64(2.5), np.int64(3), np.uint8(3), np.array(3), np.zeros(0), np.array([None, {}], object)),
    *(np.full((2, 2), np.nan), np.array(["a"]), np.zeros((4, 4))[::2, ::2], np.zeros((0, 2, 2), np.uint8)),
    *("", "abc", "Ωδ", "\ud800", "a\nb", "a\0b", "x" * 5_000, b"abc"),
    *([], (), {}, {1}, [None], ["a", "b"], [[1], [1, 2]], range(10**30), range(-3, 0)),
    *((10**30,) * 2, (float("nan"),) * 2, (float("inf"), 1), (-1, -1), (True, True), (0, 0), (64.0, 64.0)),
]
DIGITS, CORNERS = np.zeros((2, 2, 28, 28), np.uint8), np.zeros((2, 2, 20, 2), int)
FRAMES = np.zeros((2, 3, 16, 16), np.uint8)
OF_SEQUENCES = ("camera_flow", "flow_valid", "layers", "optical_flow", "owners", "render_world", "repaint")


def first_of_stream(**arguments):
    return next(iter(stream(**arguments)))


def first_column(**arguments):
    return Recipe(**arguments).columns(range(1))


def cases():
    """{name: (function, arguments that are right, names of those that may be left out)}"""
    two = generate("two_digits", "test", range(2))
    rows = Recipe("two_digits", "test").columns(range(2))
    split = {"variant": "two_digits", "split": "test"}
    functions = {
        "generate": (generate, {**split, "indices": range(2)}),
        "walk": (walk, {"motion": "svg", "start": (0, 0), "velocity": (1, 1), "num_frames": 3, "free": 36}),
        "render": (render, {"digits": DIGITS, "corners": CORNERS, "frame_size": (64, 64)}),
        "image_as_moving_sequence": (image_as_moving_sequence, {"image": DIGITS[0, 0]}),
        "images_as_moving_sequences": (images_as_moving_sequences, {"images": DIGITS[0]}),
        "load_digits": (load_digits, {}),
        "evaluate": (evaluate, {"predictions": FRAMES, "truth": FRAMES}),
        "Evaluation": (Evaluation, {}),
        "published_results": (published_results, {}),
        "open_source": (open_source, {"name": "absent.npy"}),
        "open_forecasts": (open_forecasts, {"name": "absent.npy"}),
        "ink_boxes": (truth.ink_boxes, {"masks": FRAMES > 0}),
        "from_frames": (truth.from_frames, {"frames": two.frames}),
        "from_rows": (truth.from_rows, {"rows": rows, **split}),
        "fetch": (moving_mnist.fetch, {"source": "absent.npy"}),
        "verify": (moving_mnist.verify, {"path": "absent.npy"}),
        **{name: (getattr(truth, name), {"sequences": two}) for name in OF_SEQUENCES},
    }
    for name, (function, given) in functions.items():
        yield name, function, given, [each for each in inspect.signature(function).parameters if each not in given]
    yield (
        "stream",
        first_of_stream,
        split,
        [each for each in inspect.signature(stream).parameters if each not in split],
    )
    yield "Recipe", first_column, split, ["seed", "digits"]
    yield "Variant", Variant, {"name": "mine"}, ["looks", "words", *all_fields()]
    yield "MovingMnist", moving_mnist.MovingMnist, {}, ["config_name", "source", "sha256"]


CASES = list(cases())


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(("name", "function", "given", "others"), CASES, ids=[case[0] for case in CASES])
def test_a_bad_value_is_refused_in_one_line_or_no_mistake(name, function, given, others, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for argument in (*given, *others):
        for value in BAD:
            try:
                function(**{**given, argument: value})
            except (InputError, NetworkError, moving_mnist.InvalidSource, FileNotFoundError) as error:
                said = str(error)
                assert "\n" not in said and "\0" not in said and (len(said) < 450 or len(str(value)) > 450), said
            except ValueError as error:  # of datasets, for the name of a config
                assert name == "MovingMnist" and str(error).startswith("BuilderConfig"), (argument, value)
            except Exception as error:
                raise AssertionError(f"{name}({argument}={value!r:.60})") from error
    assert {path.name for path in tmp_path.iterdir()} <= {"assets", "cache"}


def test_all_public_functions_are_in_the_list():
    import moving_mnist_generator

    public = moving_mnist_generator.PUBLIC
    functions = {name for name in public if inspect.isfunction(getattr(moving_mnist_generator, name))}
    assert functions | set(truth.__all__) <= {case[0] for case in CASES} | {"visible_masks", "whole_masks"}
