"""What fixes it? Without a browser: what the words, the scoreboard and the figures say, and what the claims claim."""

import dataclasses
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from app import numbers
from app.settings import Settings, fields
from app.views.fixes.claims import claims
from app.views.fixes.figure import GROWTHS, draw_training
from app.views.fixes.numbers import base, flow, treatment
from app.views.fixes.settings import Fields, menus, sliders
from app.views.fixes.verdict import factor
from cells.experiment import Experiment
from cells.remedies import all_remedies
from cells.remedies import fields as declared
from cells.remedies.stack import Doses
from tests.app import pages
from tests.app.pages import assert_over_seeds, numbers_of, say
from tests.cells.examples import CLASSIC

ROOT = Path(__file__).parents[2]
SHORT = Experiment(length=40)


def drawn(name, settings):
    return {trace["uid"]: trace for trace in pages.draw(name, settings)["data"]}


def test_switches_are_in_the_address_and_strange_ones_are_said():
    settings = Settings(remedies=("omega", "residual"), residual_scale=0.5)
    assert settings.remedies == ("residual", "omega"), "in the order of the switches"
    assert settings.to_query() == "remedies=residual%2Comega&residual_scale=0.5"
    assert Settings.repaired("remedies=")[0].remedies == ()
    repaired, problems = Settings.repaired("remedies=magic&leak_rate=7&skip_span=17")
    assert repaired == Settings()
    assert [problem.partition(":")[0] for problem in problems] == ["remedies", "leak_rate", "skip_span"]
    assert all("expected" in problem for problem in problems)


def test_every_number_of_every_remedy_is_a_field_and_has_a_slider_or_a_menu_while_it_is_on():
    assert [field.name for field in dataclasses.fields(Fields)] == ["remedies", *declared(), "sgd_steps"]
    assert list(fields()["remedies"].choices()) == list(all_remedies())
    for name, remedy in all_remedies().items():
        settings = Settings(remedies=(name,))
        mine = {number.field for number in remedy.numbers} - {""}
        assert {*sliders(settings), *menus(settings)} - mine <= {"learning_rate", "sgd_steps"}
        assert mine <= {*sliders(settings), *menus(settings)}
    assert sliders(Settings(remedies=())) == menus(Settings(remedies=())) == []


DROPPED = '''
from typing import ClassVar

import equinox as eqx
import jax.numpy as jnp
from jax import Array

from cells.remedies.declaring import Number
from cells.remedies.wrapper import Wrapper, without


class Halved(Wrapper):
    """The state, times a number."""

    share: Array = eqx.field(converter=jnp.asarray)

    name: ClassVar[str] = "halved"
    switch: ClassVar[str] = "half the state"
    numbers: ClassVar[tuple[Number, ...]] = (Number("share", "share", 0.5, 0.0, 1.0, off=1.0, field="halved_share"),)

    def step(self, state, x, tap):
        following = self.inner.step(state, x, without(self.State._fields, tap))
        return self.State(*(tap(n, self.share * v) for n, v in zip(state._fields, following, strict=True)))
'''

SHOWN = """
from app.page import pages
from app.settings import Settings, fields
from app.views.fixes.numbers import trials
from app.views.fixes.settings import sliders

settings, problems = Settings.repaired(
    "activation=identity&initializer=identity&length=9&hidden_size=2&remedies=halved&halved_share=0.25"
)
assert not problems
assert settings.to_query().endswith("remedies=halved&halved_share=0.25")
assert fields()["remedies"].choices()["halved"] == "half the state"
assert sliders(settings) == ["halved_share"]
assert "halved" in [trial.name for trial in trials(settings)]
figure = pages()["fixes"].figures["fixes"]
found = figure.compute(settings).value()
verdict = figure.say(settings, found)
assert verdict.headline == "RNN + half the state · Vanishing", verdict
assert verdict.sentence.startswith("×0.25 a step"), verdict
assert [trace["name"] for trace in figure.draw(settings, found, "light")["data"]] == [
    "RNN before", "RNN + half the state"
]
"""


def test_a_remedy_is_one_file_and_the_page_shows_it(tmp_path):
    for package in ("app", "cells"):
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "cells" / "remedies" / "dropped.py").write_text(DROPPED, encoding="utf-8")
    environment = os.environ | {"PYTHONPATH": str(tmp_path)}
    subprocess.run([sys.executable, "-c", SHOWN], cwd=tmp_path, env=environment, check=True)


@pytest.mark.parametrize("cell", [*CLASSIC, "mingru"])
def test_the_ghost_is_the_first_pages_curve(cell):
    experiment = SHORT.replace(cell=cell)
    shown = drawn("fixes", Settings(experiment=experiment, remedies=()))
    np.testing.assert_allclose(shown["before"]["y"], numbers.flow.now(experiment).log10_state_norm, atol=1e-5)
    np.testing.assert_array_equal(shown["before"]["y"], shown["after"]["y"])


def test_the_verdict_agrees_with_the_closed_form():
    # Linear, W = .5 I: (1 - .2) + .2 * .5 = .9 a step.
    experiment = SHORT.replace(activation="identity", initializer="identity", gain=0.5)
    said = say("fixes", Settings(experiment=experiment, remedies=("leaky",), leak_rate=0.2))
    assert said.headline == "RNN + leaky · Vanishing"
    assert said.sentence.startswith("×0.9 a step, half gone every 6.6 steps")
    assert "RNN: vanishing, ×0.5 a step" in said.asides
    # .9^39 over .5^39 is 9e9.
    assert "After: relative to the last step, step 1 receives 9×10⁹ times more." in said.asides
    assert said.check.passed


def test_each_remedy_alone_is_drawn_where_there_are_several():
    shown = drawn("fixes", Settings(experiment=SHORT, remedies=("layer_norm", "leaky", "clip_norm")))
    assert list(shown) == ["before", "layer_norm", "leaky", "after"]


def test_what_cannot_act_is_said():
    said = say("fixes", Settings(experiment=SHORT, remedies=("chrono", "l2")))
    assert any("chrono: RNN has no gate that keeps" in line for line in said.comparisons)
    assert any("L2: acts on the update" in line for line in said.comparisons)


def test_the_scoreboard_says_what_was_measured():
    settings = Settings(experiment=SHORT)
    rows = {row.name: row for row in numbers_of("scoreboard", settings)}
    assert list(rows) == list(all_remedies())
    # One number by another way: the median over seeds of this experiment's own flows.
    leaky = [
        flow.now(settings.experiment.replace(seed=seed), Doses(leak=0.1)).growth.log10_ratio / 39 for seed in range(5)
    ]
    np.testing.assert_allclose(rows["leaky"].after.log10_factors[1], leaky, atol=1e-9)
    helps = {name: (row.helps_vanishing, row.helps_exploding) for name, row in rows.items()}
    assert helps["layer_norm"] == (False, True), "layer norm stops exploding, not vanishing"
    assert helps["residual"][0]
    assert helps["clip_norm"] == (False, True)
    assert not helps["l2"][0]
    shown = drawn("scoreboard", settings)
    place = list(rows).index("leaky")
    assert shown["after1"]["x"][place] == pytest.approx(np.median(leaky), abs=1e-6)
    low, high = shown["spread1"]["x"][3 * place : 3 * place + 2]
    assert (low, high) == (pytest.approx(min(leaky), abs=1e-6), pytest.approx(max(leaky), abs=1e-6))


def test_the_training_figure_shows_what_was_computed():
    settings = Settings(experiment=SHORT, remedies=("clip_norm", "omega"), norm_limit=0.01)
    found = numbers_of("training", settings).descent
    shown = drawn("training", settings)
    assert found.updates["together"][1] == pytest.approx(-2, abs=1e-9)
    assert shown["update"]["x"][-1] == pytest.approx(-2, abs=1e-6)
    np.testing.assert_allclose(shown["ruled.norm"]["y"], found.norms["ruled"], rtol=1e-6)
    assert len(shown["plain.radius"]["y"]) == settings.sgd_steps + 1
    # Orthogonal at gain 1: every singular value and every |eigenvalue| is 1 before the first update.
    assert shown["plain.norm"]["y"][0] == pytest.approx(1, abs=1e-6)
    assert shown["plain.radius"]["y"][0] == pytest.approx(1, abs=1e-6)


def test_the_factor_a_step_is_measured_before_and_after_the_updates():
    settings = Settings(experiment=SHORT, remedies=("l2",), l2_weight=0.5)
    found, shown = numbers_of("training", settings), drawn("training", settings)
    # One number by another way: the figure at the top shows the gradient that no update has changed yet.
    start = numbers_of("fixes", settings).before.growth.log10_ratio / 39
    places = [shown[f"growth.{name}"]["x"][0] for name in ("start", "plain", "ruled")]
    assert places == pytest.approx([start, found.descent.decades["plain"], found.descent.decades["ruled"]], abs=1e-6)
    assert {shown[f"growth.{name}"]["xaxis"] for name in ("start", "plain", "ruled")} == {"x3"}
    assert places[2] < places[1] - 0.05
    line = say("training", settings).asides.partition("\n")[0]
    assert line == (
        f"The gradient's factor a step: {factor(start)} before, {factor(places[1])} after 30 plain updates, "
        f"{factor(places[2])} with them."
    )
    without = numbers_of("training", settings.replace(remedies=())).descent.decades
    assert without["plain"] == without["ruled"] == found.descent.decades["plain"]


def test_a_factor_beyond_the_axis_stands_at_its_edge():
    settings = Settings(experiment=SHORT)
    found = numbers_of("training", settings)
    found = found._replace(start=-np.inf, descent=found.descent._replace(decades={"plain": np.inf, "ruled": 0.5}))
    traces = [trace for trace in draw_training(settings, found, "light")["data"] if trace["uid"].startswith("growth")]
    assert [trace["x"][0] for trace in traces] == pytest.approx([*GROWTHS, 0.5])
    assert [trace["marker"]["symbol"] for trace in traces] == ["triangle-left", "triangle-right", "diamond"]


def test_large_sizes_and_cosines_are_said_as_people_write_them():
    loud = SHORT.replace(gain=5.0, initializer="gaussian", hidden_size=32, length=128)
    said = say("training", Settings(experiment=loud, remedies=("clip_norm",))).asides
    assert "×10" in said.partition("σ₁ ")[2].partition(" plain")[0]
    assert "e+" not in said
    turned = say("training", Settings(experiment=SHORT.replace(seed=3), remedies=("omega",), omega_weight=50.0))
    assert "-" not in turned.sentence


def test_overflow_is_said_and_never_drawn():
    settings = Settings(experiment=Experiment(activation="identity", gain=20, length=600, hidden_size=8), remedies=())
    assert say("fixes", settings).kind == "overflow"
    assert np.isnan(drawn("fixes", settings)["after"]["y"]).all()


def decades(settings, names=None):
    """Decades per step without and with the remedies."""
    treated = treatment(settings, names)
    flows = flow.now(base(settings)), flow.now(treated.experiment, treated.doses)
    return [flow.growth.log10_ratio / (flow.last - 1) for flow in flows]


def clipped(settings):
    """(log10 norm of the gradient, of the update, change of the factor per step)."""
    found = numbers_of("training", settings).descent.updates["together"]
    before, after = decades(settings)
    return found[0], found[1], after - before


def trained(settings):
    """Decades per step before training, after plain training, and after training with the remedies."""
    found = numbers_of("training", settings)
    return found.start, found.descent.decades["plain"], found.descent.decades["ruled"]


CLAIMS = {
    "layer_norm_explodes": lambda settings: decades(settings)[0] > 0.05 and abs(decades(settings)[1]) < 0.05,
    "layer_norm_vanishes": lambda settings: decades(settings)[0] < 1.2 * decades(settings)[1] < -0.3,
    "residual": lambda settings: decades(settings)[0] < -0.1 and abs(decades(settings)[1]) < 0.01,
    "false_residual": lambda settings: decades(settings)[1] * 399 < -2,
    "clip": lambda settings: clipped(settings)[0] > 3 and clipped(settings)[1] <= 1e-9 and clipped(settings)[2] == 0,
    "penalty": lambda settings: trained(settings)[2] < trained(settings)[1] - 0.03,
    "omega": lambda settings: abs(trained(settings)[2]) < 0.35 * abs(trained(settings)[0]),
    "stack": lambda settings: won(settings),
}


def won(settings):
    """Whether gates win back about half of the decades that are lost, and their biases most of what is left."""
    plain, gated = decades(settings, ("gates",))
    whole = decades(settings)[1]
    return 0.35 < 1 - gated / plain < 0.75 and 1 - whole / gated > 0.6


def test_every_claim_is_tested():
    assert [claim.name for claim in claims()] == list(CLAIMS)


@pytest.mark.parametrize("claim", claims(), ids=lambda claim: claim.name)
def test_the_claim_holds(claim):
    assert_over_seeds(claim.settings, CLAIMS[claim.name])
