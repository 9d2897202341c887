"""The gradient that carries its exponent, against plain autodiff, against products of Jacobians, against theory."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cells import GRU, LSTM, RNN, activations, backprop, unroll
from cells.analyses.adjoint import named_loss
from cells.taps import identity
from tests.cells.examples import KINDS, H, T, as_float32, drawn, noise, silence

CELLS = KINDS
LONG = 2048
WIDE = (4, 16)
"""Eight strongly coupled units may fall into a cycle, sixteen stay chaotic."""
each_cell = pytest.mark.parametrize("name", CELLS)


def vectors(adjoint, name):
    """dL/d(name) in plain numbers, (T, H)."""
    return np.asarray(adjoint.direction[name]) * 10 ** np.asarray(adjoint.log10_norm[name])[:, None]


@jax.jit
def by_autodiff(cell, xs, loss):
    """{name: (T, H)} the same by jax.grad through the unrolled network, in plain float64."""

    def value(probes):
        states = unroll(cell, xs, probes=probes).states
        return sum(loss.weight @ (field @ towards) for field, towards in zip(states, loss.direction, strict=True))

    return jax.grad(value)({name: jnp.zeros((xs.shape[0], cell.hidden_size)) for name in cell.intermediates()})


@jax.jit
def jacobians(cell, xs):
    """(T, S, S) d s_t / d s_{t-1} for the whole state s, one step at a time."""
    states, first = unroll(cell, xs).states, cell.initial_state()
    before = jax.tree.map(lambda start, later: jnp.concatenate([start[None], later[:-1]]), first, states)
    shapes = [field.shape[0] for field in first]

    def step(flat, x):
        state = type(first)(*jnp.split(flat, np.cumsum(shapes)[:-1]))
        return jnp.concatenate(cell.step(state, x, identity))

    return jax.vmap(jax.jacfwd(step))(jnp.concatenate(before, axis=-1), xs)


def assert_same_vectors(one, other, tolerance):
    """Every row of two (T, H) arrays agrees, relative to the row's own length."""
    lengths = np.linalg.norm(other, axis=-1)
    assert (np.linalg.norm(one - other, axis=-1) <= tolerance * lengths).all()


# --- against autodiff ---


@each_cell
@pytest.mark.parametrize("where", ["last", "every", 20])
def test_scaled_adjoint_equals_plain_autodiff(name, where):
    for seed in range(3):
        for gain in (0.5, 1.0, 2.0):
            cell, xs = drawn(CELLS[name], seed, gain=gain, bias_scale=0.3), noise(seed)
            expected = by_autodiff(cell, xs, named_loss(cell, T, where))
            adjoint = backprop(cell, xs, where)
            assert set(adjoint.log10_norm) == set(expected) == set(cell.intermediates())
            for symbol, vector in expected.items():
                assert_same_vectors(vectors(adjoint, symbol), np.asarray(vector), 1e-11)  # float64 over 32 steps


@each_cell
def test_product_of_jacobians_equals_adjoint(name):
    for seed in range(3):
        cell, xs = drawn(CELLS[name], seed, gain=1.5, bias_scale=0.3), noise(seed)
        J = np.asarray(jacobians(cell, xs))
        row = np.concatenate(named_loss(cell, T, "last").direction)
        norms = [np.linalg.norm(row)]
        for step in range(T - 1, 0, -1):
            row = row @ J[step]
            norms.append(np.linalg.norm(row))
        log10_state_norm = backprop(cell, xs).log10_state_norm
        np.testing.assert_allclose(log10_state_norm, np.log10(norms[::-1]), rtol=0, atol=1e-11)


@pytest.mark.parametrize(
    ("cell_class", "symbols"), [(RNN, ("h",)), (GRU, ("r", "z", "n")), (LSTM, ("i", "f", "g", "o"))]
)
def test_weight_gradient_is_the_sum_over_steps_of_the_tied_copies(cell_class, symbols):
    # dL/dU_k = sum_t (dL/da_k,t) h_{t-1}^T, where dL/da is dL/d(gate) times sigmoid' = y (1 - y) or tanh' = 1 - y^2.
    cell, xs = drawn(cell_class, bias_scale=0.3), noise()
    adjoint = backprop(cell, xs)
    h = np.asarray(adjoint.trajectory.states.h)
    before = np.concatenate([np.zeros((1, H)), h[:-1]])
    values = {name: np.asarray(value) for name, value in adjoint.trajectory.gates.items()} | {"h": h}
    ours = []
    for symbol in symbols:
        y = values[symbol]
        slope = 1 - y**2 if symbol in ("h", "n", "g") else y * (1 - y)
        inside = values["r"] if symbol == "n" else 1.0  # the GRU's candidate sees r * (U_n h)
        ours.append((vectors(adjoint, symbol) * slope * inside).T @ before)
    tied = eqx.filter_grad(lambda cell: unroll(cell, xs).states.h[-1].sum() / np.sqrt(H))(cell).W_hh
    np.testing.assert_allclose(np.reshape(ours, tied.shape), tied, rtol=0, atol=1e-12 * np.abs(tied).max())


def test_function_of_the_last_state_gives_the_same_as_a_loss_in_numbers():
    cell, xs = drawn(LSTM), noise()
    named, written = backprop(cell, xs, "last"), backprop(cell, xs, lambda state: state.h.sum() / np.sqrt(H))
    for symbol in cell.intermediates():
        assert_same_vectors(vectors(written, symbol), vectors(named, symbol), 1e-13)


# --- the loss ---


@each_cell
def test_loss_on_every_step_is_the_sum_of_the_losses_on_each(name):
    cell, xs = drawn(CELLS[name], gain=1.2), noise()
    every = backprop(cell, xs, "every")
    each = [backprop(cell, xs, step) for step in range(1, T + 1)]
    for symbol in cell.intermediates():
        total = sum(vectors(adjoint, symbol) for adjoint in each)
        assert_same_vectors(vectors(every, symbol), total, 1e-11)


@each_cell
def test_loss_at_a_chosen_step_reaches_nothing_later(name):
    cell, xs = drawn(CELLS[name]), noise()
    chosen = backprop(cell, xs, 20)
    for symbol in cell.intermediates():
        np.testing.assert_array_equal(chosen.log10_norm[symbol][20:], -np.inf)
        np.testing.assert_array_equal(chosen.direction[symbol][20:], 0.0)
    np.testing.assert_allclose(chosen.log10_norm["h"][19], 0.0, atol=1e-15)  # the direction has length 1


def test_padding_changes_nothing():
    cell, xs = drawn(LSTM), noise()
    padded, whole = backprop(cell, xs, length=20), backprop(cell, xs, 20)
    for symbol in cell.intermediates():
        np.testing.assert_allclose(padded.log10_norm[symbol], whole.log10_norm[symbol], rtol=0, atol=1e-13)
    np.testing.assert_array_equal(padded.trajectory.states.h[20:], np.tile(padded.trajectory.states.h[19], (T - 20, 1)))


def test_a_loss_beyond_the_steps_taken_is_refused():
    with pytest.raises(ValueError, match=r"a step from 1 to 20; got 21"):
        backprop(drawn(LSTM), noise(), 21, length=20)


@pytest.mark.parametrize("loss", ["first", 0, T + 1, -1, None, 2.5, ()])
def test_unknown_loss_is_refused_with_what_was_expected(loss):
    with pytest.raises(ValueError, match=r"^loss: expected 'last', 'every'.* got "):
        backprop(drawn(RNN), noise(), loss)


# --- far beyond the range of floats ---


@pytest.mark.parametrize(("gain", "low", "high"), [(0.5, -1000, -600), (3.0, 100, 250)])
def test_norm_stays_finite_hundreds_of_decades_away(gain, low, high):
    for seed in range(3):
        log10_norm = backprop(drawn(RNN, seed, size=WIDE, gain=gain), noise(seed, LONG)).log10_norm["h"]
        assert np.isfinite(log10_norm).all()
        assert low < log10_norm[0] < high, log10_norm[0]


@pytest.mark.parametrize("cell_class", [RNN, LSTM])
def test_single_precision_gives_the_same_logarithms_as_double(cell_class):
    # Gains that contract: a chaotic orbit is another orbit in single precision.
    for seed in range(3):
        for gain in (0.5, 1.0):
            cell, xs = drawn(cell_class, seed, size=WIDE, gain=gain), noise(seed, LONG)
            double = backprop(cell, xs)
            single = backprop(as_float32(cell), xs.astype(jnp.float32))
            for symbol in cell.State._fields:
                assert double.log10_norm[symbol][0] < -100
                np.testing.assert_allclose(single.log10_norm[symbol], double.log10_norm[symbol], rtol=1e-4, atol=1e-4)


def test_orthogonal_linear_network_grows_by_its_gain_exactly():
    # W = gQ and phi(x) = x: every step back multiplies the norm by g, here to 10^976.
    for seed in range(3):
        cell = drawn(RNN, seed, size=WIDE, gain=3.0, activation="identity", input_scale=0.0)
        curve = backprop(cell, noise(seed, LONG)).log10_norm["h"]
        np.testing.assert_allclose(curve, np.log10(3) * np.arange(LONG - 1, -1, -1), rtol=1e-12, atol=1e-12)


# --- exact zeros, overflow, the smallest sizes ---


@each_cell
def test_exact_zero_gives_minus_infinity_not_nan(name):
    # A dead ReLU network: every pre-activation is -1, every slope 0.
    cell = drawn(CELLS[name], activation="relu", gain=0.05, input_scale=0.0)
    cell = cell.with_weights(b=jnp.full_like(cell.b, -1.0))
    adjoint = backprop(cell, noise())
    assert adjoint.trajectory.overflow == 0
    for symbol in cell.intermediates():
        assert not np.isnan(adjoint.log10_norm[symbol]).any()
        dead = np.isneginf(adjoint.log10_norm[symbol])
        np.testing.assert_array_equal(adjoint.direction[symbol][dead], 0.0)
        np.testing.assert_allclose(np.linalg.norm(adjoint.direction[symbol][~dead], axis=-1), 1.0, rtol=1e-14)


def test_dead_relu_network_passes_exactly_nothing():
    cell = drawn(RNN, activation="relu", input_scale=0.0).with_weights(b=jnp.full(H, -1.0))
    adjoint = backprop(cell, noise())
    np.testing.assert_allclose(adjoint.log10_norm["h"][-1], 0.0, atol=1e-15)
    np.testing.assert_array_equal(adjoint.log10_norm["h"][:-1], -np.inf)
    np.testing.assert_array_equal(adjoint.log10_state_norm[:-1], -np.inf)


IMPULSE = jnp.zeros((256, 1)).at[0, 0].set(1.0)


def growing_twentyfold(activation):
    """h_1 = 1 and h_t = 20 h_{t-1} where phi(x) = x for positive x."""
    return RNN(W_ih=[[1.0]], W_hh=[[20.0]], b=[0.0], activation=activation)


@pytest.mark.parametrize("activation", ["identity", "relu"])
def test_overflow_reports_the_first_step_that_is_not_finite(activation):
    # 20^(t-1) passes 1.798e308 at t = 238, and 3.403e38 at t = 31 in single precision.
    cell = growing_twentyfold(activation)
    assert backprop(cell, IMPULSE, length=256).trajectory.overflow == 238
    assert unroll(as_float32(cell), IMPULSE.astype(jnp.float32)).overflow == 31


@pytest.mark.parametrize("activation", activations.ACTIVATIONS)
def test_overflow_in_the_padding_does_not_reach_the_gradient(activation):
    # h_237 = 20^236 is finite and the step after it would not be; that step is not taken.
    adjoint = backprop(growing_twentyfold(activation), IMPULSE, length=237)
    assert adjoint.trajectory.overflow == 0
    assert not np.isnan(adjoint.log10_norm["h"]).any()


@each_cell
def test_one_step_of_one_unit(name):
    cell = drawn(CELLS[name], size=(1, 1), bias_scale=0.5)
    adjoint = backprop(cell, noise(0, 1, 1))
    np.testing.assert_allclose(adjoint.log10_norm["h"], [0.0], atol=1e-15)  # dL/dh_1 = 1/sqrt(1)
    for symbol in cell.intermediates():
        assert adjoint.direction[symbol].shape == (1, 1)
        assert np.abs(adjoint.direction[symbol]) in (0.0, 1.0)


# --- theory ---


@given(
    seed=st.integers(0, 2**31 - 1),
    gain=st.floats(0.05, 20),
    input_scale=st.floats(0, 10),
    activation=st.sampled_from(list(activations.ACTIVATIONS)),
    initializer=st.sampled_from(["orthogonal", "gaussian", "he", "pytorch"]),
)
def test_no_step_back_grows_beyond_the_singular_value_bound(seed, gain, input_scale, activation, initializer):
    # |dL/dh_{t-1}| <= sigma_1(W) max|phi'| |dL/dh_t|: Pascanu, Mikolov and Bengio (2013), section 2.1.
    cell = drawn(RNN, seed, gain=gain, input_scale=input_scale, activation=activation, initializer=initializer)
    curve = np.asarray(backprop(cell, noise(seed)).log10_norm["h"])
    bound = np.log10(cell.bound_growths()[0])
    assert (curve[:-1] <= curve[1:] + bound + 1e-6).all()  # max|phi'| is given to six figures


@given(seed=st.integers(0, 2**31 - 1), slack=st.floats(0.05, 0.95))
def test_singular_value_below_the_inverse_slope_forces_vanishing(seed, slack):
    # sigma_1(W) max|phi'| = slack < 1: after T - 1 steps at most slack^(T-1) is left.
    for activation, slope in [("tanh", 1.0), ("sigmoid", 0.25)]:
        cell = drawn(RNN, seed, gain=slack / slope, activation=activation)
        assert backprop(cell, noise(seed)).log10_norm["h"][0] <= (T - 1) * np.log10(slack) + 1e-9


def test_relu_with_identity_weights_carries_everything():
    # IRNN (Le et al. 2015): W = I and inputs >= 0 keep every unit open, so dh_T/dh_t = I.
    cell = drawn(RNN, activation="relu", initializer="identity")
    cell = cell.with_weights(W_ih=jnp.abs(cell.W_ih))
    np.testing.assert_allclose(backprop(cell, jnp.abs(noise())).log10_norm["h"], 0.0, atol=1e-14)


def test_lstm_jacobian_has_the_four_blocks_of_the_derivation():
    # With c' = f c + i g and h' = o tanh c':
    #   dc'/dc = D(f)                       dc'/dh = D(c f(1-f)) U_f + D(g i(1-i)) U_i + D(i(1-g^2)) U_g
    #   dh'/dc = D(o(1-tanh^2 c')) D(f)     dh'/dh = D(tanh c' o(1-o)) U_o + D(o(1-tanh^2 c')) dc'/dh
    cell, xs = drawn(LSTM, bias_scale=0.5), noise()
    trajectory = unroll(cell, xs)
    U_i, U_f, U_g, U_o = np.asarray(cell.W_hh)
    for t in range(1, T):
        i, f, g, o = (np.asarray(trajectory.gates[symbol][t]) for symbol in "ifgo")
        c, tanh_c = np.asarray(trajectory.states.c[t - 1]), np.tanh(trajectory.states.c[t])
        dc_dh = (c * f * (1 - f))[:, None] * U_f + (g * i * (1 - i))[:, None] * U_i + (i * (1 - g**2))[:, None] * U_g
        through_c = o * (1 - tanh_c**2)
        dh_dh = (tanh_c * o * (1 - o))[:, None] * U_o + through_c[:, None] * dc_dh
        expected = np.block([[dh_dh, np.diag(through_c * f)], [dc_dh, np.diag(f)]])
        np.testing.assert_allclose(jacobians(cell, xs)[t], expected, rtol=0, atol=1e-14)


@pytest.mark.parametrize("reset_before", [False, True])
def test_gru_jacobian_is_that_of_the_derivation(reset_before):
    # J = D(z) + D((1-z)(1-n^2)) K + D((h-n) z(1-z)) U_z with
    # K = D(r) U_n + D((U_n h + b_hn) r(1-r)) U_r after, K = U_n (D(r) + D(h r(1-r)) U_r) before the product.
    cell, xs = drawn(GRU, bias_scale=0.5, reset_before=reset_before), noise()
    trajectory = unroll(cell, xs)
    U_r, U_z, U_n = np.asarray(cell.W_hh)
    for t in range(1, T):
        r, z, n = (np.asarray(trajectory.gates[symbol][t]) for symbol in "rzn")
        h = np.asarray(trajectory.states.h[t - 1])
        if reset_before:
            K = U_n @ (np.diag(r) + (h * r * (1 - r))[:, None] * U_r)
        else:
            K = r[:, None] * U_n + ((U_n @ h + np.asarray(cell.b_hn)) * r * (1 - r))[:, None] * U_r
        expected = np.diag(z) + ((1 - z) * (1 - n**2))[:, None] * K + ((h - n) * z * (1 - z))[:, None] * U_z
        np.testing.assert_allclose(jacobians(cell, xs)[t], expected, rtol=0, atol=1e-14)


@pytest.mark.parametrize("cell_class", [RNN, GRU, LSTM])
def test_silence_leaves_a_zero_state_where_it_is(cell_class):
    for field in unroll(drawn(cell_class), silence()).states:
        np.testing.assert_array_equal(field, 0.0)
