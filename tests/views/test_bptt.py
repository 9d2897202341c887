"""What does backpropagation add up? Its figures, its sentences at the edge, its claims."""

import numpy as np
import plotly.graph_objects as go
import pytest

from app.page import figures
from app.settings import Settings
from app.views.bptt.claims import claims
from app.views.bptt.numbers import FAR, parts
from cells.experiment import Experiment
from tests.app.pages import assert_over_seeds, draw, drawn_on, numbers_of, open_page, reseeded, say
from tests.cells.examples import CLASSIC

FIGURES = ("parts", "shares", "walks")


@pytest.mark.parametrize("cell", [*CLASSIC, "mingru"])
def test_every_cell_has_its_three_figures_on_the_page(cell):
    settings = Settings(experiment=Experiment(cell=cell, length=60), plain=True)
    page = open_page("bptt", settings)
    assert not page.exception
    assert [[trace["name"] for trace in figure["data"]] for figure in drawn_on(page)] == [
        [trace["name"] for trace in draw(name, settings)["data"]] for name in FIGURES
    ]


@pytest.mark.parametrize("name", FIGURES)
@pytest.mark.parametrize("weights", ["W_hh", "W_ih", "b"])
def test_plotly_accepts_the_figures_of_all_weights(name, weights):
    settings = Settings(experiment=Experiment(cell="gru", length=30), weights=weights, window=4)
    drawn = go.Figure(draw(name, settings))
    assert all(trace.name for trace in drawn.data)
    assert len({trace.uid for trace in drawn.data}) == len(drawn.data)


def test_bars_begin_at_the_axis_and_the_window_parts_them():
    settings = Settings(experiment=Experiment(length=30), window=4)
    drawn = {trace.uid: trace for trace in go.Figure(draw("parts", settings)).data}
    tops = np.asarray(drawn["inside"].y) + drawn["inside"].base
    assert np.isnan(tops[:26]).all()
    np.testing.assert_allclose(tops[26:], parts.now(settings.experiment).log10_norm["W_hh"][26:], atol=1e-5)
    assert np.isnan(np.asarray(drawn["outside"].y)[26:]).all()
    assert drawn["cosine"].x[3] == 27  # a window of four ends there


def test_verdict_and_shares_are_those_of_the_numbers():
    settings = Settings(experiment=Experiment(length=60, gain=0.5, input_scale=0.3))
    said = say("parts", settings)
    assert said.kind == "vanishing"
    assert said.check.passed
    exploding = say("parts", Settings(experiment=Experiment(length=60, gain=3.0, input_scale=0.1)))
    assert exploding.kind == "exploding"
    assert "which drowns the rest" in exploding.sentence
    found = draw("shares", settings)["data"]
    np.testing.assert_allclose(found[0]["y"] + found[1]["y"], 1)


def said(query: str):
    settings, problems = Settings.repaired(query)
    assert not problems
    return say("parts", settings)


def test_overflow_is_said():
    assert said("activation=identity&gain=20&length=600").kind == "overflow"


def test_nothing_is_drowned_where_there_is_no_rest():
    alone = said("input=impulse&length=30&weights=W_ih")  # x_1 is all there is
    assert (alone.headline, alone.kind) == ("RNN · Only the far past", "carried")
    assert "all of it comes from 20 steps back or more: nothing nearer adds to it" in alone.sentence


@pytest.mark.parametrize("weights", ["W_hh", "W_ih", "b"])
@pytest.mark.parametrize(
    ("experiment", "kind"),
    [
        ("gain=0.5&length=60&input=impulse", "vanishing"),
        ("activation=identity&length=400", "carried"),  # orthogonal: the factor is exactly 1
        ("gain=3&length=60&input_scale=0.1", "exploding"),
    ],
)
def test_only_terms_that_grow_on_their_way_are_painted_hot(experiment, kind, weights):
    found = say("gradient", Settings.repaired(experiment)[0])
    assert found.kind == kind
    assert (said(f"{experiment}&weights={weights}").kind == "exploding") == (kind == "exploding")


def test_a_vanished_gradient_that_comes_from_far_is_called_vanished():
    vanished = said("gain=0.5&length=60&input=impulse&weights=W_ih")
    assert vanished.kind == "vanishing"
    assert "length 2×10⁻¹⁸; all of it comes from 20 steps back or more, and vanished on the way." in vanished.sentence


def test_where_every_step_counts_alike_most_of_the_steps_are_far():
    level = said("activation=identity&length=400")
    assert (level.headline, level.kind) == ("RNN · Mostly the far past", "carried")
    assert (
        "96 % of it comes from 20 steps back or more: nothing explodes on the way, most of the steps are that far"
        in level.sentence
    )


def test_nothing_is_gone_where_there_was_nothing():
    late = said("input=impulse&onset=58&length=60&weights=W_ih")
    assert late.kind == "carried"
    assert "none of it comes from 20 steps back or more: nothing is added there" in late.sentence


def test_truncation_is_told_by_what_it_drops():
    assert said("length=10&window=10").asides == "Truncated to 10 of 10 steps back: it is the whole gradient."
    late = said("input=impulse&onset=58&length=60&weights=W_ih")
    assert late.asides == "Truncated to 10 of 60 steps back: it is the whole gradient."
    healthy = Settings(experiment=Experiment(length=60, gain=0.5, input_scale=0.3))
    found = numbers_of("parts", healthy)
    assert said(healthy.to_query()).asides == (
        "Truncated to 10 of 60 steps back: the whole gradient but for 5×10⁻⁴ of its length."
    )
    assert found.log10_rest["W_hh"][9] - found.log10_total["W_hh"] == pytest.approx(np.log10(5e-4), abs=0.06)
    assert "cosine 0.950, 0.81 of the length" in said("length=60&input_scale=0.1&window=20").asides
    assert "cosine −0.022" in said("length=60&input_scale=0.1&window=20&gain=3").asides


def test_near_and_far_of_a_short_sequence():
    short = parts.now(Experiment(length=FAR))
    assert short.near_and_far("W_hh") == (short.log10_total["W_hh"], -np.inf)
    assert short.far_share("W_hh") == 0


def test_a_longer_window_a_rate_and_a_limit_compile_nothing(compilations):
    settings = Settings(experiment=Experiment(length=100))
    for name in FIGURES:
        draw(name, settings)
    before = len(compilations)
    for turn in range(4):
        settings = reseeded(settings, turn).replace(
            weights=("W_hh", "W_ih", "b")[turn % 3], window=turn + 1, learning_rate=10.0 ** (turn - 2), clip=2.0**turn
        )
        for name in FIGURES:
            say(name, settings)
            draw(name, settings)
    assert len(compilations) == before


# --- claims ---


def kept(settings, found):
    """(cosine, length over the full length) of the truncated gradient."""
    name, place = settings.weights, settings.window - 1
    ratio = found.log10_truncated[name][place] - found.log10_total[name]
    return found.cosine[name][place], 10**ratio


CLAIMS = {
    "healthy": lambda settings, found: found.log10_total["W_hh"] > -1 and found.far_share("W_hh") < 1e-4,
    "drowned": lambda settings, found: found.log10_total["W_hh"] > 2 and found.far_share("W_hh") > 0.9,
    # Scalar, linear, constant: the sum of .9^k is geometric, and ten terms of it are 1 - .9^10 = .651.
    "bias": lambda settings, found: kept(settings, found) == (pytest.approx(1), pytest.approx(1 - 0.9**10, abs=1e-6)),
    "credit": lambda settings, found: (
        found.log10_truncated["W_ih"][9] == -np.inf and found.log10_total["W_ih"] > -np.inf
    ),
    "cheap": lambda settings, found: kept(settings, found)[0] > 0.999,
    # Without clipping the loss ends far from 0; clipped it ends near.
    "jumps": lambda settings, found: found.plain.loss[-1] > 0.3 and found.clipped.loss[-1] < 1e-3,
}


def test_every_claim_is_tested():
    assert [claim.name for claim in claims()] == list(CLAIMS)


@pytest.mark.parametrize("claim", claims(), ids=lambda claim: claim.name)
def test_the_claim_holds(claim):
    figure = claim.figure or "parts"
    assert_over_seeds(claim.settings, lambda settings: CLAIMS[claim.name](settings, numbers_of(figure, settings)))


def test_what_lessons_ask_for_in_closed_form():
    """One linear unit, h_t = w h_{t-1} + 1: the term of lag k is w^k."""
    w, length = 0.9, 200
    unit = Experiment(hidden_size=1, W_hh=(w,), activation="identity", input="step", length=length)
    settings = Settings(experiment=unit, weights="b")
    told = figures()["parts"].measures(settings, numbers_of("parts", settings))
    assert told["lag"] == FAR
    assert told["log10_total"] == pytest.approx(np.log10((1 - w**length) / (1 - w)), abs=1e-9)
    assert told["log10_far"] == pytest.approx(np.log10((w**FAR - w**length) / (1 - w)), abs=1e-9)
    assert told["log10_ratio"] == pytest.approx((length - 1) * np.log10(w), abs=1e-9)
