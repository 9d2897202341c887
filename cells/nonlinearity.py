"""What a gate is of its pre-activation, whatever stands between them: read from the cell's own step."""

from collections.abc import Callable, Iterable
from functools import cache
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from cells.base import AbstractCell
from cells.program import Constant, Operation, Program, program
from cells.programs import compiled

WIDTH = 7
"""H of the program that nonlinearities are read from; no number of gates."""
AFFINE = frozenset(
    {"add", "sub", "neg", "mul", "div", "convert_element_type", "broadcast_in_dim", "copy", "squeeze", "slice"}
)
"""Operations that draw a straight line, as far as one vector and constants are concerned."""


class Way(NamedTuple):
    """How a named intermediate comes from its pre-activation, unit by unit.

    Attributes:
        begin: number of the pre-activation.
        operations: in the order they are computed.
        end: number of what the tap reads.
    """

    begin: int
    operations: tuple[Operation, ...]
    end: int


@cache
def way(cell_class: type[AbstractCell], name: str) -> Way | None:
    """What stands between a named intermediate and its pre-activation, in `_small` of a cell; None where nothing does.

    The pre-activation is the earliest vector that the intermediate is computed from unit by unit with no weight, no
    other vector and no tap between. Where nothing but sums and products stand between, there is no nonlinearity.
    """
    steps = _small(cell_class)
    place = next(k for k, o in enumerate(steps.operations) if o.kind == "tap" and o.name == name)
    before, (end,) = steps.operations[:place], steps.operations[place].inputs
    for begin in steps.wires:
        operations = _between(steps, before, begin, end)
        if operations is not None:
            return None if _straight(begin, operations) else Way(begin, operations, end)
    return None


def _small(cell_class: type[AbstractCell]) -> Program:
    """A program that stands for those of all sizes, where only what is done unit by unit matters."""
    return program(cell_class, 5, WIDTH)


def _between(steps: Program, before: tuple[Operation, ...], begin: int, end: int) -> tuple[Operation, ...] | None:
    """The operations that lead from one vector to another; None where something else has a say in it."""
    needed, found = {end}, []
    for operation in reversed(before):
        if begin in operation.outputs or not needed & set(operation.outputs):
            continue
        if operation.kind in ("tap", "dot_general"):
            return None
        found.append(operation)
        needed |= {number for number in operation.inputs if isinstance(number, int)}
    known = {begin, *steps.switches, *(number for operation in found for number in operation.outputs)}
    return tuple(reversed(found)) if begin in needed and needed <= known else None


def _straight(begin: int, operations: tuple[Operation, ...]) -> bool:
    """Whether they draw a straight line."""
    moving = {begin}
    for operation in operations:
        met = [number in moving for number in operation.inputs]
        if not any(met):
            continue
        twice, under = operation.kind == "mul" and all(met), operation.kind == "div" and met[1]
        if operation.kind not in AFFINE or twice or under:
            return False
        moving |= set(operation.outputs)
    return True


def pre_activation(cell_class: type[AbstractCell], name: str) -> int | None:
    """Place among the wires of what the nonlinearity of a named intermediate is applied to; None if it has none."""
    found = way(cell_class, name)
    return None if found is None else _small(cell_class).wires.index(found.begin)


def nonlinearities(
    cell_class: type[AbstractCell], switches: Iterable[Any], points: Array
) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """{name: (nonlinearity, slope)} at some points, each (N,), of every named intermediate with a `pre_activation`.

    Args:
        cell_class: the cell.
        switches: its activation and its variant, as `switches_of` gives them.
        points: (N,) where.
    """
    rows = jnp.pad(jnp.asarray(points, float), (0, -len(points) % WIDTH)).reshape(-1, WIDTH)
    found = jax.device_get(_curves(cell_class, list(switches), rows))
    return {name: tuple(part.ravel()[: len(points)] for part in pair) for name, pair in found.items()}


@compiled(static=("cell_class",))
def _curves(cell_class: type[AbstractCell], switches: list[Array], rows: Array) -> dict[str, tuple[Array, Array]]:
    known = dict(zip(_small(cell_class).switches, switches, strict=True))

    def along(found: Way) -> Callable[[Array], Array]:
        def of(a: Array) -> Array:
            values = {**known, found.begin: a}
            for operation in found.operations:
                inputs = [n.val if isinstance(n, Constant) else values[n] for n in operation.arguments]
                values |= dict(zip(operation.outputs, operation.function(*inputs), strict=True))
            return values[found.end]

        return jax.vmap(of)

    ways = {name: way(cell_class, name) for name in cell_class.intermediates()}
    return {name: jax.jvp(along(found), (rows,), (jnp.ones_like(rows),)) for name, found in ways.items() if found}
