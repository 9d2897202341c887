"""What does backpropagation add up? Without a browser."""

import random

import numpy as np
import plotly.graph_objects as go
import pytest

from app import numbers as compute
from app.live.routes import FRAMES
from app.settings import Picture
from app.views.bptt import verdict as bptt
from app.views.bptt.claims import scenes
from app.views.bptt.verdict import far_share
from cells.experiment import Experiment, choices_of
from tests.app import pages
from tests.app.pages import assert_shows, assert_withstands, open_page, reseeded
from tests.cells.examples import CLASSIC

FIGURES = pages.FIGURES["bptt"]


@pytest.mark.parametrize("cell", [*CLASSIC, "mingru"])
def test_every_cell_has_its_three_figures_on_the_page(cell):
    picture = Picture(experiment=Experiment(cell=cell, length=60), plain=True)
    assert_shows(open_page("bptt", picture), (FRAMES[name] for name in FIGURES), picture)


@pytest.mark.parametrize("name", FIGURES)
@pytest.mark.parametrize("weights", ["W_hh", "W_ih", "b"])
def test_plotly_accepts_every_figure_and_every_mark_is_named(name, weights):
    picture = Picture(experiment=Experiment(cell="gru", length=30), weights=weights, window=4)
    for mode in ("light", "dark"):
        drawn = go.Figure(FRAMES[name].figure(picture, mode))
        assert all(trace.name for trace in drawn.data)
        assert len({trace.uid for trace in drawn.data}) == len(drawn.data)


def test_bars_begin_at_the_axis_and_the_window_parts_them():
    picture = Picture(experiment=Experiment(length=30), window=4)
    drawn = {trace.uid: trace for trace in go.Figure(bptt.figure(picture, "light")).data}
    parts = compute.parts(picture.experiment)
    tops = np.asarray(drawn["inside"].y) + drawn["inside"].base
    assert np.isnan(tops[:26]).all()
    np.testing.assert_allclose(tops[26:], parts.log10_norm["W_hh"][26:], rtol=1e-6)
    assert np.isnan(np.asarray(drawn["outside"].y)[26:]).all()
    assert drawn["cosine"].x[3] == 27  # a window of four ends there


def test_verdict_and_shares_are_those_of_the_numbers():
    picture = Picture(experiment=Experiment(length=60, gain=0.5, input_scale=0.3))
    said = bptt.words(picture)
    assert said.kind == "vanishing"
    assert said.badge_ok
    assert "Truncated to 10 of 60 steps back: cosine 1.000" in said.asides
    exploding = bptt.words(Picture(experiment=Experiment(length=60, gain=3.0, input_scale=0.1)))
    assert exploding.kind == "exploding"
    found = bptt.shares_figure(picture, "light")["data"]
    np.testing.assert_allclose(found[0]["y"] + found[1]["y"], 1)


def test_overflow_is_said():
    said = bptt.words(Picture(experiment=Experiment(activation="identity", gain=20, length=600)))
    assert said.kind == "overflow"


@pytest.mark.parametrize("scene", scenes(), ids=lambda scene: scene.name)
def test_every_scene_is_a_link_that_reads_back(scene):
    assert Picture.repaired(scene.picture.to_query()) == (scene.picture, [])


def test_a_walk_over_the_controls_compiles_nothing_after_one_visit(compilations):
    draw = random.Random(0)
    picture = Picture(experiment=Experiment(length=100))
    for name in FIGURES:
        FRAMES[name].figure(picture, "light")
    before = len(compilations)
    for _ in range(30):
        picture = picture.replace(
            experiment=picture.experiment.replace(
                length=draw.randint(1, 128),
                gain=10 ** draw.uniform(-1, 1),
                seed=draw.randrange(1000),
                activation=draw.choice(list(choices_of("activation"))),
                loss=draw.choice(list(choices_of("loss"))),
            ),
            weights=draw.choice(["W_hh", "W_ih", "b"]),
            window=draw.randint(1, 200),
            learning_rate=10 ** draw.uniform(-3, 2),
            clip=10 ** draw.uniform(-3, 3),
        )
        for name in FIGURES:
            FRAMES[name].words(picture)
            FRAMES[name].figure(picture, "light")
    assert len(compilations) == before


@pytest.mark.parametrize("name", FIGURES)
def test_hostile_queries_get_a_frame_or_a_sentence(name):
    assert_withstands(name)


def kept(picture, parts):
    """(cosine, length over the full length) of the truncated gradient."""
    name, place = picture.weights, picture.window - 1
    ratio = parts.log10_truncated[name][place] - parts.log10_total[name]
    return parts.cosine[name][place], 10**ratio


def arrives(picture, parts):
    """Without clipping the loss ends far from 0; clipped it ends near."""
    plain, clipped = compute.walks(picture.experiment, picture.learning_rate, picture.clip)
    return plain.loss[-1] > 0.3 and clipped.loss[-1] < 1e-3


CLAIMS = {
    "healthy": lambda picture, parts: parts.log10_total["W_hh"] > -1 and far_share(parts, "W_hh") < 1e-4,
    "drowned": lambda picture, parts: parts.log10_total["W_hh"] > 2 and far_share(parts, "W_hh") > 0.9,
    # Scalar, linear, constant: the sum of .9^k is geometric, and ten terms of it are 1 - .9^10 = .651.
    "bias": lambda picture, parts: kept(picture, parts) == (pytest.approx(1), pytest.approx(1 - 0.9**10, abs=1e-6)),
    "credit": lambda picture, parts: (
        parts.log10_truncated["W_ih"][9] == -np.inf and parts.log10_total["W_ih"] > -np.inf
    ),
    "cheap": lambda picture, parts: kept(picture, parts)[0] > 0.999,
    "jumps": arrives,
}


def test_every_scene_has_a_claim_that_is_tested():
    assert [scene.name for scene in scenes()] == list(CLAIMS)


@pytest.mark.parametrize("scene", scenes(), ids=lambda scene: scene.name)
@pytest.mark.parametrize("seed", range(4))
def test_the_claim_holds(scene, seed):
    picture = reseeded(scene.picture, seed)
    assert CLAIMS[scene.name](picture, compute.parts(picture.experiment))
