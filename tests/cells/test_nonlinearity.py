"""What a gate is of its pre-activation: read from the step, whatever stands there."""

from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import Array

from cells import GRU, LSTM, all_cells
from cells.activations import ACTIVATIONS
from cells.base import AbstractCell, Gate
from cells.diagram import diagram
from cells.nonlinearity import nonlinearities, pre_activation
from cells.program import program, switches_of
from cells.remedies.stacked import stacked
from cells.taps import identity
from tests.cells.examples import D, H, drawn, noise

POINTS = np.linspace(-8, 8, 33)  # a hard sigmoid has its corners at -3 and 3, on none of these points
SIGMOID = 1 / (1 + np.exp(-POINTS))


def curves(cell, points=POINTS):
    return nonlinearities(type(cell), switches_of(cell), points)


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_candidate_passes_the_chosen_nonlinearity(activation):
    values, slopes = curves(drawn(LSTM, activation=activation))["g"]
    function = ACTIVATIONS[activation].function
    expected = jax.jvp(function, (jnp.asarray(POINTS),), (jnp.ones_like(POINTS),))
    np.testing.assert_allclose(values, expected[0], rtol=0, atol=1e-15)
    np.testing.assert_allclose(slopes, expected[1], rtol=0, atol=1e-15)


@pytest.mark.parametrize("name", all_cells())
def test_gates_are_their_nonlinearity_of_their_pre_activation(name):
    cell = drawn(all_cells()[name], bias_scale=1.0)
    steps, passed, before = program(type(cell), D, H), {}, {}
    steps.run(
        cell,
        cell.initial_state(),
        noise()[0],
        lambda symbol, value: passed.setdefault(symbol, value),
        lambda place, value: before.setdefault(place, value),
    )
    for gate in cell.gates:
        place = pre_activation(type(cell), gate.symbol)
        if place is not None:
            values, _ = curves(cell, before[place])[gate.symbol]
            np.testing.assert_allclose(values, passed[gate.symbol], rtol=0, atol=1e-15)


def test_gates_of_a_stack_have_theirs_too():
    cell = drawn(stacked(GRU, 2), activation="relu")
    assert pre_activation(type(cell), "z1") != pre_activation(type(cell), "z")
    for symbol, expected in (("z1", SIGMOID), ("z", SIGMOID), ("n", np.maximum(POINTS, 0))):
        np.testing.assert_allclose(curves(cell)[symbol][0], expected, rtol=0, atol=1e-15)


def test_a_product_of_two_and_a_sum_of_several_have_none():
    assert pre_activation(LSTM, "h") is None  # o phi(c)
    assert pre_activation(LSTM, "c") is None  # f c + i g
    assert set(curves(drawn(LSTM))) == {"i", "f", "g", "o"}


class State(NamedTuple):
    h: Array


def strange(function):
    """A cell whose one gate is a function of a that no table knows."""

    class Strange(AbstractCell):
        W_ih: Array
        W_hh: Array
        b: Array
        activation: Array = eqx.field(converter=jnp.asarray, default=0)

        label = "strange"
        State = State
        gates = (Gate("i", "input"),)

        @classmethod
        def init(cls, input_size, hidden_size, *, key, **settings):
            ones = (jnp.ones(shape) for shape in ((1, hidden_size, input_size), (1, hidden_size, hidden_size)))
            return cls(*ones, jnp.zeros((1, hidden_size)))

        def initial_state(self):
            return State(jnp.zeros(self.hidden_size))

        def step(self, state, x, tap):
            (a,) = self.W_ih @ x + self.W_hh @ state.h + self.b
            i = tap("i", function(a))
            return State(tap("h", i * state.h + (1 - i) * jnp.tanh(a)))

    return Strange.init(D, H, key=None)


@pytest.mark.parametrize(
    ("function", "values", "slopes"),
    [
        (jax.nn.hard_sigmoid, np.clip(POINTS / 6 + 0.5, 0, 1), np.where(np.abs(POINTS) < 3, 1 / 6, 0)),
        (lambda a: 0.5 * (jnp.tanh(a / 2) + 1), SIGMOID, SIGMOID * (1 - SIGMOID)),
        (
            lambda a: jnp.where(a > 0.1, 1.0, jnp.exp(a - 0.1)),
            *[np.where(POINTS > 0.1, s, np.exp(POINTS - 0.1)) for s in (1, 0)],
        ),
        (jax.nn.soft_sign, POINTS / (1 + np.abs(POINTS)), (1 + np.abs(POINTS)) ** -2.0),
        (lambda a: 0.01 * a * a, 0.01 * POINTS**2, 0.02 * POINTS),
        (lambda a: 1 / (a * 0.1 + 2), 1 / (POINTS * 0.1 + 2), -0.1 / (POINTS * 0.1 + 2) ** 2),
        (lambda a: jax.nn.sigmoid(3 * a - 1) ** 2, (1 / (1 + np.exp(1 - 3 * POINTS))) ** 2, None),
    ],
    ids=["hard sigmoid", "by tanh", "by cases", "softsign", "square", "reciprocal", "of sigmoid"],
)
def test_nonlinearity_that_no_table_knows_has_its_curve_and_slope(function, values, slopes):
    cell = strange(function)
    found = curves(cell)["i"]
    np.testing.assert_allclose(found[0], values, rtol=0, atol=1e-14)
    smooth = np.abs(np.abs(POINTS) - 3) > 0.1
    expected = np.gradient(values, POINTS) if slopes is None else slopes
    np.testing.assert_allclose(found[1][smooth], expected[smooth], rtol=0, atol=1e-14 if slopes is not None else 0.3)
    assert diagram(cell).named("i").label
    state, x = cell.initial_state(), noise()[0]
    np.testing.assert_allclose(program(type(cell), D, H).run(cell, state, x).h, cell.step(state, x, identity).h)


def test_gate_that_is_a_straight_line_has_no_nonlinearity():
    assert pre_activation(type(strange(lambda a: 0.5 * a + 0.5)), "i") is None
