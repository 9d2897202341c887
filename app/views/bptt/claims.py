"""Scenes of the page that adds up the gradient."""

from app.language import _
from app.settings import Picture
from app.views.gradient.claims import Scene
from cells.experiment import Experiment


def scenes() -> list[Scene]:
    """The gallery, in order."""
    rnn = Experiment(length=60, input_scale=0.3)
    return [
        Scene(
            "healthy",
            _("Vanishing: the whole gradient looks healthy, and the far past is gone"),
            Picture(experiment=rnn.replace(gain=0.5), window=5, axis="vanish"),
        ),
        Scene(
            "drowned",
            _("Exploding: the far past drowns the near"),
            Picture(experiment=rnn.replace(gain=3.0, input_scale=0.1), window=20, axis="near"),
        ),
        Scene(
            "bias",
            _("Truncation is bias: linear, factor 0.9, ten steps keep 65 %"),
            Picture(
                experiment=Experiment(
                    hidden_size=1, W_hh=(0.9,), activation="identity", input="step", length=200, bias_scale=0.0
                ),
                weights="b",
                window=10,
                axis="near",
            ),
        ),
        Scene(
            "credit",
            _("The input came at step 1: a window of 10 gives its weights exactly 0"),
            Picture(experiment=Experiment(input="impulse", length=30), weights="W_ih", window=10, axis="near"),
        ),
        Scene(
            "cheap",
            _("Where gradients vanish, ten steps are as good as all"),
            Picture(experiment=Experiment(initializer="pytorch", length=60), window=10),
        ),
        Scene(
            "jumps",
            _("One huge gradient throws plain descent away; clipped, it arrives"),
            Picture(experiment=Experiment(gain=1.6, length=100, input_scale=0.2), learning_rate=10.0, clip=0.1),
        ),
    ]
