"""stream(), which makes rows while they are read, against generate() of the same blocks."""

from moving_mnist_generator import generate, stream

from ..cases import Case, measure
from ..files import VARIANT

BLOCK = 128  # sequences that stream() makes at a time


def rows(scale):
    n = scale.streamed
    streamed = stream(VARIANT, "train", num_sequences=n).select_columns("image_sequence")

    def blocks():
        for first in range(0, n, BLOCK):
            generate(VARIANT, "train", range(first, first + BLOCK))

    cases = [
        Case("generate in blocks", blocks, n),
        Case("stream, row by row", lambda: sum(1 for _ in streamed), n, {"x generate": "generate in blocks"}),
    ]
    return measure(cases, scale)
