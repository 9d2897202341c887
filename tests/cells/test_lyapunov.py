"""Lyapunov exponents: against determinants, against backpropagation, against numbers checkable on paper."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from cells import LSTM, RNN, backprop
from cells.analyses.jacobians import jacobian, orbit
from cells.analyses.lyapunov import STEPS, lyapunov_spectrum
from tests.cells.examples import CLASSIC, D, H, drawn, noise, silence

CELLS = CLASSIC
LONG = 2048
WIDE = (4, 16)
each_cell = pytest.mark.parametrize("name", CELLS)
PADDED = 128
every_jacobian = jax.jit(lambda path: jax.vmap(lambda step: jacobian(path, step))(1 + jnp.arange(path.xs.shape[0])))


def alone(W, activation="identity", xs=None, length=PADDED):
    """The orbit of h_t = phi(W h_{t-1} + x_t) with the first channel added to every unit."""
    cell = drawn(RNN, activation=activation)
    cell = cell.with_weights(W_hh=np.asarray(W, float), W_ih=np.tile(np.eye(1, D), (H, 1)))
    return orbit(cell, silence(PADDED) if xs is None else xs, length=length)


@each_cell
def test_exponents_sum_to_the_mean_log_determinant(name):
    for seed, gain, length in [(0, 1.0, PADDED), (1, 2.0, 100), (2, 0.5, 1)]:
        path = orbit(drawn(CELLS[name], seed, gain=gain, bias_scale=0.3), noise(seed, PADDED), length=length)
        exponents = lyapunov_spectrum(path)
        expected = np.linalg.slogdet(np.asarray(every_jacobian(path))[:length])[1].mean()
        np.testing.assert_allclose(exponents.sum(), expected, rtol=0, atol=1e-8)
        np.testing.assert_array_equal(exponents, np.sort(exponents)[::-1])


def test_triangular_linear_network_has_the_logarithms_of_its_eigenvalues():
    # J is upper triangular, so Q stays the identity and |R_ii| = |W_ii| at every step: ln .9, ln .7 and six ln .5.
    W = np.diag([0.9, 0.7] + [0.5] * (H - 2))
    W[0, 1] = 10.0
    exponents = lyapunov_spectrum(alone(W))
    np.testing.assert_allclose(exponents, np.log([0.9, 0.7] + [0.5] * (H - 2)), rtol=0, atol=1e-12)
    np.testing.assert_allclose(exponents[:2].sum(), np.log(0.63), rtol=0, atol=1e-12)


@pytest.mark.parametrize("gain", [0.5, 1.0, 3.0])
def test_orthogonal_linear_network_has_the_logarithm_of_its_gain_throughout(gain):
    Q = np.linalg.qr(np.random.default_rng(0).normal(size=(H, H)))[0]
    np.testing.assert_allclose(lyapunov_spectrum(alone(gain * Q)), np.log(gain), rtol=0, atol=1e-12)


def test_unit_latched_by_itself_forgets_at_the_slope_of_its_fixed_point():
    # h* = tanh(2 h*) = .957504, slope 2 (1 - h*^2) = .166372 = e^-1.793529; an input of artanh(h*) jumps onto it.
    # The fixed point attracts, so the seven digits of h* are made exact first.
    fixed = 0.957504
    for _ in range(50):
        fixed = np.tanh(2 * fixed)
    xs = silence(PADDED).at[0, 0].set(np.arctanh(fixed))
    exponents = lyapunov_spectrum(alone(2 * np.eye(H), "tanh", xs))
    np.testing.assert_allclose(exponents, -1.793529, rtol=0, atol=1e-6)


@pytest.mark.parametrize(("gain", "low", "high"), [(0.5, -2.0, -0.5), (3.0, 0.1, 0.6)])
def test_largest_exponent_is_the_rate_at_which_gradients_grow_backwards(gain, low, high):
    for seed in range(2):
        cell, xs = drawn(RNN, seed, size=WIDE, gain=gain), noise(seed, LONG)
        curve = np.asarray(backprop(cell, xs).log10_state_norm)
        rate = (curve[0] - curve[-1]) * np.log(10) / (LONG - 1)
        largest = lyapunov_spectrum(orbit(cell, xs, length=LONG))[0]
        assert low < largest < high
        # The two begin with different vectors: a few nats over 2048 steps.
        np.testing.assert_allclose(largest, rate, rtol=0, atol=5e-3)


def test_identity_weights_with_open_relus_forget_nothing():
    cell = drawn(RNN, activation="relu", initializer="identity")  # IRNN (Le et al. 2015), inputs >= 0
    path = orbit(cell.with_weights(W_ih=jnp.abs(cell.W_ih)), jnp.abs(noise(0, PADDED)), length=PADDED)
    np.testing.assert_array_equal(lyapunov_spectrum(path), 0.0)


def test_lost_direction_has_the_exponent_minus_infinity_not_nan():
    # A dead ReLU network loses all, a delay line all but nothing: its J is nilpotent, the first column zero.
    dead = drawn(RNN, activation="relu", input_scale=0.0).with_weights(b=np.full(H, -1.0))
    np.testing.assert_array_equal(lyapunov_spectrum(orbit(dead, noise(0, PADDED), length=PADDED)), -np.inf)
    assert lyapunov_spectrum(alone(np.eye(H, k=1)))[-1] == -np.inf


def test_lstm_explodes_through_its_candidate_at_the_rate_of_the_derivation():
    # Units by themselves, U_g = w I, biases 10, c = h = 0: J has the eigenvalues f + i w o and 0, and no more.
    f = i = o = 1 / (1 + np.exp(-10))
    only_g = np.array([0.0, 0.0, 1.0, 0.0])[:, None]
    for w in (1.0, 4.0):
        cell = drawn(LSTM, input_scale=0.0)
        cell = cell.with_weights(W_hh=only_g[..., None] * w * np.eye(H), b=np.tile(10 * (1 - only_g), H))
        exponents = lyapunov_spectrum(orbit(cell, noise(0, PADDED), length=PADDED))
        # The first step turns the basis: ln(|J e| / (f + i w o)) over 128 steps is below .02.
        np.testing.assert_allclose(exponents[:H], np.log(f + i * w * o), rtol=0, atol=0.02)
        assert (exponents[H:] < -20).all()


@pytest.mark.parametrize("length", [1, STEPS - 1, STEPS, STEPS + 1, 100])
def test_progress_never_goes_back_and_ends_at_one(length):
    shares = []
    lyapunov_spectrum(orbit(drawn(RNN), noise(0, PADDED), length=length), shares.append)
    assert shares == sorted(shares)
    assert len(shares) == -(-length // STEPS)
    assert shares[-1] == 1.0


@each_cell
def test_another_length_gain_or_seed_compiles_nothing(name, compilations):
    lyapunov_spectrum(orbit(drawn(CELLS[name]), noise(0, PADDED), length=PADDED))
    before = len(compilations)
    for length, gain, seed in [(1, 0.5, 1), (33, 2.0, 2), (100, 20.0, 3)]:
        lyapunov_spectrum(orbit(drawn(CELLS[name], seed, gain=gain), noise(seed, PADDED), length=length))
    assert len(compilations) == before
