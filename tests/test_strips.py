"""A strip is one picture that any image library reads, and whose bytes after the header are the raw frames."""

import io

import numpy as np
import pyarrow as pa
import pytest
from PIL import Image

from moving_mnist_generator import Variant, generate
from moving_mnist_generator.common.checks import InputError
from moving_mnist_generator.files.shards import plan
from moving_mnist_generator.layouts import LAYOUTS
from moving_mnist_generator.rows.nested import picture_files

STRIPS = LAYOUTS["strips"]
VARIANTS = {
    "grey": ("two_digits", b"P5 64 1280 255\n", (1280, 64)),
    "colour": ("coloured", b"P6 64 1280 255\n", (1280, 64, 3)),
    "wide": (Variant("wide", num_frames=3, frame_size=(40, 96)), b"P5 96 120 255\n", (120, 96)),
}


@pytest.mark.parametrize("name", VARIANTS)
def test_pillow_reads_the_frames_one_below_the_other(name):
    variant, header, shape = VARIANTS[name]
    frames = generate(variant, "train", range(5)).frames
    files = STRIPS.encode(frames).field("bytes").to_pylist()
    for file, sequence in zip(files, frames, strict=True):
        picture = Image.open(io.BytesIO(file))
        assert file == header + sequence.tobytes()
        assert picture.format == "PPM" and picture.mode == ("RGB" if len(shape) == 3 else "L")
        assert np.array_equal(np.asarray(picture), sequence.reshape(shape))


@pytest.mark.parametrize("name", VARIANTS)
@pytest.mark.parametrize("part", [slice(0, 5), slice(2, 4), slice(0, 0)])
def test_decoding_undoes_encoding_for_any_slice(name, part):
    variant, _, _ = VARIANTS[name]
    frames = generate(variant, "train", range(5)).frames
    decoded = STRIPS.decode(STRIPS.encode(frames)[part], frames.shape[1])
    assert len(decoded) == len(frames[part]) and decoded.tobytes() == frames[part].tobytes()
    assert decoded.flags.writeable


def test_strips_of_another_format_or_of_several_sizes_decode_too():
    frames = generate("two_digits", "train", range(3)).frames
    files = []
    for sequence in frames:
        file = io.BytesIO()
        Image.fromarray(sequence.reshape(1280, 64)).save(file, "PNG")
        files.append(file.getvalue())
    assert len({len(file) for file in files}) > 1
    assert np.array_equal(STRIPS.decode(picture_files(files), 20), frames)
    assert np.array_equal(STRIPS.decode(pa.chunked_array([picture_files(files)]), 20), frames)


def test_a_sequence_that_pillow_would_not_open_is_refused_before_it_is_made():
    with pytest.raises(InputError, match="at most 89,478,485 pixels in layout strips, not 335,544,320, as huge has"):
        plan(Variant("huge", frame_size=(4096, 4096)), {"train": 1}, ["strips"])
    assert plan(Variant("huge", frame_size=(4096, 4096)), {"train": 1}, ["arrays"])
    assert STRIPS.most_pixels == Image.MAX_IMAGE_PIXELS
