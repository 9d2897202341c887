"""One curve of log10 norms put into numbers: checkable by hand."""

import numpy as np
import pytest

from cells.analyses.growth import growth


@pytest.mark.parametrize(
    ("per_step", "kind"), [(-0.1, "vanishing"), (0.1, "exploding"), (0.0, "carried"), (0.004, "carried")]
)
def test_straight_line_gives_its_own_slope(per_step, kind):
    curve = per_step * np.arange(100, -1, -1.0)  # 101 steps, 100 steps back
    answer = growth(curve, last=101)
    assert answer.kind == kind
    np.testing.assert_allclose(answer.factor, 10**per_step, rtol=1e-12)
    np.testing.assert_allclose(answer.log10_ratio, 100 * per_step, atol=1e-12)
    halving = np.inf if per_step == 0 else np.log10(2) / abs(per_step)  # a factor of 2 is log10(2) decades
    np.testing.assert_allclose(answer.halving, halving, rtol=1e-12)
    assert (answer.last, answer.dead_until) == (101, 0)


@pytest.mark.parametrize(
    ("per_step", "kind"), [(0.02, "carried"), (-0.02, "carried"), (0.0201, "exploding"), (-0.0201, "vanishing")]
)
@pytest.mark.parametrize("length", [2, 50, 100])
def test_carried_means_a_small_factor_per_step_whatever_the_length(per_step, kind, length):
    curve = per_step * np.arange(length - 1, -1, -1.0) * (1 - 1e-12)  # a hair inside: the slope is divided again
    assert growth(curve, last=length).kind == kind


@pytest.mark.parametrize(
    ("ends", "kind"), [(2.0, "carried"), (-2.0, "carried"), (2.1, "exploding"), (-2.1, "vanishing")]
)
def test_carried_means_that_a_hundredth_to_a_hundredfold_arrives(ends, kind):
    assert growth(np.linspace(ends, 0, 2000), last=2000).kind == kind


def test_way_back_starts_at_the_last_step_with_a_loss():
    curve = np.concatenate([np.linspace(-5, 0, 11), np.full(9, -np.inf)])
    answer = growth(curve, last=11)
    assert answer.kind == "vanishing"
    np.testing.assert_allclose(answer.log10_ratio, -5, rtol=1e-12)
    np.testing.assert_allclose(answer.factor, 10**-0.5, rtol=1e-12)
    assert answer.dead_until == 0


def test_growth_is_measured_against_the_last_step_not_against_one():
    one, other = growth(np.linspace(-5, 0, 11), last=11), growth(np.linspace(2, 7, 11), last=11)
    np.testing.assert_allclose([one.factor, one.log10_ratio], [other.factor, other.log10_ratio], rtol=1e-12)


def test_exact_zero_is_not_called_vanishing():
    curve = np.array([-np.inf, -np.inf, -np.inf, -2.0, -1.0, 0.0])
    answer = growth(curve, last=6)
    assert (answer.kind, answer.factor, answer.log10_ratio, answer.dead_until) == ("zero", 0.0, -np.inf, 3)


def test_zeros_on_the_way_do_not_cut_off_a_step_that_receives_something():
    # Where every step adds to the loss, contributions may cancel: 1 - 1 + 1 - 1 ...
    assert growth(np.array([0.0, -np.inf, 0.0, -np.inf, 0.0]), last=5).kind == "carried"
    assert growth(np.array([-np.inf, 0.0, -np.inf, 0.0]), last=4).dead_until == 1
    assert growth(np.full(3, -np.inf), last=3).dead_until == 3


def test_single_step_has_no_way_back():
    answer = growth(np.array([0.0]), last=1)
    assert (answer.kind, answer.factor, answer.log10_ratio) == ("single", 1.0, 0.0)


def test_overflow_gives_no_numbers_but_its_step():
    answer = growth(np.linspace(5, 0, 6), last=6, overflow=4)
    assert answer.kind == "overflow"
    assert answer.peak_step == 4
    assert np.isnan([answer.factor, answer.halving, answer.log10_ratio]).all()


def test_not_a_number_is_called_overflow():
    assert growth(np.array([np.nan, 0.0]), last=2).kind == "overflow"


def test_peak_is_found_between_the_ends():
    answer = growth(np.array([-3.0, 1.5, 4.0, 2.0, 1.0]), last=5)
    assert answer.peak_step == 3
    np.testing.assert_allclose(answer.peak, 3.0, rtol=1e-12)  # 4 against 1 at the last step
