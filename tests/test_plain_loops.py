"""Plain loops, one sequence, digit and frame at a time, walk where `walk` does and paint what `render` paints."""

import numpy as np
import plain_loops
import pytest

from moving_mnist_generator import VARIANTS, generate, load_digits, walk
from moving_mnist_generator.common.draws import uniforms
from moving_mnist_generator.core.scenes import scene_of
from moving_mnist_generator.motions import MOTIONS, redraws_from_uniforms

WITH_A_LOOP = [motion for motion in MOTIONS if motion in plain_loops.LOOPS]
ALONE = [motion for motion in WITH_A_LOOP if not MOTIONS[motion].together]


def test_every_published_motion_has_a_loop():
    assert list(plain_loops.LOOPS) == WITH_A_LOOP
    assert {variant.motion for variant in VARIANTS.values()} <= set(WITH_A_LOOP)


@pytest.mark.parametrize("motion", WITH_A_LOOP)
def test_a_plain_loop_paints_the_frames_of_walk_and_render(motion):
    *digits, u = plain_loops.two_digits(motion, 400)
    plain = plain_loops.make_sequences(motion, *digits, redraws=plain_loops.redraws_of(motion, u))
    assert plain.shape == (400, 20, 64, 64)
    assert (plain == plain_loops.walk_and_render(motion, *digits, u)).all()


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
