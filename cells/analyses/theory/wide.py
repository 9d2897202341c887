"""What does an activation cost a step in a wide network? Measured, not derived."""

import jax
import jax.numpy as jnp
from jax import Array, lax

from cells import activations, keys
from cells.initializers import orthogonal

UNITS = 64
STEPS = 300


def factor_in_a_wide_net(activation: int, seed: int) -> Array:
    """Mean log10 factor a step of a gradient in h_t = phi(Q h_{t-1} + x_t), Q orthogonal, x ~ N(0, 1) for every unit.

    A random direction is carried forward by automatic differentiation and brought back to length 1 at every step;
    forward and backward the mean factor is the same. -inf where the direction is lost.

    Args:
        activation: place in the table of activations.
        seed: of Q, of the inputs and of the direction.
    """
    weights, inputs, direction = keys.split(keys.key(seed), 3)
    Q = orthogonal(weights, (UNITS, UNITS))
    return _mean_factor(activation, Q, keys.normal(inputs, (STEPS, UNITS)), keys.normal(direction, (UNITS,)))


@jax.jit
def _mean_factor(activation: Array, Q: Array, xs: Array, first: Array) -> Array:
    def further(carry: tuple[Array, Array], x: Array) -> tuple[tuple[Array, Array], Array]:
        h, push = carry
        a, moved = Q @ h + x, Q @ push
        moved = activations.slope(activation, a) * moved
        length = jnp.linalg.norm(moved)
        return (activations.apply(activation, a), moved / jnp.where(length > 0, length, 1.0)), jnp.log10(length)

    start = (jnp.zeros(UNITS), first / jnp.linalg.norm(first))
    return jnp.mean(lax.scan(further, start, xs)[1])
