"""A loop over the steps of a sequence that ends where the sequence does: one program for every length.

`lax.scan` runs over all of its rows, so a sequence filled up to a common size costs as much as the longest. Here the
rows beyond the end are neither read nor computed, and the end may be traced.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax import Array, lax

Body = Callable[[Any, Any], tuple[Any, Any]]


def over_steps(
    body: Body,
    carry: Any,
    rows: Any,
    length: int | Array | None = None,
    *,
    reverse: bool = False,
    beyond: float = 0.0,
) -> tuple[Any, Any]:
    """As `lax.scan`, over the first `length` rows alone; may be differentiated in reverse.

    Args:
        body: (carry, row) -> (carry, what is kept of the step).
        carry: what the first step starts from.
        rows: a tree of arrays with an axis of T in front.
        length: rows that count, at most T, may be traced; all of them where None.
        reverse: whether the last of them comes first.
        beyond: what is kept of the rows beyond the end.

    Returns:
        (carry, kept): the last carry, and what was kept with an axis of T in front.
    """
    if length is None:
        return lax.scan(body, carry, rows, reverse=reverse)
    # What the body closes over becomes an argument, so that a gradient finds it.
    closed, rest = eqx.partition(eqx.filter_closure_convert(body, carry, _first(rows)), eqx.is_array)
    return _looped(partial(_called, rest), (reverse, beyond), closed, carry, rows, jnp.asarray(length))


def _called(rest: Any, carry: Any, row: Any, closed: Any) -> tuple[Any, Any]:
    return eqx.combine(closed, rest)(carry, row)


@partial(jax.custom_vjp, nondiff_argnums=(0, 1))
def _looped(
    body: Callable, way: tuple[bool, float], closed: Any, carry: Any, rows: Any, length: Array
) -> tuple[Any, Any]:
    return _loop(lambda carry, row: body(carry, row, closed), carry, rows, length, *way)


def _ahead(
    body: Callable, way: tuple[bool, float], closed: Any, carry: Any, rows: Any, length: Array
) -> tuple[Any, Any]:
    def advance(carry, row):
        following, kept = body(carry, row, closed)
        return following, (kept, carry)

    last, (kept, carries) = _loop(advance, carry, rows, length, *way)
    return (last, kept), (closed, carries, rows, length)


def _back(body: Callable, way: tuple[bool, float], residuals: tuple, cotangents: tuple[Any, Any]) -> tuple:
    closed, carries, rows, length = residuals
    later, kept = cotangents

    def retreat(carried, inputs):
        later, summed = carried
        carry, row, kept = inputs
        ran, pull = jax.vjp(body, carry, row, closed)
        earlier, to_row, to_closed = pull(_like(ran, (later, kept)))
        return (_floats(earlier), jax.tree.map(jnp.add, summed, _floats(to_closed))), _floats(to_row)

    begin = _floats(later), jax.tree.map(jnp.zeros_like, _floats(closed))
    (earlier, summed), to_rows = _loop(retreat, begin, (carries, rows, _floats(kept)), length, not way[0])
    return _like(closed, summed), _like(_first(carries), earlier), _like(rows, to_rows), None


_looped.defvjp(_ahead, _back)


def _filled(shape: tuple[int, ...], dtype: Any, value: float) -> Array:
    return jnp.full(shape, value if jnp.issubdtype(dtype, jnp.floating) else 0, dtype)


def _first(rows: Any) -> Any:
    return jax.tree.map(lambda array: array[0], rows)


def _floats(tree: Any) -> Any:
    """What of a tree a gradient is taken with respect to; None for the rest, whole numbers mostly."""
    return eqx.filter(tree, eqx.is_inexact_array)


def _like(primal: Any, floats: Any) -> Any:
    """A cotangent of a tree, from what `_floats` left of it."""
    return jax.tree.map(
        lambda value, found: np.zeros(np.shape(value), jax.dtypes.float0) if found is None else found,
        primal,
        floats,
        is_leaf=lambda leaf: leaf is None,
    )


def _loop(body: Body, carry: Any, rows: Any, length: Array, reverse: bool, beyond: float = 0.0) -> tuple[Any, Any]:
    total = len(jax.tree.leaves(rows)[0])
    shapes = jax.eval_shape(body, carry, _first(rows))[1]
    kept = jax.tree.map(lambda shape: _filled((total, *shape.shape), shape.dtype, beyond), shapes)

    def step(count: Array, carried: tuple[Any, Any]) -> tuple[Any, Any]:
        carry, kept = carried
        place = length - 1 - count if reverse else count
        row = jax.tree.map(lambda array: lax.dynamic_index_in_dim(array, place, keepdims=False), rows)
        carry, fresh = body(carry, row)
        return carry, jax.tree.map(lambda all_, one: lax.dynamic_update_index_in_dim(all_, one, place, 0), kept, fresh)

    return lax.fori_loop(0, length, step, (carry, kept))
