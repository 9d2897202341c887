"""How the cells of a trained network are drawn: what an experiment says of its cell, as data."""

from typing import Self

import equinox as eqx
import jax
import numpy as np
from jax import Array

from cells import activations
from cells.base import AbstractCell
from cells.experiment import Experiment
from cells.initializers import Initialization
from cells.zoo import all_cells

MOST_UNITS = 32
"""Units of a trained cell at most: its weights are kept for every moment that is shown."""


class Recipe(eqx.Module):
    """A cell to be drawn; its class and size decide what is compiled, the rest is data.

    Attributes:
        cell_class: the cell.
        hidden_size: H.
        activation: place in the table of activations.
        initialization: how the weights are drawn.
        hyperparameters: what else `init` takes.
    """

    cell_class: type[AbstractCell] = eqx.field(static=True)
    hidden_size: int = eqx.field(static=True)
    activation: Array
    initialization: Initialization
    hyperparameters: dict[str, Array]

    @classmethod
    def of(cls, experiment: Experiment) -> Self:
        """The experiment's cell in one layer, with at most `MOST_UNITS` units; weights by hand are left aside."""
        cell_class = all_cells()[experiment.cell]
        return cls(
            cell_class,
            min(experiment.hidden_size, MOST_UNITS),
            np.asarray(activations.index(experiment.activation)),
            jax.tree.map(np.asarray, experiment.initialization()),
            jax.tree.map(np.asarray, experiment.settings_of(cell_class)),
        )

    def cell(self, key: Array, input_size: int) -> AbstractCell:
        """The cell with weights drawn for inputs of a width."""
        return self.cell_class.init(
            input_size,
            self.hidden_size,
            key=key,
            activation=self.activation,
            initialization=self.initialization,
            **self.hyperparameters,
        )


def glorot(key: Array, outputs: int, inputs: int) -> Array:
    """A readout's weights (outputs, inputs), Glorot uniform."""
    return jax.nn.initializers.glorot_uniform()(key, (outputs, inputs))
