"""Minimal gated unit."""

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


class MGUState(NamedTuple):
    """State of the MGU."""

    h: Array  # (H,) hidden state


class MGU(AbstractCell):
    r"""Minimal gated unit: a GRU whose one gate both resets and writes.

    $$f = \sigma(W_f x_t + U_f h_{t-1} + b_f) \qquad n = \phi(W_n x_t + U_n (f \odot h_{t-1}) + b_n)$$
    $$h_t = (1 - f) \odot h_{t-1} + f \odot n$$

    Gate order f n. The paper's "forget gate" f *writes*: near 0 it keeps the state. Should not be confused with
    `flax.linen.MGUCell`, whose f keeps, and multiplies U_n h + b after the product: a gate that keeps everything is
    there fully open to the past and here closed to it, so no change of weights turns one into the other.

    Reference:
        Zhou, Wu, Zhang and Zhou (2016), Minimal gated unit for recurrent neural networks, equations 6 to 8.
    """

    W_ih: Array  # (2, H, D), order f n
    W_hh: Array  # (2, H, H)
    b: Array  # (2, H)
    activation: Place

    label: ClassVar[str] = "MGU"
    State: ClassVar[type] = MGUState
    gates: ClassVar[tuple[Gate, ...]] = (Gate("f", "forget gate"), Gate("n", "candidate", low=-1))
    equations: ClassVar[tuple[str, ...]] = (
        r"f_t = \sigma(W_f x_t + U_f h_{t-1} + b_f)",
        r"n_t = \phi(W_n x_t + U_n (f_t \odot h_{t-1}) + b_n)",
        r"h_t = (1 - f_t) \odot h_{t-1} + f_t \odot n_t",
    )
    direct: ClassVar[dict[str, str]] = {"h": "1 − f"}
    hyperparameters: ClassVar[tuple[Hyperparameter, ...]] = (KEEP_BIAS, CHRONO)
    order: ClassVar[int] = 45

    def __init__(self, *, W_ih, W_hh, b, activation="tanh"):
        """Weights given: W_ih (2, H, D), W_hh (2, H, H), b (2, H), order f n."""
        self.W_ih = weight("W_ih", W_ih, 2, None, None)
        self.W_hh = weight("W_hh", W_hh, 2, self.hidden_size, self.hidden_size)
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
        """Draw the weights; with chrono, b_f = -log U(1, chrono - 1) takes the keep bias's place."""
        key_ih, key_hh, key_b, key_chrono = keys.split(key, 4)
        b_f = -chrono_bias(key_chrono, hidden_size, chrono, otherwise=keep_bias)
        return cls(
            W_ih=initialization.W_ih(key_ih, (2, hidden_size, input_size)),
            W_hh=initialization.W_hh(key_hh, (2, hidden_size, hidden_size)),
            b=initialization.b(key_b, (2, hidden_size)) + np.stack([b_f, np.zeros_like(b_f)]),
            activation=activation,
        )

    def initial_state(self) -> MGUState:
        """Zeros."""
        return MGUState(h=jnp.zeros_like(self.b[0]))

    def step(self, state: MGUState, x: Array, tap: Tap) -> MGUState:
        """One time step."""
        h = state.h
        x_f, x_n = self.W_ih @ x + self.b
        f = tap("f", sigmoid(x_f + self.W_hh[0] @ h))
        n = tap("n", self.phi(x_n + self.W_hh[1] @ (f * h)))
        return MGUState(h=tap("h", (1 - f) * h + f * n))
