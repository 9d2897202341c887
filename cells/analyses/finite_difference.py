"""Is the gradient right? The same number, once by autodiff and once by moving the state and running again."""

from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import Array

from cells.analyses.adjoint import Adjoint, Loss
from cells.base import AbstractCell
from cells.programs import compiled
from cells.steps import over_steps
from cells.taps import Instrument
from cells.unroll import states_before


class FiniteDifference(NamedTuple):
    """One gradient norm computed twice.

    Attributes:
        step: () where it was compared, counted from 1.
        autodiff: () norm of dL/dh at that step.
        difference: () (L(h + eps u) - L(h - eps u)) / (2 eps), u the gradient's direction.
        relative_error: () |autodiff - difference| / |autodiff|; NaN where no step has a gradient to compare.
    """

    step: Array
    autodiff: Array
    difference: Array
    relative_error: Array


@compiled
def finite_difference(cell: AbstractCell, xs: Array, loss: Loss, adjoint: Adjoint) -> FiniteDifference:
    """Check dL/dh at the farthest step whose norm a finite difference can resolve.

    A central difference loses what is much smaller than the loss itself, and needs a move that stays small on all its
    way. So the comparison is made at the earliest step from which on every norm lies between 0.01 and 10. It checks
    the very cell and sequence that `adjoint` was computed from, and says nothing of steps before that one.

    Args:
        cell: the cell.
        xs: (T, D) inputs.
        loss: the loss, as data.
        adjoint: what `backprop` answered for these three.

    Returns:
        FiniteDifference.
    """
    norms = adjoint.log10_norm["h"]
    steps = jnp.arange(norms.shape[0])
    last = jnp.maximum(loss.last_step - 1, 0)
    in_reach = ((norms >= -2) & (norms <= 1)) | (steps > last)
    chosen = jnp.minimum(jnp.max(jnp.where(in_reach, -1, steps)) + 1, last)
    direction = adjoint.direction["h"][chosen]
    eps = 3e-8 * jnp.maximum(1.0, jnp.max(jnp.abs(adjoint.trajectory.states.h[chosen])))
    # From the recorded state before the chosen step, and not from the first: this program rounds otherwise than the one
    # that recorded it, and on a chaotic orbit that is soon another orbit.
    start = jax.tree.map(lambda field: field[chosen], states_before(cell.initial_state(), adjoint.trajectory.states))
    here_first = partial(jnp.roll, shift=-chosen, axis=0)
    weight = here_first(loss.weight)

    def losses(move):
        def advance(state, inputs):
            step, x = inputs
            probe = jnp.where(step == 0, move * direction, 0)
            following = cell.step(state, x, Instrument(step + chosen + 1, probe={"h": probe}))
            return following, following

        _, states = over_steps(advance, start, (steps, here_first(xs)), last + 1 - chosen)
        each = sum(field @ towards for field, towards in zip(states, loss.direction, strict=True))
        return jnp.where((weight > 0) & (steps <= last - chosen), weight * each, 0)

    # Subtracted step by step, as one loss: before the chosen step both are equal.
    ahead, behind = jax.vmap(losses)(jnp.stack([eps, -eps]))
    difference = (ahead - behind).sum() / (2 * eps)
    autodiff = 10.0 ** norms[chosen]
    return FiniteDifference(chosen + 1, autodiff, difference, jnp.abs(autodiff - difference) / autodiff)
