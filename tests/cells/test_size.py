"""Parameters and multiplications: by formula, by instantiation, and as other libraries publish them."""

import equinox as eqx
import jax
import jax.numpy as jnp
import pytest

from cells import GRU, LSTM, RNN, all_cells
from cells.analyses.size import multiplications_per_step, parameters, parameters_with_two_biases
from cells.diagram import multiplications
from tests.cells.examples import D, H, drawn

ZOO = all_cells()


@pytest.mark.parametrize("name", ZOO)
def test_formula_is_the_count(name):
    cell = drawn(ZOO[name])
    counted = sum(leaf.size for leaf in jax.tree.leaves(cell) if jnp.issubdtype(leaf.dtype, jnp.floating))
    for count, number in ((parameters, counted), (multiplications_per_step, multiplications(cell))):
        found = count(ZOO[name], D, H)
        assert found.number == number
        written = found.formula.replace("H²", "*H*H").replace("HD", "*H*D").replace("H(D + H)", "*H*(D + H)")
        terms = [term if term[0].isdigit() else f"1{term}" for term in written.replace("D + H", "D+H").split(" + ")]
        value = sum(eval(term if "*" in term else term.replace("H", "*H"), {"H": H, "D": D}) for term in terms)
        assert value == number, found.formula


def test_counts_are_those_of_the_libraries():
    # Input 10, hidden 32: flax, equinox and Keras with one bias, torch with two, as their documentation adds up.
    assert {cell: parameters(cell, 10, 32).number for cell in (RNN, GRU, LSTM)} == {RNN: 1376, GRU: 4160, LSTM: 5504}
    two = {cell: parameters_with_two_biases(cell, 10, 32).number for cell in (RNN, GRU, LSTM)}
    assert two == {RNN: 1408, GRU: 4224, LSTM: 5632}
    # flax.linen.MGUCell has one bias more, beside the product that its gate multiplies.
    assert parameters(ZOO["mgu"], 10, 32).number == 2784 - 32
    for module, cell in ((eqx.nn.GRUCell, GRU), (eqx.nn.LSTMCell, LSTM)):
        leaves = jax.tree.leaves(eqx.filter(module(10, 32, key=jax.random.key(0)), eqx.is_array))
        assert sum(leaf.size for leaf in leaves) == parameters(cell, 10, 32).number


def test_a_second_bias_needs_a_second_matrix():
    for name, cell in ZOO.items():
        once, twice = parameters(cell, D, H).number, parameters_with_two_biases(cell, D, H).number
        assert (once == twice) == (cell.recurrence != "W_hh"), name


def test_multiplications_are_those_of_the_equations():
    # Matrices 4 H (D + H); f c, i g and o tanh(c): 3 H. GRU: r (U h), z h and (1 - z) n, and no product of r h.
    assert multiplications_per_step(LSTM, 10, 32).formula == "4H(D + H) + 3H"
    assert multiplications_per_step(GRU, 10, 32).formula == "3H(D + H) + 3H"
    assert multiplications_per_step(RNN, 10, 32).formula == "H(D + H)"
    # Three peepholes more; four products of a complex one, and gamma on both parts.
    assert multiplications_per_step(ZOO["peephole"], 10, 32).formula == "4H(D + H) + 6H"
    assert multiplications_per_step(ZOO["lru"], 10, 32).formula == "2HD + 6H"
    # What resets before needs a product of its own, U (r h).
    before = drawn(GRU, reset_before=True)
    assert multiplications(before) == multiplications_per_step(GRU, D, H).number + H * H
