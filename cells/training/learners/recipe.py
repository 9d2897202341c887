"""How the cells that learn are drawn: what an experiment says of its cell, as data."""

from typing import Any, Self

import equinox as eqx
import jax
import numpy as np
from jax import Array

from cells import activations
from cells.base import AbstractCell
from cells.experiment import Experiment
from cells.initializers import Initialization, glorot_uniform
from cells.keys import Key
from cells.zoo import all_cells

MOST_UNITS = 32
"""Units of a trained cell at most: its weights are kept for every moment that is shown."""


class Recipe(eqx.Module):
    """A cell to be drawn; its class and size decide what is compiled that takes it, the rest is data.

    Attributes:
        cell_class: the cell.
        hidden_size: H.
        activation: which; it is compiled in.
        initialization: how the weights are drawn.
        hyperparameters: what else `init` takes.
    """

    cell_class: type[AbstractCell] = eqx.field(static=True)
    hidden_size: int = eqx.field(static=True)
    activation: activations.Known
    initialization: Initialization
    hyperparameters: dict[str, Array]

    @classmethod
    def of(cls, experiment: Experiment, hidden_size: int | None = None) -> Self:
        """The experiment's cell in one layer, of its hidden size or another; weights by hand are left aside."""
        cell_class = all_cells()[experiment.cell]
        return cls(
            cell_class,
            experiment.hidden_size if hidden_size is None else hidden_size,
            activations.known(experiment.activation),
            jax.tree.map(np.asarray, experiment.initialization()),
            jax.tree.map(np.asarray, experiment.settings_of(cell_class)),
        )

    @classmethod
    def small(cls, experiment: Experiment) -> Self:
        """The same with at most `MOST_UNITS` units."""
        return cls.of(experiment, min(experiment.hidden_size, MOST_UNITS))

    @property
    def settings(self) -> dict[str, Any]:
        """What `init` takes by name, besides the key."""
        return {"activation": self.activation, "initialization": self.initialization, **self.hyperparameters}

    def cell(self, key: Key, input_size: int) -> AbstractCell:
        """The cell with weights drawn for inputs of a width."""
        return self.cell_class.init(input_size, self.hidden_size, key=key, **self.settings)


def glorot(key: Key, outputs: int, inputs: int) -> np.ndarray:
    """A readout's weights (outputs, inputs), Glorot uniform."""
    return glorot_uniform(key, (outputs, inputs))
