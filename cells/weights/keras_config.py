"""What the configuration of a Keras model says of its recurrent layers."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any, NamedTuple

TRANSPARENT = ("Dropout", "SpatialDropout1D", "GaussianNoise", "GaussianDropout", "Masking", "ActivityRegularization")
"""Layers that change nothing once a network is trained."""
CODE = ("Lambda", "TFOpLambda", "SlicingOpLambda")
"""Layers that carry code of their own."""


class Configured(NamedTuple):
    """A recurrent layer as a configuration describes it.

    Attributes:
        names: what its arrays may be called after: itself, what it is wrapped in, and its class with a number.
        kind: its class.
        config: its own settings.
        backward: names of its backward half, where it has one.
    """

    names: tuple[str, ...]
    kind: str
    config: dict[str, Any]


class Keras(NamedTuple):
    """What a file of Keras says beside its arrays.

    Attributes:
        version: of Keras; "" if unknown.
        order: names of the layers, in their order; empty if unknown.
        layers: those that are described, in their order, containers taken apart.
        chain: whether each of them reads the one before.
    """

    version: str
    order: list[str]
    layers: list[Configured]
    chain: bool

    def before(self, layer: Configured) -> Configured | None:
        """The layer that another one reads, if the configuration tells; what passes numbers on unchanged is skipped."""
        above = self.layers[: self.layers.index(layer)] if self.chain else []
        return next((each for each in reversed(above) if each.kind not in TRANSPARENT), None)

    def described(self, path: str, units: int) -> Configured | None:
        """The layer whose array stands at a path, if the configuration describes one of that size."""
        steps = path.split("/")
        fits = [layer for layer in self.layers if layer.config.get("units") == units]
        for place in range(max((len(layer.names) for layer in fits), default=0)):
            for layer in fits:
                if place < len(layer.names) and layer.names[place] in steps:
                    return layer
        return fits[0] if len(fits) == 1 == len(self.layers) else None


def configured(text: str, version: str, order: list[str], remarks: list[str]) -> Keras:
    """The recurrent layers of a configuration, and a sentence where it carries code.

    Args:
        text: JSON; "" for none.
        version: of Keras.
        order: names of the layers.
        remarks: where sentences go.
    """
    tree = parsed(text)
    if not isinstance(tree, dict):
        if text:
            remarks.append("The configuration of the model is no JSON, and was left aside.")
        return Keras(version, order, [], False)
    described, code = [], []
    chain = tree.get("class_name") == "Sequential"
    for names, kind, config in _layers(tree, 0):
        if kind in CODE:
            code.append(names[0])
        described.append(Configured(names, kind, config))
    if code:
        remarks.append(f"The model has a Lambda layer ({code[0]!r}), whose code was neither read nor run.")
    return Keras(version, order, described, chain)


def parsed(text: str) -> Any:
    """JSON, or None where it is none."""
    try:
        return json.loads(text) if text else None
    except (ValueError, RecursionError):
        return None


def _layers(tree: dict[str, Any], depth: int) -> Iterator[tuple[tuple[str, ...], str, dict[str, Any]]]:
    """(names, class, settings) of every layer that is no container, in order."""
    config = tree.get("config", tree)
    layers = config.get("layers") if isinstance(config, dict) else config if isinstance(config, list) else None
    if depth > 20 or not isinstance(layers, list):
        return
    count: Counter[str] = Counter()
    for layer in layers:
        if not isinstance(layer, dict) or not isinstance(layer.get("config"), dict | list):
            continue
        kind, own = str(layer.get("class_name", "")), layer["config"]
        snake = _snake(kind)
        alias = f"{snake}_{count[snake]}" if count[snake] else snake
        count[snake] += 1
        if isinstance(own, list) or "layers" in own:
            yield from _layers(layer, depth + 1)
            continue
        names = [str(own.get("name", layer.get("name", alias)))]
        while isinstance(inner := own.get("layer", own.get("cell")), dict) and isinstance(inner.get("config"), dict):
            kind, own = str(inner.get("class_name", kind)), {**_settings(own), **inner["config"]}
            names.append(str(own.get("name", "")))
        yield (*(name for name in names if name), alias), kind, own


def _settings(config: dict[str, Any]) -> dict[str, Any]:
    return {key: config[key] for key in ("go_backwards",) if key in config}


def _snake(kind: str) -> str:
    words = re.sub(r"\W+", "", kind)
    words = re.sub("(.)([A-Z][a-z]+)", r"\1_\2", words)
    return re.sub("([a-z])([A-Z])", r"\1_\2", words).lower()
