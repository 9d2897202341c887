"""How large is the gradient of the loss with respect to everything named, at every step?

Backpropagation through time as a reverse scan that carries its own exponent: after each step the adjoint is divided by
a power of two, which is exact, and the exponent is added to an integer. So the logarithm of a norm is right over
thousands of steps, where float32 ends at 1e-45 and float64 at 1e-324.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import Array

from cells.analyses.walk_back import walk_back
from cells.base import AbstractCell
from cells.programs import compiled
from cells.scaled import Scaled, log10_norm, unit
from cells.taps import Instrument, Surgery
from cells.unroll import Trajectory, states_before, unroll


class Loss(NamedTuple):
    """A loss as data: the sum over steps of weight_t times <direction, state_t>.

    Attributes:
        weight: (T,) 0 where the step has no loss.
        direction: the cell's State, fields (H,): gradient of one step's loss with respect to that step's state.
    """

    weight: Array
    direction: Any

    @property
    def last_step(self) -> Array:
        """() the last step with a loss, counted from 1; 0 where none has one."""
        return jnp.max(jnp.where(self.weight > 0, jnp.arange(1, self.weight.shape[0] + 1), 0))

    def arrive(self, later: Scaled, inputs: tuple[Any, ...]) -> Scaled:
        """What comes from later steps and what a step's own loss adds; its weight stands last among its inputs."""
        return later.plus(inputs[-1], self.direction)


class Adjoint(NamedTuple):
    """Gradient of the loss at steps 1 to T; index 0 is step 1.

    The derivative with respect to a named intermediate is total: it includes every path from that value to the loss,
    also those inside its own step (for an LSTM's c_t the path through h_t = o * phi(c_t)).

    Attributes:
        log10_norm: {name: (T,)} log10 of the Euclidean norm of dL/d(name) at every step; -inf where it is exactly 0.
            Names are the gates, then the fields of the state.
        direction: {name: (T, H)} the same gradient at unit length; 0 where it is exactly 0.
        log10_state_norm: (T,) log10 norm of dL/ds_t for the whole state s_t, its fields varied independently: what the
            product of state Jacobians carries back to step t.
        trajectory: the forward pass the gradient belongs to.
    """

    log10_norm: dict[str, Array]
    direction: dict[str, Array]
    log10_state_norm: Array
    trajectory: Trajectory


def backprop(
    cell: AbstractCell,
    xs: Array,
    loss: str | int | Callable[[Any], Array] | Loss = "last",
    *,
    length: int | Array | None = None,
    initial_state: Any = None,
    surgery: Surgery | None = None,
) -> Adjoint:
    """Gradient of a loss with respect to every gate and state at every step, from one backward pass.

    Args:
        cell: the cell.
        xs: (T, D) inputs.
        loss: "last" or "every", the mean-square-one sum of h, 1·h_t / sqrt(H), at the last or at every step; an int,
            the same at that step, counted from 1; a function of the last state that returns a scalar; or a Loss.
        length: steps really taken, at most T; may be traced.
        initial_state: state before step 1; the cell's own where None.
        surgery: what is held or blocked; nothing where None.

    Returns:
        Adjoint of T steps.

    Raises:
        ValueError: the loss is none of these, or its step is not one of those taken.
    """
    if isinstance(loss, str | int):
        loss = named_loss(cell, xs.shape[0], loss, length=length)
    if isinstance(loss, Loss):
        return _backprop(cell, xs, loss, None, length, initial_state, surgery)
    if callable(loss):
        return _backprop(cell, xs, None, jax.tree_util.Partial(loss), length, initial_state, surgery)
    raise ValueError(f"loss: expected 'last', 'every', a step, a function or a Loss; got {loss!r}.")


def named_loss(cell: AbstractCell, steps: int, where: str | int, *, length: int | Array | None = None) -> Loss:
    """One of the losses by name, as data: 1·h_t / sqrt(H) at the last step, at every step, or at a chosen step.

    Raises:
        ValueError: the name is unknown, or the step is not one of those taken, where their number is not traced.
    """
    last = steps if length is None else length
    known = last if isinstance(last, int) else steps
    step = jnp.arange(1, steps + 1)
    if where == "every":
        weight = step <= last
    elif where == "last":
        weight = step == last
    elif isinstance(where, int) and 1 <= where <= known:
        weight = step == where
    else:
        raise ValueError(f"loss: expected 'last', 'every' or a step from 1 to {known}; got {where!r}.")
    ones = cell.readout_direction()
    direction = jax.tree.map(lambda field: field * ones.h.shape[-1] ** -0.5, ones)
    return Loss(weight.astype(ones.h.dtype), direction)


@compiled
def _backprop(cell, xs, loss, function, length, initial_state, surgery) -> Adjoint:
    if initial_state is None:
        initial_state = cell.initial_state()
    trajectory = unroll(cell, xs, length=length, initial_state=initial_state, surgery=surgery)
    states = trajectory.states
    if loss is None:
        last = xs.shape[0] if length is None else length
        last_state = jax.tree.map(lambda field: field[last - 1], states)
        weight = jnp.arange(1, xs.shape[0] + 1) == last
        loss = Loss(weight.astype(states.h.dtype), jax.grad(function)(last_state))
    before = states_before(initial_state, states, length)

    names = cell.intermediates()

    def visit(arrived, gathered, inputs):
        step, state, x, _ = inputs

        def one_step(state, probe):
            return cell.step(state, x, Instrument(step, surgery, probe))

        probe = {name: jnp.zeros_like(state.h) for name in names}
        _, pull = jax.vjp(one_step, state, probe)
        earlier, cotangents = pull(arrived.value)
        # One array to store a step, not eight.
        rows = jnp.stack([*(cotangents[name] for name in names), *arrived.value])
        return earlier, gathered, (rows, arrived.exponent)

    inputs = (jnp.arange(1, xs.shape[0] + 1), before, xs, loss.weight)
    _, (rows, exponents) = walk_back(loss.arrive, visit, inputs, Scaled.nothing(initial_state), length=length)

    named, whole = rows[:, : len(names)], rows[:, len(names) :].reshape(len(rows), -1)
    lengths, directions = log10_norm(named, exponents[:, None]), unit(named)
    return Adjoint(
        {name: lengths[:, place] for place, name in enumerate(names)},
        {name: directions[:, place] for place, name in enumerate(names)},
        log10_norm(whole, exponents),
        trajectory,
    )
