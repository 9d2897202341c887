"""Are the notes right? Verdicts against numbers from elsewhere, at seeds that the page does not open with."""

import math
import re

import numpy as np
import pytest

from app.page import figures
from app.settings import Settings
from app.views.notes import numbers
from app.views.notes.card import TOPICS, VERDICTS, Case, Trial, verdict_of
from app.views.notes.topics import cards
from app.views.notes.verdict import card, expected
from cells.experiment import Experiment
from cells.running import drawn, run
from tests.app.pages import draw, extra, numbers_of, say
from tests.asked import some
from tests.said.by_numpy import log10_gradient

SETTINGS = Settings(notes_size="8", notes_length=60)


def case(least=-math.inf, most=math.inf):
    return Case("says", Experiment(), least, most)


def test_a_verdict_is_of_every_case_and_seed():
    right, wrong, mixed = (Trial(case(least=0.0), values) for values in ((1.0, 2.0), (-1.0, -2.0), (1.0, -1.0)))
    assert verdict_of([right, right]) == "holds"
    assert verdict_of([wrong]) == "false"
    assert verdict_of([right, wrong]) == verdict_of([mixed]) == "only_if"
    assert verdict_of([]) == "untested"
    assert not case().holds(math.nan)


def test_cards_are_whole():
    assert list(dict.fromkeys(card.topic for card in cards().values())) == list(TOPICS)
    for name, told in cards().items():
        assert re.fullmatch("[a-z0-9_]+", name)
        for text in (told.claim, told.why, told.better, *(case.says for case in told.cases)):
            assert text.endswith("."), (name, text)
        for each in told.cases:
            assert each.measure in numbers.MEASURES
            assert math.isfinite(each.least) or math.isfinite(each.most), name


def test_the_numbers_of_a_case_are_those_that_numpy_finds():
    for name in ("activations", "eigenvalue", "overcomes", "distance"):
        found = numbers.tried.now(name, 7, 8, 60)
        for each, values in zip(cards()[name].cases, found.values, strict=True):
            experiment = numbers.at(each, 7, 8, 60)
            curve, _overflow = log10_gradient(experiment)
            assert values[0] == pytest.approx((curve[0] - curve[-1]) / (len(curve) - 1), abs=1e-6), each.says


def test_weights_are_counted():
    # RNN: H (D + H + 1). An LSTM has four of these blocks, a GRU three and a second bias for the candidate at most.
    found = numbers.tried.now("four", 3, 8, 60).values
    assert found == ((4.0,) * numbers.SEEDS,)
    assert numbers.tried.now("lighter", 3, 8, 60).values[0][0] == pytest.approx(0.75, abs=0.0375)


def test_the_direct_path_is_the_product_of_the_forget_gates():
    experiment = Experiment(cell="lstm", hidden_size=1, W_hh=(0, 0, 0, 0), b=(0, 2, 0, 0), input="zero", length=40)
    # No recurrent weights: what c passes on is the forget gate alone.
    assert run(experiment, numbers.split) == pytest.approx(0.0, abs=1e-9)
    held = experiment.replace(W_hh=(1, 0, 2, 0))
    assert abs(run(held, numbers.split)) > 0.01


EXPECTED = {
    "sum": "holds",
    "near": "false",
    "norm": "false",
    "turing": "untested",
    "activations": "only_if",
    "large": "only_if",
    "five": "false",
    "short": "only_if",
    "later": "only_if",
    "orthogonal": "only_if",
    "necessary": "only_if",
    "sufficient": "only_if",
    "eigenvalue": "only_if",
    "norm_above": "only_if",
    "determinant": "false",
    "long_only": "false",
    "units": "holds",
    "small": "only_if",
    "batch_norm": "only_if",
    "skips": "holds",
    "default": "only_if",
    "linear": "only_if",
    "tanh": "holds",
    "relu": "only_if",
    "gates_ease": "only_if",
    "four": "holds",
    "adds": "false",
    "explodes": "holds",
    "bias": "holds",
    "alike": "false",
    "sigmoids": "false",
    "lighter": "holds",
    "carries": "holds",
    "distance": "only_if",
    "parallel": "false",
}
"""What theory says of sentences that no seed should turn."""


@pytest.mark.parametrize("seed", some((200, 300, 400), 1))
def test_verdicts_at_seeds_of_our_own(seed):
    found = numbers_of("notes", Settings(notes_seed=seed)).verdicts()
    assert {name: found[name] for name in EXPECTED} == EXPECTED


def test_the_tally_counts_every_card_once_and_the_figure_agrees():
    found, said = numbers_of("notes", SETTINGS), say("notes", SETTINGS)
    verdicts = list(found.verdicts().values())
    assert said.headline == f"{len(cards())} sentences, {verdicts.count('holds')} hold as they stand"
    assert f"{verdicts.count('false')} are false" in said.sentence
    traces = {trace["uid"]: trace for trace in draw("notes", SETTINGS)["data"]}
    for key in VERDICTS:
        assert np.sum(traces[f"notes.{key}"]["x"]) == verdicts.count(key)


def test_a_card_says_what_was_measured_and_links_to_it():
    told = {each["name"]: each for each in extra("notes", SETTINGS)["cards"]}
    assert list(told) == list(cards())
    (first, second, _third) = told["activations"]["cases"]
    values = sorted(numbers_of("notes", SETTINGS).trials["activations"][0].values)
    assert first["measured"].startswith(f"{values[2]:.3g} decades a step".replace("-", "−"))
    assert second["measured"] == "−0.0458 decades a step"  # log10 0.9, at every seed
    assert (first["seeds"], first["right"], second["wrong"]) == ("5 of 5 seeds", True, True)
    page = first["page"]
    opened, problems = Settings.repaired(first["query"])
    assert (page, problems) == ("gradient", [])
    assert opened.experiment == Experiment(hidden_size=8, length=60)
    assert figures()[page].say(opened, numbers_of(page, opened)).kind == "vanishing"


def test_a_case_with_a_remedy_links_to_the_page_that_has_it():
    cases = {each["name"]: each["cases"] for each in extra("notes", SETTINGS)["cards"]}
    for place, value in enumerate(numbers_of("notes", SETTINGS).trials["layer_norm"]):
        told = cases["layer_norm"][place]
        assert told["page"] == "fixes"
        opened, problems = Settings.repaired(told["query"])
        assert not problems
        assert numbers_of("fixes", opened).after.growth.log10_factor == pytest.approx(value.values[0], abs=1e-6)


def test_bounds_and_numbers_are_said_as_people_write_them():
    assert expected(case(least=-0.01)) == "right from −0.01 on"
    assert expected(case(most=0.5)) == "right up to 0.5"
    assert expected(case(-1.0, 1.0)) == "right from −1 to 1"
    assert card(SETTINGS, "turing", numbers_of("notes", SETTINGS))["cases"] == []


def test_input_weights_are_smaller_the_more_units_there_are():
    # What the card on hidden units says: Glorot's bound is the root of 6 / (inputs + units).
    sizes = [np.abs(drawn(Experiment(hidden_size=size)).W_ih[:, :4]).max() for size in (8, 64)]
    assert sizes[1] < 0.6 * sizes[0]
