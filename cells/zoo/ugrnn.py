"""Update gate recurrent network."""

from typing import ClassVar, NamedTuple, Self

import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.nn import sigmoid

from cells import keys
from cells.activations import Place, known
from cells.base import AbstractCell, Gate, Hyperparameter, weight
from cells.initializers import CHRONO, DEFAULT_INITIALIZATION, UPDATE_BIAS, Initialization, chrono_bias
from cells.keys import Key
from cells.taps import Tap


class UGRNNState(NamedTuple):
    """State of the UGRNN."""

    h: Array  # (H,) hidden state


class UGRNN(AbstractCell):
    r"""Update gate recurrent network: a vanilla RNN with one gate, which says how much of the old state stays.

    $$z = \sigma(a_z) \qquad n = \phi(a_n) \qquad a = W_{ih} x_t + W_{hh} h_{t-1} + b$$
    $$h_t = z \odot h_{t-1} + (1 - z) \odot n$$

    Gate order z n; the paper calls the gate g and the candidate c. It is the GRU with its reset gate always open, and
    `flax.linen.MGUCell(reset_gate=False)`. Should not be confused with the MGU, whose one gate also resets, nor with a
    leaky integrator, whose z is a constant.

    Reference:
        Collins, Sohl-Dickstein and Sussillo (2017), Capacity and trainability in recurrent neural networks, section 2.
    """

    W_ih: Array  # (2, H, D), order z n
    W_hh: Array  # (2, H, H)
    b: Array  # (2, H)
    activation: Place

    label: ClassVar[str] = "UGRNN"
    State: ClassVar[type] = UGRNNState
    gates: ClassVar[tuple[Gate, ...]] = (Gate("z", "update gate"), Gate("n", "candidate", low=-1))
    equations: ClassVar[tuple[str, ...]] = (
        r"z_t = \sigma(W_z x_t + U_z h_{t-1} + b_z)",
        r"n_t = \phi(W_n x_t + U_n h_{t-1} + b_n)",
        r"h_t = z_t \odot h_{t-1} + (1 - z_t) \odot n_t",
    )
    direct: ClassVar[dict[str, str]] = {"h": "z"}
    hyperparameters: ClassVar[tuple[Hyperparameter, ...]] = (UPDATE_BIAS, CHRONO)
    order: ClassVar[int] = 40

    def __init__(self, *, W_ih, W_hh, b, activation="tanh"):
        """Weights given: W_ih (2, H, D), W_hh (2, H, H), b (2, H), order z n."""
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
        update_bias: float = 0.0,
        chrono: float = 0.0,
    ) -> Self:
        """Draw the weights; with chrono, b_z = log U(1, chrono - 1) takes the update bias's place."""
        key_ih, key_hh, key_b, key_chrono = keys.split(key, 4)
        b_z = chrono_bias(key_chrono, hidden_size, chrono, otherwise=update_bias)
        return cls(
            W_ih=initialization.W_ih(key_ih, (2, hidden_size, input_size)),
            W_hh=initialization.W_hh(key_hh, (2, hidden_size, hidden_size)),
            b=initialization.b(key_b, (2, hidden_size)) + np.stack([b_z, np.zeros_like(b_z)]),
            activation=activation,
        )

    def initial_state(self) -> UGRNNState:
        """Zeros."""
        return UGRNNState(h=jnp.zeros_like(self.b[0]))

    def step(self, state: UGRNNState, x: Array, tap: Tap) -> UGRNNState:
        """One time step."""
        a_z, a_n = self.W_ih @ x + self.W_hh @ state.h + self.b
        z, n = tap("z", sigmoid(a_z)), tap("n", self.phi(a_n))
        return UGRNNState(h=tap("h", z * state.h + (1 - z) * n))
