"""What does the error of one neuron look like over its weight and bias? A plain with a cliff.

x_t = w sigma(x_{t-1}) + b from x_0 = 0.5, and E = (sigma(x_50) - 0.7)².

Where b = 0.5 - w sigma(0.5) the start is a fixed point. For w > 1/sigma'(0.5) = 4.2553 it is unstable: a hair to one
side or the other the neuron ends on different attractors, and E falls off a cliff along that line.

Reference:
    Pascanu, Mikolov and Bengio (2013), arXiv 1211.5063, section 2.3, equation 8 and figure 6.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jax import Array, lax
from jax.nn import sigmoid

from cells.programs import compiled

STEPS = 50
START = 0.5
TARGET = 0.7
UPDATES = 400


def error(point: Array) -> Array:
    """E at a point (w, b)."""
    w, b = point

    def further(x: Array, _: None) -> tuple[Array, None]:
        return w * sigmoid(x) + b, None

    last, _ = lax.scan(further, jnp.asarray(START), None, length=STEPS)
    return (sigmoid(last) - TARGET) ** 2


slope_and_error = compiled(jax.value_and_grad(error))
"""(E, dE/d(w, b)) at a point (w, b), by automatic differentiation."""


@compiled
def surface(ws: Array, bs: Array) -> Array:
    """E on a grid, (biases, weights)."""
    return jax.vmap(lambda b: jax.vmap(lambda w: error(jnp.stack([w, b])))(ws))(bs)


class Cliff(NamedTuple):
    """The cliff at one weight, in closed form.

    Attributes:
        b: bias of the cliff.
        error: E on it.
        gradient: (dE/dw, dE/db).
        norm: its length.
    """

    b: float
    error: float
    gradient: tuple[float, float]
    norm: float


def cliff(w: float) -> Cliff:
    """Where the cliff is, and how steep, without running the neuron.

    On it x_t = 0.5 for ever, so every Jacobian is J = w sigma'(0.5), and dE/db = 2 (sigma(0.5) - 0.7) sigma'(0.5)
    (J^50 - 1)/(J - 1); dE/dw is sigma(0.5) times that.
    """
    s = 1.0 / (1.0 + np.exp(-START))
    slope = s * (1.0 - s)
    jacobian = w * slope
    summed = (jacobian**STEPS - 1.0) / (jacobian - 1.0) if jacobian != 1.0 else float(STEPS)
    by_b = 2.0 * (s - TARGET) * slope * summed
    return Cliff(
        float(START - w * s),
        float((s - TARGET) ** 2),
        (float(s * by_b), float(by_b)),
        float(abs(by_b) * np.hypot(1.0, s)),
    )


class Walk(NamedTuple):
    """Gradient descent from one point; the first axis is the walk.

    Attributes:
        points: (walks, UPDATES + 1, 2) (w, b) before every update and after the last.
        errors: (walks, UPDATES + 1) E there.
        norms: (walks, UPDATES + 1) length of the gradient there, before it is clipped.
    """

    points: Array
    errors: Array
    norms: Array


@compiled
def descend(start: Array, rate: Array, limits: Array) -> Walk:
    """Plain gradient descent, once for every limit of the gradient's norm.

    Args:
        start: (2,) w and b.
        rate: learning rate.
        limits: (walks,) largest length of a gradient; a longer one keeps its direction and is cut to this. inf never
            cuts.
    """

    def walk(limit: Array) -> Walk:
        rule = optax.chain(optax.clip_by_global_norm(limit), optax.sgd(rate))

        def further(carry, _: None):
            point, memory = carry
            value, gradient = jax.value_and_grad(error)(point)
            step, memory = rule.update(gradient, memory, point)
            return (optax.apply_updates(point, step), memory), Walk(point, value, jnp.linalg.norm(gradient))

        return lax.scan(further, (start, rule.init(start)), None, length=UPDATES + 1)[1]

    return jax.vmap(walk)(limits)
