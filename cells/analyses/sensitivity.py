"""How far does a weight move the last state? The gradient of one loss by every weight, beside what is carried back.

A cell that carries a gradient for long adds up as many terms in dL/dweight. How large that sum is, in units of the
state's own size, is what a step of training feels.
"""

from typing import NamedTuple

import equinox as eqx
import jax.numpy as jnp
from jax import Array

from cells.analyses.adjoint import Loss
from cells.base import AbstractCell
from cells.program import is_weight
from cells.unroll import unroll

SOON, LATE = 8, 72
"""Steps back from the loss between which the factor a step is taken: beyond what is special about the last steps."""


class Sensitivity(NamedTuple):
    """Of a loss 1·h_T / sqrt(H) at the last step.

    Attributes:
        gradients: {weight: ...} dL/dweight, each of the weight's shape.
        factor: () what dL/ds is multiplied by for each step further back, from `SOON` to `LATE` steps.
        power: () mean of h_t² over the units and the later half of the steps: E L² where units are independent.
    """

    gradients: dict[str, Array]
    factor: Array
    power: Array


def sensitivity(cell: AbstractCell, xs: Array, loss: Loss, length: Array) -> Sensitivity:
    """Backpropagate once, by every weight and by the state at every step.

    Args:
        cell: the cell.
        xs: (T, D) inputs.
        loss: unused: it is 1·h / sqrt(H) at the last step.
        length: steps really taken, more than `LATE`.
    """
    weights, rest = eqx.partition(cell, is_weight)
    start = cell.initial_state()
    nothing = {name: jnp.zeros((xs.shape[0], *getattr(start, name).shape)) for name in start._fields}

    def value(varied: tuple[AbstractCell, dict[str, Array]]) -> tuple[Array, Array]:
        weights, probes = varied
        h = unroll(eqx.combine(weights, rest), xs, length=length, probes=probes).states.h
        return jnp.sum(h[length - 1]) / jnp.sqrt(h.shape[1]), h

    (_, h), (by_weight, by_state) = eqx.filter_value_and_grad(value, has_aux=True)((weights, nothing))
    soon, late = (
        jnp.sqrt(sum(jnp.sum(back[length - 1 - steps] ** 2) for back in by_state.values())) for steps in (SOON, LATE)
    )
    step = jnp.arange(1, xs.shape[0] + 1)
    counted = ((step > length // 2) & (step <= length))[:, None]
    gradients = {name: each for name, each in vars(by_weight).items() if eqx.is_array(each)}
    return Sensitivity(
        gradients, (late / soon) ** (1 / (LATE - SOON)), jnp.sum(counted * h**2) / jnp.sum(counted) / h.shape[1]
    )
