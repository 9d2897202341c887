"""Five seeds: the band lies where the seeds do, and the words count them."""

import re

import numpy as np
import pytest

from app import numbers
from app.page import pages
from app.settings import Settings
from app.views.fixes import numbers as fixes
from app.views.past.numbers import past
from cells.experiment import Experiment, specs
from tests.app.pages import draw, open_page, say

SHORT = Experiment(cell="lstm", length=30, hidden_size=4, seed=7)
SEEDS = (7, 8, 9, 10, 11)


def band(figure, uid):
    (trace,) = (trace for trace in figure["data"] if trace["uid"] == uid)
    half = len(trace["y"]) // 2
    assert trace["fill"] == "toself"
    np.testing.assert_array_equal(trace["x"][:half], trace["x"][half:][::-1])
    return trace["y"][half:][::-1], trace["y"][:half]


def test_the_seeds_are_this_one_and_the_next_four():
    assert tuple(other.seed for other in numbers.seeds_of(SHORT)) == SEEDS
    last = int(specs()["seed"].high)
    assert [other.seed for other in numbers.seeds_of(SHORT.replace(seed=last))] == [last, 0, 1, 2, 3]
    assert all(other == SHORT.replace(seed=other.seed) for other in numbers.seeds_of(SHORT))


@pytest.mark.parametrize("field", ["h", "c"])
def test_the_band_of_the_first_page_is_the_least_and_the_largest_of_five_gradients(field):
    settings = Settings(experiment=SHORT, overlay=("gru",), spread=True)
    curves = [numbers.flow.now(SHORT.replace(seed=seed)).log10_norm[field] for seed in SEEDS]
    low, high = band(draw("gradient", settings), f"lstm.{field}.seeds")
    np.testing.assert_allclose(low, np.min(curves, axis=0), atol=1e-6)
    np.testing.assert_allclose(high, np.max(curves, axis=0), atol=1e-6)
    assert not [trace for trace in draw("gradient", settings.replace(spread=False))["data"] if "seeds" in trace["uid"]]


def test_the_words_count_the_verdicts_and_give_the_range_of_their_factors():
    settings = Settings(experiment=Experiment(length=60), overlay=(), spread=True)
    ratios = [numbers.flow.now(Experiment(length=60, seed=seed)).growth.log10_ratio / 59 for seed in range(5)]
    said = say("gradient", settings).asides
    found = re.search(r"Of 5 seeds: 5 vanishing; ×([\d.]+) to ×([\d.]+) a step\.", said)
    assert [float(part) for part in found.groups()] == pytest.approx([10 ** min(ratios), 10 ** max(ratios)], rel=1e-3)
    # At the edge the verdict tips from seed to seed.
    tipped = say("gradient", settings.replace(experiment=Experiment(length=60, gain=1.9, initializer="gaussian")))
    counts = [int(count) for count in re.findall(r"(\d) [a-z]+[,;]", tipped.asides)]
    assert sum(counts) == 5
    assert len(counts) > 1


def test_no_seed_is_told_to_have_a_factor_where_nothing_comes_back():
    nothing = Experiment(length=20, hidden_size=2, W_hh=(0, 0, 0, 0))
    said = say("gradient", Settings(experiment=nothing, overlay=(), spread=True)).asides
    assert "Of 5 seeds: 5 cut off." in said


def test_the_band_of_the_past_is_what_step_k_sends_on_with_five_seeds():
    settings = Settings(experiment=SHORT, spread=True, earlier=1)
    curves = [draw("survival", settings.replace(spread=False, experiment=SHORT.replace(seed=seed))) for seed in SEEDS]
    norms = [next(trace["y"] for trace in curve["data"] if trace["uid"] == "norms") for curve in curves]
    low, high = band(draw("survival", settings), "seeds")
    np.testing.assert_allclose(low, np.min(norms, axis=0)[-len(low) :], atol=1e-5)
    np.testing.assert_allclose(high, np.max(norms, axis=0)[-len(high) :], atol=1e-5)
    factors = [past.now(SHORT.replace(seed=seed)).forgetting["all"].log10_factor for seed in SEEDS]
    found = re.search(r"Of 5 seeds: 5 vanishing; ×([\d.]+) to ×([\d.]+) a step\.", say("survival", settings).asides)
    assert [float(part) for part in found.groups()] == pytest.approx([10 ** min(factors), 10 ** max(factors)], rel=1e-2)


def test_the_band_of_the_remedies_is_the_treated_cell_with_five_seeds():
    settings = Settings(experiment=Experiment(length=40), remedies=("false_residual",), spread=True)
    curves = [
        fixes.flow.now(*fixes.treatment(settings, start=Experiment(length=40, seed=seed))[:2]).log10_state_norm
        for seed in range(5)
    ]
    low, high = band(draw("fixes", settings), "seeds")
    np.testing.assert_allclose(low, np.min(curves, axis=0), atol=1e-6)
    np.testing.assert_allclose(high, np.max(curves, axis=0), atol=1e-6)
    assert any(sentence.startswith("Of 5 seeds: ") for sentence in say("fixes", settings).comparisons)


@pytest.mark.parametrize("name", [name for name, page in pages().items() if page.spreads])
def test_the_switch_stands_beside_the_seed_and_in_the_address(name):
    page = open_page(name, Settings(experiment=SHORT))
    page.toggle(key="spread").set_value(True).run()
    assert not page.exception
    assert page.query_params["spread"] == "true"
    assert page.session_state.settings.spread
