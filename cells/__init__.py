"""Recurrent cells that show their insides: JAX and NumPy, no screen.

Importing this package turns on JAX's 64-bit mode: gradients that shrink by a hundred decades are its subject.

    >>> import cells, jax
    >>> cell = cells.LSTM.init(4, 16, key=jax.random.key(0))
    >>> adjoint = cells.backprop(cell, jax.random.normal(jax.random.key(1), (128, 4)))
    >>> adjoint.log10_norm["f"].shape
    (128,)
"""

import jax

jax.config.update("jax_enable_x64", True)

from cells.analyses.adjoint import Adjoint, Loss, backprop  # noqa: E402
from cells.base import AbstractCell, Gate, Hyperparameter  # noqa: E402
from cells.experiment import Experiment, ExperimentError  # noqa: E402
from cells.initializers import Initialization  # noqa: E402
from cells.network.stacked import stacked  # noqa: E402
from cells.taps import Surgery  # noqa: E402
from cells.unroll import Trajectory, unroll  # noqa: E402
from cells.zoo import all_cells  # noqa: E402
from cells.zoo.gru import GRU  # noqa: E402
from cells.zoo.lstm import LSTM  # noqa: E402
from cells.zoo.rnn import RNN  # noqa: E402

__all__ = [
    "GRU",
    "LSTM",
    "RNN",
    "AbstractCell",
    "Adjoint",
    "Experiment",
    "ExperimentError",
    "Gate",
    "Hyperparameter",
    "Initialization",
    "Loss",
    "Surgery",
    "Trajectory",
    "all_cells",
    "backprop",
    "stacked",
    "unroll",
]
