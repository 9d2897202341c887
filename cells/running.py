"""Running an experiment: its weights and its input drawn, and an analysis of them compiled once for each shape."""

import math
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from cells import inputs, keys
from cells.analyses.adjoint import Loss, named_loss
from cells.base import AbstractCell
from cells.experiment import Experiment
from cells.program import is_weight
from cells.programs import compiled
from cells.zoo import all_cells

_W_HH = jax.tree_util.GetAttrKey("W_hh")
"""What the gain grows."""


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


def drawn(experiment: Experiment) -> AbstractCell:
    """The experiment's cell with its weights.

    Nothing is compiled, so that every number of an experiment may change and only its sizes are waited for.
    """
    cell, gain = _at_gain_one(experiment.replace(gain=1.0)), experiment.gain

    def grown(path: tuple, leaf: Any) -> Any:
        return gain * leaf if path[-1] == _W_HH else leaf

    return jax.tree.map_with_path(grown, cell)


@lru_cache(maxsize=256)
def _at_gain_one(experiment: Experiment) -> AbstractCell:
    """The same at a gain of 1, kept: who drags the gain asks for the same draw again and again."""
    cell_class, size = experiment.cell_class, experiment.hidden_size
    by_hand = _by_hand(experiment)
    settings = _settings(experiment, by_hand.get("W_hh"), cell_class)
    if not cell_class.nonlinear:
        settings["activation"] = "identity"
    cell = cell_class.init(inputs.INPUT_SIZE, size, key=keys.key(experiment.seed), **settings)
    return cell.with_weights(b=by_hand["b"]) if "b" in by_hand else cell


def _drawn_as(experiment: Experiment, drawable: Any) -> Any:
    """Anything else that has an `init` like that of a cell, drawn as the experiment says; biases by hand left aside."""
    settings = _settings(experiment, _by_hand(experiment).get("W_hh"), all_cells()[experiment.cell])
    return drawable.init(inputs.INPUT_SIZE, experiment.hidden_size, key=keys.key(experiment.seed), **settings)


def _by_hand(experiment: Experiment) -> dict[str, np.ndarray]:
    """Weights that are given, by name."""
    return {
        name: np.reshape(getattr(experiment, name), shape).astype(float)
        for name, shape in experiment.cell_class.editable(experiment.hidden_size).items()
        if getattr(experiment, name)
    }


def _settings(experiment: Experiment, W_hh: np.ndarray | None, cell_class: type[AbstractCell]) -> dict[str, Any]:
    """What `init` takes by name, besides the key."""
    # W_ih is drawn for INPUT_SIZE channels; Glorot's variance counts those in use.
    size = experiment.hidden_size
    fan = math.sqrt((inputs.INPUT_SIZE + size) / (experiment.channels_in_use + size))
    return {
        "activation": experiment.activation,
        "initialization": experiment.initialization()._replace(given=W_hh, fan=fan),
        **experiment.settings_of(cell_class),
    }


def build(experiment: Experiment) -> Setup:
    """Draw the weights and the input. The same experiment gives the same arrays on every machine."""
    return Setup(*run(experiment, _nothing_more))


def run(experiment: Experiment, analysis: Callable[..., Any], *given: Any) -> Any:
    """`analysis(cell, xs, loss, length, *given)` of an experiment.

    Args:
        experiment: what is run.
        analysis: a module-level function of a Setup's four fields; it is compiled once for each cell, hidden size
            and bucket.
        given: what else it takes: arrays, or tuples of them.

    Returns:
        What the analysis returns, as arrays.
    """
    return _run(analysis, drawn(experiment), padded(experiment), experiment.length, _only_step(experiment), given)


def run_network(experiment: Experiment, network: Any, analysis: Callable[..., Any], *given: Any) -> Any:
    """`analysis(network, xs, length, *given)` of a network that an experiment decides.

    Args:
        experiment: what is run.
        network: something with an `init` that takes what that of a cell takes.
        analysis: a module-level function; it is compiled once for each network, hidden size and bucket.
        given: what else it takes: arrays, or tuples of them.
    """
    return _run_network(analysis, _drawn_as(experiment, network), padded(experiment), experiment.length, given)


def run_seeds(experiment: Experiment, analysis: Callable[..., Any], seeds: Sequence[int], *given: Any) -> Any:
    """The same as `run` for several seeds at once: what the analysis returns, with an axis of seeds in front."""
    seeded = [experiment.replace(seed=seed) for seed in seeds]
    # What chooses a variant stays one number: of many, JAX would compute every variant.
    weights, switches = zip(*(eqx.partition(drawn(one), is_weight) for one in seeded), strict=True)
    stacked = jax.tree.map(lambda *leaves: np.stack(leaves), *weights)
    xs = np.stack([padded(one) for one in seeded])
    return _run_seeds(analysis, stacked, switches[0], xs, experiment.length, _only_step(experiment), given)


def padded(experiment: Experiment) -> np.ndarray:
    """(bucket, INPUT_SIZE) the experiment's input, zero beyond its length."""
    xs = np.zeros((experiment.bucket, inputs.INPUT_SIZE))
    sequence = experiment.sequence()
    xs[: experiment.length, : sequence.shape[1]] = sequence
    return xs


def _nothing_more(cell: AbstractCell, xs: Array, loss: Loss, length: Array) -> tuple:
    return cell, xs, loss, length


def _only_step(experiment: Experiment) -> int:
    """The step with a loss, counted from 1; 0 where every step has one."""
    return 0 if experiment.loss == "every" else experiment.last_loss_step


def _analysed(
    analysis: Callable[..., Any], cell: AbstractCell, xs: Array, length: Array, only_step: Array, given: tuple[Any, ...]
) -> Any:
    loss = named_loss(cell, xs.shape[0], "every", length=length)
    weight = jnp.where(only_step == 0, loss.weight, jnp.arange(1, xs.shape[0] + 1) == only_step)
    return analysis(cell, xs, loss._replace(weight=weight), length, *given)


_run = compiled(static=("analysis",))(_analysed)


@compiled(static=("analysis",))
def _run_network(analysis: Callable[..., Any], network: Any, xs: Array, length: Array, given: tuple[Any, ...]) -> Any:
    return analysis(network, xs, length, *given)


@compiled(static=("analysis",))
def _run_seeds(
    analysis: Callable[..., Any],
    weights: Any,
    switches: Any,
    xs: Array,
    length: Array,
    only_step: Array,
    given: tuple[Any, ...],
) -> Any:
    def one(weights: Any, xs: Array) -> Any:
        return _analysed(analysis, eqx.combine(weights, switches), xs, length, only_step, given)

    return jax.vmap(one)(weights, xs)
