"""What the first page says, word for word, where the numbers are known on paper."""

import math
import re

import pytest

from app.language import power_of_ten
from app.numbers import flow
from app.settings import Settings
from app.views.gradient import verdict
from cells import Experiment, all_cells
from tests.app.pages import draw, say

LINEAR = Experiment(hidden_size=1, W_hh=(1.0,), activation="identity", input="zero", length=11)
"""h_t = w h_{t-1}, where w is the gain: dL/dh_t is w^(11 - t)."""


def said(experiment, **view):
    return say("gradient", Settings(experiment=experiment, overlay=(), **view))


@pytest.mark.parametrize(
    ("w", "headline", "kind", "sentence"),
    [
        (
            0.5,
            "Vanishing",
            "vanishing",
            "×0.5 a step, half gone or more at an average step; step 1 receives 10⁻³ of what",
        ),
        (0.9, "Vanishing", "vanishing", "×0.9 a step, half gone every 6.6 steps; step 1 receives 0.35 of what"),
        (0.98, "Carried", "carried", "×0.98 a step; step 1 receives 0.82 of what"),
        (1.02, "Carried", "carried", "×1.02 a step; step 1 receives 1.2 times what"),
        (1.2, "Exploding", "exploding", "×1.2 a step, doubled every 3.8 steps; step 1 receives 6.2 times what"),
        (
            3.0,
            "Exploding",
            "exploding",
            "×3 a step, doubled or more at an average step; step 1 receives 6×10⁴ times what",
        ),
    ],
)
def test_factor_half_life_and_what_arrives(w, headline, kind, sentence):
    words = said(LINEAR.replace(gain=w))
    assert (words.headline, words.kind) == (f"RNN · {headline}", kind)
    assert words.sentence == f"{sentence} step 11 receives."
    assert (words.asides, words.comparisons) == ("", [])
    assert re.match("autodiff ✓ finite difference: relative difference (.×)?10⁻¹", words.check.text)
    assert words.check.passed


def test_a_factor_far_from_1_is_a_power_of_ten():
    # h_1 = tanh(300) = 1 and phi'(301) = 1 / cosh(301)^2 = 4 e^-602 = 10^-260.8.
    saturated = Experiment(hidden_size=1, W_hh=(1.0,), b=(300.0,), input="zero", length=2)
    assert said(saturated).sentence.startswith("×10⁻²⁶¹ a step, half gone or more at an average step; step 1 receives")


def test_what_is_carried_exactly_or_not_at_all():
    assert said(LINEAR).sentence == "×1 a step; step 1 receives as much as step 11."
    nothing = said(LINEAR.replace(W_hh=(0.0,)))
    assert (nothing.headline, nothing.kind) == ("RNN · Cut off", "zero")
    assert nothing.sentence == "steps 1 to 10 receive exactly 0: somewhere every path back has slope 0."


def test_a_loss_on_another_step_or_on_every_step():
    half = LINEAR.replace(gain=0.5)
    early = said(half.replace(loss="step", loss_step=5)).sentence
    assert early.endswith("step 1 receives 0.06 of what step 5 receives.")  # 2^-4
    summed = said(half.replace(loss="every"))  # 1 + 1/2 + ... + 2^-10
    assert (summed.headline, summed.kind) == ("RNN · Summed over all steps", "summed")
    assert summed.sentence.startswith("step 1 receives 2 times what step 11 receives, but every step adds a loss")
    one = said(half.replace(length=1))
    assert (one.headline, one.sentence) == (
        "RNN · One step",
        "the loss is on step 1, so there is no way back to measure.",
    )


def test_the_verdict_is_on_the_whole_state():
    # One unit, gates g = sigmoid(10), U_g = 4, all states 0: h' = g c', c' = g c + 4 g h. The last state is h alone, so
    # dL/d(h, c) at step 49 is g (4 g, g), and every step further back multiplies it by g + 4 g^2.
    lstm = Experiment(cell="lstm", hidden_size=1, W_hh=(0, 0, 4, 0), b=(10, 10, 0, 10), input="zero", length=50)
    g = 1 / (1 + math.exp(-10))
    log10_ratio = math.log10(g * math.hypot(4 * g, g)) + 48 * math.log10(g + 4 * g * g)
    assert flow.now(lstm).growth.log10_ratio == pytest.approx(log10_ratio, abs=1e-9)
    assert said(lstm).sentence.endswith(f"step 1 receives {power_of_ten(log10_ratio)} times what step 50 receives.")


@pytest.mark.parametrize(
    ("before", "comparison"),
    [
        (LINEAR.replace(gain=0.25), "(gain 0.25 → 0.5): step 1 receives 1024 times more."),
        (LINEAR.replace(gain=1.0), "(gain 1 → 0.5): step 1 receives 1024 times less."),
        (LINEAR.replace(gain=0.5, seed=3), "(seed 3 → 0): step 1 receives the same share."),
        (LINEAR.replace(gain=0.5), "(nothing of the RNN changed): step 1 receives the same share."),
        (
            LINEAR.replace(gain=0.5, hyperparameters={"forget_bias": 3.0}),
            "(nothing of the RNN changed): step 1 receives the same share.",
        ),
        (LINEAR.replace(gain=0.5, W_hh=(0.0,)), "(W_hh by hand): the two cannot be compared by a factor."),
        (
            LINEAR.replace(gain=0.5, numbers="1, 2, 3", initializer="gaussian"),
            "(initialisation of W_hh Gaussian, std 1/√H → orthogonal, numbers 1, 2, 3 → 1, 0, -1, 0): "
            "step 1 receives the same share.",
        ),
    ],
)
def test_a_pin_is_compared_by_what_changed_and_by_what_factor(before, comparison):
    assert said(LINEAR.replace(gain=0.5), pins=(before,)).comparisons == [f"Against pin 1 {comparison}"]


def test_a_pin_is_named_by_the_first_two_fields_that_differ():
    pin = LINEAR.replace(numbers="1, 2, 3", initializer="gaussian", seed=3)
    figure = draw("gradient", Settings(experiment=LINEAR, overlay=(), pins=(pin,)))
    named = next(trace["name"] for trace in figure["data"] if trace["uid"] == "pin1.h")
    assert named == "pin 1: initialisation of W_hh Gaussian, std 1/√H, numbers 1, 2, 3 · h"


def test_a_pin_of_another_cell_is_told_from_it_by_what_either_cell_has():
    pin, now = (Experiment(cell=cell, hyperparameters={"update_bias": 2.0}) for cell in ("rnn", "lstm"))
    assert "(cell RNN → LSTM):" in said(now, pins=(pin,)).comparisons[0]
    now = now.replace(hyperparameters={"forget_bias": 3.0})
    assert "(cell RNN → LSTM, forget bias 1 → 3):" in said(now, pins=(pin,)).comparisons[0]


def test_any_curve_that_leaves_the_axis_is_told():
    near, far = LINEAR.replace(gain=0.5), LINEAR.replace(gain=0.5, length=60)  # 2^-59 = 10^-17.8
    warning = "A curve leaves this axis: choose a wider one above."
    assert said(near, axis="near").asides == ""
    assert said(far, axis="near").asides == warning
    assert said(far, axis="vanish").asides == ""
    assert said(near, axis="near", pins=(far,)).asides == warning
    beside = say("gradient", Settings(experiment=far, overlay=("gru",), axis="near")).asides.splitlines()
    assert beside[0] == warning
    assert beside[1].startswith("GRU: ")


def test_cells_beside_the_chosen_one_are_told_in_brief_when_there_are_many():
    few = say("gradient", Settings(overlay=("gru", "lstm"))).asides
    for name in ("gru", "lstm"):
        growth = flow.now(Experiment(cell=name)).growth
        label, share = all_cells()[name].label, power_of_ten(growth.log10_ratio)
        assert f"{label}: vanishing, ×{growth.factor:.3g} a step, {share} at step 1" in few
    names = ("gru", "lstm", "mgu", "cifg")
    told = say("gradient", Settings(overlay=names)).asides.split("\u00a0· ")
    drawn = [name for name in all_cells() if name in names]
    factors = [flow.now(Experiment(cell=name)).growth.factor for name in drawn]
    assert told == [f"{all_cells()[name].label} ×{factor:.3g}" for name, factor in zip(drawn, factors, strict=True)]


def test_how_to_read_speaks_of_what_is_drawn():
    cases = {
        "RNN": Settings(theory=True),
        "LRU": Settings(theory=True, experiment=Experiment(cell="lru", loss="step"), overlay=()),
        "": Settings(theory=True, experiment=Experiment(loss="every"), overlay=()),
    }
    assert not [trace for trace in draw("gradient", Settings())["data"] if " theory " in trace["name"]]
    assert "switch in the menu of the cells drawn" in "\n".join(verdict.legend(Settings()))
    for cell, settings in cases.items():
        text = "\n".join(verdict.legend(settings))
        named = {trace["name"] for trace in draw("gradient", settings)["data"]}
        lines = {name for name in named if " theory " in name}
        assert {name.partition(" ")[0] for name in lines} == set(filter(None, [cell]))
        assert all(f"**{name}**" in text for name in lines)
        assert text.count(" theory ") == len(lines)
    assert "on every step" in text
    assert "between 0.955 and 1.047 and 0.01 to 100 times as much arrives" in text
