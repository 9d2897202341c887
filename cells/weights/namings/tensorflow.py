"""TensorFlow 1's names: one kernel for input and state, (D + H, blocks H), as `BasicLSTMCell` and `LSTMCell` have it.

Blocks stand side by side, i j f o, where j is the candidate. A forget bias, 1 where nothing else was said, is added to
f while the network runs and is not in the file.
"""

import re

import numpy as np

from cells.weights.contents import Contents, WeightsError, shown
from cells.weights.found import Fact, Layer, Reading, blocks
from cells.weights.namings.pytorch import numbers
from cells.zoo.lstm import LSTM

ORDER = 30
NAME = re.compile(r"^(?P<path>.*?(basic_lstm_cell|lstm_cell|lstm_block_cell))[/.](?P<role>kernel|bias)(:0)?$")
ADDED = ("0", "1", "2", "5")
"""Forget biases that are usual."""


def layers(contents: Contents, used: set[str]) -> Reading:
    """Every LSTM."""
    groups: dict[str, dict[str, str]] = {}
    for name in contents.weights():
        match = NAME.match(name)
        if match and name not in used:
            groups.setdefault(match["path"], {})[match["role"]] = name
    reading = Reading([], set(), [])
    for path, names in groups.items():
        apart = any(name.startswith(f"{path}/recurrent_kernel") for name in contents.arrays)
        if set(names) != {"kernel", "bias"} or apart:
            continue
        if found := reading.made(contents.room, names.values(), _layer, contents, path, names):
            reading.layers.append(found)
    return reading


def _layer(contents: Contents, path: str, names: dict[str, str]) -> Layer:
    kernel, bias = (contents.arrays[names[role]] for role in ("kernel", "bias"))
    for role, name in names.items():
        numbers(name, contents.arrays[names[role]])
    H = bias.shape[0] // 4 if len(bias.shape) == 1 else 0
    if not H or bias.shape != (4 * H,) or len(kernel.shape) != 2 or kernel.shape[1] != 4 * H or kernel.shape[0] <= H:
        raise WeightsError(
            f"{shown(path)}: expected a kernel (D + H, 4 H) and a bias (4 H,); got {kernel.shape} and {bias.shape}."
        )
    places = (0, 2, 1, 3)
    whole = kernel.load()
    D = whole.shape[0] - H
    why = "TensorFlow 1 adds it while the network runs, 1 where nothing else was said; the file does not have it."
    facts = {
        "order": Fact.known("i j f o", "TensorFlow 1 has this order."),
        "gates": Fact.known("logistic", "TensorFlow 1 has no other."),
        "activation": Fact.inferred("tanh", "It is the default of TensorFlow 1.", ("tanh", "relu", "sigmoid")),
        "forget_bias": Fact.inferred("1", why, ADDED),
    }
    return Layer(
        path,
        LSTM,
        blocks(whole[:D], 4, places, transposed=True),
        blocks(np.ascontiguousarray(whole[D:]), 4, places, transposed=True),
        blocks(bias.load(), 4, places),
        order="i j f o",
        facts=facts,
        sources=tuple(names.values()),
    )
