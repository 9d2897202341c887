"""Equinox."""

from cells.code import jax_loop
from cells.code.framework import Framework, Part
from cells.zoo.gru import GRU
from cells.zoo.lstm import LSTM
from cells.zoo.rnn import RNN

RNN_CELL = '''
def cell_of(W_ih, W_hh, b):
    """Equinox has no vanilla cell: two linear layers make one."""
    units, channels = W_ih.shape
    key, phi = jax.random.key(0), $activation
    of_x = eqx.tree_at(lambda layer: (layer.weight, layer.bias), eqx.nn.Linear(channels, units, key=key), (W_ih, b))
    of_h = eqx.tree_at(lambda layer: layer.weight, eqx.nn.Linear(units, units, use_bias=False, key=key), W_hh)
    return lambda x, h: phi(of_x(x) + of_h(h))
'''

GRU_CELL = '''
def cell_of(W_ih, W_hh, b, b_hn):
    """Gates in Equinox's order, r z n, one below the other; z, there called inp, keeps; r multiplies b_hn too."""
    gates, units, channels = W_ih.shape
    cell = eqx.nn.GRUCell(channels, units, key=jax.random.key(0))
    rows = (W_ih.reshape(gates * units, channels), W_hh.reshape(gates * units, units), b.reshape(-1), b_hn)
    return eqx.tree_at(lambda cell: (cell.weight_ih, cell.weight_hh, cell.bias, cell.bias_n), cell, rows)
'''

LSTM_CELL = '''
def cell_of(W_ih, W_hh, b):
    """Gates in Equinox's order, i f g o, one below the other."""
    gates, units, channels = W_ih.shape
    cell = eqx.nn.LSTMCell(channels, units, key=jax.random.key(0))
    rows = (W_ih.reshape(gates * units, channels), W_hh.reshape(gates * units, units), b.reshape(-1))
    return eqx.tree_at(lambda cell: (cell.weight_ih, cell.weight_hh, cell.bias), cell, rows)
'''

ONE_STATE = """
h = state = cell(x, state) + probe
"""
TWO_STATES = """
h, c = cell(x, state)
h = h + probe
state = (h, c)
"""

FRAMEWORK = Framework(
    label="Equinox",
    packages="equinox jax numpy",
    imports=f"import equinox as eqx\n{jax_loop.IMPORTS.lstrip()}{jax_loop.IN_FLOAT64}",
    program=jax_loop.PROGRAM,
    parts=(
        Part(RNN, RNN_CELL, jax_loop.ACTIVATIONS, ONE_STATE, jax_loop.ZEROS),
        Part(GRU, GRU_CELL, {"tanh": ""}, ONE_STATE, jax_loop.ZEROS),
        Part(LSTM, LSTM_CELL, {"tanh": ""}, TWO_STATES, jax_loop.TWO_ZEROS),
    ),
    order=50,
)
