"""How large is the gradient of the loss with respect to everything named, at every step?

Backpropagation through time as a reverse scan that carries its own exponent: after each step the adjoint is divided by
a power of two, which is exact, and the exponent is added to an integer. So the logarithm of a norm is right over
thousands of steps, where float32 ends at 1e-45 and float64 at 1e-324.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import Array, lax

from cells.base import AbstractCell
from cells.taps import Instrument, Surgery
from cells.unroll import Trajectory, states_before, unroll

LOG10_2 = 0.30102999566398119521


class Loss(NamedTuple):
    """A loss as data: the sum over steps of weight_t times <direction, state_t>.

    Attributes:
        weight: (T,) 0 where the step has no loss.
        direction: the cell's State, fields (H,): gradient of one step's loss with respect to that step's state.
    """

    weight: Array
    direction: Any


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


@jax.jit
def _backprop(cell, xs, loss, function, length, initial_state, surgery) -> Adjoint:
    if initial_state is None:
        initial_state = cell.initial_state()
    trajectory = unroll(cell, xs, length=length, initial_state=initial_state, surgery=surgery)
    states = trajectory.states
    if loss is None:
        last_state = jax.tree.map(lambda field: field[-1], states)
        weight = jnp.arange(1, xs.shape[0] + 1) == (xs.shape[0] if length is None else length)
        loss = Loss(weight.astype(states.h.dtype), jax.grad(function)(last_state))
    before = states_before(initial_state, states, length)

    names = cell.intermediates()

    def retreat(carry, inputs):
        adjoint, exponent = add(*carry, weight=inputs[3], direction=loss.direction)
        step, state, x, _ = inputs

        def one_step(state, probe):
            return cell.step(state, x, Instrument(step, surgery, probe))

        probe = {name: jnp.zeros_like(state.h) for name in names}
        _, pull = jax.vjp(one_step, state, probe)
        earlier, cotangents = pull(adjoint)
        rows = jnp.stack([*(cotangents[name] for name in names), *adjoint])  # one array to store a step, not eight
        return normalise(earlier, exponent), (rows, exponent)

    nothing = (jax.tree.map(jnp.zeros_like, initial_state), jnp.asarray(0, jnp.int32))
    inputs = (jnp.arange(1, xs.shape[0] + 1), before, xs, loss.weight)
    _, (rows, exponents) = lax.scan(retreat, nothing, inputs, reverse=True)

    named, whole = rows[:, : len(names)], rows[:, len(names) :].reshape(len(rows), -1)
    lengths, directions = log10_norm(named, exponents[:, None]), unit(named)
    return Adjoint(
        {name: lengths[:, place] for place, name in enumerate(names)},
        {name: directions[:, place] for place, name in enumerate(names)},
        log10_norm(whole, exponents),
        trajectory,
    )


def add(adjoint: Any, exponent: Array, *, weight: Array, direction: Any) -> tuple[Any, Array]:
    """Sum of adjoint * 2^exponent + weight * direction, again as a pair."""
    joint = jnp.where(weight == 0, exponent, jnp.maximum(exponent, 0))
    keep, share = (
        power_of_two(exponent - joint, weight.dtype),
        weight * power_of_two(jnp.minimum(-joint, 0), weight.dtype),
    )
    return jax.tree.map(lambda carried, fresh: carried * keep + fresh * share, adjoint, direction), joint


def combined(one: Any, exponent: Array, other: Any, another: Array) -> tuple[Any, Array]:
    """Sum of one * 2^exponent and other * 2^another, again as a pair; 0 has no say in the exponent."""
    nothing, nothing_else = largest_component(one) == 0, largest_component(other) == 0
    joint = jnp.where(nothing, another, jnp.where(nothing_else, exponent, jnp.maximum(exponent, another)))
    dtype = jax.tree.leaves(one)[0].dtype
    left, right = (power_of_two(jnp.minimum(e - joint, 0), dtype) for e in (exponent, another))
    return jax.tree.map(lambda a, b: a * left + b * right, one, other), joint


def normalise(adjoint: Any, exponent: Array) -> tuple[Any, Array]:
    """The same with its largest component between 1/2 and 1, the power of two moved into the exponent."""
    size = largest_component(adjoint)
    limit = jnp.finfo(size.dtype).maxexp - 2
    shift = jnp.clip(jnp.frexp(size)[1], -limit, limit)
    scale = power_of_two(-shift, size.dtype)
    return jax.tree.map(lambda field: field * scale, adjoint), exponent + shift


def largest_component(tree: Any) -> Array:
    """Largest absolute component of all arrays."""
    return jnp.max(jnp.stack([jnp.max(jnp.abs(field)) for field in jax.tree.leaves(tree)]))


def power_of_two(exponent: Array, dtype: Any) -> Array:
    """2^exponent, exactly; 0 below the smallest normal number of the type. A scalar: a vector then pays one product."""
    info = jnp.finfo(dtype)
    return jnp.where(exponent < info.minexp, 0, jnp.ldexp(jnp.ones((), dtype), jnp.maximum(exponent, info.minexp)))


def log10_norm(vectors: Array, exponents: Array) -> Array:
    """log10 of the Euclidean norm of vectors * 2^exponents along the last axis; -inf for a zero vector."""
    largest = jnp.max(jnp.abs(vectors), axis=-1)
    safe = jnp.where(largest == 0, 1, largest)
    norm = jnp.sqrt(jnp.sum((vectors / safe[..., None]) ** 2, axis=-1))
    return jnp.where(largest == 0, -jnp.inf, jnp.log10(norm) + jnp.log10(safe) + exponents * LOG10_2)


def unit(vectors: Array) -> Array:
    """Vectors at unit length along the last axis; a zero vector stays zero."""
    largest = jnp.max(jnp.abs(vectors), axis=-1, keepdims=True)
    scaled = vectors / jnp.where(largest == 0, 1, largest)
    norm = jnp.sqrt(jnp.sum(scaled**2, axis=-1, keepdims=True))
    return scaled / jnp.where(norm == 0, 1, norm)
