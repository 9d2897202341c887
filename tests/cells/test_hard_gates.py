"""Cells whose gates are pieces of straight lines."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from cells import CIFG, GRU, LSTM, RNN, Peephole
from cells.hard_gates import hard_gated
from cells.taps import identity
from tests.cells import promises
from tests.cells.examples import D, H, drawn, noise

SLOPES = {0.2: 0.7, 1 / 6: 2 / 3, 0.25: 0.75}
"""The slope, and the gate at a bias of 1; the logistic function's is 0.731."""
KEPT = (
    promises.declares_itself,
    promises.takes_its_hyperparameters_by_name,
    promises.computes_its_state_through_the_tap,
    promises.keeps_single_precision,
    promises.is_drawn_as_it_computes,
)


@pytest.mark.parametrize("promise", KEPT, ids=lambda promise: promise.__name__)
def test_a_cell_with_hard_gates_keeps_what_cells_promise(promise):
    promise(hard_gated(GRU, 0.2))


@pytest.mark.parametrize("slope", SLOPES)
def test_gates_at_a_bias_of_one_are_those_on_paper(slope):
    seen = {}
    for kind in (LSTM, GRU, CIFG, Peephole):
        cell = hard_gated(kind, slope).init(1, 1, key=jax.random.key(0))
        zero = {name: np.zeros_like(getattr(cell, name)) for name in ("W_ih", "W_hh")}
        cell = cell.with_weights(**zero, b=np.ones_like(cell.b))
        cell.step(cell.initial_state(), jnp.zeros(1), lambda name, value: seen.setdefault(name, value))
        for gate in kind.gates:
            if not gate.candidate and gate.symbol != "o":  # the o of a peephole sees c
                assert seen[gate.symbol] == pytest.approx(SLOPES[slope], abs=1e-12)


def test_step_is_that_of_the_equations_and_a_closed_gate_lets_no_gradient_through():
    cell, x = drawn(hard_gated(LSTM, 0.2), bias_scale=3.0), noise()[0]
    state = cell.State(h=jnp.linspace(-1, 1, H), c=jnp.linspace(1, -1, H))
    a_i, a_f, a_g, a_o = np.asarray(cell.W_ih) @ x + np.asarray(cell.W_hh) @ state.h + np.asarray(cell.b)
    i, f, o = (np.clip(0.2 * a + 0.5, 0, 1) for a in (a_i, a_f, a_o))
    c = f * state.c + i * np.tanh(a_g)
    following = cell.step(state, x, identity)
    np.testing.assert_allclose(following.c, c, rtol=0, atol=1e-14)
    np.testing.assert_allclose(following.h, o * np.tanh(c), rtol=0, atol=1e-14)
    slope = jax.grad(lambda b: cell.with_weights(b=b).step(state, x, identity).c.sum())(jnp.asarray(cell.b))
    closed = np.abs(a_f) >= 2.5
    assert 0 < closed.sum() < H
    np.testing.assert_allclose(slope[1], np.where(closed, 0, 0.2 * state.c), rtol=0, atol=1e-14)


def test_the_same_slope_gives_the_same_class_and_programs_are_kept_apart():
    assert hard_gated(LSTM, 0.2) is hard_gated(LSTM, 0.2)
    assert hard_gated(LSTM, 0.2) is not hard_gated(LSTM, 1 / 6)
    assert issubclass(hard_gated(LSTM, 0.2), LSTM)
    assert drawn(hard_gated(LSTM, 0.2)).input_size == D


def test_what_has_no_gates_to_choose_is_refused():
    with pytest.raises(ValueError, match="cell: expected one that lets its gates be chosen; got RNN"):
        hard_gated(RNN, 0.2)
    with pytest.raises(ValueError, match="slope: expected a number above 0, got 0"):
        hard_gated(LSTM, 0)
