"""What networks read and write: characters, words, curves and strings."""

import math
from typing import Any

from app.language import _
from app.views.notes.card import Card, Case
from cells.experiment import Experiment

MEMORYLESS = math.log(2) / 2
"""Least loss on "hell" to "ello" without memory, in nats a letter: after l comes l or o."""


def cards() -> list[Card]:
    """In the order of a lecture."""
    rnn, lstm, gru = (Experiment(cell=name) for name in ("rnn", "lstm", "gru"))
    attentive = gru.replace(hidden_size=32)

    def trained(
        says: str, experiment: Experiment, measure: str, least: float, most: float, *, page: str, **fields: Any
    ) -> Case:
        return Case(says, experiment, least, most, measure, page=page, fields=tuple(sorted(fields.items())), fixed=True)

    def greeting(says: str, experiment: Experiment, least: float, most: float, **fields: Any) -> Case:
        return trained(says, experiment, "hello_loss", least, most, page="reading", **fields)

    def word(says: str, reader: str, least: float, most: float) -> Case:
        return trained(says, gru, f"gap_{reader}", least, most, page="wiring", gap_distance=3, gap_updates=300)

    def curve(says: str, numbers: int, least: float, most: float) -> Case:
        return trained(says, gru, "code_share", least, most, page="wiring", bottleneck=numbers, code_updates=500)

    def strings(says: str, measure: str, least: float, most: float) -> Case:
        return trained(says, attentive, measure, least, most, page="wiring", word_length=8, reverse_updates=500)

    return [
        Card(
            "hello",
            "reading",
            _("A network of three hidden units, fed “hell”, learns to say “ello”."),
            (greeting(_("RNN, 100 updates: a tenth of a nat a letter or less."), rnn, 0.0, 0.1, hello_updates=100),),
            _("After l comes l once and o once. Below 0.3466 nats it must have remembered which l it was."),
            _("Three units are enough to remember one letter."),
        ),
        Card(
            "only_h",
            "reading",
            _("A recurrent network's hidden weights are its only memory."),
            (
                greeting(
                    _("RNN with W_hh = 0, 150 updates: it stays at 0.3466 nats, what one gets without memory."),
                    rnn,
                    MEMORYLESS - 1e-4,
                    math.inf,
                    hello_cut=True,
                    hello_updates=150,
                ),
                greeting(
                    _("LSTM with W_hh = 0, 150 updates: it stays there."),
                    lstm,
                    MEMORYLESS - 1e-4,
                    math.inf,
                    hello_cut=True,
                    hello_updates=150,
                ),
            ),
            _("A plain RNN has h alone, which goes on through W_hh. An LSTM's c goes on by the forget gate, without."),
            _("A plain RNN remembers through W_hh; an LSTM does without it, too."),
        ),
        Card(
            "five_ways",
            "reading",
            _("Recurrent networks take sequences in, give sequences out, or both, in five ways."),
            (
                trained(
                    _("400 updates of five networks: the worst of them is at a fifth of a nat or less."),
                    rnn,
                    "worst_of_five",
                    0.0,
                    0.2,
                    page="reading",
                    mode_updates=400,
                ),
            ),
            _("One to one, one to many, many to one, many to many, and step for step: the cell is the same in all."),
            _("What is fed and what is read out can be chosen freely; the cell does not change."),
        ),
        Card(
            "missing_word",
            "reading",
            _("To guess a missing word one needs what stands before it and what stands after it."),
            (
                word(_("Read from both sides: 95 % of the words are right, or more."), "both", 0.95, 1.0),
                word(_("Read forward only: 60 % or less."), "forward", 0.0, 0.6),
                word(_("Read backward only: 60 % or less."), "backward", 0.0, 0.6),
            ),
            _("Before the gap stands how many, after it which animal: one side leaves 4 words, the other 2."),
            _("Where the clues stand on both sides, only a network that reads both can know."),
        ),
        Card(
            "fixed_code",
            "reading",
            _("An encoder can put a sequence into one vector of fixed size, from which a decoder restores it."),
            (
                curve(_("Through 4 numbers: a third of the loss is left, or less."), 4, 0.0, 1 / 3),
                curve(_("Through 1 number: a third of the loss is left, or less."), 1, 0.0, 1 / 3),
            ),
            _("The curves have 8 degrees of freedom, the slow ones larger. What does not fit is lost."),
            _("A vector of fixed size holds what fits in, the most important first."),
        ),
        Card(
            "translates",
            "reading",
            _("An encoder and a decoder are enough to turn one sequence into another."),
            (
                strings(
                    _("Strings of up to 8 letters backwards, with attention: 90 % are right after 500 updates."),
                    "strings_attending",
                    0.9,
                    1.0,
                ),
                strings(_("Without attention: 90 % are right."), "strings_unattending", 0.9, 1.0),
            ),
            _("Without attention all letters must go through the encoder's last state. With it each is looked up."),
            _("The one vector between encoder and decoder is a bottleneck; attention goes around it."),
        ),
        Card(
            "features",
            "reading",
            _("A convolution extracts features, and the cell behind it forecasts from them."),
            (
                trained(
                    _("Sunspots of years it has not seen: less than the error of saying that nothing changes."),
                    gru,
                    "forecast_share",
                    0.0,
                    1.0,
                    page="wiring",
                    forecast_updates=300,
                ),
            ),
            _("240 years are learned from, and the years after them are forecast one ahead."),
            _("A convolution and a cell together forecast better than yesterday's value, as a rule."),
        ),
        Card(
            "programs",
            "reading",
            _("Training an ordinary network is a search among functions, training a recurrent one among programs."),
            (),
            _("It says how one may look at it, and predicts no number."),
            _("A recurrent network applies one learned step as often as it is asked to."),
        ),
        Card(
            "popular",
            "reading",
            _("RNNs are popular for language, tanh is preferred, and one mostly takes two layers, or a GRU."),
            (),
            _("It says what people do, and no network can be asked about that."),
            _("A custom is a reason to look, not a result."),
        ),
        Card(
            "padding",
            "reading",
            _("Padding a sequence with zeros does no harm."),
            tuple(
                Case(
                    _("{cell}: over a second half of zeros h changes by a tenth or less.").format(
                        cell=experiment.cell_class.label
                    ),
                    experiment,
                    most=0.1,
                    measure="padded",
                    page="past",
                )
                for experiment in (rnn, lstm, gru)
            ),
            _("A zero is an input like any other: the state goes on and forgets, and what is read at the end is that."),
            _("Read a padded sequence at its own last step, or hold the state from there on."),
        ),
    ]
