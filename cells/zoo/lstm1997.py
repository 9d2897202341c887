"""The long short-term memory of 1997, before the forget gate."""

from typing import ClassVar, NamedTuple, Self

import jax.numpy as jnp
from jax import Array
from jax.nn import sigmoid

from cells import keys
from cells.activations import Place, known
from cells.base import AbstractCell, Gate, weight
from cells.initializers import DEFAULT_INITIALIZATION, Initialization
from cells.keys import Key
from cells.taps import Tap


class LSTM1997State(NamedTuple):
    """State of the LSTM of 1997."""

    h: Array  # (H,) hidden state, short-term
    c: Array  # (H,) cell state, the constant error carousel


class LSTM1997(AbstractCell):
    r"""Long short-term memory of 1997: nothing is forgotten, the carousel's own weight is 1.

    $$i, o = \sigma(a_i), \sigma(a_o) \qquad g = \phi(a_g) \qquad a = W_{ih} x_t + W_{hh} h_{t-1} + b$$
    $$c_t = c_{t-1} + i \odot g \qquad h_t = o \odot \phi(c_t)$$

    Gate order i g o. Along the direct path the gradient is carried exactly; c can only grow or be undone by the
    candidate, and saturates phi in the end. The paper squashes g to [-2, 2]; here both squashings are phi. It also cuts
    the gradient where it would leave the carousel through the gates; here it is whole, as in every other cell. Should
    not be confused with what is called LSTM today, which has a forget gate.

    Reference:
        Hochreiter and Schmidhuber (1997), Long short-term memory, sections 3.2 to 4.
    """

    W_ih: Array  # (3, H, D), order i g o
    W_hh: Array  # (3, H, H)
    b: Array  # (3, H)
    activation: Place

    label: ClassVar[str] = "LSTM 1997"
    State: ClassVar[type] = LSTM1997State
    gates: ClassVar[tuple[Gate, ...]] = (
        Gate("i", "input gate"),
        Gate("g", "candidate", low=-1),
        Gate("o", "output gate"),
    )
    equations: ClassVar[tuple[str, ...]] = (
        r"i_t = \sigma(W_i x_t + U_i h_{t-1} + b_i)",
        r"g_t = \phi(W_g x_t + U_g h_{t-1} + b_g)",
        r"o_t = \sigma(W_o x_t + U_o h_{t-1} + b_o)",
        r"c_t = c_{t-1} + i_t \odot g_t",
        r"h_t = o_t \odot \phi(c_t)",
    )
    direct: ClassVar[dict[str, str]] = {"c": "1"}
    order: ClassVar[int] = 60

    def __init__(self, *, W_ih, W_hh, b, activation="tanh"):
        """Weights given: W_ih (3, H, D), W_hh (3, H, H), b (3, H), order i g o."""
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
    ) -> Self:
        """Draw the weights."""
        key_ih, key_hh, key_b = keys.split(key, 3)
        return cls(
            W_ih=initialization.W_ih(key_ih, (3, hidden_size, input_size)),
            W_hh=initialization.W_hh(key_hh, (3, hidden_size, hidden_size)),
            b=initialization.b(key_b, (3, hidden_size)),
            activation=activation,
        )

    def initial_state(self) -> LSTM1997State:
        """Zeros."""
        return LSTM1997State(h=jnp.zeros_like(self.b[0]), c=jnp.zeros_like(self.b[0]))

    def step(self, state: LSTM1997State, x: Array, tap: Tap) -> LSTM1997State:
        """One time step."""
        a_i, a_g, a_o = self.W_ih @ x + self.W_hh @ state.h + self.b
        i, g, o = tap("i", sigmoid(a_i)), tap("g", self.phi(a_g)), tap("o", sigmoid(a_o))
        c = tap("c", state.c + i * g)
        h = tap("h", o * self.phi(c))
        return LSTM1997State(h=h, c=c)
