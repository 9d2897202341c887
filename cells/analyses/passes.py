"""One layer's way over a whole sequence, forward and back."""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import Array

from cells.analyses.walk_back import walk_back
from cells.base import AbstractCell
from cells.scaled import Scaled
from cells.unroll import states_before, unroll


class Pass(NamedTuple):
    """One layer's forward pass.

    Attributes:
        states: State with fields (T, H).
        before: the same, what each step starts from.
        overflow: () first step that is not finite, counted from 1; 0 if there is none.
    """

    states: Any
    before: Any
    overflow: Array


class Back(NamedTuple):
    """One layer's backward pass.

    Attributes:
        h: gradient with respect to h at every step, by every way, (T, H) with an exponent a step.
        x: the same with respect to the input, (T, D).
    """

    h: Scaled
    x: Scaled


def forward(cell: AbstractCell, xs: Array, length: Array) -> Pass:
    """Run a layer over a sequence (T, D)."""
    trajectory = unroll(cell, xs, length=length)
    before = states_before(cell.initial_state(), trajectory.states, length)
    return Pass(trajectory.states, before, trajectory.overflow)


def back(cell: AbstractCell, xs: Array, ran: Pass, arriving: Scaled, length: Array) -> Back:
    """Backpropagate what arrives at h of every step, from above or from a loss.

    Args:
        cell: the layer.
        xs: (T, D) its inputs.
        ran: its forward pass.
        arriving: (T, H) with an exponent a step; 0 at steps that were not taken.
        length: steps really taken.
    """
    zeros = jax.tree.map(jnp.zeros_like, cell.initial_state())

    def arrive(later, inputs):
        vector, exponent = inputs[-1]
        return later + Scaled(zeros._replace(h=vector), exponent)

    def visit(arrived, gathered, inputs):
        state, x, _ = inputs

        def one_step(state, x, probe):
            return cell.step(state, x, lambda name, value: value + probe if name == "h" else value)

        _, pull = jax.vjp(one_step, state, x, jnp.zeros_like(zeros.h))
        earlier, to_x, to_h = pull(arrived.value)
        return earlier, gathered, Back(*(Scaled(to, arrived.exponent).normalised() for to in (to_h, to_x)))

    return walk_back(arrive, visit, (ran.before, xs, arriving), Scaled.nothing(zeros), length=length)[1]
