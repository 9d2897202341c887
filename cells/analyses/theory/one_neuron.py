"""Why does one neuron vanish or explode? Everything that can be known of h_t = phi(w h_{t-1} + b).

A fixed point is known by its pre-activation a: h = phi(a), and a = w phi(a) + b. Solved for b or for w this gives every
branch of the bifurcation diagram without a search, and with w phi'(a) = 1 the folds that bound the bistable wedge.

Reference:
    Bengio, Simard and Frasconi (1994), Learning long-term dependencies with gradient descent is difficult, section III;
    Pascanu, Mikolov and Bengio (2013), arXiv 1211.5063, section 2.2.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array, lax

from cells import activations
from cells.programs import compiled

MAX_STEPS = 200
"""Steps of every orbit; fewer are cut from it, so that no length compiles anything."""
SETTLING = 2000
"""Further steps, without a pulse, after which an orbit is taken to have arrived."""
CRITICAL_STEPS = 10_000
"""Steps over which the power law is followed."""
_GRID = np.sinh(np.linspace(-10.0, 10.0, 4001))  # pre-activations: fine around 0, and out to 11,000
MARGINAL = 1e-9
"""A slope this close to ±1 is the edge itself: what comes to such a state comes by a power law."""
_NEAR_THE_EDGE = 0.01  # slopes within this of -1 may leave an orbit creeping after all of SETTLING
_FIXED = 1e-5  # relative change a step, or two, below which an orbit rests; at w = 1 tanh is still creeping by 3e-6


class Orbit(NamedTuple):
    """One neuron over `MAX_STEPS` steps; index 0 of all but `states` is step 1.

    Attributes:
        states: (T + 1,) h_0 to h_T.
        factors: (T,) dh_t/dh_{t-1} = w phi'(a_t).
        sensitivity: (T,) dh_t/dh_0, by automatic differentiation of the whole way.
        settled: (2,) two states in a row, `SETTLING` steps later.
        settled_growth: mean ln |w phi'(a)| over the second half of those steps.
    """

    states: Array
    factors: Array
    sensitivity: Array
    settled: Array
    settled_growth: Array


@compiled
def orbit(activation: Array, w: Array, b: Array, start: Array, pulse: Array, pulse_step: Array) -> Orbit:
    """Follow h_t = phi(w h_{t-1} + b), with `pulse` added to the pre-activation of one step.

    Args:
        activation: place in the table of activations.
        w: recurrent weight, dimensionless.
        b: bias.
        start: h_0.
        pulse: what is added.
        pulse_step: where, counted from 1.
    """
    added = jnp.where(jnp.arange(1, MAX_STEPS + 1) == pulse_step, pulse, 0.0)

    def states_from(start: Array) -> Array:
        def further(h: Array, extra: Array) -> tuple[Array, Array]:
            h = activations.apply(activation, w * h + b + extra)
            return h, h

        return lax.scan(further, start, added)[1]

    states, sensitivity = jax.jvp(states_from, (start,), (jnp.ones_like(start),))
    states = jnp.concatenate([start[None], states])
    factors = w * activations.slope(activation, w * states[:-1] + b + added)

    def settle(h: Array, _: None) -> tuple[Array, Array]:
        a = w * h + b
        return activations.apply(activation, a), jnp.log(jnp.abs(w * activations.slope(activation, a)))

    last, growths = lax.scan(settle, states[-1], None, length=SETTLING)
    settled = jnp.stack([last, activations.apply(activation, w * last + b)])
    return Orbit(states, factors, sensitivity, settled, jnp.mean(growths[SETTLING // 2 :]))


class FixedPoints(NamedTuple):
    """Where h = phi(w h + b).

    Attributes:
        states: (n,) h, in rising order of the pre-activation.
        slopes: (n,) w phi' there: stable between -1 and 1, marginal at either.
        continuum: whether they fill a whole interval; then only its ends and some points of it are listed.
    """

    states: np.ndarray
    slopes: np.ndarray
    continuum: bool

    @property
    def marginal(self) -> np.ndarray:
        """Which of them are neither stable nor unstable."""
        return np.abs(np.abs(self.slopes) - 1) <= MARGINAL

    @property
    def stable(self) -> np.ndarray:
        """Which of them draw in whatever is near."""
        return (np.abs(self.slopes) < 1) & ~self.marginal


def fixed_points(activation: int, w: float, b: float) -> FixedPoints:
    """All fixed points with a pre-activation up to 11,000, to machine precision.

    Two that are closer than 0.005 in their pre-activation are not told apart.
    """
    states, slopes, found = (np.asarray(part) for part in _fixed_points(activation, w, b))
    many = int(found.sum()) > 40
    places = np.flatnonzero(found)
    if many:
        places = places[np.linspace(0, len(places) - 1, 9).astype(int)]
    return FixedPoints(states[places], slopes[places], many)


@compiled
def _fixed_points(activation: Array, w: Array, b: Array) -> tuple[Array, Array, Array]:
    def excess(a: Array) -> Array:
        return a - w * activations.apply(activation, a) - b

    low, high = jnp.asarray(_GRID[:-1]), jnp.asarray(_GRID[1:])
    at_low = excess(low)
    found = (at_low == 0) | (at_low * excess(high) < 0)

    def halve(_: int, ends: tuple[Array, Array]) -> tuple[Array, Array]:
        low, high = ends
        middle = 0.5 * (low + high)
        left = at_low * excess(middle) <= 0
        return jnp.where(left, low, middle), jnp.where(left, middle, high)

    low, high = lax.fori_loop(0, 52, halve, (low, high))
    a = jnp.where(at_low == 0, jnp.asarray(_GRID[:-1]), 0.5 * (low + high))
    return activations.apply(activation, a), w * activations.slope(activation, a), found


class Attractor(NamedTuple):
    """Where an orbit goes.

    Attributes:
        kind: "fixed", "two" (two states in turn), "wanders" or "diverges".
        states: the one state, or the two; empty otherwise.
        slope: w phi' at a fixed point, and the product of both for two states in turn; NaN otherwise.
        factor: |derivative| a step there, in the geometric mean.
    """

    kind: str
    states: tuple[float, ...]
    slope: float
    factor: float


def attractor(activation: int, w: float, b: float, way: Orbit, points: FixedPoints) -> Attractor:
    """Where an orbit goes, from where it is long after its last step."""
    first, second = (float(state) for state in way.settled)
    factor = float(np.exp(way.settled_growth))
    if not (np.isfinite(first) and np.isfinite(second)) or abs(second) > _GRID[-1]:
        return Attractor("diverges", (), float("nan"), factor)
    if abs(second - first) <= _FIXED * (1 + abs(first)):
        resting, slope = second, _slope_at(activation, w, b, second)
        if not points.continuum and len(points.states):
            nearest = int(np.argmin(np.abs(points.states - second)))
            resting, slope = float(points.states[nearest]), float(points.slopes[nearest])
        return Attractor("fixed", (resting,), slope, abs(slope))
    third = float(_PHI[0](activation, np.asarray(w * second + b)))
    creeping = _alternates_towards(points, first, second, third)
    if creeping is not None:
        resting, slope = creeping
        return Attractor("fixed", (resting,), slope, abs(slope))
    if abs(third - first) <= _FIXED * (1 + abs(first)):
        product = _slope_at(activation, w, b, first) * _slope_at(activation, w, b, second)
        return Attractor("two", (min(first, second), max(first, second)), product, float(np.sqrt(abs(product))))
    return Attractor("wanders", (), float("nan"), factor)


def _alternates_towards(points: FixedPoints, first: float, second: float, third: float) -> tuple[float, float] | None:
    """The fixed point at the edge, and its slope, that three states in a row approach from its two sides in turn."""
    if points.continuum or not len(points.states):
        return None
    nearest = int(np.argmin(np.abs(points.states - 0.5 * (first + second))))
    resting, slope = float(points.states[nearest]), float(points.slopes[nearest])
    before, now, after = first - resting, second - resting, third - resting
    at_the_edge = -1 - MARGINAL <= slope <= -1 + _NEAR_THE_EDGE
    if at_the_edge and before * now < 0 and abs(after) < abs(before) * (1 - 1e-12):
        return resting, slope
    return None


def _slope_at(activation: int, w: float, b: float, h: float) -> float:
    return float(w * _PHI[1](activation, np.asarray(w * h + b)))


class Branch(NamedTuple):
    """Fixed points along a parameter, in the order of their pre-activation; NaN where there is none in range.

    Attributes:
        parameter: (n,) w or b.
        states: (n,) h.
        slopes: (n,) w phi'.
    """

    parameter: np.ndarray
    states: np.ndarray
    slopes: np.ndarray


def branches_over_w(activation: int, b: float, reach: float) -> Branch:
    """Fixed points for every |w| up to `reach` at one bias: w = (a - b)/phi(a), and h = 0 for every w if phi(b) = 0."""
    a, h, slope = _curve(activation)
    with np.errstate(divide="ignore", invalid="ignore"):
        w = (a - b) / h
    w = np.where((np.abs(h) > 1e-12) & (np.abs(w) <= reach), w, np.nan)
    at_rest, slope_there = (float(function(activation, np.asarray(float(b)))) for function in _PHI)
    if at_rest != 0:
        return Branch(w, h, w * slope)
    flat = np.linspace(-reach, reach, 481)
    gap = [np.nan]
    return Branch(
        np.concatenate([w, gap, flat]),
        np.concatenate([h, gap, np.zeros_like(flat)]),
        np.concatenate([w * slope, gap, flat * slope_there]),
    )


def branches_over_b(activation: int, w: float, reach: float) -> Branch:
    """Fixed points for every |b| up to `reach` at one weight: b = a - w phi(a)."""
    a, h, slope = _curve(activation)
    b = a - w * h
    return Branch(np.where(np.abs(b) <= reach, b, np.nan), h, w * slope)


def fold_curve(activation: int, slope: float, reach: tuple[float, float]) -> tuple[np.ndarray, np.ndarray]:
    """Pairs (w, b) at which a fixed point has this slope: 1 at a fold, -1 where two states in turn are born."""
    a, h, derivative = _curve(activation)
    with np.errstate(divide="ignore", invalid="ignore"):
        w = slope / derivative
        b = a - w * h
    inside = (np.abs(w) <= reach[0]) & (np.abs(b) <= reach[1])
    return np.where(inside, w, np.nan), np.where(inside, b, np.nan)


class Ends(NamedTuple):
    """Where orbits end for every value of a parameter.

    Attributes:
        states: (starts, n, 8) the last states.
        factors: (starts, n) |w phi'| a step there, in the geometric mean.
    """

    states: Array
    factors: Array


@compiled
def ends(activation: Array, ws: Array, bs: Array, starts: Array) -> Ends:
    """Run a neuron for each pair of w and b, from each start, until it has arrived.

    Args:
        activation: place in the table of activations.
        ws: (n,) weights.
        bs: (n,) biases.
        starts: (starts,) h_0.
    """

    def one(start: Array, w: Array, b: Array) -> tuple[Array, Array]:
        def further(h: Array, _: None) -> tuple[Array, tuple[Array, Array]]:
            a = w * h + b
            h = activations.apply(activation, a)
            return h, (h, jnp.log(jnp.abs(w * activations.slope(activation, a))))

        _, (states, growths) = lax.scan(further, start, None, length=600)
        return states[-8:], jnp.exp(jnp.mean(growths[-64:]))

    return Ends(*jax.vmap(lambda start: jax.vmap(lambda w, b: one(start, w, b))(ws, bs))(starts))


class Critical(NamedTuple):
    """The cusp, where w max|phi'| = 1, and how slowly the gradient dies there.

    Attributes:
        w: weight.
        b: bias.
        steps: (n,) steps, evenly spaced in their logarithm.
        log10_product: (n,) log10 |dh_t/dh_0| there.
        below: (n,) the same with 0.99 w.
        above: (n,) the same with 1.01 w.
        exponent: slope of the first against log10 t over the last decade.
    """

    w: float
    b: float
    steps: np.ndarray
    log10_product: np.ndarray
    below: np.ndarray
    above: np.ndarray
    exponent: float


def critical(activation: int) -> Critical:
    """Follow the gradient where the neuron is neither stable nor unstable.

    At the steepest point of phi the deviation x obeys x' = x - c x³, so that x ~ t^(-1/2) and the product of the
    slopes falls as t^(-3/2): a power law, no exponential. Where phi is straight there, the product stays; softsign,
    which has a kink there, gives t^(-2). Where phi is steepest at infinity there is no cusp, and all is NaN.
    """
    a = _steepest(activation)
    if np.isnan(a):
        nothing = np.full(1, np.nan)
        return Critical(np.nan, np.nan, np.ones(1), nothing, nothing, nothing, np.nan)
    w = 1.0 / float(_PHI[1](activation, np.asarray(a)))
    middle = float(_PHI[0](activation, np.asarray(a)))
    b = a - w * middle
    steps = np.unique(np.geomspace(1, CRITICAL_STEPS, 81).astype(int))
    # About the same fixed point: the bias makes up for the other weight.
    ws = w * np.array([1.0, 0.99, 1.01])
    sums = np.asarray(_log10_products(activation, ws, a - ws * middle, np.asarray(middle + 0.5)))[:, steps - 1]
    last = steps >= CRITICAL_STEPS // 10
    exponent = float(np.polyfit(np.log10(steps[last]), sums[0][last], 1)[0])
    return Critical(w, b, steps, *sums, exponent)


@compiled
def _log10_products(activation: Array, ws: Array, bs: Array, start: Array) -> Array:
    def one(w: Array, b: Array) -> Array:
        def further(carry: tuple[Array, Array], _: None) -> tuple[tuple[Array, Array], Array]:
            h, total = carry
            a = w * h + b
            total = total + jnp.log10(jnp.abs(w * activations.slope(activation, a)))
            return (activations.apply(activation, a), total), total

        return lax.scan(further, (start, jnp.zeros_like(start)), None, length=CRITICAL_STEPS)[1]

    return jax.vmap(one)(ws, bs)


class Latch(NamedTuple):
    """What holding a bit costs, for each weight; NaN where there is nothing to hold.

    Attributes:
        withstood: (n,) u*: the bit survives any disturbance of the pre-activation that stays below it.
        slope: (n,) w phi' at the state that holds it, in the middle of the bistable range.
    """

    withstood: Array
    slope: Array


@compiled
def latching(activation: Array, steepest: Array, ws: Array) -> Latch:
    """Half the bistable range of biases, and the slope at the upper state in its middle.

    For tanh u* = sqrt(w (w - 1)) - arccosh(sqrt(w)), and the middle is b = 0.

    Args:
        activation: place in the table of activations.
        steepest: pre-activation at which phi is steepest.
        ws: (n,) weights.
    """

    def phi(a: Array) -> Array:
        return activations.apply(activation, a)

    def root(function, low: Array, high: Array) -> Array:
        def halve(_: int, ends: tuple[Array, Array]) -> tuple[Array, Array]:
            low, high = ends
            middle = 0.5 * (low + high)
            before = function(middle) * function(high) < 0
            return jnp.where(before, middle, low), jnp.where(before, high, middle)

        crosses = function(low) * function(high) < 0
        low, high = lax.fori_loop(0, 60, halve, (low, high))
        return jnp.where(crosses, 0.5 * (low + high), jnp.nan)

    def one(w: Array) -> tuple[Array, Array]:
        def beyond(a: Array) -> Array:
            return w * activations.slope(activation, a) - 1.0

        right = root(beyond, steepest + 1e-12, steepest + jnp.pi)
        left = root(beyond, steepest - 1e-12, steepest - jnp.pi)
        high, low = left - w * phi(left), right - w * phi(right)
        middle = 0.5 * (high + low)
        resting = root(lambda a: a - w * phi(a) - middle, right, right + 20.0)
        return 0.5 * (high - low), w * activations.slope(activation, resting)

    return Latch(*jax.vmap(one)(ws))


def latch(activation: int, ws: np.ndarray) -> Latch:
    """`latching` as NumPy arrays, about the steepest point of phi."""
    found = latching(activation, np.asarray(_steepest(activation)), np.asarray(ws, float))
    withstood, slope = np.asarray(found.withstood), np.asarray(found.slope)
    holds = np.isfinite(withstood) & np.isfinite(slope) & (withstood > 1e-12)
    return Latch(np.where(holds, withstood, np.nan), np.where(holds, slope, np.nan))


def _steepest(activation: int) -> float:
    """Pre-activation of the largest phi', the one nearest to 0 where there are several; NaN if it lies at infinity."""
    a = np.linspace(-6.0, 6.0, 12001)
    slope = np.asarray(_PHI[1](activation, a))
    best = np.flatnonzero(slope >= slope.max() - 1e-12)
    place = best[np.argmin(np.abs(a[best]))]
    if place in (0, len(a) - 1):
        return float("nan")
    before, there, after = slope[place - 1 : place + 2]
    bend = before - 2 * there + after
    # The vertex of the parabola through three points; where phi' jumps or is flat, the grid's own point.
    smooth = max(abs(before - there), abs(after - there)) < 0.01 and bend < 0
    return float(a[place] + (0.5 * (before - after) / bend * (a[1] - a[0]) if smooth else 0.0))


def _curve(activation: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    a = np.sinh(np.linspace(-4.5, 4.5, 1801))
    return a, np.asarray(_PHI[0](activation, a)), np.asarray(_PHI[1](activation, a))


_PHI = (compiled(activations.apply), compiled(activations.slope))
