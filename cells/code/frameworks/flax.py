"""Flax, by its modules of nnx."""

from cells.code import jax_loop
from cells.code.framework import Framework, Part
from cells.zoo.gru import GRU
from cells.zoo.lstm import LSTM
from cells.zoo.rnn import RNN

RNN_CELL = '''
def cell_of(W_ih, W_hh, b):
    """Flax multiplies x by its kernels from the left: they are transposed. The bias is on the side of the input."""
    units, channels = W_ih.shape
    cell = nnx.SimpleCell(channels, units, activation_fn=$activation, dtype=float, rngs=nnx.Rngs(0))
    cell.dense_i.kernel, cell.dense_i.bias = nnx.Param(W_ih.T), nnx.Param(b)
    cell.dense_h.kernel = nnx.Param(W_hh.T)
    return cell
'''

GRU_CELL = '''
def cell_of(W_ih, W_hh, b, b_hn):
    """Gates in Flax's order, r z n, kernels transposed; z keeps.

    The layer of h has no bias in nnx.GRUCell. Here it gets one, so that the candidate has the b_hn that PyTorch and
    Keras give it: n = tanh(W x + b + r (U h + b_hn)).
    """
    gates, units, channels = W_ih.shape
    cell = nnx.GRUCell(channels, units, activation_fn=$activation, rngs=nnx.Rngs(0))
    cell.dense_i.kernel = nnx.Param(W_ih.reshape(gates * units, channels).T)
    cell.dense_i.bias = nnx.Param(b.reshape(-1))
    cell.dense_h = nnx.Linear(units, gates * units, rngs=nnx.Rngs(0))
    cell.dense_h.kernel = nnx.Param(W_hh.reshape(gates * units, units).T)
    cell.dense_h.bias = nnx.Param(jnp.concatenate([jnp.zeros(2 * units), b_hn]))
    return cell
'''

LSTM_CELL = '''
def cell_of(W_ih, W_hh, b):
    """Flax has a layer a gate, i f g o, for x and for h, with kernels transposed; the bias is on the side of h."""
    _, units, channels = W_ih.shape
    cell = nnx.LSTMCell(channels, units, activation_fn=$activation, rngs=nnx.Rngs(0))
    of_x, of_h = (cell.ii, cell.if_, cell.ig, cell.io), (cell.hi, cell.hf, cell.hg, cell.ho)
    for gate in range(4):
        of_x[gate].kernel = nnx.Param(W_ih[gate].T)
        of_h[gate].kernel, of_h[gate].bias = nnx.Param(W_hh[gate].T), nnx.Param(b[gate])
    return cell
'''

ONE_STATE = """
h, _ = cell(state, x)
h = state = h + probe
"""
TWO_STATES = """
(c, h), _ = cell(state, x)  # c comes first
h = h + probe
state = (c, h)
"""

FRAMEWORK = Framework(
    label="Flax (nnx)",
    packages="flax jax numpy",
    imports=f"{jax_loop.IMPORTS.rstrip()}\nfrom flax import nnx\n{jax_loop.IN_FLOAT64}",
    program=jax_loop.PROGRAM,
    parts=(
        Part(RNN, RNN_CELL, jax_loop.ACTIVATIONS, ONE_STATE, jax_loop.ZEROS),
        Part(GRU, GRU_CELL, jax_loop.ACTIVATIONS, ONE_STATE, jax_loop.ZEROS),
        Part(LSTM, LSTM_CELL, jax_loop.ACTIVATIONS, TWO_STATES, jax_loop.TWO_ZEROS),
    ),
    order=40,
)
