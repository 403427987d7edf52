"""generate(), against a plain loop and against filling fresh memory."""

import random
from functools import partial

import numpy as np

from moving_mnist_generator import VARIANTS, generate, load_digits
from moving_mnist_generator.common.names import FRAME_SIZE, NUM_FRAMES

from ..cases import SEQUENCE, Case, measure
from ..plain_loops import draw_sequences

FILL, LOOP = "fill fresh memory", "plain loop"


def rows(scale):
    """Variants with more pixels make fewer sequences, so that all fill as much memory."""
    n, images = scale.made, load_digits().train_images
    cases = [
        Case(FILL, lambda: np.full((n, NUM_FRAMES, *FRAME_SIZE), 1, np.uint8), n, {"x plain loop": LOOP}),
        Case(LOOP, lambda: draw_sequences(random.Random(0), images, n), n, {"x fill": FILL}),
    ]
    for name, variant in VARIANTS.items():
        count, than = n * SEQUENCE // variant.pixels, {"x fill": FILL, "x plain loop": LOOP}
        cases.append(Case(name, partial(generate, name, "train", range(count)), count, than, variant.pixels))
    return measure(cases, scale)
