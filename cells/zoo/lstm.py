"""Long short-term memory with a forget gate."""

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


class LSTMState(NamedTuple):
    """State of the LSTM."""

    h: Array  # (H,) hidden state, short-term
    c: Array  # (H,) cell state, long-term


class LSTM(AbstractCell):
    r"""Long short-term memory.

    $$i, f, o = \sigma(a_i), \sigma(a_f), \sigma(a_o) \qquad g = \phi(a_g) \qquad a = W_{ih} x_t + W_{hh} h_{t-1} + b$$
    $$c_t = f \odot c_{t-1} + i \odot g \qquad h_t = o \odot \phi(c_t)$$

    Gate order i f g o, as in PyTorch. g is the candidate, not a gate. The direct path from c_{t-1} to c_t has the
    Jacobian diag(f); the paths through h and the gates add to it, and at usual initialisations outweigh it.
    Should not be confused with the cell of 1997, which has no forget gate (f = 1) and truncated gradients, nor with
    the peephole LSTM, whose gates also see c.

    Reference:
        Gers, Schmidhuber and Cummins (2000), Learning to forget. The forget bias of 1: Jozefowicz et al. (2015).
        Chrono initialisation: Tallec and Ollivier (2018), Can recurrent neural networks warp time?
    """

    W_ih: Array  # (4, H, D), order i f g o
    W_hh: Array  # (4, H, H)
    b: Array  # (4, H)
    activation: Place

    label: ClassVar[str] = "LSTM"
    State: ClassVar[type] = LSTMState
    gates: ClassVar[tuple[Gate, ...]] = (
        Gate("i", "input gate"),
        Gate("f", "forget gate"),
        Gate("g", "candidate", low=-1),
        Gate("o", "output gate"),
    )
    equations: ClassVar[tuple[str, ...]] = (
        r"i_t = \sigma(W_i x_t + U_i h_{t-1} + b_i)",
        r"f_t = \sigma(W_f x_t + U_f h_{t-1} + b_f)",
        r"g_t = \phi(W_g x_t + U_g h_{t-1} + b_g)",
        r"o_t = \sigma(W_o x_t + U_o h_{t-1} + b_o)",
        r"c_t = f_t \odot c_{t-1} + i_t \odot g_t",
        r"h_t = o_t \odot \phi(c_t)",
    )
    direct: ClassVar[dict[str, str]] = {"c": "f"}
    hyperparameters: ClassVar[tuple[Hyperparameter, ...]] = (FORGET_BIAS, CHRONO)
    sigma: ClassVar[Nonlinearity] = staticmethod(sigmoid)
    order: ClassVar[int] = 30

    def __init__(self, *, W_ih, W_hh, b, activation="tanh"):
        """Weights given: W_ih (4, H, D), W_hh (4, H, H), b (4, H), gates in the order i f g o."""
        self.W_ih = weight("W_ih", W_ih, 4, None, None)
        self.W_hh = weight("W_hh", W_hh, 4, self.hidden_size, self.hidden_size)
        self.b = weight("b", b, 4, self.hidden_size)
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
        """Draw the weights; with chrono, b_f = log U(1, chrono - 1) and b_i = -b_f take the forget bias's place."""
        key_ih, key_hh, key_b, key_chrono = keys.split(key, 4)
        b_f = chrono_bias(key_chrono, hidden_size, chrono, otherwise=forget_bias)
        b_i = np.where(chrono > 0, -b_f, 0.0)
        shift = np.stack([b_i, b_f, np.zeros_like(b_f), np.zeros_like(b_f)])
        return cls(
            W_ih=initialization.W_ih(key_ih, (4, hidden_size, input_size)),
            W_hh=initialization.W_hh(key_hh, (4, hidden_size, hidden_size)),
            b=initialization.b(key_b, (4, hidden_size)) + shift,
            activation=activation,
        )

    def initial_state(self) -> LSTMState:
        """Zeros."""
        return LSTMState(h=jnp.zeros_like(self.b[0]), c=jnp.zeros_like(self.b[0]))

    def step(self, state: LSTMState, x: Array, tap: Tap) -> LSTMState:
        """One time step."""
        a_i, a_f, a_g, a_o = self.W_ih @ x + self.W_hh @ state.h + self.b
        i, f, o = tap("i", self.sigma(a_i)), tap("f", self.sigma(a_f)), tap("o", self.sigma(a_o))
        g = tap("g", self.phi(a_g))
        c = tap("c", f * state.c + i * g)
        h = tap("h", o * self.phi(c))
        return LSTMState(h=h, c=c)
