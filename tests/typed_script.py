"""What users write against the public names. `make lint` has mypy check it: no name may be unknown, or of any type."""

import numpy as np
from typing_extensions import assert_type  # of typing itself from Python 3.11 on

from moving_mnist_generator import (
    PROTOCOLS,
    VARIANTS,
    Evaluation,
    InputError,
    Recipe,
    Scores,
    Sequences,
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


def make(variant: str | Variant) -> Sequences:
    """Sequences, whole and in part, by several kinds of indices."""
    generate(variant, "train", [3, 5, 8], seed=1)
    generate(variant, "test", np.arange(4), digits=load_digits())
    sequences = generate(variant, "train", range(8))
    assert_type(sequences.frames, np.ndarray)
    assert_type(sequences[2:4].labels, np.ndarray)
    assert_type(sequences.variant.num_digits, int)
    return sequences


def look(sequences: Sequences) -> np.ndarray:
    """Masks, boxes and flow."""
    assert_type(truth.owners(sequences), np.ndarray)
    assert_type(truth.optical_flow(sequences), np.ndarray)
    again = truth.from_rows(Recipe("two_digits", "train").columns(range(2)), "two_digits", "train")
    return truth.ink_boxes(truth.visible_masks(again))


def move() -> np.ndarray:
    """A motion, and pictures of one's own."""
    moving = image_as_moving_sequence(np.ones((28, 28)), velocity=(0.1, 0), start_position=(0, 0.5))
    assert_type(moving.trajectory, np.ndarray)
    assert_type(images_as_moving_sequences(np.ones((5, 28, 28)), rng=np.random.default_rng(0)).velocity, np.ndarray)
    corners = walk("srivastava", (0.95, 0), (0.1, 0), num_frames=3, free=36)
    return render(np.ones((1, 1, 28, 28), np.uint8), corners[None, None], (64, 64), overlap="add")


def read(batch: int) -> None:
    """A stream, with and without an end."""
    for row in stream("two_digits", "train", num_sequences=10, batch=batch).batch(4):
        print(row["image_sequence"])
    stream(Variant("wide", num_digits=4, frame_size=(64, 128), rotation=(-10, 10)), "train", digits="user/sprites")


def score(predictions: np.ndarray, future: np.ndarray) -> Scores:
    """One protocol at once, all of them in steps."""
    for name in PROTOCOLS:
        evaluation = Evaluation(name)
        evaluation.update(predictions, future)
        assert_type(evaluation.scores().overall["mse"], float)
    assert_type([result.psnr for result in published_results()], list[float | None])
    return evaluate(predictions, future, protocol="openstl")


if __name__ == "__main__":
    try:
        print(look(make("two_digits")).shape, move().shape, sorted(VARIANTS))
    except InputError as error:
        print(error)
