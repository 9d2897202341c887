"""Is carrying the gradient enough? How far a parameter moves a state that remembers: in closed form, and simulated.

One linear unit, h_t = lambda h_{t-1} + x_t, on an input of mean 0 and variance 1 whose neighbours have the correlation
r; r = 0 is white input. A gradient is multiplied by lambda at every step back, so that nothing explodes. What it is
multiplied with, the sensitivity S_t = dh_t/dlambda = lambda S_{t-1} + h_{t-1}, grows all the same.

All moments follow from h = sum_k lambda^k x_{t-k}: with two eigenvalues, sum_{j,k} lambda^j mu^k r^|j-k| =
(1 - lambda mu r^2) / ((1 - lambda mu) (1 - lambda r) (1 - mu r)), and a derivative by each gives those of S.

Reference:
    Zucchet and Orvieto (2024), Recurrent neural networks: vanishing and exploding gradients are not the end of the
    story, sections 2 and 3.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array, lax

from cells import keys
from cells.programs import compiled

SEQUENCES = 512
"""Sequences that are simulated for a seed."""
STEPS = 128
"""Steps of each, after a start that is drawn from where the process has come to rest."""
CHECKED = 256
"""Steps over which the closed forms must stay as they are."""


class Moments(NamedTuple):
    """Second moments of the state and its sensitivity.

    Attributes:
        h_h: E h².
        h_S: E h S.
        S_S: E S².
    """

    h_h: np.ndarray
    h_S: np.ndarray
    S_S: np.ndarray


def moments(eigenvalue: np.ndarray, correlation: float | np.ndarray = 0.0) -> Moments:
    """Second moments in closed form, in the long run.

    Args:
        eigenvalue: (...) lambda, from 0 to below 1.
        correlation: r, between -1 and 1, both left out.
    """
    lam, r = np.asarray(eigenvalue, float), np.asarray(correlation, float)
    fades, met = (1 - lam) * (1 + lam), 1 - lam * r
    h_h = (1 + lam * r) / (fades * met)
    h_S = 0.5 * (r / (fades * met) + (1 + lam * r) * (2 * lam / (fades**2 * met) + r / (fades * met**2)))
    fresh = (1 - r) * (1 + r)
    S_S = (
        fresh * (1 + lam**2) / (fades**3 * met**2)
        + 2 * lam * r * fresh / (fades**2 * met**3)
        + r**2 * (1 - (lam * r) ** 2) / (fades * met**4)
    )
    return Moments(h_h, h_S, S_S)


class Parameter(NamedTuple):
    """What is trained, in place of lambda; the state that is looked at is scale · h.

    Attributes:
        value: of lambda, the parameter.
        eigenvalue: of the parameter, lambda; a JAX function, as is the next.
        scale: of the parameter, the factor of the input; it is differentiated too.
        relative: whether its price is told in units of the state's own power, E (scale h)².
        price: of lambda, E (d(scale h)/d parameter)² for white input in closed form.
    """

    value: Callable[[Array], Array]
    eigenvalue: Callable[[Array], Array]
    scale: Callable[[Array], Array]
    relative: bool
    price: Callable[[np.ndarray], np.ndarray]


def _itself(value: Array) -> Array:
    return value


def _exp_of_exp(nu: Array) -> Array:
    return jnp.exp(-jnp.exp(nu))


def _power_of_exp(eigenvalue: np.ndarray) -> np.ndarray:
    lam = np.asarray(eigenvalue, float)
    with np.errstate(divide="ignore", invalid="ignore"):
        logarithm = np.where(lam > 0, lam * np.log(lam), 0.0)
    return (logarithm / ((1 - lam) * (1 + lam))) ** 2


PARAMETERS = {
    "raw": Parameter(_itself, _itself, jnp.ones_like, False, lambda lam: (1 + lam**2) / ((1 - lam) * (1 + lam)) ** 3),
    "scaled": Parameter(
        _itself,
        _itself,
        lambda lam: jnp.sqrt((1 - lam) * (1 + lam)),
        False,
        lambda lam: 1 / ((1 - lam) * (1 + lam)) ** 2,
    ),
    "exp": Parameter(
        lambda lam: jnp.log(-jnp.log(lam)),
        _exp_of_exp,
        lambda nu: jnp.sqrt(-jnp.expm1(-2 * jnp.exp(nu))),
        False,
        _power_of_exp,
    ),
    "tanh": Parameter(jnp.arctanh, jnp.tanh, lambda omega: 1 / jnp.cosh(omega), False, np.ones_like),
    "leaky": Parameter(
        lambda lam: jnp.log(lam / (1 - lam)),
        jax.nn.sigmoid,
        lambda z: jax.nn.sigmoid(-z),
        True,
        lambda lam: 2 * (lam / (1 + lam)) ** 2,
    ),
}
"""{name: parameter}. The scale sqrt(1 - lambda²) belongs to lambda and is differentiated with it; held fixed, "scaled"
would cost 1 + lambda² times as much."""


@compiled
def prices(eigenvalue: Array, found: Moments) -> dict[str, Array]:
    """What each of `PARAMETERS` costs, from any moments of h and S = dh/dlambda, measured or not.

    d(scale h)/d parameter = scale S lambda' + scale' h; lambda' and scale' are those of automatic differentiation.

    Args:
        eigenvalue: (...) lambda, above 0 and below 1.
        found: moments at each of them.

    Returns:
        {name: (...)} mean squares.
    """
    found = Moments(*map(jnp.asarray, found))
    told = {}
    for name, parameter in PARAMETERS.items():
        value = parameter.value(jnp.asarray(eigenvalue))
        _, steeper = jax.jvp(parameter.eigenvalue, (value,), (jnp.ones_like(value),))
        scale, larger = jax.jvp(parameter.scale, (value,), (jnp.ones_like(value),))
        by_lambda = scale * steeper
        square = by_lambda**2 * found.S_S + 2 * by_lambda * larger * found.h_S + larger**2 * found.h_h
        told[name] = square / (scale**2 * found.h_h) if parameter.relative else square
    return told


def price_by_tanh(eigenvalue: np.ndarray, found: Moments) -> np.ndarray:
    """E (dy/domega)² for y = sqrt(1 - lambda²) h and lambda = tanh omega: for any input it is E y², for white input 1.

    With a delay written z, y = sqrt(1 - lambda²) / (1 - lambda z) x, and dlambda/domega = 1 - lambda². So dy/domega =
    (z - lambda) / (1 - lambda z) y, and that filter changes the size of no frequency.

    Args:
        eigenvalue: (...) lambda.
        found: moments at each of them.
    """
    return (1 - eigenvalue) * (1 + eigenvalue) * found.h_h


def covariance(eigenvalue: np.ndarray, correlation: float) -> np.ndarray:
    """(..., 3, 3) of (x_t, h_t, S_t) in the long run."""
    lam = np.asarray(eigenvalue, float)
    met, found = 1 - lam * correlation, moments(lam, correlation)
    one = np.ones_like(lam)
    rows = (
        (one, 1 / met, correlation / met**2),
        (1 / met, found.h_h, found.h_S),
        (correlation / met**2, found.h_S, found.S_S),
    )
    return np.stack([np.stack(row, axis=-1) for row in rows], axis=-2)


def root(eigenvalue: np.ndarray, correlation: float) -> np.ndarray:
    """(..., 3, 3) a root of that covariance, which at lambda = 0 is singular: there h is x."""
    found = covariance(eigenvalue, correlation)
    deviations = np.sqrt(np.diagonal(found, axis1=-2, axis2=-1))
    values, vectors = np.linalg.eigh(found / (deviations[..., :, None] * deviations[..., None, :]))
    return deviations[..., :, None] * vectors * np.sqrt(np.maximum(values, 0.0))[..., None, :]


def unrolled(
    eigenvalue: Array, correlation: Array, start: tuple[Array, Array, Array], fresh: Array
) -> tuple[Array, Array]:
    """h_t and S_t = dh_t/dlambda at every step: the scan, differentiated by lambda with forward-mode autodiff.

    Args:
        eigenvalue: (...) lambda.
        correlation: () r.
        start: (...) x_0, h_0 and S_0.
        fresh: (T, ...) what is new in the input, white.
    """
    x, h, S = start

    def states(lam: Array, first: Array) -> Array:
        def further(carry: tuple[Array, Array], new: Array) -> tuple[tuple[Array, Array], Array]:
            x, h = carry
            x = correlation * x + jnp.sqrt(1 - correlation**2) * new
            h = lam * h + x
            return (x, h), h

        return lax.scan(further, (x, first), fresh)[1]

    return jax.jvp(states, (eigenvalue, h), (jnp.ones_like(eigenvalue), S))


def simulate(eigenvalues: np.ndarray, correlation: float, seeds: Sequence[int]) -> Moments:
    """The same moments, averaged over `SEQUENCES` sequences of `STEPS` steps for each seed.

    Near lambda = 1 a process needs some ten thousand steps to come to rest. It is begun there: x_0, h_0 and S_0 are
    drawn from the covariance of a process without a beginning. All eigenvalues see the same input.

    Args:
        eigenvalues: (M,) lambda.
        correlation: r of the input.
        seeds: of the draws.

    Returns:
        (seeds, M) each.
    """
    many = np.stack([keys.key(seed) for seed in seeds])
    lam, start = np.asarray(eigenvalues, float), root(eigenvalues, correlation)
    return Moments(*map(np.asarray, _simulated(lam, np.float64(correlation), start, many)))


@compiled(level=3)
def _simulated(eigenvalues: Array, correlation: Array, roots: Array, many: Array) -> Moments:
    def one(key: Array) -> Moments:
        first, later = jax.random.split(jax.random.wrap_key_data(key))
        start = jnp.einsum("mij,nj->inm", roots, jax.random.normal(first, (SEQUENCES, 3)))
        fresh = jax.random.normal(later, (STEPS, SEQUENCES, 1))
        lam = jnp.broadcast_to(eigenvalues, start.shape[1:])
        h, S = unrolled(lam, correlation, tuple(start), fresh)
        return Moments(*(jnp.mean(product, axis=(0, 1)) for product in (h * h, h * S, S * S)))

    return lax.map(one, many)


@compiled
def carried_on(eigenvalue: Array, correlation: Array, start: Array) -> tuple[Array, Array]:
    """E h² and E S² after `CHECKED` more steps, without luck.

    Both are linear in what is drawn, so that their mean squares are the squared norms of their gradients. From a start
    at rest nothing may change.

    Args:
        eigenvalue: () lambda.
        correlation: () r.
        start: (3, 3) a root of the covariance of (x_0, h_0, S_0).
    """

    def last(drawn: Array, fresh: Array) -> tuple[Array, Array]:
        h, S = unrolled(eigenvalue, correlation, tuple(start @ drawn), fresh)
        return jnp.stack([h[-1], S[-1]])

    of_start, of_input = jax.jacrev(last, (0, 1))(jnp.zeros(3), jnp.zeros(CHECKED))
    h_h, S_S = jnp.sum(of_start**2, axis=1) + jnp.sum(of_input**2, axis=1)
    return h_h, S_S


def growing(eigenvalue: float, steps: np.ndarray) -> np.ndarray:
    """E S_t² after t steps from h_0 = 0 on white input: the sum of k² lambda^(2k - 2) over k from 0 to t - 1.

    Args:
        eigenvalue: lambda, from 0 to below 1.
        steps: (n,) whole numbers t.
    """
    k = np.arange(int(np.max(steps)))
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = 2 * np.log(np.maximum(k, 1e-300)) + 2 * (k - 1) * np.log(eigenvalue)
    terms = np.where(k == 1, 1.0, np.where(k > 1, np.exp(logs), 0.0))
    return np.cumsum(terms)[np.asarray(steps, int) - 1]
