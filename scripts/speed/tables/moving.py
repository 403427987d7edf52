"""walk and render, against a plain loop of each motion; one digit, against TensorFlow Datasets."""

import importlib
import os
from functools import partial

import numpy as np

from moving_mnist_generator import MOTIONS, images_as_moving_sequences, load_digits, render, walk
from moving_mnist_generator.common.names import FRAME_SIZE, NUM_FRAMES
from moving_mnist_generator.motions import redraws_from_uniforms

from ..cases import Case, measure, where_there_is
from ..plain_loops import LOOPS, make_sequences

OURS, PIPELINE = "images_as_moving_sequences", "tensorflow_datasets, tf.data"


def rows(scale):
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # read when TensorFlow is imported: errors alone
    cases = [case for motion in MOTIONS for case in motion_and_loop(motion, scale.made)]
    images = load_digits().train_images[: scale.digits]
    theirs = where_there_is("tensorflow", PIPELINE, partial(tfds_pipeline, images), len(images))
    ours = partial(images_as_moving_sequences, images, rng=np.random.default_rng(0))
    than = {"x other": PIPELINE} if theirs.function else {}
    return measure([*cases, Case(OURS, ours, len(images), than), theirs], scale)


def motion_and_loop(motion, n):
    """Cases: ours and the plain loop of a motion, with the same digits and the same draws."""
    *digits, u = two_digits(motion, n)
    ours, name = partial(walk_and_render, motion, *digits, u), f"{motion}, plain loop"
    if motion not in LOOPS:
        return [Case(motion, ours, n), Case(name, None, n, note="not written")]
    loop = partial(make_sequences, motion, *digits, redraws=redraws_of(motion, u))
    return [Case(motion, ours, n, {"x other": name}), Case(name, loop, n)]


def two_digits(motion, n):
    """Images (n, 2, h, h) uint8, start and velocity (n, 2, 2), and uniform numbers (n, 2, t, walls) for new speeds."""
    way, rng = MOTIONS[motion], np.random.default_rng(0)
    images = load_digits().pool("train", (way.digit_size, way.digit_size)).images
    start, velocity = way.start_and_velocity(rng.random((n, 2, way.draws)), FRAME_SIZE[0] - way.digit_size)
    chosen = rng.integers(len(images), size=(n, 2))
    return images[chosen], start, velocity, rng.random((n, 2, NUM_FRAMES, way.walls))


def redraws_of(motion, u):
    """`redraws` of a stochastic motion, None for another."""
    return redraws_from_uniforms(motion, u) if MOTIONS[motion].stochastic else None


def walk_and_render(motion, images, start, velocity, u):
    """Frames (n, t, H, W) uint8. New speeds are made here, while the plain loop gets them ready-made."""
    free = FRAME_SIZE[0] - images.shape[-1]
    corners = walk(motion, start, velocity, NUM_FRAMES, free, redraws=redraws_of(motion, u))
    return render(images, corners, FRAME_SIZE, MOTIONS[motion].overlap)


def tfds_pipeline(images):
    """As the documentation of TensorFlow Datasets shows it, in batches, on all cores."""
    tf, tfds = importlib.import_module("tensorflow"), importlib.import_module("tensorflow_datasets")

    def map_fn(image):
        return tfds.video.moving_mnist.image_as_moving_sequence(image, sequence_length=NUM_FRAMES).image_sequence

    pictures = tf.data.Dataset.from_tensor_slices(images[..., None])
    sequences = pictures.map(map_fn, num_parallel_calls=tf.data.AUTOTUNE).batch(100)
    return lambda: [batch.shape for batch in sequences.as_numpy_iterator()]
