"""The remedies by name: what each is called, what it acts on, which numbers it has."""

from typing import NamedTuple

from app.language import _


class Remedy(NamedTuple):
    """One row.

    Attributes:
        label: name on the screen.
        acts: "experiment" (other weights or another cell), "step" (around the cell), or "training".
        strengths: fields of the picture that hold its numbers.
    """

    label: str
    acts: str
    strengths: tuple[str, ...] = ()


def remedies() -> dict[str, Remedy]:
    """All remedies, in the order of the switches."""
    return {
        "activation": Remedy(_("activation"), "experiment", ("fix_activation",)),
        "initialisation": Remedy(_("initialisation"), "experiment", ("fix_initializer",)),
        "gates": Remedy(_("gated cell"), "experiment", ("fix_cell",)),
        "gate_bias": Remedy(_("forget bias"), "experiment", ("gate_bias",)),
        "chrono": Remedy(_("chrono"), "experiment"),
        "layer_norm": Remedy(_("layer norm"), "step", ("norm_gain",)),
        "batch_norm": Remedy(_("batch norm"), "step", ("batch_gain",)),
        "residual": Remedy(_("residual h + aF"), "step", ("residual_scale",)),
        "false_residual": Remedy(_("φ(Wh + x + h)"), "step"),
        "leaky": Remedy(_("leaky"), "step", ("leak_rate",)),
        "skip": Remedy(_("skip"), "step", ("skip_weight", "skip_span")),
        "dropout": Remedy(_("dropout"), "step", ("dropout_rate",)),
        "clip_norm": Remedy(_("clip norm"), "training", ("norm_limit",)),
        "clip_value": Remedy(_("clip value"), "training", ("value_limit",)),
        "truncation": Remedy(_("truncation"), "training", ("window",)),
        "l1": Remedy("L1", "training", ("l1_weight",)),
        "l2": Remedy("L2", "training", ("l2_weight",)),
        "omega": Remedy("Ω", "training", ("omega_weight",)),
    }


def labels() -> dict[str, str]:
    """{name: label} of all remedies."""
    return {name: remedy.label for name, remedy in remedies().items()}
