"""Numbers that can be checked on paper; the derivation stands in each test."""

import jax.numpy as jnp
import numpy as np
import pytest

from cells import GRU, LSTM, RNN, backprop, keys, unroll
from cells.analyses.adjoint import Loss
from cells.analyses.growth import growth
from cells.initializers import chrono_bias
from tests.cells.examples import D, H, drawn, silence

STEPS = 2048
"""One compiled length for all that is scalar; `length` says how many steps are taken."""
SILENCE = jnp.zeros((STEPS, 1))


def sigmoid(a):
    return 1 / (1 + np.exp(-a))


def scalar_rnn(w, b=0.0, activation="tanh"):
    """h_t = phi(x_t + w h_{t-1} + b)."""
    return RNN(W_ih=[[1.0]], W_hh=[[w]], b=[b], activation=activation)


def starting_at(h_1):
    """Input that makes h_1 of an unbiased scalar tanh network what is asked, then leaves it alone."""
    return SILENCE.at[0, 0].set(np.arctanh(h_1))


def scalar_curve(cell, xs, length):
    """log10 |dh_T / dh_t| for t = 1 to T."""
    return np.asarray(backprop(cell, xs, length=length).log10_norm["h"][:length])


# --- one unit, by hand ---


def test_all_zero_lstm_halves_its_cell_state():
    # Every gate is sigmoid(0) = 1/2 and g = tanh(0) = 0, so c_t = c_{t-1}/2 and h_t = tanh(c_t)/2.
    cell = LSTM(W_ih=jnp.zeros((4, H, D)), W_hh=jnp.zeros((4, H, H)), b=jnp.zeros((4, H)))
    start = LSTM.State(h=jnp.zeros(H), c=jnp.ones(H))
    states = unroll(cell, silence(), initial_state=start).states
    c = 0.5 ** np.arange(1, 33)
    np.testing.assert_allclose(states.c, np.tile(c[:, None], H), rtol=1e-15)
    np.testing.assert_allclose(states.h, np.tile(0.5 * np.tanh(c)[:, None], H), rtol=1e-15)
    np.testing.assert_allclose(states.h[0], 0.23105857863000487, rtol=1e-15)  # 0.5 tanh(0.5)


def test_all_zero_gru_halves_its_state():
    # r = z = 1/2 and n = tanh(0) = 0, so h_t = h_{t-1}/2 in both conventions of the reset gate.
    for reset_before in (False, True):
        cell = GRU(W_ih=jnp.zeros((3, H, D)), W_hh=jnp.zeros((3, H, H)), b=jnp.zeros((3, H)), reset_before=reset_before)
        states = unroll(cell, silence(), initial_state=GRU.State(h=jnp.ones(H))).states
        np.testing.assert_allclose(states.h, np.tile(0.5 ** np.arange(1, 33)[:, None], H), rtol=1e-15)


@pytest.mark.parametrize(("reset_before", "a_n"), [(False, 0.75 * (2 * 1 + 1)), (True, 2 * (0.75 * 1) + 1)])
def test_gru_with_one_unit_in_both_reset_conventions(reset_before, a_n):
    # b_r = ln 3 gives r = 3/4, b_z = 0 gives z = 1/2; U_n = 2, b_hn = 1, h_0 = 1: h_1 = 1/2 + tanh(a_n)/2.
    cell = GRU(
        W_ih=jnp.zeros((3, 1, 1)),
        W_hh=[[[0.0]], [[0.0]], [[2.0]]],
        b=[[np.log(3)], [0.0], [0.0]],
        b_hn=[1.0],
        reset_before=reset_before,
    )
    states = unroll(cell, jnp.zeros((1, 1)), initial_state=GRU.State(h=jnp.ones(1))).states
    np.testing.assert_allclose(states.h, [[0.5 + 0.5 * np.tanh(a_n)]], rtol=1e-15)


def test_update_gate_near_one_keeps_the_state():
    cell = drawn(GRU, update_bias=40.0)  # 1 - sigmoid(40) = 4e-18, below the rounding of 1
    states = unroll(cell, jnp.ones((32, D)), initial_state=GRU.State(h=jnp.full(H, 0.3))).states
    np.testing.assert_allclose(states.h, 0.3, rtol=1e-14)


# --- scalar networks, Pascanu, Mikolov and Bengio (2013) section 2 ---


@pytest.mark.parametrize(
    ("w", "h_0", "steps", "log10_product"),
    [(0.9, 0.5, 50, -2.64257), (1.0, 0.5, 50, -1.46902), (2.0, 0.1, 20, -11.9223)],
)
def test_scalar_tanh_gradient_is_the_product_of_its_slopes(w, h_0, steps, log10_product):
    # dh_T/dh_0 = prod_t w (1 - h_t^2).
    h, slopes = h_0, []
    for _ in range(steps):
        h = np.tanh(w * h)
        slopes.append(w * (1 - h**2))
    curve = scalar_curve(scalar_rnn(w), starting_at(h_0), steps + 1)
    np.testing.assert_allclose(curve[0], np.log10(slopes).sum(), rtol=1e-12)
    np.testing.assert_allclose(curve[0], log10_product, atol=1e-4)


@pytest.mark.parametrize(("w", "slope"), [(1.5, 0.394313), (2.0, 0.166372), (3.0, 0.030513), (10.0, 8.2446e-8)])
def test_saturation_beats_a_weight_above_one(w, slope):
    # The orbit settles at h* = tanh(w h*), where each step back multiplies by w (1 - h*^2) < 1: a spectral radius
    # above 1 is necessary for exploding, never sufficient.
    h = 0.5
    for _ in range(200):
        h = np.tanh(w * h)
    np.testing.assert_allclose(w * (1 - h**2), slope, rtol=2e-5)
    curve = scalar_curve(scalar_rnn(w), starting_at(0.5), 300)
    np.testing.assert_allclose(curve[199] - curve[200], np.log10(slope), rtol=0, atol=1e-5)


@pytest.mark.parametrize("w", [20.0, 40.0])
def test_saturation_vanishes_but_is_never_exactly_zero(w):
    # h is +-1 to the last digit of float64, where 1 - h^2 is 0; the slope itself is 1 / cosh(a)^2, about 4 e^(-2|a|).
    rng, steps = np.random.default_rng(0), 100
    xs = rng.normal(size=steps)
    h, log10_slopes = 0.0, []
    for x in xs:
        a = w * h + x
        h = np.tanh(a)
        log10_slopes.append(np.log10(4 * w) - 2 * abs(a) / np.log(10) - 2 * np.log10(1 + np.exp(-2 * abs(a))))
    cell = RNN(W_ih=[[1.0]], W_hh=[[w]], b=[0.0])
    curve = backprop(cell, xs[:, None], loss=lambda state: jnp.sum(state.h)).log10_norm["h"]
    np.testing.assert_allclose(curve[0], np.sum(log10_slopes[1:]), rtol=1e-9)
    assert curve[0] < -1400


@pytest.mark.parametrize(("w", "multiplier"), [(-1.1, 0.675283), (-1.5, 0.155483), (-3.0, 9.310e-4)])
def test_weight_below_minus_one_makes_an_orbit_of_two(w, multiplier):
    # h -> -h every step, so two steps multiply by (w (1 - h*^2))^2.
    curve = scalar_curve(scalar_rnn(w), starting_at(0.5), 400)
    np.testing.assert_allclose(curve[299] - curve[301], np.log10(multiplier), rtol=0, atol=1e-4)


def test_critical_weight_gives_a_power_law_not_an_exponential():
    # w = 1: h_t ~ sqrt(3/(2t)), so the slopes 1 - h_t^2 ~ 1 - 3/(2t) multiply to t^(-3/2).
    cell, xs = scalar_rnn(1.0), starting_at(0.5)
    near, far = scalar_curve(cell, xs, 1000)[0], scalar_curve(cell, xs, 2000)[0]
    np.testing.assert_allclose((far - near) / np.log10(2), -1.5, rtol=0, atol=0.01)  # corrections fall as ln(t)/t


@pytest.mark.parametrize("w", [0.5, 0.99, 1.0, 1.01, 3.0])
def test_linear_scalar_network_multiplies_by_its_weight(w):
    curve = scalar_curve(scalar_rnn(w, activation="identity"), SILENCE, 2000)
    np.testing.assert_allclose(curve, np.log10(w) * np.arange(1999, -1, -1), rtol=1e-12, atol=1e-12)


def test_quarter_is_the_critical_slope_of_a_sigmoid_network():
    # W = aQ with Q orthogonal and b = -W/2 keeps h = 1/2, where phi' = 1/4: k Jacobians multiply to norm (a/4)^k.
    xs = silence(64)
    for seed in range(3):
        unit = drawn(RNN, seed, activation="sigmoid")
        for a, product in [(3.9, 0.281988), (4.0, 1.0), (4.1, 3.437109)]:
            W = a * unit.W_hh
            cell = unit.with_weights(W_hh=W, b=-W @ jnp.full(H, 0.5))
            start = RNN.State(h=jnp.full(H, 0.5))
            curve = backprop(cell, xs, length=51, initial_state=start).log10_norm["h"]
            np.testing.assert_allclose(10 ** curve[0], (a / 4) ** 50, rtol=1e-9)
            np.testing.assert_allclose(10 ** curve[0], product, rtol=1e-6)


# --- matrices whose eigenvalues mislead ---


def linear_curve(W, *, towards, length):
    """log10 |(W^T)^k e| for k = length-1 down to 0, from the network itself."""
    n = W.shape[0]
    padded = jnp.zeros((H, H)).at[:n, :n].set(W)
    cell = RNN(W_ih=jnp.zeros((H, D)), W_hh=padded, b=jnp.zeros(H), activation="identity")
    loss = Loss(jnp.zeros(64).at[length - 1].set(1.0), RNN.State(h=jnp.eye(H)[towards]))
    return np.asarray(backprop(cell, silence(64), loss, length=length).log10_norm["h"][:length])


def test_spectral_radius_below_one_lets_the_gradient_grow_first():
    # W = [[.9, 10], [0, .9]]: e_1^T W^k = (.9^k, 10 k .9^(k-1)). Its largest norm comes at k = 9; below 1 from k = 63.
    W = jnp.array([[0.9, 10.0], [0.0, 0.9]])
    k = np.arange(63, -1, -1)
    expected = np.hypot(0.9**k, 10 * k * 0.9 ** (k - 1.0))
    curve = linear_curve(W, towards=0, length=64)
    np.testing.assert_allclose(10**curve, expected, rtol=1e-12)
    summary = growth(curve, last=64)
    np.testing.assert_allclose(10**summary.peak, 38.744, rtol=1e-4)
    assert 64 - summary.peak_step in (9, 10)  # equal but for the first component
    assert (curve[1:-1] > 0).all()
    assert curve[0] < 0


def test_nilpotent_delay_line_forgets_exactly():
    # Ones above the diagonal: spectral radius 0, yet norm 1 for H - 1 steps and exactly 0 from H on.
    curve = linear_curve(jnp.eye(H, k=1), towards=0, length=20)
    np.testing.assert_array_equal(curve[-H:], 0.0)
    np.testing.assert_array_equal(curve[:-H], -np.inf)


def test_zero_spectral_radius_does_not_stop_chaos():
    # W = 3 [[1, -1], [1, -1]] is nilpotent; with b = (-1, -4) its tanh network is chaotic: 0.48 nats a step.
    cell = RNN(W_ih=jnp.zeros((2, 1)), W_hh=3 * jnp.array([[1.0, -1.0], [1.0, -1.0]]), b=[-1.0, -4.0])
    curve = backprop(cell, SILENCE, initial_state=RNN.State(h=jnp.array([0.1, -0.2]))).log10_norm["h"]
    per_step = (curve[0] - curve[-1]) / (STEPS - 1) * np.log(10)
    np.testing.assert_allclose(per_step, 0.48, rtol=0, atol=0.08)  # an average over one chaotic orbit
    np.testing.assert_allclose(cell.bound_growths()[1], 0.0, atol=1e-7)


def test_theory_lines_are_singular_value_and_eigenvalue():
    # [[.9, 10], [0, .9]]: sigma_1 = 10.080, rho = .9; the sigmoid's slope takes a quarter of the first.
    W = jnp.zeros((H, H)).at[:2, :2].set(jnp.array([[0.9, 10.0], [0.0, 0.9]]))
    for activation, slope in [("tanh", 1.0), ("sigmoid", 0.25), ("gelu", 1.128904)]:
        cell = drawn(RNN, activation=activation).with_weights(W_hh=W)
        np.testing.assert_allclose(cell.bound_growths(), [slope * 10.0803, 0.9], rtol=1e-4)


def test_both_theory_lines_of_a_scaled_orthogonal_matrix_are_its_scale():
    # All singular values and all |eigenvalues| of gQ are g.
    for seed in range(3):
        np.testing.assert_allclose(drawn(RNN, seed, gain=1.7).bound_growths(), [1.7, 1.7], rtol=1e-12)


# --- forget gate ---


@pytest.mark.parametrize(
    ("bias", "f", "tau", "f_to_100"),
    [
        (0, 0.5, 2.0, 7.9e-31),
        (1, 0.731059, 3.7183, 2.5e-14),
        (2, 0.880797, 8.3891, 3.1e-6),
        (3, 0.952574, 21.086, 7.8e-3),
        (4, 0.982014, 55.598, 0.163),
        (5, 0.993307, 149.41, 0.511),
    ],
)
def test_forget_bias_sets_the_memory_to_one_plus_its_exponential(bias, f, tau, f_to_100):
    # f = sigmoid(b), so the direct path keeps f^k after k steps, and 1/(1 - f) = 1 + e^b.
    np.testing.assert_allclose([1 / (1 - f), 1 + np.exp(bias)], tau, rtol=3e-4)
    b = np.zeros((4, 1))
    b[1] = bias
    cell = LSTM(W_ih=jnp.zeros((4, 1, 1)), W_hh=jnp.zeros((4, 1, 1)), b=b)
    loss = Loss(jnp.zeros(STEPS).at[100].set(1.0), LSTM.State(h=jnp.zeros(1), c=jnp.ones(1)))
    adjoint = backprop(cell, SILENCE, loss, length=101)
    np.testing.assert_allclose(adjoint.trajectory.gates["f"][:, 0], f, rtol=1e-6)
    np.testing.assert_allclose(adjoint.log10_norm["c"][0], 100 * np.log10(sigmoid(bias)), rtol=1e-12)
    np.testing.assert_allclose(10 ** adjoint.log10_norm["c"][0], f_to_100, rtol=0.02)


def test_forget_bias_is_added_to_the_forget_gate_alone():
    with_bias, without = drawn(LSTM, bias_scale=1.0, forget_bias=3.0), drawn(LSTM, bias_scale=1.0, forget_bias=0.0)
    expected = np.zeros((4, H))
    expected[1] = 3.0
    np.testing.assert_allclose(with_bias.b - without.b, expected, atol=1e-14)
    with_bias, without = drawn(GRU, bias_scale=1.0, update_bias=3.0), drawn(GRU, bias_scale=1.0, update_bias=0.0)
    np.testing.assert_allclose(with_bias.b - without.b, expected[:3], atol=1e-14)


@pytest.mark.parametrize("longest", [10.0, 100.0, 1000.0])
def test_chrono_memory_is_uniform_between_two_and_its_longest(longest):
    # b = log U(1, longest - 1), so tau = 1 + e^b ~ U(2, longest); linear, not log-uniform. Tallec and Ollivier (2018).
    samples = 100_000
    for seed in range(3):
        tau = 1 + np.exp(chrono_bias(keys.key(seed), samples, longest, otherwise=0.0))
        assert tau.min() >= 2 - 1e-12
        assert tau.max() <= longest + 1e-9
        sorted_place = (np.sort(tau) - 2) / (longest - 2)
        # Kolmogorov and Smirnov: a uniform sample stays within 1.95/sqrt(n) of the diagonal in 99.9 of 100 cases.
        assert np.abs(sorted_place - (np.arange(samples) + 0.5) / samples).max() < 1.95 / np.sqrt(samples)


def test_chrono_ties_the_input_gate_to_the_forget_gate():
    # b_i = -b_f, so i = 1 - f at h = x = 0; the forget bias gives way.
    one, other = drawn(LSTM, chrono=100.0, forget_bias=5.0), drawn(LSTM, chrono=100.0, forget_bias=-5.0)
    np.testing.assert_array_equal(one.b, other.b)
    np.testing.assert_allclose(one.b[0], -one.b[1], rtol=0, atol=0)
    np.testing.assert_array_equal(one.b[2:], 0.0)
    assert (one.b[1] > 0).all()
    gru = drawn(GRU, chrono=100.0, update_bias=-5.0)
    assert (gru.b[1] > 0).all()
    np.testing.assert_array_equal(gru.b[jnp.array([0, 2])], 0.0)


@pytest.mark.parametrize("longest", [0.5, 1.0, 2.0])
def test_chrono_of_at_most_two_steps_gives_every_unit_two(longest):
    # 1 + e^b = 2 steps at b = 0, and the forget bias gives way as at any other memory.
    np.testing.assert_array_equal(drawn(LSTM, chrono=longest, forget_bias=5.0).b, 0.0)
    np.testing.assert_array_equal(drawn(GRU, chrono=longest, update_bias=5.0).b, 0.0)


def test_chrono_of_zero_is_off():
    np.testing.assert_array_equal(drawn(LSTM, chrono=0.0, forget_bias=0.5).b, drawn(LSTM, forget_bias=0.5).b)


# --- the LSTM explodes ---


@pytest.mark.parametrize(("w", "factor", "after_50"), [(1.0, 1.99986, 5.6105e14), (4.0, 4.99959, 1.769e34)])
def test_lstm_explodes_by_the_closed_form(w, factor, after_50):
    # One unit, U_i = U_f = U_o = 0, gates sigmoid(10), U_g = w, all states 0: there tanh' = 1, so
    # c_t = f c_{t-1} + i w h_{t-1} and h_t = o c_t, and dc_T/dc_0 = f (f + i w o)^(T-1).
    open_gate = sigmoid(10.0)
    growth_factor = open_gate + open_gate * w * open_gate
    np.testing.assert_allclose(growth_factor, factor, rtol=1e-5)
    cell = LSTM(W_ih=jnp.zeros((4, 1, 1)), W_hh=[[[0.0]], [[0.0]], [[w]], [[0.0]]], b=[[10.0], [10.0], [0.0], [10.0]])
    for length in (50, 2000):
        loss = Loss(jnp.zeros(STEPS).at[length - 1].set(1.0), LSTM.State(h=jnp.zeros(1), c=jnp.ones(1)))
        from_c_1 = backprop(cell, SILENCE, loss, length=length).log10_norm["c"][0]
        np.testing.assert_allclose(from_c_1, (length - 1) * np.log10(growth_factor), rtol=1e-12)
        if length == 50:
            np.testing.assert_allclose(open_gate * 10**from_c_1, after_50, rtol=2e-4)
