"""What if cells are wired together? Without a browser."""

import gettext
import re

import numpy as np
import pytest

from app import language
from app.background import training
from app.language import number
from app.page import figures
from app.settings import Settings
from app.views.wiring import numbers, trained, verdict
from app.views.wiring.claims import claims
from app.views.wiring.figures import wired as figure
from cells.analyses.untied import Depths
from cells.experiment import Experiment
from tests.app import pages
from tests.app.pages import assert_over_seeds, extra, numbers_of, open_page, problems_on, reseeded, say
from tests.asked import one_of_many

SMALL = Experiment(length=40)


def test_the_page_opens_with_every_menu():
    settings = Settings(experiment=SMALL, wiring="both", curve="numbers", word="abc")
    page = open_page("wiring", settings)
    assert not page.exception
    assert not problems_on(page)
    assert page.session_state.settings == settings
    assert {"curve_numbers", "word"} <= {widget.key for widget in page.text_input}


def drawn(name, settings):
    return {trace["uid"]: trace for trace in pages.draw(name, settings)["data"]}


def test_the_map_has_a_row_for_every_layer_and_is_blank_where_nothing_can_matter():
    settings = Settings(experiment=SMALL, wired_layers=4, wired_step=30)
    shown = drawn("wired", settings)
    assert shown["map"]["z"].shape == (5, 40)
    assert np.isnan(shown["map"]["z"][:, 30:]).all()
    assert np.isfinite(shown["map"]["z"][:, :30]).all()
    assert shown["ahead4"]["y"][29] == pytest.approx(0, abs=1e-6)  # the output itself, of unit direction
    said = say("wired", settings)
    assert said.check.passed
    assert "a layer down" in said.sentence


def test_what_a_lesson_asks_for_is_what_the_map_shows():
    settings = Settings(experiment=SMALL, wired_layers=4, wired_step=30)
    told = numbers.measures(settings, numbers_of("wired", settings))
    shown = drawn("wired", settings)["map"]["z"]
    for name, row, step in (("first", 0, 0), ("bottom", 1, 0), ("top", 4, 0)):
        assert told[f"log10_{name}"] == pytest.approx(shown[row, step])
    assert told["log10_last"] == -np.inf  # it comes after the step that is read


def test_which_way_it_leaks_is_what_the_rows_say():
    for seed in range(5):
        settings = Settings(experiment=SMALL.replace(seed=seed), wired_layers=3, wired_step=40)
        flow = numbers_of("wired", settings).flow
        ratio = float(flow.ahead[0, 0] - flow.ahead[2, 0])
        way = "Which way: down." if ratio > 0 else "Which way: back."
        assert (way if abs(ratio) > verdict.EVEN else "about as much") in say("wired", settings).comparisons[0]


@pytest.mark.parametrize("seed", range(4))
def test_a_slope_through_time_has_no_depth_in_it(seed):
    # The way back through time that is told leads along the top layer alone, where a residual changes little of it.
    down = next(claim for claim in claims() if claim.name == "down")
    slopes = []
    for wiring in ("stacked", "residual"):
        settings = reseeded(down.settings, seed).replace(wiring=wiring)
        top, said = numbers_of("wired", settings).flow.ahead[5], say("wired", settings)
        slopes.append(float(top[0] - top[127]) / 127)
        assert said.sentence.startswith(f"×{number(10 ** slopes[-1], 3)} a step back in the top layer, ")
        assert said.kind == "vanishing"
    assert abs(slopes[0] - slopes[1]) < 0.04


def test_the_number_of_layers_and_the_step_read_compile_nothing(compilations):
    settings = Settings(experiment=SMALL, wired_layers=2)
    numbers_of("wired", settings)
    before = len(compilations)
    for layers in range(1, 7):
        numbers_of("wired", settings.replace(wired_layers=layers, wired_step=5 * layers, wiring="residual"))
    assert len(compilations) == before


def test_overflow_is_said_and_nothing_is_drawn():
    settings = Settings(experiment=SMALL, wiring="convolution")
    found = numbers_of("wired", settings)
    broken = found._replace(flow=found.flow._replace(overflow=7))
    said = verdict.wired(settings, broken)
    assert said.kind == "overflow"
    assert "at step 7" in said.sentence
    for trace in figure.draw_wired(settings, broken, "light")["data"]:
        values = trace["z"] if trace["uid"] == "map" else trace["y"]
        assert trace["uid"] == "input" or np.isnan(values).all()


class Shouted(gettext.NullTranslations):
    """A language of other words than English: capitals, but for what is put into them."""

    def gettext(self, message):
        return re.sub(r"(^|})[^{]*", lambda words: words[0].upper(), message)


def test_why_one_matrix_spreads_more_is_left_out_where_it_does_not_in_every_language(monkeypatch):
    settings = Settings()
    wide, narrow = np.linspace(-9, 9, 8)[:, None], np.linspace(-1, 1, 8)[:, None]
    usual, unusual = Depths(wide, narrow), Depths(narrow, wide)
    why = "One matrix repeats its own chance at every step; new ones average it out."
    assert verdict.depth(settings, usual).sentence.endswith(f"of the same variance. {why}")
    assert verdict.depth(settings, unusual).sentence.endswith("of the same variance.")
    monkeypatch.setattr(language, "_translations", lambda language: Shouted())
    assert verdict.depth(settings, usual).sentence.endswith(f"OF THE SAME VARIANCE. {why.upper()}")
    assert verdict.depth(settings, unusual).sentence.endswith("OF THE SAME VARIANCE.")


TRAINED = {"gap": "gap_updates", "code": "code_updates", "reverse": "reverse_updates", "forecast": "forecast_updates"}


@pytest.mark.parametrize("name", TRAINED)
def test_what_is_trained_is_drawn_and_played(name):
    settings = Settings(experiment=SMALL, plain=True, curve="numbers", word="hello", **{TRAINED[name]: 50})
    before = settings.replace(**{TRAINED[name]: 0})
    shown = drawn(name, settings)
    first = next(iter(shown.values()))
    assert list(first["x"]) == [0, 25, 50]
    assert np.isfinite(np.asarray(first["y"], float)).all()
    assert "After 50 updates" in say(name, settings).headline
    assert "After 0 updates" in say(name, before).headline  # rewound: the same run, less of it
    assert extra(name, settings)["course"]["reached"] == 50
    assert len(drawn(name, before)) == len(shown)
    if name == "gap":
        told = trained.measures_of_gap(settings, numbers_of("gap", settings))
        right = numbers_of("gap", settings).histories[0].measured[-1].right
        assert list(told.values()) == pytest.approx(100 * right)
    if name == "reverse":
        told, ways = trained.measures_of_reverse(settings, numbers_of("reverse", settings)), drawn("ways", settings)
        assert told["steps"] == 9  # four steps on through the reader, five back through the writer
        assert told["attention.log10_short"] == pytest.approx(ways["short"]["y"][0])
        assert told["alone.log10_total"] == pytest.approx(ways["alone"]["y"][0])
        assert told["attention.right"] == pytest.approx(100 * shown["with"]["y"][-1])
        assert set(drawn("ways", settings)) == {"short", "long", "total", "alone"}
        assert "the short cut is 1 layer long" in say("ways", settings).sentence
    if name == "code":
        wrong = say("code", settings.replace(curve_numbers="1 two 3"))
        assert "expected numbers separated by commas or spaces; item 2 is 'two'" in wrong.asides


LEARNED = {
    "gap": lambda readers: (
        np.allclose(readers.loss[:2], np.log([4, 2]), atol=0.15) and readers.right[2] > 0.95 > 0.6 > readers.right[1]
    ),
    "reverse": lambda with_it, without: with_it.letters > 0.95 and without.letters < 0.6,
    "code": lambda rebuilt: rebuilt.loss < 0.25 * rebuilt.mean,
}


@one_of_many
@pytest.mark.parametrize("name", LEARNED)
def test_claims_of_training_hold_over_seeds(name):
    def holds(settings):
        histories = numbers_of(name, settings.replace(plain=True)).histories
        return bool(LEARNED[name](*(history.measured[-1] for history in histories)))

    assert_over_seeds(next(claim.settings for claim in claims() if claim.name == name), holds)


def test_a_look_into_a_network_that_has_been_let_go_trains_nothing():
    plan = trained.gap_plan(Settings(experiment=SMALL.replace(seed=77)))
    with pytest.raises(LookupError):
        trained.filled.now(plan, 0)
    assert training.run(plan).history() == []


def test_a_flat_curve_and_too_few_numbers_are_no_accident():
    flat = trained.curve(Settings(curve="numbers", curve_numbers="5 5 5")).value()
    np.testing.assert_array_equal(flat, 0)
    with pytest.raises(ValueError, match="expected at least 2 numbers; got 1"):
        trained.curve(Settings(curve="numbers", curve_numbers="5"))


def test_settings_that_do_not_matter_share_a_run():
    one, other = Settings(experiment=SMALL), Settings(experiment=SMALL.replace(length=77, input="sine", layers=2))
    assert training.run(trained.gap_plan(one)) is training.run(trained.gap_plan(other))
    assert trained.gap_plan(one) != trained.gap_plan(one.replace(gap_distance=5))


@pytest.mark.parametrize("name", [*TRAINED, "ways"])
def test_a_training_without_a_beginning_says_so(name):
    history = trained.History([], np.zeros(0), 0, "The computation broke off.")
    nothing = trained.Learned(None, [history], [])
    said = figures()[name].say(Settings(), nothing)
    assert (said.kind, said.sentence) == ("overflow", "The computation broke off.")
    assert figures()[name].draw(Settings(), nothing, "light")["data"] == []


def test_claims_of_stacks_hold_over_seeds():
    down, residual, both = (
        next(claim.settings for claim in claims() if claim.name == name) for name in ("down", "residual", "both")
    )

    def lies_in_the_lower_layers(settings):
        ahead = numbers_of("wired", settings).flow.ahead
        return ahead[:3, 0].min() > ahead[5, 0] + 0.4 and ahead[0, -1] < -2  # five layers down at the same step

    def leaks_through_time_alone(settings):
        ahead = numbers_of("wired", settings).flow.ahead
        return abs(ahead[0, -1]) < 0.5 and ahead[0, 0] < ahead[0, -1] - 1

    assert_over_seeds(down, lies_in_the_lower_layers)
    assert_over_seeds(residual, leaks_through_time_alone)
    assert both.wired_step < both.experiment.length
