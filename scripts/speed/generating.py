"""Measure generate() and stream(), against filling fresh memory and against a plain loop."""

import random
from functools import partial
from typing import Any

import numpy as np

from moving_mnist_generator import VARIANTS, generate, load_digits, stream
from moving_mnist_generator.common.names import FRAME_SIZE, NUM_FRAMES

from .cases import SEQUENCE_BYTES, VARIANT, Case, Scale, measure
from .plain_loop import draw_sequences

FILL, LOOP, BLOCKS = "fill fresh memory", "plain loop", "generate in blocks"
BLOCK = 128  # sequences that stream() makes at a time


def rows(scale: Scale) -> list[dict[str, Any]]:
    """Variants with more pixels make fewer sequences, so that all fill as much memory."""
    n, images = scale.generated, load_digits().train_images
    cases = [
        Case(FILL, lambda: np.full((n, NUM_FRAMES, *FRAME_SIZE), 1, np.uint8), n, {"x plain loop": LOOP}),
        Case(LOOP, lambda: draw_sequences(random.Random(0), images, n), n, {"x fill": FILL}),
    ]
    for name, variant in VARIANTS.items():
        count, against = n * SEQUENCE_BYTES // variant.pixels, {"x fill": FILL, "x plain loop": LOOP}
        cases.append(Case(name, partial(generate, name, "train", range(count)), count, against, variant.pixels))
    streamed = stream(VARIANT, "train", num_sequences=scale.streamed).select_columns("image_sequence")
    return measure(
        [
            *cases,
            Case(BLOCKS, partial(generate_in_blocks, scale.streamed), scale.streamed),
            Case("stream, row by row", lambda: sum(1 for _ in streamed), scale.streamed, {"x generate": BLOCKS}),
        ],
        scale,
    )


def generate_in_blocks(count: int) -> None:
    """The sequences that stream() gives, as blocks."""
    for first in range(0, count, BLOCK):
        generate(VARIANT, "train", range(first, first + BLOCK))
