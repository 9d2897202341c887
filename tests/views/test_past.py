"""How far back can it see? Without a browser: what the words and figures say, where it is known on paper."""

from urllib.parse import urlencode

import numpy as np
import plotly.graph_objects as go
import pytest

from app.settings import Settings
from app.views.past.claims import claims
from app.views.past.numbers import between_steps, look_back, past
from app.views.past.settings import chosen_steps
from app.views.past.verdict import EVEN
from cells.experiment import Experiment
from tests.app.pages import assert_over_seeds, draw, numbers_of, say
from tests.cells.examples import CLASSIC


def linear(**experiment) -> Settings:
    """Every step multiplies every direction by the gain."""
    return Settings(experiment=Experiment(activation="identity", **experiment))


def test_the_map_is_on_an_absolute_range_and_shows_the_chosen_steps():
    settings = Settings(experiment=Experiment(length=50), earlier=4, later=20)
    drawn = {trace.uid: trace for trace in go.Figure(draw("survival", settings)).data}
    assert (drawn["map"].zmin, drawn["map"].zmax) == (-16, 16)
    assert (drawn["chosen"].x[0], drawn["chosen"].y[0]) == (4, 20)
    found = past.now(settings.experiment).survival.log10_gain["all"]
    below = np.tril_indices(51)
    assert np.allclose(drawn["map"].z[below], found[below])
    assert np.isnan(drawn["map"].z[0, 1])


def test_steps_beyond_the_sequence_or_in_the_wrong_order_are_brought_back():
    assert chosen_steps(Settings(experiment=Experiment(length=50), earlier=90, later=2000)) == (50, 50)
    assert chosen_steps(Settings(experiment=Experiment(length=50), earlier=40, later=10)) == (10, 40)


@pytest.mark.parametrize(
    ("name", "bad"), [("earlier", "0"), ("later", "1e400"), ("later", "<script>"), ("block", "nan"), ("axis", "far+1")]
)
def test_a_bad_link_is_told_in_a_sentence_and_what_is_left_is_drawn(name, bad):
    settings, (problem,) = Settings.repaired(urlencode({name: bad, "length": 50}))
    assert settings == Settings(experiment=Experiment(length=50))
    assert problem.startswith(f"{name}: expected")
    assert problem.endswith(f"got {bad!r}.")


def test_a_block_that_the_cell_does_not_have_shows_the_whole_state():
    whole, block = (draw("survival", Settings(block=name))["data"][0]["z"] for name in ("all", "c"))
    assert np.array_equal(whole, block, equal_nan=True)


def test_the_verdict_agrees_with_the_closed_form():
    # Linear and orthogonal times 0.9: every direction is multiplied by 0.9 a step, 1 % is left after ln .01 / ln .9.
    said = say("survival", linear(gain=0.9, length=100))
    assert said.kind == "vanishing"
    assert "×0.9 a step" in said.sentence
    assert "half gone every 6.6 steps" in said.sentence
    assert "1 % of it is left after 43.7 steps" in said.sentence
    assert said.check.passed


@pytest.mark.parametrize(
    ("gain", "kind", "sentence"),
    [
        (1.0, "carried", "×1 a step for a random change; more than 1 % of it is left after all 30 steps."),
        (1.02, "carried", "×1.02 a step for a random change; more than 1 % of it is left after all 30 steps."),
        (
            0.3,
            "vanishing",
            "×0.3 a step for a random change, half gone or more at an average step; 1 % of it is left after 3.8",
        ),
        (2.5, "exploding", "×2.5 a step for a random change, doubled or more at an average step; more than 1 % of it"),
    ],
)
def test_a_half_life_is_told_only_where_there_is_one(gain, kind, sentence):
    said = say("survival", linear(gain=gain, length=30))
    assert said.kind == kind
    assert said.sentence.startswith(sentence)


def test_a_sequence_of_one_step_has_one_step():
    said = [say(figure, linear(length=1)) for figure in ("survival", "spectra")]
    assert said[0].sentence.endswith("more than 1 % of it is left after the only step.")
    assert said[1].sentence.startswith("the largest Lyapunov exponent is +0.000 nats a step over the only step: ")


def test_transient_growth_is_told_with_its_peak():
    # W = ((.9, 10), (0, .9)): |W^k| rises to 38.746 at k = 9 before rho = .9 has its way.
    settings = next(claim.settings for claim in claims() if claim.name == "transient")
    (said,) = say("survival", settings).comparisons
    assert said.endswith("on the way, 9 steps after step 1, σ₁ peaked at 38.746.")
    (said,) = say("survival", settings.replace(later=8)).comparisons
    assert "peaked" not in said


@pytest.mark.parametrize(("gain", "verdict"), [(0.9, "true here"), (1.0, "about the same"), (1.1, "false here")])
def test_later_inputs_weigh_more_only_where_the_past_is_forgotten(gain, verdict):
    assert verdict in say("survival", linear(gain=gain, length=100)).asides


def test_overflow_is_said_and_never_drawn():
    settings = linear(gain=20, length=600)
    assert say("survival", settings).kind == "overflow"
    assert np.isnan(draw("survival", settings)["data"][0]["z"]).all()
    assert say("pair", settings).kind == "overflow"


def test_the_map_agrees_with_backpropagation():
    for cell in (*CLASSIC, "lru", "mingru"):
        for seed in range(3):
            assert past.now(Experiment(cell=cell, seed=seed, length=100)).disagreement < 1e-9


def test_the_three_figures_share_one_past_wherever_the_loss_is():
    settings = Settings(experiment=Experiment(length=40), earlier=3, later=30)
    elsewhere = settings.replace(experiment=settings.experiment.replace(loss="every"))
    found = [numbers_of(name, each).past for name in ("survival", "pair", "spectra") for each in (settings, elsewhere)]
    assert all(each is found[0] for each in found)


def test_a_long_sequence_and_a_wide_state_show_their_progress():
    small, wide, long = (
        Experiment(hidden_size=size, length=length) for size, length in ((16, 128), (128, 100), (64, 2048))
    )
    for experiment in (small, wide, long):
        past.note_done(experiment)
        between_steps.note_done(experiment)
    assert past.is_quick(small)
    assert past.is_quick(wide)  # 100 products of 128³ multiplications
    assert not past.is_quick(long)
    assert between_steps.is_quick(small, 1, 128)
    assert not between_steps.is_quick(wide, 1, 100)  # 64 norms of matrices of 128 by 128


def test_lower_figures_compile_nothing_for_other_steps(compilations):
    settings = Settings(experiment=Experiment(cell="gru", length=100, activation="relu"))
    for name in ("survival", "pair", "spectra"):
        draw(name, settings)
    before = len(compilations)
    for seed, gain, earlier, later in ((1, 0.5, 1, 1), (2, 2.0, 90, 20), (3, 1.0, 64, 65)):
        experiment = settings.experiment.replace(seed=seed, gain=gain, input="text")
        for name in ("survival", "pair", "spectra"):
            draw(name, settings.replace(experiment=experiment, earlier=earlier, later=later, block="h"))
    assert len(compilations) == before


def earlier_against_later(past):
    """log10 of the weight of the first third of the inputs over that of the last."""
    third = len(past.influence) // 3
    return past.influence[:third].max() - past.influence[-third:].max()


def peak(settings):
    """(largest spectral norm from the claim's step k on, steps it takes)."""
    found = look_back(settings).value()
    return 10 ** np.nanmax(found.norms), found.past.survival.steps[1:][np.nanargmax(found.norms)] - found.earlier


CLAIMS = {
    # W^k = .9^k [[1, 10 k / .9], [0, 1]]: at k = 9 its largest singular value is 38.746.
    "transient": lambda settings, past: (
        peak(settings) == (pytest.approx(38.746, abs=5e-4), 9)
        and past.spectrum.spectral_radius[0] == pytest.approx(0.9)
    ),
    "loose": lambda settings, past: (
        past.bound_growths[0] < 1
        and past.survival.log10_gain["all"][-1, 0] < 200 * np.log10(past.bound_growths[0]) - 60
    ),
    "chaos": lambda settings, past: past.lyapunov[0] > 0.1,
    "later": lambda settings, past: earlier_against_later(past) > EVEN,
    "carried": lambda settings, past: np.allclose(np.nan_to_num(past.survival.log10_gain["all"]), 0, atol=1e-12),
    "cell": lambda settings, past: past.forgetting["c"].memory > past.forgetting["h"].memory,
}


def test_every_claim_has_a_test():
    assert [claim.name for claim in claims()] == list(CLAIMS)


@pytest.mark.parametrize("claim", claims(), ids=lambda claim: claim.name)
def test_the_claim_holds(claim):
    assert_over_seeds(claim.settings, lambda settings: CLAIMS[claim.name](settings, past.now(settings.experiment)))


def test_what_is_carried_is_said_without_a_half_life():
    claim = next(claim for claim in claims() if claim.name == "carried")
    said = say("survival", claim.settings)
    assert said.headline.endswith("A small change stays")
    assert "doubled" not in said.sentence
    assert "half" not in said.sentence
