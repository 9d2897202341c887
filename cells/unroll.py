"""One cell over a sequence."""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import Array

from cells.base import AbstractCell
from cells.programs import compiled
from cells.steps import over_steps
from cells.taps import Instrument, Surgery


class Trajectory(NamedTuple):
    """What a cell did at steps 1 to T; index 0 is step 1.

    Attributes:
        states: the cell's State with fields (T, H).
        gates: {symbol: (T, H)}.
        overflow: () the first step whose state is not finite, counted from 1; 0 if there is none.
    """

    states: Any
    gates: dict[str, Array]
    overflow: Array


@compiled
def unroll(
    cell: AbstractCell,
    xs: Array,
    *,
    length: int | Array | None = None,
    initial_state: Any = None,
    surgery: Surgery | None = None,
    probes: dict[str, Array] | None = None,
) -> Trajectory:
    """Run a cell over a sequence.

    Args:
        cell: the cell.
        xs: (T, D) inputs.
        length: steps really taken, at most T, may be traced; later steps hold what stood at step `length`. With a
            length, only gradients in reverse mode are there.
        initial_state: state before step 1; the cell's own where None.
        surgery: what is held or blocked; nothing where None.
        probes: {name: (T, H)} added to the named intermediates, step by step. The gradient of anything computed from
            the result with respect to a probe is the gradient with respect to that intermediate.

    Returns:
        Trajectory of T steps.
    """
    steps = jnp.arange(1, xs.shape[0] + 1)
    if initial_state is None:
        initial_state = cell.initial_state()

    def advance(state, inputs):
        step, x, probe = inputs
        instrument = Instrument(step, surgery, probe)
        following = cell.step(state, x, instrument)
        return following, (following, {gate.symbol: instrument.record[gate.symbol] for gate in cell.gates})

    _, (states, gates) = over_steps(advance, initial_state, (steps, xs, probes), length)
    if length is not None:
        states, gates = jax.tree.map(
            lambda rows: jnp.where((steps <= length)[:, None], rows, rows[length - 1]), (states, gates)
        )
    finite = jnp.stack([jnp.isfinite(field).all(axis=-1) for field in states]).all(axis=0)
    overflow = jnp.where(finite.all(), 0, 1 + jnp.argmin(finite))
    return Trajectory(states, gates, overflow)


def states_before(initial_state: Any, states: Any, length: int | Array | None = None) -> Any:
    """The state that each step starts from: the initial state, then all states (T, H) but the last.

    Args:
        initial_state: state before step 1.
        states: State with fields (T, H).
        length: steps really taken, if not all; later steps start from 0.
    """
    before = jax.tree.map(lambda first, later: jnp.concatenate([first[None], later[:-1]]), initial_state, states)
    if length is None:
        return before
    return jax.tree.map(lambda field: jnp.where((jnp.arange(1, len(field) + 1) <= length)[:, None], field, 0), before)
