"""Keras 3, on JAX."""

from cells.code import jax_loop
from cells.code.framework import Framework, Part
from cells.zoo.gru import GRU
from cells.zoo.lstm import LSTM
from cells.zoo.rnn import RNN

IMPORTS = """
import os

os.environ["KERAS_BACKEND"] = "jax"  # before Keras is imported

import jax
import jax.numpy as jnp
import keras
import numpy as np

jax.config.update("jax_enable_x64", True)
keras.config.set_floatx("float64")  # Keras 3.15 computes "tanh" in float32 all the same; jnp.tanh does not
"""

RNN_CELL = '''
def cell_of(W_ih, W_hh, b):
    """Keras multiplies x by its kernels from the left: they are transposed."""
    units, channels = W_ih.shape
    cell = keras.layers.SimpleRNNCell(units, activation=$activation)
    cell.build((1, channels))
    cell.set_weights([W_ih.T, W_hh.T, b])
    return cell
'''

GRU_CELL = '''
def cell_of(W_ih, W_hh, b, b_hn):
    """Keras has its gates in the order z r n, side by side, and kernels transposed; z keeps.

    With reset_after it has a row of biases for x and one for h, as cuDNN; only b_hn, which r multiplies, must be in the
    second.
    """
    gates, units, channels = W_ih.shape
    W_ih, W_hh, b = (weight[jnp.array([1, 0, 2])] for weight in (W_ih, W_hh, b))  # r z n -> z r n
    cell = keras.layers.GRUCell(units, activation=$activation, reset_after=True)
    cell.build((1, channels))
    cell.set_weights([
        W_ih.reshape(gates * units, channels).T,
        W_hh.reshape(gates * units, units).T,
        np.stack([b.reshape(-1), np.concatenate([np.zeros(2 * units), b_hn])]),
    ])
    return cell
'''

GRU_RESET_BEFORE = '''
def cell_of(W_ih, W_hh, b, b_hn):
    """Keras has its gates in the order z r n, side by side, and kernels transposed; z keeps.

    Without reset_after r multiplies h before the product, n = tanh(W x + b + U (r h)), and there is one bias, so b and
    b_hn are added.
    """
    gates, units, channels = W_ih.shape
    W_ih, W_hh, b = (weight[jnp.array([1, 0, 2])] for weight in (W_ih, W_hh, b))  # r z n -> z r n
    cell = keras.layers.GRUCell(units, activation=$activation, reset_after=False)
    cell.build((1, channels))
    cell.set_weights([
        W_ih.reshape(gates * units, channels).T,
        W_hh.reshape(gates * units, units).T,
        b.reshape(-1) + np.concatenate([np.zeros(2 * units), b_hn]),
    ])
    return cell
'''

LSTM_CELL = '''
def cell_of(W_ih, W_hh, b):
    """Gates in Keras's order, i f g o, side by side, and kernels transposed.

    The forget bias is in b: unit_forget_bias would only draw another b, which is replaced here.
    """
    gates, units, channels = W_ih.shape
    cell = keras.layers.LSTMCell(units, activation=$activation, unit_forget_bias=False)
    cell.build((1, channels))
    cell.set_weights([
        W_ih.reshape(gates * units, channels).T,
        W_hh.reshape(gates * units, units).T,
        b.reshape(-1),
    ])
    return cell
'''

ONE_STATE = """
_, (h,) = cell(x[None], (state[None],))  # Keras wants a batch
h = state = h[0] + probe
"""
TWO_STATES = """
_, (h, c) = cell(x[None], tuple(field[None] for field in state))  # Keras wants a batch
h = h[0] + probe
state = (h, c[0])
"""

ACTIVATIONS = {
    "tanh": "jnp.tanh",
    "sigmoid": '"sigmoid"',
    "relu": '"relu"',
    "leaky_relu": "lambda x: keras.activations.leaky_relu(x, negative_slope=0.01)",
    "elu": '"elu"',
    "gelu": '"gelu"',
    "silu": '"silu"',
    "softsign": '"softsign"',
    "softplus": '"softplus"',
    "sin": "jnp.sin",
    "hard_tanh": '"hard_tanh"',
    "identity": '"linear"',
}
"""Keras computes its own tanh and sin in float32 on JAX, whatever floatx says; the others it does not."""

FRAMEWORK = Framework(
    label="Keras 3",
    packages="keras jax numpy",
    imports=IMPORTS,
    program=jax_loop.PROGRAM,
    parts=(
        Part(RNN, RNN_CELL, ACTIVATIONS, ONE_STATE, jax_loop.ZEROS),
        Part(GRU, GRU_CELL, ACTIVATIONS, ONE_STATE, jax_loop.ZEROS),
        Part(GRU, GRU_RESET_BEFORE, ACTIVATIONS, ONE_STATE, jax_loop.ZEROS, switches=("reset_before",)),
        Part(LSTM, LSTM_CELL, ACTIVATIONS, TWO_STATES, jax_loop.TWO_ZEROS),
    ),
    order=30,
)
