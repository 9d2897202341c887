"""Why does one neuron vanish or explode? Without a browser: every number shown, and a walk over the controls."""

import json
import math
import random
import re

import numpy as np
import plotly.graph_objects as go
import pytest

from app.live import controls
from app.live.routes import to_json
from app.page import figures
from app.settings import Settings, fields
from app.views.neuron import PAGE, numbers
from app.views.neuron.settings import Fields
from cells.activations import ACTIVATIONS
from cells.analyses.theory.error_surface import START, TARGET, UPDATES, cliff
from cells.analyses.theory.error_surface import STEPS as UNROLLED
from cells.analyses.theory.products import STEPS
from cells.experiment import Experiment
from cells.fields import declarations
from tests.app.pages import draw, numbers_of, open_page, say, verdicts_on

FIELDS = list(declarations(Fields))


def traces(name: str, settings: Settings) -> dict:
    return {trace.uid: trace for trace in go.Figure(draw(name, settings)).data}


def with_activation(activation: str, **fields) -> Settings:
    return Settings(experiment=Experiment(activation=activation), **fields)


def number(text: str) -> float:
    return float(text.replace("−", "-"))


def test_plain_widgets_set_the_neuron():
    page = open_page("neuron", Settings(plain=True))
    next(field for field in page.number_input if field.key == "neuron_w").set_value(2.0).run()
    assert not page.exception
    assert page.session_state.settings.neuron_w == 2.0
    assert "slope there is 0.1664" in verdicts_on(page)


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("name", PAGE.figures)
def test_every_activation_is_drawn_with_every_mark_named(name, activation):
    drawn = go.Figure(draw(name, with_activation(activation, neuron_w=2.0, pulse=1.0)))
    assert all(trace.name or trace.showlegend is False for trace in drawn.data)
    assert len({trace.uid for trace in drawn.data}) == len(drawn.data)


def test_the_verdict_agrees_with_the_closed_form():
    # w = 0.5, h = 0: every factor is 0.5, and 0.5^10 = 9.8e-4.
    said = say("neuron", Settings(neuron_w=0.5, neuron_start=0.0, neuron_steps=10))
    assert (said.headline, said.kind) == ("tanh · Vanishing", "vanishing")
    assert said.sentence == "×0.5 a step, 10⁻³ after 10 steps. It goes to h = 0; the slope there is 0.5."
    assert said.asides == "Fixed points: 0 (stable, slope 0.5)."
    assert said.comparisons == []
    assert said.check.passed


@pytest.mark.parametrize(
    ("w", "start", "words"),
    [
        (1.0, 0.5, "It goes to h = 0; the slope there is 1. That is the edge."),
        (1.5, 0.5, "It goes to h = 0.8586; the slope there is 0.3943."),
        (1.5, -0.5, "It goes to h = −0.8586; the slope there is 0.3943."),
        (-1.5, 0.5, "It flips between −0.8586 and 0.8586; the slope there is 0.3943 a step."),
        (-0.9, 0.5, "It goes to h = 0; the slope there is −0.9."),
    ],
)
def test_where_it_goes_is_said_with_the_slope_there(w, start, words):
    assert words in say("neuron", Settings(neuron_w=w, neuron_start=start)).sentence


def test_growth_and_carrying_have_their_own_words():
    exploding = say("neuron", with_activation("identity", neuron_w=1.2))
    assert exploding.headline == "identity (linear) · Exploding"
    assert "×1.2 a step, 9100 after 50 steps. It runs away." in exploding.sentence  # 1.2^50 = 9100.4
    carried = say("neuron", with_activation("identity", neuron_w=1.0))
    assert carried.kind == "carried"
    assert carried.asides == "Every state of a whole interval is a fixed point."


def test_one_bad_factor_is_named_with_what_the_others_leave():
    # At 0 with w = 1 every factor is 1; the pulse makes one w (1 - tanh² 3) = 0.0098660. The last step is that one.
    said = say("neuron", Settings(neuron_w=1.0, neuron_start=0.0, neuron_steps=12, pulse=3.0, pulse_step=12))
    assert said.comparisons == ["One bad factor: 0.01 at step 12. Without it the product would be 1."]
    assert number(re.search(r"×([\d.]+) a step", said.sentence)[1]) == pytest.approx(0.0098660 ** (1 / 12), rel=1e-2)


def test_a_pulse_beyond_the_last_step_adds_nothing():
    quiet, late = (Settings(neuron_steps=10, pulse=pulse, pulse_step=11) for pulse in (0.0, 5.0))
    assert say("neuron", quiet) == say("neuron", late)
    assert "pulsed" not in traces("neuron", late)


def test_bars_are_the_factors_and_the_line_is_their_sum():
    drawn = traces("neuron", Settings(neuron_w=1.3, neuron_b=0.2, neuron_start=-0.4, neuron_steps=30))
    h, factors = -0.4, []
    for _ in range(30):
        h = math.tanh(1.3 * h + 0.2)
        factors.append(1.3 * (1 - h**2))
    assert drawn["factors"].customdata == pytest.approx(factors, rel=1e-5)
    assert drawn["factors"].y == pytest.approx(np.log10(factors), abs=1e-5)
    assert drawn["product"].y == pytest.approx(np.concatenate([[0], np.cumsum(np.log10(factors))]), abs=1e-4)
    assert drawn["states"].y[-1] == pytest.approx(h, rel=1e-5)
    assert drawn["expected"].y[-1] / 30 == pytest.approx(np.log10(factors[-1]), abs=1e-2)


def test_the_cobweb_goes_to_the_curve_and_back_to_the_diagonal():
    settings = Settings(neuron_w=1.8, neuron_start=0.3, neuron_steps=20)
    drawn = traces("neuron", settings)
    x, y = drawn["cobweb"].x, drawn["cobweb"].y
    assert np.allclose(y[1::2], x[2::2])  # across
    assert np.allclose(y[1::2][:20], np.tanh(1.8 * x[1::2][:20]), atol=1e-6)  # up or down
    assert np.allclose(y[0::2], x[0::2])  # on the diagonal
    assert np.allclose(drawn["map"].y, np.tanh(1.8 * drawn["map"].x), atol=1e-6)
    assert drawn["start"].x[0] == pytest.approx(0.3)
    assert drawn["stable"].x == pytest.approx(np.tanh(1.8 * np.array(drawn["stable"].x)), abs=1e-6)
    assert drawn["stable"].x[1] == pytest.approx(drawn["states"].y[-1], abs=1e-4)
    assert drawn["unstable"].x == pytest.approx([0])


def test_a_product_beyond_the_axis_is_said():
    beyond, within = (with_activation("identity", neuron_w=3.0, axis=axis) for axis in ("vanish", "floats"))
    assert say("neuron", beyond).comparisons == [
        "The product leaves this axis: choose a wider one above."
    ]  # 3^50 = 10^23.9
    assert say("neuron", within).comparisons == []


def test_ranges_are_the_same_for_every_neuron():
    layouts = [
        draw("neuron", with_activation(activation, neuron_w=w))["layout"]
        for activation, w in (("tanh", 0.1), ("relu", 5.0), ("sin", -6.0))
    ]
    for axis in ("xaxis", "yaxis", "yaxis2", "yaxis3", "yaxis4"):
        assert len({tuple(layout[axis]["range"]) for layout in layouts}) == 1


def test_branches_mark_this_neuron_and_the_pitchfork():
    drawn = traces("bifurcation", Settings(neuron_w=2.0))
    assert drawn["here_w"].x[0] == 2.0
    assert drawn["here_w"].y[0] == pytest.approx(0.957504, abs=1e-5)
    w, h = (np.array(drawn["stable_w"][axis], float) for axis in "xy")
    upper = np.isfinite(h) & (h > 0.3)
    assert h[upper] == pytest.approx(np.tanh(w[upper] * h[upper]), abs=1e-5)
    turns = np.array(drawn["others_w"].x)
    assert turns.max() < -1
    assert turns.min() == pytest.approx(-6)
    place = int(np.argmin(np.abs(np.array(drawn["factor_w0"].x) - 1.5)))
    assert drawn["factor_w0"].y[place] == pytest.approx(0.394313, abs=1e-5)


@pytest.mark.parametrize(("w", "b_c"), [(1.25, 0.0778052), (2.0, 0.5328400), (3.0, 1.3032739), (5.0, 3.0285005)])
def test_the_wedge_is_the_closed_form(w, b_c):
    drawn = traces("bifurcation", Settings(neuron_w=w))
    x, y = np.array(drawn["map"].x, float), np.array(drawn["map"].y, float)
    near = np.abs(x - w) < 0.1
    # b_c(w) has the slope h at the fold, so that neighbours on the curve are told apart.
    expected = np.sqrt(x[near] * (x[near] - 1)) - np.arccosh(np.sqrt(x[near]))
    assert np.abs(y[near]) == pytest.approx(expected, abs=1e-4)
    assert f"{2 * b_c:.4g} wide" in say("bifurcation", Settings(neuron_w=w)).asides


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        (Settings(neuron_w=2.0), "2 stable states"),
        (Settings(neuron_w=2.0, neuron_b=1.0), "one stable state"),
        (Settings(neuron_w=-2.0), "two take turns"),
        (with_activation("identity", neuron_w=1.0), "a whole interval"),
        (with_activation("identity", neuron_w=2.0), "It runs away"),
    ],
)
def test_the_number_of_states_is_said(settings, words):
    assert words in say("bifurcation", settings).sentence


def test_the_power_law_is_said_and_drawn():
    said = say("critical", Settings())
    assert said.headline == "tanh at w = 1, b = 0"
    exponent = number(re.search(r"t\^\((−[\d.]+)\)", said.sentence)[1])
    assert exponent == pytest.approx(-1.5, abs=0.005)
    drawn = traces("critical", Settings())
    assert np.diff(drawn["edge1"].y[-2:]) / np.diff(drawn["edge1"].x[-2:]) == pytest.approx(exponent, abs=0.01)
    assert np.diff(drawn["law"].y[-2:]) / np.diff(drawn["law"].x[-2:]) == pytest.approx(-1.5, abs=1e-3)
    # 0.99^10000 = 10^-43.6 and 0.98^10000 = 10^-87.7, times a constant.
    assert "10⁻⁴⁶ and" in said.asides
    assert "10⁻⁸⁹." in said.asides


def test_what_latching_costs_is_said_and_drawn():
    said = say("latch", Settings(neuron_w=2.0))
    assert "u* = 0.5328" in said.sentence
    assert "slope 0.1664" in said.sentence
    assert "10⁻³⁹ of a gradient is left after 50 steps" in said.sentence  # 0.166372^50 = 10^-38.945
    drawn = traces("latch", Settings(neuron_w=2.0))
    assert (drawn["here3"].x[0], drawn["here3"].y[0]) == pytest.approx((0.53284, -38.945), abs=1e-3)
    assert "no bit to hold" in say("latch", with_activation("sigmoid", neuron_w=2.0)).sentence
    assert "here3" not in traces("latch", with_activation("sigmoid", neuron_w=2.0))


def test_the_spread_of_the_draws_is_said():
    settings = with_activation("identity", draws_spread=1.0)
    said = say("draws", settings)
    tied, untied, ratio = (float(text) for text in re.findall(r"(\d+(?:\.\d+)?)(?: decades|: | times)", said.sentence))
    # pi/sqrt(8) nats is 0.4824 decades: 100 times that, and 10 times.
    assert tied == pytest.approx(48.24, rel=0.2)
    assert untied == pytest.approx(4.824, rel=0.2)
    assert ratio == pytest.approx(tied / untied, rel=0.01)
    # -(gamma + ln 2)/2 nats a step
    assert number(re.search(r"(−[\d.]+) decades a step", said.asides)[1]) == pytest.approx(-0.27582, abs=0.02)
    drawn = traces("draws", settings)
    assert drawn["drift0"].y[-1] == pytest.approx(-0.27582 * STEPS, abs=0.01)
    assert 10 ** drawn["tied_theory"].y[-1] == pytest.approx(48.24, abs=0.01)
    assert 10 ** drawn["untied_theory"].y[-1] == pytest.approx(4.824, abs=0.001)
    assert 10 ** drawn["tied_spread"].y[-1] == pytest.approx(tied, rel=0.01)


def test_products_that_are_zero_are_counted_and_not_averaged():
    said = say("draws", with_activation("relu"))
    assert said.kind == "zero"  # half of all slopes are 0: none of 200 products of 100 survives
    assert "200 of 200 products are exactly 0" in said.sentence


def test_the_zoo_says_slopes_and_costs():
    said = say("zoo", with_activation("gelu"))
    assert "its slope is 1.129 at most" in said.sentence
    factor = float(re.search(r"multiplied by ([\d.]+) a step", said.sentence)[1])
    assert math.log10(factor) == pytest.approx(-0.165, abs=0.02)
    tanh = say("zoo", Settings()).sentence
    assert "1 at most, and 0.00018 and 0.00018 at −5 and +5" in tanh  # 1.8158e-4
    assert "Largest loss here: sigmoid" in say("zoo", Settings()).asides
    drawn = traces("zoo", Settings())
    assert drawn["phi_tanh"].y[0] == pytest.approx(math.tanh(-6))
    assert drawn["slope_tanh"].y[160] == 1
    # Mean field: -0.1996 for tanh, -0.6886 for sigmoid, in menu order from below.
    theory = dict(zip(reversed(ACTIVATIONS), drawn["theory"].x, strict=True))
    assert theory["tanh"] == pytest.approx(-0.1996, abs=1e-3)
    assert theory["sigmoid"] == pytest.approx(-0.6886, abs=1e-3)


def test_the_number_on_the_cliff_is_said_twice():
    said = say("surface", Settings(descent_w=5.0))
    assert "where b = −2.6123" in said.asides
    assert said.asides.count("779.398") == 2


def test_the_cliff_and_the_walks_are_drawn_as_computed():
    settings = Settings(descent_w=4.6, descent_b=-1.8, descent_clip=0.1)
    drawn = traces("surface", settings)
    assert drawn["cliff"].y == pytest.approx([0.5 - w * 0.6224593312 for w in drawn["cliff"].x], abs=1e-6)
    assert drawn["start"].x[0], drawn["start"].y[0] == pytest.approx((4.6, -1.8))
    walk = numbers.walks.now(4.6, -1.8, 0.05, 0.1)
    assert drawn["clipped"].x == pytest.approx(walk.points[1, :, 0], abs=1e-6)
    assert drawn["free_error"].y == pytest.approx(np.log10(np.maximum(walk.errors[0], 1e-12)), abs=1e-5)
    ws, bs, errors, _cliff = numbers.error_map.now()
    column, row = int(np.argmin(np.abs(ws - 5))), int(np.argmin(np.abs(bs + 3)))
    assert drawn["map"].z[row][column] == pytest.approx(errors[row, column], rel=1e-6)
    assert cliff(5.0).b == pytest.approx(-2.6122967, abs=1e-7)


def test_an_overflow_is_said_and_never_drawn():
    # 6^200 stays finite in float64, but softplus, ReLU and the line leave the settings long before.
    said = say("neuron", with_activation("identity", neuron_w=6.0, neuron_steps=200))
    assert said.kind == "exploding"
    drawn = traces("neuron", with_activation("identity", neuron_w=6.0, neuron_steps=200))
    assert np.isnan(drawn["states"].y[-1])
    assert np.isfinite(np.array(drawn["cobweb"].x, float)).all()


def test_a_walk_over_all_controls_raises_nothing_and_compiles_nothing(compilations):
    chance = random.Random(0)
    for name in PAGE.figures:
        draw(name, Settings())
    before = len(compilations)
    settings = Settings()
    for _ in range(150):
        field = chance.choice([*FIELDS, "activation", "seed"])
        if field == "activation":
            activation = chance.choice(list(ACTIVATIONS))
            settings = settings.replace(experiment=settings.experiment.replace(activation=activation))
        elif field == "seed":
            settings = settings.replace(experiment=settings.experiment.replace(seed=chance.randrange(2**31)))
        else:
            spec = fields()[field]
            value = chance.choice([spec.low, spec.high, chance.uniform(spec.low, spec.high)])
            settings = settings.replace(**{field: round(value) if spec.kind == "whole" else value})
        for name, figure in PAGE.figures.items():
            packed = json.loads(to_json(figure, settings, numbers_of(name, settings), chance.choice(["light", "dark"])))
            said = " ".join(map(str, packed["words"].values())).lower()
            assert not re.search(r"\bnan\b|\binf\b|\de[+-]\d", said), (settings.to_query(), said)
    assert len(compilations) == before


def test_a_slider_has_the_range_of_its_field_and_round_numbers_on_it():
    for name in FIELDS:
        control, spec = controls.of_field(Settings(), name), fields()[name]
        assert (control["low"], control["high"], control["log"]) == (spec.low, spec.high, spec.log)
        step = (spec.high - spec.low) / control["positions"]
        if not spec.log:
            assert round(1 / step) == pytest.approx(1 / step)


@pytest.mark.parametrize(
    ("settings", "state", "slope"),
    [
        (Settings(neuron_w=1.0, neuron_start=1.0), "0", "1"),
        (Settings(neuron_w=-1.0, neuron_start=0.5), "0", "−1"),
        (Settings(neuron_w=-1.0, neuron_start=0.01), "0", "−1"),
        (with_activation("sigmoid", neuron_w=4.0, neuron_b=-2.0), "0.5", "1"),
        (with_activation("sigmoid", neuron_w=-4.0, neuron_b=2.0), "0.5", "−1"),
    ],
)
def test_at_the_edge_both_figures_speak_of_a_marginal_state(settings, state, slope):
    above, below = say("neuron", settings), say("bifurcation", settings)
    assert f"It goes to h = {state}; the slope there is {slope}. That is the edge." in above.sentence
    assert f"{state} (marginal, slope {slope})" in above.asides
    assert below.sentence == "one marginal state draws it in: by a power law, slower than any exponential."


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        (Settings(neuron_w=1.0, neuron_start=0.0), "it stands on a marginal state"),
        (Settings(neuron_w=-2.0, neuron_start=0.0), "it stands on an unstable state"),
        (Settings(neuron_w=0.99, neuron_start=0.0), "one stable state"),
        (Settings(neuron_w=-0.99, neuron_start=0.5), "one stable state"),
        (Settings(neuron_w=-1.01, neuron_start=0.5), "two take turns"),
        (Settings(neuron_w=1.01, neuron_start=0.5), "2 stable states"),
        (with_activation("identity", neuron_w=-1.0), "two take turns, and a gradient is multiplied by 1 a step"),
    ],
)
def test_what_is_said_beside_the_edge_and_on_it_is_true(settings, words):
    assert words in say("bifurcation", settings).sentence


@pytest.mark.parametrize(
    ("log10_factors", "named"),
    [
        ([2.0, 2.0, 0.5, 2.0], False),
        ([2.0, 2.0, 0.0, 2.0], False),
        ([2.0, 2.0, -0.5, 2.0], True),
        ([0.0, 0.0, -2.0, 0.0], True),
        ([-2.0, -2.0, -2.5, -2.0], False),
    ],
)
def test_without_the_bad_factor_the_product_would_be_larger(log10_factors, named):
    logs = np.array(log10_factors)
    found = numbers_of("neuron", Settings(neuron_steps=4))
    found = found._replace(log10_factors=logs, log10_products=np.cumsum(logs))
    said = " ".join(PAGE.figures["neuron"].say(Settings(neuron_steps=4), found).comparisons)
    assert ("One bad factor" in said) == named


def test_small_numbers_are_written_with_powers_of_ten():
    # GELU's slope at -5 is -7.1e-6.
    assert "and −7.1×10⁻⁶ and 1 at −5 and +5" in say("zoo", with_activation("gelu")).sentence


def test_lessons_get_the_spreads_that_theory_expects():
    settings = Settings()
    drawn = numbers_of("draws", settings)
    told = figures()["draws"].measures(settings, drawn)
    assert told["tied"] == pytest.approx(drawn.expected.tied[-1], rel=0.2)  # of 200 draws: 5 % are one standard error
    assert told["untied"] == pytest.approx(drawn.expected.untied[-1], rel=0.2)


def descended(w, b, rate, clip):
    """Errors and lengths of the gradient along a descent, by the chain rule written out."""
    errors, norms = [], []
    for _ in range(UPDATES + 1):
        x, by_w, by_b = START, 0.0, 0.0
        for _ in range(UNROLLED):
            s = 1 / (1 + math.exp(-x))
            slope = w * s * (1 - s)
            x, by_w, by_b = w * s + b, s + slope * by_w, 1 + slope * by_b
        s = 1 / (1 + math.exp(-x))
        outer = 2 * (s - TARGET) * s * (1 - s)
        errors.append((s - TARGET) ** 2)
        norms.append(abs(outer) * math.hypot(by_w, by_b))
        step = rate * outer * min(1.0, clip / norms[-1])
        w, b = w - step * by_w, b - step * by_b
    return np.array(errors), np.array(norms)


def test_lessons_get_where_the_walks_have_come_to():
    settings = Settings(descent_w=4.0, descent_b=-3.5, descent_rate=0.02, descent_clip=0.05)  # far from the cliff
    told = figures()["surface"].measures(settings, numbers_of("surface", settings))
    for name, clip in (("free", math.inf), ("clipped", 0.05)):
        errors, norms = descended(4.0, -3.5, 0.02, clip)
        assert told[f"log10_{name}"] == pytest.approx(np.log10(np.median(errors[-100:])), abs=1e-6)
        assert told[f"log10_steepest_{name}"] == pytest.approx(np.log10(norms.max()), abs=1e-6)
    assert told["log10_free"] != told["log10_clipped"]
