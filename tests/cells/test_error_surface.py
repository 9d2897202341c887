"""The error surface against its closed form and against a loop in plain Python."""

import math

import numpy as np
import pytest

from cells.analyses.theory.error_surface import UPDATES, cliff, descend, slope_and_error, surface


def sigmoid(x):
    return 1 / (1 + math.exp(-x))


def by_hand(w, b):
    """E, dE/dw, dE/db by the chain rule, forwards."""
    x, by_w, by_b = 0.5, 0.0, 0.0
    for _ in range(50):
        s = sigmoid(x)
        slope = s * (1 - s)
        x, by_w, by_b = w * s + b, s + w * slope * by_w, 1 + w * slope * by_b
    y = sigmoid(x)
    factor = 2 * (y - 0.7) * y * (1 - y)
    return (y - 0.7) ** 2, factor * by_w, factor * by_b


@pytest.mark.parametrize(("w", "b"), [(4.2, -1.3), (5.0, -2.7), (6.5, -3.1), (4.9, -2.2)])
def test_error_and_gradient_are_those_of_the_loop(w, b):
    error, gradient = slope_and_error(np.array([w, b]))
    expected = by_hand(w, b)
    assert float(error) == pytest.approx(expected[0], rel=1e-10)
    assert np.asarray(gradient) == pytest.approx(expected[1:], rel=1e-8)
    assert float(surface(np.array([w]), np.array([b]))[0, 0]) == pytest.approx(expected[0], rel=1e-10)


def test_the_number_on_the_cliff():
    found = cliff(5.0)
    assert found.gradient[1] == pytest.approx(-661.6828, abs=5e-5)
    assert found.norm == pytest.approx(779.398, abs=5e-4)
    assert cliff(4.5).gradient[1] == pytest.approx(-9.746476, abs=5e-7)
    assert cliff(5.5).norm == pytest.approx(54759, abs=0.5)


@pytest.mark.parametrize("w", [4.1, 4.37, 4.8, 5.0])
def test_closed_form_is_what_autodiff_finds_on_the_cliff(w):
    found = cliff(w)
    error, gradient = slope_and_error(np.array([w, found.b]))
    assert float(error) == pytest.approx(found.error, rel=1e-7)
    assert found.error == pytest.approx(0.006012555, abs=5e-10)
    assert np.asarray(gradient) == pytest.approx(found.gradient, rel=1e-6)


def test_error_jumps_across_the_cliff():
    b = cliff(5.0).b
    left, right = np.asarray(surface(np.array([5.0]), np.array([b - 1e-4, b + 1e-4])))[:, 0]
    assert left == pytest.approx(0.31988, abs=1e-4)
    assert right == pytest.approx(0.004369, abs=1e-5)


@pytest.mark.parametrize(("limit", "start"), [(np.inf, (4.6, -1.8)), (0.1, (4.6, -1.8)), (0.1, (5.0, -2.55))])
def test_a_walk_ends_where_the_loop_ends(limit, start):
    walk = descend(np.array(start), 0.05, np.array([limit]))
    w, b = start
    for update in range(UPDATES + 1):
        error, by_w, by_b = by_hand(w, b)
        assert float(walk.errors[0, update]) == pytest.approx(error, rel=1e-5, abs=1e-12)
        length = math.hypot(by_w, by_b)
        assert float(walk.norms[0, update]) == pytest.approx(length, rel=1e-4)
        assert np.asarray(walk.points[0, update]) == pytest.approx([w, b], abs=1e-6)
        rate = 0.05 * min(1.0, limit / max(length, 1e-300))
        w, b = w - rate * by_w, b - rate * by_b


def test_without_clipping_the_walk_is_thrown_off_and_with_it_it_arrives():
    # It meets the cliff several times; which way it falls there is decided by rounding, so that only sizes are checked.
    walk = descend(np.array([5.0, -2.55]), 0.05, np.array([np.inf, 1.0]))
    steps = np.linalg.norm(np.diff(np.asarray(walk.points), axis=1), axis=2)
    assert np.max(np.asarray(walk.norms)[0]) > 20
    assert np.max(steps[0]) > 1
    assert np.min(np.asarray(walk.errors)[0, -50:]) > 0.05
    assert np.max(np.asarray(walk.norms)[1]) > 100
    assert np.max(steps[1]) <= 0.05 + 1e-12
    assert np.median(np.asarray(walk.errors)[1, -50:]) < 0.005
