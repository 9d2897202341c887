"""Flax's names: a kernel for each gate, ii if ig io and hi hf hg ho, or ir iz in and hr hz hn; or dense_i and dense_h.

Kernels are (D, H) and (H, H). In the GRU r and z have one bias, beside the input; that of hn stands inside the reset.
"""

import re

import numpy as np

from cells.activations import ACTIVATIONS
from cells.weights.contents import Contents, WeightsError, shown
from cells.weights.found import BY_BLOCKS, GATES, Fact, Layer, Reading, blocks
from cells.weights.namings.pytorch import ORDERS, numbers

ORDER = 15
NAME = re.compile(
    r"^(?P<path>.*?)(?P<side>i|h|dense_i|dense_h)(?P<gate>[ifgorzn]?)_?[/.](?P<kind>kernel|bias)([/.]value)?$"
)
GATES_OF = {frozenset("ifgo"): "ifgo", frozenset("rzn"): "rzn", frozenset([""]): ("",)}
"""Which gates are a cell's, in the order of the zoo's."""


def layers(contents: Contents, used: set[str]) -> Reading:
    """Every cell."""
    groups: dict[str, dict[tuple[str, str, str], str]] = {}
    for name in contents.weights():
        match = NAME.match(name)
        if match and name not in used and (not match["path"] or match["path"][-1] in "/."):
            key = match["side"].removeprefix("dense_"), match["gate"], match["kind"]
            groups.setdefault(match["path"], {})[key] = name
    reading = Reading([], set(), [])
    for path, names in groups.items():
        gates = [frozenset(gate for side, gate, kind in names if (side, kind) == (of, "kernel")) for of in "ih"]
        if not all(gates):
            continue
        label = path.rstrip("/.") or "cell"
        if gates[0] != gates[1] or gates[0] not in GATES_OF:
            reading.refused.append(f"{shown(label)} has gates {' '.join(sorted(gates[0]))}: no cell of the zoo's.")
            continue
        args = contents, label, names, GATES_OF[gates[0]]
        if found := reading.made(contents.room, names.values(), _layer, *args):
            reading.layers.append(found)
    return reading


def _layer(contents: Contents, label: str, names: dict[tuple[str, str, str], str], gates: str | tuple) -> Layer:
    for name in names.values():
        numbers(name, contents.arrays[name])
    arrays = {key: contents.arrays[name].load() for key, name in names.items()}
    first = arrays["h", gates[0], "kernel"]
    H = first.shape[0] if first.ndim == 2 and first.shape[0] else 1
    together = gates == ("",)
    count = first.shape[1] // H if together and first.ndim == 2 else len(gates)
    if count not in BY_BLOCKS:
        raise WeightsError(f"{shown(label)}: expected 1, 3 or 4 blocks of {H} units; got {first.shape}.")
    width = count * H if together else H
    D = arrays["i", gates[0], "kernel"].shape[0]
    for (side, _gate, kind), array in arrays.items():
        shape = (width,) if kind == "bias" else (H if side == "h" else D, width)
        if array.shape != shape:
            raise WeightsError(f"{shown(label)}: expected {kind}s of shape {shape}; got {array.shape}.")

    def gathered(side: str, kind: str) -> np.ndarray | None:
        present = [arrays.get((side, gate, kind)) for gate in gates]
        if all(part is None for part in present):
            return None
        if together:
            return blocks(present[0], count, tuple(range(count)), transposed=kind == "kernel")
        return np.stack([np.zeros(H, first.dtype) if part is None else part.T for part in present])

    facts = {
        "activation": Fact.inferred("tanh", "It is flax's default; a file of weights does not say.", tuple(ACTIVATIONS))
    }
    if count > 1:
        facts["gates"] = Fact.inferred("logistic", "It is flax's default; a file does not say.", tuple(GATES))
        why = "Flax has this order." if together else "Each gate has its name."
        facts["order"] = Fact.known(ORDERS[count], why)
    if count == 3:
        facts["reset"] = Fact.known("after", "Flax multiplies after the product.")
    return Layer(
        label,
        BY_BLOCKS[count],
        gathered("i", "kernel"),
        gathered("h", "kernel"),
        gathered("i", "bias"),
        gathered("h", "bias"),
        order=ORDERS[count],
        facts=facts,
        sources=tuple(names.values()),
    )
