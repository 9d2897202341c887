"""How much of the state at step k is still in the state at step t? The Jacobian ds_t/ds_k for all k and t."""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array, lax

from cells.analyses.jacobians import (
    Orbit,
    chain,
    fields_of,
    jacobian,
    log10_rms_gain,
    log10_singular_values,
    log10_spectral_norm,
    move,
    start,
)
from cells.programs import compiled
from cells.scaled import LOG10_2, Scaled

SEGMENTS = 64
"""Segments a sequence is cut into; Jacobians are drawn between their ends."""
_PARTS = 4
"""Parts in which segments are multiplied and the map is filled: between two of them progress can be told."""


class Survival(NamedTuple):
    """The Jacobians between the checkpoints 0, m, 2m ... T; step 0 is the initial state.

    Attributes:
        steps: (n + 1,) the checkpoints; n is at most SEGMENTS.
        log10_gain: {"all" or field: (n + 1, n + 1)} root mean square singular value of ds_t/ds_k, or of its block from
            the field to itself; [t, k], NaN where t < k.
        segments: ds of one checkpoint by the one before, (SEGMENTS, S, S) scaled.
        last: ds_T/ds_k at the checkpoints k = 0, m, 2m ... before T, (SEGMENTS, S, S) scaled.
    """

    steps: np.ndarray
    log10_gain: dict[str, np.ndarray]
    segments: Scaled
    last: Scaled


def stretch(length: int) -> int:
    """Steps in a segment."""
    return -(-length // SEGMENTS)


def survival(orbit: Orbit, report: Callable[[float], None] = lambda share: None) -> Survival:
    """The survival map of an orbit.

    Every product carries its own exponent, so that 1e-400 and 1e+900 are as right as 1. The work grows with T S³.

    Args:
        orbit: the orbit.
        report: called with the share of the work that is done, from 0 to 1, now and then.

    Returns:
        Survival.
    """
    length = int(orbit.length)
    m, count = stretch(length), SEGMENTS // _PARTS
    parts = []
    for part in range(_PARTS):
        parts.append(_segments(orbit, m, part * count, count))
        report(0.6 * (part + 1) / _PARTS)
    segments = jax.tree.map(lambda *pieces: jnp.concatenate(pieces), *parts)

    blocks = {"all": (0, orbit.before.shape[-1]), **fields_of(orbit.cell)}
    gains, rows = {name: [] for name in blocks}, None
    for part in range(_PARTS):
        rows, found = _rows(segments, rows, part * count, count, tuple(blocks.values()))
        for name, gain in zip(blocks, found, strict=True):
            gains[name].append(np.pad(gain, ((0, 0), (0, SEGMENTS - gain.shape[1])), constant_values=np.nan))
        report(0.6 + 0.4 * (part + 1) / _PARTS)

    used = -(-length // m)
    steps = np.minimum(np.arange(used + 1) * m, length)
    log10_gain = {}
    for name, pieces in gains.items():
        square = np.full((used + 1, used + 1), np.nan)
        square[1:, :-1] = np.concatenate(pieces)[:used, :used]
        square[np.triu_indices(used + 1, 1)] = np.nan
        np.fill_diagonal(square, 0.0)
        log10_gain[name] = square
    return Survival(steps, log10_gain, segments, rows)


@compiled(static=("count",))
def _segments(orbit: Orbit, m: Array, first: Array, count: int) -> Scaled:
    """Products over `count` segments of m steps, from segment `first` on, (count, S, S)."""
    begins = (first + jnp.arange(count)) * m
    size = orbit.before.shape[-1]

    def further(step: Array, product: Scaled) -> Scaled:
        matrices = jax.vmap(lambda begin: jacobian(orbit, begin + step))(begins)
        return Scaled(matrices @ product.value, product.exponent).normalised()

    return lax.fori_loop(1, m + 1, further, start(size, (count,)))


@compiled(static=("first", "count", "blocks"))
def _rows(
    segments: Scaled, before: Scaled | None, first: int, count: int, blocks: tuple[tuple[int, int], ...]
) -> tuple[Scaled, tuple[Array, ...]]:
    """The map's rows for `count` segments: multiply all that begins earlier by one segment, again and again.

    Products stand side by side in one wide matrix (S, K S), so that a row is one matrix product.
    """
    size, width = segments.value.shape[-1], first + count
    begun = start(size, (width,)) if before is None else _widened(before, width)

    def row(products: Scaled, place: Array) -> tuple[Scaled, tuple[Array, ...]]:
        segment = jax.tree.map(lambda array: array[place], segments)
        wide = jnp.moveaxis(products.value, 0, 1).reshape(size, width * size)
        moved = jnp.moveaxis((segment.value @ wide).reshape(size, width, size), 1, 0)
        open_ = jnp.arange(width) <= place
        factor = jnp.where(open_[:, None, None], moved, products.value)
        following = Scaled(factor, products.exponent + jnp.where(open_, segment.exponent, 0)).normalised()
        return following, tuple(log10_rms_gain(following, slice(*block)) for block in blocks)

    return lax.scan(row, begun, first + jnp.arange(count))


def _widened(products: Scaled, width: int) -> Scaled:
    fresh = start(products.value.shape[-1], (width - products.value.shape[0],))
    return jax.tree.map(lambda old, new: jnp.concatenate([old, new]), products, fresh)


class Between(NamedTuple):
    """What ds_t/ds_k does, for one pair of steps.

    Attributes:
        log10_singular_values: (S,) largest first; -inf where float64 cannot resolve them beside the largest.
        survivor: (S,) unit vector at step k that survives best: the first right singular vector.
        arrival: (S,) unit vector at step t that it becomes: the first left singular vector.
        log10_factors: (T,) log10 of what each step multiplies the survivor's length by; NaN outside k + 1 to t.
    """

    log10_singular_values: Array
    survivor: Array
    arrival: Array
    log10_factors: Array


@compiled
def between(orbit: Orbit, products: Scaled, m: Array, earlier: Array, later: Array) -> Between:
    """The Jacobian from step `earlier` (0 is the initial state) to step `later`, and the direction that survives best.

    Args:
        orbit: the orbit.
        products: what step k has `sent_on`.
        m: steps in a segment.
        earlier: k.
        later: t, at least k.
    """
    checkpoint = later // m  # the last one not after t, if it comes after k
    crossed = checkpoint * m > earlier
    begin = jax.tree.map(
        lambda sent, one: jnp.where(crossed, sent[checkpoint - 1], one), products, start(orbit.before.shape[-1])
    )
    product = chain(orbit, jnp.where(crossed, checkpoint * m, earlier), later, begin)
    left, values, right = jnp.linalg.svd(product.value)
    resolved = values > 1e-14 * values[0]
    logs = jnp.where(resolved, jnp.log10(jnp.where(resolved, values, 1)), -jnp.inf)
    sign = jnp.where(right[0][jnp.argmax(jnp.abs(right[0]))] < 0, -1, 1)

    def follow(vector: Array, inputs: tuple[Array, Array, Array]) -> tuple[Array, Array]:
        step, state, x = inputs
        _, moved = jax.jvp(lambda state: move(orbit.cell, state, x), (state,), (vector,))
        length = jnp.linalg.norm(moved)
        inside = (earlier < step) & (step <= later)
        unit = jnp.where(inside, moved / jnp.where(length > 0, length, 1), vector)
        return unit, jnp.where(inside, jnp.log10(length), jnp.nan)

    inputs = (jnp.arange(1, orbit.xs.shape[0] + 1), orbit.before, orbit.xs)
    _, factors = lax.scan(follow, sign * right[0], inputs)
    return Between(logs + product.exponent * LOG10_2, sign * right[0], sign * left[:, 0], factors)


@compiled
def from_step(orbit: Orbit, products: Scaled, m: Array, earlier: Array) -> Array:
    """log10 spectral norm of ds_t/ds_k at the checkpoints t = m, 2m ..., (SEGMENTS,); NaN where t <= k.

    Args:
        orbit: the orbit.
        products: what step k has `sent_on`.
        m: steps in a segment.
        earlier: k.
    """
    after = jnp.minimum((1 + jnp.arange(SEGMENTS)) * m, orbit.length) > earlier
    return jnp.where(after, log10_spectral_norm(products), jnp.nan)


@compiled
def sent_on(orbit: Orbit, segments: Scaled, m: Array, earlier: Array) -> Scaled:
    """ds_t/ds_k at the checkpoints t = m, 2m ... after k, (SEGMENTS, S, S); the identity before.

    Args:
        orbit: the orbit.
        segments: of its survival map.
        m: steps in a segment.
        earlier: k.
    """
    first = earlier // m  # the segment that k stands in, which is entered at k
    size = orbit.before.shape[-1]
    entered = chain(orbit, earlier, jnp.minimum((first + 1) * m, orbit.length), start(size))

    def row(product: Scaled, place: Array) -> tuple[Scaled, Scaled]:
        segment = jax.tree.map(lambda array: array[place], segments)
        further = Scaled(segment.value @ product.value, product.exponent + segment.exponent).normalised()
        following = jax.tree.map(
            lambda new, now, old: jnp.where(place > first, new, jnp.where(place == first, now, old)),
            further,
            entered,
            product,
        )
        return following, following

    return lax.scan(row, start(size), jnp.arange(SEGMENTS))[1]


def last_gain(survival: Survival, place: int, direction: Any) -> float:
    """log10 norm of direction^T ds_T/ds_k for the checkpoint at a place: what backpropagation brings back to it.

    Args:
        survival: the map.
        place: of the checkpoint k, before the last.
        direction: the cell's State, fields (H,).
    """
    row = np.concatenate([np.asarray(field) for field in direction]) @ np.asarray(survival.last.value[place])
    size = np.linalg.norm(row)
    return float(np.log10(size) + survival.last.exponent[place] * LOG10_2) if size else -np.inf


@compiled
def step_singular_values(orbit: Orbit, steps: Array) -> Array:
    """log10 singular values of ds_t/ds_{t-1} at some steps, (N, S), largest first; see `log10_singular_values`."""
    matrices = jax.vmap(lambda step: jacobian(orbit, step))(steps)
    return log10_singular_values(Scaled.of(matrices, len(matrices)))


@compiled
def input_influence(orbit: Orbit, last: Scaled, m: Array, channels: Array) -> Array:
    """log10 Frobenius norm of ds_T/dx_t at every step, (T,); -inf where an input cannot matter.

    Args:
        orbit: the orbit.
        last: ds_T/ds_k at the checkpoints, from the survival map.
        m: steps in a segment.
        channels: input channels in use; the others do not count.
    """
    ends = (1 + jnp.arange(SEGMENTS)) * m
    size, steps = orbit.before.shape[-1], orbit.xs.shape[0]
    # ds_T/ds at the end of a segment is ds_T/ds at the beginning of the next one; at T it is the identity.
    follows = jax.tree.map(lambda held, one: jnp.concatenate([held[1:], one]), last, start(size, (1,)))
    ended = ends >= orbit.length
    arriving = Scaled(
        jnp.where(ended[:, None, None], jnp.eye(size), follows.value), jnp.where(ended, 0, follows.exponent)
    )
    used = jnp.arange(orbit.xs.shape[1]) < channels

    def back(place: Array, carry: tuple[Scaled, Array]) -> tuple[Scaled, Array]:
        towards, found = carry
        at = ends - place
        where = jnp.clip(at - 1, 0, steps - 1)
        from_state, from_input = jax.vmap(lambda state, x: jax.jacrev(move, argnums=(1, 2))(orbit.cell, state, x))(
            orbit.before[where], orbit.xs[where]
        )
        taken = at <= orbit.length
        weighed = Scaled(towards.value @ jnp.where(used[None, None], from_input, 0), towards.exponent).normalised()
        # ‖M‖_F = sqrt(columns) times the root mean square singular value.
        size_now = log10_rms_gain(weighed) + 0.5 * jnp.log10(from_input.shape[-1])
        found = found.at[jnp.where(taken, where, steps)].set(size_now, mode="drop")
        earlier = Scaled(towards.value @ from_state, towards.exponent).normalised()
        following = jax.tree.map(
            lambda new, old: jnp.where(taken.reshape((-1,) + (1,) * (new.ndim - 1)), new, old), earlier, towards
        )
        return following, found

    _, found = lax.fori_loop(0, m, back, (arriving, jnp.full(steps, -jnp.inf)))
    return found
