"""The price of memory: closed forms against tables, sums, SciPy and simulation."""

import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.linalg import solve_discrete_lyapunov

from cells import keys
from cells.analyses.theory import memory

TABLE = {  # at lambda = 0.9, 0.99, 0.999; worked out with 50 digits from the formulas of the paper
    "h_h": (5.263, 50.25, 500.3),
    "raw": (263.9, 2.513e5, 2.501e8),
    "scaled": (27.70, 2525, 2.503e5),
    "exp": (0.2491, 0.24999, 0.2500),
    "tanh": (1, 1, 1),
    "leaky": (0.4488, 0.4950, 0.4995),
}
LAMBDAS = np.array([0.9, 0.99, 0.999])


@pytest.mark.parametrize("name", TABLE)
def test_closed_forms_have_the_digits_of_the_table(name):
    found = memory.moments(LAMBDAS).h_h if name == "h_h" else memory.PARAMETERS[name].price(LAMBDAS)
    told = ["0.24999" if value == 0.24999 else f"{value:.4g}" for value in TABLE[name]]
    digits = [5 if text == "0.24999" else 4 for text in told]
    assert [f"{value:.{count}g}" for value, count in zip(found, digits, strict=True)] == told


def test_prices_by_the_chain_rule_are_the_closed_forms():
    lam = np.array([0.3, 0.9, 0.99, 0.9999])
    found = memory.prices(lam, memory.moments(lam))
    for name, parameter in memory.PARAMETERS.items():
        np.testing.assert_allclose(found[name], parameter.price(lam), rtol=1e-8, err_msg=name)


def test_prices_go_where_they_are_said_to_go():
    lam = 1 - 1e-9
    assert memory.PARAMETERS["exp"].price(lam) == pytest.approx(1 / 4)
    assert memory.PARAMETERS["leaky"].price(lam) == pytest.approx(1 / 2)


def test_a_scale_held_fixed_costs_one_plus_lambda_squared_times_as_much():
    lam = np.array([0.5, 0.9, 0.999])
    held = (1 - lam**2) * memory.moments(lam).S_S
    np.testing.assert_allclose(held / memory.PARAMETERS["scaled"].price(lam), 1 + lam**2)


@pytest.mark.parametrize(("lam", "r"), [(0.9, 0.0), (0.9, 0.5), (0.97, -0.7), (0.0, 0.9)])
def test_moments_are_those_that_a_step_leaves_as_they_are(lam, r):
    # (x, h, S) -> (r x + noise, lambda h + x', lambda S + h): SciPy solves P = A P A' + N.
    A = np.array([[r, 0, 0], [r, lam, 0], [0, 1, lam]])
    noise = (1 - r**2) * np.outer([1, 1, 0], [1, 1, 0])
    P = solve_discrete_lyapunov(A, noise)
    np.testing.assert_allclose(memory.covariance(lam, r), P, rtol=1e-10, atol=1e-12)
    root = memory.root(lam, r)
    np.testing.assert_allclose(root @ root.T, P, rtol=1e-10, atol=1e-12)


def test_price_by_omega_is_the_power_of_the_scaled_state_whatever_the_input():
    lam = np.array([0.3, 0.9, 0.999])
    for r in (-0.9, 0.0, 0.9):
        found = memory.moments(lam, r)
        by_tanh = memory.price_by_tanh(lam, found)
        np.testing.assert_allclose(by_tanh, memory.prices(lam, found)["tanh"], rtol=1e-9)
        np.testing.assert_allclose(by_tanh, (1 + lam * r) / (1 - lam * r))


def test_sensitivity_of_a_sequence_from_zero_is_the_sum_of_its_weights():
    # S_t = sum_k k lambda^(k-1) x_(t-k), so on white input E S_t² is the sum of the squared weights.
    lam, steps = 0.8, np.array([1, 2, 7, 300])
    expected = [sum((k * lam ** (k - 1)) ** 2 for k in range(1, t)) for t in steps]
    np.testing.assert_allclose(memory.growing(lam, steps), expected)
    assert memory.growing(lam, steps)[-1] == pytest.approx(memory.moments(lam).S_S)
    np.testing.assert_array_equal(memory.growing(0.0, np.array([1, 2, 5])), [0, 1, 1])


def test_sensitivity_of_the_scan_is_a_finite_difference():
    fresh, lam, r, push = keys.normal(keys.key(0), (50, 1)), 0.9, 0.5, 1e-6
    start = (jnp.ones(1), jnp.full(1, 2.0), jnp.full(1, 3.0))

    def ended(lam, h):
        x = 1.0
        for new in fresh[:, 0]:
            x = r * x + math.sqrt(1 - r**2) * new
            h = lam * h + x
        return h

    h, S = memory.unrolled(jnp.full(1, lam), jnp.asarray(r), start, fresh)
    assert float(h[-1, 0]) == pytest.approx(ended(lam, 2.0))
    # The start moves with lambda too, by S_0.
    difference = (ended(lam + push, 2.0 + 3.0 * push) - ended(lam - push, 2.0 - 3.0 * push)) / (2 * push)
    assert float(S[-1, 0]) == pytest.approx(difference, rel=1e-6)


def test_what_is_checked_on_the_page_notices_a_start_that_is_not_at_rest():
    lam, r = np.float64(0.99), np.float64(0.5)
    exact, start = memory.moments(lam, r), memory.root(lam, r)
    np.testing.assert_allclose(memory.carried_on(lam, r, start), (exact.h_h, exact.S_S), rtol=1e-12)
    h_h, S_S = jax.device_get(memory.carried_on(lam, r, 1.01 * start))
    assert abs(h_h / exact.h_h - 1) > 1e-5
    assert abs(S_S / exact.S_S - 1) > 1e-3
