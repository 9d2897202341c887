"""The table of activations says the truth about its functions."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from cells import activations
from cells.activations import ACTIVATIONS

GRID = jnp.asarray(np.unique(np.concatenate([np.linspace(-12, 12, 24001), np.linspace(-100, 100, 24001)])))
each = pytest.mark.parametrize("name", ACTIVATIONS)


@pytest.fixture(scope="module")
def slopes():
    """{name: |phi'| on GRID}, from the functions themselves."""
    return {name: np.abs(jax.vmap(jax.grad(activation.function))(GRID)) for name, activation in ACTIVATIONS.items()}


@each
def test_largest_slope_is_the_one_declared(name, slopes):
    # The grid has steps of 0.001 and softplus comes within e^-100 of its supremum.
    np.testing.assert_allclose(slopes[name].max(), ACTIVATIONS[name].max_slope, rtol=0, atol=1e-5)
    np.testing.assert_allclose(activations.max_slope(jnp.asarray(activations.index(name))), ACTIVATIONS[name].max_slope)


@each
def test_slope_stays_below_a_hundredth_beyond_saturation_and_not_before(name, slopes):
    x, slope = np.asarray(GRID), slopes[name]
    for side, end in zip((-1, 1), ACTIVATIONS[name].saturation, strict=True):
        if end is None:
            assert slope[side * x > 90].max() >= 0.01
        else:
            assert (slope[side * x > side * end + 1e-5] < 0.01).all()
            inside = jnp.asarray(end - side * 1e-5)
            assert abs(jax.grad(ACTIVATIONS[name].function)(inside)) >= 0.01 - 1e-6


@pytest.mark.parametrize(
    ("name", "x", "value"),
    [
        ("tanh", 1, 0.41997434),  # 1 - tanh^2
        ("tanh", 2, 0.07065082),
        ("tanh", 3, 0.00986604),
        ("tanh", 5, 1.8158323e-4),
        ("sigmoid", 0, 0.25),
        ("sigmoid", 1, 0.19661193),  # s (1 - s)
        ("sigmoid", 2, 0.10499359),
        ("sigmoid", 3, 0.04517666),
        ("sigmoid", 5, 0.00664806),
        ("gelu", 2**0.5, 1.128904),  # the maximum of Phi(x) + x Phi'(x)
        ("silu", 2.399357, 1.099839),
        ("softsign", 1, 0.25),  # 1/(1 + |x|)^2
        ("softplus", 0, 0.5),  # the sigmoid
        ("elu", -1, 0.36787944),  # e^x
        ("leaky_relu", -1, 0.01),
    ],
)
def test_slope_on_paper(name, x, value):
    slope = activations.slope(jnp.asarray(activations.index(name)), jnp.asarray(float(x)))
    np.testing.assert_allclose(slope, value, rtol=1e-6)


@pytest.mark.parametrize("x", [-300.0, -40.0, -19.5, 19.5, 40.0, 300.0])
def test_slope_far_out_keeps_its_digits(x):
    # Beyond 19 the tanh is 1 to the last digit of float64, but its slope is 4 e^(-2|x|) and the sigmoid's e^(-|x|).
    for name, expected in (("tanh", 4 * np.exp(-2 * abs(x))), ("sigmoid", np.exp(-abs(x)))):
        position = jnp.asarray(activations.index(name))
        np.testing.assert_allclose(activations.slope(position, jnp.asarray(x)), expected, rtol=1e-8)
        np.testing.assert_allclose(
            jax.grad(activations.apply, argnums=1)(position, jnp.asarray(x)), expected, rtol=1e-8
        )


@pytest.mark.parametrize(("name", "at_zero"), [("relu", 0.0), ("leaky_relu", 1.0), ("elu", 1.0)])
def test_slope_at_the_kink(name, at_zero):
    # The derivative does not exist there; this is the one JAX takes, and the one the figures show.
    position = jnp.asarray(activations.index(name))
    assert activations.slope(position, jnp.asarray(0.0)) == at_zero
    assert jax.grad(activations.apply, argnums=1)(position, jnp.asarray(0.0)) == at_zero


def test_tanh_is_a_stretched_sigmoid():
    # tanh'(x) = 4 sigmoid'(2x).
    tanh, sigmoid = jnp.asarray(activations.index("tanh")), jnp.asarray(activations.index("sigmoid"))
    x = jnp.linspace(-4, 4, 9)
    np.testing.assert_allclose(activations.slope(tanh, x), 4 * activations.slope(sigmoid, 2 * x), rtol=1e-12)


@jax.jit
def through_the_table(position, x):
    value, pull = jax.vjp(lambda x: activations.apply(position, x), x)
    _, tangent = jax.jvp(lambda x: activations.apply(position, x), (x,), (jnp.full_like(x, 2.0),))
    return value, pull(jnp.ones_like(x))[0], tangent, activations.slope(position, x)


@each
def test_custom_derivative_equals_autodiff_of_the_function(name):
    x = jnp.asarray([-20.0, -1.5, -1.0, -1e-9, 0.0, 1e-9, 0.3, 1.0, 1.5, 20.0])
    function = ACTIVATIONS[name].function
    value, reverse, forward, slope = through_the_table(jnp.asarray(activations.index(name)), x)
    expected = jax.vmap(jax.grad(function))(x)
    np.testing.assert_allclose(value, function(x), rtol=1e-15, atol=1e-300)
    for derivative in (reverse, forward / 2, slope):
        np.testing.assert_allclose(derivative, expected, rtol=1e-14, atol=2e-16)  # JAX's own loses that much far out


def test_names_and_positions_are_inverse():
    assert [activations.name(activations.index(name)) for name in ACTIVATIONS] == list(ACTIVATIONS)
    assert [activations.index(name) for name in ACTIVATIONS] == list(range(len(ACTIVATIONS)))


def test_unknown_name_is_refused_with_those_that_are_known():
    with pytest.raises(ValueError, match=r"^activation: expected one of tanh, sigmoid, .*; got 'swish'\.$"):
        activations.index("swish")
