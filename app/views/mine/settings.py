"""What the page adds to the address: a fingerprint, never the weights; which layer, what it reads, what is changed."""

from dataclasses import dataclass

from app.language import _
from cells.activations import ACTIVATIONS
from cells.fields import declared
from cells.inputs import MISSING
from cells.weights import GATES, RESETS

FINGERPRINT = r"([0-9A-Za-z_-]{22})?"
MOST_LAYERS = 64
"""Layers that can be chosen, each direction by itself."""


def gates() -> dict[str, str]:
    """{value: label} of the nonlinearities of gates."""
    return {"": _("as the file says")} | {name: name for name in GATES}


def resets() -> dict[str, str]:
    """{value: label} of where a reset gate multiplies."""
    return {"": _("as the file says")} | {name: name for name in RESETS}


def activations() -> dict[str, str]:
    """{value: label} of the nonlinearities of the state."""
    return {"": _("as the file says")} | {name: name for name in ACTIVATIONS}


def missing() -> dict[str, str]:
    """{value: label} of what may become of missing values."""
    labels = {"drop": _("leave out their rows"), "hold": _("the value before"), "zero": _("zero")}
    return {"": _("choose")} | {name: labels[name] for name in MISSING}


@dataclass(frozen=True, kw_only=True)
class Fields:
    """The page's fields.

    Attributes:
        model: fingerprint of a weight file; the example where empty.
        model_layer: place of the layer in the file, counted from 1; beyond the last it is the last.
        model_gates, model_activation, model_reset: answers to what a file leaves open.
        model_series: fingerprint of the sequence that it reads; white noise where empty.
        model_missing: what becomes of missing values.
        model_standardise: whether every column gets mean 0 and deviation 1.
        model_seed: of the noise, and of the cell beside it.
        model_length: steps.
        model_gain: multiplies the recurrent weights.
        model_bias: added to the bias of the gate that keeps the state.
    """

    model: str = declared(
        "",
        "text",
        "fingerprint of a weight file",
        0,
        22,
        help="22 letters or digits",
        pattern=FINGERPRINT,
        example="model=AAAAAAAAAAAAAAAAAAAAAA",
    )
    model_layer: int = declared(1, "whole", "layer", 1, MOST_LAYERS)
    model_gates: str = declared("", "choice", "nonlinearity of the gates", choices=gates)
    model_activation: str = declared("", "choice", "nonlinearity of the state", choices=activations)
    model_reset: str = declared("", "choice", "reset gate multiplies", choices=resets)
    model_series: str = declared(
        "",
        "text",
        "fingerprint of a sequence",
        0,
        22,
        help="22 letters or digits",
        pattern=FINGERPRINT,
        example="model_series=AAAAAAAAAAAAAAAAAAAAAA",
    )
    model_missing: str = declared("", "choice", "missing values", choices=missing)
    model_standardise: bool = declared(False, "switch", "every column to mean 0 and deviation 1")
    model_seed: int = declared(0, "whole", "seed of the noise", 0, 999)
    model_length: int = declared(200, "whole", "length (steps)", 2, 4096, log=True)
    model_gain: float = declared(1.0, "number", "gain (× W_hh)", 0.05, 20.0, log=True)
    model_bias: float = declared(0.0, "number", "added forget or update bias", -6.0, 6.0)
