"""What does every wire of a cell carry, forward and back? Values and gradients at every step, from one program."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import Array

from cells.analyses.adjoint import Loss
from cells.analyses.highway import Highway, highway
from cells.analyses.walk_back import walk_back
from cells.base import AbstractCell
from cells.program import program, switches_of
from cells.scaled import Scaled, log10_norm
from cells.taps import Instrument, Surgery
from cells.unroll import states_before, unroll


class Anatomy(NamedTuple):
    """A cell's inside at steps 1 to T; index 0 is step 1. Wires and feeds are those of `cells.program`.

    Attributes:
        values: (T, wires, H) float32, what passed.
        log10_norm: (T, wires) log10 norm of the gradient of the loss with respect to what passed; total: by every way
            from there to the loss.
        log10_feeds: (T, feeds) the part of it that goes back along one feed, from its `to` to its `from`.
        log10_after: (T, fields) log10 norm of the gradient that reaches each field of the state from later steps and
            from this step's loss: what enters the step from its end.
        overflow: () first step whose state is not finite, counted from 1; 0 if there is none.
        highways: one for each of the cell's direct paths, in their order.
        switches: what chose the cell's variant, for `cells.program.skeleton`.
    """

    values: Array
    log10_norm: Array
    log10_feeds: Array
    log10_after: Array
    overflow: Array
    highways: tuple[Highway, ...]
    switches: list[Array]


def anatomy(cell: AbstractCell, xs: Array, loss: Loss, length: Array, surgery: Surgery) -> Anatomy:
    """Run forward once and backward once, with gates held and paths blocked as the surgery says.

    A feed's share of the gradient is found by cutting every wire: each wire's own gradient is pulled back to what it is
    directly computed from and no further.
    """
    steps = program(type(cell), cell.input_size, cell.hidden_size)
    wires, feeds, fields = len(steps.wires), steps.feeds(), cell.State._fields
    start = cell.initial_state()
    trajectory = unroll(cell, xs, length=length, initial_state=start, surgery=surgery)
    time = jnp.arange(1, xs.shape[0] + 1)
    before = states_before(start, trajectory.states, length)
    last = jnp.maximum(loss.last_step, 1)

    def visit(arrived, gathered, inputs):
        step, state, x, _ = inputs
        adjoint, exponent = arrived

        def probed(state, probes):
            record = []

            def wire(place, value):
                record.append(value + probes[place])
                return record[-1]

            return steps.run(cell, state, x, Instrument(step, surgery), wire), jnp.stack(record)

        _, pull, values = jax.vjp(probed, state, jnp.zeros((wires, cell.hidden_size), x.dtype), has_aux=True)
        earlier, totals = pull(adjoint)
        # What overflows after the loss would bring back 0 times infinity.
        earlier = jax.tree.map(lambda field: jnp.where(step <= last, field, 0), earlier)

        def cut(values, state, x):
            made = []

            def wire(place, value):
                made.append(value)
                return values[place]

            steps.run(cell, state, x, Instrument(step, surgery), wire)
            return jnp.stack(made)

        _, pull_cut = jax.vjp(cut, values, state, x)
        one_each = jnp.eye(wires, dtype=x.dtype)[:, :, None] * totals[None]
        to_wires, to_state, to_x = jax.vmap(pull_cut)(one_each)

        def share(source, target):
            if source == "x":
                return to_x[target]
            return getattr(to_state, source)[target] if isinstance(source, str) else to_wires[target, source]

        shares = jnp.stack([log10_norm(share(*feed), exponent) for feed in feeds])
        after = jnp.stack([log10_norm(field, exponent) for field in adjoint])
        kept = (values.astype(jnp.float32), log10_norm(totals, exponent), shares, after)
        return earlier, gathered, kept

    inputs = (time, before, xs, loss.weight)
    _, (values, totals, shares, after) = walk_back(
        loss.arrive, visit, inputs, Scaled.nothing(start), length=length, beyond=-jnp.inf
    )
    return Anatomy(
        jnp.where((time <= length)[:, None, None], values, 0),
        totals,
        shares,
        after,
        jnp.where(trajectory.overflow <= last, trajectory.overflow, 0),
        tuple(
            highway(cell, xs, before, last, field, jnp.minimum(length, last), surgery=surgery)
            for field in fields
            if field in cell.direct
        ),
        switches_of(cell),
    )
