"""Scenes of the second look: how far back a state can see."""

from app.language import _
from app.settings import Picture
from app.views.gradient.claims import Scene
from cells.experiment import Experiment


def scenes() -> list[Scene]:
    """The gallery, in order."""
    rnn, lstm = Experiment(), Experiment(cell="lstm")
    return [
        Scene(
            "transient",
            _("ρ = 0.9, yet it grows to 38.7 before it vanishes: eigenvalues speak of the long run only"),
            Picture(
                experiment=rnn.replace(
                    hidden_size=2, W_hh=(0.9, 10, 0, 0.9), activation="identity", input="zero", length=64
                ),
                earlier=1,
                axis="near",
            ),
        ),
        Scene(
            "loose",
            _("σ₁ max|φ′| < 1 suffices for vanishing, and says little: it is 50 orders of magnitude too high"),
            Picture(
                experiment=rnn.replace(initializer="gaussian", hidden_size=32, gain=0.5, length=200),
            ),
        ),
        Scene(
            "chaos",
            _("Gain 3: chaos, the past is remembered too well"),
            Picture(experiment=rnn.replace(initializer="gaussian", hidden_size=64, gain=3.0), axis="floats"),
        ),
        Scene(
            "later",
            _("An LSTM with forget bias 5: early inputs weigh more than late ones"),
            Picture(experiment=lstm.replace(hyperparameters={"forget_bias": 5.0}), block="c"),
        ),
        Scene(
            "carried",
            _("Orthogonal and linear: every direction is carried for ever"),
            Picture(experiment=rnn.replace(activation="identity", length=400)),
        ),
        Scene(
            "cell",
            _("LSTM: c sees further back than h"),
            Picture(experiment=lstm, block="c"),
        ),
    ]
