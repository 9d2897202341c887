"""Where does the gradient go? Its norm at every state and step, with the check and the theory that belong to it."""

from typing import NamedTuple

import jax.numpy as jnp
from jax import Array

from cells.analyses.adjoint import Loss, backprop
from cells.analyses.finite_difference import FiniteDifference, finite_difference
from cells.base import AbstractCell


class GradientFlow(NamedTuple):
    """What one curve of the first page is made of; index 0 is step 1.

    Attributes:
        log10_norm: {state: (T,)} log10 norm of dL/d(state) at every step, for each field of the cell's state.
        log10_state_norm: (T,) the same for the whole state.
        overflow: () first step up to the last with a loss that left the finite numbers, counted from 1; 0 if none did.
        bound_growths: (len(cell.bounds),) theory's factors per step.
        check: the same gradient by finite difference.
    """

    log10_norm: dict[str, Array]
    log10_state_norm: Array
    overflow: Array
    bound_growths: Array
    check: FiniteDifference


def gradient_flow(cell: AbstractCell, xs: Array, loss: Loss, length: Array) -> GradientFlow:
    """Backpropagate once and check the answer once; what comes after the last step with a loss takes no part."""
    adjoint = backprop(cell, xs, loss, length=jnp.clip(loss.last_step, 1, length))
    return GradientFlow(
        log10_norm={name: adjoint.log10_norm[name] for name in cell.State._fields},
        log10_state_norm=adjoint.log10_state_norm,
        overflow=adjoint.trajectory.overflow,
        bound_growths=jnp.asarray(cell.bound_growths()),
        check=finite_difference(cell, xs, loss, adjoint),
    )
