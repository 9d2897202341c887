"""What does backpropagation through time add up? Every step's own share of the gradient of the weights.

The same weights are used at every step. Untied, each step would have a copy of its own and each copy a gradient; the
gradient of the shared weights is the sum of these. Every number carries its own exponent.
"""

from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import Array

from cells.analyses.adjoint import Loss
from cells.analyses.walk_back import walk_back
from cells.base import AbstractCell
from cells.scaled import Scaled, unit
from cells.taps import identity
from cells.unroll import states_before, unroll

SAMPLES = 6
"""Steps whose contribution is kept as a whole matrix."""


class Contributions(NamedTuple):
    """Gradients dL/dW^(t) of the copies of the weights at steps 1 to T; index 0 is step 1.

    Attributes:
        log10_norm: {weight: (T,)} log10 Frobenius norm of each step's own contribution; -inf where it is exactly 0.
        log10_adjoint: (T,) log10 norm of dL/ds_t, what arrives at the step.
        log10_total: {weight: ()} log10 norm of the sum over all steps.
        log10_truncated: {weight: (T,)} log10 norm of the sum over the last k steps up to the last one with a loss;
            index 0 is k = 1, NaN beyond step 1.
        log10_rest: {weight: (T,)} the same of what that leaves out.
        cosine: {weight: (T,)} cosine between that sum and the sum over all steps; NaN where one of them is 0.
        sampled: (SAMPLES,) steps whose contributions are kept whole, evenly spaced.
        samples: {weight: (SAMPLES, ...)} these contributions, at unit norm.
        total: {weight: ...} the sum over all steps, at unit norm.
        tied: {weight: ...} the gradient of the shared weights by plain autodiff, at unit norm.
        relative_error: () |sum - tied| / |tied| over all weights, NaN where float64 cannot hold it.
        overflow: () first step whose state is not finite, counted from 1; 0 if there is none.
    """

    log10_norm: dict[str, Array]
    log10_adjoint: Array
    log10_total: dict[str, Array]
    log10_truncated: dict[str, Array]
    log10_rest: dict[str, Array]
    cosine: dict[str, Array]
    sampled: Array
    samples: dict[str, Array]
    total: dict[str, Array]
    tied: dict[str, Array]
    relative_error: Array
    overflow: Array


def contributions(cell: AbstractCell, xs: Array, loss: Loss, length: Array) -> Contributions:
    """Backpropagate once, keeping every step's contribution apart; then add them up from the end.

    Args:
        cell: the cell.
        xs: (T, D) inputs.
        loss: the loss, as data.
        length: steps really taken.
    """
    last = loss.last_step
    sampled = jnp.round(jnp.linspace(1, last, SAMPLES)).astype(int)
    weights = {name: getattr(cell, name) for name in cell.weights()}
    start = cell.initial_state()
    trajectory = unroll(cell, xs, length=length)
    before = states_before(start, trajectory.states, length)
    inputs = (jnp.arange(1, xs.shape[0] + 1), before, xs, loss.weight)
    nothing, empty = Scaled.nothing(start), Scaled.nothing(weights)

    def pulled(arrived: Scaled, inputs: tuple) -> tuple[Any, Scaled]:
        """One step back, and the step's own contribution. A step beyond the end passes nothing on: its adjoint is 0."""
        _, state, x, _ = inputs

        def one_step(state: Any, weights: dict[str, Array]) -> Any:
            return cell.with_weights(**weights).step(state, x, identity)

        _, pull = jax.vjp(one_step, state, weights)
        earlier, own = pull(arrived.value)
        return earlier, Scaled(own, arrived.exponent)

    def gather(arrived: Scaled, gathered: tuple, inputs: tuple) -> tuple:
        total, samples = gathered
        earlier, own = pulled(arrived, inputs)
        samples = jax.tree.map(
            lambda held, fresh: jnp.where(_like(sampled == inputs[0], held), _unit(fresh)[None], held),
            samples,
            own.value,
        )
        whole = Scaled(jnp.concatenate(jax.tree.leaves(arrived.value)), arrived.exponent)
        return earlier, ((total + own).normalised(), samples), (_log10_norms(own), whole.log10_norm())

    def compare(arrived: Scaled, so_far: Scaled, inputs: tuple) -> tuple:
        earlier, own = pulled(arrived, inputs)
        so_far = (so_far + own).normalised()
        cosines = {name: _cosine(value, total.value[name]) for name, value in so_far.value.items()}
        return earlier, so_far, (_log10_norms(so_far), _log10_norms(total - so_far), cosines)

    samples = {name: jnp.zeros((SAMPLES, *value.shape)) for name, value in weights.items()}
    back = partial(walk_back, loss.arrive, length=length, beyond=-jnp.inf)
    (total, samples), (sizes, arriving) = back(gather, inputs, nothing, (empty, samples))
    _, (truncated, rest, cosine) = back(compare, inputs, nothing, empty)

    backwards = last - 1 - jnp.arange(xs.shape[0])  # place of the k-th step from the end
    from_end = partial(jnp.take, indices=jnp.maximum(backwards, 0), axis=0)
    reached = backwards >= 0
    tied = _tied(cell, weights, xs, loss, length)
    return Contributions(
        sizes,
        arriving,
        _log10_norms(total),
        {name: jnp.where(reached, from_end(value), jnp.nan) for name, value in truncated.items()},
        {name: jnp.where(reached, from_end(value), jnp.nan) for name, value in rest.items()},
        {name: jnp.where(reached, from_end(value), jnp.nan) for name, value in cosine.items()},
        sampled,
        samples,
        jax.tree.map(_unit, total.value),
        jax.tree.map(_unit, tied),
        _disagreement(tied, total),
        trajectory.overflow,
    )


def _tied(cell: AbstractCell, weights: dict[str, Array], xs: Array, loss: Loss, length: Array) -> dict[str, Array]:
    def value(weights: dict[str, Array]) -> Array:
        states = unroll(cell.with_weights(**weights), xs, length=length).states
        return sum(loss.weight @ (field @ towards) for field, towards in zip(states, loss.direction, strict=True))

    return jax.grad(value)(weights)


def _disagreement(tied: dict[str, Array], total: Scaled) -> Array:
    scale = jnp.ldexp(jnp.ones(()), jnp.clip(total.exponent, -1022, 1023))
    error = sum(jnp.sum((tied[name] - total.value[name] * scale) ** 2) for name in tied)
    size = sum(jnp.sum(gradient**2) for gradient in tied.values())
    holds = jnp.isfinite(size) & (size > 1e-280) & (jnp.abs(total.exponent) < 500)
    return jnp.where(holds, jnp.sqrt(error / jnp.where(size > 0, size, 1)), jnp.nan)


def _like(mask: Array, array: Array) -> Array:
    return mask.reshape(-1, *(1,) * (array.ndim - 1))


def _log10_norms(gradients: Scaled) -> dict[str, Array]:
    return {name: Scaled(value, gradients.exponent).log10_norm() for name, value in gradients.value.items()}


def _unit(value: Array) -> Array:
    return unit(value.ravel()).reshape(value.shape)


def _cosine(one: Array, other: Array) -> Array:
    product = jnp.sum(_unit(one) * _unit(other))
    return jnp.where((jnp.max(jnp.abs(one)) == 0) | (jnp.max(jnp.abs(other)) == 0), jnp.nan, product)
