"""Random numbers: a row belongs to its sequence, whoever asks and in whatever order."""

import numpy as np
import pytest

from moving_mnist_generator.common.draws import uniforms


def rows(indices, shape=(2, 3), seed=0, variant="two_digits", split="train", latent="motion"):
    return uniforms(seed, variant, split, latent, np.asarray(indices, np.int64), shape)


@pytest.mark.parametrize("shape", [(), (1,), (3,), (2, 4), (5, 7)])
def test_row_i_is_the_same_alone_in_a_batch_in_any_order(shape):
    batch = rows(range(40), shape)
    for i in (0, 1, 7, 39):
        assert np.array_equal(rows([i], shape)[0], batch[i])
    order = np.random.default_rng(0).permutation(40)
    assert np.array_equal(rows(order, shape), batch[order])
    assert np.array_equal(rows([5, 5, 6], shape), batch[[5, 5, 6]])


def test_far_rows_are_reached_at_once():
    assert np.array_equal(rows([2**62])[0], rows([2**62 - 1, 2**62])[1])


def test_rows_are_never_shared_between_tables():
    tables = [rows(range(100), **other) for other in ({}, {"seed": 1}, {"variant": "one_digit"}, {"split": "test"})]
    tables.append(rows(range(100), latent="digits"))
    numbers = np.concatenate([table.ravel() for table in tables])
    assert len(np.unique(numbers)) == 5 * 100 * 6


def test_the_numbers_are_raw_philox_output_and_fill_the_unit_interval():
    numbers = rows(range(10_000))
    assert numbers.dtype == np.float64 and numbers.min() >= 0 and numbers.max() < 1
    assert abs(numbers.mean() - 1 / 2) < 0.005 and abs(numbers.var() - 1 / 12) < 0.002
    assert np.array_equal(numbers * 2**53, np.floor(numbers * 2**53))


def test_the_first_numbers_stay_what_they_are():
    assert rows([0], (3,))[0].tolist() == [0.1511989454002396, 0.7911031909395039, 0.29573137319497445]


def test_no_sequences_need_no_numbers():
    assert rows([]).shape == (0, 2, 3)
