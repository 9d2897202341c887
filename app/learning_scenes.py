"""Runs that are known to work, as links. What a card counts was measured over ten seeds or as it says."""

from typing import NamedTuple

from app.picture import Picture
from app.scenes import Scene
from app.terms import UNCLIPPED, Terms, write_kept
from app.words import _
from cells.experiment import Experiment


class Card(NamedTuple):
    """A scene, and what happens over seeds.

    Attributes:
        scene: the picture with its claim.
        counts: over seeds, in a sentence.
    """

    scene: Scene
    counts: str


def cards() -> list[Card]:
    """The demonstrations, in the order of a lecture."""
    lstm, rnn = Experiment(cell="lstm", hidden_size=32), Experiment(cell="rnn", hidden_size=32)
    irnn = rnn.replace(activation="relu", initializer="identity")
    every = ("rnn", "gru", "lstm")
    return [
        Card(
            Scene(
                "adding",
                _("Adding over 50 steps: the RNN never, GRU and LSTM always"),
                Picture(experiment=lstm, overlay=every, updates=700),
            ),
            _("Solved by 0 of 10 RNNs, 10 of 10 GRUs (200 to 250 updates), 10 of 10 LSTMs (400 to 700)."),
        ),
        Card(
            Scene(
                "order",
                _("Temporal order: without its forget bias the LSTM never learns"),
                Picture(
                    experiment=lstm,
                    overlay=("lstm",),
                    task="temporal_order",
                    updates=600,
                    kept=_kept(
                        lstm.replace(initializer="pytorch", hyperparameters={"forget_bias": 0.0}),
                        rnn,
                        Experiment(cell="gru", hidden_size=32),
                    ),
                ),
            ),
            _(
                "Forget bias 1: 9 of 10, about 150 updates. PyTorch's weights without bias: 0 of 10. GRU: 10 of 10. "
                "RNN: 0 of 10."
            ),
        ),
        Card(
            Scene(
                "dose",
                _("Recall over 100 steps: the forget bias has a dose"),
                Picture(
                    experiment=lstm.replace(hyperparameters={"chrono": 100.0}),
                    overlay=("lstm",),
                    task="recall_first",
                    task_length=100,
                    train_rate=0.003,
                    updates=500,
                    kept=_kept(
                        *(lstm.replace(hyperparameters={"forget_bias": bias}) for bias in (0.0, 1.0, 3.0)), rate=0.003
                    ),
                ),
            ),
            _("Within 1000 updates, bias 0: 0 of 10; 1: 1 of 10; 3: 8 of 10; chrono: 10 of 10, about 200 updates."),
        ),
        Card(
            Scene(
                "clip",
                _("Clipping rescues the identity RNN"),
                Picture(
                    experiment=irnn,
                    overlay=("rnn",),
                    task_length=100,
                    train_rate=0.003,
                    updates=1000,
                    kept=_kept(irnn, rate=0.003, clip=UNCLIPPED),
                ),
            ),
            _("ReLU, W_hh = I, adding over 100 steps: clipped at 1, 10 of 10 (about 575 updates); unclipped, 0 of 10."),
        ),
        Card(
            Scene(
                "nan",
                _("Plain SGD without clipping ends in NaN; clipped, it ends nowhere"),
                Picture(
                    experiment=rnn.replace(gain=3.0),
                    overlay=("rnn",),
                    task_length=30,
                    train_rate=0.1,
                    optimiser="sgd",
                    updates=500,
                    kept=_kept(rnn.replace(gain=3.0), rate=0.1, clip=UNCLIPPED, optimiser="sgd"),
                ),
            ),
            _(
                "RNN with gain 3, adding over 30 steps, rate 0.1: unclipped, NaN by update 32 in 24 of 24; clipped at 1, "
                "24 of 24 finite after 500, and none has solved it."
            ),
        ),
        Card(
            Scene(
                "echo",
                _("Echo: the orthogonal RNN wins"),
                Picture(experiment=lstm, overlay=every, task="echo", lag=20, updates=600),
            ),
            _("What came 20 steps ago: RNN 3 of 3 within 200 updates; LSTM and GRU need more than a thousand."),
        ),
    ]


def scenes() -> list[Scene]:
    """The same, without the counts."""
    return [card.scene for card in cards()]


def _kept(*experiments: Experiment, rate: float = 0.01, clip: float = 1.0, optimiser: str = "adam") -> str:
    own = {"train_rate": rate, "train_clip": clip, "optimiser": optimiser}
    return write_kept(tuple(Terms.of(Picture(**own), experiment) for experiment in experiments))
