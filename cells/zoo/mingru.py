"""Minimal GRU that can be computed in parallel."""

import math
from typing import ClassVar, NamedTuple, Self

import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.nn import sigmoid

from cells import keys
from cells.activations import Place, known
from cells.base import AbstractCell, Gate, Hyperparameter, weight
from cells.initializers import CHRONO, DEFAULT_INITIALIZATION, KEEP_BIAS, Initialization, chrono_bias
from cells.keys import Key
from cells.taps import Tap


class MinGRUState(NamedTuple):
    """State of the minGRU."""

    h: Array  # (H,) hidden state


class MinGRU(AbstractCell):
    r"""GRU without what would need the old state: gate and candidate see the input alone.

    $$z = \sigma(W_z x_t + b_z) \qquad n = W_n x_t + b_n \qquad h_t = (1 - z) \odot h_{t-1} + z \odot n$$

    Gate order z n. z *writes*, unlike the GRU's here. There is no W_hh and no phi: the step is linear in h, its whole
    Jacobian is diag(1 - z), and `jax.lax.associative_scan` computes all steps at once. That makes it fast, and not a
    long memory: with zero bias 1 - z is 1/2. Should not be confused with the minimal gated unit (MGU), which is
    recurrent in the gate.

    Reference:
        Feng, Tung, Ahmed, Bengio and Hajimirsadeghi (2024), Were RNNs all we needed?, section 3.1.
    """

    W_ih: Array  # (2, H, D), order z n
    W_hh: None
    b: Array  # (2, H)
    activation: Place

    label: ClassVar[str] = "minGRU"
    State: ClassVar[type] = MinGRUState
    gates: ClassVar[tuple[Gate, ...]] = (Gate("z", "update gate"), Gate("n", "candidate", -math.inf, math.inf))
    equations: ClassVar[tuple[str, ...]] = (
        r"z_t = \sigma(W_z x_t + b_z)",
        r"n_t = W_n x_t + b_n",
        r"h_t = (1 - z_t) \odot h_{t-1} + z_t \odot n_t",
    )
    direct: ClassVar[dict[str, str]] = {"h": "1 − z"}
    recurrence: ClassVar[str] = ""
    nonlinear: ClassVar[bool] = False
    hyperparameters: ClassVar[tuple[Hyperparameter, ...]] = (KEEP_BIAS, CHRONO)
    order: ClassVar[int] = 70

    def __init__(self, *, W_ih, b, activation="tanh"):
        """Weights given: W_ih (2, H, D), b (2, H), order z n."""
        self.W_ih = weight("W_ih", W_ih, 2, None, None)
        self.W_hh = None
        self.b = weight("b", b, 2, self.hidden_size)
        self.activation = known(activation)

    @classmethod
    def init(
        cls,
        input_size: int,
        hidden_size: int,
        *,
        key: Key,
        activation: str | int = "tanh",
        initialization: Initialization = DEFAULT_INITIALIZATION,
        keep_bias: float = 0.0,
        chrono: float = 0.0,
    ) -> Self:
        """Draw the weights; with chrono, b_z = -log U(1, chrono - 1) takes the keep bias's place."""
        key_ih, key_b, key_chrono = keys.split(key, 3)
        b_z = -chrono_bias(key_chrono, hidden_size, chrono, otherwise=keep_bias)
        return cls(
            W_ih=initialization.W_ih(key_ih, (2, hidden_size, input_size)),
            b=initialization.b(key_b, (2, hidden_size)) + np.stack([b_z, np.zeros_like(b_z)]),
            activation=activation,
        )

    def initial_state(self) -> MinGRUState:
        """Zeros."""
        return MinGRUState(h=jnp.zeros_like(self.b[0]))

    def step(self, state: MinGRUState, x: Array, tap: Tap) -> MinGRUState:
        """One time step."""
        a_z, a_n = self.W_ih @ x + self.b
        z, n = tap("z", sigmoid(a_z)), tap("n", a_n)
        return MinGRUState(h=tap("h", (1 - z) * state.h + z * n))
