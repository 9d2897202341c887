"""Why does the loss jump? A few steps of gradient descent from here, with and without clipping."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import optax
from jax import Array, lax

from cells.base import AbstractCell
from cells.programs import compiled
from cells.unroll import unroll

UPDATES = 60
"""Updates taken."""


class Descent(NamedTuple):
    """A walk of gradient descent; index 0 is before the first update.

    Attributes:
        loss: (UPDATES + 1,) 0.5 H (m - target)², m the mean of the units of h_T.
        log10_norm: (UPDATES + 1,) log10 norm of its gradient with respect to all weights, before clipping.
    """

    loss: Array
    log10_norm: Array


@compiled
def descent(
    cell: AbstractCell, xs: Array, length: Array, learning_rate: Array, clip: Array, target: Array = 0.5
) -> Descent:
    """Plain gradient descent on one sequence: optax.sgd behind optax.clip_by_global_norm.

    Args:
        cell: the cell it starts from.
        xs: (T, D) inputs.
        length: steps really taken.
        learning_rate: of every weight.
        clip: largest norm of an update before the learning rate; inf for none.
        target: what the mean of the units at the last step is brought towards.
    """
    begun = {name: getattr(cell, name) for name in cell.weights()}
    optimizer = optax.chain(optax.clip_by_global_norm(clip), optax.sgd(learning_rate))

    def value(weights: dict[str, Array]) -> Array:
        h = unroll(cell.with_weights(**weights), xs, length=length).states.h[length - 1]
        return 0.5 * h.shape[-1] * (jnp.mean(h) - target) ** 2

    def update(carry: tuple, _: None) -> tuple[tuple, tuple[Array, Array]]:
        weights, state = carry
        loss, gradient = jax.value_and_grad(value)(weights)
        changes, state = optimizer.update(gradient, state)
        return (optax.apply_updates(weights, changes), state), (loss, jnp.log10(optax.tree.norm(gradient)))

    _, (loss, norm) = lax.scan(update, (begun, optimizer.init(begun)), length=UPDATES + 1)
    return Descent(loss, norm)
