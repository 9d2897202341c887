"""Products of shared and of independent weights, and what an activation costs, against theory."""

import numpy as np
import pytest
from jax.scipy.special import digamma

from cells.activations import ACTIVATIONS, index
from cells.analyses.theory.products import DRAWS, LOG_NORMAL_MEAN, LOG_NORMAL_VARIANCE, STEPS, expected, products
from cells.analyses.theory.wide import factor_in_a_wide_net


def test_logarithm_of_a_normal_number():
    # |z|² is chi-square with one degree of freedom: E ln |z| = (psi(1/2) + ln 2)/2 = -(gamma + ln 2)/2.
    assert LOG_NORMAL_MEAN == pytest.approx(0.5 * float(digamma(0.5)) + 0.5 * np.log(2), abs=1e-12)
    z = np.random.default_rng(0).standard_normal(400_000)
    assert np.var(np.log(np.abs(z))) == pytest.approx(LOG_NORMAL_VARIANCE, abs=0.02)


@pytest.mark.parametrize("name", ["identity", "tanh", "sigmoid"])
@pytest.mark.parametrize("seed", [0, 5])
def test_draws_drift_and_spread_as_theory_says(name, seed):
    found, theory = products(index(name), 1.3, seed), expected(index(name), 1.3)
    tied, untied = np.asarray(found.tied), np.asarray(found.untied)
    # Standard errors: sd/sqrt(N) of a mean; about 10 % of a standard deviation, as ln |z| has heavy tails.
    assert np.mean(untied[:, -1]) == pytest.approx(theory.drift * STEPS, abs=4 * theory.untied[-1] / np.sqrt(DRAWS))
    assert np.mean(tied[:, -1]) == pytest.approx(theory.drift * STEPS, abs=4 * theory.tied[-1] / np.sqrt(DRAWS))
    assert np.std(untied[:, -1]) == pytest.approx(theory.untied[-1], rel=0.25)
    assert np.std(tied[:, -1]) == pytest.approx(theory.tied[-1], rel=0.3)


def test_one_weight_spreads_as_t_and_new_weights_as_its_root():
    theory = expected(index("identity"), 1.0)
    assert theory.tied[-1] / theory.tied[24] == pytest.approx(4)
    assert theory.untied[-1] / theory.untied[24] == pytest.approx(2)


def test_products_are_those_of_their_factors():
    found = products(index("tanh"), 0.7, 3)
    assert np.allclose(
        np.diff(np.asarray(found.tied), axis=1) - np.log10(np.asarray(found.slopes))[:, 1:],
        (np.asarray(found.tied)[:, :1] - np.log10(np.asarray(found.slopes))[:, :1]),
    )


def test_where_a_slope_can_be_zero_theory_is_silent():
    assert np.isnan(expected(index("relu"), 1.0).drift)


# Mean field, E phi'² of the stationary Gaussian, or measured once with another program; log10 a step.
COST = {
    "identity": 0.0,
    "tanh": -0.200,
    "sin": -0.141,
    "hard_tanh": -0.124,
    "elu": -0.109,
    "relu": -0.160,
    "gelu": -0.165,
    "silu": -0.200,
    "softplus": -0.250,
    "softsign": -0.342,
    "sigmoid": -0.689,
}


@pytest.mark.parametrize("name", COST)
def test_what_an_activation_costs_a_step(name):
    found = np.mean([float(factor_in_a_wide_net(index(name), seed)) for seed in range(10, 13)])
    # With softplus every state is positive, and what Q makes of their common mean differs from draw to draw.
    assert found == pytest.approx(COST[name], abs=0.06 if name == "softplus" else 0.02)
    assert name in ACTIVATIONS
