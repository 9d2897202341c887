"""What the page that adds up the gradient adds to the address: the weights, and where a walk is clipped."""

from dataclasses import dataclass

from app.language import _
from app.settings import Settings
from cells.base import WEIGHTS
from cells.fields import declared


def weights() -> dict[str, str]:
    """{name: label} of the weights that cells share."""
    labels = {"W_hh": _("recurrent W_hh"), "W_ih": _("input W_ih"), "b": _("bias b")}
    return {name: labels.get(name, name) for name in WEIGHTS}


@dataclass(frozen=True, kw_only=True)
class Fields:
    """The page's own fields.

    Attributes:
        weights: whose gradient is added up.
        clip: norm at which one of the walks of gradient descent is clipped.
    """

    weights: str = declared("W_hh", "choice", "weights", choices=weights)
    clip: float = declared(1.0, "number", "clip the norm at", 0.001, 1000.0, log=True)


def weights_shown(settings: Settings) -> str:
    """The weights whose gradient is added up: those chosen, or the first that the cell has."""
    known = settings.experiment.cell_class.weights()
    return settings.weights if settings.weights in known else known[0]


def window(settings: Settings) -> int:
    """Steps that truncation goes back; none lies before step 1."""
    return min(settings.window, settings.experiment.last_loss_step)
