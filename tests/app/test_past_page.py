"""How far back can it see? Without a browser: every cell, every scene, what the words and figures say."""

import random
from urllib.parse import urlencode

import numpy as np
import plotly.graph_objects as go
import pytest

from app import numbers as compute
from app.live.routes import FRAMES
from app.settings import Picture
from app.views.past import verdict as past
from app.views.past.claims import scenes
from app.views.past.verdict import EVEN
from cells.experiment import Experiment, choices_of
from tests.app import pages
from tests.app.pages import assert_opens, assert_shows, assert_withstands, open_page, reseeded
from tests.cells.examples import CLASSIC

FIGURES = pages.FIGURES["past"]


@pytest.mark.parametrize("cell", [*CLASSIC, "lru"])
def test_every_cell_has_its_three_figures_on_the_page(cell):
    picture = Picture(experiment=Experiment(cell=cell), plain=True)
    page = open_page("past", picture)
    assert_shows(page, (FRAMES[name] for name in FIGURES), picture)


@pytest.mark.parametrize("scene", scenes(), ids=lambda scene: scene.name)
def test_every_scene_opens(scene):
    assert_opens("past", scene.picture)


@pytest.mark.parametrize("name", FIGURES)
@pytest.mark.parametrize("cell", [*CLASSIC, "mingru"])
def test_plotly_accepts_every_figure_and_every_mark_is_named(name, cell):
    picture = Picture(experiment=Experiment(cell=cell, length=30), earlier=4, later=20)
    for mode in ("light", "dark"):
        drawn = go.Figure(FRAMES[name].figure(picture, mode))
        assert all(trace.name or trace.showlegend is False for trace in drawn.data)
        assert len({trace.uid for trace in drawn.data}) == len(drawn.data)


def test_the_map_is_on_an_absolute_range_and_shows_the_chosen_steps():
    picture = Picture(experiment=Experiment(length=50), earlier=4, later=20)
    drawn = {trace.uid: trace for trace in go.Figure(past.figure(picture, "light")).data}
    assert (drawn["map"].zmin, drawn["map"].zmax) == (-16, 16)
    assert (drawn["chosen"].x[0], drawn["chosen"].y[0]) == (4, 20)
    found = compute.past(picture.experiment).survival.log10_gain["all"]
    below = np.tril_indices(51)
    assert np.allclose(drawn["map"].z[below], found[below])
    assert np.isnan(drawn["map"].z[0, 1])


def test_steps_beyond_the_sequence_or_in_the_wrong_order_are_brought_back():
    assert past.chosen_steps(Picture(experiment=Experiment(length=50), earlier=90, later=2000)) == (50, 50)
    assert past.chosen_steps(Picture(experiment=Experiment(length=50), earlier=40, later=10)) == (10, 40)


@pytest.mark.parametrize(
    ("name", "bad"), [("earlier", "0"), ("later", "1e400"), ("later", "<script>"), ("block", "nan"), ("axis", "far+1")]
)
def test_a_bad_link_is_told_in_a_sentence_and_what_is_left_is_drawn(name, bad):
    picture, (problem,) = Picture.repaired(urlencode({name: bad, "length": 50}))
    assert picture == Picture(experiment=Experiment(length=50))
    assert problem.startswith(f"{name}: expected")
    assert problem.endswith(f"got {bad!r}.")


def test_a_block_that_the_cell_does_not_have_shows_the_whole_state():
    whole, block = (past.figure(Picture(block=name), "light")["data"][0]["z"] for name in ("all", "c"))
    assert np.array_equal(whole, block, equal_nan=True)


def test_the_verdict_agrees_with_the_closed_form():
    # Linear and orthogonal times 0.9: every direction is multiplied by 0.9 a step, 1 % is left after ln .01 / ln .9.
    picture = Picture(experiment=Experiment(activation="identity", gain=0.9, length=100))
    said = past.words(picture)
    assert said.kind == "vanishing"
    assert "×0.9 a step" in said.sentence
    assert "half gone every 6.6 steps" in said.sentence
    assert "1 % after 43.7 steps" in said.sentence
    assert said.badge_ok


def test_transient_growth_is_told_with_its_peak():
    # W = ((.9, 10), (0, .9)): |W^k| rises to 38.746 at k = 9 before rho = .9 has its way.
    picture = next(scene.picture for scene in scenes() if scene.name == "transient")
    (said,) = past.words(picture).comparisons
    assert said.endswith("on the way, 9 steps after step 1, σ₁ peaked at 38.746.")
    (said,) = past.words(picture.replace(later=8)).comparisons
    assert "peaked" not in said


@pytest.mark.parametrize(("gain", "verdict"), [(0.9, "true here"), (1.0, "about the same"), (1.1, "false here")])
def test_later_inputs_weigh_more_only_where_the_past_is_forgotten(gain, verdict):
    said = past.words(Picture(experiment=Experiment(activation="identity", gain=gain, length=100)))
    assert verdict in said.asides


def test_a_walk_over_the_controls_compiles_nothing_after_one_visit(compilations):
    draw = random.Random(0)
    picture = Picture(experiment=Experiment(cell="gru", length=100))
    for name in FIGURES:
        FRAMES[name].figure(picture, "light")
    before = len(compilations)
    moves = [
        lambda: {"length": draw.randint(1, 128)},
        lambda: {"gain": 10 ** draw.uniform(-1, 1)},
        lambda: {"seed": draw.randrange(1000)},
        lambda: {"activation": draw.choice(list(choices_of("activation")))},
        lambda: {"initializer": draw.choice(list(choices_of("initializer")))},
        lambda: {"input": draw.choice(["noise", "sine", "impulse", "zero", "text"])},
        lambda: {"hyperparameters": {"update_bias": draw.uniform(-3, 5), "reset_before": draw.random() < 0.5}},
    ]
    for _ in range(40):
        picture = picture.replace(
            experiment=picture.experiment.replace(**draw.choice(moves)()),
            earlier=draw.randint(1, 128),
            later=draw.randint(1, 128),
            block=draw.choice(["all", "h", "c"]),
        )
        for name in FIGURES:
            FRAMES[name].words(picture)
            FRAMES[name].figure(picture, "light")
    assert len(compilations) == before


def test_overflow_is_said_and_never_drawn():
    picture = Picture(experiment=Experiment(activation="identity", gain=20, length=600))
    assert past.words(picture).kind == "overflow"
    assert np.isnan(past.figure(picture, "light")["data"][0]["z"]).all()
    assert past.pair_words(picture).kind == "overflow"


def test_the_map_agrees_with_backpropagation():
    for cell in (*CLASSIC, "lru", "mingru"):
        for seed in range(3):
            assert compute.past(Experiment(cell=cell, seed=seed, length=100)).disagreement < 1e-9


@pytest.mark.parametrize("name", FIGURES)
def test_hostile_queries_get_a_frame_or_a_sentence(name):
    assert_withstands(name)


def earlier_against_later(past):
    """log10 of the weight of the first third of the inputs over that of the last."""
    third = len(past.influence) // 3
    return past.influence[:third].max() - past.influence[-third:].max()


def peak(picture):
    """(largest spectral norm from the scene's step k on, steps it takes)."""
    _pair, norms = compute.between_steps(picture.experiment, picture.earlier, picture.experiment.length)
    steps = compute.past(picture.experiment).survival.steps[1:]
    return 10 ** np.nanmax(norms), steps[np.nanargmax(norms)] - picture.earlier


CLAIMS = {
    # W^k = .9^k [[1, 10 k / .9], [0, 1]]: at k = 9 its largest singular value is 38.746.
    "transient": lambda picture, past: (
        peak(picture) == (pytest.approx(38.746, abs=5e-4), 9) and past.spectrum.spectral_radius[0] == pytest.approx(0.9)
    ),
    "loose": lambda picture, past: (
        past.bound_growths[0] < 1
        and past.survival.log10_gain["all"][-1, 0] < 200 * np.log10(past.bound_growths[0]) - 50
    ),
    "chaos": lambda picture, past: past.lyapunov[0] > 0.1,
    "later": lambda picture, past: earlier_against_later(past) > EVEN,
    "carried": lambda picture, past: np.allclose(np.nan_to_num(past.survival.log10_gain["all"]), 0, atol=1e-12),
    "cell": lambda picture, past: past.forgetting["c"].memory > past.forgetting["h"].memory,
}


def test_every_scene_has_a_claim_that_is_tested():
    assert [scene.name for scene in scenes()] == list(CLAIMS)


@pytest.mark.parametrize("scene", scenes(), ids=lambda scene: scene.name)
@pytest.mark.parametrize("seed", range(3))
def test_the_claim_holds(scene, seed):
    picture = reseeded(scene.picture, seed)
    assert CLAIMS[scene.name](picture, compute.past(picture.experiment))
