"""State Jacobians and their products: against forward mode, against derivations, against NumPy."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from cells import GRU, LSTM, RNN, unroll
from cells.analyses.jacobians import (
    fields_of,
    jacobian,
    log10_rms_gain,
    log10_singular_values,
    log10_spectral_norm,
    orbit,
)
from cells.scaled import Scaled
from cells.taps import identity
from cells.unroll import states_before
from tests.cells.examples import KINDS, H, T, drawn, noise

CELLS = KINDS
each_cell = pytest.mark.parametrize("name", CELLS)
every_jacobian = jax.jit(lambda path: jax.vmap(lambda step: jacobian(path, step))(1 + jnp.arange(path.xs.shape[0])))


@jax.jit
def by_forward_mode(cell, xs):
    """(T, S, S) ds_t/ds_{t-1}, block by block, as jax.jacfwd gives it."""

    def step(state, x):
        derivative = jax.jacfwd(lambda state: cell.step(state, x, identity))(state)
        return jnp.concatenate([jnp.concatenate(row, axis=1) for row in derivative])

    return jax.vmap(step)(states_before(cell.initial_state(), unroll(cell, xs).states), xs)


@jax.jit
def last_state_by_first(cell, xs, length):
    """(S, S) ds_T/ds_0 by jax.jacrev through the whole unrolled network."""

    def last(state):
        return jax.tree.map(lambda field: field[-1], unroll(cell, xs, initial_state=state, length=length).states)

    return jnp.concatenate([jnp.concatenate(row, axis=1) for row in jax.jacrev(last)(cell.initial_state())])


@jax.jit
def sizes(matrices):
    """All that is said of a matrix's size."""
    return log10_rms_gain(matrices), log10_spectral_norm(matrices), log10_singular_values(matrices)


# --- one step ---


@each_cell
def test_jacobian_is_that_of_forward_mode(name):
    for seed in range(3):
        for gain in (0.5, 2.0):
            cell, xs = drawn(CELLS[name], seed, gain=gain, bias_scale=0.3), noise(seed)
            J = every_jacobian(orbit(cell, xs, length=T))
            np.testing.assert_allclose(J, by_forward_mode(cell, xs), rtol=0, atol=1e-14)  # entries of order 1


@pytest.mark.parametrize("activation", ["tanh", "identity"])
def test_jacobian_of_the_rnn_is_the_slope_times_the_weights(activation):
    cell, xs = drawn(RNN, gain=1.5, activation=activation), noise()
    h = np.asarray(unroll(cell, xs).states.h)
    slope = 1 - h**2 if activation == "tanh" else np.ones_like(h)
    expected = slope[:, :, None] * np.asarray(cell.W_hh)[None]
    np.testing.assert_allclose(every_jacobian(orbit(cell, xs, length=T)), expected, rtol=0, atol=1e-14)


def test_jacobian_of_the_lstm_has_h_first_and_the_blocks_of_the_derivation():
    # With c' = f c + i g and h' = o tanh c':
    #   dc'/dc = D(f)                       dc'/dh = D(c f(1-f)) U_f + D(g i(1-i)) U_i + D(i(1-g^2)) U_g
    #   dh'/dc = D(o(1-tanh^2 c')) D(f)     dh'/dh = D(tanh c' o(1-o)) U_o + D(o(1-tanh^2 c')) dc'/dh
    cell, xs = drawn(LSTM, gain=1.5, bias_scale=0.5), noise()
    trajectory, path = unroll(cell, xs), orbit(cell, xs, length=T)
    assert fields_of(cell) == {"h": (0, H), "c": (H, 2 * H)}
    U_i, U_f, U_g, U_o = np.asarray(cell.W_hh)
    for t, J in enumerate(np.asarray(every_jacobian(path))):
        i, f, g, o = (np.asarray(trajectory.gates[symbol][t]) for symbol in "ifgo")
        c, tanh_c = np.asarray(path.before[t, H:]), np.tanh(trajectory.states.c[t])
        dc_dh = (c * f * (1 - f))[:, None] * U_f + (g * i * (1 - i))[:, None] * U_i + (i * (1 - g**2))[:, None] * U_g
        through_c = o * (1 - tanh_c**2)
        dh_dh = (tanh_c * o * (1 - o))[:, None] * U_o + through_c[:, None] * dc_dh
        expected = np.block([[dh_dh, np.diag(through_c * f)], [dc_dh, np.diag(f)]])
        np.testing.assert_allclose(J, expected, rtol=0, atol=1e-14)


@pytest.mark.parametrize("reset_before", [False, True])
def test_jacobian_of_the_gru_is_that_of_the_derivation(reset_before):
    # J = D(z) + D((1-z)(1-n^2)) K + D((h-n) z(1-z)) U_z with
    # K = D(r) U_n + D((U_n h + b_hn) r(1-r)) U_r after, K = U_n (D(r) + D(h r(1-r)) U_r) before the product.
    cell, xs = drawn(GRU, gain=1.5, bias_scale=0.5, reset_before=reset_before), noise()
    trajectory, path = unroll(cell, xs), orbit(cell, xs, length=T)
    U_r, U_z, U_n = np.asarray(cell.W_hh)
    for t, J in enumerate(np.asarray(every_jacobian(path))):
        r, z, n = (np.asarray(trajectory.gates[symbol][t]) for symbol in "rzn")
        h = np.asarray(path.before[t])
        if reset_before:
            K = U_n @ (np.diag(r) + (h * r * (1 - r))[:, None] * U_r)
        else:
            K = r[:, None] * U_n + ((U_n @ h + np.asarray(cell.b_hn)) * r * (1 - r))[:, None] * U_r
        expected = np.diag(z) + ((1 - z) * (1 - n**2))[:, None] * K + ((h - n) * z * (1 - z))[:, None] * U_z
        np.testing.assert_allclose(J, expected, rtol=0, atol=1e-14)


# --- the orbit ---


@each_cell
def test_steps_not_taken_have_the_identity(name):
    path = orbit(drawn(CELLS[name]), noise(), length=20)
    J, one = np.asarray(every_jacobian(path)), np.eye(path.before.shape[-1])
    np.testing.assert_array_equal(J[20:], np.broadcast_to(one, J[20:].shape))
    assert (np.abs(J[:20] - one).max(axis=(1, 2)) > 0.01).all()


@each_cell
def test_orbit_starts_each_step_where_the_last_one_ended(name):
    cell, xs = drawn(CELLS[name], bias_scale=0.3), noise()
    path, states = orbit(cell, xs, length=20), unroll(cell, xs).states
    np.testing.assert_array_equal(path.before[0], 0.0)
    np.testing.assert_allclose(path.before[1:20], np.concatenate(states, axis=-1)[:19], rtol=0, atol=1e-14)
    assert (path.length, path.overflow) == (20, 0)


def test_orbit_reports_the_first_step_that_is_not_finite():
    assert orbit(drawn(RNN, activation="identity"), noise().at[6].set(jnp.inf), length=T).overflow == 7


# --- products ---


@each_cell
@pytest.mark.parametrize("length", [1, 20, T])
def test_product_of_all_steps_is_the_derivative_of_the_last_state_by_the_first(name, length):
    for seed in range(3):
        cell, xs = drawn(CELLS[name], seed, gain=1.5, bias_scale=0.3), noise(seed)
        expected = np.asarray(last_state_by_first(cell, xs, length))
        product = np.eye(len(expected))
        for J in np.asarray(every_jacobian(orbit(cell, xs, length=length))):
            product = J @ product
        np.testing.assert_allclose(product, expected, rtol=0, atol=1e-12 * np.abs(expected).max())


# --- matrices that carry their exponent ---


def random_matrices(seed=0):
    """A stack of three square matrices, of size 1, 1e-3 and 1e3."""
    return np.random.default_rng(seed).normal(size=(3, H, H)) * np.array([1, 1e-3, 1e3])[:, None, None]


@pytest.mark.parametrize("exponent", [0, -40000, 40000])
def test_sizes_are_those_of_numpy_and_a_power_of_two(exponent):
    matrices = random_matrices()
    ours = Scaled(matrices, np.full(3, exponent))
    values, shift = np.linalg.svd(matrices, compute_uv=False), exponent * np.log10(2)
    rms = np.sqrt(np.mean(values**2, axis=-1))
    near = {"rtol": 1e-14, "atol": 1e-13}  # the logarithm itself has the rounding of 12041.2
    gain, spectral_norm, singular_values = sizes(ours)
    np.testing.assert_allclose(gain, np.log10(rms) + shift, **near)
    np.testing.assert_allclose(spectral_norm, np.log10(values[:, 0]) + shift, **near)
    np.testing.assert_allclose(singular_values, np.log10(values) + shift, rtol=1e-14, atol=1e-11)


def test_gain_of_a_block_is_that_of_the_block_alone():
    ours = Scaled(jnp.asarray(random_matrices()), jnp.zeros(3, int))
    for block in (slice(0, 3), slice(3, H)):
        alone = random_matrices()[:, block, block]
        expected = np.log10(np.linalg.norm(alone, axis=(1, 2)) / np.sqrt(alone.shape[-1]))
        np.testing.assert_allclose(log10_rms_gain(ours, block), expected, rtol=0, atol=1e-14)


def test_random_direction_is_stretched_by_the_rms_gain_in_the_mean_square():
    # E |M v|^2 = |M|_F^2 / S for v uniform on the unit sphere.
    matrix = random_matrices()[0]
    v = np.random.default_rng(1).normal(size=(H, 100_000))
    measured = np.mean(np.sum((matrix @ (v / np.linalg.norm(v, axis=0))) ** 2, axis=0))
    gain = sizes(Scaled(random_matrices(), np.zeros(3, int)))[0][0]
    np.testing.assert_allclose(2 * gain, np.log10(measured), rtol=0, atol=0.005)  # 100 000 draws: 3e-3


def test_orthogonal_matrix_has_no_size_at_all():
    for size in sizes(Scaled(np.linalg.qr(random_matrices())[0], np.zeros(3, int))):
        np.testing.assert_allclose(size, 0.0, atol=1e-15)


def test_zero_matrix_has_the_size_minus_infinity_not_nan():
    for size in sizes(Scaled(np.zeros((3, H, H)), np.full(3, 70))):
        np.testing.assert_array_equal(size, -np.inf)


def test_singular_value_that_rounding_has_swallowed_is_minus_infinity():
    values = 10.0 ** np.array([0, -1, -2, -3, -4, -5, -13, -15])
    _, _, logs = sizes(Scaled(np.tile(np.diag(values), (3, 1, 1)), np.zeros(3, int)))
    np.testing.assert_allclose(logs, np.tile([0, -1, -2, -3, -4, -5, -13, -np.inf], (3, 1)), atol=1e-9)
