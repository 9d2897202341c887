"""All numbers of one neuron: its orbit and factors, where orbits end, what a bit, a draw and an activation cost."""

import math
from typing import Any, NamedTuple

import jax
import numpy as np

from app.background.answer import Answer, report, together, work
from app.settings import Settings
from app.views.neuron.settings import DESCENT_B, DESCENT_W, REACH_B, REACH_W, is_pulsed
from cells import activations
from cells.activations import ACTIVATIONS
from cells.analyses.theory import error_surface, one_neuron, products, wide
from cells.analyses.theory.mean_field import mean_field_growth
from cells.programs import compiled

REACH = 1.6
"""The states' axis ends here, on either side of 0; it is the same for every neuron."""
CURVE = 321
"""Points of every drawn phi."""
TAILS = (-5.0, 5.0)
"""Pre-activations at which an activation's slope is told."""
REPRESENTABLE = 290.0
"""Decades below 1 down to which float64 can hold the whole product, so that it can be compared."""
STARTS = np.array([-1.0, 1.0])
"""States from which orbits are followed to their end."""
WS, BS = np.linspace(-REACH_W, REACH_W, 241), np.linspace(-REACH_B, REACH_B, 241)
"""Weights and biases for which they are."""
LATCH_WEIGHTS = np.linspace(1.0, REACH_W, 201)
LATCH_STEPS = 50
"""Steps over which the gradient of a latched neuron is told."""
SEEDS = 3
"""Networks that an activation's factor is the mean of."""
ALIVE = 10
"""Products that must not be 0 for their spread to be drawn."""
ENDING = 100
"""Updates at the end of a walk that say where it has come to."""


def once(*args: Any) -> str:
    """One set of programs serves all arguments."""
    return ""


class Neuron(NamedTuple):
    """One neuron; index 0 of a series is step 1, of `states` step 0.

    Attributes:
        x: (CURVE,) states along the axis.
        map: (CURVE,) phi(w x + b), where each goes.
        pulsed: (CURVE,) where each goes at the step with the pulse; None if no step has one.
        states: (T + 1,) h.
        factors: (T,) dh_t/dh_{t-1}.
        log10_factors: (T,) log10 of their size; -inf for an exact 0.
        log10_products: (T,) log10 |dh_t/dh_0|.
        attractor: where it goes.
        points: its fixed points.
        relative_error: product of the slopes against autodiff of the whole way, at the last step float64 can hold.
    """

    x: np.ndarray
    map: np.ndarray
    pulsed: np.ndarray | None
    states: np.ndarray
    factors: np.ndarray
    log10_factors: np.ndarray
    log10_products: np.ndarray
    attractor: one_neuron.Attractor
    points: one_neuron.FixedPoints
    relative_error: float


def neuron(settings: Settings) -> Answer[Neuron]:
    """The neuron that is chosen."""
    return followed(
        settings.experiment.activation,
        settings.neuron_w,
        settings.neuron_b,
        settings.neuron_start,
        settings.neuron_steps,
        settings.pulse if is_pulsed(settings) else 0.0,
        settings.pulse_step,
    )


def measures(settings: Settings, found: Neuron) -> dict[str, float]:
    """What lessons ask for.

    Returns:
        log10_ratio: of the product of all slopes. factor: their geometric mean. log10_least, least: the smallest
        of them in size. least_step: where that is. log10_others: all without it. end: the state after the last step.
    """
    logs, steps = found.log10_factors, len(found.factors)
    smallest = int(np.argmin(logs))
    return {
        "log10_ratio": float(found.log10_products[-1]),
        "factor": float(10 ** (found.log10_products[-1] / steps)),
        "log10_least": float(logs[smallest]),
        "least": float(abs(found.factors[smallest])),
        "least_step": smallest + 1,
        "log10_others": float(found.log10_products[-1] - logs[smallest]),
        "end": float(found.states[-1]),
        "steps": steps,
    }


@work(compiles=once)
def followed(activation: str, w: float, b: float, start: float, steps: int, pulse: float, pulse_step: int) -> Neuron:
    """A neuron, followed over some steps."""
    place = activations.index(activation)
    way = jax.device_get(one_neuron.orbit(place, w, b, start, pulse, pulse_step))
    points = one_neuron.fixed_points(place, w, b)
    states, factors = way.states[: steps + 1], way.factors[:steps]
    with np.errstate(divide="ignore"):
        logs = np.log10(np.abs(factors))
    sums = np.cumsum(logs)
    comparable = np.flatnonzero(np.abs(sums) < REPRESENTABLE)
    error = 0.0
    if comparable.size:
        last = int(comparable[-1])
        product = np.prod(np.sign(factors[: last + 1])) * 10.0 ** sums[last]
        error = abs(float(product / way.sensitivity[last] - 1.0))
    x = np.linspace(-REACH, REACH, CURVE)
    return Neuron(
        x,
        phi(activation, w * x + b)[0],
        phi(activation, w * x + b + pulse)[0] if pulse else None,
        states,
        factors,
        logs,
        sums,
        one_neuron.attractor(place, w, b, way, points),
        points,
        error,
    )


def phi(activation: str, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """phi and phi' of an activation."""
    place = activations.index(activation)
    return np.asarray(_phi(place, x)), np.asarray(_slope(place, x))


_phi, _slope = compiled(activations.apply), compiled(activations.slope)


class Branches(NamedTuple):
    """Fixed points along w and along b, the curves that bound them in the plane, and where orbits end.

    Attributes:
        over_w: branches at the neuron's bias.
        over_b: branches at the neuron's weight.
        ends_w: where orbits end for every weight of `WS`.
        ends_b: where orbits end for every bias of `BS`.
        fold: (w, b) where two fixed points meet.
        flip: (w, b) where two states in turn are born.
    """

    over_w: one_neuron.Branch
    over_b: one_neuron.Branch
    ends_w: one_neuron.Ends
    ends_b: one_neuron.Ends
    fold: tuple[np.ndarray, np.ndarray]
    flip: tuple[np.ndarray, np.ndarray]


@work(compiles=once)
def branches(activation: str, w: float, b: float) -> Branches:
    """The bifurcations of one activation, seen from one pair of w and b."""
    place = activations.index(activation)
    reach = (REACH_W, REACH_B)
    return Branches(
        one_neuron.branches_over_w(place, b, REACH_W),
        one_neuron.branches_over_b(place, w, REACH_B),
        jax.device_get(one_neuron.ends(place, WS, np.full(len(WS), b), STARTS)),
        jax.device_get(one_neuron.ends(place, np.full(len(BS), w), BS, STARTS)),
        one_neuron.fold_curve(place, 1.0, reach),
        one_neuron.fold_curve(place, -1.0, reach),
    )


class Held(NamedTuple):
    """What holding a bit costs at one weight; NaN where there is no bit to hold.

    Attributes:
        withstood: u*, the disturbance that is withstood.
        slope: of the latched state.
    """

    withstood: float
    slope: float


@work(compiles=once)
def held_at(activation: str, w: float) -> Held:
    """What holding a bit costs at one weight."""
    found = one_neuron.latch(activations.index(activation), np.full(len(LATCH_WEIGHTS), w))
    return Held(float(found.withstood[0]), float(found.slope[0]))


class Bifurcation(NamedTuple):
    """The bifurcations, and the neuron among them."""

    neuron: Neuron
    branches: Branches
    held: Held


def bifurcation(settings: Settings) -> Answer[Bifurcation]:
    """Where the number of states changes that a neuron can rest in."""
    activation, w, b = settings.experiment.activation, settings.neuron_w, settings.neuron_b
    parts = [neuron(settings), branches(activation, w, b), held_at(activation, w)]
    return together(parts).then(lambda found: Bifurcation(*found))


def critical(settings: Settings) -> Answer[one_neuron.Critical]:
    """The edge of the activation."""
    return cusp(settings.experiment.activation)


@work(compiles=once)
def cusp(activation: str) -> one_neuron.Critical:
    """Where an activation turns from one state to two."""
    return one_neuron.critical(activations.index(activation))


class Latch(NamedTuple):
    """What holding a bit costs.

    Attributes:
        withstood: (n,) u* at every one of `LATCH_WEIGHTS`.
        log10_left: (n,) log10 of the gradient that is left after `LATCH_STEPS` steps.
        here: at the neuron's own weight.
        log10_left_here: log10 of what is left there; -inf where the slope is exactly 0.
    """

    withstood: np.ndarray
    log10_left: np.ndarray
    here: Held
    log10_left_here: float


def latch(settings: Settings) -> Answer[Latch]:
    """Latching against trainability."""
    activation = settings.experiment.activation
    parts = [latches(activation), held_at(activation, settings.neuron_w)]
    return together(parts).then(lambda found: _latch(*found))


@work(compiles=once)
def latches(activation: str) -> one_neuron.Latch:
    """What holding a bit costs, at `LATCH_WEIGHTS`."""
    return one_neuron.latch(activations.index(activation), LATCH_WEIGHTS)


def _latch(found: one_neuron.Latch, here: Held) -> Latch:
    with np.errstate(divide="ignore", invalid="ignore"):
        left, left_here = (LATCH_STEPS * np.log10(np.abs(slope)) for slope in (found.slope, here.slope))
    return Latch(found.withstood, left, here, float(left_here))


class Draws(NamedTuple):
    """Products with one weight and with a weight a step.

    Attributes:
        products: log10 of every one.
        spreads: (T,) their standard deviation at every step, of both kinds; NaN where fewer than `ALIVE` are not 0.
        expected: what theory says of them.
    """

    products: products.Products
    spreads: tuple[np.ndarray, np.ndarray]
    expected: products.Expected


def draws(settings: Settings) -> Answer[Draws]:
    """Many draws of the weight."""
    return drawn(settings.experiment.activation, settings.draws_spread, settings.experiment.seed)


@work(compiles=once)
def drawn(activation: str, spread: float, seed: int) -> Draws:
    """Products with one weight and with a weight a step, of weights this far spread."""
    place = activations.index(activation)
    found = products.products(place, spread, seed)
    return Draws(found, (_spread(found.tied), _spread(found.untied)), products.expected(place, spread))


def measures_of_draws(settings: Settings, found: Draws) -> dict[str, float]:
    """What lessons ask for.

    Returns:
        tied, untied: standard deviation of the products after the last step, in decades, with one weight and with a
        weight a step.
    """
    tied, untied = (float(spread[-1]) for spread in found.spreads)
    return {"tied": tied, "untied": untied}


def _spread(values: np.ndarray) -> np.ndarray:
    alive = np.isfinite(values)
    count = alive.sum(axis=0)
    kept = np.where(alive, values, 0.0)
    mean = kept.sum(axis=0) / np.maximum(count, 1)
    square = np.where(alive, (values - mean) ** 2, 0.0).sum(axis=0) / np.maximum(count, 1)
    return np.where(count >= ALIVE, np.sqrt(square), np.nan)


class Zoo(NamedTuple):
    """Every activation.

    Attributes:
        x: (CURVE,) pre-activations.
        curves: {activation: (phi, phi') over them}.
        tails: {activation: phi' at the two `TAILS`}.
        measured: {activation: log10 factor a step in a wide network}.
        theory: {activation: the same by mean-field theory}.
    """

    x: np.ndarray
    curves: dict[str, tuple[np.ndarray, np.ndarray]]
    tails: dict[str, tuple[float, float]]
    measured: dict[str, float]
    theory: dict[str, float]


def zoo(settings: Settings) -> Answer[Zoo]:
    """Every activation and what it costs."""
    return costs()


@work(compiles=once, cost=lambda: len(ACTIVATIONS))
def costs() -> Zoo:
    """What every activation is like, and what it costs a step."""
    x = np.linspace(-6.0, 6.0, CURVE)
    curves, tails, measured, theory = {}, {}, {}, {}
    for place, name in enumerate(ACTIVATIONS):
        curves[name] = phi(name, x)
        left, right = phi(name, np.resize(TAILS, CURVE))[1][:2]
        tails[name] = float(left), float(right)
        found = [float(wide.factor_in_a_wide_net(place, seed)) for seed in range(SEEDS)]
        measured[name] = float(np.mean(found))
        theory[name] = float(mean_field_growth(place, np.ones(1), 1.0)[0]) / math.log(10.0)
        report((place + 1) / len(ACTIVATIONS))
    return Zoo(x, curves, tails, measured, theory)


class ErrorMap(NamedTuple):
    """E over weights and biases; the cliff's bias for each of some weights."""

    ws: np.ndarray
    bs: np.ndarray
    errors: np.ndarray
    cliff: tuple[np.ndarray, np.ndarray]


class OnTheCliff(NamedTuple):
    """The cliff at one weight in closed form, and the length of its gradient by automatic differentiation."""

    cliff: error_surface.Cliff
    differentiated: float


class Surface(NamedTuple):
    """The error surface, two walks on it, and the cliff at the weight they begin at."""

    map: ErrorMap
    walk: error_surface.Walk
    on_the_cliff: OnTheCliff


def surface(settings: Settings) -> Answer[Surface]:
    """Descent from one point, without clipping and with it."""
    start = settings.descent_w, settings.descent_b
    parts = [error_map(), walks(*start, settings.descent_rate, settings.descent_clip), on_the_cliff(start[0])]
    return together(parts).then(lambda found: Surface(*found))


def measures_of_surface(settings: Settings, found: Surface) -> dict[str, float]:
    """What lessons ask for.

    Returns:
        log10_free, log10_clipped: the median error of the last `ENDING` updates, without clipping and with it; a walk
        along the edge jumps from update to update. log10_steepest_free, log10_steepest_clipped: the longest gradient
        on the way, before it is clipped.
    """
    walk = found.walk
    with np.errstate(divide="ignore"):
        errors = np.log10(np.median(walk.errors[:, -ENDING:], axis=1))
        steepest = np.log10(np.max(walk.norms, axis=1))
    return {
        "log10_free": float(errors[0]),
        "log10_clipped": float(errors[1]),
        "log10_steepest_free": float(steepest[0]),
        "log10_steepest_clipped": float(steepest[1]),
    }


@work(compiles=once)
def error_map() -> ErrorMap:
    """E, and its cliff."""
    ws, bs = np.linspace(*DESCENT_W, 91), np.linspace(*DESCENT_B, 91)
    line = np.linspace(*DESCENT_W, 31)
    cliff = np.array([error_surface.cliff(float(w)).b for w in line])
    return ErrorMap(ws, bs, np.asarray(error_surface.surface(ws, bs)), (line, cliff))


@work(compiles=once)
def walks(w: float, b: float, rate: float, clip: float) -> error_surface.Walk:
    """Gradient descent from one point: without clipping, and with it."""
    return jax.device_get(error_surface.descend(np.array([w, b]), rate, np.array([np.inf, clip])))


@work(compiles=once)
def on_the_cliff(w: float) -> OnTheCliff:
    """The gradient on the cliff."""
    cliff = error_surface.cliff(w)
    _error, gradient = error_surface.slope_and_error(np.array([w, cliff.b]))
    return OnTheCliff(cliff, float(np.hypot(*np.asarray(gradient))))
