"""Keys and draws in NumPy are those of `jax.random`."""

import jax
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cells import keys

SEEDS = (0, 1, 2, 77, 2**31, 2**32 - 1)
SHAPES = ((), (1,), (7,), (3, 4, 5), (64, 32))
each_seed = pytest.mark.parametrize("seed", SEEDS)


def words(key):
    return np.asarray(jax.random.key_data(key))


def pair(seed):
    """A seed's key, of JAX and in NumPy."""
    return jax.random.key(np.uint32(seed)), keys.key(seed)


def test_jax_counts_places_as_is_done_here():
    assert jax.config.jax_threefry_partitionable
    assert jax.config.jax_default_prng_impl == "threefry2x32"


@each_seed
def test_keys_are_those_of_jax_to_the_last_bit(seed):
    theirs, ours = pair(seed)
    np.testing.assert_array_equal(ours, words(theirs))
    for shape in (1, 2, 5, (3, 4)):
        np.testing.assert_array_equal(keys.split(ours, shape), words(jax.random.split(theirs, shape)))


@settings(deadline=None)
@given(seed=st.integers(0, 2**63 - 1), number=st.integers(0, 2**32 - 1))
def test_keys_of_numbers_and_of_splits_are_those_of_jax(seed, number):
    theirs, ours = jax.random.fold_in(jax.random.key(seed), number), keys.fold_in(keys.key(seed), number)
    np.testing.assert_array_equal(ours, words(theirs))
    further = jax.random.split(jax.random.split(theirs)[1], 3)[2]
    np.testing.assert_array_equal(keys.split(keys.split(ours)[1], 3)[2], words(further))


@each_seed
@pytest.mark.parametrize("shape", SHAPES)
def test_draws_are_those_of_jax(seed, shape):
    theirs, ours = pair(seed)
    for low in (0.0, -1.0):
        np.testing.assert_array_equal(keys.uniform(ours, shape, low), jax.random.uniform(theirs, shape, minval=low))
    # XLA may round low + u (high - low) once where NumPy rounds twice.
    np.testing.assert_allclose(
        keys.uniform(ours, shape, -0.3, 0.7), jax.random.uniform(theirs, shape, float, -0.3, 0.7), rtol=0, atol=2e-16
    )
    for low, high in ((0, 2**30), (-5, 7), (4, 5)):
        expected = jax.random.randint(theirs, shape, low, high)
        np.testing.assert_array_equal(keys.randint(ours, shape, low, high), expected)
    np.testing.assert_allclose(keys.normal(ours, shape), jax.random.normal(theirs, shape), rtol=0, atol=1e-12)
    expected = jax.random.truncated_normal(theirs, -2, 2, shape)
    np.testing.assert_allclose(keys.truncated_normal(ours, shape), expected, rtol=0, atol=1e-12)


def test_what_is_drawn_has_its_shape_and_double_precision():
    for draw in (keys.uniform, keys.normal, keys.truncated_normal):
        for shape in SHAPES:
            drawn = np.asarray(draw(keys.key(0), shape))
            assert drawn.shape == shape
            assert drawn.dtype == np.float64


def test_many_keys_draw_what_each_draws():
    many = keys.split(keys.key(3), (2, 4))
    for draw in (keys.uniform, keys.normal, keys.split, lambda key, shape: keys.randint(key, shape, 0, 9)):
        drawn = draw(many, (5,))
        for place in np.ndindex(2, 4):
            np.testing.assert_array_equal(drawn[place], draw(many[place], (5,)))


def test_an_element_does_not_depend_on_how_many_there_are():
    np.testing.assert_array_equal(keys.normal(keys.key(5), (100, 4))[:10], keys.normal(keys.key(5), (10, 4)))


def test_every_kind_of_key_is_taken():
    typed, raw = jax.random.key(9), jax.random.PRNGKey(9)
    for key in (typed, raw, np.asarray(raw)):
        np.testing.assert_array_equal(keys.words(key), keys.key(9))
        np.testing.assert_array_equal(keys.normal(key, (3,)), keys.normal(keys.key(9), (3,)))


def test_a_traced_key_is_refused():
    with pytest.raises(TypeError, match=r"^key: expected one whose words are known, got one that is traced: "):
        jax.jit(lambda key: keys.normal(key, (3,)))(jax.random.key(0))


@pytest.mark.parametrize("wrong", [0, 1.5, np.zeros(2), np.zeros(4, np.uint32), jax.random.key(0, impl="rbg")], ids=str)
def test_what_is_no_key_is_refused(wrong):
    with pytest.raises(TypeError, match=r"^key: expected two words of 32 bits, got \w+ of shape \(\d?,?\)\.$"):
        keys.split(wrong)
