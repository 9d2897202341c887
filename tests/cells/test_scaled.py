"""Numbers that carry their own exponent, against NumPy's ldexp."""

import jax
import jax.numpy as jnp
import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from cells.scaled import LOG10_2, Scaled, log10_norm, power_of_two, unit

# XLA on a CPU flushes subnormal numbers to 0, so none may arise.
NUMBER = st.floats(-1e3, 1e3).map(lambda value: value if abs(value) > 1e-200 else 0.0)
THREE = st.lists(NUMBER, min_size=3, max_size=3)
FOUR = st.lists(NUMBER, min_size=4, max_size=4)
EXPONENT = st.integers(-900, 900)


def scaled(values, exponent):
    return Scaled(jnp.asarray(values), jnp.asarray(exponent, jnp.int32))


@given(THREE, EXPONENT, st.sampled_from([0.0, 1.0, 0.5]))
def test_adding_and_normalising_keep_the_vector_they_stand_for(values, exponent, weight):
    one = Scaled({"h": jnp.asarray(values)}, jnp.asarray(exponent, jnp.int32)).normalised()
    np.testing.assert_array_equal(np.ldexp(one.value["h"], int(one.exponent) - exponent), values)
    assert not any(values) or 0.5 <= np.abs(one.value["h"]).max() < 1
    total = one.plus(jnp.asarray(weight), {"h": jnp.asarray([1.0, 2.0, 3.0])})
    # In units of 2^joint, which NumPy's ldexp reaches without rounding.
    joint = int(total.exponent)
    expected = np.ldexp(one.value["h"], int(one.exponent) - joint) + weight * np.ldexp([1.0, 2.0, 3.0], -joint)
    if weight:
        np.testing.assert_allclose(total.value["h"], expected, rtol=0, atol=1e-15 * max(1.0, np.abs(expected).max()))
    else:
        np.testing.assert_array_equal(total.value["h"], one.value["h"])
        assert joint == one.exponent


@given(FOUR, st.integers(-3000, 3000))
def test_normalising_keeps_the_matrix_it_stands_for(values, exponent):
    matrix = np.reshape(values, (2, 2))
    found = jax.jit(Scaled.normalised)(scaled(matrix, exponent))
    np.testing.assert_array_equal(np.ldexp(found.value, int(found.exponent) - exponent), matrix)  # no rounding
    assert not matrix.any() or 0.5 <= np.abs(found.value).max() < 1


@given(THREE, EXPONENT, THREE, EXPONENT)
def test_sum_and_difference_are_those_of_the_numbers_they_stand_for(values, exponent, others, another):
    one, other = scaled(values, exponent).normalised(), scaled(others, another).normalised()
    for sign, total in ((1, one + other), (-1, one - other)):
        joint = int(total.exponent)
        parts = (np.ldexp(part.value, int(part.exponent) - joint) for part in (one, other))
        expected = next(parts) + sign * next(parts)
        np.testing.assert_allclose(total.value, expected, rtol=0, atol=1e-15)


def test_zero_has_no_say_in_the_exponent_of_a_sum():
    tiny = scaled([1.0, 0.0], -5000)
    for total in (tiny + Scaled.nothing(tiny.value), Scaled.nothing(tiny.value) + tiny):
        assert total.exponent == -5000
        np.testing.assert_array_equal(total.value, tiny.value)


def test_exponents_with_axes_are_as_many_numbers_by_themselves():
    rows = jax.random.normal(jax.random.key(0), (5, 3)) * 10.0 ** jnp.arange(-2, 3)[:, None]
    exponents = jnp.asarray([0, 3, -3, 500, -500], jnp.int32)
    together = Scaled(rows, exponents).normalised()
    others = Scaled.of(rows[::-1], len(rows))
    for place in range(len(rows)):
        alone = scaled(rows[place], exponents[place]).normalised()
        jax.tree.map(np.testing.assert_array_equal, together.at(place), alone)
        jax.tree.map(np.testing.assert_array_equal, (together + others).at(place), alone + others.at(place))
        np.testing.assert_array_equal(together.log10_norm()[place], alone.log10_norm())


def test_norm_is_over_all_axes_that_the_exponent_has_not():
    matrices = Scaled(jnp.ones((2, 3, 3)), jnp.asarray([10, -2000], jnp.int32))
    np.testing.assert_allclose(matrices.log10_norm(), np.log10(3) + np.array([10, -2000]) * LOG10_2, rtol=1e-15)


def test_norm_of_nothing_is_minus_infinity_and_its_direction_zero():
    nothing = jnp.zeros((2, 3))
    np.testing.assert_array_equal(log10_norm(nothing, jnp.array([5, -5])), -np.inf)
    np.testing.assert_array_equal(unit(nothing), 0.0)


def test_powers_of_two_are_exact_down_to_the_smallest_normal_number_and_0_below():
    np.testing.assert_array_equal(
        power_of_two(jnp.asarray([-1022, -1023, 0, 900]), float), [2.0**-1022, 0, 1, 2.0**900]
    )
