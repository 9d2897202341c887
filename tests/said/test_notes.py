"""What the page of notes says, against counts and numbers found another way."""

import math

import numpy as np
import pytest

from app.views.notes import verdict
from app.views.notes.card import Case, Trial
from app.views.notes.examples import STEADY
from app.views.notes.numbers import At, number, stands
from app.views.notes.topics import cards
from app.views.notes.verdict import expected, measured, seeds_right, told, units
from cells.experiment import Experiment
from tests.said.by_numpy import log10_gradient
from tests.said.register import says

LINK = "notes?notes_size=8&notes_length=40&notes_seed=3"
TRIED = ("activations", "tanh", "turing")
"""Cards that stand when a link is opened here; the others stay to be tried."""
UNITS = {
    "growth": "{value} decades a step",
    "halving": "{value} steps",
    "sum_error": "relative difference {value}",
    "last_ten": "{value} of it",
    "cut_error": "{value} of it is left out",
    "norm_by_length": "{value} times as large",
    "last_own": "{value} of the sum",
    "largest_pre_activation": "{value} at most",
    "tanh_over_sigmoid": "{value} decades a step more",
    "decades": "{value} decades in all",
    "decades_over_bias_0": "{value} decades more in all",
    "direct_over_whole": "{value} decades more than the whole",
    "weights_over_rnn": "{value} times as many",
    "unrolled_error": "difference {value}",
    "off_diagonal": "{value} beside the diagonal",
    "candidate_open": "norm {value}",
    "closed_once": "{value} decades lost",
    "kept_c": "changed by {value} at most",
    "beyond_slopes": "{value} decades a step beyond the slopes",
    "steeper_at_0": "{value} times as steep",
    "padded": "changed by {value} of its size",
    "kurtosis_over_pytorch": "kurtosis {value} more",
    "inside_four": "{value} of the numbers",
    "gates": "{value} gates",
    "states": "{value} states",
    "from_first": "log₁₀ of what arrives {value}",
    "way": "layers on the way: {value}",
    "seen_by_window": "{value} of 64 inputs",
    "spread_ratio": "{value} times as wide",
    "solved_after": "solved after {value} updates",
    "broken_after": "ends after {value} updates",
    "swing": "{value} times the middle one",
    "elsewhere": "{value} times the loss that counts as solved",
    "hello_loss": "{value} nats",
    "gap_forward": "{value} of the words right",
    "code_share": "{value} of the loss without a code",
    "strings_attending": "{value} of the strings right",
    "forecast_share": "{value} of the error of saying that nothing changes",
}


def trial(values, least=-math.inf, most=math.inf, measure="growth"):
    return Trial(Case("", Experiment(), least, most, measure), values)


def these(found, names=TRIED):
    """What stands once these cards have been tried; what was told of them before is told again."""
    told.cache_clear()
    for name in names:
        for keys in At(3, 8, 40).keys(cards()[name]):
            for key in keys:
                number.now(*key)
    return found._replace(trials={name: stands(cards()[name], At(3, 8, 40)) for name in cards()})


def only_these(found):
    """The same where there are no other cards."""
    stood = these(found)
    return stood._replace(trials={name: stood.trials[name] for name in TRIED})


CONDITIONS = "Under a condition that they leave out: {only_if}. False: {false}. Not to be tested here: {untested}."


@says(
    LINK,
    "{count} sentences, right as they stand: {holds}",
    CONDITIONS,
    "Each is tried at {seeds} seeds from {first} on, with {size} units and {length} steps; verdicts are computed.",
    altered=only_these,
)
def test_the_tally(said):
    told = said.values(CONDITIONS)
    first = said.values("{count} sentences, right as they stand: {holds}")
    bars = {key: int(np.sum(said.traces[f"notes.{key}"]["x"])) for key in ("holds", "only_if", "false", "untested")}
    assert bars == {"holds": first["holds"], **{key: told[key] for key in ("only_if", "false", "untested")}}
    assert sum(bars.values()) == first["count"] == len(TRIED)
    # A linear network by hand: at gain 0.9 the gradient falls by log10 0.9 a step, whatever the seed.
    linear = said.numbers.trials["activations"][1]
    np.testing.assert_allclose(linear.values, np.log10(0.9), atol=1e-9)
    curve, _overflow = log10_gradient(Experiment(hidden_size=8, length=40, seed=3))
    found = said.numbers.trials["activations"][0].values[0]
    assert found == pytest.approx((curve[0] - curve[-1]) / 39, abs=1e-6)


@says(
    LINK,
    "{done} of {count} sentences tried, right as they stand: {holds}",
    "{done} of {count} sentences tried",
    altered=these,
)
def test_the_tally_of_what_stands(said):
    told = said.values("{done} of {count} sentences tried, right as they stand: {holds}")
    verdicts = said.numbers.verdicts().values()
    can_be_tried = [card for card in cards().values() if card.cases]
    assert told["count"] == len(can_be_tried)
    assert told["done"] == told["count"] - sum(each == "pending" for each in verdicts)
    assert told["holds"] == sum(each == "holds" for each in verdicts)
    assert said.values("{done} of {count} sentences tried")["done"] == told["done"]


@says(f"{LINK}&notes_card=tanh&notes_card_seed=9", "Seeds {first} to {last}, {size} units, {length} steps")
def test_where_one_card_is_tried(said):
    where = said.values("Seeds {first} to {last}, {size} units, {length} steps")
    assert where == {"first": 9, "last": 13, "size": 8, "length": 40}


@says(
    LINK,
    "**A sentence** is told in our own words, as lecture notes and interview guides have it. What it predicts is "
    "turned into numbers, a case each, with a bound up to which the prediction is right.",
    "**Holds**: right in every case at every seed. **False**: in none. **Holds only if**: in some; the cases say "
    "in which.",
    "**A decade** is a factor of 10. A gradient counts as carried within 0.01 decades a step: a tenth is left, or"
    " ten times as much, after a hundred steps.",
    "**Being tried**: its numbers are still being computed. They come one sentence after the other, those of "
    "trained networks last.",
    "**Try to break it**: other seeds, another size, another length, for all cards at the top or for one of them "
    "in itself. Verdicts are computed, never written.",
    "Untrained networks on one sequence of noise, unless a case says otherwise. Under **Training** and "
    "**Reading** networks are trained for every seed, with the size and length that their case names. Each case "
    "has a cell of its own; the sidebar has no say in it.",
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
    altered=these,
)
def test_a_card_in_words(said):
    for measure, template in UNITS.items():
        assert units(measure) == template
    assert measured(trial((1.0, 3.0, 2.0))) == "2 decades a step, from 1 to 3"
    assert expected(trial((), least=1.0).case) == "right from 1 on"
    assert expected(trial((), most=1.0).case) == "right up to 1"
    assert expected(trial((), 1.0, 2.0).case) == "right from 1 to 2"
    assert seeds_right(trial((1.0, 3.0, 2.0), most=2.0)) == "2 of 3 seeds"
    assert [verdict.number(value) for value in (math.inf, -math.inf, -0.0)] == ["∞", "−∞", "0"]
    shown = sum(len(found) for found in said.numbers.trials.values() if found)
    assert len(said.spoken["{right} of {seeds} seeds"]) == shown


def never_solved(found):
    """A training that no seed solves, one that some do, and one that none ends."""
    cases = cards()["tanh_learns"].cases
    told.cache_clear()
    values = (math.inf,) * 5, (math.inf, math.inf, 150.0, math.inf, 75.0)
    finite = [Trial(cards()["clip_prevents"].cases[0], (math.inf,) * 5)]
    trials = {"tanh_learns": list(map(Trial, cases, values)), "clip_prevents": finite}
    return found._replace(trials=found.trials | trials)


@says(LINK, "not solved", "goes on", "{measured}, {low} at the earliest", altered=never_solved)
def test_what_never_came_is_said_in_words(said):
    assert said.spoken["{measured}, {low} at the earliest"] == [{"measured": "not solved", "low": "75"}]
    assert measured(said.numbers.trials["clip_prevents"][0]) == "goes on"


def without_a_number(found):
    found = these(found)
    (first, *rest) = found.trials["activations"]
    return found._replace(trials=found.trials | {"activations": [first._replace(values=(math.nan,) * 5), *rest]})


@says(LINK, "no number", altered=without_a_number)
def test_a_case_without_a_number_is_not_right(said):
    assert said.numbers.trials["activations"][0].right == 0
    assert said.spoken["{right} of {seeds} seeds"]
