"""What the page on the past claims: how far back a state can see."""

from app.language import _
from app.page import Claim
from app.settings import Settings
from cells.experiment import Experiment


def claims() -> list[Claim]:
    """In the order of a lecture."""
    rnn, lstm = Experiment(), Experiment(cell="lstm")
    return [
        Claim(
            "transient",
            _("ρ = 0.9, yet it grows to 38.7 before it vanishes: eigenvalues speak of the long run only"),
            Settings(
                experiment=rnn.replace(
                    hidden_size=2, W_hh=(0.9, 10, 0, 0.9), activation="identity", input="zero", length=64
                ),
                earlier=1,
                axis="near",
            ),
            {"W_hh": (0.9, 0, 0, 0.9)},
        ),
        Claim(
            "loose",
            _("σ₁ max|φ′| < 1 suffices for vanishing, and says little: it is over 60 orders of magnitude too high"),
            Settings(experiment=rnn.replace(initializer="gaussian", hidden_size=32, gain=0.45, length=200)),
            {"initializer": "orthogonal"},
        ),
        Claim(
            "chaos",
            _("Gain 3: chaos, where a small change of the past grows into a large one"),
            Settings(experiment=rnn.replace(initializer="gaussian", hidden_size=64, gain=3.0), axis="floats"),
            {"gain": 1.0},
        ),
        Claim(
            "later",
            _("An LSTM with forget bias 5: early inputs weigh more than late ones"),
            Settings(experiment=lstm.replace(hyperparameters={"forget_bias": 5.0}), block="c"),
            {"forget_bias": 1.0},
        ),
        Claim(
            "carried",
            _("Orthogonal and linear: every direction is carried for ever"),
            Settings(experiment=rnn.replace(activation="identity", length=400)),
            {"activation": "tanh"},
        ),
        Claim(
            "cell",
            _("LSTM: c sees further back than h"),
            Settings(experiment=lstm, block="c"),
            {"block": "h"},
        ),
    ]
