"""PyTorch's names: weight_ih_l0, weight_hh_l0_reverse, bias_hh; also w_ih, W_hh and b_ih in arrays without a program.

Blocks stand above one another, i f g o for an LSTM and r z n for a GRU. There are two biases; they add, but for the
GRU's n, whose second one stands inside the reset. Equinox has the same names and order with one bias, and bias_n.
"""

import dataclasses
import re
from typing import Any

import numpy as np

from cells.activations import ACTIVATIONS
from cells.weights.contents import Contents, Stored, WeightsError, shown
from cells.weights.found import BY_BLOCKS, DTYPES, GATES, RESETS, Fact, Layer, Reading, blocks

ORDER = 10
NAME = re.compile(
    r"^(?P<module>.*?)(?P<kind>weight|bias|w|b)_(?P<side>ih|hh|hr)(?P<layer>_l\d+)?(?P<reverse>_reverse)?(?P<raw>_raw)?$",
    re.IGNORECASE,
)
NORMALISED = re.compile(r"(ln|norm|layer_?norm)[\w.]*$", re.IGNORECASE)
ONE_BIAS = {"b_ih": "bias", "b_n": "bias_n"}
"""How equinox calls them."""
ORDERS = {1: "", 3: "r z n", 4: "i f g o"}


def layers(contents: Contents, used: set[str]) -> Reading:
    """Every layer and direction."""
    groups: dict[tuple[str, str, str], dict[str, str]] = {}
    for name in contents.weights():
        match = NAME.match(name)
        if match and name not in used:
            # Weight drop keeps the weight itself under ..._raw, and beside it a copy with holes.
            module = re.sub(r"(^|\.)module\.$", r"\1", match["module"])
            group = groups.setdefault((module, match["layer"] or "", match["reverse"] or ""), {})
            role = f"{'W' if match['kind'].lower().startswith('w') else 'b'}_{match['side'].lower()}"
            if role not in group or match["raw"]:
                group[role] = name
    reading = Reading([], set(), [])
    places = {module: place for place, module in enumerate(dict.fromkeys(module for module, _, _ in groups))}
    in_order = sorted(groups, key=lambda group: (places[group[0]], int(group[1][2:] or 0), group[2]))
    normalised = [name for name in contents.arrays if NORMALISED.search(name)]
    for module, layer, reverse in in_order:
        names = groups[module, layer, reverse]
        label = named(module, layer, reverse)
        complaint = _another_cell(contents, module, names, normalised)
        if complaint:
            reading.refused.append(f"{shown(label)} is {complaint}: a cell that the zoo does not have.")
            continue
        if not {"W_ih", "W_hh"} <= set(names):
            continue
        if not {"b_ih", "b_hh"} & set(names) and not layer:
            names |= {role: module + name for role, name in ONE_BIAS.items() if module + name in contents.arrays}
        if found := reading.made(contents.room, names.values(), _layer, contents, label, names):
            reading.layers.append(_placed(found, module, layer, reverse, groups))
    return reading


def _another_cell(contents: Contents, module: str, names: dict[str, str], normalised: list[str]) -> str:
    if "W_hr" in names:
        return f"an LSTM with a projection ({names['W_hr']})"
    beside = (name for name in normalised if name.startswith(module) and NORMALISED.match(name[len(module) :]))
    norm = next(beside, None)
    if norm and {"W_ih", "W_hh"} <= set(names):
        return f"a cell with layer norm ({norm} stands beside its weights)"
    deep = next((name for name in names.values() if len(contents.arrays[name].shape) == 4), None)
    return f"a convolutional cell ({deep} has four axes)" if deep else ""


def _layer(contents: Contents, label: str, names: dict[str, str]) -> Layer:
    stored = {role: contents.arrays[name] for role, name in names.items()}
    hh, ih = stored["W_hh"].shape, stored["W_ih"].shape
    flat = len(ih) == len(hh) == 2 and min(hh) and max(hh) % min(hh) == 0
    count, H = (max(hh) // min(hh), min(hh)) if flat else (0, 0)
    stacked, side_by_side = hh[:1] == ih[:1] == (count * H,), hh[1:] == ih[1:] == (count * H,)
    if count not in BY_BLOCKS or not (stacked or side_by_side):
        raise WeightsError(
            f"{shown(label)}: expected W_ih (blocks H, D) and W_hh (blocks H, H) with 1, 3 or 4 blocks; "
            f"got {ih} and {hh}."
        )
    transposed = not stacked
    for role in ("b_ih", "b_hh"):
        if role in stored and stored[role].shape != (count * H,):
            raise WeightsError(f"{shown(label)}: expected {role} of shape ({count * H},); got {stored[role].shape}.")
    inside = stored.pop("b_n", None)
    if inside is not None and (count != 3 or inside.shape != (H,)):
        raise WeightsError(f"{shown(label)}: expected bias_n of shape ({H},) in a GRU; got {inside.shape}.")
    for role, array in stored.items():
        numbers(names[role], array)
    same = tuple(range(count))
    arrays = {
        role: blocks(array.load(), count, same, transposed=transposed and array.shape != (count * H,))
        for role, array in stored.items()
    }
    if inside is not None:
        numbers(names["b_n"], inside)
        arrays["b_hh"] = np.stack([np.zeros_like(inside.load()), np.zeros_like(inside.load()), inside.load()])
    by_name = NAME.match(names["W_ih"])["kind"].lower() == "weight" and not transposed
    facts = _facts(count, by_name, arrays, contents.facts.get("modules", {}).get(label, {}))
    return Layer(
        label,
        BY_BLOCKS[count],
        arrays["W_ih"],
        arrays["W_hh"],
        arrays.get("b_ih"),
        arrays.get("b_hh"),
        order=ORDERS[count],
        facts=facts,
        sources=tuple(names.values()),
    )


def _facts(count: int, by_name: bool, arrays: dict[str, np.ndarray], module: dict[str, Any]) -> dict[str, Fact]:
    if count == 1:
        mode = str(module.get("mode", "")).lower().removeprefix("rnn_") or str(module.get("nonlinearity", ""))
        if mode in ACTIVATIONS:
            return {"activation": Fact.known(mode, "The module in the file says so.")}
        why = "PyTorch has tanh and relu, and a file of weights does not say which."
        return {"activation": Fact.asked(why, ("tanh", "relu"))}
    source = "The names are PyTorch's." if by_name else "The names resemble PyTorch's; no program is named."

    def of_pytorch(value: str, choices: tuple[str, ...] = (), hint: str = "") -> Fact:
        return Fact.known(value, source + hint) if by_name else Fact.inferred(value, source + hint, choices)

    facts = {
        "gates": of_pytorch("logistic", tuple(GATES)),
        "activation": of_pytorch("tanh", tuple(ACTIVATIONS)),
        "order": of_pytorch(ORDERS[count], hint=_hint(arrays)),
    }
    if count == 3:
        facts["reset"] = of_pytorch("after", tuple(RESETS), " PyTorch multiplies after the product.")
    return facts


def _hint(arrays: dict[str, np.ndarray]) -> str:
    """What two biases tell: those that get the same gradient stay as far apart as they began."""
    if not {"b_ih", "b_hh"} <= set(arrays) or len(arrays["b_ih"]) != 3:
        return ""
    apart = np.abs(arrays["b_ih"].astype(float) - arrays["b_hh"].astype(float)).max(axis=1)
    sizes = ", ".join(f"{size:.3g}" for size in apart)
    return f" Its two biases are at most {sizes} apart, block by block: that of n may be the largest."


def _placed(found: Layer, module: str, layer: str, reverse: str, groups: dict) -> Layer:
    """The layer with its direction, and the layers it reads."""
    below: tuple[str, ...] = ()
    if layer and int(layer[2:]):
        lower = f"_l{int(layer[2:]) - 1}"
        both = [side for side in ("", "_reverse") if (module, lower, side) in groups]
        below = tuple(named(module, lower, side) for side in both)
    return dataclasses.replace(found, backward=bool(reverse), below=below)


def numbers(name: str, array: Stored) -> None:
    """See that an array holds numbers with a fraction.

    Raises:
        WeightsError: it holds others: a quantised network, or no weights.
    """
    if array.dtype not in DTYPES:
        raise WeightsError(f"{shown(name)}: expected floating-point numbers; got {array.dtype}: a quantised network?")


def named(module: str, layer: str, reverse: str) -> str:
    """What a layer is called: "encoder.lstm_l0_reverse"; without a module, "l0_reverse"."""
    return f"{module.rstrip('._/')}{layer}{reverse}" if module else f"{layer}{reverse}".lstrip("_") or "weights"
