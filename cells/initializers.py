"""How weights are drawn: an index into a table of initialisers, and four scales.

The initialisers are those of `jax.nn.initializers`, in NumPy, for square matrices and from many keys at once. This file
adds the table, the gain and the spectral radius.
"""

import math
from collections.abc import Callable
from functools import cache
from typing import NamedTuple

import numpy as np

from cells import keys
from cells.base import Hyperparameter
from cells.keys import Key

TRUNCATED_DEVIATION = 0.87962566103423978
"""Standard deviation of a normal distribution that is cut off at 2."""


class Initializer(NamedTuple):
    """One row of the table.

    Attributes:
        label: name on the screen.
        function: (keys (B, 2), (H, H)) -> B square recurrent matrices, at gain 1.
        effective_gain: standard deviation of an entry times sqrt(H), for large H.
    """

    label: str
    function: Callable[[Key, tuple[int, int]], np.ndarray]
    effective_gain: float


def orthogonal(key: Key, shape: tuple[int, int]) -> np.ndarray:
    """Square orthogonal matrices, uniformly distributed: Q of a Gaussian matrix with the signs that make diag R > 0."""
    Q, R = np.linalg.qr(keys.normal(key, shape))
    return Q * np.sign(np.diagonal(R, axis1=-2, axis2=-1))[..., None, :]


def gaussian(key: Key, shape: tuple[int, int]) -> np.ndarray:
    """Standard deviation 1/sqrt(H)."""
    return keys.normal(key, shape) * shape[-1] ** -0.5


def glorot_uniform(key: Key, shape: tuple[int, int]) -> np.ndarray:
    """Variance 2 / (inputs + outputs)."""
    return math.sqrt(6 / sum(shape)) * keys.uniform(key, shape, -1.0, 1.0)


def glorot_normal(key: Key, shape: tuple[int, int]) -> np.ndarray:
    """Variance 2 / (inputs + outputs), cut off at two standard deviations."""
    return _truncated(key, shape, 2 / sum(shape))


def he_normal(key: Key, shape: tuple[int, int]) -> np.ndarray:
    """Variance 2/H, cut off at two standard deviations."""
    return _truncated(key, shape, 2 / shape[-1])


def lecun_normal(key: Key, shape: tuple[int, int]) -> np.ndarray:
    """Variance 1/H, cut off at two standard deviations."""
    return _truncated(key, shape, 1 / shape[-1])


def pytorch(key: Key, shape: tuple[int, int]) -> np.ndarray:
    """Uniform between -1/sqrt(H) and 1/sqrt(H)."""
    bound = shape[-1] ** -0.5
    return keys.uniform(key, shape, -bound, bound)


def identity(key: Key, shape: tuple[int, int]) -> np.ndarray:
    """The same for every key."""
    return np.broadcast_to(np.eye(shape[-1]), (*keys.words(key).shape[:-1], *shape))


def _truncated(key: Key, shape: tuple[int, int], variance: float) -> np.ndarray:
    return keys.truncated_normal(key, shape) * (math.sqrt(variance) / TRUNCATED_DEVIATION)


INITIALIZERS: dict[str, Initializer] = {
    "orthogonal": Initializer("orthogonal", orthogonal, 1.0),
    "gaussian": Initializer("Gaussian, std 1/√H", gaussian, 1.0),
    "glorot_uniform": Initializer("Glorot uniform", glorot_uniform, 1.0),
    "glorot_normal": Initializer("Glorot normal", glorot_normal, 1.0),
    "he": Initializer("He normal", he_normal, 2**0.5),
    "lecun": Initializer("LeCun normal", lecun_normal, 1.0),
    "pytorch": Initializer("PyTorch's U(±1/√H)", pytorch, 3**-0.5),
    "identity": Initializer("identity (IRNN)", identity, 1.0),
}

_NAMES = tuple(INITIALIZERS)
_FUNCTIONS = tuple(initializer.function for initializer in INITIALIZERS.values())


@cache
def index(name: str) -> int:
    """Position of an initialiser in the table.

    Raises:
        ValueError: the name is not in the table; the message lists those that are.
    """
    if name not in INITIALIZERS:
        raise ValueError(f"recurrent: expected one of {', '.join(INITIALIZERS)}; got {name!r}.")
    return _NAMES.index(name)


def rescale(W: np.ndarray, spectral_radius: float) -> np.ndarray:
    """Each square block of W (..., H, H) scaled so that its largest absolute eigenvalue is `spectral_radius`.

    0 leaves W as it is. A nilpotent block has spectral radius 0 whatever its scale, so it is left as it is too.
    """
    if spectral_radius <= 0:
        return W
    radius = np.abs(np.linalg.eigvals(W)).max(axis=-1)[..., None, None]
    alive = radius > 1e-12
    return W * np.where(alive, spectral_radius / np.where(alive, radius, 1.0), 1.0)


class Initialization(NamedTuple):
    """How one cell's weights are drawn.

    Attributes:
        recurrent: initialiser of W_hh, by name or by place in the table.
        gain: factor on W_hh, dimensionless.
        spectral_radius: if above 0, each square block of W_hh is first rescaled to it; the gain comes after.
        input_scale: factor on W_ih, which is drawn Glorot uniform for the channels in use.
        bias_scale: standard deviation of b, dimensionless.
        given: recurrent weights in the place of drawn ones; radius and gain apply to them too. None where they are
            drawn.
        fan: another factor on W_ih, for an input that does not use all its channels.
    """

    recurrent: str | int = "orthogonal"
    gain: float = 1.0
    spectral_radius: float = 0.0
    input_scale: float = 1.0
    bias_scale: float = 0.0
    given: np.ndarray | None = None
    fan: float = 1.0

    def W_hh(self, key: Key, shape: tuple[int, ...]) -> np.ndarray:
        """Recurrent weights (..., H, H): every square block drawn by itself."""
        if self.given is not None:
            return self.gain * rescale(np.reshape(self.given, shape), self.spectral_radius)
        position = index(self.recurrent) if isinstance(self.recurrent, str) else int(self.recurrent)
        *blocks, rows, columns = shape
        W = _FUNCTIONS[position](keys.split(key, math.prod(blocks)), (rows, columns)).reshape(shape)
        return self.gain * rescale(W, self.spectral_radius)

    def W_ih(self, key: Key, shape: tuple[int, ...]) -> np.ndarray:
        """Input weights (..., H, D), Glorot uniform: bound sqrt(6 / (D + H)), times `input_scale` and `fan`."""
        bound = (6 / (shape[-1] + shape[-2])) ** 0.5
        return self.input_scale * self.fan * keys.uniform(key, shape, -bound, bound)

    def b(self, key: Key, shape: tuple[int, ...]) -> np.ndarray:
        """Biases, Gaussian around 0."""
        return self.bias_scale * keys.normal(key, shape)


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


def chrono_bias(key: Key, hidden_size: int, longest: float, *, otherwise: float) -> np.ndarray:
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
    if longest <= 0:
        return np.full(hidden_size, float(otherwise))
    return np.log1p(keys.uniform(key, (hidden_size,)) * max(longest - 2.0, 0.0))
