"""LSTM with peepholes."""

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

PEEPHOLE_SCALE = Hyperparameter(
    "peephole_scale",
    "peephole scale (× p)",
    1.0,
    0.0,
    10.0,
    "Multiplies the peephole weights, which are drawn from U(±1/√H).",
)


class PeepholeState(NamedTuple):
    """State of the peephole LSTM."""

    h: Array  # (H,) hidden state, short-term
    c: Array  # (H,) cell state, long-term


class Peephole(AbstractCell):
    r"""LSTM whose gates also see the cell state, unit by unit.

    $$i, f = \sigma(a_i + p_i \odot c_{t-1}), \sigma(a_f + p_f \odot c_{t-1}) \qquad g = \phi(a_g)$$
    $$c_t = f \odot c_{t-1} + i \odot g \qquad o = \sigma(a_o + p_o \odot c_t) \qquad h_t = o \odot \phi(c_t)$$

    with a = W_ih x + W_hh h + b. Gate order i f g o, peepholes in the order i f o; i and f see the old c, o sees the
    new one. The way from c_{t-1} to c_t that passes no matrix now also leads through i and f: its factor is
    f + p_f c f(1 - f) + p_i g i(1 - i), and the product of the forget gates alone is not exact any more. Should not be
    confused with a full matrix from c to the gates, which some programs call by the same name.

    Reference:
        Gers, Schraudolph and Schmidhuber (2002), Learning precise timing with LSTM recurrent networks.
    """

    W_ih: Array  # (4, H, D), order i f g o
    W_hh: Array  # (4, H, H)
    p: Array  # (3, H), order i f o
    b: Array  # (4, H)
    activation: Place

    label: ClassVar[str] = "Peephole LSTM"
    State: ClassVar[type] = PeepholeState
    gates: ClassVar[tuple[Gate, ...]] = (
        Gate("i", "input gate"),
        Gate("f", "forget gate"),
        Gate("g", "candidate", low=-1),
        Gate("o", "output gate"),
    )
    equations: ClassVar[tuple[str, ...]] = (
        r"i_t = \sigma(W_i x_t + U_i h_{t-1} + p_i \odot c_{t-1} + b_i)",
        r"f_t = \sigma(W_f x_t + U_f h_{t-1} + p_f \odot c_{t-1} + b_f)",
        r"g_t = \phi(W_g x_t + U_g h_{t-1} + b_g)",
        r"c_t = f_t \odot c_{t-1} + i_t \odot g_t",
        r"o_t = \sigma(W_o x_t + U_o h_{t-1} + p_o \odot c_t + b_o)",
        r"h_t = o_t \odot \phi(c_t)",
    )
    direct: ClassVar[dict[str, str]] = {"c": "f + p_f c f(1−f) + p_i g i(1−i)"}
    hyperparameters: ClassVar[tuple[Hyperparameter, ...]] = (FORGET_BIAS, CHRONO, PEEPHOLE_SCALE)
    sigma: ClassVar[Nonlinearity] = staticmethod(sigmoid)
    order: ClassVar[int] = 55

    def __init__(self, *, W_ih, W_hh, p, b, activation="tanh"):
        """Weights given: W_ih (4, H, D), W_hh (4, H, H), b (4, H) in the order i f g o; p (3, H), order i f o."""
        self.W_ih = weight("W_ih", W_ih, 4, None, None)
        self.W_hh = weight("W_hh", W_hh, 4, self.hidden_size, self.hidden_size)
        self.p = weight("p", p, 3, self.hidden_size)
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
        peephole_scale: float = 1.0,
    ) -> Self:
        """Draw the weights; with chrono, b_f = log U(1, chrono - 1) and b_i = -b_f take the forget bias's place."""
        key_ih, key_hh, key_b, key_chrono, key_p = keys.split(key, 5)
        b_f = chrono_bias(key_chrono, hidden_size, chrono, otherwise=forget_bias)
        b_i = np.where(chrono > 0, -b_f, 0.0)
        shift = np.stack([b_i, b_f, np.zeros_like(b_f), np.zeros_like(b_f)])
        bound = hidden_size**-0.5
        return cls(
            W_ih=initialization.W_ih(key_ih, (4, hidden_size, input_size)),
            W_hh=initialization.W_hh(key_hh, (4, hidden_size, hidden_size)),
            p=peephole_scale * keys.uniform(key_p, (3, hidden_size), -bound, bound),
            b=initialization.b(key_b, (4, hidden_size)) + shift,
            activation=activation,
        )

    def initial_state(self) -> PeepholeState:
        """Zeros."""
        return PeepholeState(h=jnp.zeros_like(self.b[0]), c=jnp.zeros_like(self.b[0]))

    def step(self, state: PeepholeState, x: Array, tap: Tap) -> PeepholeState:
        """One time step."""
        p_i, p_f, p_o = self.p
        a_i, a_f, a_g, a_o = self.W_ih @ x + self.W_hh @ state.h + self.b
        i, f = tap("i", self.sigma(a_i + p_i * state.c)), tap("f", self.sigma(a_f + p_f * state.c))
        g = tap("g", self.phi(a_g))
        c = tap("c", f * state.c + i * g)
        o = tap("o", self.sigma(a_o + p_o * c))
        h = tap("h", o * self.phi(c))
        return PeepholeState(h=h, c=c)
