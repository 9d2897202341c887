"""One neuron against closed forms, each derived beside the number."""

import jax
import numpy as np
import pytest

from cells.activations import ACTIVATIONS, apply, index, slope
from cells.analyses.theory import one_neuron
from cells.analyses.theory.one_neuron import (
    MAX_STEPS,
    attractor,
    critical,
    ends,
    fixed_points,
    fold_curve,
    latch,
    orbit,
)

TANH, SIGMOID = index("tanh"), index("sigmoid")


def follow(activation, w, b=0.0, start=0.1, pulse=0.0, pulse_step=1):
    way = jax.device_get(orbit(activation, w, b, start, pulse, pulse_step))
    points = fixed_points(activation, w, b)
    return way, points, attractor(activation, w, b, way, points)


def held_width(w):
    """Half the bistable range of tanh: the fold w (1 - h²) = 1 gives h² = 1 - 1/w, and b = artanh h - w h."""
    return np.sqrt(w * (w - 1)) - np.arccosh(np.sqrt(w))


@pytest.mark.parametrize(("w", "b", "start"), [(0.9, 0.0, 0.5), (1.7, -0.3, 0.2), (-1.4, 0.1, 0.8), (2.5, 0.0, -1.2)])
def test_an_orbit_is_the_loop_anyone_would_write(w, b, start):
    way, _, _ = follow(TANH, w, b, start, pulse=0.7, pulse_step=5)
    h, product = start, 1.0
    for t in range(1, 61):
        h = np.tanh(w * h + b + (0.7 if t == 5 else 0.0))
        factor = w * (1 - h**2)
        product *= factor
        assert way.states[t] == pytest.approx(h, rel=1e-12)
        assert way.factors[t - 1] == pytest.approx(factor, rel=1e-9)
        assert way.sensitivity[t - 1] == pytest.approx(product, rel=1e-9)


@pytest.mark.parametrize(
    ("w", "start", "steps", "log10"), [(0.9, 0.5, 50, -2.64257), (1.0, 0.5, 50, -1.46902), (2.0, 0.1, 20, -11.9223)]
)
def test_product_of_slopes_has_the_size_it_should(w, start, steps, log10):
    way, _, _ = follow(TANH, w, start=start)
    assert np.sum(np.log10(way.factors[:steps])) == pytest.approx(log10, abs=1e-4)


@pytest.mark.parametrize("name", ACTIVATIONS)
@pytest.mark.parametrize(("w", "b"), [(0.8, 0.1), (-1.1, 0.4), (1.3, -0.2)])
def test_product_of_slopes_is_the_derivative_of_the_whole_way(name, w, b):
    way, _, _ = follow(index(name), w, b, 0.3)
    products = np.cumprod(way.factors[:80])
    assert np.allclose(products, way.sensitivity[:80], rtol=1e-9, atol=0)
    assert len(way.states) == MAX_STEPS + 1


@pytest.mark.parametrize(
    ("w", "state", "expected"),
    [(1.25, 0.710412, None), (1.5, 0.858560, 0.394313), (2.0, 0.957504, 0.166372), (3.0, 0.994902, 0.030513)],
)
def test_slope_at_the_attractor_of_tanh(w, state, expected):
    _, points, where = follow(TANH, w)
    assert where.kind == "fixed"
    assert where.states[0] == pytest.approx(state, abs=1e-6)
    assert where.slope == pytest.approx(expected or w * (1 - state**2), abs=3e-6)
    assert points.states == pytest.approx([-state, 0, state], abs=1e-6)
    assert points.slopes[1] == pytest.approx(w)


def test_a_large_weight_saturates():
    # h* = 1 to eight digits, so w (1 - h*²) = 8.2446e-8 at w = 10.
    assert follow(TANH, 10.0)[2].slope == pytest.approx(8.2446e-8, rel=1e-4)


def test_just_above_one_the_state_leaves_as_a_square_root():
    # tanh x = x - x³/3: h*² = 3 (w - 1), slope 1 - 2 (w - 1), to first order.
    _, _, where = follow(TANH, 1.002, start=0.5)
    assert where.states[0] ** 2 == pytest.approx(3 * 0.002, rel=0.01)
    assert where.slope == pytest.approx(1 - 2 * 0.002, abs=1e-4)


@pytest.mark.parametrize(("w", "multiplier"), [(-1.1, 0.675283), (-1.5, 0.155483), (-3.0, 9.310e-4)])
def test_below_minus_one_two_states_take_turns(w, multiplier):
    # h = -tanh(w h) has the h* of -w; the product of both slopes is (w (1 - h*²))².
    _, points, where = follow(TANH, w, start=0.4)
    assert where.kind == "two"
    assert where.states[0] == pytest.approx(-where.states[1])
    assert where.slope == pytest.approx(multiplier, rel=1e-4)
    assert where.factor == pytest.approx(np.sqrt(multiplier), rel=1e-4)
    assert len(points.states) == 1


def test_above_minus_one_it_still_rests():
    where = follow(TANH, -0.9)[2]
    assert where.kind == "fixed"
    assert where.slope == pytest.approx(-0.9)


@pytest.mark.parametrize("w", [1.25, 1.7, 2.0, 3.3, 5.0])
def test_three_fixed_points_exactly_inside_the_wedge(w):
    edge = held_width(w)
    for sign in (-1, 1):
        assert len(fixed_points(TANH, w, sign * (edge - 1e-4)).states) == 3
        assert len(fixed_points(TANH, w, sign * (edge + 1e-4)).states) == 1
    assert latch(TANH, np.array([w])).withstood[0] == pytest.approx(edge, abs=1e-10)


@pytest.mark.parametrize(
    ("w", "low", "high"), [(5.0, -2.655610, -2.344390), (6.0, -3.415093, -2.584907), (4.5, None, None)]
)
def test_bistable_range_of_a_sigmoid(w, low, high):
    # w s (1 - s) = 1 gives s = (1 ± sqrt(1 - 4/w))/2, and b = logit(s) - w s.
    s = (1 + np.array([-1.0, 1.0]) * np.sqrt(1 - 4 / w)) / 2
    edges = np.sort(np.log(s / (1 - s)) - w * s)
    assert low is None or edges == pytest.approx([low, high], abs=1e-6)
    for edge, inward in zip(edges, (1, -1), strict=True):
        assert len(fixed_points(SIGMOID, w, edge + inward * 1e-3).states) == 3
        assert len(fixed_points(SIGMOID, w, edge - inward * 1e-3).states) == 1
    assert 2 * latch(SIGMOID, np.array([w])).withstood[0] == pytest.approx(edges[1] - edges[0], abs=1e-9)


def test_a_sigmoid_below_four_has_nothing_to_hold():
    found = latch(SIGMOID, np.array([3.0, 3.99]))
    assert np.isnan(found.withstood).all()
    assert np.isnan(found.slope).all()


@pytest.mark.parametrize("w", [1.5, 2.0, 3.0])
def test_a_bit_survives_just_below_the_limit_and_not_above(w):
    # The disturbance pushes against the bit at every step: a' = w tanh a - u.
    limit = float(latch(TANH, np.array([w])).withstood[0])
    kept, lost = (
        float(jax.device_get(orbit(TANH, w, -share * limit, 1.0, 0.0, 1)).settled[0]) for share in (0.99, 1.05)
    )
    assert kept > 0 > lost


def test_latching_costs_the_gradient():
    found = latch(TANH, np.array([2.0]))
    assert found.slope[0] == pytest.approx(0.166372, abs=1e-6)
    assert 50 * np.log10(found.slope[0]) == pytest.approx(-38.95, abs=0.01)


@pytest.mark.parametrize("name", ["tanh", "sigmoid", "sin"])
def test_at_the_edge_the_gradient_dies_by_a_power_law(name):
    # x' = x - c x³ gives x ~ t^(-1/2), and the product of 1 - 3 c x² falls as t^(-3/2).
    found = critical(index(name))
    assert found.exponent == pytest.approx(-1.5, abs=0.01)
    assert found.w == pytest.approx(1 / ACTIVATIONS[name].max_slope, rel=1e-6)


def test_the_exponent_is_minus_two_at_a_kink_and_zero_on_a_line():
    # softsign: x' = x/(1 + x) = 1/(t + 1/x0), so the product is (1 + x0 t)^-2. ReLU and the identity keep all.
    found = critical(index("softsign"))
    assert found.log10_product == pytest.approx(-2 * np.log10(1 + 0.5 * found.steps), abs=1e-6)
    for name in ("identity", "relu", "hard_tanh"):
        assert critical(index(name)).exponent == 0
    assert np.isnan(critical(index("softplus")).exponent)


def test_one_per_cent_beside_the_edge_it_is_exponential():
    found = critical(TANH)
    # Below it 0.99 a step; above it 1 - 2 (w - 1) = 0.98 a step: 10,000 steps of each, up to a constant.
    assert found.below[-1] == pytest.approx(10_000 * np.log10(0.99), abs=2)
    assert found.above[-1] == pytest.approx(10_000 * np.log10(0.98), abs=2)


@pytest.mark.parametrize("name", ACTIVATIONS)
@pytest.mark.parametrize("b", [0.0, 0.6, -1.3])
def test_every_point_of_a_branch_is_a_fixed_point(name, b):
    over_w, over_b = one_neuron.branches_over_w(index(name), b, 6.0), one_neuron.branches_over_b(index(name), 1.3, 4.0)
    for branch, pair in ((over_w, lambda w: (w, b)), (over_b, lambda b: (1.3, b))):
        inside = np.isfinite(branch.parameter)
        h = branch.states[inside]
        w, bias = pair(branch.parameter[inside])
        assert np.allclose(np.asarray(apply(index(name), w * h + bias)), h, atol=1e-8)
        slopes = w * np.asarray(slope(index(name), w * h + bias))
        kinked = np.abs(slopes - branch.slopes[inside]) > 1e-6
        assert np.mean(kinked) < 0.01  # rounding may cross a kink, where the slope jumps


def test_the_flip_curve_of_tanh_passes_minus_one():
    w, b = fold_curve(TANH, -1.0, (6.0, 4.0))
    assert np.nanmax(w) == pytest.approx(-1.0, abs=1e-6)
    assert b[np.nanargmax(w)] == pytest.approx(0.0, abs=1e-6)


def test_where_orbits_end_agrees_with_the_branches():
    ws = np.linspace(-3, 3, 241)  # the weights below are among them
    found = jax.device_get(ends(TANH, ws, np.zeros(241), np.array([-1.0, 1.0])))
    for w, factor in ((1.5, 0.394313), (2.0, 0.166372), (0.5, 0.5), (-1.5, np.sqrt(0.155483))):
        place = int(np.argmin(np.abs(ws - w)))
        assert found.factors[:, place] == pytest.approx([factor, factor], abs=1e-5)
    assert found.states[0, -1, -1] == pytest.approx(-found.states[1, -1, -1])


def test_a_continuum_is_named():
    assert fixed_points(index("identity"), 1.0, 0.0).continuum
    assert fixed_points(index("relu"), 1.0, 0.0).continuum
    assert not fixed_points(TANH, 1.0, 0.0).continuum


def test_running_away_is_named():
    assert follow(index("identity"), 1.5)[2].kind == "diverges"
    assert follow(index("sin"), 4.0, 0.3)[2].kind in ("wanders", "two", "fixed")


@pytest.mark.parametrize("start", [0.01, 0.5, -1.2])
@pytest.mark.parametrize("size", [1.0, 0.9995, 0.995])
def test_an_orbit_that_creeps_to_rest_from_two_sides_rests(start, size):
    # w = -1: |h'| = tanh |h|, so that h falls as with w = 1, as the root of 3/(2 t), and never turns into a cycle.
    _, points, there = follow(TANH, -size, start=start)
    assert (there.kind, there.states) == ("fixed", (pytest.approx(0, abs=1e-12),))
    assert there.slope == pytest.approx(-size)
    assert there.factor == pytest.approx(size)
    assert points.marginal.any() == (size == 1.0)
    assert points.stable.any() == (size < 1.0)


@pytest.mark.parametrize("w", [-1.002, -1.01, -1.5])
def test_a_cycle_just_born_is_not_taken_for_rest(w):
    # |h| = tanh(|w| |h|): about the root of 3 (|w| - 1).
    _, _, there = follow(TANH, w, start=0.5)
    assert there.kind == "two"
    assert np.tanh(-w * there.states[1]) == pytest.approx(there.states[1], rel=1e-3)


def test_a_line_of_slope_minus_1_turns_for_ever():
    _, _, there = follow(index("identity"), -1.0, start=0.3)
    assert (there.kind, there.states, there.factor) == ("two", (-0.3, 0.3), 1.0)
