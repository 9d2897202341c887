"""What does sharing a weight change? Products of factors with one weight, and with a new one at every step."""

from typing import NamedTuple

import numpy as np

from cells import activations, keys
from cells.programs import compiled

STEPS = 100
DRAWS = 200
LOG_NORMAL_MEAN = -0.5 * (np.euler_gamma + np.log(2.0))
"""E ln |z| for z ~ N(0, 1), nats."""
LOG_NORMAL_VARIANCE = np.pi**2 / 8.0
"""Var ln |z| for z ~ N(0, 1), nats²."""


class Products(NamedTuple):
    """log10 of |w a_1 w a_2 ... w a_t| and of |w_1 a_1 w_2 a_2 ... w_t a_t|, -inf where a slope was 0.

    Attributes:
        tied: (DRAWS, STEPS) one weight a draw.
        untied: (DRAWS, STEPS) one weight a step.
        slopes: (DRAWS, STEPS) the a_t = phi'(z), z ~ N(0, 1), the same for both.
    """

    tied: np.ndarray
    untied: np.ndarray
    slopes: np.ndarray


def products(activation: int, spread: float, seed: int) -> Products:
    """Draw them.

    Args:
        activation: place in the table of activations.
        spread: standard deviation of every weight, Gaussian with mean 0.
        seed: of all draws.
    """
    shared, own, drive = keys.split(keys.key(seed), 3)
    slopes = np.asarray(_slope(activation, keys.normal(drive, (DRAWS, STEPS))))
    weights = spread * keys.normal(shared, (DRAWS, 1)), spread * keys.normal(own, (DRAWS, STEPS))
    with np.errstate(divide="ignore"):
        tied, untied = (np.cumsum(np.log10(np.abs(slopes)) + np.log10(np.abs(w)), axis=1) for w in weights)
    return Products(tied, untied, slopes)


_slope = compiled(activations.slope)


class Expected(NamedTuple):
    """What holds for infinitely many draws, in decades, after t steps.

    Attributes:
        drift: a step, for both.
        tied: (T,) standard deviation with one weight: grows as t.
        untied: (T,) standard deviation with a weight a step: grows as sqrt(t).
    """

    drift: float
    tied: np.ndarray
    untied: np.ndarray


def expected(activation: int, spread: float) -> Expected:
    """Mean and spread of the two sums, by quadrature over the slopes; NaN where a slope can be 0."""
    z = np.linspace(-8.0, 8.0, 2000)
    density = np.exp(-0.5 * z**2) / np.sum(np.exp(-0.5 * z**2))
    slopes = np.abs(np.asarray(_slope(activation, z)))
    if np.any(slopes[np.abs(z) < 4] == 0):
        mean = variance = np.nan
    else:
        logs = np.log(np.maximum(slopes, 1e-300))
        mean = np.sum(density * logs)
        variance = np.sum(density * (logs - mean) ** 2)
    t = np.arange(1, STEPS + 1)
    decade = np.log(10.0)
    return Expected(
        float((np.log(spread) + LOG_NORMAL_MEAN + mean) / decade),
        np.sqrt(t**2 * LOG_NORMAL_VARIANCE + t * variance) / decade,
        np.sqrt(t * (LOG_NORMAL_VARIANCE + variance)) / decade,
    )
