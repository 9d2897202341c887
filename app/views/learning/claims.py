"""Runs that are known to work, as links. What a claim counts was measured over the seeds it names."""

from app.language import _
from app.page import Claim
from app.settings import Settings
from app.views.learning.terms import UNCLIPPED, Terms, write_kept
from cells.experiment import Experiment


def claims() -> list[Claim]:
    """In the order of a lecture.

    What decides each of them is seen after a few updates: the curves, or the runs drawn, are others without it.
    """
    lstm, rnn = Experiment(cell="lstm", hidden_size=32), Experiment(cell="rnn", hidden_size=32)
    irnn = rnn.replace(activation="relu", initializer="identity")
    every = ("rnn", "gru", "lstm")
    return [
        Claim(
            "adding",
            _("Adding over 50 steps: the RNN never, GRU and LSTM do"),
            Settings(experiment=lstm, overlay=every, updates=700),
            {"task_length": 10},
            counts=_(
                "Seeds 501 to 506: RNN 0 of 6; GRU 6 of 6, after 175 to 250 updates; LSTM 6 of 6, after 350 to 550."
            ),
        ),
        Claim(
            "order",
            _("Temporal order: without its forget bias the LSTM never learns"),
            Settings(
                experiment=lstm,
                overlay=("lstm",),
                task="temporal_order",
                updates=600,
                kept=_kept(
                    lstm.replace(hyperparameters={"forget_bias": 0.0}),
                    rnn,
                    Experiment(cell="gru", hidden_size=32),
                ),
            ),
            {"forget_bias": 0.0},
            counts=_(
                "Within 600 updates, seeds 501 to 520: forget bias 1, 15 of 20, mostly after 100; RNN 2 of 20. "
                "Seeds 501 to 506: without the bias 0 of 6; GRU 6 of 6."
            ),
        ),
        Claim(
            "dose",
            _("Recall over 100 steps: the forget bias has a dose"),
            Settings(
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
            {"chrono": 0.0},
            counts=_(
                "Within 1000 updates, seeds 501 to 506: bias 0, 0 of 6; 1, 0 of 6; 3, 5 of 6. Chrono, seeds 501 to "
                "505: 5 of 5, after 150 to 175."
            ),
        ),
        Claim(
            "clip",
            _("Clipping rescues the identity RNN"),
            Settings(
                # Clipped it is solved after 675 updates; unclipped it never leaves the baseline, 0.165 after 1000.
                experiment=irnn.replace(seed=4),
                overlay=("rnn",),
                task_length=100,
                train_rate=0.003,
                updates=1000,
                kept=_kept(irnn, rate=0.003, clip=UNCLIPPED),
            ),
            {"train_clip": UNCLIPPED},
            counts=_(
                "ReLU, W_hh = I, adding over 100 steps, 1000 updates: clipped at 1, 9 of 10 (seeds 501 to 510), after "
                "325 to 750; unclipped, 0 of 5 (501 to 505)."
            ),
        ),
        Claim(
            "nan",
            _("Plain SGD without clipping ends in NaN; clipped, it ends nowhere"),
            Settings(
                experiment=rnn.replace(gain=3.0),
                overlay=("rnn",),
                task_length=30,
                train_rate=0.1,
                optimiser="sgd",
                updates=500,
                kept=_kept(rnn.replace(gain=3.0), rate=0.1, clip=UNCLIPPED, optimiser="sgd"),
            ),
            {"train_clip": UNCLIPPED},
            counts=_(
                "Gain 3, adding over 30 steps, rate 0.1, 24 seeds (501 to 506, 700 to 711, 1000 to 1005): unclipped, "
                "NaN by update 32 in all; clipped at 1, all finite after 500, none solved."
            ),
        ),
        Claim(
            "echo",
            _("Echo: the orthogonal RNN wins"),
            Settings(experiment=lstm, overlay=every, task="echo", lag=20, updates=600),
            {"lag": 1},
            counts=_(
                "What came 20 steps ago, within 600 updates, seeds 501 to 505: RNN 5 of 5, after 75; LSTM and GRU 0 of "
                "5, with more than 0.4 of the loss left."
            ),
        ),
    ]


def _kept(*experiments: Experiment, rate: float = 0.01, clip: float = 1.0, optimiser: str = "adam") -> str:
    own = {"train_rate": rate, "train_clip": clip, "optimiser": optimiser}
    return write_kept(tuple(Terms.of(Settings(**own), experiment) for experiment in experiments))
