"""Scenes of the one neuron."""

from app.language import _
from app.settings import Picture
from app.views.gradient.claims import Scene
from cells.experiment import Experiment


def scenes() -> list[Scene]:
    """The gallery, in order."""
    relu, sigmoid = Experiment(activation="relu"), Experiment(activation="sigmoid")
    return [
        Scene(
            "edge",
            _("w = 1: the gradient dies by a power law, and half a per cent is left after 50 steps"),
            Picture(neuron_w=1.0, neuron_start=1.0, axis="near"),
        ),
        Scene(
            "more",
            _("More weight, less gradient: w = 3 saturates, and keeps ×0.03 a step"),
            Picture(neuron_w=3.0, neuron_start=0.5, axis="far"),
        ),
        Scene(
            "spoils",
            _("One bad factor spoils the pot: a single pulse costs more than all other steps together"),
            Picture(neuron_w=0.95, neuron_start=0.0, neuron_steps=30, pulse=5.0, pulse_step=12, axis="near"),
        ),
        Scene(
            "dead",
            _("ReLU carries everything, until one pulse switches it off for ever"),
            Picture(experiment=relu, neuron_w=1.0, neuron_start=1.0, pulse=-3.0, pulse_step=25, axis="near"),
        ),
        Scene(
            "flip",
            _("w = −1.5: two states take turns, and the gradient vanishes as with +1.5"),
            Picture(neuron_w=-1.5, neuron_start=0.5),
        ),
        Scene(
            "latch",
            _("A pulse flips the bit, and it is held for good; of the gradient 10⁻³⁸ is left"),
            Picture(neuron_w=2.0, neuron_start=-0.9, pulse=3.0, pulse_step=20),
        ),
        Scene(
            "sigmoid",
            _("A sigmoid needs w above 4 before anything can explode"),
            Picture(experiment=sigmoid, neuron_w=4.0, neuron_b=-2.0, neuron_start=1.5),
        ),
        Scene(
            "cliff",
            _("The cliff: unclipped descent is thrown off, clipped descent arrives"),
            Picture(descent_w=5.0, descent_b=-2.55, descent_rate=0.05, descent_clip=1.0),
        ),
    ]
