"""The tap: clamp, block, probe and record, in that order, at no cost where nothing is asked."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from cells import GRU, LSTM, Surgery, activations, backprop, unroll
from cells.analyses.adjoint import Loss
from cells.taps import Instrument, identity
from tests.cells.examples import CLASSIC, H, T, drawn, noise

CELLS = CLASSIC


def vectors(adjoint, name):
    """dL/d(name) in plain numbers, (T, H)."""
    return np.asarray(adjoint.direction[name]) * 10 ** np.asarray(adjoint.log10_norm[name])[:, None]


# --- one tap ---


def instrument(step, surgery, **probe):
    return Instrument(jnp.asarray(step), surgery, {name: jnp.full(3, value) for name, value in probe.items()})


def test_tap_holds_between_first_and_last_step_both_included():
    surgery = Surgery.none("f").hold("f", 0.25, 3, 5)
    for step in range(1, 8):
        expected = 0.25 if 3 <= step <= 5 else 0.75
        np.testing.assert_array_equal(instrument(step, surgery)("f", jnp.full(3, 0.75)), expected)


def test_tap_probes_after_it_holds_and_records_what_passed():
    tap = instrument(1, Surgery.none("f").hold("f", 0.25, 1, 1), f=0.125)
    passed = tap("f", jnp.ones(3))
    np.testing.assert_array_equal(passed, 0.375)
    np.testing.assert_array_equal(tap.record["f"], passed)


def test_tap_blocks_the_gradient_to_what_it_was_computed_from_not_the_one_it_receives():
    surgery = Surgery.none("f").block("f")

    def value(a, probe):
        tap = Instrument(jnp.asarray(1), surgery, {"f": probe})
        return (jnp.arange(3.0) * tap("f", a**2)).sum()

    to_source, to_probe = jax.grad(value, argnums=(0, 1))(jnp.ones(3), jnp.zeros(3))
    np.testing.assert_array_equal(to_source, 0.0)
    np.testing.assert_array_equal(to_probe, [0.0, 1.0, 2.0])


def test_held_value_has_no_gradient_to_what_it_replaces():
    surgery = Surgery.none("f").hold("f", 0.5, 1, 1)
    gradient = jax.grad(lambda a: instrument(1, surgery)("f", a**2).sum())(jnp.ones(3))
    np.testing.assert_array_equal(gradient, 0.0)


def test_held_value_takes_the_precision_of_the_cell():
    surgery = Surgery.none("f").hold("f", 0.5, 1, 1)
    assert instrument(1, surgery)("f", jnp.ones(3, jnp.float32)).dtype == jnp.float32


@pytest.mark.parametrize("name", CELLS)
def test_tap_that_does_nothing_leaves_nothing_in_the_program(name):
    cell = drawn(CELLS[name])
    plain = jax.make_jaxpr(lambda state, x: cell.step(state, x, identity))
    tapped = jax.make_jaxpr(lambda state, x: cell.step(state, x, Instrument(jnp.asarray(1))))
    arguments = cell.initial_state(), noise()[0]
    assert str(plain(*arguments)) == str(tapped(*arguments))


def test_program_of_an_untapped_lstm_is_that_of_its_equations():
    cell = drawn(LSTM)

    def equations(state, x):
        a_i, a_f, a_g, a_o = cell.W_ih @ x + cell.W_hh @ state.h + cell.b
        i, f, o = jax.nn.sigmoid(a_i), jax.nn.sigmoid(a_f), jax.nn.sigmoid(a_o)
        g = activations.apply(cell.activation, a_g)
        c = f * state.c + i * g
        return LSTM.State(h=o * activations.apply(cell.activation, c), c=c)

    arguments = cell.initial_state(), noise()[0]
    counts = [
        [equation.primitive.name for equation in jax.make_jaxpr(step)(*arguments).eqns]
        for step in (equations, lambda state, x: cell.step(state, x, identity))
    ]
    assert sorted(counts[0]) == sorted(counts[1])


# --- surgery on a sequence ---


def test_what_is_held_is_seen_in_the_gates_and_nothing_changes_before():
    cell, xs = drawn(LSTM), noise()
    free = unroll(cell, xs, surgery=Surgery.none(cell.intermediates()))
    held = unroll(cell, xs, surgery=Surgery.none(cell.intermediates()).hold("f", 0.0, 10, 12))
    np.testing.assert_array_equal(held.gates["f"][9:12], 0.0)
    np.testing.assert_array_equal(held.states.c[:9], free.states.c[:9])
    np.testing.assert_allclose(held.states.c[9], held.gates["i"][9] * held.gates["g"][9], rtol=1e-15)  # f c = 0
    assert (held.gates["f"][12:] > 0).all()


def test_forget_gate_at_one_and_input_gate_at_zero_hold_the_cell_state():
    cell = drawn(LSTM)
    surgery = Surgery.none(cell.intermediates()).hold("f", 1.0, 5, T).hold("i", 0.0, 5, T)
    c = unroll(cell, noise(), surgery=surgery).states.c
    np.testing.assert_array_equal(c[4:], np.tile(c[3], (T - 4, 1)))


def test_every_name_can_be_held_and_blocked():
    for cell_class in CELLS.values():
        cell = drawn(cell_class)
        for name in cell.intermediates():
            surgery = Surgery.none(cell.intermediates()).hold(name, 0.5, 3, 4)
            trajectory = unroll(cell, noise(), surgery=surgery)
            values = trajectory.gates | trajectory.states._asdict()
            np.testing.assert_array_equal(values[name][2:4], 0.5)


def test_surgery_values_compile_nothing(compilations):
    cell, xs = drawn(LSTM), noise()
    none = Surgery.none(cell.intermediates())
    backprop(cell, xs, surgery=none)
    others = [
        none.hold("f", 0.5, 1, 10),
        none.hold("c", -2.0, 7, 7).hold("o", 1.0, 1, T),
        none.block("i", "g"),
        none.block("h").hold("h", 0.0, 3, 4),
    ]
    before = len(compilations)
    for surgery in others:
        backprop(cell, xs, surgery=surgery)
    assert len(compilations) == before


# --- what the gates carry ---


@pytest.mark.parametrize("cell_class", [GRU, LSTM])
def test_no_surgery_is_no_surgery(cell_class):
    cell, xs = drawn(cell_class), noise()
    without, nothing = backprop(cell, xs), backprop(cell, xs, surgery=Surgery.none(cell.intermediates()))
    for symbol in cell.intermediates():
        np.testing.assert_allclose(nothing.log10_norm[symbol], without.log10_norm[symbol], rtol=0, atol=1e-13)


def test_blocked_gates_leave_exactly_the_product_of_forget_gates():
    # With i, f, g, o held constant in the backward pass, c_t = f_t c_{t-1} + const: dc_T/dc_t = diag(prod f).
    towards = jnp.linspace(-1.0, 2.0, H)
    for seed in range(3):
        cell, xs = drawn(LSTM, seed, bias_scale=0.5), noise(seed)
        loss = Loss(jnp.zeros(T).at[-1].set(1.0), LSTM.State(h=jnp.zeros(H), c=towards))
        adjoint = backprop(cell, xs, loss, surgery=Surgery.none(cell.intermediates()).block("i", "f", "g", "o"))
        f = np.asarray(adjoint.trajectory.gates["f"])
        products = np.cumprod(np.concatenate([np.ones((1, H)), f[:0:-1]]), axis=0)[::-1]
        np.testing.assert_allclose(vectors(adjoint, "c"), products * np.asarray(towards), rtol=1e-12)
        np.testing.assert_array_equal(adjoint.log10_norm["h"], -np.inf)


def test_blocked_gates_leave_exactly_the_product_of_update_gates():
    # With r, z, n held constant in the backward pass, h_t = z_t h_{t-1} + const: dh_T/dh_t = diag(prod z).
    for seed in range(3):
        cell, xs = drawn(GRU, seed, bias_scale=0.5), noise(seed)
        adjoint = backprop(cell, xs, surgery=Surgery.none(cell.intermediates()).block("r", "z", "n"))
        z = np.asarray(adjoint.trajectory.gates["z"])
        products = np.cumprod(np.concatenate([np.ones((1, H)), z[:0:-1]]), axis=0)[::-1]
        np.testing.assert_allclose(vectors(adjoint, "h"), products / np.sqrt(H), rtol=1e-12)


def test_closed_output_gate_hides_the_cell_state():
    # o held at 0: h = 0 throughout, and nothing but h carries the loss, so c receives exactly nothing.
    cell = drawn(LSTM)
    adjoint = backprop(cell, noise(), surgery=Surgery.none(cell.intermediates()).hold("o", 0.0, 1, T))
    np.testing.assert_array_equal(adjoint.trajectory.states.h, 0.0)
    np.testing.assert_array_equal(adjoint.log10_norm["c"], -np.inf)


def test_update_gate_held_open_carries_the_gradient_unchanged():
    cell = drawn(GRU)
    adjoint = backprop(cell, noise(), surgery=Surgery.none(cell.intermediates()).hold("z", 1.0, 1, T))
    np.testing.assert_allclose(adjoint.log10_norm["h"], 0.0, rtol=0, atol=1e-14)


def test_single_direct_path_is_not_the_lstm_gradient():
    # dc_T/dc_t = diag(prod f) + the paths through h and the gates. At a forget bias of 0 the product is 2^-31, and the
    # other paths outweigh it.
    for seed in range(3):
        cell, xs = drawn(LSTM, seed, forget_bias=0.0), noise(seed)
        loss = Loss(jnp.zeros(T).at[-1].set(1.0), LSTM.State(h=jnp.zeros(H), c=jnp.ones(H)))
        whole = backprop(cell, xs, loss).log10_norm["c"][0]
        direct = backprop(
            cell, xs, loss, surgery=Surgery.none(cell.intermediates()).block("i", "f", "g", "o")
        ).log10_norm["c"][0]
        assert direct < whole - 1
