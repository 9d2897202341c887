"""Gated recurrent unit."""

from typing import ClassVar, NamedTuple, Self

import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.nn import sigmoid

from cells import keys
from cells.activations import Place, known
from cells.base import AbstractCell, Gate, Hyperparameter, Nonlinearity, number, weight
from cells.initializers import CHRONO, DEFAULT_INITIALIZATION, UPDATE_BIAS, Initialization, chrono_bias
from cells.keys import Key
from cells.taps import Tap


class GRUState(NamedTuple):
    """State of the GRU."""

    h: Array  # (H,) hidden state


class GRU(AbstractCell):
    r"""Gated recurrent unit, reset after the matrix product, update gate keeping.

    $$r, z = \sigma(a_r), \sigma(a_z) \qquad n = \phi(W_n x_t + b_n + r \odot (U_n h_{t-1} + b_{hn}))$$
    $$h_t = z \odot h_{t-1} + (1 - z) \odot n$$

    Gate order r z n. z near 1 *keeps* the state, as in Cho et al. (2014), PyTorch, Keras, flax and equinox; Chung et
    al. (2014) and Bahdanau et al. (2015) write (1 - z) h + z n instead. n is the candidate, not a gate. Reset after the
    matrix product is version 1 of the paper, cuDNN and PyTorch; `reset_before` is version 3:
    n = phi(W_n x + b_n + U_n (r * h) + b_hn).

    Reference:
        Cho et al. (2014), arXiv 1406.1078, versions 1 and 3.
    """

    W_ih: Array  # (3, H, D), order r z n
    W_hh: Array  # (3, H, H)
    b: Array  # (3, H)
    b_hn: Array  # (H,) inside the reset
    reset_before: Array  # () bool
    activation: Place

    label: ClassVar[str] = "GRU"
    State: ClassVar[type] = GRUState
    gates: ClassVar[tuple[Gate, ...]] = (
        Gate("r", "reset gate"),
        Gate("z", "update gate"),
        Gate("n", "candidate", low=-1),
    )
    equations: ClassVar[tuple[str, ...]] = (
        r"r_t = \sigma(W_r x_t + U_r h_{t-1} + b_r)",
        r"z_t = \sigma(W_z x_t + U_z h_{t-1} + b_z)",
        r"n_t = \phi(W_n x_t + b_n + r_t \odot (U_n h_{t-1} + b_{hn}))",
        r"h_t = z_t \odot h_{t-1} + (1 - z_t) \odot n_t",
    )
    direct: ClassVar[dict[str, str]] = {"h": "z"}
    hyperparameters: ClassVar[tuple[Hyperparameter, ...]] = (
        UPDATE_BIAS,
        CHRONO,
        Hyperparameter(
            "reset_before",
            "reset before the product",
            False,
            0,
            1,
            "Off: r multiplies U h, as in cuDNN and PyTorch. On: r multiplies h first, as in version 3 of the paper.",
        ),
    )
    sigma: ClassVar[Nonlinearity] = staticmethod(sigmoid)
    order: ClassVar[int] = 20

    def __init__(self, *, W_ih, W_hh, b, b_hn=None, reset_before=False, activation="tanh"):
        """Weights given: W_ih (3, H, D), W_hh (3, H, H), b (3, H), b_hn (H,) or None for zeros; order r z n."""
        self.W_ih = weight("W_ih", W_ih, 3, None, None)
        self.W_hh = weight("W_hh", W_hh, 3, self.hidden_size, self.hidden_size)
        self.b = weight("b", b, 3, self.hidden_size)
        self.b_hn = weight("b_hn", jnp.zeros_like(self.b[0]) if b_hn is None else b_hn, self.hidden_size)
        self.reset_before = number(reset_before, bool)
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
        reset_before: bool = False,
    ) -> Self:
        """Draw the weights; with chrono, b_z = log U(1, chrono - 1) takes the update bias's place."""
        key_ih, key_hh, key_b, key_chrono, key_hn = keys.split(key, 5)
        b_z = chrono_bias(key_chrono, hidden_size, chrono, otherwise=update_bias)
        shift = np.stack([np.zeros_like(b_z), b_z, np.zeros_like(b_z)])
        return cls(
            W_ih=initialization.W_ih(key_ih, (3, hidden_size, input_size)),
            W_hh=initialization.W_hh(key_hh, (3, hidden_size, hidden_size)),
            b=initialization.b(key_b, (3, hidden_size)) + shift,
            b_hn=initialization.b(key_hn, (hidden_size,)),
            reset_before=reset_before,
            activation=activation,
        )

    def initial_state(self) -> GRUState:
        """Zeros."""
        return GRUState(h=jnp.zeros_like(self.b_hn))

    def step(self, state: GRUState, x: Array, tap: Tap) -> GRUState:
        """One time step."""
        h = state.h
        x_r, x_z, x_n = self.W_ih @ x + self.b
        u_r, u_z, u_n = self.W_hh @ h
        r, z = tap("r", self.sigma(x_r + u_r)), tap("z", self.sigma(x_z + u_z))
        after, before = r * (u_n + self.b_hn), self.W_hh[2] @ (r * h) + self.b_hn
        n = tap("n", self.phi(x_n + jnp.where(self.reset_before, before, after)))
        return GRUState(h=tap("h", z * h + (1 - z) * n))
