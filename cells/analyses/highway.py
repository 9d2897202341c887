"""How much of the gradient takes the direct path? The product of its factors, what comes by every other way, and both.

d s_T / d s_t splits exactly: the direct part D_t is the diagonal of the product of factors (f for the LSTM's c, z for
the GRU's h), and the remainder follows R_{t-1} = R_t J_t + D_t (J_t - diag(factor_t)). Each carries its own exponent,
so both are right where floating point has ended.
"""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from cells import keys
from cells.analyses.walk_back import walk_back
from cells.base import AbstractCell
from cells.program import program
from cells.scaled import Scaled
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
    cell: AbstractCell,
    xs: Array,
    before: Any,
    last: Array,
    field: str,
    length: Array | None = None,
    *,
    surgery: Surgery | None = None,
) -> Highway:
    """Split the gradient of one field of the state.

    Args:
        cell: the cell.
        xs: (T, D) inputs.
        before: the cell's State with fields (T, H), what each step starts from.
        last: the step whose state is differentiated, counted from 1.
        field: a field of `cell.direct`.
        length: steps really taken; all where None.
        surgery: what is held, and what lets no gradient through: both parts are of the gradient that is let through.

    Returns:
        Highway.
    """
    steps = program(type(cell), cell.input_size, cell.hidden_size)
    start = _directions(cell.hidden_size, xs.dtype)
    nothing = type(before)(*(jnp.zeros_like(start) for _ in before))

    def arrive(direct, inputs):
        return jax.tree.map(lambda held, begun: jnp.where(inputs[0] == last, begun, held), direct, Scaled(start, 0))

    def visit(direct, rest, inputs):
        step, state, x = inputs

        def one_step(state):
            return cell.step(state, x, Instrument(step, surgery))

        def alone(value):
            following = steps.run(cell, state._replace(**{field: value}), x, Instrument(step, surgery), products=False)
            return getattr(following, field)

        _, pull = jax.vjp(one_step, state)
        _, factor = jax.jvp(alone, (getattr(state, field),), (jnp.ones_like(start[0]),))
        (from_direct,) = jax.vmap(pull)(nothing._replace(**{field: direct.value}))
        (from_rest,) = jax.vmap(pull)(rest.value)
        through = direct.value * factor[None]
        besides = from_direct._replace(**{field: _without(getattr(from_direct, field), through)})
        sizes = _sizes(direct, Scaled(getattr(rest.value, field), rest.exponent))
        following = Scaled(from_rest, rest.exponent) + Scaled(besides, direct.exponent)
        return through, following.normalised(), sizes

    inputs = (jnp.arange(1, xs.shape[0] + 1), before, xs)
    _, sizes = walk_back(
        arrive, visit, inputs, Scaled.nothing(start), Scaled.nothing(nothing), length=length, beyond=-jnp.inf
    )
    return Highway(*sizes)


def _without(whole: Array, part: Array) -> Array:
    """Their difference, 0 where it is no more than rounding: a product that is added to is rounded otherwise."""
    difference = whole - part
    return jnp.where(jnp.abs(difference) <= 4 * jnp.finfo(part.dtype).eps * jnp.abs(part), 0, difference)


def _directions(hidden_size: int, dtype: Any) -> Array:
    """Rows (K, H) whose images have the Frobenius norm of the matrix, exactly or in the mean."""
    if hidden_size <= ROWS:
        return jnp.eye(hidden_size, dtype=dtype)
    return jnp.asarray(np.where(keys.uniform(keys.key(0), (ROWS, hidden_size)) < 0.5, 1, -1) / ROWS**0.5, dtype)


def _sizes(direct: Scaled, rest: Scaled) -> tuple[Array, Array, Array]:
    return direct.log10_norm(), rest.log10_norm(), (direct + rest).log10_norm()
