"""The smaller cells of the zoo against another library, a loop in NumPy, or what can be derived on paper."""

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from cells import GRU, LSTM, all_cells, unroll
from cells.analyses.jacobians import move
from cells.taps import identity
from tests.cells.examples import D, H, T, drawn, noise

ZOO = all_cells()
STEPS = 100


def sigmoid(a):
    return 1 / (1 + np.exp(-a))


def numpy_states(cell, xs, step):
    """What a step written in NumPy makes of a sequence, from zeros: {field: (T, H)}."""
    weights = {name: np.asarray(getattr(cell, name)) for name in ("W_ih", "W_hh", "b", "p") if hasattr(cell, name)}
    state, states = {field: np.zeros(H) for field in cell.State._fields}, []
    for x in np.asarray(xs):
        state = step(x, **state, **weights)
        states.append(state)
    return {field: np.array([state[field] for state in states]) for field in cell.State._fields}


def ugrnn(x, h, W_ih, W_hh, b):
    z = sigmoid(W_ih[0] @ x + W_hh[0] @ h + b[0])
    return {"h": z * h + (1 - z) * np.tanh(W_ih[1] @ x + W_hh[1] @ h + b[1])}


def mgu(x, h, W_ih, W_hh, b):
    f = sigmoid(W_ih[0] @ x + W_hh[0] @ h + b[0])
    return {"h": (1 - f) * h + f * np.tanh(W_ih[1] @ x + W_hh[1] @ (f * h) + b[1])}


def cifg(x, h, c, W_ih, W_hh, b):
    a_f, a_g, a_o = W_ih @ x + W_hh @ h + b
    c = sigmoid(a_f) * c + (1 - sigmoid(a_f)) * np.tanh(a_g)
    return {"h": sigmoid(a_o) * np.tanh(c), "c": c}


def peephole(x, h, c, W_ih, W_hh, b, p):
    a_i, a_f, a_g, a_o = W_ih @ x + W_hh @ h + b
    c = sigmoid(a_f + p[1] * c) * c + sigmoid(a_i + p[0] * c) * np.tanh(a_g)
    return {"h": sigmoid(a_o + p[2] * c) * np.tanh(c), "c": c}


def lstm1997(x, h, c, W_ih, W_hh, b):
    a_i, a_g, a_o = W_ih @ x + W_hh @ h + b
    c = c + sigmoid(a_i) * np.tanh(a_g)
    return {"h": sigmoid(a_o) * np.tanh(c), "c": c}


def mingru(x, h, W_ih, W_hh, b):
    z = sigmoid(W_ih[0] @ x + b[0])
    return {"h": (1 - z) * h + z * (W_ih[1] @ x + b[1])}


def minlstm(x, h, W_ih, W_hh, b):
    f, i = sigmoid(W_ih[0] @ x + b[0]), sigmoid(W_ih[1] @ x + b[1])
    return {"h": f / (f + i) * h + i / (f + i) * (W_ih[2] @ x + b[2])}


LOOPS = (ugrnn, mgu, cifg, peephole, lstm1997, mingru, minlstm)


@pytest.mark.parametrize("loop", LOOPS, ids=lambda loop: loop.__name__)
def test_cell_equals_a_numpy_loop(loop):
    for seed in range(3):
        cell, xs = drawn(ZOO[loop.__name__], seed, bias_scale=0.5), noise(seed, STEPS)
        states, expected = unroll(cell, xs).states, numpy_states(cell, xs, loop)
        for field, values in expected.items():
            size = max(1.0, np.abs(values).max())  # the c of 1997 grows
            np.testing.assert_allclose(getattr(states, field), values, rtol=0, atol=1e-12 * size)


def test_lru_equals_a_loop_over_complex_numbers():
    # h_t = lambda h_{t-1} + gamma (B x_t + b), lambda = e^(-e^nu + i e^theta), gamma = sqrt(1 - |lambda|^2).
    for seed in range(3):
        cell, xs = drawn(ZOO["lru"], seed, bias_scale=0.5), noise(seed, STEPS)
        eigenvalues = np.exp(-np.exp(np.asarray(cell.nu)) + 1j * np.exp(np.asarray(cell.theta)))
        gamma = np.sqrt(1 - np.abs(eigenvalues) ** 2)
        B, b = (np.asarray(part[0] + 1j * part[1]) for part in (cell.W_ih, cell.b))
        h, expected = np.zeros(H, complex), []
        for x in np.asarray(xs):
            h = eigenvalues * h + gamma * (B @ x + b)
            expected.append(h)
        states = unroll(cell, xs).states
        np.testing.assert_allclose(states.h + 1j * states.q, expected, rtol=0, atol=1e-12)


def flax_mgu(cell, xs, *, reset_gate):
    params = {f"i{name}": {"kernel": cell.W_ih[at].T, "bias": cell.b[at]} for at, name in enumerate("fn")}
    params |= {f"h{name}": {"kernel": cell.W_hh[at].T} for at, name in enumerate("fn")}
    if reset_gate:
        params["hn"]["bias"] = jnp.zeros(H)
    module = nn.MGUCell(H, param_dtype=float, reset_gate=reset_gate)

    def step(h, x):
        h, _ = module.apply({"params": params}, h, x)
        return h, h

    return jax.lax.scan(step, jnp.zeros(H), xs)[1]


def test_ugrnn_is_the_minimal_gated_unit_of_flax_without_its_reset():
    def values_and_gradients(cell, xs):
        return [
            jax.value_and_grad(lambda xs, forward=forward: (forward(xs) ** 2).sum())(xs)
            for forward in (lambda xs: unroll(cell, xs).states.h, lambda xs: flax_mgu(cell, xs, reset_gate=False))
        ]

    compiled = jax.jit(values_and_gradients)
    for seed in range(3):
        one, other = compiled(drawn(ZOO["ugrnn"], seed, bias_scale=0.5), noise(seed, STEPS))
        np.testing.assert_allclose(one[0], other[0], rtol=1e-13)
        np.testing.assert_allclose(one[1], other[1], rtol=0, atol=1e-13 * np.abs(one[1]).max())


def test_ugrnn_is_the_gru_with_its_reset_open():
    # sigmoid(40) = 1 to the last digit: r h = h.
    cell = drawn(ZOO["ugrnn"], bias_scale=0.5)
    W_ih, W_hh = (jnp.concatenate([jnp.zeros_like(W[:1]), W]) for W in (cell.W_ih, cell.W_hh))
    gru = GRU(W_ih=W_ih, W_hh=W_hh, b=jnp.concatenate([jnp.full((1, H), 40.0), cell.b]))
    xs = noise(0, STEPS)
    np.testing.assert_allclose(unroll(cell, xs).states.h, unroll(gru, xs).states.h, rtol=0, atol=1e-14)


def test_mgu_is_flaxs_with_a_negated_gate_where_there_is_nothing_to_reset():
    # flax's f keeps and ours writes: 1 - sigmoid(a) = sigmoid(-a). What f multiplies inside the candidate differs.
    cell = drawn(ZOO["mgu"], bias_scale=0.5)
    sign = jnp.array([-1.0, 1.0])
    flipped = cell.with_weights(
        W_ih=sign[:, None, None] * cell.W_ih, W_hh=sign[:, None, None] * cell.W_hh, b=sign[:, None] * cell.b
    )
    xs = noise(0, STEPS)
    assert np.abs(unroll(cell, xs).states.h - flax_mgu(flipped, xs, reset_gate=True)).max() > 0.01

    def without(cell):
        return cell.with_weights(W_hh=jnp.asarray(cell.W_hh).at[1].set(0))

    expected = flax_mgu(without(flipped), xs, reset_gate=True)
    np.testing.assert_allclose(unroll(without(cell), xs).states.h, expected, rtol=0, atol=1e-13)


def lstm_with(cell, rows, b_f=None):
    """An LSTM with the rows of another cell in the order i f g o; None is a row of zeros."""
    W_ih, W_hh, b = (
        jnp.stack([jnp.zeros_like(W[0]) if row is None else W[row] for row in rows])
        for W in (cell.W_ih, cell.W_hh, cell.b)
    )
    return LSTM(W_ih=W_ih, W_hh=W_hh, b=b if b_f is None else jnp.asarray(b).at[1].set(b_f))


def test_cifg_is_an_lstm_whose_input_gate_is_one_minus_its_forget_gate():
    # 1 - sigmoid(a) = sigmoid(-a): the input gate's weights are those of f, negated.
    for seed in range(3):
        cell, xs = drawn(ZOO["cifg"], seed, bias_scale=0.5), noise(seed, STEPS)
        lstm = lstm_with(cell, (0, 0, 1, 2))
        negated = {name: jnp.asarray(getattr(lstm, name)).at[0].multiply(-1) for name in ("W_ih", "W_hh", "b")}
        mine, theirs = unroll(cell, xs).states, unroll(lstm.with_weights(**negated), xs).states
        np.testing.assert_allclose(mine.c, theirs.c, rtol=0, atol=1e-13)
        np.testing.assert_allclose(mine.h, theirs.h, rtol=0, atol=1e-13)


def test_lstm_of_1997_is_an_lstm_whose_forget_gate_never_closes():
    cell, xs = drawn(ZOO["lstm1997"], bias_scale=0.5), noise(0, STEPS)
    lstm = lstm_with(cell, (0, None, 1, 2), b_f=40.0)
    np.testing.assert_allclose(unroll(cell, xs).states.c, unroll(lstm, xs).states.c, rtol=0, atol=1e-12)


def test_peephole_without_peepholes_is_the_lstm():
    cell, xs = drawn(ZOO["peephole"], bias_scale=0.5, peephole_scale=0.0), noise(0, STEPS)
    np.testing.assert_array_equal(cell.p, 0)
    lstm = LSTM(W_ih=cell.W_ih, W_hh=cell.W_hh, b=cell.b)
    np.testing.assert_allclose(unroll(cell, xs).states.h, unroll(lstm, xs).states.h, rtol=0, atol=1e-14)


def around(cell, seed=0):
    """A state that is nowhere 0, an input, and every named value of the step from there."""
    spread = np.random.default_rng(seed).uniform(-1, 1, (len(cell.State._fields), H))
    state, x, seen = cell.State(*jnp.asarray(spread)), noise(seed)[0], {}

    def tap(name, value):
        seen[name] = np.asarray(value)
        return value

    cell.step(state, x, tap)
    return state, x, seen


def test_direct_factor_of_the_peephole_has_two_more_terms():
    # c' = f(c) c + i(c) g with f' = p_f f (1 - f) and i' = p_i i (1 - i), h held.
    for seed in range(3):
        cell = drawn(ZOO["peephole"], seed, bias_scale=0.5, peephole_scale=8.0)
        state, x, seen = around(cell, seed)
        slope = jax.jacrev(lambda c, s=state, x=x, cell=cell: cell.step(s._replace(c=c), x, identity).c)(state.c)
        i, f, g = seen["i"], seen["f"], seen["g"]
        p_i, p_f, _ = np.asarray(cell.p)
        factor = f + p_f * np.asarray(state.c) * f * (1 - f) + p_i * g * i * (1 - i)
        np.testing.assert_allclose(slope, np.diag(factor), rtol=0, atol=1e-14)
        assert np.abs(factor / f - 1).max() > 0.3, "the product of the forget gates is far off"


def jacobian(cell, state, x):
    return np.asarray(jax.jit(jax.jacrev(move, argnums=1))(cell, jnp.concatenate(state), x))


def test_whole_jacobian_of_the_parallel_cells_is_their_gate():
    for seed in range(3):
        cell = drawn(ZOO["mingru"], seed, bias_scale=0.5)
        state, x, seen = around(cell, seed)
        np.testing.assert_array_equal(jacobian(cell, state, x), np.diag(1 - seen["z"]))
        cell = drawn(ZOO["minlstm"], seed, bias_scale=0.5)
        state, x, seen = around(cell, seed)
        kept = seen["f"] / (seen["f"] + seen["i"])
        np.testing.assert_allclose(jacobian(cell, state, x), np.diag(kept), rtol=1e-15)


@pytest.mark.parametrize("name", ["mingru", "minlstm", "lru"])
def test_all_steps_at_once_are_the_steps_one_by_one(name):
    # h_t = a_t h_{t-1} + w_t: (a, w) then (a', w') is (a a', a' w + w').
    cell, xs = drawn(ZOO[name], bias_scale=0.5), noise(0, STEPS)
    found = unroll(cell, xs)
    gates = found.gates
    if name == "mingru":
        keep, write = 1 - gates["z"], gates["z"] * gates["n"]
    elif name == "minlstm":
        keep = gates["f"] / (gates["f"] + gates["i"])
        write = (1 - keep) * gates["g"]
    else:
        keep = jnp.broadcast_to(jnp.exp(-jnp.exp(cell.nu) + 1j * jnp.exp(cell.theta)), (STEPS, H))
        write = gates["u"] + 1j * gates["v"]

    def then(one, other):
        return one[0] * other[0], other[0] * one[1] + other[1]

    _, states = jax.lax.associative_scan(then, (keep, write))
    np.testing.assert_allclose(found.states.h, states.real, rtol=0, atol=1e-13)
    if name == "lru":
        np.testing.assert_allclose(found.states.q, states.imag, rtol=0, atol=1e-13)


def test_forget_bias_of_the_minlstm_remembers_as_the_lstms_does():
    # At x = 0: f' = sigmoid(b) / (sigmoid(b) + sigmoid(-b)) = sigmoid(b), and 1 / (1 - f') = 1 + e^b steps.
    for bias in (0.0, 1.0, 4.0):
        cell = drawn(ZOO["minlstm"], forget_bias=bias)
        f, i = sigmoid(np.asarray(cell.b[0])), sigmoid(np.asarray(cell.b[1]))
        np.testing.assert_allclose(1 / (1 - f / (f + i)), 1 + np.exp(bias), rtol=1e-12)


def test_chrono_draws_an_even_memory_whichever_way_a_gate_is_read():
    # 1 / (1 - keep) at x = h = 0 lies between 2 and the longest memory.
    for name, keep in {
        "ugrnn": lambda b: sigmoid(b[0]),
        "mgu": lambda b: 1 - sigmoid(b[0]),
        "cifg": lambda b: sigmoid(b[0]),
        "peephole": lambda b: sigmoid(b[1]),
        "mingru": lambda b: 1 - sigmoid(b[0]),
        "minlstm": lambda b: sigmoid(b[0]) / (sigmoid(b[0]) + sigmoid(b[1])),
    }.items():
        memory = np.concatenate([1 / (1 - keep(np.asarray(drawn(ZOO[name], s, chrono=100.0).b))) for s in range(20)])
        assert 2 - 1e-9 <= memory.min() < 20, name
        assert 80 < memory.max() <= 100 + 1e-6, name
        assert abs(memory.mean() - 51) < 4 * 98 / 12**0.5 / (20 * H) ** 0.5, name  # four standard errors


# --- the linear recurrent unit ---


def eigenvalues(cell):
    return np.exp(-np.exp(np.asarray(cell.nu)) + 1j * np.exp(np.asarray(cell.theta)))


def test_jacobian_of_the_lru_turns_and_shrinks_by_its_eigenvalues():
    cell = drawn(ZOO["lru"], bias_scale=0.5)
    state, x, _ = around(cell)
    matrix = jacobian(cell, state, x)
    np.testing.assert_allclose(matrix, cell.recurrent_matrix()[0], rtol=0, atol=1e-15)
    expected = eigenvalues(cell)
    found = np.linalg.eigvals(matrix)
    for value in (*expected, *expected.conj()):
        assert np.abs(found - value).min() < 1e-12


def test_lru_keeps_its_eigenvalues_size_to_the_power_of_the_steps():
    # .99^1000 = 4.317e-5, for every unit and any input.
    cell = drawn(ZOO["lru"], r_min=0.99, r_max=0.99)
    np.testing.assert_allclose(np.abs(eigenvalues(cell)), 0.99, rtol=1e-12)
    one = cell.State(h=jnp.ones(H), q=jnp.zeros(H))
    states = unroll(cell, jnp.zeros((1000, D)), initial_state=one).states
    left = np.hypot(states.h[-1], states.q[-1])
    np.testing.assert_allclose(left, 0.99**1000, rtol=1e-9)
    assert left[0] == pytest.approx(4.317e-5, rel=1e-3)


def test_lru_of_white_noise_has_the_size_of_its_input_weights():
    # E|s|^2 = gamma^2 sum_j |B_j|^2 / (1 - |lambda|^2) = sum_j |B_j|^2, here 1; 5 % is four standard errors.
    cell = drawn(ZOO["lru"], r_min=0.5, r_max=0.9)
    B = cell.W_ih / jnp.sqrt((cell.W_ih**2).sum(axis=(0, 2)))[None, :, None]
    found = unroll(cell.with_weights(W_ih=B), noise(0, 20_000)).states
    assert np.mean(np.asarray(found.h) ** 2 + np.asarray(found.q) ** 2) == pytest.approx(1, abs=0.05)


def test_eigenvalues_of_the_lru_are_drawn_evenly_over_a_ring():
    cells = [drawn(ZOO["lru"], seed, r_min=0.6, r_max=0.8, max_phase=1.0) for seed in range(40)]
    values = np.concatenate([eigenvalues(cell) for cell in cells])
    share = (np.abs(values) ** 2 - 0.6**2) / (0.8**2 - 0.6**2)
    for uniform in (share, np.angle(values)):
        assert (uniform > -1e-12).all()
        assert (uniform < 1 + 1e-12).all()
        assert abs(uniform.mean() - 0.5) < 4 / (12 * len(values)) ** 0.5


def test_ends_of_the_lrus_ring_give_finite_gradients():
    for ends in ({"r_min": 0.0, "r_max": 0.0}, {"r_min": 1.0, "r_max": 1.0}):
        cell = drawn(ZOO["lru"], **ends)
        gradient = jax.grad(lambda cell: unroll(cell, noise()).states.h.sum(), allow_int=True)(cell)
        assert all(np.isfinite(getattr(gradient, name)).all() for name in ("nu", "theta", "W_ih", "b")), ends


# --- the carousel ---


def test_carousel_of_1997_carries_the_gradient_exactly():
    # With W_hh = 0 the gates do not see h, and dc_T/dc_0 is the direct path alone: 1, whatever the input.
    cell = drawn(ZOO["lstm1997"], bias_scale=0.5)
    cell = cell.with_weights(W_hh=jnp.zeros_like(cell.W_hh))

    def last(c):
        start = cell.initial_state()._replace(c=c)
        return unroll(cell, noise(0, T), initial_state=start).states.c[-1]

    np.testing.assert_array_equal(jax.jacrev(last)(jnp.zeros(H)), np.eye(H))
