"""PyTorch."""

from cells.code.framework import Framework, Part
from cells.zoo.gru import GRU
from cells.zoo.lstm import LSTM
from cells.zoo.rnn import RNN

IMPORTS = """
import numpy as np
import torch

torch.set_default_dtype(torch.float64)
"""

PROGRAM = """
cell = cell_of(**{name: torch.from_numpy(array) for name, array in weights.items()})

state, hs = None, []  # None: zeros
for x in torch.from_numpy(xs):
    state = cell(x, state)
    hs.append(state[0] if isinstance(state, tuple) else state)  # an LSTM's state is (h, c)
loss = torch.stack(hs)[$where].sum() / hs[0].numel() ** 0.5

# Of the output of nn.LSTM, PyTorch's gradient leaves out the way through later steps. Of each step's own h it does not.
gradients = torch.autograd.grad(loss, hs, allow_unused=True, materialize_grads=True)
print("step", "norm of h", "log10 norm of dL/dh", sep="\\t")
for step, (h, gradient) in enumerate(zip(hs, gradients), 1):
    print(step, h.norm().item(), gradient.norm().log10().item(), sep="\\t")
"""

RNN_CELL = '''
def cell_of(W_ih, W_hh, b):
    """PyTorch adds two biases, of the input and of h; one is enough, so the other is 0."""
    units, channels = W_ih.shape
    cell = torch.nn.RNNCell(channels, units, nonlinearity=$activation)
    cell.load_state_dict({"weight_ih": W_ih, "weight_hh": W_hh, "bias_ih": b, "bias_hh": torch.zeros(units)})
    return cell
'''

GRU_CELL = '''
def cell_of(W_ih, W_hh, b, b_hn):
    """Gates in PyTorch's order, r z n, one below the other; z keeps.

    PyTorch adds two biases. They may be one, but for the candidate's of h, which r multiplies:
    n = tanh(W x + b + r (U h + b_hn)).
    """
    gates, units, channels = W_ih.shape
    cell = torch.nn.GRUCell(channels, units)
    cell.load_state_dict({
        "weight_ih": W_ih.reshape(gates * units, channels),
        "weight_hh": W_hh.reshape(gates * units, units),
        "bias_ih": b.reshape(-1),
        "bias_hh": torch.cat([torch.zeros(2 * units), b_hn]),
    })
    return cell
'''

LSTM_CELL = '''
def cell_of(W_ih, W_hh, b):
    """Gates in PyTorch's order, i f g o, one below the other; of its two biases, which are added, one is 0."""
    gates, units, channels = W_ih.shape
    cell = torch.nn.LSTMCell(channels, units)
    cell.load_state_dict({
        "weight_ih": W_ih.reshape(gates * units, channels),
        "weight_hh": W_hh.reshape(gates * units, units),
        "bias_ih": b.reshape(-1),
        "bias_hh": torch.zeros(gates * units),
    })
    return cell
'''

FRAMEWORK = Framework(
    label="PyTorch",
    packages="torch numpy",
    imports=IMPORTS,
    program=PROGRAM,
    parts=(
        Part(RNN, RNN_CELL, {"tanh": '"tanh"', "relu": '"relu"'}),
        Part(GRU, GRU_CELL, {"tanh": ""}),
        Part(LSTM, LSTM_CELL, {"tanh": ""}),
    ),
    order=20,
)
