"""A cell's step as a flat list of operations, read from the cell itself by tracing it.

What passes between the operations as a vector of H numbers is a *wire*. Wires are numbered alike for every size and
every weight, so what is measured on them in a compiled program can be drawn in a diagram made elsewhere.
"""

from collections.abc import Callable, Iterable
from functools import cache
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array, lax
from jax.extend.core import ClosedJaxpr, Jaxpr, Literal, Primitive, jaxpr_as_fun

from cells import activations, keys
from cells.activations import Known
from cells.base import AbstractCell
from cells.taps import Tap, identity

TAP = Primitive("tap")
TAP.def_abstract_eval(lambda value, *, name: value)


class Operation(NamedTuple):
    """One primitive operation.

    Attributes:
        kind: what JAX calls it; "tap" where a named intermediate passes.
        name: the named intermediate, or the name of the function that JAX knows it by; "" for most.
        function: the operation itself, of the values of `arguments`; a list of results.
        inputs: numbers of the values it reads; a constant stands for itself.
        arguments: what `function` takes: the inputs without the constants written into it.
        outputs: numbers of the values it makes.
    """

    kind: str
    name: str
    function: Callable[..., list[Any]]
    inputs: tuple[Any, ...]
    arguments: tuple[Any, ...]
    outputs: tuple[int, ...]


class Constant:
    """A number or an array written in the cell's code."""

    def __init__(self, val: Any):
        self.val = val


class Program(NamedTuple):
    """One step of a cell.

    Attributes:
        cell_class: the cell.
        weights: numbers of the values that are the cell's leaves, its activations among them, in `jax.tree` order.
        switches: of these, the ones that are no weights: which activation, which variant.
        activations: of these, the activations.
        state: numbers of the fields of the state before the step.
        x: number of the input.
        operations: in the order they are computed.
        result: numbers of the fields of the state after the step.
        wires: numbers of the vectors of H that depend on the state or the input, in the order they are computed. What
            a tap reads is left out: the wire is what the tap passes on.
        names: {name: number} of the named intermediates.
        shapes: {number: shape} of every value.
    """

    cell_class: type[AbstractCell]
    weights: tuple[int, ...]
    switches: tuple[int, ...]
    activations: tuple[int, ...]
    state: tuple[int, ...]
    x: int
    operations: tuple[Operation, ...]
    result: tuple[int, ...]
    wires: tuple[int, ...]
    names: dict[str, int]
    shapes: dict[int, tuple[int, ...]]

    def run(
        self,
        cell: AbstractCell,
        state: Any,
        x: Array,
        tap: Tap = identity,
        wire: Callable | None = None,
        *,
        products: bool = True,
    ) -> Any:
        """Compute the step.

        Args:
            cell: the weights.
            state: the state before the step.
            x: (D,) the input.
            tap: what each named intermediate passes through.
            wire: called with the place of a wire in `wires` and its value; what it returns flows on.
            products: whether matrix products let a gradient through.

        Returns:
            The state after the step.
        """
        places = {number: place for place, number in enumerate(self.wires)}
        known = dict(zip((*self.weights, *self.state, self.x), (*leaves(cell), *state, x), strict=True))

        def read(number: Any) -> Any:
            return number.val if isinstance(number, Constant) else known[number]

        for operation in self.operations:
            inputs = [read(number) for number in operation.arguments]
            if operation.kind == "tap":
                outputs = [tap(operation.name, *inputs)]
            elif operation.inputs[0] in self.activations:
                outputs = [activations.apply(*inputs)]
            else:
                outputs = operation.function(*inputs)
            if operation.kind == "dot_general" and not products:
                outputs = lax.stop_gradient(outputs)
            for number, value in zip(operation.outputs, outputs, strict=True):
                known[number] = value if wire is None or number not in places else wire(places[number], value)
        return self.cell_class.State(*(read(number) for number in self.result))

    def feeds(self) -> tuple[tuple[int | str, int], ...]:
        """Pairs (from, to): what the wire at place `to` is computed from with no wire between.

        `from` is the place of a wire, a field of the state before the step, or "x".
        """
        places = {number: place for place, number in enumerate(self.wires)}
        roots: dict[int, frozenset] = {number: frozenset() for number in self.weights}
        roots |= {number: frozenset({f}) for number, f in zip(self.state, self.cell_class.State._fields, strict=True)}
        roots[self.x] = frozenset({"x"})
        pairs: dict[tuple[int | str, int], None] = {}
        for operation in self.operations:
            sources = frozenset().union(*(roots[n] for n in operation.inputs if isinstance(n, int)))
            for number in operation.outputs:
                roots[number] = sources
                if number in places:
                    pairs |= dict.fromkeys((source, places[number]) for source in sorted(sources, key=str))
                    roots[number] = frozenset({places[number]})
        return tuple(pairs)


def _alone(jaxpr: Jaxpr, equation: Any, variables: list[Any]) -> Callable[..., list[Any]]:
    """One equation of a jaxpr as a function of its variables."""
    alone = jaxpr.replace(constvars=[], invars=variables, outvars=equation.outvars, eqns=[equation])
    return jaxpr_as_fun(ClosedJaxpr(alone, []))


@cache
def program(cell_class: type[AbstractCell], input_size: int, hidden_size: int) -> Program:
    """The step of a cell of this size, as a program. Nothing is computed and nothing is compiled."""
    # One program for all activations: each is an argument.
    found, tree = jax.tree.flatten(shaped(cell_class, input_size, hidden_size), is_leaf=_is_known)
    given = [jax.ShapeDtypeStruct((), jnp.int32) if _is_known(leaf) else leaf for leaf in found]
    cell = jax.tree.unflatten(tree, given)
    state = jax.eval_shape(cell_class.initial_state, cell)
    x = jax.ShapeDtypeStruct((input_size,), jnp.result_type(float))

    def step(cell, state, x):
        return tuple(cell.step(state, x, lambda name, value: TAP.bind(value, name=name)))

    return _flatten(cell_class, jax.make_jaxpr(step)(cell, state, x), found, hidden_size)


def shaped(cell_class: type[AbstractCell], input_size: int, hidden_size: int) -> Any:
    """A cell of this size with shapes and types in place of its arrays."""
    cell = cell_class.init(input_size, hidden_size, key=keys.key(0))
    return jax.tree.map(lambda leaf: jax.ShapeDtypeStruct(leaf.shape, leaf.dtype), cell)


def _flatten(cell_class: type[AbstractCell], closed: ClosedJaxpr, leaves: list[Any], hidden_size: int) -> Program:
    shapes: dict[int, tuple[int, ...]] = {}
    operations: list[Operation] = []

    def fresh(variable: Any) -> int:
        shapes[len(shapes)] = variable.aval.shape
        return len(shapes) - 1

    def inline(jaxpr: Any, consts: Iterable[Any], inputs: Iterable[Any]) -> list[Any]:
        numbers = {variable: Constant(value) for variable, value in zip(jaxpr.constvars, consts, strict=True)}
        numbers |= dict(zip(jaxpr.invars, inputs, strict=True))

        def read(atom: Any) -> Any:
            return Constant(atom.val) if isinstance(atom, Literal) else numbers[atom]

        for equation in jaxpr.eqns:
            variables = list(dict.fromkeys(atom for atom in equation.invars if not isinstance(atom, Literal)))
            arguments = [read(atom) for atom in equation.invars]
            inner = equation.params.get("jaxpr")
            if equation.primitive.name in ("jit", "pjit") and isinstance(inner, ClosedJaxpr):
                outputs = inline(inner.jaxpr, inner.consts, arguments)
            else:
                outputs = [fresh(variable) for variable in equation.outvars]
                name = str(equation.params.get("name", ""))
                operations.append(
                    Operation(
                        equation.primitive.name,
                        name,
                        _alone(jaxpr, equation, variables),
                        tuple(arguments),
                        tuple(read(variable) for variable in variables),
                        tuple(outputs),
                    )
                )
            numbers |= dict(zip(equation.outvars, outputs, strict=True))
        return [read(atom) for atom in jaxpr.outvars]

    weights = len(leaves)
    inputs = [fresh(variable) for variable in closed.jaxpr.invars]
    result = inline(closed.jaxpr, closed.consts, inputs)
    taps = [operation for operation in operations if operation.kind == "tap"]
    moving = set(inputs[weights:])
    for operation in operations:
        if moving & {number for number in operation.inputs if isinstance(number, int)}:
            moving |= set(operation.outputs)
    tapped = {number for operation in taps for number in operation.inputs if isinstance(number, int)}
    made = [number for operation in operations for number in operation.outputs]
    return Program(
        cell_class,
        tuple(inputs[:weights]),
        tuple(number for number, leaf in zip(inputs, leaves, strict=False) if not is_weight(leaf)),
        tuple(number for number, leaf in zip(inputs, leaves, strict=False) if _is_known(leaf)),
        tuple(inputs[weights:-1]),
        inputs[-1],
        tuple(operations),
        tuple(result),
        tuple(n for n in made if n in moving and n not in tapped and shapes[n] == (hidden_size,)),
        {operation.name: operation.outputs[0] for operation in taps},
        shapes,
    )


def skeleton(cell_class: type[AbstractCell], input_size: int, hidden_size: int, switches: Iterable[Any]) -> Any:
    """A cell with its switches (activation, variants) and shapes in place of its weights: all that a diagram needs."""
    found, tree = jax.tree.flatten(shaped(cell_class, input_size, hidden_size), is_leaf=_is_known)
    switches = iter(switches)

    def filled(leaf: Any) -> Any:
        if is_weight(leaf):
            return leaf
        return Known(int(next(switches))) if _is_known(leaf) else np.asarray(next(switches))

    return jax.tree.unflatten(tree, [filled(leaf) for leaf in found])


def leaves(cell: AbstractCell) -> list[Any]:
    """The leaves of a cell, and its activations as `Known`, in the order of `Program.weights`."""
    return jax.tree.leaves(cell, is_leaf=_is_known)


def values(cell: AbstractCell) -> list[Any]:
    """The same as arrays: an activation as its place in the table."""
    return [jnp.asarray(leaf.position, jnp.int32) if _is_known(leaf) else leaf for leaf in leaves(cell)]


def switches_of(cell: AbstractCell) -> list[Array]:
    """What of a cell is no weight: which activation, which variant."""
    return [value for leaf, value in zip(leaves(cell), values(cell), strict=True) if not is_weight(leaf)]


def is_weight(leaf: Any) -> bool:
    """Whether a leaf of a cell is one of its weights, and no switch."""
    return not _is_known(leaf) and jnp.issubdtype(leaf.dtype, jnp.floating)


def _is_known(leaf: Any) -> bool:
    return isinstance(leaf, Known)
