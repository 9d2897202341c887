"""The diagram of a cell, read from its step: learned layers in boxes, point-wise operations in circles.

Nothing here knows a cell. Weights and what is computed from them alone vanish into the boxes; switches (the variant of
the GRU, the activation) are followed to the side they are on; what passes a tap takes its name.
"""

import math
from collections import Counter
from typing import Any, NamedTuple

import numpy as np

from cells.base import AbstractCell
from cells.program import Operation, Program, is_weight, leaves, program, values

SYMBOLS = {"add": "+", "mul": "×", "sub": "−", "div": "÷", "logistic": "σ", "tanh": "tanh", "neg": "−", "max": "max"}
"""What a circle shows for one of JAX's operations; any other shows its name."""
ACTIVATION = "φ"
STRUCTURAL = {
    "slice", "squeeze", "reshape", "broadcast_in_dim", "transpose", "concatenate", "convert_element_type", "split",
    "dynamic_slice", "copy", "expand_dims", "gather", "rev",
}  # fmt: skip
"""Operations that move numbers and change none."""
LINEAR = {"add", "sub", "neg", "dot_general", "mul", "div", "reduce_sum"}


class Node(NamedTuple):
    """Something that is drawn.

    Attributes:
        id: its name within the diagram.
        kind: "input", "layer" (a box), "op" (a circle) or "output".
        label: what is written in it: the nonlinearity of a box ("" for none), the sign of an operation.
        name: the named intermediate that leaves it; "" if it has none.
        wire: place among the program's wires of what leaves it; None for an input.
        members: places of the wires inside it.
        column: place from left to right.
        row: place from top to bottom, 0 for the highway.
    """

    id: str
    kind: str
    label: str
    name: str = ""
    wire: int | None = None
    members: tuple[int, ...] = ()
    column: float = 0.0
    row: float = 0.0


class Edge(NamedTuple):
    """A wire from one node to another.

    Attributes:
        source: id of the node it leaves.
        target: id of the node it enters.
        feeds: places, in the program's `feeds`, of what it stands for; empty where it only leads out of the step.
        unitwise: whether it meets a vector of weights, unit by unit, in the layer it enters, and no matrix.
    """

    source: str
    target: str
    feeds: tuple[int, ...] = ()
    unitwise: bool = False


class Diagram(NamedTuple):
    """A cell as drawn: nodes in the order they are computed, edges in the order of their targets."""

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]

    def named(self, name: str) -> Node:
        """The node that a named intermediate leaves."""
        return next(node for node in self.nodes if node.name == name and node.kind != "output")

    def dependencies(self) -> set[tuple[str, str]]:
        """Pairs (from, to) of names with no named intermediate between; fields of the old state are "h before"."""
        names = {node.id: node.name for node in self.nodes if node.kind != "output"}
        names |= {node.id: f"{node.id} before" for node in self.nodes if node.kind == "input" and node.id != "x"}
        names["x"] = "x"
        arriving: dict[str, set[str]] = {node.id: set() for node in self.nodes}
        for edge in self.edges:
            source = names[edge.source]
            arriving[edge.target] |= {source} if source else arriving[edge.source]
        drawn = [node for node in self.nodes if node.kind in ("layer", "op") and node.name]
        return {(source, node.name) for node in drawn for source in arriving[node.id]}


class _Known(NamedTuple):
    """A value of weights and constants alone; `value` where it is known without the weights."""

    value: np.ndarray | None
    learned: bool


class _Signal(NamedTuple):
    """What leaves a node, and the wires it has passed since."""

    node: str
    members: tuple[int, ...] = ()


class _Layer(NamedTuple):
    """A learned linear map, not yet drawn: of whom, and the wires it has passed."""

    sources: tuple[str, ...]
    members: tuple[int, ...]
    nonlinearity: str = ""
    unitwise: frozenset[str] = frozenset()


def diagram(cell: AbstractCell) -> Diagram:
    """The diagram of a cell.

    Args:
        cell: the cell; of its weights only the shapes are read, so `cells.program.skeleton` will do.

    Returns:
        Diagram, laid out.
    """
    shape = cell.input_size, cell.hidden_size
    return _Drawing(program(type(cell), *shape), cell).finished()


def multiplications(cell: AbstractCell) -> int:
    """Multiplications and divisions of one step: those of matrices by vectors, and those unit by unit.

    What is computed from weights alone is done once and not counted, nor is what a switch leaves out; nonlinearities
    are not taken apart.

    Args:
        cell: the cell; of its weights only the shapes are read.
    """
    drawing = _Drawing(program(type(cell), cell.input_size, cell.hidden_size), cell)
    shapes, count = drawing.steps.shapes, 0
    for operation in drawing.operations:
        if operation.kind in ("mul", "div"):
            count += math.prod(shapes[operation.outputs[0]])
        elif operation.kind == "dot_general":
            # Each entry of the matrix meets one of the vector.
            count += max(math.prod(shapes[number]) for number in operation.arguments)
    return count


class _Drawing:
    """The program, followed operation by operation."""

    def __init__(self, steps: Program, cell: AbstractCell):
        self.steps = steps
        self.places = {number: place for place, number in enumerate(steps.wires)}
        self.nodes: dict[str, Node] = {}
        self.inputs: dict[str, tuple[str, ...]] = {}
        self.unitwise: set[tuple[str, str]] = set()
        self.shared: set[str] = set()  # nodes that others read besides a tap: the name is not theirs
        self.values: dict[int, Any] = {}
        for number, leaf, value in zip(steps.weights, leaves(cell), values(cell), strict=True):
            self.values[number] = _Known(None if is_weight(leaf) else np.asarray(value), learned=is_weight(leaf))
        for number, name in zip((*steps.state, steps.x), (*steps.cell_class.State._fields, "x"), strict=True):
            self.nodes[name] = Node(name, "input", name)
            self.inputs[name] = ()
            self.values[number] = _Signal(name)
        self.operations = self.live()
        self.readers = Counter(n for operation in self.operations for n in operation.inputs if isinstance(n, int))
        for operation in self.operations:
            self.follow(operation)

    def read(self, number: Any) -> Any:
        return self.values[number] if isinstance(number, int) else _Known(np.asarray(number.val), learned=False)

    def live(self) -> list[Operation]:
        """The operations that the result needs, with the switches as they are."""
        chosen: dict[int, Any] = {}
        for operation in self.steps.operations:
            known = [self.values.get(n) if isinstance(n, int) else self.read(n) for n in operation.inputs]
            if all(isinstance(value, _Known) for value in known):
                for number, value in zip(operation.outputs, self.fold(operation, known), strict=True):
                    self.values[number] = value
            elif operation.kind == "select_n" and _is_one(known[0]):
                chosen[operation.outputs[0]] = operation.inputs[1 + int(known[0].value.flat[0])]
        needed, live = set(self.steps.result), []
        for operation in reversed(self.steps.operations):
            if not needed & set(operation.outputs) or operation.outputs[0] in self.values:
                continue
            if operation.outputs[0] in chosen:
                operation = operation._replace(inputs=(chosen[operation.outputs[0]],), kind="copy")
            live.append(operation)
            needed |= {n for n in operation.inputs if isinstance(n, int)}
        return live[::-1]

    def fold(self, operation: Operation, known: list[_Known]) -> list[_Known]:
        learned = any(value.learned for value in known)
        values = [value.value for value in known]
        function = FOLDABLE.get(operation.kind)
        if learned or function is None or any(value is None for value in values):
            return [_Known(None, learned)] * len(operation.outputs)
        return [_Known(np.asarray(function(*values)), learned)]

    def follow(self, operation: Operation) -> None:
        inputs = [self.read(number) for number in operation.inputs]
        moving = [(number, v) for number, v in zip(operation.inputs, inputs, strict=True) if not isinstance(v, _Known)]
        for number in operation.outputs:
            place = self.places.get(number)
            self.values[number] = self.outcome(operation, inputs, moving, place)
            crowded = self.readers[number] > 1 and place is not None
            if isinstance(self.values[number], _Layer) and (crowded or operation.kind == "tap"):
                self.values[number] = _Signal(self.box(self.values[number], place))

    def outcome(self, operation, inputs, moving, place) -> _Signal | _Layer:
        here = () if place is None else (place,)
        first = moving[0][1]
        if operation.kind == "tap":
            return self.tapped(operation.name, first, place)
        if operation.kind in STRUCTURAL:
            return first._replace(members=(*first.members, *here))
        linear_layers = all(isinstance(value, _Layer) and not value.nonlinearity for _, value in moving)
        learned = any(isinstance(value, _Known) and value.learned for value in inputs)
        if operation.kind in LINEAR:
            if len(moving) == 1 and (linear_layers or (learned and isinstance(first, _Signal))):
                if isinstance(first, _Layer):
                    return first._replace(members=(*first.members, *here))
                alone = frozenset() if operation.kind == "dot_general" else frozenset({first.node})
                return _Layer((first.node,), (*first.members, *here), unitwise=alone)
            if linear_layers and operation.kind in ("add", "sub"):
                sources = tuple(dict.fromkeys(source for _, value in moving for source in value.sources))
                alone = frozenset().union(*(value.unitwise for _, value in moving))
                return _Layer(sources, (*(m for _, value in moving for m in value.members), *here), unitwise=alone)
        label = self.label(operation, inputs)
        if len(moving) == 1 and isinstance(first, _Layer) and not first.nonlinearity:
            return first._replace(nonlinearity=label, members=(*first.members, *here))
        sources = tuple(self.signal(value, self.places.get(number)) for number, value in moving)
        passed = tuple(member for _, value in moving if isinstance(value, _Signal) for member in value.members)
        node = self.add(Node("", "op", label, wire=place, members=(*passed, *here)), sources)
        if self.readers[operation.outputs[0]] > 1:
            self.shared.add(node)
        return _Signal(node)

    def label(self, operation: Operation, inputs: list[Any]) -> str:
        name = operation.kind
        if any(isinstance(n, int) and n in self.steps.activations for n in operation.inputs):
            return ACTIVATION
        if name == "sub" and isinstance(inputs[0], _Known) and not inputs[0].learned:
            return f"{float(inputs[0].value.flat[0]):g}−"
        return SYMBOLS.get(name, operation.name or name)

    def tapped(self, name: str, value: _Signal | _Layer, place: int | None) -> _Signal:
        if isinstance(value, _Layer):
            node = self.box(value, place)
        elif self.nodes[value.node].name or self.nodes[value.node].kind == "input" or value.node in self.shared:
            node = self.add(Node("", "op", "", wire=place), (value.node,))
        else:
            node = value.node
        old = self.nodes[node]
        self.nodes[node] = old._replace(name=name, wire=place, members=tuple(dict.fromkeys((*old.members, place))))
        return _Signal(node)

    def signal(self, value: _Signal | _Layer, place: int | None) -> str:
        return value.node if isinstance(value, _Signal) else self.box(value, place)

    def box(self, layer: _Layer, place: int | None) -> str:
        node = Node("", "layer", layer.nonlinearity, wire=place, members=layer.members)
        name = self.add(node, layer.sources)
        self.unitwise |= {(source, name) for source in layer.unitwise}
        return name

    def add(self, node: Node, sources: tuple[str, ...]) -> str:
        name = f"n{len(self.nodes)}"
        self.nodes[name], self.inputs[name] = node._replace(id=name), sources
        return name

    def finished(self) -> Diagram:
        state = self.steps.cell_class.State._fields
        for field, number in zip(state, self.steps.result, strict=True):
            source = self.signal(self.values[number], self.places.get(number))
            self.nodes[f"{field} after"] = Node(f"{field} after", "output", field, field, self.nodes[source].wire)
            self.inputs[f"{field} after"] = (source,)
        feeds = {pair: place for place, pair in enumerate(self.steps.feeds())}
        edges = []
        for target, sources in self.inputs.items():
            for source in dict.fromkeys(sources):
                wire = self.nodes[source].wire
                key = source if wire is None else wire
                met = [feeds[key, m] for m in self.nodes[target].members if (key, m) in feeds]
                edges.append(Edge(source, target, tuple(met), (source, target) in self.unitwise))
        return Diagram(_laid_out(self.nodes, self.inputs, state), tuple(edges))


FOLDABLE = {
    "convert_element_type": lambda value: value,
    "broadcast_in_dim": lambda value: value,
    "squeeze": lambda value: value,
    "reshape": lambda value: value,
    "not": np.logical_not,
    "and": np.logical_and,
    "or": np.logical_or,
    "eq": np.equal,
    "ne": np.not_equal,
    "lt": np.less,
    "le": np.less_equal,
    "gt": np.greater,
    "ge": np.greater_equal,
}
"""What is computed from switches alone; shapes do not matter, for a switch is one value."""


def _is_one(value: Any) -> bool:
    """Whether a switch is known."""
    return isinstance(value, _Known) and value.value is not None


# --- layout: columns by the longest way from the inputs, the highway straight along the top ---


def highway(nodes: dict[str, Node], inputs: dict[str, tuple[str, ...]], field: str) -> list[str]:
    """The nodes from a field of the old state to the new one through circles alone; empty if there is no such way."""
    found: dict[str, list[str]] = {field: [field]}
    for name, sources in inputs.items():
        if nodes[name].kind in ("op", "output"):
            ways = [found[source] for source in sources if source in found]
            if ways:
                found[name] = [*min(ways, key=len), name]
    return found.get(f"{field} after", [])


def _laid_out(nodes: dict[str, Node], inputs: dict[str, tuple[str, ...]], state: tuple[str, ...]) -> tuple[Node, ...]:
    columns: dict[str, float] = {}
    for name, sources in inputs.items():
        columns[name] = max((columns[source] + 1 for source in sources), default=0)
    last = max(columns.values())
    columns |= {name: last for name, node in nodes.items() if node.kind == "output"}
    rows: dict[str, float] = {}
    ways = [highway(nodes, inputs, field) for field in reversed(state)]
    for lane, way in enumerate(way for way in ways if way):
        rows |= {name: float(lane) for name in way if name not in rows}
    lanes = sum(1 for way in ways if way)
    taken = {(columns[name], row) for name, row in rows.items()}
    readers: dict[str, list[str]] = {name: [] for name in nodes}
    for name, sources in inputs.items():
        for source in sources:
            readers[source].append(name)
    boxes = [name for name, node in nodes.items() if node.kind == "layer" and name not in rows]

    def first_use(name: str) -> tuple[float, float]:
        uses = [(columns[reader], rows.get(reader, 9.0)) for reader in readers[name]]
        return min(uses, default=(99.0, 9.0))

    # A box whose output meets the highway early stands high.
    for place, name in enumerate(sorted(boxes, key=lambda name: (first_use(name), boxes.index(name)))):
        rows[name] = float(lanes + place)
        taken.add((columns[name], rows[name]))
    bottom = max([*rows.values(), float(lanes)])
    below = [name for name in inputs if nodes[name].kind == "input" and name not in rows]
    first = max(float(lanes), bottom - len(below) + 1)
    rows |= {name: first + place for place, name in enumerate(below)}

    def crossed(name: str, row: float) -> int:
        """Straight wires that would run through a node if this one stood in a row."""
        there = rows | {name: row}
        level = [
            (columns[source], columns[target])
            for target, sources in inputs.items()
            for source in sources
            if there.get(source) == there.get(target) == row
        ]
        occupied = {column for column, at in taken if at == row} | {columns[name]}
        return sum(begin < column < end for begin, end in level for column in occupied)

    for name in inputs:
        if name in rows or nodes[name].kind == "input":
            continue
        near = [source for source in inputs[name] if nodes[source].kind != "input"] or inputs[name]
        # What reads no row so far (a past state, taken from storage) stands where the state does.
        wanted = np.mean([rows[source] for source in near if source in rows] or [0.0])
        free = (lanes + place for place in range(len(nodes)))
        free_rows = [row for row in free if (columns[name], float(row)) not in taken]
        rows[name] = float(min(free_rows, key=lambda row: abs(row - wanted) + 2 * crossed(name, row)))
        taken.add((columns[name], rows[name]))
    return tuple(node._replace(column=columns[name], row=rows[name]) for name, node in nodes.items())
