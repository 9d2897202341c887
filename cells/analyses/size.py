"""How large is a cell, and what does a step cost? Counted from the cell itself, and written as a formula."""

from collections.abc import Callable
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
    return _counted(lambda *size: sum(_leaves(cell_class, *size).values()), input_size, hidden_size)


def parameters_with_two_biases(cell_class: type[AbstractCell], input_size: int, hidden_size: int) -> Count:
    """The same as PyTorch, cuDNN and ONNX count: a bias beside W_ih and another beside W_hh, for every gate.

    A cell without W_hh has nothing for the second bias to stand beside.
    """

    def count(*size: int) -> int:
        leaves = _leaves(cell_class, *size)
        biases = sum(number for name, number in leaves.items() if name.startswith("b"))
        once = leaves["b"]
        return sum(leaves.values()) - biases + (2 * once if "W_hh" in leaves else once)

    return _counted(count, input_size, hidden_size)


def multiplications_per_step(cell_class: type[AbstractCell], input_size: int, hidden_size: int) -> Count:
    """Multiplications and divisions of one step, nonlinearities apart, with every switch of the cell off."""
    return _counted(lambda *size: multiplications(skeleton(cell_class, *size, repeat(0))), input_size, hidden_size)


def _leaves(cell_class: type[AbstractCell], input_size: int, hidden_size: int) -> dict[str, int]:
    cell = skeleton(cell_class, input_size, hidden_size, repeat(0))
    leaves = jax.tree.leaves_with_path(cell)
    return {path[0].name: leaf.size for path, leaf in leaves if jnp.issubdtype(leaf.dtype, jnp.floating)}


def _counted(count: Callable[[int, int], int], input_size: int, hidden_size: int) -> Count:
    terms = [[H * D, H * H, H] for D, H in SIZES]
    counts = [count(D, H) for D, H in SIZES]
    by_input, by_state, by_unit = (round(part) for part in np.linalg.solve(terms, counts))
    if by_input == by_state:
        parts = [(by_input, "H(D + H)"), (by_unit, "H")]
    else:
        parts = [(by_input, "HD"), (by_state, "H²"), (by_unit, "H")]
    formula = " + ".join(f"{factor if factor > 1 else ''}{term}" for factor, term in parts if factor)
    return Count(formula, count(input_size, hidden_size))
