"""The vanilla recurrent network of Elman."""

from typing import ClassVar, NamedTuple, Self

import jax.numpy as jnp
from jax import Array

from cells import activations, factoring, keys
from cells.activations import Place, known
from cells.base import AbstractCell, Bound, weight
from cells.initializers import DEFAULT_INITIALIZATION, Initialization
from cells.keys import Key
from cells.taps import Tap


class RNNState(NamedTuple):
    """State of the vanilla RNN."""

    h: Array  # (H,) hidden state


class RNN(AbstractCell):
    r"""Vanilla (Elman) recurrent network.

    $$h_t = \phi(W_{ih} x_t + W_{hh} h_{t-1} + b)$$

    Its state Jacobian is diag(phi'(a_t)) W_hh: one matrix, the same at every step, times slopes of at most max|phi'|.
    Should not be confused with the equation x_t = W phi(x_{t-1}) + b of Pascanu et al., which is the same network
    seen before the nonlinearity, nor with a Jordan network, which feeds back its output.

    Reference:
        Elman (1990), Finding structure in time; Pascanu, Mikolov and Bengio (2013), On the difficulty of training
        recurrent neural networks, section 2.1.
    """

    W_ih: Array  # (H, D)
    W_hh: Array  # (H, H)
    b: Array  # (H,)
    activation: Place

    label: ClassVar[str] = "RNN"
    State: ClassVar[type] = RNNState
    equations: ClassVar[tuple[str, ...]] = (r"h_t = \phi(W_{ih} x_t + W_{hh} h_{t-1} + b)",)
    bounds: ClassVar[tuple[Bound, ...]] = (
        Bound("σ₁·max|φ′|", "An upper bound at every step: a factor below 1 forces the gradient to vanish."),
        Bound("ρ(W)", "A linear network's factor per step in the long run; a nonlinear one need not follow it."),
    )
    mean_field: ClassVar[bool] = True
    order: ClassVar[int] = 10

    def __init__(self, *, W_ih, W_hh, b, activation="tanh"):
        """Weights given: W_ih (H, D), W_hh (H, H), b (H,). PyTorch's two bias vectors are added into b."""
        self.W_ih = weight("W_ih", W_ih, None, None)
        self.W_hh = weight("W_hh", W_hh, self.hidden_size, self.hidden_size)
        self.b = weight("b", b, self.hidden_size)
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
            W_ih=initialization.W_ih(key_ih, (hidden_size, input_size)),
            W_hh=initialization.W_hh(key_hh, (hidden_size, hidden_size)),
            b=initialization.b(key_b, (hidden_size,)),
            activation=activation,
        )

    def initial_state(self) -> RNNState:
        """Zeros."""
        return RNNState(h=jnp.zeros_like(self.b))

    def step(self, state: RNNState, x: Array, tap: Tap) -> RNNState:
        """One time step."""
        h = tap("h", self.phi(self.W_ih @ x + self.W_hh @ state.h + self.b))
        return RNNState(h=h)

    def bound_growths(self) -> Array:
        """Both theory lines of Pascanu et al. (2013), section 2.1."""
        spectral_norm = factoring.singular_values(self.W_hh)[0]
        spectral_radius = jnp.max(jnp.abs(factoring.eigenvalues(self.W_hh)))
        spectral_radius = jnp.where(spectral_radius < factoring.rounding(spectral_norm), 0.0, spectral_radius)
        return jnp.stack([spectral_norm * activations.max_slope(self.activation), spectral_radius])
