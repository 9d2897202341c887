"""Linear recurrent unit."""

import math
from typing import ClassVar, NamedTuple, Self

import jax.numpy as jnp
import numpy as np
from jax import Array

from cells import keys
from cells.activations import Place, known
from cells.base import AbstractCell, Bound, Gate, Hyperparameter, weight
from cells.initializers import DEFAULT_INITIALIZATION, Initialization
from cells.keys import Key
from cells.taps import Tap

NEARLY = 1e-12
"""How far the square of |lambda| stays from 0 and from 1, where its logarithms end."""


class LRUState(NamedTuple):
    """State of the LRU: the complex number h + iq in two parts."""

    h: Array  # (H,) real part
    q: Array  # (H,) imaginary part


class LRU(AbstractCell):
    r"""Linear recurrent unit: every unit is a complex number, turned and shrunk by its own eigenvalue.

    $$s_t = \lambda \odot s_{t-1} + \gamma \odot (B x_t + b) \qquad s = h + iq$$
    $$\lambda = \exp(-e^\nu + i e^\theta) \qquad \gamma = \sqrt{1 - |\lambda|^2}$$

    The real parts of B and b come first, then the imaginary ones. There is no W_hh and no phi; the whole state Jacobian
    is lambda, the same at every step, and |lambda| < 1 for any weights. With unit white noise, E|s|^2 is the squared
    length of a row of B: gamma undoes the growth of slow units. Here gamma follows lambda; the paper trains it from
    there. B is drawn as every cell's W_ih, and b, which the paper does not have, starts at 0. What the paper puts
    behind the recurrence (C, D, a gated layer) acts within one step and is left out: the loss reads h. Should not be
    confused with a vanilla RNN with the identity for phi, whose eigenvalues nothing bounds.

    Reference:
        Orvieto et al. (2023), Resurrecting recurrent neural networks for long sequences, sections 3.2 to 3.4.
    """

    W_ih: Array  # (2, H, D), real and imaginary part of B
    W_hh: None
    nu: Array  # (H,) |lambda| = exp(-exp(nu))
    theta: Array  # (H,) the angle of lambda is exp(theta)
    b: Array  # (2, H)
    activation: Place

    label: ClassVar[str] = "LRU"
    State: ClassVar[type] = LRUState
    gates: ClassVar[tuple[Gate, ...]] = (
        Gate("u", "input, real part", -math.inf, math.inf),
        Gate("v", "input, imaginary part", -math.inf, math.inf),
    )
    equations: ClassVar[tuple[str, ...]] = (
        r"\lambda = \exp(-e^\nu + i e^\theta)",
        r"u_t + i v_t = \sqrt{1 - |\lambda|^2} \odot (B x_t + b)",
        r"h_t + i q_t = \lambda \odot (h_{t-1} + i q_{t-1}) + u_t + i v_t",
    )
    direct: ClassVar[dict[str, str]] = {"h": "Re λ", "q": "Re λ"}
    recurrence: ClassVar[str] = "Λ"
    nonlinear: ClassVar[bool] = False
    bounds: ClassVar[tuple[Bound, ...]] = (
        Bound("max|λ|", "The slowest unit's factor at every step: nothing fades slower."),
        Bound("min|λ|", "The fastest unit's factor at every step: nothing fades faster."),
    )
    hyperparameters: ClassVar[tuple[Hyperparameter, ...]] = (
        Hyperparameter("r_min", "smallest |λ|", 0.9, 0.0, 1.0, "Where the ring of eigenvalues begins.", leading=True),
        Hyperparameter("r_max", "largest |λ|", 0.999, 0.0, 1.0, "Where the ring of eigenvalues ends.", leading=True),
        Hyperparameter(
            "max_phase",
            "largest angle (radians a step)",
            6.28,
            0.001,
            6.28,
            "Angles are drawn evenly between 0 and this: a small one makes every unit turn slowly.",
        ),
    )
    order: ClassVar[int] = 80

    def __init__(self, *, W_ih, nu, theta, b, activation="tanh"):
        """Weights given: W_ih (2, H, D) and b (2, H), real part first; nu (H,), theta (H,)."""
        self.W_ih = weight("W_ih", W_ih, 2, None, None)
        self.W_hh = None
        self.nu = weight("nu", nu, self.hidden_size)
        self.theta = weight("theta", theta, self.hidden_size)
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
        r_min: float = 0.9,
        r_max: float = 0.999,
        max_phase: float = 6.28,
    ) -> Self:
        """Draw the weights; eigenvalues are even over the ring's area between r_min and r_max (paper, lemma 3.2)."""
        key_ih, key_b, key_size, key_angle = keys.split(key, 4)
        share = keys.uniform(key_size, (hidden_size,))
        squares = np.clip(r_min**2 + share * (r_max**2 - r_min**2), NEARLY, 1 - NEARLY)
        angles = max_phase * keys.uniform(key_angle, (hidden_size,), NEARLY, 1.0)
        return cls(
            W_ih=initialization.W_ih(key_ih, (2, hidden_size, input_size)),
            nu=np.log(-0.5 * np.log(squares)),
            theta=np.log(angles),
            b=initialization.b(key_b, (2, hidden_size)),
            activation=activation,
        )

    def initial_state(self) -> LRUState:
        """Zeros."""
        return LRUState(h=jnp.zeros_like(self.b[0]), q=jnp.zeros_like(self.b[0]))

    def step(self, state: LRUState, x: Array, tap: Tap) -> LRUState:
        """One time step."""
        size, angle = jnp.exp(-jnp.exp(self.nu)), jnp.exp(self.theta)
        real, imaginary = size * jnp.cos(angle), size * jnp.sin(angle)
        gamma = jnp.sqrt(-jnp.expm1(-2 * jnp.exp(self.nu)))
        a_u, a_v = self.W_ih @ x + self.b
        u, v = tap("u", gamma * a_u), tap("v", gamma * a_v)
        h = tap("h", real * state.h - imaginary * state.q + u)
        q = tap("q", imaginary * state.h + real * state.q + v)
        return LRUState(h=h, q=q)

    def recurrent_matrix(self) -> Array:
        """(1, 2H, 2H): lambda as the real matrix that turns and shrinks (h, q); its eigenvalues are lambda in pairs."""
        size, angle = jnp.exp(-jnp.exp(self.nu)), jnp.exp(self.theta)
        real, imaginary = jnp.diag(size * jnp.cos(angle)), jnp.diag(size * jnp.sin(angle))
        return jnp.block([[real, -imaginary], [imaginary, real]])[None]

    def bound_growths(self) -> Array:
        """The largest and the smallest |lambda|."""
        size = jnp.exp(-jnp.exp(self.nu))
        return jnp.stack([size.max(), size.min()])
