"""Numbers of the page on one neuron, as NumPy, computed once and kept."""

from collections.abc import Callable
from functools import cache, lru_cache
from typing import NamedTuple

import jax
import numpy as np

from app.background.answer import Job
from app.settings import Picture, view_specs
from cells import activations
from cells.activations import ACTIVATIONS
from cells.analyses import error_surface, one_neuron, products, wide
from cells.analyses.mean_field import mean_field_growth

REPRESENTABLE = 290.0
"""Decades below 1 down to which float64 can hold the whole product, so that it can be compared."""
LATCH_STEPS = 50
"""Steps over which the gradient of a latched neuron is told."""
SEEDS = 3
"""Networks that an activation's factor is the mean of."""


class Neuron(NamedTuple):
    """One neuron; index 0 of a series is step 1, of `states` step 0.

    Attributes:
        states: (T + 1,) h.
        factors: (T,) dh_t/dh_{t-1}.
        log10_factors: (T,) log10 of their size; -inf for an exact 0.
        log10_products: (T,) log10 |dh_t/dh_0|.
        attractor: where it goes.
        points: its fixed points.
        lost: first step that left the finite numbers, or 0.
        relative_error: product of the slopes against autodiff of the whole way, at the last step float64 can hold.
    """

    states: np.ndarray
    factors: np.ndarray
    log10_factors: np.ndarray
    log10_products: np.ndarray
    attractor: one_neuron.Attractor
    points: one_neuron.FixedPoints
    lost: int
    relative_error: float


def neuron(picture: Picture) -> Neuron:
    """The neuron of a picture."""
    beyond = picture.pulse_step > picture.neuron_steps
    return _neuron(
        activations.index(picture.experiment.activation),
        picture.neuron_w,
        picture.neuron_b,
        picture.neuron_start,
        picture.neuron_steps,
        0.0 if beyond else picture.pulse,
        picture.pulse_step,
    )


@lru_cache(maxsize=256)
def _neuron(activation: int, w: float, b: float, start: float, steps: int, pulse: float, pulse_step: int) -> Neuron:
    way = jax.device_get(one_neuron.orbit(activation, w, b, start, pulse, pulse_step))
    points = one_neuron.fixed_points(activation, w, b)
    states, factors = way.states[: steps + 1], way.factors[:steps]
    with np.errstate(divide="ignore"):
        logs = np.log10(np.abs(factors))
    sums = np.cumsum(logs)
    lost = np.flatnonzero(~np.isfinite(states))
    comparable = np.flatnonzero(np.abs(sums) < REPRESENTABLE)
    error = 0.0
    if comparable.size:
        last = int(comparable[-1])
        product = np.prod(np.sign(factors[: last + 1])) * 10.0 ** sums[last]
        error = abs(float(product / way.sensitivity[last] - 1.0))
    attractor = one_neuron.attractor(activation, w, b, way, points)
    return Neuron(states, factors, logs, sums, attractor, points, int(lost[0]) if lost.size else 0, error)


def phi(activation: str, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """phi and phi' of an activation."""
    place = activations.index(activation)
    return np.asarray(_phi(place, x)), np.asarray(_slope(place, x))


_phi, _slope = jax.jit(activations.apply), jax.jit(activations.slope)


class Bifurcations(NamedTuple):
    """Fixed points along w and along b, the curves that bound them in the plane, and where orbits end.

    Attributes:
        over_w: branches at the picture's bias.
        over_b: branches at the picture's weight.
        ends_w: where orbits end for every weight of `ws`.
        ends_b: where orbits end for every bias of `bs`.
        fold: (w, b) where two fixed points meet.
        flip: (w, b) where two states in turn are born.
        ws: weights.
        bs: biases.
    """

    over_w: one_neuron.Branch
    over_b: one_neuron.Branch
    ends_w: one_neuron.Ends
    ends_b: one_neuron.Ends
    fold: tuple[np.ndarray, np.ndarray]
    flip: tuple[np.ndarray, np.ndarray]
    ws: np.ndarray
    bs: np.ndarray


STARTS = np.array([-1.0, 1.0])
REACH_W, REACH_B = view_specs()["neuron_w"].high, view_specs()["neuron_b"].high
WS, BS = np.linspace(-REACH_W, REACH_W, 241), np.linspace(-REACH_B, REACH_B, 241)


@lru_cache(maxsize=128)
def bifurcations(activation: str, w: float, b: float) -> Bifurcations:
    """The bifurcations of one activation, seen from one pair of w and b."""
    place = activations.index(activation)
    reach = (REACH_W, REACH_B)
    return Bifurcations(
        one_neuron.branches_over_w(place, b, REACH_W),
        one_neuron.branches_over_b(place, w, REACH_B),
        jax.device_get(one_neuron.ends(place, WS, np.full(len(WS), b), STARTS)),
        jax.device_get(one_neuron.ends(place, np.full(len(BS), w), BS, STARTS)),
        one_neuron.fold_curve(place, 1.0, reach),
        one_neuron.fold_curve(place, -1.0, reach),
        WS,
        BS,
    )


@lru_cache(maxsize=32)
def critical(activation: str) -> one_neuron.Critical:
    """The cusp of an activation."""
    return one_neuron.critical(activations.index(activation))


LATCH_WEIGHTS = np.linspace(1.0, REACH_W, 201)


@lru_cache(maxsize=32)
def latch(activation: str) -> one_neuron.Latch:
    """What holding a bit costs, at `LATCH_WEIGHTS`."""
    return one_neuron.latch(activations.index(activation), LATCH_WEIGHTS)


@lru_cache(maxsize=256)
def latch_at(activation: str, w: float) -> tuple[float, float]:
    """u* and the slope of the latched state at one weight."""
    found = one_neuron.latch(activations.index(activation), np.full(len(LATCH_WEIGHTS), w))
    return float(found.withstood[0]), float(found.slope[0])


@lru_cache(maxsize=64)
def draws(activation: str, spread: float, seed: int) -> tuple[products.Products, products.Expected]:
    """Products with one weight and with a weight a step, and what is expected of them."""
    place = activations.index(activation)
    return jax.device_get(products.products(place, spread, np.uint32(seed))), products.expected(place, spread)


@cache
def surface() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Weights, biases and E over them."""
    specs = view_specs()
    ws = np.linspace(specs["descent_w"].low, specs["descent_w"].high, 91)
    bs = np.linspace(specs["descent_b"].low, specs["descent_b"].high, 91)
    return ws, bs, np.asarray(error_surface.surface(ws, bs))


@lru_cache(maxsize=64)
def walks(w: float, b: float, rate: float, clip: float) -> error_surface.Walk:
    """Gradient descent from one point: without clipping, and with it."""
    return jax.device_get(error_surface.descend(np.array([w, b]), rate, np.array([np.inf, clip])))


@lru_cache(maxsize=256)
def gradient_on_the_cliff(w: float) -> tuple[error_surface.Cliff, float]:
    """The cliff at one weight in closed form, and the length of its gradient by automatic differentiation."""
    cliff = error_surface.cliff(w)
    _error, gradient = error_surface.slope_and_error(np.array([w, cliff.b]))
    return cliff, float(np.hypot(*np.asarray(gradient)))


class Cost(NamedTuple):
    """log10 factor a step in a wide network: {activation: measured}, {activation: mean-field theory}."""

    measured: dict[str, float]
    theory: dict[str, float]


def costs() -> Cost:
    """What every activation costs a step."""
    return _costs.answer()


def _measure(report: Callable[[float], None]) -> Cost:
    measured, theory = {}, {}
    for place, name in enumerate(ACTIVATIONS):
        found = [float(wide.factor_in_a_wide_net(place, np.uint32(seed))) for seed in range(SEEDS)]
        measured[name] = float(np.mean(found))
        theory[name] = float(mean_field_growth(place, np.ones(1), 1.0)[0]) / np.log(10.0)
        report((place + 1) / len(ACTIVATIONS))
    return Cost(measured, theory)


_costs = Job(_measure)


def costs_progress(picture: Picture) -> float | None:
    """The share of the networks measured; None once all are."""
    return _costs.progress()


def progress(picture: Picture) -> float | None:
    """The share of the page's programs compiled; None once all are."""
    return _ready.progress()


def _compile(report: Callable[[float], None]) -> None:
    default = Picture()
    name, w = default.experiment.activation, default.neuron_w
    works: list[Callable[[], object]] = [
        lambda: neuron(default),
        lambda: phi(name, np.zeros(CURVE)),
        lambda: bifurcations(name, w, 0.0),
        lambda: critical(name),
        lambda: latch_at(name, w),
        lambda: draws(name, 1.0, 0),
        surface,
        lambda: gradient_on_the_cliff(default.descent_w),
        lambda: walks(default.descent_w, default.descent_b, default.descent_rate, default.descent_clip),
    ]
    for place, work in enumerate(works, start=1):
        work()
        report(place / len(works))


CURVE = 321
"""Points of every drawn phi."""
_ready = Job(_compile)
