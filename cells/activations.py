"""The state nonlinearity phi: one row of a table, chosen by its place.

A place that is known is compiled in. A switch over all rows takes three times as long to compile and half as long again
to run, and stands only where the place is a traced array.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import Array, lax


class Activation(NamedTuple):
    """One row of the table.

    Attributes:
        label: name on the screen.
        formula: LaTeX of phi(x).
        function: phi itself, elementwise.
        max_slope: the largest |phi'(x)| over all x, dimensionless.
        saturation: (left, right): |phi'| stays below 0.01 beyond these x; None where it never does.
        slope: phi', where JAX's own loses its digits to a difference with 1 far out; None where it does not.
    """

    label: str
    formula: str
    function: Callable[[Array], Array]
    max_slope: float
    saturation: tuple[float | None, float | None]
    slope: Callable[[Array], Array] | None = None


def _tanh_slope(x: Array) -> Array:
    # 1 / cosh^2, where 1 - tanh^2 is exactly 0 beyond 19
    tail = jnp.exp(-2 * jnp.abs(x))
    return 4 * tail / (1 + tail) ** 2


def _sigmoid_slope(x: Array) -> Array:
    return jax.nn.sigmoid(x) * jax.nn.sigmoid(-x)


def _gelu(x: Array) -> Array:
    return jax.nn.gelu(x, approximate=False)


ACTIVATIONS: dict[str, Activation] = {
    "tanh": Activation("tanh", r"\tanh x", jnp.tanh, 1.0, (-2.993223, 2.993223), _tanh_slope),
    "sigmoid": Activation("sigmoid", r"1/(1+e^{-x})", jax.nn.sigmoid, 0.25, (-4.584868, 4.584868), _sigmoid_slope),
    "relu": Activation("ReLU", r"\max(0, x)", jax.nn.relu, 1.0, (0.0, None)),
    "leaky_relu": Activation("leaky ReLU", r"\max(0.01x, x)", jax.nn.leaky_relu, 1.0, (None, None)),
    "elu": Activation("ELU", r"x \text{ or } e^x - 1", jax.nn.elu, 1.0, (-4.605170, None)),
    "gelu": Activation("GELU", r"x\,\Phi(x)", _gelu, 1.128904, (-3.067425, None)),
    "silu": Activation("SiLU (swish)", r"x\,\sigma(x)", jax.nn.silu, 1.099839, (-6.261386, None)),
    "softsign": Activation("softsign", r"x/(1+|x|)", jax.nn.soft_sign, 1.0, (-9.0, 9.0)),
    "softplus": Activation("softplus", r"\ln(1+e^x)", jax.nn.softplus, 1.0, (-4.595120, None)),
    "sin": Activation("sin", r"\sin x", jnp.sin, 1.0, (None, None)),
    "hard_tanh": Activation("hard tanh", r"\max(-1, \min(1, x))", jax.nn.hard_tanh, 1.0, (-1.0, 1.0)),
    "identity": Activation("identity (linear)", "x", lambda x: x, 1.0, (None, None)),
}

_NAMES = tuple(ACTIVATIONS)


@jax.tree_util.register_static
@dataclass(frozen=True)
class Known:
    """A place in the table that is part of a program, as a shape is: no leaf of the tree it stands in."""

    position: int


Place = Known | Array
"""Which activation: known to the compiler, or a traced place in the table."""


def _slope_of(activation: Activation) -> Callable[[Array], Array]:
    return activation.slope or (lambda x: jax.jvp(activation.function, (x,), (jnp.ones_like(x),))[1])


def _with_slope(activation: Activation) -> Callable[[Array], Array]:
    """Phi whose derivative is the slope of the table."""
    if activation.slope is None:
        return activation.function
    phi = jax.custom_jvp(activation.function)
    phi.defjvp(lambda primals, tangents: (phi(*primals), activation.slope(*primals) * tangents[0]))
    return phi


_FUNCTIONS = tuple(map(_with_slope, ACTIVATIONS.values()))
_SLOPES = tuple(map(_slope_of, ACTIVATIONS.values()))


@cache
def index(name: str) -> int:
    """Position of an activation in the table.

    Raises:
        ValueError: the name is not in the table; the message lists those that are.
    """
    if name not in ACTIVATIONS:
        raise ValueError(f"activation: expected one of {', '.join(ACTIVATIONS)}; got {name!r}.")
    return _NAMES.index(name)


def name(position: int) -> str:
    """Name of the activation at a position of the table."""
    return _NAMES[int(position)]


def known(activation: str | int | Place) -> Place:
    """An activation given by name or by its place in the table, as a cell carries it; a traced place stays one.

    Raises:
        ValueError: it is not in the table.
    """
    if isinstance(activation, Known | jax.core.Tracer):
        return activation
    position = index(activation) if isinstance(activation, str) else int(activation)
    if not 0 <= position < len(_NAMES):
        raise ValueError(f"activation: expected a place from 0 to {len(_NAMES) - 1}, got {position}.")
    return Known(position)


def max_slope(position: Place) -> float | Array:
    """max|phi'| of the activation at a place of the table; a scalar."""
    slopes = [activation.max_slope for activation in ACTIVATIONS.values()]
    return slopes[position.position] if isinstance(position, Known) else jnp.asarray(slopes)[position]


def slope(position: Place, x: Array) -> Array:
    """phi'(x) of the activation at a place of the table; same shape as x."""
    return _SLOPES[position.position](x) if isinstance(position, Known) else lax.switch(jnp.int32(position), _SLOPES, x)


def apply(position: Place, x: Array) -> Array:
    """phi(x) of the activation at a place of the table; same shape as x."""
    return _FUNCTIONS[position.position](x) if isinstance(position, Known) else _chosen(position, x)


@jax.custom_jvp
def _chosen(position: Array, x: Array) -> Array:
    return lax.switch(jnp.int32(position), _FUNCTIONS, x)


@_chosen.defjvp
def _chosen_jvp(primals, tangents):
    # Left alone, the derivative of a switch keeps the residuals of all its branches, which triples a backward step.
    position, x = primals
    return _chosen(position, x), slope(position, x) * tangents[1]
