"""What the page on one neuron claims."""

from app.language import _
from app.page import Claim
from app.settings import Settings
from cells.experiment import Experiment


def claims() -> list[Claim]:
    """In the order of a lecture."""
    relu, sigmoid = Experiment(activation="relu"), Experiment(activation="sigmoid")
    return [
        Claim(
            "edge",
            _("w = 1: the gradient dies by a power law, and 0.4 per cent is left after 50 steps"),
            Settings(neuron_w=1.0, neuron_start=1.0, axis="near"),
            {"neuron_w": 0.9},
        ),
        Claim(
            "more",
            _("More weight, less gradient: w = 3 saturates, and keeps ×0.03 a step"),
            Settings(neuron_w=3.0, neuron_start=0.5, axis="far"),
            {"neuron_w": 1.0},
        ),
        Claim(
            "spoils",
            _("One bad factor spoils the pot: a single pulse costs more than all other steps together"),
            Settings(neuron_w=0.95, neuron_start=0.0, neuron_steps=30, pulse=5.0, pulse_step=12, axis="near"),
            {"pulse": 0.0},
        ),
        Claim(
            "dead",
            _("ReLU carries everything, until one pulse switches it off for ever"),
            Settings(experiment=relu, neuron_w=1.0, neuron_start=1.0, pulse=-3.0, pulse_step=25, axis="near"),
            {"pulse": 0.0},
        ),
        Claim(
            "flip",
            _("w = −1.5: two states take turns, and the gradient vanishes as with +1.5"),
            Settings(neuron_w=-1.5, neuron_start=0.5),
            {"neuron_w": 1.5},
        ),
        Claim(
            "latch",
            _("A pulse flips the bit, and it is held for good; of the gradient 10⁻³⁸ is left"),
            Settings(neuron_w=2.0, neuron_start=-0.9, pulse=3.0, pulse_step=20),
            {"pulse": 0.0},
        ),
        Claim(
            "sigmoid",
            _("A sigmoid needs a w above 4 in size before anything can explode"),
            Settings(experiment=sigmoid, neuron_w=4.0, neuron_b=-2.0, neuron_start=1.5),
            {"neuron_w": 4.5},
        ),
        Claim(
            "cliff",
            _("The cliff: unclipped descent is thrown off, clipped descent arrives"),
            Settings(descent_w=5.0, descent_b=-2.55, descent_rate=0.05, descent_clip=1.0),
            {"descent_clip": 100.0},
            figure="surface",
        ),
    ]
