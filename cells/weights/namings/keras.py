"""Keras's names: kernel, recurrent_kernel and bias; in Keras 3's own files 0, 1 and 2.

Blocks stand side by side, i f c o for an LSTM and z r h for a GRU. A GRU with two rows of biases resets after the
product, with one before it. The layers of cuDNN have twice as many biases in one row, and their matrices stored in
another way.
"""

import dataclasses
import re
from typing import Any

import numpy as np

from cells.activations import ACTIVATIONS
from cells.weights.contents import Contents, WeightsError, shown
from cells.weights.found import BY_BLOCKS, GATES, RESETS, Fact, Layer, Reading, blocks
from cells.weights.keras_config import Configured, Keras
from cells.weights.namings.pytorch import numbers

ORDER = 20
NAMED = re.compile(r"^(?P<path>.*?)[/.]?(?P<role>recurrent_kernel|kernel|bias)(:0)?$")
NUMBERED = re.compile(r"^(?P<path>.*)/vars/(?P<role>[012])$")
ROLES = {"0": "kernel", "1": "recurrent_kernel", "2": "bias"}
KINDS = {
    1: ("SimpleRNN", "SimpleRNNCell"),
    3: ("GRU", "GRUCell", "CuDNNGRU"),
    4: ("LSTM", "LSTMCell", "CuDNNLSTM"),
}
ORDERS = {1: ("", (0,)), 3: ("z r h", (1, 0, 2)), 4: ("i f c o", (0, 1, 2, 3))}
"""How the blocks are called in Keras, and where those of the zoo's cell stand among them."""
FUNCTIONS = {"linear": "identity"} | {name: name for name in ACTIVATIONS}
"""Activations of Keras by the zoo's names."""


def layers(contents: Contents, used: set[str]) -> Reading:
    """Every layer and direction."""
    keras = contents.facts.get("keras", Keras("", [], [], False))
    groups: dict[str, dict[str, str]] = {}
    for name in contents.weights():
        match = NAMED.match(name) or NUMBERED.match(name)
        if match and name not in used:
            role = ROLES.get(match["role"], match["role"])
            groups.setdefault(match["path"], {})[role] = name
    reading = Reading([], set(), [])
    owners: list[tuple[Layer, Configured | None]] = []
    stems = {stem: place for place, stem in enumerate(dict.fromkeys(map(_stem, groups)))}
    for path in sorted(groups, key=lambda path: (_place(path, keras), stems[_stem(path)], "backward" in path)):
        names = groups[path]
        if not {"kernel", "recurrent_kernel"} <= set(names) or not _recurrent(path, names, contents):
            continue
        if found := reading.made(contents.room, names.values(), _layer, contents, keras, path, names):
            owners.append((found, keras.described(path, found.hidden_size)))
    reading.layers.extend(_above(layer, own, keras, owners) for layer, own in owners)
    return reading


def _above(layer: Layer, own: Configured | None, keras: Keras, owners: list[tuple[Layer, Configured | None]]) -> Layer:
    """A layer with the names of those it reads, where the model is a chain and their sizes agree."""
    before = keras.before(own) if own else None
    below = [other for other, described in owners if before is not None and described is before]
    if sum(other.hidden_size for other in below) != layer.input_size:
        return layer
    return dataclasses.replace(layer, below=tuple(other.name for other in below))


def _stem(path: str) -> str:
    """What both directions of a layer share: a file may list the backward one first."""
    return path.replace("backward", "forward")


def _place(path: str, keras: Keras) -> int:
    """Where a layer stands in the model, as far as the file says."""
    steps = path.split("/")
    order = [{name} for name in keras.order] or [set(layer.names) for layer in keras.layers]
    return next((place for place, names in enumerate(order) if names & set(steps)), len(order))


def _recurrent(path: str, names: dict[str, str], contents: Contents) -> bool:
    """Whether arrays that are only numbered are a recurrent layer's: a dense one has numbers too."""
    if names["kernel"].endswith("kernel") or ":" in names["kernel"]:
        return True
    by_name = any(word in path.split("/")[-1] for word in ("cell", "rnn", "lstm", "gru"))
    return by_name and len(contents.arrays[names["recurrent_kernel"]].shape) == 2


def _layer(contents: Contents, keras: Keras, path: str, names: dict[str, str]) -> Layer:
    label = _label(path, keras)
    stored = {role: contents.arrays[name] for role, name in names.items()}
    kernel, recurrent = stored["kernel"].shape, stored["recurrent_kernel"].shape
    if len(recurrent) == 4:
        raise WeightsError(f"{shown(label)} is a convolutional cell: a cell that the zoo does not have.")
    flat = len(kernel) == len(recurrent) == 2 and kernel[1] == recurrent[1]
    H = recurrent[0] if flat and recurrent[0] else 1
    count = recurrent[1] // H if flat else 0
    if count not in BY_BLOCKS or recurrent != (H, count * H):
        raise WeightsError(
            f"{shown(label)}: expected a kernel (D, blocks H) and a recurrent one (H, blocks H) with 1, 3 or 4 blocks; "
            f"got {kernel} and {recurrent}."
        )
    described = keras.described(path, H)
    kind = described.kind if described else ""
    if described and kind not in KINDS[count]:
        raise WeightsError(f"{shown(label)} is of the class {shown(kind)}: a cell that the zoo does not have.")
    for role, array in stored.items():
        numbers(names[role], array)
    bias = stored["bias"].load() if "bias" in stored else None
    shapes = {(count * H,), (2, count * H), (2 * count * H,)} if count == 3 else {(count * H,), (2 * count * H,)}
    if bias is not None and bias.shape not in shapes:
        raise WeightsError(
            f"{shown(label)}: expected a bias of shape {' or '.join(map(str, sorted(shapes)))}; got {bias.shape}."
        )
    cudnn = count > 1 and (kind.startswith("CuDNN") or (bias is not None and bias.shape == (2 * count * H,)))
    order, places = ORDERS[count]
    matrices = [stored[role].load() for role in ("kernel", "recurrent_kernel")]
    if cudnn:
        matrices = [_as_cudnn(matrices[0], count, "F"), _as_cudnn(matrices[1], count, "C")]
    W_ih, W_hh = (blocks(matrix, count, places, transposed=True) for matrix in matrices)
    halves = [None, None]
    if bias is not None:
        rows = bias.reshape(-1, count * H)
        halves[: len(rows)] = [blocks(row, count, places) for row in rows]
    config = described.config if described else {}
    backward = any(step.startswith("backward") for step in path.split("/")) or bool(
        config.get("go_backwards") and not any(step.startswith("forward") for step in path.split("/"))
    )
    return Layer(
        label,
        BY_BLOCKS[count],
        W_ih,
        W_hh,
        *halves,
        order=order,
        facts=_facts(count, order, bias, cudnn, described, keras),
        backward=backward,
        sources=tuple(names.values()),
    )


def _as_cudnn(matrix: np.ndarray, count: int, order: str) -> np.ndarray:
    """Blocks as a plain layer has them. cuDNN keeps each one transposed; kernels also keep their shape."""
    parts = np.hsplit(matrix, count)
    return np.hstack([part.T.reshape(part.shape, order=order) if order == "F" else part.T for part in parts])


def _label(path: str, keras: Keras) -> str:
    """A path without what every path has."""
    steps = [step for step in path.split("/") if step not in ("model_weights", "layers", "cell", "_layer", "")]
    halves = [step for step in steps if step.startswith(("forward", "backward"))]
    if keras.order and steps and steps[0] in keras.order:
        return "/".join([steps[0], *halves[:1]])
    if len(steps) > 1 and "_cell" in steps[-1]:
        steps = steps[:-1]
    return "/".join(dict.fromkeys(steps)) or "weights"


def _facts(
    count: int,
    order: str,
    bias: np.ndarray | None,
    cudnn: bool,
    described: Configured | None,
    keras: Keras,
) -> dict[str, Fact]:
    config = described.config if described else {}
    facts: dict[str, Fact] = {}
    if count > 1:
        facts["order"] = Fact.known(order, "Keras has this order.")
        facts["gates"] = _gates(config, cudnn, keras)
    facts["activation"] = _activation(config, cudnn, count)
    if count == 3:
        after = "after" if cudnn or (bias is not None and bias.ndim == 2) else "before"
        if bias is not None:
            row = "twice as many biases as blocks" if after == "after" else "one row of biases"
            facts["reset"] = Fact.known(after, f"There are {row}.")
        elif "reset_after" in config:
            facts["reset"] = Fact.known("after" if config["reset_after"] else "before", "The configuration says so.")
        else:
            facts["reset"] = Fact.asked("There is no bias to tell where the reset gate multiplies.", tuple(RESETS))
    if cudnn:
        facts["layout"] = Fact.inferred("cuDNN", "Its biases are twice as many as its blocks, in one row.")
    return facts


def _gates(config: dict[str, Any], cudnn: bool, keras: Keras) -> Fact:
    if cudnn:
        return Fact.known("logistic", "The layers of cuDNN have no other.")
    name = _named(config.get("recurrent_activation"))
    if name == "sigmoid":
        return Fact.known("logistic", "The configuration says sigmoid.")
    if name == "hard_sigmoid" and keras.version:
        older = keras.version.split(".")[0] in ("1", "2")
        gates, function = ("hard 1/5", "0.2 x + 0.5") if older else ("hard 1/6", "x / 6 + 0.5")
        return Fact.known(gates, f"The configuration says hard_sigmoid, in Keras {keras.version} {function} clipped.")
    if name == "hard_sigmoid":
        return Fact.asked(
            "hard_sigmoid is 0.2 x + 0.5 in Keras 2 and x / 6 + 0.5 in Keras 3.", ("hard 1/5", "hard 1/6")
        )
    if name:
        raise WeightsError(f"recurrent_activation: expected sigmoid or hard_sigmoid; got {shown(name)}.")
    return Fact.asked(
        "A file of weights does not say: hard_sigmoid was the default of Keras 2 (slope 1/5), sigmoid is that of "
        "tf.keras and of Keras 3, whose hard_sigmoid has the slope 1/6.",
        tuple(GATES),
    )


def _activation(config: dict[str, Any], cudnn: bool, count: int) -> Fact:
    if cudnn:
        return Fact.known("tanh", "The layers of cuDNN have no other.")
    name = _named(config.get("activation"))
    if name in FUNCTIONS:
        return Fact.known(FUNCTIONS[name], f"The configuration says {name}.")
    if name:
        raise WeightsError(f"activation: expected one of {', '.join(FUNCTIONS)}; got {shown(name)}.")
    if count == 1:
        return Fact.asked("A file of weights does not say; tanh is the default of Keras.", tuple(ACTIVATIONS))
    return Fact.inferred("tanh", "It is the default of Keras; a file of weights does not say.", tuple(ACTIVATIONS))


def _named(value: Any) -> str:
    """The name of an activation, which newer files wrap."""
    if isinstance(value, dict):
        value = value.get("config") if isinstance(value.get("config"), str) else value.get("class_name")
    return str(value) if value else ""
