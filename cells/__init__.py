"""Importing this package turns on JAX's 64-bit mode: gradients that shrink by a hundred decades are its subject.

It also adds a flag to the environment variable XLA_FLAGS, unless that names the flag already: without it, XLA of jaxlib
0.10 computes wrong numbers on CPUs. That helps where JAX has computed nothing yet, so import this package first;
`self_test()` says whether it did. See `cells.compiler`.

Recurrent cells that show their insides: JAX and NumPy, no screen.

    >>> import cells, jax
    >>> cell = cells.LSTM.init(4, 16, key=jax.random.key(0))
    >>> adjoint = cells.backprop(cell, jax.random.normal(jax.random.key(1), (128, 4)))
    >>> adjoint.log10_norm["f"].shape
    (128,)

Every cell of `cells.zoo` is here by the name of its class. So are the analyses that a notebook asks for, each of a cell
and a sequence (T, D): `unroll`, `backprop`, `contributions`, `survival`, `jacobian`, `lyapunov_spectrum`; and
`spectrum` of a cell. `remedies` are cells around cells. An `Experiment` is what the laboratory draws, by the words of
its link.
"""

import jax

from cells.compiler import leave_out_what_is_wrong, self_test

leave_out_what_is_wrong()
jax.config.update("jax_enable_x64", True)

# The order matters: JAX must be told before anything computes.
from cells import weights  # noqa: E402
from cells.analyses.adjoint import Adjoint, Loss  # noqa: E402
from cells.base import AbstractCell, Gate, Hyperparameter  # noqa: E402
from cells.diagnosis import Diagnosis, diagnose  # noqa: E402
from cells.experiment import Experiment, ExperimentError  # noqa: E402
from cells.fields import FieldError  # noqa: E402
from cells.initializers import Initialization  # noqa: E402
from cells.notebook import (  # noqa: E402
    backprop,
    contributions,
    jacobian,
    lyapunov_spectrum,
    spectrum,
    survival,
    unroll,
)
from cells.remedies import remedies  # noqa: E402
from cells.remedies.stacked import stacked  # noqa: E402
from cells.running import Setup, build, run  # noqa: E402
from cells.taps import Surgery  # noqa: E402
from cells.unroll import Trajectory  # noqa: E402
from cells.zoo import all_cells  # noqa: E402

_CLASSES = {cell.__name__: cell for cell in all_cells().values()}
globals().update(_CLASSES)

__all__ = [
    "AbstractCell",
    "Adjoint",
    "Diagnosis",
    "Experiment",
    "ExperimentError",
    "FieldError",
    "Gate",
    "Hyperparameter",
    "Initialization",
    "Loss",
    "Setup",
    "Surgery",
    "Trajectory",
    "all_cells",
    "backprop",
    "build",
    "contributions",
    "diagnose",
    "jacobian",
    "lyapunov_spectrum",
    "remedies",
    "run",
    "self_test",
    "spectrum",
    "stacked",
    "survival",
    "unroll",
    "weights",
]
__all__ += _CLASSES
