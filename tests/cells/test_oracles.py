"""The cells against two other libraries with the same weights, and against the formula in NumPy: values and gradients.

flax and equinox were written by other people from the same papers. Both multiply by the reset gate after the matrix
product, and in both z keeps.
"""

import equinox as eqx
import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from cells import GRU, LSTM, RNN, unroll
from tests.cells.examples import D, H, drawn, noise

STEPS = 200
"""Far enough that a swapped gate or a missing bias shows in every digit."""


def flax_lstm(cell, xs):
    gates = {"i": 0, "f": 1, "g": 2, "o": 3}
    params = {f"i{gate}": {"kernel": cell.W_ih[at].T} for gate, at in gates.items()}
    params |= {f"h{gate}": {"kernel": cell.W_hh[at].T, "bias": cell.b[at]} for gate, at in gates.items()}
    module = nn.LSTMCell(H, param_dtype=float)

    def step(carry, x):
        (c, h), _ = module.apply({"params": params}, carry, x)
        return (c, h), LSTM.State(h=h, c=c)

    return jax.lax.scan(step, (jnp.zeros(H), jnp.zeros(H)), xs)[1]


def equinox_lstm(cell, xs):
    module = eqx.nn.LSTMCell(D, H, key=jax.random.key(0))
    weights = (cell.W_ih.reshape(-1, D), cell.W_hh.reshape(-1, H), cell.b.reshape(-1))
    module = eqx.tree_at(lambda m: (m.weight_ih, m.weight_hh, m.bias), module, weights)

    def step(carry, x):
        h, c = module(x, carry)
        return (h, c), LSTM.State(h=h, c=c)

    return jax.lax.scan(step, (jnp.zeros(H), jnp.zeros(H)), xs)[1]


def flax_gru(cell, xs):
    params = {f"i{gate}": {"kernel": cell.W_ih[at].T, "bias": cell.b[at]} for at, gate in enumerate("rzn")}
    params |= {f"h{gate}": {"kernel": cell.W_hh[at].T} for at, gate in enumerate("rzn")}
    params["hn"]["bias"] = cell.b_hn
    module = nn.GRUCell(H, param_dtype=float)

    def step(h, x):
        h, _ = module.apply({"params": params}, h, x)
        return h, GRU.State(h=h)

    return jax.lax.scan(step, jnp.zeros(H), xs)[1]


def equinox_gru(cell, xs):
    module = eqx.nn.GRUCell(D, H, key=jax.random.key(0))
    weights = (cell.W_ih.reshape(-1, D), cell.W_hh.reshape(-1, H), cell.b.reshape(-1), cell.b_hn)
    module = eqx.tree_at(lambda m: (m.weight_ih, m.weight_hh, m.bias, m.bias_n), module, weights)

    def step(h, x):
        h = module(x, h)
        return h, GRU.State(h=h)

    return jax.lax.scan(step, jnp.zeros(H), xs)[1]


def flax_rnn(cell, xs):
    params = {"i": {"kernel": cell.W_ih.T, "bias": cell.b}, "h": {"kernel": cell.W_hh.T}}
    module = nn.SimpleCell(H, param_dtype=float)

    def step(h, x):
        h, _ = module.apply({"params": params}, h, x)
        return h, RNN.State(h=h)

    return jax.lax.scan(step, jnp.zeros(H), xs)[1]


def equinox_linear_rnn(cell, xs):
    # equinox has no vanilla cell; its linear layers make one.
    into = eqx.tree_at(lambda m: (m.weight, m.bias), eqx.nn.Linear(D, H, key=jax.random.key(0)), (cell.W_ih, cell.b))
    across = eqx.tree_at(lambda m: m.weight, eqx.nn.Linear(H, H, False, key=jax.random.key(0)), cell.W_hh)

    def step(h, x):
        h = jnp.tanh(into(x) + across(h))
        return h, RNN.State(h=h)

    return jax.lax.scan(step, jnp.zeros(H), xs)[1]


LIBRARIES = [
    pytest.param(LSTM, flax_lstm, id="lstm-flax"),
    pytest.param(LSTM, equinox_lstm, id="lstm-equinox"),
    pytest.param(GRU, flax_gru, id="gru-flax"),
    pytest.param(GRU, equinox_gru, id="gru-equinox"),
    pytest.param(RNN, flax_rnn, id="rnn-flax"),
    pytest.param(RNN, equinox_linear_rnn, id="rnn-equinox"),
]


@pytest.mark.parametrize(("cell_class", "library"), LIBRARIES)
def test_states_and_gradients_equal_those_of_the_library(cell_class, library):
    def value(forward, cell, xs):
        states = forward(cell, xs)
        return sum((jnp.cos(jnp.arange(field.size)) * field.ravel()).sum() for field in states), states

    def ours(cell, xs):
        return unroll(cell, xs).states

    @jax.jit
    def both(cell, xs):
        weights, rest = eqx.partition(cell, eqx.is_inexact_array)
        return [
            jax.value_and_grad(
                lambda weights, xs, forward=forward: value(forward, eqx.combine(weights, rest), xs),
                argnums=(0, 1),
                has_aux=True,
            )(weights, xs)
            for forward in (ours, library)
        ]

    for seed in range(3):
        cell = drawn(cell_class, seed, bias_scale=0.5)
        (mine, my_gradient), (theirs, their_gradient) = both(cell, noise(seed, STEPS))
        for one, other in zip(mine[1], theirs[1], strict=True):
            np.testing.assert_allclose(one, other, rtol=0, atol=1e-13)  # states are at most 1 in size here
        for one, other in zip(jax.tree.leaves(my_gradient), jax.tree.leaves(their_gradient), strict=True):
            assert np.abs(other).max() > 1e-3
            np.testing.assert_allclose(one, other, rtol=0, atol=1e-12 * np.abs(other).max())


def numpy_rnn(cell, xs):
    W_ih, W_hh, b = map(np.asarray, (cell.W_ih, cell.W_hh, cell.b))
    h, states = np.zeros(H), []
    for x in xs:
        h = np.tanh(W_ih @ x + W_hh @ h + b)
        states.append(h)
    return np.array(states)


def numpy_gru(cell, xs, *, reset_before, z_writes=False):
    """Cho et al. (2014) in both versions; with z_writes, h = (1 - z) h + z n as in Chung et al. (2014)."""
    (W_r, W_z, W_n), (U_r, U_z, U_n), (b_r, b_z, b_n) = map(np.asarray, (cell.W_ih, cell.W_hh, cell.b))
    b_hn, h, states = np.asarray(cell.b_hn), np.zeros(H), []
    for x in np.asarray(xs):
        r = 1 / (1 + np.exp(-(W_r @ x + U_r @ h + b_r)))
        z = 1 / (1 + np.exp(-(W_z @ x + U_z @ h + b_z)))
        recurrent = U_n @ (r * h) + b_hn if reset_before else r * (U_n @ h + b_hn)
        n = np.tanh(W_n @ x + b_n + recurrent)
        h = (1 - z) * h + z * n if z_writes else z * h + (1 - z) * n
        states.append(h)
    return np.array(states)


@pytest.mark.parametrize("seed", range(3))
def test_rnn_equals_a_numpy_loop(seed):
    cell, xs = drawn(RNN, seed, bias_scale=0.5), noise(seed, STEPS)
    np.testing.assert_allclose(unroll(cell, xs).states.h, numpy_rnn(cell, xs), rtol=0, atol=1e-13)


@pytest.mark.parametrize("reset_before", [False, True])
def test_gru_resets_where_it_says(reset_before):
    for seed in range(3):
        cell, xs = drawn(GRU, seed, bias_scale=0.5, reset_before=reset_before), noise(seed, STEPS)
        expected = numpy_gru(cell, xs, reset_before=reset_before)
        np.testing.assert_allclose(unroll(cell, xs).states.h, expected, rtol=0, atol=1e-13)
        assert np.abs(expected - numpy_gru(cell, xs, reset_before=not reset_before)).max() > 0.01


def test_reset_conventions_coincide_where_the_product_is_elementwise():
    # r * (U h) = U (r * h) if U is diagonal, and r * b = b if b = 0.
    cell = drawn(GRU)
    diagonal = jnp.asarray(cell.W_hh).at[2].set(jnp.diag(jnp.diag(cell.W_hh[2])))
    after = cell.with_weights(W_hh=diagonal, b_hn=jnp.zeros(H))
    before = after.with_weights(reset_before=jnp.asarray(True))
    one, other = unroll(after, noise(0, STEPS)).states.h, unroll(before, noise(0, STEPS)).states.h
    np.testing.assert_allclose(one, other, rtol=0, atol=1e-14)


def test_update_gate_conventions_are_equal_after_negating_its_weights():
    # 1 - sigmoid(a) = sigmoid(-a), so the papers differ in the sign of W_z, U_z and b_z alone.
    for seed in range(3):
        cell, xs = drawn(GRU, seed, bias_scale=0.5), noise(seed, STEPS)
        arrays = {name: jnp.asarray(getattr(cell, name)) for name in ("W_ih", "W_hh", "b")}
        negated = cell.with_weights(**{name: array.at[1].multiply(-1) for name, array in arrays.items()})
        writes = numpy_gru(negated, xs, reset_before=False, z_writes=True)
        np.testing.assert_allclose(unroll(cell, xs).states.h, writes, rtol=0, atol=1e-13)
