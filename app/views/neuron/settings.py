"""What this page adds to the address: the neuron, its pulse, how its weight is drawn, a walk on an error surface."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cells.fields import declared

if TYPE_CHECKING:
    from app.settings import Settings

REACH_W, REACH_B = 6.0, 4.0
"""Largest size of a weight and of a bias."""
DESCENT_W, DESCENT_B = (4.0, 7.0), (-4.0, -1.0)
"""Weights and biases of the error surface."""


@dataclass(frozen=True, kw_only=True)
class Fields:
    """The page's fields.

    Attributes:
        neuron_w: recurrent weight.
        neuron_b: bias.
        neuron_start: state before the first step.
        neuron_steps: steps shown.
        pulse: what is added to the input of one step.
        pulse_step: that step.
        draws_spread: standard deviation of the weights that are drawn.
        descent_w: weight at which descent begins.
        descent_b: bias at which it begins.
        descent_rate: its learning rate.
        descent_clip: norm at which the second walk is clipped.
    """

    neuron_w: float = declared(1.5, "number", "weight w", -REACH_W, REACH_W)
    neuron_b: float = declared(0.0, "number", "bias b", -REACH_B, REACH_B)
    neuron_start: float = declared(0.1, "number", "start h₀", -1.5, 1.5)
    neuron_steps: int = declared(50, "whole", "length (steps)", 2, 200)
    pulse: float = declared(0.0, "number", "input pulse", -6.0, 6.0, help="Added to one step's input.")
    pulse_step: int = declared(20, "whole", "pulse at step", 1, 200, help="Beyond the last step nothing is added.")
    draws_spread: float = declared(1.0, "number", "std of a weight", 0.1, 10.0, log=True)
    descent_w: float = declared(5.0, "number", "start w", *DESCENT_W)
    descent_b: float = declared(-2.55, "number", "start b", *DESCENT_B)
    descent_rate: float = declared(0.05, "number", "learning rate", 0.001, 1.0, log=True)
    descent_clip: float = declared(1.0, "number", "clip norm at", 0.01, 100.0, log=True)


def is_pulsed(settings: "Settings") -> bool:
    """Whether any step that is shown has a pulse."""
    return settings.pulse != 0 and settings.pulse_step <= settings.neuron_steps
