"""What becomes of the gradient under remedies that change the forward pass?"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import Array

from cells.analyses.adjoint import Loss, backprop
from cells.analyses.finite_difference import FiniteDifference, finite_difference
from cells.base import AbstractCell
from cells.remedies.stack import Doses, treated


class Remedied(NamedTuple):
    """The gradient of a treated cell; index 0 is step 1.

    Attributes:
        log10_norm: (T,) log10 norm of dL/ds_t over the fields of the cell's own state, varied independently; a skip's
            delay line is left out. Without any remedy this is the cell's `log10_state_norm`.
        overflow: () first step that left the finite numbers, counted from 1; 0 if there is none.
    """

    log10_norm: Array
    overflow: Array


def remedied(cell: AbstractCell, xs: Array, loss: Loss, length: Array, doses: Doses | None) -> Remedied:
    """Backpropagate once through the treated cell."""
    whole, adjoint = _through(cell, xs, loss, length, doses)
    return Remedied(_joint(cell, adjoint), adjoint.trajectory.overflow)


def remedied_and_checked(
    cell: AbstractCell, xs: Array, loss: Loss, length: Array, doses: Doses
) -> tuple[Remedied, FiniteDifference]:
    """The same, with a finite difference of the same gradient."""
    whole, adjoint = _through(cell, xs, loss, length, doses)
    check = finite_difference(whole, xs, widened(loss, whole), adjoint)
    return Remedied(_joint(cell, adjoint), adjoint.trajectory.overflow), check


def _through(cell, xs, loss, length, doses):
    whole = treated(cell, doses, xs, length)
    return whole, backprop(whole, xs, widened(loss, whole), length=length)


def widened(loss: Loss, whole: AbstractCell) -> Loss:
    """The loss on the treated cell's state, which may have more fields."""
    zeros = jax.tree.map(jnp.zeros_like, whole.initial_state())
    return loss._replace(direction=zeros._replace(**loss.direction._asdict()))


def _joint(cell: AbstractCell, adjoint) -> Array:
    fields = jnp.stack([adjoint.log10_norm[name] for name in cell.State._fields])
    largest = fields.max(axis=0)
    safe = jnp.where(jnp.isneginf(largest), 0, largest)
    joint = safe + 0.5 * jnp.log10(jnp.sum(10 ** (2 * (fields - safe[None])), axis=0))
    return jnp.where(jnp.isneginf(largest), -jnp.inf, joint)
