"""State Jacobians ds_t/ds_{t-1} and their products, with the exponent carried beside the numbers.

The whole state is one vector: its fields one after another, S = fields times H numbers.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import Array, lax
from jax.flatten_util import ravel_pytree

from cells import factoring
from cells.base import AbstractCell
from cells.programs import compiled
from cells.scaled import LOG10_2, Scaled
from cells.taps import identity
from cells.unroll import states_before, unroll


class Orbit(NamedTuple):
    """A forward pass, ready to be differentiated step by step; index 0 is step 1.

    Attributes:
        cell: the cell.
        before: (T, S) the state each step starts from.
        xs: (T, D) inputs.
        length: () steps really taken; the Jacobian of any other step is the identity.
        overflow: () first step whose state is not finite, counted from 1; 0 if there is none.
    """

    cell: AbstractCell
    before: Array
    xs: Array
    length: Array
    overflow: Array


@compiled
def orbit(cell: AbstractCell, xs: Array, *, length: int | Array | None = None) -> Orbit:
    """Run a cell over a sequence, to take Jacobians along the way.

    Args:
        cell: the cell.
        xs: (T, D) inputs.
        length: steps really taken, at most T; may be traced.
    """
    length = jnp.asarray(xs.shape[0] if length is None else length)
    trajectory = unroll(cell, xs, length=length)
    before = jnp.concatenate(states_before(cell.initial_state(), trajectory.states, length), axis=-1)
    return Orbit(cell, before, xs, length, trajectory.overflow)


def move(cell: AbstractCell, flat: Array, x: Array) -> Array:
    """One step of the whole state as one vector, (S,) to (S,)."""
    _, unravel = ravel_pytree(cell.initial_state())
    return jnp.concatenate(cell.step(unravel(flat), x, identity))


def jacobian(orbit: Orbit, step: Array) -> Array:
    """(S, S) ds_t/ds_{t-1} at a step counted from 1; the identity where the step was not taken."""
    place = jnp.clip(step - 1, 0, orbit.xs.shape[0] - 1)
    matrix = jax.jacrev(move, argnums=1)(orbit.cell, orbit.before[place], orbit.xs[place])
    taken = (1 <= step) & (step <= orbit.length)
    return jnp.where(taken, matrix, jnp.eye(matrix.shape[0], dtype=matrix.dtype))


def start(size: int, count: tuple[int, ...] = ()) -> Scaled:
    """Identity matrices to begin products with."""
    one = jnp.eye(size)
    return Scaled(jnp.broadcast_to(one, (*count, size, size)), jnp.zeros(count, jnp.int32))


def log10_rms_gain(matrices: Scaled, block: slice = slice(None)) -> Array:
    """log10 of the root mean square of the singular values, of a diagonal block or of all, (...); -inf for zero.

    This is what it does to a random direction: ‖M‖_F / sqrt(columns), 0 for an orthogonal matrix. The largest
    singular value lies between it and sqrt(columns) times it.
    """
    factor = matrices.value if block == slice(None) else matrices.value[..., block, block]
    largest = jnp.max(jnp.abs(factor), axis=(-2, -1))
    safe = jnp.where(largest == 0, 1, largest)
    squares = jnp.sum((factor / safe[..., None, None]) ** 2, axis=(-2, -1)) / factor.shape[-1]
    size = 0.5 * jnp.log10(squares) + jnp.log10(safe) + matrices.exponent * LOG10_2
    return jnp.where(largest == 0, -jnp.inf, size)


def log10_singular_values(matrices: Scaled) -> Array:
    """(..., S) log10 of the singular values, largest first; those below 1e-14 of the largest are lost and are -inf."""
    values = factoring.singular_values(matrices.value)
    resolved = values > 1e-14 * values[..., :1]
    logs = jnp.log10(jnp.where(resolved, values, 1)) + (matrices.exponent * LOG10_2)[..., None]
    return jnp.where(resolved, logs, -jnp.inf)


def log10_spectral_norm(matrices: Scaled) -> Array:
    """(...) log10 of the largest singular value, as the square root of the largest eigenvalue of MᵀM."""
    gram = jnp.swapaxes(matrices.value, -1, -2) @ matrices.value
    largest = factoring.symmetric_eigenvalues(gram)[..., -1]
    size = 0.5 * jnp.log10(jnp.where(largest > 0, largest, 1)) + matrices.exponent * LOG10_2
    return jnp.where(largest > 0, size, -jnp.inf)


def chain(orbit: Orbit, earlier: Array, later: Array, begin: Scaled) -> Scaled:
    """Product of the Jacobians of steps earlier + 1 to later, times `begin`."""

    def further(step: Array, product: Scaled) -> Scaled:
        return Scaled(jacobian(orbit, step) @ product.value, product.exponent).normalised()

    return lax.fori_loop(earlier + 1, later + 1, further, begin)


def fields_of(cell: AbstractCell) -> dict[str, tuple[int, int]]:
    """{field: (begin, end)} where each field of the state stands in the whole vector."""
    size = cell.hidden_size
    return {name: (place * size, (place + 1) * size) for place, name in enumerate(cell.State._fields)}
