"""What the page of notes says, against counts and numbers found another way."""

import math

import numpy as np
import pytest

from app.views.notes.card import Case, Trial
from app.views.notes.examples import STEADY
from app.views.notes.topics import cards
from app.views.notes.verdict import expected, measured, number, seeds_right, units
from cells.experiment import Experiment
from tests.said.by_numpy import log10_gradient
from tests.said.register import says

LINK = "notes?notes_size=8&notes_length=40&notes_seed=3"
UNITS = {
    "growth": "{value} decades a step",
    "decades": "{value} decades in all",
    "halving": "{value} steps",
    "sum_error": "relative difference {value}",
    "last_ten": "{value} of it",
    "cut_error": "{value} of it is left out",
    "norm_by_length": "{value} times as large",
    "largest_pre_activation": "{value} at most",
    "over_rnn": "{value} decades a step more",
    "decades_over_bias_0": "{value} decades more in all",
    "direct_over_whole": "{value} decades more than the whole",
    "weights_over_rnn": "{value} times as many",
}


def trial(values, least=-math.inf, most=math.inf, measure="growth"):
    return Trial(Case("", Experiment(), least, most, measure), values)


@says(
    LINK,
    "{count} sentences, {holds} hold as they stand",
    "{only_if} hold under a condition that they leave out, {false} are false, {untested} cannot be tested here.",
    "Each is tried at {seeds} seeds from {first} on, with {size} units and {length} steps; verdicts are computed.",
)
def test_the_tally(said):
    told = said.values(
        "{only_if} hold under a condition that they leave out, {false} are false, {untested} cannot be tested here."
    )
    first = said.values("{count} sentences, {holds} hold as they stand")
    bars = {key: int(np.sum(said.traces[f"notes.{key}"]["x"])) for key in ("holds", "only_if", "false", "untested")}
    assert bars == {"holds": first["holds"], **{key: told[key] for key in ("only_if", "false", "untested")}}
    assert sum(bars.values()) == first["count"]
    # A linear network by hand: at gain 0.9 the gradient falls by log10 0.9 a step, whatever the seed.
    linear = said.numbers.trials["activations"][1]
    np.testing.assert_allclose(linear.values, np.log10(0.9), atol=1e-9)
    curve, _overflow = log10_gradient(Experiment(hidden_size=8, length=40, seed=3))
    found = said.numbers.trials["activations"][0].values[0]
    assert found == pytest.approx((curve[0] - curve[-1]) / 39, abs=1e-6)


@says(
    LINK,
    "**A sentence** is told in our own words, as lecture notes and interview guides have it. What it predicts "
    "is turned into numbers, a case each, with a bound up to which the prediction is right.",
    "**Holds**: right in every case at every seed. **False**: in none. **Holds only if**: in some; the cases "
    "say in which.",
    "**A decade** is a factor of 10. A gradient counts as carried within 0.01 decades a step: a tenth is left, "
    "or ten times as much, after a hundred steps.",
    "**Try to break it**: other seeds, another size, another length. Verdicts are computed, never written.",
    "Untrained networks on one sequence of noise, unless a case says otherwise: nothing here has learned. Each "
    "case has a cell of its own; the sidebar has no say in it.",
)
def test_the_legend(said):
    assert 10 ** (STEADY * 100) == pytest.approx(10)
    assert {case.experiment.seed for card in cards().values() for case in card.cases} == {0}  # the reader's instead


@says(
    LINK,
    *UNITS.values(),
    "{value:.3g}",
    "{measured}, from {low} to {high}",
    "right from {least} on",
    "right up to {most}",
    "right from {least} to {most}",
    "{right} of {seeds} seeds",
)
def test_a_card_in_words(said):
    for measure, template in UNITS.items():
        assert units(measure) == template
    assert measured(trial((1.0, 3.0, 2.0))) == "2 decades a step, from 1 to 3"
    assert expected(trial((), least=1.0).case) == "right from 1 on"
    assert expected(trial((), most=1.0).case) == "right up to 1"
    assert expected(trial((), 1.0, 2.0).case) == "right from 1 to 2"
    assert seeds_right(trial((1.0, 3.0, 2.0), most=2.0)) == "2 of 3 seeds"
    assert [number(value) for value in (math.inf, -math.inf, -0.0)] == ["∞", "−∞", "0"]
    shown = sum(len(found) for found in said.numbers.trials.values())
    assert len(said.spoken["{right} of {seeds} seeds"]) == shown


def without_a_number(found):
    (first, *rest) = found.trials["activations"]
    return found._replace(trials=found.trials | {"activations": [first._replace(values=(math.nan,) * 5), *rest]})


@says(LINK, "no number", altered=without_a_number)
def test_a_case_without_a_number_is_not_right(said):
    assert said.numbers.trials["activations"][0].right == 0
    assert said.spoken["{right} of {seeds} seeds"]
