"""A survival map put into numbers: checkable by hand."""

import numpy as np
import pytest

from cells.analyses.forgetting import forgetting

EVERY = np.arange(65)


def falling_by(per_step, steps):
    """The map of a state that is multiplied by 10^per_step at every step."""
    lags = np.subtract.outer(steps, steps).astype(float)
    return np.where(lags >= 0, per_step * lags, np.nan)


@pytest.mark.parametrize("per_step", [-0.05, -0.3, -1.7, -20.0])
# Every step; every second one; segments of 32, the last cut short after 16.
@pytest.mark.parametrize("steps", [EVERY, np.arange(0, 129, 2), np.array([*range(0, 2000, 32), 2000])])
def test_constant_factor_gives_itself(per_step, steps):
    found = forgetting(steps, falling_by(per_step, steps))
    np.testing.assert_allclose(found.log10_factor, per_step, rtol=1e-12)
    np.testing.assert_allclose(found.halving, np.log10(2) / -per_step, rtol=1e-12)  # 10^(per_step n) = 1/2
    np.testing.assert_allclose(found.memory, 2 / -per_step, rtol=1e-12)  # 10^(per_step n) = 1/100
    np.testing.assert_allclose(found.log10_left, per_step * found.lags, rtol=1e-12, atol=1e-12)
    assert (found.lags[0], found.lags[-1]) == (0, steps[-1])
    assert (np.diff(found.lags) > 0).all()


def test_one_step_alone_has_its_own_factor():
    found = forgetting(np.array([0, 1]), falling_by(-3.0, np.array([0, 1])))
    np.testing.assert_allclose([found.log10_factor, found.memory], [-3.0, 2 / 3], rtol=1e-12)


def test_what_is_kept_exactly_is_never_forgotten():
    found = forgetting(EVERY, falling_by(0.0, EVERY))
    assert (found.log10_factor, found.halving, found.memory) == (0.0, np.inf, np.inf)
    np.testing.assert_array_equal(found.log10_left, 0.0)


def test_more_than_a_hundredth_left_at_the_end_is_no_memory_found():
    found = forgetting(EVERY, falling_by(-1.99 / 64, EVERY))
    assert found.memory == np.inf
    np.testing.assert_allclose(found.halving, np.log10(2) * 64 / 1.99, rtol=1e-12)


def test_growth_doubles_and_is_never_forgotten():
    found = forgetting(EVERY, falling_by(0.1, EVERY))
    np.testing.assert_allclose([found.log10_factor, found.halving], [0.1, np.log10(2) / 0.1], rtol=1e-12)
    assert found.memory == np.inf


def test_exact_zero_is_forgotten_at_once():
    found = forgetting(EVERY, np.where(np.eye(65) == 1, 0.0, np.where(np.tri(65) == 1, -np.inf, np.nan)))
    assert (found.log10_factor, found.halving, found.memory) == (-np.inf, 0.0, 1.0)
    np.testing.assert_array_equal(found.log10_left, [0.0] + [-np.inf] * 64)


def test_line_that_keeps_all_for_seven_steps_has_forgotten_at_the_eighth():
    # A delay line: nothing is lost up to lag 7, all of it at lag 8.
    lags = np.subtract.outer(EVERY, EVERY)
    found = forgetting(EVERY, np.where(lags < 0, np.nan, np.where(lags < 8, 0.0, -np.inf)))
    assert found.memory == 8.0
    assert found.log10_factor == -np.inf


def test_memory_is_that_of_the_geometric_mean_over_all_beginnings():
    # Step s multiplies by 10^-per_step[s]: forgetting twice as fast in the second half is 1.5 times as fast on average.
    position = np.cumsum([0.0] + [-0.1] * 32 + [-0.2] * 32)
    gain = np.where(np.subtract.outer(EVERY, EVERY) >= 0, np.subtract.outer(position, position), np.nan)
    found = forgetting(EVERY, gain)
    np.testing.assert_allclose(found.log10_factor, -0.15, rtol=1e-12)
    for lag in (1, 5, 64):
        mean = np.mean([position[k + lag] - position[k] for k in range(65 - lag)])
        np.testing.assert_allclose(found.log10_left[lag], mean, rtol=1e-12)
    np.testing.assert_allclose(found.memory, 2 / 0.15, rtol=1e-12)  # the mean is a straight line, by symmetry


def test_peak_on_the_way_does_not_count_as_lost():
    # Up to 10^3 at step 8, then down by 10^-1 a step: a hundredth of the state at 0 is left 13 steps later.
    position = np.where(EVERY <= 8, 3 * EVERY / 8, 3.0 - (EVERY - 8))
    gain = np.full((65, 65), np.nan)
    for lag in EVERY:
        gain[np.arange(lag, 65), np.arange(65 - lag)] = position[lag]
    np.testing.assert_allclose(forgetting(EVERY, gain).memory, 13.0, rtol=1e-12)
