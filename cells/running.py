"""Running an experiment: its weights and its input drawn, and an analysis of them compiled once for each shape."""

import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from cells import activations, inputs
from cells.analyses.adjoint import Loss, named_loss
from cells.base import AbstractCell
from cells.experiment import Experiment
from cells.initializers import Initialization
from cells.programs import compiled
from cells.zoo import all_cells


class Setup(NamedTuple):
    """An experiment made real, padded to its bucket.

    Attributes:
        cell: the cell with its weights.
        xs: (bucket, INPUT_SIZE) inputs, zero beyond `length`.
        loss: the loss, as data.
        length: T, the steps really taken.
    """

    cell: AbstractCell
    xs: Array
    loss: Loss
    length: Array


class Numbers(NamedTuple):
    """What of an experiment is data, but for what its seed decides: changing it compiles nothing.

    Attributes:
        activation: which; it is compiled in.
        initialization: how the weights are drawn.
        hyperparameters: what else the cell's `init` takes, by name.
        given_b: whether the biases are given by hand, and those that are.
        length: steps really taken.
        loss_step: the step with a loss, counted from 1; 0 where every step has one.
    """

    activation: activations.Known
    initialization: Initialization
    hyperparameters: dict[str, Any]
    given_b: tuple[bool | Array, np.ndarray | Array]
    length: int | Array
    loss_step: int | Array

    @classmethod
    def of(cls, experiment: Experiment, cell_class: type[AbstractCell]) -> "Numbers":
        """An experiment's, for a class of cells."""
        # W_ih is drawn for INPUT_SIZE channels; Glorot's variance counts those in use.
        size = experiment.hidden_size
        fan = math.sqrt((inputs.INPUT_SIZE + size) / (experiment.channels_in_use + size))
        by_hand = {name: (getattr(experiment, name), shape) for name, shape in cell_class.editable(size).items()}
        given = {
            name: (bool(values), np.reshape(values or np.zeros(shape), shape).astype(float))
            for name, (values, shape) in by_hand.items()
        }
        return cls(
            activations.known(experiment.activation if cell_class.nonlinear else 0),
            experiment.initialization()._replace(given=given.get("W_hh"), fan=fan),
            experiment.settings_of(cell_class),
            given["b"],
            experiment.length,
            0 if experiment.loss == "every" else experiment.last_loss_step,
        )

    def draw(self, drawable: Any, hidden_size: int, seed: int | Array) -> Any:
        """What has an `init` like that of a cell, with its weights."""
        return _drawn(drawable, hidden_size, seed, self.activation, self.initialization, self.hyperparameters)


def build(experiment: Experiment) -> Setup:
    """Draw the weights and the input. The same experiment gives the same arrays on every machine."""
    return Setup(*run(experiment, _nothing_more))


def run(experiment: Experiment, analysis: Callable[..., Any], *given: Any) -> Any:
    """`analysis(cell, xs, loss, length, *given)` of a cell whose weights are drawn by a program of their own.

    Args:
        experiment: what is run.
        analysis: a module-level function of a Setup's four fields; it is compiled once for each cell, hidden size
            and bucket.
        given: what else it takes: arrays, or tuples of them.

    Returns:
        What the analysis returns, as arrays.
    """
    numbers = Numbers.of(experiment, experiment.cell_class)
    cell = numbers.draw(experiment.cell_class, experiment.hidden_size, np.uint32(experiment.seed))
    return _run(analysis, cell, padded(experiment), numbers.given_b, numbers.length, numbers.loss_step, given)


def run_network(experiment: Experiment, network: Any, analysis: Callable[..., Any], *given: Any) -> Any:
    """`analysis(network, xs, length, *given)` of a network whose weights are drawn by a program of their own.

    Args:
        experiment: what is run.
        network: something hashable with an `init` that takes what that of a cell takes.
        analysis: a module-level function; it is compiled once for each network, hidden size and bucket.
        given: what else it takes: arrays, or tuples of them.
    """
    numbers = Numbers.of(experiment, all_cells()[experiment.cell])
    drawn = numbers.draw(network, experiment.hidden_size, np.uint32(experiment.seed))
    return _run_network(analysis, drawn, padded(experiment), numbers.length, given)


def run_seeds(experiment: Experiment, analysis: Callable[..., Any], seeds: Sequence[int], *given: Any) -> Any:
    """The same for several seeds at once: what the analysis returns, with an axis of seeds in front."""
    xs = np.stack([padded(experiment.replace(seed=seed)) for seed in seeds])
    numbers = Numbers.of(experiment, experiment.cell_class)
    return _run_seeds(
        analysis, experiment.cell_class, experiment.hidden_size, np.asarray(seeds, np.uint32), xs, numbers, given
    )


def padded(experiment: Experiment) -> np.ndarray:
    """(bucket, INPUT_SIZE) the experiment's input, zero beyond its length."""
    xs = np.zeros((experiment.bucket, inputs.INPUT_SIZE))
    sequence = experiment.sequence()
    xs[: experiment.length, : sequence.shape[1]] = sequence
    return xs


def _nothing_more(cell: AbstractCell, xs: Array, loss: Loss, length: Array) -> tuple:
    return cell, xs, loss, length


@compiled(static=("drawable", "hidden_size"))
def _drawn(
    drawable: Any,
    hidden_size: int,
    seed: Array,
    activation: activations.Known,
    initialization: Initialization,
    hyperparameters: dict[str, Array],
) -> Any:
    """A cell, or a network that is drawn as one. Called by itself it is a program that all analyses share."""
    key = jax.random.key(seed)
    settings = {"activation": activation, "initialization": initialization, **hyperparameters}
    return drawable.init(inputs.INPUT_SIZE, hidden_size, key=key, **settings)


def _analysed(
    analysis: Callable[..., Any],
    cell: AbstractCell,
    xs: Array,
    given_b: tuple[Array, Array],
    length: Array,
    loss_step: Array,
    given: tuple[Any, ...],
) -> Any:
    cell = cell.with_weights(b=jnp.where(given_b[0], given_b[1], cell.b))
    loss = named_loss(cell, xs.shape[0], "every", length=length)
    weight = jnp.where(loss_step == 0, loss.weight, jnp.arange(1, xs.shape[0] + 1) == loss_step)
    return analysis(cell, xs, loss._replace(weight=weight), length, *given)


_run = compiled(static=("analysis",))(_analysed)


@compiled(static=("analysis",))
def _run_network(analysis: Callable[..., Any], network: Any, xs: Array, length: Array, given: tuple[Any, ...]) -> Any:
    return analysis(network, xs, length, *given)


@compiled(static=("analysis", "cell_class", "hidden_size"))
def _run_seeds(
    analysis: Callable[..., Any],
    cell_class: type[AbstractCell],
    hidden_size: int,
    seeds: Array,
    xs: Array,
    numbers: Numbers,
    given: tuple[Any, ...],
) -> Any:
    def one(seed, xs):
        cell = numbers.draw(cell_class, hidden_size, seed)
        return _analysed(analysis, cell, xs, numbers.given_b, numbers.length, numbers.loss_step, given)

    return jax.vmap(one)(seeds, xs)
