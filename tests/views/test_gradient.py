"""The first page without a browser: every cell, every claim, bad links, and what the plain figure shows."""

import json
from urllib.parse import parse_qs

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from app import sidebar
from app.numbers import flow
from app.settings import AXES, Settings
from app.views.gradient.claims import claims
from cells.experiment import Experiment
from cells.running import build
from tests.app.pages import SCRIPT, assert_over_seeds, problems_on, verdicts_on


def open_page(query: str = "", **changes: object) -> AppTest:
    page = AppTest.from_file(SCRIPT, default_timeout=300)
    settings, _ = Settings.repaired(query)
    query = settings.replace(**changes).to_query()
    for name, values in parse_qs(query, keep_blank_values=True).items():
        page.query_params[name] = values
    return opened(page)


def opened(page: AppTest) -> AppTest:
    """The page with every drawer of the sidebar open."""
    for drawer in ("sidebar_exact", "sidebar_input", "sidebar_weights", "sidebar_display"):
        page.session_state[drawer] = True
    return page.run()


def figure_of(page: AppTest) -> dict:
    (chart,) = page.get("plotly_chart")
    return json.loads(chart.proto.spec)


def test_widgets_and_link_say_the_same():
    page = open_page("cell=lstm&gain=0.5&seed=7&forget_bias=3&overlay=lstm")
    assert page.selectbox(key="cell").value == "lstm"
    assert page.number_input(key="gain").value == 0.5
    assert page.number_input(key="forget_bias").value == 3
    page.number_input(key="gain").set_value(0.8).run()
    assert page.query_params["gain"] == "0.8"
    assert page.query_params["seed"] == "7"


def test_bad_values_in_a_link_are_named_and_the_rest_is_kept():
    page = AppTest.from_file(SCRIPT, default_timeout=300)
    for name, value in {"gain": "nan", "activation": "bogus", "seed": "5"}.items():
        page.query_params[name] = value
    page.run()
    assert not page.exception
    said = " ".join(problems_on(page))
    assert "gain: expected a number from 0.05 to 20; got 'nan'." in said
    assert "activation: expected one of" in said
    assert page.session_state.settings.experiment == Experiment(seed=5)
    assert dict(page.query_params) == {"seed": "5"}


def test_bad_text_keeps_the_last_good_picture():
    page = open_page("input=numbers&numbers=1 2 3")
    before = page.session_state.settings
    page.text_area(key="numbers").set_value("1, two, 3").run()
    assert not page.exception
    assert "item 2 is 'two'" in problems_on(page)[0]
    assert page.session_state.settings == before
    assert page.query_params["numbers"] == "1 2 3"


def test_text_that_is_too_long_stands_in_nothing_elses_way():
    page = open_page("input=text")
    page.text_area(key="text").set_value("a" * 1001).run()
    assert problems_on(page)[0] == "text: expected at most 1000 characters; got 1001."
    page.selectbox(key="cell").set_value("gru").run()
    assert problems_on(page)[0] == "text: expected at most 1000 characters; got 1001."
    assert page.session_state.settings.experiment == Experiment(cell="gru", input="text")
    page.selectbox(key="input").set_value("sine").run()
    assert not problems_on(page)  # the sine has no use for it
    assert page.query_params["input"] == "sine"
    page.selectbox(key="input").set_value("text").run()
    assert problems_on(page)


def test_what_cannot_go_together_keeps_the_last_good_picture():
    page = open_page("layers=6")
    page.selectbox(key="hidden_size").set_value(128).run()
    assert "layers: expected at most" in problems_on(page)[0]
    assert page.session_state.settings.experiment == Experiment(layers=6)


def test_a_second_press_before_the_address_has_come_counts_too():
    page = open_page()
    for seed in (1, 2):
        next(button for button in page.button if button.label == "New weights").click()
        page.query_params.clear()  # the browser is behind
        page.run()
        assert page.session_state.settings.experiment.seed == seed
        assert page.query_params["seed"] == str(seed)


def test_reset_keeps_the_seed():
    page = open_page("cell=lstm&gain=0.5&seed=7&overlay=lstm")
    next(button for button in page.button if "Reset" in button.label).click().run()
    assert page.session_state.settings == Settings(experiment=Experiment(seed=7))


def test_pins_stay_as_ghosts_in_the_link():
    page = open_page("gain=0.5", plain=True)
    next(button for button in page.button if button.label == "Pin").click().run()
    page.number_input(key="gain").set_value(1.5).run()
    assert page.query_params["pin"] == "gain=0.5"
    ghost = next(trace for trace in figure_of(page)["data"] if trace["name"] == "pin 1: gain 0.5 · h")
    assert ghost["opacity"] < 1
    assert "Against pin 1 (gain 0.5 → 1.5)" in verdicts_on(page)
    next(button for button in page.button if button.label == "Unpin").click().run()
    assert "pin" not in page.query_params


def test_a_run_that_is_pinned_already_keeps_its_number():
    page = open_page("pin=default&pin=gain%3D0.5")
    next(button for button in page.button if button.label == "Pin").click().run()
    assert page.session_state.settings.pins == (Experiment(), Experiment(gain=0.5))


def test_another_cell_leaves_weights_set_by_hand_behind():
    page = open_page("hidden_size=2&W_hh=3,-3,3,-3&b=-1,-4&input=zero")
    page.selectbox(key="cell").set_value("lstm").run()
    assert not problems_on(page)
    assert page.session_state.settings.experiment == Experiment(cell="lstm", hidden_size=2, input="zero")


def test_every_field_of_an_experiment_has_a_widget():
    page = open_page()
    kinds = (page.selectbox, page.number_input, page.text_input, page.text_area, page.toggle)
    keys = {widget.key for kind in kinds for widget in kind}
    assert set(sidebar.EXPERIMENT_KEYS) <= keys


CLAIMS = {
    # name: (flow of the claim, flows of its pins) -> bool
    "gone": lambda flow, pins: flow.log10_norm["h"][-21] < np.log10(2.0**-24),  # float16's smallest number
    "explodes": lambda flow, pins: flow.growth.kind == "exploding" and flow.growth.log10_ratio > 8,
    "saturates": lambda flow, pins: flow.growth.log10_ratio < pins[0].growth.log10_ratio - 20,
    "nilpotent": lambda flow, pins: flow.growth.kind == "exploding" and flow.bound_growths[1] < 1e-12,
    "forget": lambda flow, pins: (
        flow.growth.log10_ratio < -9 and flow.growth.log10_ratio < pins[0].growth.log10_ratio - 5
    ),
    "chrono": lambda flow, pins: 0.05 < 10**flow.growth.log10_ratio < 0.2 and pins[0].growth.log10_ratio < -4,
    "default": lambda flow, pins: flow.growth.log10_ratio < pins[0].growth.log10_ratio - 3,
    "lstm": lambda flow, pins: flow.growth.log10_ratio > 30,
    "update": lambda flow, pins: flow.growth.log10_ratio > pins[0].growth.log10_ratio + 10,
    "irnn": lambda flow, pins: flow.growth.kind == "carried" and flow.growth.log10_ratio == pytest.approx(0, abs=1e-9),
}


def test_every_claim_has_a_claim_that_is_tested():
    assert [claim.name for claim in claims()] == list(CLAIMS)
    assert len(CLAIMS) >= 8


@pytest.mark.parametrize("claim", claims(), ids=lambda claim: claim.name)
def test_the_claim_holds(claim):
    def holds(settings):
        seed = settings.experiment.seed
        pins = [flow.now(pin.replace(seed=seed)) for pin in settings.pins]
        return CLAIMS[claim.name](flow.now(settings.experiment), pins)

    assert_over_seeds(claim.settings, holds)


def test_pytorchs_default_is_drawn_as_pytorch_draws_it():
    # Every weight and both biases from U(+-1/sqrt(H)), which has the standard deviation 1/sqrt(3H).
    claim = next(claim for claim in claims() if claim.name == "default").settings.experiment
    cells = [build(claim.replace(seed=seed)).cell for seed in range(20)]
    for name, largest, spread in (("W_ih", 16**-0.5, 48**-0.5), ("W_hh", 16**-0.5, 48**-0.5), ("b", 2, 24**-0.5)):
        drawn = np.stack([np.asarray(getattr(cell, name)) for cell in cells])
        assert 0.97 * min(largest, drawn.max()) < drawn.max() <= 1.001 * largest
        assert drawn.std() == pytest.approx(spread, rel=0.05)


@pytest.mark.parametrize("claim", claims(), ids=lambda claim: claim.name)
def test_autodiff_agrees_with_the_finite_difference_in_every_claim(claim):
    assert flow.now(claim.settings.experiment).check.relative_error < 1e-4


@pytest.mark.parametrize("claim", claims(), ids=lambda claim: claim.name)
def test_the_curve_of_a_claim_stays_on_its_axis(claim):
    low, high = AXES[claim.settings.axis]
    for curve in flow.now(claim.settings.experiment).log10_norm.values():
        assert low <= np.nanmin(curve) <= np.nanmax(curve) <= high
