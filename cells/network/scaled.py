"""Gradients over the steps of a sequence that carry their own exponent, and one layer's way back."""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import Array, lax

from cells.analyses.adjoint import combined, log10_norm, normalise
from cells.base import AbstractCell
from cells.unroll import states_before, unroll


class Steps(NamedTuple):
    """Vectors times powers of two, one a step.

    Attributes:
        vector: (T, n) with largest entry between 1/2 and 1, or 0.
        exponent: (T,) whole numbers.
    """

    vector: Array
    exponent: Array

    @classmethod
    def of(cls, vectors: Array) -> "Steps":
        """Plain vectors (T, n)."""
        return cls(*jax.vmap(normalise)(vectors, jnp.zeros(len(vectors), jnp.int32)))

    def __add__(self, other: "Steps") -> "Steps":
        """Step by step."""
        sums = jax.vmap(combined)(self.vector, self.exponent, other.vector, other.exponent)
        return Steps(*jax.vmap(normalise)(*sums))

    def at(self, places: Array) -> "Steps":
        """Those of other steps."""
        return Steps(self.vector[places], self.exponent[places])

    def log10_norm(self) -> Array:
        """(T,) log10 of their norms; -inf for 0."""
        return log10_norm(self.vector, self.exponent)


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
        h: gradient with respect to h at every step, by every way.
        x: the same with respect to the input at every step.
    """

    h: Steps
    x: Steps


def forward(cell: AbstractCell, xs: Array, length: Array) -> Pass:
    """Run a layer over a sequence (T, D)."""
    trajectory = unroll(cell, xs, length=length)
    before = states_before(cell.initial_state(), trajectory.states, length)
    return Pass(trajectory.states, before, trajectory.overflow)


def back(cell: AbstractCell, xs: Array, ran: Pass, arriving: Steps) -> Back:
    """Backpropagate what arrives at h of every step, from above or from a loss.

    Args:
        cell: the layer.
        xs: (T, D) its inputs.
        ran: its forward pass.
        arriving: (T, H); 0 at steps that were not taken.
    """
    zeros = jax.tree.map(jnp.zeros_like, cell.initial_state())

    def retreat(carry, inputs):
        state, x, vector, exponent = inputs
        total, joint = combined(*carry, zeros._replace(h=vector), exponent)

        def one_step(state, x, probe):
            return cell.step(state, x, lambda name, value: value + probe if name == "h" else value)

        _, pull = jax.vjp(one_step, state, x, jnp.zeros_like(zeros.h))
        earlier, to_x, to_h = pull(total)
        return normalise(earlier, joint), (Steps(*normalise(to_h, joint)), Steps(*normalise(to_x, joint)))

    start = (zeros, jnp.asarray(0, jnp.int32))
    _, (h, x) = lax.scan(retreat, start, (ran.before, xs, *arriving), reverse=True)
    return Back(h, x)
