"""How does one state move the next? The state Jacobians along an orbit, and products of them.

Every product carries its own exponent, as the adjoint does, so its logarithm is right over thousands of steps.
"""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import Array, lax
from jax.flatten_util import ravel_pytree

from cells.analyses.adjoint import LOG10_2, power_of_two
from cells.base import AbstractCell
from cells.taps import Instrument, Surgery
from cells.unroll import states_before, unroll


class Scaled(NamedTuple):
    """Matrices factor * 2^exponent, with the largest entry of `factor` between 1/2 and 1.

    Attributes:
        factor: (..., S, S).
        exponent: (...) integers.
    """

    factor: Array
    exponent: Array


def state_jacobians(
    cell: AbstractCell,
    xs: Array,
    *,
    length: int | Array | None = None,
    initial_state: Any = None,
    surgery: Surgery | None = None,
) -> Array:
    """J_t = ds_t/ds_{t-1} along the orbit, all fields of the state varied independently.

    Args:
        cell: the cell.
        xs: (T, D) inputs.
        length: steps really taken, at most T, may be traced; a step not taken has the identity.
        initial_state: state before step 1; the cell's own where None.
        surgery: what is held or blocked; nothing where None.

    Returns:
        (T, S, S), S the sum of the fields' sizes, in the order of the state's fields; index 0 is step 1.
    """
    if initial_state is None:
        initial_state = cell.initial_state()
    trajectory = unroll(cell, xs, length=length, initial_state=initial_state, surgery=surgery)
    before = states_before(initial_state, trajectory.states)
    flat, unravel = ravel_pytree(initial_state)
    steps = jnp.arange(1, xs.shape[0] + 1)

    def one_step(vector, step, x):
        return ravel_pytree(cell.step(unravel(vector), x, Instrument(step, surgery)))[0]

    vectors = jax.vmap(lambda state: ravel_pytree(state)[0])(before)
    jacobians = jax.vmap(jax.jacrev(one_step))(vectors, steps, xs)
    if length is None:
        return jacobians
    return jnp.where((steps <= length)[:, None, None], jacobians, jnp.eye(flat.size))


def scaled(matrices: Array) -> Scaled:
    """The same matrices with a power of two taken out of each; a zero matrix keeps exponent 0."""
    largest = jnp.max(jnp.abs(matrices), axis=(-2, -1))
    limit = jnp.finfo(matrices.dtype).maxexp - 2
    exponent = jnp.clip(jnp.frexp(largest)[1], -limit, limit)
    return Scaled(matrices * power_of_two(-exponent, matrices.dtype)[..., None, None], exponent)


def product(later: Scaled, earlier: Scaled) -> Scaled:
    """The product later @ earlier, scaled again; leading axes go together."""
    found = scaled(later.factor @ earlier.factor)
    return Scaled(found.factor, found.exponent + later.exponent + earlier.exponent)


def log10_gain(matrices: Scaled) -> Array:
    """log10 of the root-mean-square gain ||M||_F / sqrt(columns): 0 for an orthogonal matrix, -inf for zero.

    The gain of a random direction; the largest singular value lies between it and sqrt(columns) times it.
    """
    mean = jnp.sum(matrices.factor**2, axis=(-2, -1)) / matrices.factor.shape[-1]
    safe = jnp.where(mean == 0, 1, mean)
    return jnp.where(mean == 0, -jnp.inf, jnp.log10(safe) / 2 + matrices.exponent * LOG10_2)


def segments(jacobians: Array, count: int) -> Scaled:
    """Products of the Jacobians over `count` equal stretches of time.

    Args:
        jacobians: (T, S, S), T a multiple of count.
        count: number of stretches.

    Returns:
        Scaled (count, S, S): entry j is J_{(j+1)m} ... J_{jm+1} with m = T / count.
    """
    size = jacobians.shape[-1]
    grouped = jnp.swapaxes(jacobians.reshape(count, -1, size, size), 0, 1)
    start = Scaled(jnp.broadcast_to(jnp.eye(size), (count, size, size)), jnp.zeros(count, jnp.int32))
    found, _ = lax.scan(lambda carry, later: (product(scaled(later), carry), None), start, grouped)
    return found
