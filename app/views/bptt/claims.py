"""What the page that adds up the gradient claims."""

from app.language import _
from app.page import Claim
from app.settings import Settings
from cells.experiment import Experiment


def claims() -> list[Claim]:
    """In the order of a lecture."""
    rnn = Experiment(length=60, input_scale=0.3)
    linear = Experiment(hidden_size=1, W_hh=(0.9,), activation="identity", input="step", length=200)
    return [
        Claim(
            "healthy",
            _("Vanishing: the whole gradient looks healthy, and the far past is gone"),
            Settings(experiment=rnn.replace(gain=0.5), window=5, axis="vanish"),
            {"gain": 1.0},
        ),
        Claim(
            "drowned",
            _("Exploding: the far past drowns the near"),
            Settings(experiment=rnn.replace(gain=3.0, input_scale=0.1), window=20, axis="near"),
            {"gain": 1.0},
        ),
        Claim(
            "bias",
            _("Truncation is bias: linear, factor 0.9, ten steps keep 65 %"),
            Settings(experiment=linear, weights="b", window=10, axis="near"),
            {"window": 200},
        ),
        Claim(
            "credit",
            _("The input came at step 1: a window of 10 gives its weights exactly 0"),
            Settings(experiment=Experiment(input="impulse", length=30), weights="W_ih", window=10, axis="near"),
            {"window": 30},
        ),
        Claim(
            "cheap",
            _("Where gradients vanish, ten steps are as good as all"),
            Settings(experiment=Experiment(initializer="pytorch", length=60), window=10),
            {"gain": 3.0},
        ),
        Claim(
            "jumps",
            _("One huge gradient throws plain descent away; clipped, it arrives"),
            Settings(
                experiment=Experiment(gain=1.6, length=100, input_scale=0.2),
                learning_rate=10.0,
                clip=0.1,
            ),
            {"clip": 1000.0},
            figure="walks",
        ),
    ]
