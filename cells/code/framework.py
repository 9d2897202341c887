"""What a framework declares, so that experiments can be written for it."""

from collections.abc import Mapping
from typing import NamedTuple

from cells.base import AbstractCell


class Part(NamedTuple):
    """One kind of cell, as a framework has it.

    Attributes:
        cell: the kind.
        make: a function `cell_of` in the framework's words: it takes the weights by their names here, gate axis first,
            and returns the framework's cell. `$activation` in it is the state nonlinearity.
        step: lines of one step, for frameworks whose programs have a place `$step` for them.
        start: the state before step 1, for a place `$start`.
        activations: {name of an activation: how the framework writes it}; others it does not have.
        switches: hyperparameters of the cell that are on, where this is written; all others are off.
    """

    cell: type[AbstractCell]
    make: str
    activations: Mapping[str, str]
    step: str = ""
    start: str = ""
    switches: tuple[str, ...] = ()


class Framework(NamedTuple):
    """How a framework says an experiment.

    Attributes:
        label: its name.
        packages: what is installed to run the script, as pip is told.
        imports: lines of the script.
        program: what follows the numbers, with places `$step`, `$start` and `$where`, the steps that have a loss, or
            `$query` where the framework draws its own numbers.
        parts: the cells it has; where there are none it does every experiment by its query.
        order: place in menus.
    """

    label: str
    packages: str
    imports: str
    program: str
    parts: tuple[Part, ...] = ()
    order: int = 100
