"""How much of the gradient takes the direct path? The product of its factors, what comes by every other way, and both.

d s_T / d s_t splits exactly: the direct part D_t is the diagonal of the product of factors (f for the LSTM's c, z for
the GRU's h), and the remainder follows R_{t-1} = R_t J_t + D_t (J_t - diag(factor_t)). Each carries its own exponent,
so both are right where floating point has ended.
"""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import Array, lax

from cells.analyses.adjoint import combined, log10_norm, normalise
from cells.base import AbstractCell
from cells.program import program
from cells.taps import Instrument, Surgery

ROWS = 32
"""Largest hidden size whose whole Jacobian is carried; beyond, as many random rows stand for it."""


class Highway(NamedTuple):
    """log10 Frobenius norms of d(field_T)/d(field_t); index 0 is t = 1, T the last step with a loss; -inf beyond it.

    Up to ROWS units the norms are exact; beyond, the mean square over ROWS random directions stands for them.

    Attributes:
        direct: (T,) the product of the direct factors alone.
        remainder: (T,) everything else: through the candidate, the gates and the other fields.
        total: (T,) the whole.
    """

    direct: Array
    remainder: Array
    total: Array


def highway(
    cell: AbstractCell, xs: Array, before: Any, last: Array, field: str, *, surgery: Surgery | None = None
) -> Highway:
    """Split the gradient of one field of the state.

    Args:
        cell: the cell.
        xs: (T, D) inputs.
        before: the cell's State with fields (T, H), what each step starts from.
        last: the step whose state is differentiated, counted from 1.
        field: a field of `cell.direct`.
        surgery: gates that are held; what it blocks is ignored.

    Returns:
        Highway.
    """
    steps = program(type(cell), cell.input_size, cell.hidden_size)
    start = _directions(cell.hidden_size, xs.dtype)
    nothing = type(before)(*(jnp.zeros_like(start) for _ in before))
    if surgery is not None:
        surgery = surgery._replace(blocked={name: jnp.zeros_like(held) for name, held in surgery.blocked.items()})

    def retreat(carry, inputs):
        step, state, x = inputs
        (direct, up), (rest, across) = carry
        direct, up = jnp.where(step == last, start, direct), jnp.where(step == last, 0, up)
        sizes = _sizes(direct, up, getattr(rest, field), across)

        def one_step(state):
            return cell.step(state, x, Instrument(step, surgery))

        def alone(value):
            following = steps.run(cell, state._replace(**{field: value}), x, Instrument(step, surgery), products=False)
            return getattr(following, field)

        _, pull = jax.vjp(one_step, state)
        _, factor = jax.jvp(alone, (getattr(state, field),), (jnp.ones_like(start[0]),))
        (from_direct,) = jax.vmap(pull)(nothing._replace(**{field: direct}))
        (from_rest,) = jax.vmap(pull)(rest)
        through = direct * factor[None]
        besides = from_direct._replace(**{field: getattr(from_direct, field) - through})
        return (normalise(through, up), normalise(*combined(from_rest, across, besides, up))), sizes

    zero = jnp.asarray(0, jnp.int32)
    carry = (jnp.zeros_like(start), zero), (nothing, zero)
    _, sizes = lax.scan(retreat, carry, (jnp.arange(1, xs.shape[0] + 1), before, xs), reverse=True)
    return Highway(*sizes)


def _directions(hidden_size: int, dtype: Any) -> Array:
    """Rows (K, H) whose images have the Frobenius norm of the matrix, exactly or in the mean."""
    if hidden_size <= ROWS:
        return jnp.eye(hidden_size, dtype=dtype)
    return jax.random.rademacher(jax.random.key(0), (ROWS, hidden_size), dtype) / ROWS**0.5


def _sizes(direct: Array, up: Array, rest: Array, across: Array) -> tuple[Array, Array, Array]:
    total, joint = combined(direct, up, rest, across)
    pairs = (direct, up), (rest, across), (total, joint)
    direct_size, rest_size, total_size = (log10_norm(matrix.ravel(), exponent) for matrix, exponent in pairs)
    return direct_size, rest_size, total_size
