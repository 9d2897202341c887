"""How large is a cell, and what does a step cost? Counted from the cell itself, and written as a formula."""

from collections.abc import Callable
from functools import cache
from itertools import repeat
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from cells.base import AbstractCell
from cells.diagram import multiplications
from cells.program import skeleton

SIZES = ((3, 5), (7, 5), (3, 6))
"""Input and hidden sizes at which a count is taken to find its formula: three, for three coefficients."""


class Count(NamedTuple):
    """A number that depends on a cell's size.

    Attributes:
        formula: in D, the width of the input, and H, the number of units.
        number: at the size asked for.
    """

    formula: str
    number: int


def parameters(cell_class: type[AbstractCell], input_size: int, hidden_size: int) -> Count:
    """Trainable numbers: every floating-point leaf of the cell."""
    return _at(_parameters, cell_class, input_size, hidden_size)


def parameters_with_two_biases(cell_class: type[AbstractCell], input_size: int, hidden_size: int) -> Count:
    """The same as PyTorch, cuDNN and ONNX count: a bias beside W_ih and another beside W_hh, for every gate.

    A cell without W_hh has nothing for the second bias to stand beside.
    """
    return _at(_parameters_with_two_biases, cell_class, input_size, hidden_size)


def multiplications_per_step(cell_class: type[AbstractCell], input_size: int, hidden_size: int) -> Count:
    """Multiplications and divisions of one step, nonlinearities apart, with every switch of the cell off."""
    return _at(multiplications, cell_class, input_size, hidden_size)


def _parameters(cell: AbstractCell) -> int:
    return sum(_leaves(cell).values())


def _parameters_with_two_biases(cell: AbstractCell) -> int:
    leaves = _leaves(cell)
    biases = sum(number for name, number in leaves.items() if name.startswith("b"))
    return sum(leaves.values()) - biases + (1 if cell.W_hh is None else 2) * leaves["b"]


def _leaves(cell: AbstractCell) -> dict[str, int]:
    leaves = jax.tree.leaves_with_path(cell)
    return {path[0].name: leaf.size for path, leaf in leaves if jnp.issubdtype(leaf.dtype, jnp.floating)}


def _at(count: Callable[[AbstractCell], int], cell_class: type[AbstractCell], D: int, H: int) -> Count:
    by_input, by_state, by_unit = _coefficients(count, cell_class)
    if by_input == by_state:
        parts = [(by_input, "H(D + H)"), (by_unit, "H")]
    else:
        parts = [(by_input, "HD"), (by_state, "H²"), (by_unit, "H")]
    formula = " + ".join(f"{factor if factor > 1 else ''}{term}" for factor, term in parts if factor)
    return Count(formula, by_input * H * D + by_state * H * H + by_unit * H)


@cache
def _coefficients(count: Callable[[AbstractCell], int], cell_class: type[AbstractCell]) -> tuple[int, int, int]:
    """Of HD, H² and H: what every cell's counts are sums of."""
    terms = [[H * D, H * H, H] for D, H in SIZES]
    counts = [count(skeleton(cell_class, D, H, repeat(0))) for D, H in SIZES]
    return tuple(round(part) for part in np.linalg.solve(terms, counts))
