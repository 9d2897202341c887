"""What does it read? Without a browser."""

import dataclasses
import random
import time

import jax
import numpy as np
import plotly.graph_objects as go
import pytest

from app.background import training as courses
from app.live.routes import FRAMES
from app.settings import LINKED, SHOWN, Picture
from app.views.reading import numbers, pastes
from app.views.reading import verdict as reading
from app.views.reading.claims import scenes
from cells import all_cells
from cells.experiment import Experiment
from cells.reading.texts import PARAGRAPH
from cells.training import loop
from tests.app import pages
from tests.app.pages import assert_shows, assert_withstands, open_page, reseeded

FIGURES = pages.FIGURES["reading"]
PICTURE = Picture(plain=True, overlay=("rnn",), hello_updates=60, read_updates=150, mode_updates=400)
MEMORYLESS = np.log(2) / 2


@pytest.fixture(autouse=True)
def no_programs():
    """The programs of this file are compiled once; courses begin anew with every test."""
    yield
    courses.forget()


def wait(picture, names=FIGURES):
    for name in names:
        while FRAMES[name].progress(picture) is not None:
            time.sleep(0.02)
    return picture


def drawn(name, picture):
    return {trace.uid: trace for trace in go.Figure(FRAMES[name].figure(wait(picture, (name,)), "light")).data}


def test_the_page_has_its_four_figures():
    wait(PICTURE)
    assert_shows(open_page("reading", PICTURE), (FRAMES[name] for name in FIGURES), PICTURE)


@pytest.mark.parametrize("name", FIGURES)
def test_plotly_accepts_every_figure_and_every_mark_is_named(name):
    wait(PICTURE, (name,))
    for mode in ("light", "dark"):
        figure = go.Figure(FRAMES[name].figure(PICTURE, mode))
        assert all(trace.name for trace in figure.data)
        assert len({trace.uid for trace in figure.data}) == len(figure.data)
    said = FRAMES[name].words(PICTURE)
    assert said.badge_ok
    assert said.sentence


@pytest.mark.parametrize("seed", range(4))
def test_three_units_learn_hello_and_without_recurrent_weights_they_stay_at_the_line(seed):
    picture = PICTURE.replace(experiment=Experiment(seed=seed), hello_updates=100)
    learned = numbers.greeting(wait(picture, ("greeting",)))
    assert learned.trained.losses[-1, 0] < 0.1
    assert "must remember" in reading.greeting_words(picture).sentence
    cut = picture.replace(hello_cut=True, hello_updates=150)
    stuck = numbers.greeting(wait(cut, ("greeting",)))
    assert MEMORYLESS <= stuck.trained.losses.min() < MEMORYLESS + 0.002
    assert not stuck.weights["W_hh"].any()
    assert "cannot tell the first l" in reading.greeting_words(cut).sentence
    np.testing.assert_allclose(stuck.p[2, 2:], 0.5, atol=0.02)  # after the first l as after the second


@pytest.mark.parametrize("seed", range(2))
def test_an_lstm_remembers_hello_without_recurrent_weights(seed):
    scene = next(scene for scene in scenes() if scene.name == "beside").picture
    settings = numbers.hello_plan(reseeded(scene, seed)).settings
    learner = dataclasses.replace(settings.learner(), chunk=scene.hello_updates)
    run, _chunk = loop.advance(loop.start(learner, settings.optimiser(), seed))
    assert run.measured.loss[0] < 0.1
    assert not any(map(np.any, jax.vmap(lambda network: network.recurrent)(run.weights.params)))


def test_boxes_hold_the_values_of_the_network_at_the_update_shown():
    found, traces = numbers.greeting(wait(PICTURE, ("greeting",))), drawn("greeting", PICTURE)
    np.testing.assert_allclose(np.array(traces["hidden"].z)[::-1, ::2].T, found.h, rtol=1e-6)
    np.testing.assert_allclose(np.array(traces["output"].z)[::-1, ::2].T, found.p, rtol=1e-6)
    xs = np.eye(4)[[0, 1, 2, 2]]  # by hand: three units, tanh, no gates
    layer, h = found.trained.network.layers[0], np.zeros(3)
    for x, row in zip(xs, found.h, strict=True):
        h = np.tanh(layer.W_ih[0] @ x + layer.W_hh[0] @ h + layer.b[0])
        np.testing.assert_allclose(row, h, atol=1e-12)
    loss = -np.mean(np.log(found.p[np.arange(4), [1, 2, 2, 3]]))
    assert loss == pytest.approx(found.trained.losses[-1, 0], rel=1e-4)  # which was measured in float32


@pytest.mark.parametrize("cell", all_cells())
def test_every_cell_reads_in_two_layers_and_says_hello(cell):
    # Traced, not compiled: what a cell declares is enough for both.
    hello = numbers.hello_plan(Picture(experiment=Experiment(cell=cell))).settings.learner()
    text = numbers.text_plans(Picture(experiment=Experiment(cell=cell), read_layers="2", overlay=()))[
        0
    ].settings.learner()
    for learner in (hello, text):
        weights = jax.eval_shape(loop.begin, learner, np.uint32(0))
        optimiser = loop.Optimiser(*map(np.asarray, (0.1, 1.0, True)))
        following, _rows = jax.eval_shape(loop.updates, learner, optimiser, np.uint32(0), weights, np.uint32(0))
        assert jax.tree.structure(following) == jax.tree.structure(weights)


def test_weights_that_were_dropped_are_trained_again_to_the_last_bit():
    plan = numbers.hello_plan(PICTURE)
    wait(PICTURE, ("greeting",))
    kept = jax.tree.leaves(numbers.network_at(plan, 37))
    numbers._weights.clear()
    assert all(map(np.array_equal, kept, jax.tree.leaves(numbers.network_at(plan, 37))))


@pytest.mark.parametrize("seed", range(4))
def test_a_text_is_read_below_the_line_of_a_reader_without_memory(seed):
    scene = next(scene for scene in scenes() if scene.name == "beyond").picture
    picture = reseeded(scene, seed).replace(plain=True)
    found, traces = numbers.readers(wait(picture, ("reading",)))[0], drawn("reading", picture)
    assert found.trained.losses[-1] < traces["memoryless"].y[0] < traces["blind"].y[0] < found.trained.losses[0]
    assert len(found.written) == numbers.WRITTEN
    assert np.isnan(np.array(traces["map"].z, float)[0, picture.read_at :]).all()
    assert "".join(traces["map"].text[0]) == PARAGRAPH[:SHOWN]
    best = np.sort(found.p[picture.read_at - 1])[::-1][:3]
    np.testing.assert_allclose(traces["next.RNN"].x, best, rtol=1e-6)


def test_a_cold_sample_writes_the_likeliest_letter():
    found = numbers.readers(wait(PICTURE.replace(temperature=0.05), ("reading",)))[0]
    read, _ids, at = numbers.stretch(PICTURE)
    p = found.p[at - 1]
    likeliest, second = np.sort(p)[::-1][:2]
    assert likeliest > 1.3 * second  # so that a twentieth of the temperature leaves no doubt
    assert found.written[0] == read.characters[int(p.argmax())]


@pytest.mark.parametrize("seed", range(2))
def test_the_five_networks_learn_their_tasks_and_no_output_depends_on_what_comes_after_it(seed):
    picture = PICTURE.replace(experiment=Experiment(seed=seed))
    for found in numbers.listeners(wait(picture, ("modes",))):
        assert found.right > 0.95, found.mode.name
        later = np.triu(np.ones_like(found.log10_input), 1) > 0
        assert np.isneginf(found.log10_input[later]).all()
        for step in found.mode.writes:
            assert all(np.isfinite(found.log10_input[step - 1, read - 1]) for read in found.mode.reads if read <= step)


def test_another_text_and_other_settings_compile_nothing(compilations):
    draw = random.Random(0)
    wait(PICTURE)
    before = len(compilations)
    for text in ("", "Das Eis ist heiß. Das Heiß ist eis?", "ab", "to be, or not to be\nthat is the question"):
        picture = PICTURE.replace(
            experiment=Experiment(seed=draw.randrange(100), gain=draw.uniform(0.5, 2), activation="relu"),
            read_text=text,
            read_from=draw.randint(1, 500),
            read_at=draw.randint(1, SHOWN),
            temperature=draw.uniform(0.1, 2),
            hello_rate=draw.uniform(0.01, 0.2),
            read_rate=draw.uniform(0.001, 0.05),
            mode_rate=draw.uniform(0.01, 0.05),
            hello_cut=draw.choice([True, False]),
            mode_example=draw.randint(1, 81),
            mode_output=draw.randint(1, 5),
            hello_updates=3,
            read_updates=20,
            mode_updates=20,
        )
        wait(picture)
        for name in FIGURES:
            FRAMES[name].words(picture)
            FRAMES[name].to_json(picture, "dark")
    assert len(compilations) == before


def test_a_link_carries_a_text_or_its_fingerprint():
    short, long = "ab " * 100, "ä " * LINKED
    for content in (short, long):
        picture = Picture(**pastes.fields(content))
        assert Picture.repaired(picture.to_query()) == (picture, [])
        assert numbers.text(picture).content == content
        assert len(picture.to_query()) < LINKED + 20
    unknown = PICTURE.replace(read_paste="0123456789abcdef")
    assert numbers.text(unknown).content == PARAGRAPH
    assert "paste it again" in reading.words(wait(unknown, ("reading",))).asides


def test_a_link_with_a_text_that_cannot_be_read_says_why():
    picture, problems = Picture.repaired("read_text=aaa&read_paste=xyz")
    assert picture == Picture()
    assert problems == [
        "read_text: expected at least 2 different characters; got 'aaa'.",
        "read_paste: expected 16 digits; got 'xyz'.",
    ]


def test_a_run_that_breaks_ends_with_a_sentence_and_the_last_finite_weights():
    plan = numbers.hello_plan(PICTURE)
    wild = dataclasses.replace(plan.settings.learner(), chunk=1)
    run = loop.start(wild, loop.Optimiser(1e38, loop.NO_CLIP), 0)
    while not run.broken:
        run, chunk = loop.advance(run)
    assert run.updates < 5
    losses = np.array([[1.0], chunk.measured.loss])
    broken = numbers.Trained(np.arange(2), losses, chunk.broken, run.weights.params)
    assert f"Update {run.broken} left the finite numbers" in reading._broken(broken)[0]
    assert "nan" not in reading._loss(float(losses[-1, 0]))
    assert all(np.isfinite(leaf).all() for leaf in jax.tree.leaves(run.weights.params))


def test_a_curve_that_leaves_its_axis_is_said():
    fresh = wait(PICTURE.replace(experiment=Experiment(gain=0.6), read_updates=0), ("reading",))
    assert "leaves this axis" in reading.words(fresh).asides
    assert "leaves this axis" not in reading.words(fresh.replace(read_axis="vanish")).asides


def test_what_broke_off_is_said_and_nothing_is_drawn(monkeypatch):
    def broken(plan):
        raise MemoryError

    monkeypatch.setattr(numbers.Reading, "begin", broken)
    picture = wait(PICTURE.replace(hello_rate=0.5), ("greeting",))
    assert FRAMES["greeting"].words(picture).sentence == "The computation broke off: MemoryError."
    assert FRAMES["greeting"].figure(picture, "light")["data"] == []


@pytest.mark.parametrize("scene", scenes(), ids=lambda scene: scene.name)
def test_every_scene_is_a_link_that_reads_back(scene):
    assert Picture.repaired(scene.picture.to_query()) == (scene.picture, [])


@pytest.mark.parametrize("name", FIGURES)
def test_hostile_queries_get_a_frame_or_a_sentence(name):
    assert_withstands(name)
