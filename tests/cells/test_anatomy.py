"""Values and gradients of every wire, and the highway, against derivations of their own."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import lax

from cells import GRU, LSTM, Experiment, Surgery, all_cells, backprop, unroll
from cells.analyses.adjoint import Loss, named_loss
from cells.analyses.anatomy import anatomy
from cells.analyses.highway import highway
from cells.program import program
from cells.running import run
from cells.taps import identity
from cells.unroll import states_before
from tests.asked import some
from tests.cells.examples import KINDS, D, H, T, drawn, noise

CELLS = KINDS
LENGTH = 27
whole = jax.jit(anatomy)


def anatomy_of(cell, xs, surgery=None, loss="last"):
    surgery = surgery or Surgery.none(cell.intermediates())
    return whole(cell, xs, named_loss(cell, T, loss, length=LENGTH), LENGTH, surgery)


def some_surgery(cell):
    names = cell.intermediates()
    return Surgery.none(names).hold(names[0], 0.25, 5, 9).block(names[-1 if len(names) == 1 else 1])


@pytest.mark.parametrize("loss", ["last", "every"])
@pytest.mark.parametrize("operate", [None, some_surgery], ids=["untouched", "held and blocked"])
@pytest.mark.parametrize("name", CELLS)
def test_named_wires_are_those_of_backprop(name, operate, loss):
    cell, xs = drawn(CELLS[name], bias_scale=0.5), noise()
    surgery = operate(cell) if operate else None
    found = anatomy_of(cell, xs, surgery, loss)
    expected = backprop(cell, xs, loss, length=LENGTH, surgery=surgery)
    values = expected.trajectory.gates | expected.trajectory.states._asdict()
    steps = program(CELLS[name], D, H)
    for symbol, number in steps.names.items():
        place = steps.wires.index(number)
        np.testing.assert_allclose(found.values[:LENGTH, place], values[symbol][:LENGTH], rtol=1e-6, atol=1e-7)
        gradient = expected.log10_norm[symbol][:LENGTH]
        np.testing.assert_allclose(found.log10_norm[:LENGTH, place], gradient, rtol=0, atol=1e-11)


def test_feeds_into_the_boxes_of_an_lstm_are_what_its_equations_give():
    # dL/dh_{t-1} by way of gate k is U_k^T (dL/dk * slope_k).
    cell, xs = drawn(LSTM, bias_scale=0.5), noise()
    found, adjoint = anatomy_of(cell, xs), backprop(cell, xs, length=LENGTH)
    steps = program(LSTM, D, H)
    gates = adjoint.trajectory.gates
    for place, symbol in enumerate("ifgo"):
        gate = gates[symbol]
        slope = 1 - gate**2 if symbol == "g" else gate * (1 - gate)
        back = (adjoint.direction[symbol] * slope) @ cell.W_hh[place]
        expected = adjoint.log10_norm[symbol] + jnp.log10(jnp.linalg.norm(back, axis=1))
        target = steps.wires.index(steps.names[symbol])
        (pre,) = (source for source, to in steps.feeds() if to == target)
        feed = steps.feeds().index(("h", pre))
        np.testing.assert_allclose(found.log10_feeds[:LENGTH, feed], expected[:LENGTH], rtol=0, atol=1e-9)


def test_feed_along_the_highway_is_the_gradient_times_the_forget_gate():
    cell, xs = drawn(LSTM, bias_scale=0.5), noise()
    found, adjoint = anatomy_of(cell, xs), backprop(cell, xs, length=LENGTH)
    back = adjoint.direction["c"] * adjoint.trajectory.gates["f"]
    expected = adjoint.log10_norm["c"] + jnp.log10(jnp.linalg.norm(back, axis=1))
    (feed,) = (place for place, (source, _) in enumerate(program(LSTM, D, H).feeds()) if source == "c")
    np.testing.assert_allclose(found.log10_feeds[:LENGTH, feed], expected[:LENGTH], rtol=0, atol=1e-9)


def test_what_enters_from_the_end_is_the_gradient_of_the_state_alone():
    # The fields varied independently; their squares add up to the norm of the whole state.
    cell, xs = drawn(LSTM, bias_scale=0.5), noise()
    found, adjoint = anatomy_of(cell, xs), backprop(cell, xs, length=LENGTH)
    joint = 0.5 * jnp.log10((10 ** (2 * found.log10_after[:LENGTH])).sum(axis=1))
    np.testing.assert_allclose(joint, adjoint.log10_state_norm[:LENGTH], rtol=0, atol=1e-9)


def test_surgery_compiles_nothing(compilations):
    cell, xs = drawn(GRU), noise()
    none = Surgery.none(cell.intermediates())
    anatomy_of(cell, xs, none)
    before = len(compilations)
    for surgery in (none.hold("z", 0.5, 1, 10), none.block("r", "n"), none.hold("n", -2.0, 7, 7).block("h")):
        anatomy_of(cell, xs, surgery)
    assert len(compilations) == before


# --- the highway ---


def split(cell, xs, last=LENGTH, field=None, surgery=None):
    field = field or next(iter(cell.direct))
    states = unroll(cell, xs, length=last, surgery=surgery).states
    return jax.jit(highway, static_argnames="field")(
        cell, xs, states_before(cell.initial_state(), states), last, field=field, surgery=surgery
    )


@partial(jax.jit, static_argnames="field")
def jacobian_to_the_end(state, cell, xs, field):
    def onward(state):
        return getattr(lax.scan(lambda state, x: (cell.step(state, x, identity), None), state, xs)[0], field)

    return getattr(jax.jacrev(onward)(state), field)


@pytest.mark.parametrize(("cell_class", "field", "gate"), [(LSTM, "c", "f"), (GRU, "h", "z")])
@pytest.mark.parametrize("seed", some(range(3), 1))
def test_highway_is_the_exact_split_of_the_jacobian(cell_class, field, gate, seed):
    cell, xs = drawn(cell_class, seed, bias_scale=0.7, gain=1.5), noise(seed)
    found, trajectory = split(cell, xs), unroll(cell, xs)
    for start in (0, 9, LENGTH - 3):  # t = start + 1
        state = jax.tree.map(lambda values, start=start: values[start], trajectory.states)
        total = np.asarray(jacobian_to_the_end(state, cell, xs[start + 1 : LENGTH], field))
        direct = np.diag(np.prod(np.asarray(trajectory.gates[gate])[start + 1 : LENGTH], axis=0))
        # An identity: what is left is the rounding of 26 products of 8x8 matrices.
        expected = [np.log10(np.linalg.norm(matrix)) for matrix in (direct, total - direct, total)]
        np.testing.assert_allclose([curve[start] for curve in found], expected, rtol=0, atol=1e-11)
    assert found.direct[LENGTH - 1] == pytest.approx(np.log10(H) / 2)
    assert np.isneginf(found.remainder[LENGTH - 1])
    assert np.isneginf(np.asarray(found.total)[LENGTH:]).all()


def test_direct_part_is_what_passes_with_the_gates_blocked():
    towards = jnp.linspace(-1.0, 2.0, H)
    cell, xs = drawn(LSTM, bias_scale=0.5), noise()
    surgery = Surgery.none(cell.intermediates())
    loss = Loss(jnp.zeros(T).at[-1].set(1.0), LSTM.State(h=jnp.zeros(H), c=towards))
    blocked = backprop(cell, xs, loss, surgery=surgery.block("i", "f", "g", "o"))
    f = np.asarray(blocked.trajectory.gates["f"])
    expected = np.log10(np.linalg.norm(np.cumprod(f[:0:-1], axis=0)[::-1], axis=1))
    np.testing.assert_allclose(split(cell, xs, T).direct[:-1], expected, rtol=0, atol=1e-12)


def test_a_held_gate_is_the_product_it_is_held_at():
    cell, xs = drawn(LSTM), noise()
    found = split(cell, xs, surgery=Surgery.none(cell.intermediates()).hold("f", 0.5, 1, T))
    steps = np.arange(LENGTH - 1, -1, -1)
    expected = np.log10(H) / 2 + steps * np.log10(0.5)
    np.testing.assert_allclose(found.direct[:LENGTH], expected, rtol=0, atol=1e-12)


def test_the_split_is_of_the_gradient_that_is_let_through():
    cell, xs = drawn(LSTM, bias_scale=0.5), noise()
    surgery = Surgery.none(cell.intermediates())
    found = split(cell, xs, surgery=surgery.block("i", "f", "g", "o"))
    np.testing.assert_allclose(found.direct, split(cell, xs).direct, rtol=0, atol=1e-12)
    assert (found.remainder[: LENGTH - 1] < found.direct[: LENGTH - 1] - 15).all()  # the rounding of a difference
    stopped = split(cell, xs, surgery=surgery.block("c"))
    assert np.isneginf(np.asarray(stopped.total)[: LENGTH - 1]).all()


def test_many_units_are_measured_by_random_directions():
    cell, xs = drawn(LSTM, size=(D, 40)), noise()
    steps, f = [0, 10, 25], np.asarray(unroll(cell, xs).gates["f"])
    expected = [np.log10(np.linalg.norm(np.prod(f[t + 1 : LENGTH], axis=0))) for t in steps]
    # 32 directions of 40: the mean square is within a quarter, 0.05 of a decade of the norm.
    np.testing.assert_allclose(split(cell, xs).direct[jnp.asarray(steps)], expected, rtol=0, atol=0.06)


PUBLISHED = [
    # cell, hyperparameters, log10 norms over 100 steps (direct, remainder, total), orthogonal, white noise, H = 32
    ("lstm", {"forget_bias": 0.0}, (-28.2, -14.6, -14.6)),
    ("lstm", {"forget_bias": 1.0}, (-12.3, -3.2, -3.2)),
    ("lstm", {"forget_bias": 3.0}, (-1.4, 2.7, 2.7)),
    ("lstm", {"chrono": 100.0}, (-0.48, -0.62, -0.33)),
    ("gru", {"update_bias": 0.0}, (-26.2, -13.7, -13.7)),
    ("gru", {"update_bias": 3.0}, (-1.75, -1.19, -1.14)),
]


@pytest.mark.parametrize(("name", "hyperparameters", "expected"), PUBLISHED)
def test_sizes_at_initialisation(name, hyperparameters, expected):
    experiment = Experiment(cell=name, hidden_size=32, length=101, hyperparameters=hyperparameters)
    surgery = Surgery.none(all_cells()[name].intermediates())
    found = [run(experiment.replace(seed=seed), anatomy, surgery).highways[0] for seed in range(3)]
    for curve, wanted in zip(("direct", "remainder", "total"), expected, strict=True):
        measured = np.mean([getattr(one, curve)[0] for one in found])
        assert measured == pytest.approx(wanted, abs=2), curve  # a decade from seed to seed at 100 steps
