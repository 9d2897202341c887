"""ONNX: the operations LSTM, GRU and RNN, wherever in the graph they stand.

Their blocks are i o f c and z r h by definition. What they are given may be taken apart and put together again from
arrays in another order; so it is computed as the graph says, by the few operations that move numbers.
"""

import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from cells.weights.contents import MAX_BYTES, Budget, Contents, File, Stored, WeightsError, shown
from cells.weights.found import GATES, Fact, Layer
from cells.zoo.cifg import CIFG
from cells.zoo.gru import GRU
from cells.zoo.lstm import LSTM
from cells.zoo.peephole import Peephole
from cells.zoo.rnn import RNN

LABEL = "ONNX (.onnx)"
ORDER = 80
BLOCKS = {"LSTM": (4, "i o f c", (0, 2, 3, 1)), "GRU": (3, "z r h", (1, 0, 2)), "RNN": (1, "", (0,))}
"""Of each operation: how many blocks, in which order, and where those of the zoo's cell stand among them."""
QUANTISED = ("DynamicQuantizeLSTM", "DynamicQuantizeGRU", "QLSTM", "QGRU")
FUNCTIONS = {
    "Tanh": "tanh", "Relu": "relu", "Sigmoid": "sigmoid", "Elu": "elu", "Softsign": "softsign", "Softplus": "softplus",
}  # fmt: skip
"""Nonlinearities of ONNX by the zoo's names."""
MAX_FIELDS = 300_000
"""Most fields of all messages of a model."""
DEEPEST = 200
"""Most operations one behind the other between an array and a layer."""
RUNTIME = "its weights are computed while it runs, and not in the file"


def recognises(file: File) -> bool:
    """By the first field of the message, the version of the format; or by the name."""
    return file.named(".onnx") or (file.data[:1] == b"\x08" and file.data[2:3] in (b"\x12", b"\x1a", b":"))


def contents(file: File) -> Contents:
    """Every operation of every graph."""
    import onnx
    from google.protobuf.message import DecodeError

    _counted(onnx, file.data)
    try:
        model = onnx.load_model_from_string(file.data)
        graph = model.graph
    except (DecodeError, ValueError, TypeError):
        raise WeightsError("file: expected a whole ONNX model; it is broken or something else.") from None
    if not graph.node:
        raise WeightsError("file: expected an ONNX model with operations; it has none.")
    found = Contents("ONNX", room=Budget(len(file.data)))
    for path, scope in _graphs(onnx, graph, "", {}, found):
        for place, node in enumerate(scope.nodes):
            if node.op_type in QUANTISED:
                found.refused.append(f"{shown(node.name or node.op_type)} is {node.op_type}: it is quantised.")
            elif node.op_type in BLOCKS and node.domain in ("", "ai.onnx"):
                name = path + (node.name or f"{node.op_type}_{place}")
                try:
                    found.layers += _layers(onnx, node, name, scope, found)
                except WeightsError as error:
                    found.refused.append(f"{shown(name)}: {error}")
    if not found.layers and not found.refused:
        kinds = {node.op_type for _, scope in _graphs(onnx, graph, "", {}, Contents("")) for node in scope.nodes}
        if {"Sigmoid", "Tanh"} <= kinds:
            found.remarks.append(
                "It has no LSTM, GRU or RNN operation, but Sigmoid and Tanh: a recurrent layer may be in it, taken "
                "apart into its products. That is not read."
            )
    return found


def _counted(onnx: Any, data: bytes) -> None:
    """See, before it is parsed, that a file has no more fields than a model may: one of two bytes takes a hundred.

    Raises:
        WeightsError: it has more, or is no message.
    """
    count, waiting = 0, [(onnx.ModelProto.DESCRIPTOR, 0, len(data))]
    try:
        while waiting:
            kind, place, end = waiting.pop()
            while place < end:
                tag, place = _varint(data, place)
                field, wire = kind.fields_by_number.get(tag >> 3), tag & 7
                size = {1: 8, 5: 4}.get(wire, 0)
                if wire in (0, 2):
                    value, place = _varint(data, place)
                    size = value if wire == 2 else 0
                if wire not in (0, 1, 2, 5) or place + size > end:
                    raise IndexError
                if size and wire == 2 and field is not None and field.message_type is not None:
                    waiting.append((field.message_type, place, place + size))
                elif wire == 2 and field is not None and field.type in (field.TYPE_INT32, field.TYPE_INT64):
                    count += size // 8  # a packed whole number of one byte takes eight
                count, place = count + 1, place + size
                if count > MAX_FIELDS:
                    raise WeightsError(f"file: expected an ONNX model of at most {MAX_FIELDS} fields; it has more.")
    except IndexError:
        raise WeightsError("file: expected a whole ONNX model; it is broken or something else.") from None


def _varint(data: bytes, place: int) -> tuple[int, int]:
    """A whole number of protobuf, and where the next byte stands."""
    value = 0
    for shift in range(0, 70, 7):
        byte = data[place]
        place += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value, place
    raise IndexError


class Scope:
    """What an operation of a graph can refer to: arrays of this graph and of those around it, and operations."""

    def __init__(self, graph: Any, around: dict[str, Any]):
        self.nodes = list(graph.node)
        self.known = around | {tensor.name: tensor for tensor in graph.initializer}
        self.known |= {output: node for node in self.nodes for output in node.output if output}


def _graphs(onnx: Any, graph: Any, path: str, around: dict, found: Contents) -> Iterator[tuple[str, Scope]]:
    """A graph and all graphs inside its operations."""
    waiting = [(graph, path, around, 0)]
    while waiting:
        graph, path, around, depth = waiting.pop()
        scope = Scope(graph, around)
        for tensor in graph.initializer:
            found.arrays[path + tensor.name] = _stored(onnx, tensor)
        for node in graph.node:
            tensor = _weights_of(onnx, node)
            if tensor is not None:
                found.arrays[path + node.output[0]] = _stored(onnx, tensor)
        yield path, scope
        inner = []
        for node in graph.node if depth < 20 else ():
            for attribute in node.attribute:
                graphs = [attribute.g] if attribute.type == attribute.GRAPH else list(attribute.graphs)
                step = f"{path}{node.name or node.op_type}/{attribute.name}/"
                inner += [(each, step, scope.known, depth + 1) for each in graphs]
        waiting += reversed(inner)


def _weights_of(onnx: Any, node: Any) -> Any:
    """What a constant of the graph holds, if it may be weights and no axis or size."""
    values = [attribute.t for attribute in node.attribute if attribute.name == "value"]
    if node.op_type != "Constant" or not values:
        return None
    floating = values[0].data_type in (1, 10, 11, 16)
    return values[0] if floating and math.prod(values[0].dims) > 1 else None


def _stored(onnx: Any, tensor: Any) -> Stored:
    known = {number: name.lower() for name, number in onnx.TensorProto.DataType.items()}
    dtype = {1: "float32", 10: "float16", 11: "float64", 16: "bfloat16"}.get(tensor.data_type)
    dtype = dtype or known.get(tensor.data_type, "unknown")
    return Stored(tuple(tensor.dims), dtype, lambda: _array(onnx, tensor))


def _array(onnx: Any, tensor: Any) -> np.ndarray:
    if tensor.data_location == onnx.TensorProto.EXTERNAL or tensor.external_data:
        raise WeightsError(f"{shown(tensor.name)} lies in another file, which was not opened.")
    if min(tensor.dims, default=0) < 0 or math.prod(tensor.dims) > MAX_BYTES:
        raise WeightsError(f"{shown(tensor.name)}: expected the shape of an array; got {tuple(tensor.dims)}.")
    try:
        return onnx.numpy_helper.to_array(tensor)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise WeightsError(f"{shown(tensor.name)}: expected a whole array; it is broken: {shown(error)}.") from None


def _attributes(onnx: Any, node: Any) -> dict[str, Any]:
    return {
        attribute.name: onnx.helper.get_attribute_value(attribute)
        for attribute in node.attribute
        if attribute.type not in (attribute.GRAPH, attribute.GRAPHS)
    }


class Evaluation:
    """Arrays of a graph, computed where they are only moved; and the names of those in the file that were used."""

    def __init__(self, onnx: Any, scope: Scope, room: Budget):
        self.onnx, self.scope, self.room, self.used = onnx, scope, room, set()
        self.known: dict[str, np.ndarray] = {}

    def __call__(self, name: str, depth: int = 0) -> np.ndarray:
        """The array of this name.

        Raises:
            WeightsError: it is an input of the model, or comes of an operation that does more than move numbers.
        """
        if name in self.known:
            return self.known[name]
        source = self.scope.known.get(name)
        if source is None or depth > DEEPEST:
            raise WeightsError(f"{RUNTIME}.")
        if not hasattr(source, "op_type"):
            self.used.add(name)
            array = _array(self.onnx, source)
        elif source.op_type in MOVES and source.domain in ("", "ai.onnx"):
            attributes = _attributes(self.onnx, source)
            inputs = [self(each, depth + 1) if each else None for each in source.input]
            try:
                made = MOVES[source.op_type](self.onnx, attributes, *inputs)
            except WeightsError:
                raise
            except Exception as error:  # NumPy refuses wrong shapes in many ways
                raise WeightsError(f"{source.op_type} of its weights cannot be computed: {shown(error)}.") from None
            made = made if isinstance(made, list) else [made]
            self.room.take(sum(part.nbytes for part in made if part.base is None), name)
            self.known |= dict(zip(source.output, made, strict=True))
            if source.op_type == "Constant":
                self.used.add(name)
            return self.known[name]
        else:
            raise WeightsError(f"{RUNTIME} ({source.op_type}).")
        self.known[name] = array
        return array


def _integers(value: Any) -> list[int]:
    return [int(item) for item in np.ravel(value)]


def _constant(onnx: Any, attributes: dict) -> np.ndarray:
    for name, kind in (
        ("value_float", "float32"),
        ("value_floats", "float32"),
        ("value_int", "int64"),
        ("value_ints", "int64"),
    ):
        if name in attributes:
            return np.asarray(attributes[name], kind)
    return _array(onnx, attributes["value"])


def _unsqueezed(onnx: Any, attributes: dict, data: np.ndarray, axes: Any = None) -> np.ndarray:
    return np.expand_dims(data, tuple(_integers(attributes.get("axes", axes))))


def _squeezed(onnx: Any, attributes: dict, data: np.ndarray, axes: Any = None) -> np.ndarray:
    axes = attributes.get("axes", axes)
    return np.squeeze(data, None if axes is None else tuple(_integers(axes)))


def _sliced(onnx: Any, attributes: dict, data: np.ndarray, *given: Any) -> np.ndarray:
    if "starts" in attributes:
        given = (attributes["starts"], attributes["ends"], attributes.get("axes"))
    starts, ends, axes, steps = (*given, None, None)[:4]
    starts, ends = _integers(starts), _integers(ends)
    axes = range(len(starts)) if axes is None else _integers(axes)
    steps = [1] * len(starts) if steps is None else _integers(steps)
    cut = [slice(None)] * data.ndim
    for axis, start, end, step in zip(axes, starts, ends, steps, strict=True):
        cut[axis] = slice(start, None if step < 0 and end < -data.shape[axis] else end, step)
    return data[tuple(cut)]


def _joined(onnx: Any, attributes: dict, *parts: np.ndarray) -> np.ndarray:
    if sum(part.nbytes for part in parts) > MAX_BYTES:
        raise WeightsError(f"expected its weights to take at most {MAX_BYTES} bytes; joined they take more.")
    return np.concatenate(parts, attributes["axis"])


def _reshaped(onnx: Any, attributes: dict, data: np.ndarray, shape: np.ndarray) -> np.ndarray:
    sizes = [data.shape[axis] if size == 0 else size for axis, size in enumerate(_integers(shape))]
    return data.reshape(sizes)


def _split(onnx: Any, attributes: dict, data: np.ndarray, sizes: Any = None) -> list[np.ndarray]:
    axis, sizes = attributes.get("axis", 0), attributes.get("split", sizes)
    if sizes is None:
        raise WeightsError("Split of its weights does not say into what.")
    return np.split(data, np.cumsum(_integers(sizes))[:-1], axis)


def _cast(onnx: Any, attributes: dict, data: np.ndarray) -> np.ndarray:
    return data.astype(onnx.helper.tensor_dtype_to_np_dtype(attributes["to"]))


MOVES: dict[str, Callable[..., Any]] = {
    "Constant": _constant,
    "Identity": lambda onnx, attributes, data: data,
    "Transpose": lambda onnx, attributes, data: np.transpose(data, attributes.get("perm")),
    "Unsqueeze": _unsqueezed,
    "Squeeze": _squeezed,
    "Slice": _sliced,
    "Concat": _joined,
    "Reshape": _reshaped,
    "Split": _split,
    "Cast": _cast,
}
"""Operations that move numbers."""


def _layers(onnx: Any, node: Any, name: str, scope: Scope, found: Contents) -> list[Layer]:
    """The one or two directions of an operation."""
    count, order, places = BLOCKS[node.op_type]
    attributes = _attributes(onnx, node)
    direction = attributes.get("direction", b"forward").decode()
    evaluate = Evaluation(onnx, scope, found.room)
    names = [*node.input, *[""] * 8]
    W, R, B, peepholes = (evaluate(names[place]) if names[place] else None for place in (1, 2, 3, 7))
    if W is None or R is None or W.ndim != 3 or R.ndim != 3:
        raise WeightsError("expected W and R with an axis of directions; got others.")
    sides = {"forward": [False], "reverse": [True], "bidirectional": [False, True]}.get(direction)
    H = R.shape[2]
    if sides is None or W.shape[:2] != (len(sides), count * H) or R.shape[:2] != (len(sides), count * H):
        raise WeightsError(f"expected W and R for {direction} with {count} blocks; got {W.shape} and {R.shape}.")
    if (B is not None and B.shape != (len(sides), 2 * count * H)) or (
        peepholes is not None and peepholes.shape != (len(sides), 3 * H)
    ):
        raise WeightsError(f"expected biases {(len(sides), 2 * count * H)} and peepholes {(len(sides), 3 * H)}.")
    if attributes.get("clip"):
        raise WeightsError("it clips what its gates are computed from: a cell that the zoo does not have.")
    layers = []
    for place, backward in enumerate(sides):

        def stacked(array: np.ndarray) -> np.ndarray:
            return array.reshape(count, H, *array.shape[1:])[list(places)]

        facts = _facts(node.op_type, attributes, place, len(sides), order)
        arrays = {"W_ih": stacked(W[place]), "W_hh": stacked(R[place]), "b_ih": None, "b_hh": None, "p": None}
        if B is not None:
            arrays["b_ih"], arrays["b_hh"] = (stacked(half) for half in np.split(B[place], 2))
        cell_class = {"LSTM": LSTM, "GRU": GRU, "RNN": RNN}[node.op_type]
        if peepholes is not None:
            arrays["p"] = peepholes[place].reshape(3, H)[[0, 2, 1]]
            cell_class = Peephole
        if attributes.get("input_forget"):
            if peepholes is not None:
                raise WeightsError("it couples its gates and has peepholes: a cell that the zoo does not have.")
            # f = 1 - i = sigmoid(-a_i): the coupled cell is written with f, whose weights are those of i, negated.
            arrays = {role: _coupled(array) for role, array in arrays.items()}
            cell_class = CIFG
            facts["coupled"] = Fact.known("f = 1 - i", "The operation has input_forget.")
        label = name if len(sides) == 1 else f"{name}/{'backward' if backward else 'forward'}"
        used = tuple(_full(each, found) for each in sorted(evaluate.used))
        found.used.update(used)
        layers.append(Layer(label, cell_class, **arrays, order=order, facts=facts, backward=backward, sources=used))
        found.room.take(layers[-1].nbytes, label)
    return layers


def _full(name: str, found: Contents) -> str:
    """An array's name with the path of its graph."""
    return name if name in found.arrays else next((each for each in found.arrays if each.endswith("/" + name)), name)


def _coupled(array: np.ndarray | None) -> np.ndarray | None:
    """Blocks f g o of a cell that has i f g o and uses no f."""
    return None if array is None else np.stack([-array[0], array[2], array[3]])


def _facts(kind: str, attributes: dict[str, Any], place: int, sides: int, order: str) -> dict[str, Fact]:
    said = [name.decode() for name in attributes.get("activations", [])]
    usual = {"LSTM": ["Sigmoid", "Tanh", "Tanh"], "GRU": ["Sigmoid", "Tanh"], "RNN": ["Tanh"]}[kind]
    names = (said or usual * 2)[place * len(usual) : (place + 1) * len(usual)]
    why = "The operation says so." if said else "It is what the operation does where nothing is said."
    *gate, phi = names if kind != "LSTM" else names[:2]
    if kind == "LSTM" and names[1] != names[2]:
        raise WeightsError(f"expected one nonlinearity for candidate and output; got {names[1]} and {names[2]}.")
    if phi not in FUNCTIONS:
        raise WeightsError(f"expected one of {', '.join(FUNCTIONS)} for its candidate; got {shown(phi)}.")
    facts = {"activation": Fact.known(FUNCTIONS[phi], why)}
    if gate:
        facts["gates"] = Fact.known(_gates(gate[0], attributes, place / sides), why)
        facts["order"] = Fact.known(order, "ONNX defines it.")
    if kind == "GRU":
        after = bool(attributes.get("linear_before_reset", 0))
        facts["reset"] = Fact.known("after" if after else "before", f"linear_before_reset is {int(after)}.")
    return facts


def _gates(name: str, attributes: dict[str, Any], share: float) -> str:
    """The nonlinearity of the gates; what both directions have in lists begins at a share of them."""
    if name == "Sigmoid":
        return "logistic"
    if name != "HardSigmoid":
        raise WeightsError(f"expected Sigmoid or HardSigmoid for its gates; got {shown(name)}.")
    slopes, shifts = attributes.get("activation_alpha") or [0.2], attributes.get("activation_beta") or [0.5]
    slope, shift = (numbers[int(share * len(numbers))] for numbers in (slopes, shifts))
    if not math.isclose(shift, 0.5, rel_tol=1e-6) or not slope > 0:
        raise WeightsError(f"expected a HardSigmoid that rises and is 1/2 at 0; got {slope:g} x + {shift:g}.")
    return next((each for each, known in GATES.items() if math.isclose(known, slope, rel_tol=1e-6)), f"hard {slope!r}")
