"""A cell with a linear readout, learning a task."""

from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
from jax import Array, lax

from cells import keys
from cells.base import AbstractCell
from cells.experiment import Experiment
from cells.keys import Key
from cells.scaled import log10_norm
from cells.taps import Instrument, identity
from cells.training.learners.recipe import Recipe, glorot
from cells.training.tasks import TASKS, Example

BUCKETS = (25, 50, 100, 150, 200, 250)
"""Examples are padded to the next of these, so that changing the length compiles nothing."""
BATCH = 32
"""Sequences an update learns from."""
HELD_OUT = 256
"""Sequences on which the loss is measured; the same after every chunk, and no update sees them."""
WATCHED = 32
"""Of those, the ones whose gradient and gates are measured, in float64."""
NEVER = 2**30
"""Window of an untruncated gradient."""


class Measured(NamedTuple):
    """What is known of the weights at one moment.

    Attributes:
        loss: () held-out loss.
        accuracy: () share of right answers; NaN where the task has none.
        log10_gradient: (steps,) log10 of the root mean square over sequences of the norm of dL/ds_t, s the whole state,
            its fields varied independently, L one sequence's own loss; without truncation; -inf where it is exactly 0
            and beyond the last step.
        gate_mean: (G,) mean of each gate over steps, units and sequences, in the cell's order.
        direct_mean: (paths, H) for each of `gated_paths`, mean over steps and sequences of the gate on it, per unit.
        log10_direct: (paths, H) log10 of that gate's product over all steps, mean over sequences, per unit.
    """

    loss: Array
    accuracy: Array
    log10_gradient: Array
    gate_mean: Array
    direct_mean: Array
    log10_direct: Array


class Parameters(NamedTuple):
    """What is trained.

    Attributes:
        cell: the cell.
        W_out: (O, H) readout.
        b_out: (O,) its bias.
    """

    cell: AbstractCell
    W_out: Array
    b_out: Array


class SequenceLearner(eqx.Module):
    """y_t = W_out h_t + b_out, on one task. What it learns from is drawn anew for every update.

    Truncation: the gradient through the state is cut every `window` steps, counted back from the last one. Where only
    the last step has a loss, nothing further back than `window` steps is credited; where every step has one, the
    sequence falls into blocks of `window` steps. The forward pass is whole.

    Attributes:
        task: name in `TASKS`.
        recipe: of the cell.
        steps: steps that an example is padded to.
        length: the task's length.
        lag: its lag.
        window: steps after which the gradient is cut; `NEVER` for none.
        batch: sequences an update learns from.
        chunk: updates a chunk.
    """

    task: str = eqx.field(static=True)
    recipe: Recipe
    steps: int = eqx.field(static=True)
    length: Array
    lag: Array
    window: Array
    batch: int = eqx.field(static=True, default=BATCH)
    chunk: int = eqx.field(static=True, default=25)

    @classmethod
    def of(cls, experiment: Experiment, task: str, *, length: int, lag: int = 1, window: int = 0) -> "SequenceLearner":
        """The experiment's cell on a task; its input, loss and length do not matter.

        Args:
            experiment: cell, hidden size, activation, initialisation and hyperparameters.
            task: name in `TASKS`.
            length: the task's length in steps.
            lag: of the tasks that have one, in steps.
            window: steps after which the gradient is cut; 0 for none.
        """
        whole = TASKS[task].steps(length)
        return cls(
            task,
            Recipe.of(experiment),
            next(size for size in BUCKETS if size >= whole),
            np.asarray(length),
            np.asarray(lag),
            np.asarray(window or NEVER),
        )

    def init(self, key: Key) -> Parameters:
        """The cell as the experiment says, a Glorot readout, and no bias on it."""
        key_cell, key_out = keys.split(key)
        row = TASKS[self.task]
        W_out = glorot(key_out, row.outputs, self.recipe.hidden_size)
        return Parameters(self.recipe.cell(key_cell, row.inputs), W_out, np.zeros(row.outputs))

    def loss(self, params: Parameters, key: Array) -> Array:
        """Mean over a batch of new sequences: squared error, or cross-entropy in nats."""
        return self.error(params, key, self.batch)

    def error(self, params: Parameters, key: Array, count: int) -> Array:
        """The same over that many sequences."""
        examples = self.draw(key, count)
        return jnp.mean(jax.vmap(lambda one: self._error(params, self._states(params.cell, one.xs), one))(examples))

    def measure(self, params: Parameters, key: Array) -> Measured:
        """Held-out loss and accuracy; the gradient over the steps; the gates."""
        examples = self.draw(key, HELD_OUT)
        outputs = jax.vmap(lambda one: self._outputs(params, self._states(params.cell, one.xs)))(examples)
        losses = jax.vmap(self._error_of)(outputs, examples)
        watched = jax.tree.map(lambda leaf: leaf[:WATCHED], examples)
        wide = jax.tree.map(_float64, params)
        gradient, gates = jax.vmap(lambda one: self._watched(wide, one))(watched)
        here = jnp.arange(self.steps) < self._whole
        share = (here / self._whole)[None, :, None]
        names = [gate.symbol for gate in self.recipe.cell_class.gates]
        direct = [gates[symbol] for symbol in gated_paths(self.recipe.cell_class)]
        return Measured(
            jnp.mean(losses).astype(jnp.float32),
            self._accuracy(outputs, examples).astype(jnp.float32),
            jnp.where(here, _log10_mean_square(gradient), -jnp.inf).astype(jnp.float32),
            _stacked([(gates[name] * share).sum(axis=1).mean() for name in names]),
            _stacked([(gate * share).sum(axis=1).mean(axis=0) for gate in direct]),
            _stacked([jnp.where(here[None, :, None], jnp.log10(gate), 0).sum(axis=1).mean(axis=0) for gate in direct]),
        )

    def draw(self, key: Array, count: int) -> Example:
        """That many examples, with an axis in front."""
        row = TASKS[self.task]
        return jax.vmap(lambda key: row.draw(key, self.steps, self.length, self.lag))(jax.random.split(key, count))

    @property
    def _whole(self) -> Array:
        return self.length + TASKS[self.task].extra

    def _states(self, cell: AbstractCell, xs: Array) -> Array:
        """The hidden state at every step (steps, H)."""

        def advance(state, inputs):
            step, x = inputs
            following = cell.step(state, x, identity)
            cut = (step < self._whole) & ((self._whole - step) % self.window == 0)
            return jax.tree.map(lambda field: jnp.where(cut, lax.stop_gradient(field), field), following), following.h

        return lax.scan(advance, cell.initial_state(), (jnp.arange(1, self.steps + 1), xs))[1]

    def _outputs(self, params: Parameters, hs: Array) -> Array:
        """What is read out, (1, O) of the last step or (steps, O)."""
        if TASKS[self.task].last:
            hs = lax.dynamic_slice_in_dim(hs, self._whole - 1, 1)
        return hs @ params.W_out.T + params.b_out[None]

    def _error(self, params: Parameters, hs: Array, example: Example) -> Array:
        return self._error_of(self._outputs(params, hs), example)

    def _error_of(self, outputs: Array, example: Example) -> Array:
        target, weight = self._asked(example.target), self._asked(example.weight)
        if TASKS[self.task].outputs == 1:
            errors = (outputs[:, 0] - target) ** 2
        else:
            errors = optax.softmax_cross_entropy_with_integer_labels(outputs, target)
        return jnp.sum(jnp.where(weight > 0, weight * errors, 0))

    def _accuracy(self, outputs: Array, examples: Example) -> Array:
        judges = TASKS[self.task].judges
        if not judges:
            return jnp.asarray(jnp.nan)
        target, judged = (jax.vmap(self._asked)(rows) for rows in (examples.target, examples.judged))
        said = jnp.argmax(outputs, axis=-1) if judges == "class" else jnp.sign(outputs[..., 0])
        return jnp.sum(judged * (said == target)) / jnp.sum(judged)

    def _asked(self, row: Array) -> Array:
        """Of a row over the steps, those that are read out."""
        return lax.dynamic_slice_in_dim(row, self._whole - 1, 1) if TASKS[self.task].last else row

    def _watched(self, params: Parameters, example: Example) -> tuple[Array, dict[str, Array]]:
        """log10 norm of dL/ds_t (steps,), and every gate (steps, H)."""
        example = jax.tree.map(_float64, example)

        cell = params.cell

        def advance(state, inputs):
            step, x, probe = inputs
            instrument = Instrument(step)
            following = jax.tree.map(jnp.add, cell.step(state, x, instrument), probe)
            return following, (following.h, {gate.symbol: instrument.record[gate.symbol] for gate in cell.gates})

        def error(probe: Any) -> tuple[Array, dict[str, Array]]:
            inputs = (jnp.arange(1, self.steps + 1), example.xs, probe)
            _, (hs, gates) = lax.scan(advance, cell.initial_state(), inputs)
            return self._error(params, hs, example), gates

        nothing = jax.tree.map(lambda field: jnp.zeros((self.steps, *field.shape), field.dtype), cell.initial_state())
        gradient, gates = jax.grad(error, has_aux=True)(nothing)
        return log10_norm(jnp.concatenate(jax.tree.leaves(gradient), axis=1)), gates


def gated_paths(cell_class: type[AbstractCell]) -> list[str]:
    """Symbols of the gates that are by themselves the factor of a direct path; other factors are not followed."""
    symbols = {gate.symbol for gate in cell_class.gates}
    return [factor for factor in cell_class.direct.values() if factor in symbols]


def _float64(leaf: Any) -> Any:
    return leaf.astype(jnp.float64) if eqx.is_inexact_array(leaf) else leaf


def _log10_mean_square(log10: Array) -> Array:
    """log10 of the root mean square over the first axis of what has these logarithms."""
    largest = jnp.max(log10, axis=0, keepdims=True)
    safe = jnp.where(jnp.isfinite(largest), largest, 0)
    return largest[0] + 0.5 * jnp.log10(jnp.mean(10.0 ** (2 * (log10 - safe)), axis=0))


def _stacked(rows: list[Array]) -> Array:
    return jnp.stack(rows).astype(jnp.float32) if rows else jnp.zeros((0,), jnp.float32)
