"""LSTM with coupled input and forget gate."""

from typing import ClassVar, NamedTuple, Self

import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.nn import sigmoid

from cells import keys
from cells.activations import Place, known
from cells.base import AbstractCell, Gate, Hyperparameter, Nonlinearity, weight
from cells.initializers import CHRONO, DEFAULT_INITIALIZATION, FORGET_BIAS, Initialization, chrono_bias
from cells.keys import Key
from cells.taps import Tap


class CIFGState(NamedTuple):
    """State of the CIFG."""

    h: Array  # (H,) hidden state, short-term
    c: Array  # (H,) cell state, long-term


class CIFG(AbstractCell):
    r"""LSTM with coupled input and forget gate: what is forgotten is what is written, i = 1 - f.

    $$f, o = \sigma(a_f), \sigma(a_o) \qquad g = \phi(a_g) \qquad a = W_{ih} x_t + W_{hh} h_{t-1} + b$$
    $$c_t = f \odot c_{t-1} + (1 - f) \odot g \qquad h_t = o \odot \phi(c_t)$$

    Gate order f g o. c is a moving average of candidates, so it stays within their range. Should not be confused with
    the GRU, which couples the same way but has one state and no output gate; nor with Greff's own CIFG, which has
    peepholes too.

    Reference:
        Greff, Srivastava, Koutník, Steunebrink and Schmidhuber (2017), LSTM: a search space odyssey, variant CIFG.
    """

    W_ih: Array  # (3, H, D), order f g o
    W_hh: Array  # (3, H, H)
    b: Array  # (3, H)
    activation: Place

    label: ClassVar[str] = "CIFG"
    State: ClassVar[type] = CIFGState
    gates: ClassVar[tuple[Gate, ...]] = (
        Gate("f", "forget gate"),
        Gate("g", "candidate", low=-1),
        Gate("o", "output gate"),
    )
    equations: ClassVar[tuple[str, ...]] = (
        r"f_t = \sigma(W_f x_t + U_f h_{t-1} + b_f)",
        r"g_t = \phi(W_g x_t + U_g h_{t-1} + b_g)",
        r"o_t = \sigma(W_o x_t + U_o h_{t-1} + b_o)",
        r"c_t = f_t \odot c_{t-1} + (1 - f_t) \odot g_t",
        r"h_t = o_t \odot \phi(c_t)",
    )
    direct: ClassVar[dict[str, str]] = {"c": "f"}
    hyperparameters: ClassVar[tuple[Hyperparameter, ...]] = (FORGET_BIAS, CHRONO)
    sigma: ClassVar[Nonlinearity] = staticmethod(sigmoid)
    order: ClassVar[int] = 50

    def __init__(self, *, W_ih, W_hh, b, activation="tanh"):
        """Weights given: W_ih (3, H, D), W_hh (3, H, H), b (3, H), order f g o."""
        self.W_ih = weight("W_ih", W_ih, 3, None, None)
        self.W_hh = weight("W_hh", W_hh, 3, self.hidden_size, self.hidden_size)
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
        """Draw the weights; with chrono, b_f = log U(1, chrono - 1) takes the forget bias's place."""
        key_ih, key_hh, key_b, key_chrono = keys.split(key, 4)
        b_f = chrono_bias(key_chrono, hidden_size, chrono, otherwise=forget_bias)
        return cls(
            W_ih=initialization.W_ih(key_ih, (3, hidden_size, input_size)),
            W_hh=initialization.W_hh(key_hh, (3, hidden_size, hidden_size)),
            b=initialization.b(key_b, (3, hidden_size)) + np.stack([b_f, np.zeros_like(b_f), np.zeros_like(b_f)]),
            activation=activation,
        )

    def initial_state(self) -> CIFGState:
        """Zeros."""
        return CIFGState(h=jnp.zeros_like(self.b[0]), c=jnp.zeros_like(self.b[0]))

    def step(self, state: CIFGState, x: Array, tap: Tap) -> CIFGState:
        """One time step."""
        a_f, a_g, a_o = self.W_ih @ x + self.W_hh @ state.h + self.b
        f, g, o = tap("f", self.sigma(a_f)), tap("g", self.phi(a_g)), tap("o", self.sigma(a_o))
        c = tap("c", f * state.c + (1 - f) * g)
        h = tap("h", o * self.phi(c))
        return CIFGState(h=h, c=c)
