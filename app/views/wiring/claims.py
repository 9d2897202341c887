"""Scenes of the page that wires cells together."""

from app.language import _
from app.settings import Picture
from app.views.gradient.claims import Scene
from cells.experiment import Experiment


def scenes() -> list[Scene]:
    """The gallery, in order."""
    lstm = Experiment(cell="lstm")
    return [
        Scene(
            "down",
            _("Six layers of LSTM: what is left of the far past lies in the lower layers"),
            Picture(experiment=lstm, wired_layers=6, wired_step=128),
        ),
        Scene(
            "residual",
            _("A residual between the layers stops the leak through depth, and none of the leak through time"),
            Picture(experiment=lstm, wiring="residual", wired_layers=6, wired_step=128),
        ),
        Scene(
            "both",
            _("In both directions step 64 rests on what comes after it, too"),
            Picture(experiment=lstm, wiring="both", wired_layers=2, wired_step=64),
        ),
        Scene(
            "gap",
            _("A missing word: one side knows how many, the other which animal"),
            Picture(experiment=Experiment(cell="gru"), gap_updates=200),
        ),
        Scene(
            "reverse",
            _("Twelve letters backwards: with attention yes, without no"),
            Picture(experiment=Experiment(cell="gru", hidden_size=32), reverse_updates=800),
        ),
        Scene(
            "code",
            _("Four numbers are enough to draw most of a curve"),
            Picture(experiment=Experiment(cell="gru"), bottleneck=4, code_updates=1000),
        ),
    ]
