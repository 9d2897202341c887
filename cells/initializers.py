"""How weights are drawn, as data: an index into a table of initialisers, and four scales.

The initialisers are `jax.nn.initializers`; this file adds the table, the gain and the spectral radius.
"""

import math
from collections.abc import Callable
from functools import cache, partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import Array, lax
from jax.nn import initializers

from cells.base import Hyperparameter


class Initializer(NamedTuple):
    """One row of the table.

    Attributes:
        label: name on the screen.
        function: (key, (H, H)) -> one square recurrent matrix, at gain 1.
        effective_gain: standard deviation of an entry times sqrt(H), for large H.
    """

    label: str
    function: Callable[[Array, tuple[int, int]], Array]
    effective_gain: float


def _pytorch(key: Array, shape: tuple[int, int]) -> Array:
    bound = shape[-1] ** -0.5
    return jax.random.uniform(key, shape, float, -bound, bound)


def _identity(key: Array, shape: tuple[int, int]) -> Array:
    return jnp.eye(shape[-1], dtype=float)


def _gaussian(key: Array, shape: tuple[int, int]) -> Array:
    return jax.random.normal(key, shape, float) * shape[-1] ** -0.5


INITIALIZERS: dict[str, Initializer] = {
    "orthogonal": Initializer("orthogonal", initializers.orthogonal(), 1.0),
    "gaussian": Initializer("Gaussian, std 1/√H", _gaussian, 1.0),
    "glorot_uniform": Initializer("Glorot uniform", initializers.glorot_uniform(), 1.0),
    "glorot_normal": Initializer("Glorot normal", initializers.glorot_normal(), 1.0),
    "he": Initializer("He normal", initializers.he_normal(), 2**0.5),
    "lecun": Initializer("LeCun normal", initializers.lecun_normal(), 1.0),
    "pytorch": Initializer("PyTorch's U(±1/√H)", _pytorch, 3**-0.5),
    "identity": Initializer("identity (IRNN)", _identity, 1.0),
}

_NAMES = tuple(INITIALIZERS)
_FUNCTIONS = tuple(initializer.function for initializer in INITIALIZERS.values())


def _draw(function: Callable, shape: tuple[int, int], keys: Array) -> Array:
    return jax.vmap(lambda key: function(key, shape))(keys)


@cache
def index(name: str) -> int:
    """Position of an initialiser in the table.

    Raises:
        ValueError: the name is not in the table; the message lists those that are.
    """
    if name not in INITIALIZERS:
        raise ValueError(f"recurrent: expected one of {', '.join(INITIALIZERS)}; got {name!r}.")
    return _NAMES.index(name)


def rescale(W: Array, spectral_radius: float | Array) -> Array:
    """Each square block of W (..., H, H) scaled so that its largest absolute eigenvalue is `spectral_radius`.

    0 leaves W as it is. A nilpotent block has spectral radius 0 whatever its scale, so it is left as it is too.
    """

    def scaled(W: Array) -> Array:
        radius = jnp.max(jnp.abs(jnp.linalg.eigvals(W)), axis=-1)[..., None, None]
        return W * jnp.where(radius > 1e-12, spectral_radius / radius, 1.0)

    return lax.cond(jnp.asarray(spectral_radius) > 0, scaled, lambda W: W, W)


class Initialization(NamedTuple):
    """How one cell's weights are drawn. Every field may be a traced array.

    Attributes:
        recurrent: initialiser of W_hh, by name or by place in the table.
        gain: factor on W_hh, dimensionless.
        spectral_radius: if above 0, each square block of W_hh is first rescaled to it; the gain comes after.
        input_scale: factor on W_ih, which is drawn Glorot uniform for the channels in use.
        bias_scale: standard deviation of b, dimensionless.
        given: (used, W): where `used`, the recurrent weights are W instead of drawn; radius and gain apply to them too.
        fan: another factor on W_ih, for an input that does not use all its channels.
    """

    recurrent: str | int | Array = "orthogonal"
    gain: float | Array = 1.0
    spectral_radius: float | Array = 0.0
    input_scale: float | Array = 1.0
    bias_scale: float | Array = 0.0
    given: tuple[Array, Array] | None = None
    fan: float | Array = 1.0

    def W_hh(self, key: Array, shape: tuple[int, ...]) -> Array:
        """Recurrent weights (..., H, H): every square block drawn by itself."""
        *blocks, rows, columns = shape
        position = index(self.recurrent) if isinstance(self.recurrent, str) else self.recurrent
        keys = jax.random.split(key, math.prod(blocks))
        branches = [partial(_draw, function, (rows, columns)) for function in _FUNCTIONS]
        W = lax.switch(position, branches, keys).reshape(shape)
        if self.given is not None:
            W = jnp.where(self.given[0], self.given[1], W)
        return self.gain * rescale(W, self.spectral_radius)

    def W_ih(self, key: Array, shape: tuple[int, ...]) -> Array:
        """Input weights (..., H, D), Glorot uniform: bound sqrt(6 / (D + H)), times `input_scale` and `fan`."""
        bound = (6 / (shape[-1] + shape[-2])) ** 0.5
        return self.input_scale * self.fan * jax.random.uniform(key, shape, float, -bound, bound)

    def b(self, key: Array, shape: tuple[int, ...]) -> Array:
        """Biases, Gaussian around 0."""
        return self.bias_scale * jax.random.normal(key, shape, float)


DEFAULT_INITIALIZATION = Initialization()
FORGET_BIAS = Hyperparameter(
    "forget_bias",
    "forget bias",
    1.0,
    -10.0,
    10.0,
    "Added to the forget gate's bias: at 0 the gate starts half open; at b it remembers about 1 + e^b steps.",
    leading=True,
    replaced_by="chrono",
)
UPDATE_BIAS = Hyperparameter(
    "update_bias",
    "update bias",
    0.0,
    -10.0,
    10.0,
    "Added to the update gate's bias: above 0 the gate keeps more of the old state.",
    leading=True,
    replaced_by="chrono",
)
KEEP_BIAS = Hyperparameter(
    "keep_bias",
    "keep bias",
    0.0,
    -10.0,
    10.0,
    "Subtracted from the bias of a gate that writes: above 0 it keeps more of the old state.",
    leading=True,
    replaced_by="chrono",
)
CHRONO = Hyperparameter(
    "chrono",
    "chrono memory (steps, 0 is off)",
    0.0,
    0.0,
    10000.0,
    "Draws the gates' biases so that the units remember between 2 and this many steps, evenly; takes the place of the "
    "forget or update bias.",
)


def chrono_bias(key: Array, hidden_size: int, longest: float | Array, *, otherwise: float | Array) -> Array:
    """Chrono initialisation: log U(1, longest - 1), so that 1 + e^b is uniform on [2, longest] steps.

    Args:
        key: PRNG key.
        hidden_size: number of units.
        longest: longest memory in steps, 0 for off; no unit remembers fewer than 2.
        otherwise: bias of every unit where chrono is off.

    Returns:
        (H,) biases.

    Reference:
        Tallec and Ollivier (2018), section 3.
    """
    span = jax.random.uniform(key, (hidden_size,), float) * jnp.maximum(longest - 2.0, 0.0)
    return jnp.where(longest > 0, jnp.log1p(span), otherwise)
