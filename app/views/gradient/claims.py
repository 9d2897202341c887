"""Scenes: links that each state a claim. The claim is checked over several seeds in the tests."""

from functools import cache
from typing import NamedTuple

from app import language as words
from app.language import _
from app.settings import Picture
from cells.experiment import Experiment


class Scene(NamedTuple):
    """A picture with a claim.

    Attributes:
        name: a key that stays the same in every language.
        claim: what the picture shows, as a sentence.
        picture: the picture.
    """

    name: str
    claim: str
    picture: Picture


def scenes() -> list[Scene]:
    """All scenes in the language of this session, in the order of a lecture."""
    return _scenes(words.language())


@cache
def _scenes(language: str) -> list[Scene]:
    # W_ih from U(±1/√H) too, and the sum of two such biases, by its standard deviation √(2/3H).
    pytorch = {"initializer": "pytorch", "input_scale": 0.4564, "bias_scale": 0.2041}
    rnn, gru, lstm = (Experiment(cell=name) for name in ("rnn", "gru", "lstm"))
    return [
        Scene(
            "gone",
            _("tanh, gain 0.5: gone for float16 in twenty steps"),
            Picture(experiment=rnn.replace(gain=0.5, length=40), overlay=("rnn",)),
        ),
        Scene(
            "explodes",
            _("Gain 3, no input: the tanh RNN explodes"),
            Picture(
                experiment=rnn.replace(gain=3.0, initializer="gaussian", hidden_size=64, bias_scale=0.1, input="zero"),
                overlay=("rnn",),
                axis="floats",
            ),
        ),
        Scene(
            "saturates",
            _("More gain, smaller gradient: a saturated unit"),
            Picture(
                experiment=rnn.replace(hidden_size=1, W_hh=(1.0,), gain=2.0, input="impulse", length=60),
                overlay=("rnn",),
                pins=(rnn.replace(hidden_size=1, W_hh=(1.0,), gain=1.0, input="impulse", length=60),),
            ),
        ),
        Scene(
            "nilpotent",
            _("Spectral radius 0, and exploding"),
            Picture(
                experiment=rnn.replace(hidden_size=2, W_hh=(3, -3, 3, -3), b=(-1, -4), input="zero", length=100),
                overlay=("rnn",),
                axis="floats",
            ),
        ),
        Scene(
            "forget",
            _("Forget bias 1 is not long memory"),
            Picture(
                experiment=lstm.replace(length=200),
                overlay=("lstm",),
                pins=(lstm.replace(length=200, hyperparameters={"forget_bias": 4.0}),),
            ),
        ),
        Scene(
            "chrono",
            _("Chrono initialisation: a tenth survives 100 steps"),
            Picture(
                experiment=lstm.replace(length=100, hyperparameters={"chrono": 100.0}),
                overlay=("gru", "lstm"),
                pins=(lstm.replace(length=100),),
            ),
        ),
        Scene(
            "default",
            _("PyTorch's default LSTM vanishes faster than an orthogonal RNN"),
            Picture(
                experiment=lstm.replace(length=100, hyperparameters={"forget_bias": 0.0}, **pytorch),
                overlay=("lstm",),
                pins=(rnn.replace(length=100),),
            ),
        ),
        Scene(
            "lstm",
            _("LSTMs can explode"),
            Picture(
                experiment=lstm.replace(hidden_size=1, W_hh=(0, 0, 4, 0), b=(10, 10, 0, 10), input="zero", length=50),
                overlay=("lstm",),
                axis="floats",
            ),
        ),
        Scene(
            "update",
            _("GRU: more update bias, longer memory"),
            Picture(
                experiment=gru.replace(hyperparameters={"update_bias": 4.0}),
                overlay=("gru",),
                pins=(gru,),
            ),
        ),
        Scene(
            "irnn",
            _("Identity and ReLU, never switched off: carried exactly"),
            Picture(
                experiment=rnn.replace(
                    activation="relu", initializer="identity", hidden_size=4, b=(1, 1, 1, 1), input="zero", length=1000
                ),
                overlay=("rnn",),
            ),
        ),
    ]
