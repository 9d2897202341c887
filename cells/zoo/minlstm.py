"""Minimal LSTM that can be computed in parallel."""

import math
from typing import ClassVar, NamedTuple, Self

import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.nn import sigmoid

from cells import keys
from cells.activations import Place, known
from cells.base import AbstractCell, Gate, Hyperparameter, weight
from cells.initializers import CHRONO, DEFAULT_INITIALIZATION, FORGET_BIAS, Initialization, chrono_bias
from cells.keys import Key
from cells.taps import Tap


class MinLSTMState(NamedTuple):
    """State of the minLSTM."""

    h: Array  # (H,) hidden state


class MinLSTM(AbstractCell):
    r"""LSTM without what would need the old state: gates and candidate see the input alone.

    $$f, i = \sigma(W_f x_t + b_f), \sigma(W_i x_t + b_i) \qquad g = W_g x_t + b_g$$
    $$h_t = f' \odot h_{t-1} + i' \odot g \qquad f' = f / (f + i) \qquad i' = i / (f + i)$$

    Gate order f i g. There is no cell state, no output gate, no W_hh and no phi: the step is linear in h, its whole
    Jacobian is diag(f'), and `jax.lax.associative_scan` computes all steps at once. What is kept depends on f and i
    together, so the forget bias is added to f and taken from i: then f' = f as long as the input is 0, and remembers as
    the LSTM's forget gate does. Should not be confused with the CIFG, whose i is 1 - f before any dividing.

    Reference:
        Feng, Tung, Ahmed, Bengio and Hajimirsadeghi (2024), Were RNNs all we needed?, section 3.2.
    """

    W_ih: Array  # (3, H, D), order f i g
    W_hh: None
    b: Array  # (3, H)
    activation: Place

    label: ClassVar[str] = "minLSTM"
    State: ClassVar[type] = MinLSTMState
    gates: ClassVar[tuple[Gate, ...]] = (
        Gate("f", "forget gate"),
        Gate("i", "input gate"),
        Gate("g", "candidate", -math.inf, math.inf),
    )
    equations: ClassVar[tuple[str, ...]] = (
        r"f_t = \sigma(W_f x_t + b_f)",
        r"i_t = \sigma(W_i x_t + b_i)",
        r"g_t = W_g x_t + b_g",
        r"h_t = \frac{f_t}{f_t + i_t} \odot h_{t-1} + \frac{i_t}{f_t + i_t} \odot g_t",
    )
    direct: ClassVar[dict[str, str]] = {"h": "f/(f + i)"}
    recurrence: ClassVar[str] = ""
    nonlinear: ClassVar[bool] = False
    hyperparameters: ClassVar[tuple[Hyperparameter, ...]] = (FORGET_BIAS, CHRONO)
    order: ClassVar[int] = 75

    def __init__(self, *, W_ih, b, activation="tanh"):
        """Weights given: W_ih (3, H, D), b (3, H), order f i g."""
        self.W_ih = weight("W_ih", W_ih, 3, None, None)
        self.W_hh = None
        self.b = weight("b", b, 3, self.hidden_size)
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
        forget_bias: float = 1.0,
        chrono: float = 0.0,
    ) -> Self:
        """Draw the weights; with chrono, b_f = log U(1, chrono - 1) takes the forget bias's place; b_i = -b_f."""
        key_ih, key_b, key_chrono = keys.split(key, 3)
        b_f = chrono_bias(key_chrono, hidden_size, chrono, otherwise=forget_bias)
        return cls(
            W_ih=initialization.W_ih(key_ih, (3, hidden_size, input_size)),
            b=initialization.b(key_b, (3, hidden_size)) + np.stack([b_f, -b_f, np.zeros_like(b_f)]),
            activation=activation,
        )

    def initial_state(self) -> MinLSTMState:
        """Zeros."""
        return MinLSTMState(h=jnp.zeros_like(self.b[0]))

    def step(self, state: MinLSTMState, x: Array, tap: Tap) -> MinLSTMState:
        """One time step."""
        a_f, a_i, a_g = self.W_ih @ x + self.b
        f, i, g = tap("f", sigmoid(a_f)), tap("i", sigmoid(a_i)), tap("g", a_g)
        both = f + i
        return MinLSTMState(h=tap("h", (f / both) * state.h + (i / both) * g))
