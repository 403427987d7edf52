"""The README makes of our rows what other loaders give, value for value.

TensorFlow Datasets and torchvision are asked where they are installed: see ways.py. pip finds no package of OpenSTL,
SimVP, PredRNN or SVG: their items are made here as their formats are defined, from the files that we export for them.
"""

import importlib.util
import re
from pathlib import Path

import numpy as np
import pytest
from helpers import make_files
from PIL import Image

from moving_mnist_generator import generate, image_as_moving_sequence, load_digits
from moving_mnist_generator.exports import export
from moving_mnist_generator.sources.opening import open_source

README = Path(__file__).parents[1].joinpath("README.md").read_text(encoding="utf-8")
TABLE = README.partition("### Coming from another loader\n")[2].partition("\n## ")[0]
FRAMES = generate("two_digits", "test", range(12)).frames


def as_the_readme_says(loader, frames):
    """What the README's table makes of `frames` for those who come from `loader`."""
    (row,) = [line for line in TABLE.splitlines() if line.startswith("| ") and loader in line.split("|")[1]]
    return eval(re.match(r"`([^`]+)`", row.split("|")[3].strip())[1], {"np": np, "frames": frames})


def needs(package):
    """Skip the test where a package is not installed."""
    if importlib.util.find_spec(package) is None:
        pytest.skip(f"{package} is not installed")


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    """A folder with mnist_test_seq.npy and moving-mnist-test.npz of FRAMES."""
    folder = tmp_path_factory.mktemp("exported")
    make_files("two_digits", {"test": len(FRAMES)}, ("strips",), folder)
    for name in ("npy", "predrnn"):
        export(open_source(folder / "two_digits_strips"), name, folder)
    return folder


def same(ours, theirs):
    """Whether two arrays have the same type, shape and values."""
    return ours.dtype == theirs.dtype and ours.shape == theirs.shape and np.array_equal(ours, theirs)


@pytest.mark.parametrize("loader", ["OpenSTL", "SimVP"])
def test_the_item_of_openstl_and_simvp(loader, exported):
    authors = np.load(exported / "mnist_test_seq.npy")[..., np.newaxis]  # (20, n, 64, 64, 1)
    for i, frames in enumerate(FRAMES):
        theirs = (authors[:, i].reshape(20, 1, 64, 64) / 255.0).astype(np.float32)
        past, future = as_the_readme_says(loader, frames)
        assert same(past, theirs[:10]) and same(future, theirs[10:])


def test_the_item_of_predrnn(exported):
    with np.load(exported / "moving-mnist-test.npz") as arrays:
        raw, clips = arrays["input_raw_data"], arrays["clips"]  # (20 n, 1, 64, 64); first frame and length, twice n
    for i, frames in enumerate(FRAMES):
        halves = [raw[first : first + length].transpose(0, 2, 3, 1) for first, length in clips[:, i]]
        assert same(as_the_readme_says("PredRNN", frames), np.concatenate(halves))


def test_the_item_of_svg():
    sequences, digits = generate("stochastic", "test", range(8)), load_digits().test_images
    for i, frames in enumerate(sequences.frames):
        item = np.zeros((20, 64, 64, 1), np.float32)
        for index, corners in zip(sequences.digit_ids[i], sequences.positions[i], strict=True):
            digit = Image.fromarray(digits[index]).resize((32, 32), Image.Resampling.BILINEAR)
            for t, (row, col) in enumerate(corners):
                item[t, row : row + 32, col : col + 32, 0] += np.float32(digit) / 255
        ours = as_the_readme_says("SVG", frames)
        assert ours.dtype == item.dtype and ours.shape == item.shape
        assert np.abs(ours - item.clip(max=1)).max() < 1e-6  # they add after the division


def test_torchvision_reads_the_exported_npy(exported, tmp_path):
    needs("torchvision")
    from torchvision.datasets import MovingMNIST

    (tmp_path / "MovingMNIST").mkdir()
    (exported / "mnist_test_seq.npy").rename(tmp_path / "MovingMNIST" / "mnist_test_seq.npy")
    theirs = MovingMNIST(tmp_path)
    assert len(theirs) == len(FRAMES)
    for frames, item in zip(FRAMES, theirs, strict=True):
        assert same(as_the_readme_says("torchvision", frames), item.numpy())
    first, last = (np.stack(list(MovingMNIST(tmp_path, split=split))) for split in ("train", "test"))
    assert np.array_equal(first[:, :, 0], FRAMES[:, :10]) and np.array_equal(last[:, :, 0], FRAMES[:, 10:])


def test_tensorflow_datasets_moves_digits_to_the_same_places():
    needs("tensorflow_datasets")
    import tensorflow_datasets as tfds

    rng = np.random.default_rng(0)
    for image in load_digits().train_images[:16]:
        given = {
            "start_position": rng.random(2, np.float32),
            "velocity": rng.normal(0, 0.1, 2).astype(np.float32),
        }
        theirs = tfds.video.moving_mnist.image_as_moving_sequence(image[..., np.newaxis], **given)
        ours = image_as_moving_sequence(image[..., np.newaxis], **given)
        assert ours._fields == theirs._fields
        assert same(ours.image_sequence, theirs.image_sequence.numpy())
        assert same(ours.trajectory, theirs.trajectory.numpy())


def test_the_row_of_tensorflow_datasets_has_the_axis_of_its_video_feature():
    assert as_the_readme_says('tfds.load("moving_mnist"', FRAMES[0]).shape == (20, 64, 64, 1)
