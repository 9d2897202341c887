"""The unrolled network: its length, its start, its probes."""

import jax.numpy as jnp
import numpy as np
import pytest

from cells import LSTM, RNN
from cells.unroll import unroll
from tests.cells.examples import CLASSIC, H, T, drawn, noise

CELLS = CLASSIC


@pytest.mark.parametrize("name", CELLS)
def test_steps_beyond_the_length_hold_the_last_state(name):
    cell, xs = drawn(CELLS[name]), noise()
    whole, short = unroll(cell, xs, length=T).states, unroll(cell, xs, length=20).states
    for one, other in zip(whole, short, strict=True):
        np.testing.assert_array_equal(other[:20], one[:20])
        np.testing.assert_array_equal(other[20:], np.tile(one[19], (T - 20, 1)))


def test_length_compiles_nothing(compilations):
    cell, xs = drawn(RNN), noise()
    unroll(cell, xs, length=T)
    before = len(compilations)
    for length in (1, 7, 31):
        unroll(cell, xs, length=length)
    assert len(compilations) == before


def test_state_given_is_the_state_before_step_one():
    cell, xs = drawn(LSTM), noise()
    whole = unroll(cell, xs).states
    middle = LSTM.State(h=whole.h[9], c=whole.c[9])
    rest = unroll(cell, jnp.concatenate([xs[10:], xs[:10]]), initial_state=middle).states
    np.testing.assert_allclose(rest.h[: T - 10], whole.h[10:], rtol=0, atol=1e-15)
    np.testing.assert_allclose(rest.c[: T - 10], whole.c[10:], rtol=0, atol=1e-15)


def test_probe_adds_to_the_intermediate_at_its_own_step():
    cell, xs = drawn(LSTM), noise()
    probe = jnp.zeros((T, H)).at[5].set(0.125)
    plain, probed = unroll(cell, xs), unroll(cell, xs, probes={"f": probe})
    np.testing.assert_array_equal(probed.states.c[:5], plain.states.c[:5])
    np.testing.assert_allclose(probed.gates["f"][5], plain.gates["f"][5] + 0.125, rtol=1e-15)
    # c_6 = f_6 c_5 + i_6 g_6, so it moves by 0.125 c_5.
    np.testing.assert_allclose(probed.states.c[5] - plain.states.c[5], 0.125 * plain.states.c[4], rtol=0, atol=1e-15)


def test_finite_states_report_no_overflow():
    assert unroll(drawn(RNN), noise()).overflow == 0


def test_state_that_is_not_finite_is_reported_at_its_step():
    for bad in (jnp.inf, jnp.nan):
        xs = noise().at[6].set(bad)
        assert unroll(drawn(RNN, activation="identity"), xs).overflow == 7
