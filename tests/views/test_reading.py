"""What does it read? Without a browser."""

import dataclasses
import random
import sys
import time

import jax
import numpy as np
import plotly.graph_objects as go
import pytest

from app.background import answer, training
from app.background.answer import Store, size_of
from app.live.routes import to_json
from app.page import claims_of, pages
from app.settings import Settings
from app.views.reading import numbers, pastes, verdict
from app.views.reading.settings import LINKED, SHOWN
from cells import all_cells
from cells.experiment import Experiment
from cells.reading.texts import PARAGRAPH
from cells.training import loop
from tests.app.pages import ask, connect, draw, extra, numbers_of, reseeded, say
from tests.asked import some

FIGURES = pages()["reading"].figures
CLAIMS = {claim.name: claim for claim in claims_of(pages()["reading"])}
SETTINGS = Settings(plain=True, overlay=("rnn",), hello_updates=60, read_updates=150, mode_updates=400)
MEMORYLESS = np.log(2) / 2


@pytest.fixture(autouse=True)
def fresh():
    """Runs begin anew with every test."""
    yield
    training.forget()


def drawn(name, settings):
    return {trace.uid: trace for trace in go.Figure(draw(name, settings)).data}


@pytest.mark.parametrize("name", FIGURES)
def test_every_figure_says_something_and_its_check_passes(name):
    said = say(name, SETTINGS)
    assert said.sentence
    assert said.check is None or said.check.passed
    assert extra(name, SETTINGS)["course"]["reached"] > 0


@pytest.mark.parametrize("seed", some(range(11), 2))
def test_three_units_learn_hello_and_without_recurrent_weights_they_stay_at_the_line(seed):
    settings = SETTINGS.replace(experiment=Experiment(seed=seed), hello_updates=100)
    claimed = reseeded(CLAIMS["hello"].settings, seed).replace(plain=True)
    assert numbers_of("greeting", claimed).trained.losses[-1, 0] < MEMORYLESS
    assert "“ello”" in say("greeting", claimed).headline
    learned = numbers_of("greeting", settings)
    assert learned.trained.losses[-1, 0] < 0.1
    assert "must remember" in say("greeting", settings).sentence
    cut = settings.replace(hello_cut=True, hello_updates=150)
    stuck = numbers_of("greeting", cut)
    assert MEMORYLESS <= stuck.trained.losses.min() < MEMORYLESS + 0.002
    assert not stuck.weights["W_hh"].any()
    assert "cannot tell the first l" in say("greeting", cut).sentence
    np.testing.assert_allclose(stuck.p[2, 2:], 0.5, atol=0.02)  # after the first l as after the second


@pytest.mark.parametrize("seed", some(range(11), 1))
def test_an_lstm_remembers_hello_without_recurrent_weights(seed):
    claim = CLAIMS["beside"].settings
    lesson = numbers.hello_plan(reseeded(claim, seed)).settings
    learner = dataclasses.replace(lesson.learner(), chunk=claim.hello_updates)
    run, _chunk = loop.advance(loop.start(learner, lesson.optimiser(), seed))
    assert run.measured.loss[0] < 0.1
    assert not any(map(np.any, jax.vmap(lambda network: network.recurrent)(run.weights.params)))


def test_boxes_hold_the_values_of_the_network_at_the_update_shown():
    found, traces = numbers_of("greeting", SETTINGS), drawn("greeting", SETTINGS)
    np.testing.assert_allclose(np.array(traces["hidden"].z)[::-1, ::2].T, found.h, rtol=1e-6)
    np.testing.assert_allclose(np.array(traces["output"].z)[::-1, ::2].T, found.p, rtol=1e-6)
    xs = np.eye(4)[[0, 1, 2, 2]]  # by hand: three units, tanh, no gates
    network = numbers.weights(numbers.hello_plan(SETTINGS), 60).value()
    (layer,), h = network.layers, np.zeros(3)
    W_ih, W_hh, b = (getattr(layer, name)[0].astype(float) for name in ("W_ih", "W_hh", "b"))
    for x, row in zip(xs, found.h, strict=True):
        h = np.tanh(W_ih @ x + W_hh @ h + b)
        np.testing.assert_allclose(row, h, atol=1e-12)
    loss = -np.mean(np.log(found.p[np.arange(4), [1, 2, 2, 3]]))
    assert loss == pytest.approx(found.trained.losses[-1, 0], rel=1e-4)  # which was measured in float32


@pytest.mark.parametrize("cell", all_cells())
def test_every_cell_reads_in_two_layers_and_says_hello(cell):
    # Traced, not compiled: what a cell declares is enough for both.
    settings = Settings(experiment=Experiment(cell=cell), read_layers="2", overlay=())
    hello = numbers.hello_plan(settings).settings.learner()
    text = numbers.text_plans(settings, PARAGRAPH)[0].settings.learner()
    for learner in (hello, text):
        weights = loop.start_weights(learner, 0)
        optimiser = loop.Optimiser(*map(np.asarray, (0.1, 1.0, True)))
        following, _rows = jax.eval_shape(loop.updates, learner, optimiser, np.uint32(0), weights, np.uint32(0))
        assert jax.tree.structure(following) == jax.tree.structure(weights)


def test_weights_that_were_let_go_are_trained_again_to_the_last_bit():
    numbers_of("greeting", SETTINGS)
    plan = numbers.hello_plan(SETTINGS)
    kept = jax.tree.leaves(numbers.weights(plan, 37).value())
    numbers._weights.forget()
    assert all(map(np.array_equal, kept, jax.tree.leaves(numbers.weights(plan, 37).value())))


def test_no_request_waits_while_weights_are_trained_again(monkeypatch):
    client, query = connect(), SETTINGS.replace(hello_updates=20, plain=False).to_query()
    before = ask(client, f"/live/greeting?{query}").json()
    while before["course"]["reached"] < 20:
        before = ask(client, f"/live/greeting?{query}").json()
    numbers._weights.forget()
    answer.kept().forget()
    at_work, starts = [], numbers.Lesson.start

    def start(lesson):
        at_work.append(time.sleep(0.5))
        return starts(lesson)

    monkeypatch.setattr(numbers.Lesson, "start", start)
    begun = time.monotonic()
    first = client.get(f"/live/greeting?{query}").json()
    assert time.monotonic() - begun < 0.5
    assert 0 < first["progress"] < 1
    assert ask(client, f"/live/greeting?{query}").json() == before
    assert len(at_work) == 1


def test_weights_are_bounded_in_bytes(monkeypatch):
    plan = numbers.hello_plan(SETTINGS.replace(hello_rate=0.05))
    state, _record = plan.begin()
    one = size_of(numbers._weights.get((plan, 0)))
    monkeypatch.setattr(numbers, "_weights", Store(3 * one))
    for _update in range(6):
        state, _record = plan.advance(state)
    assert [numbers._weights.get((plan, update)) is not None for update in range(7)] == [False] * 4 + [True] * 3


@pytest.mark.parametrize("seed", some(range(11), 2))
def test_a_text_is_read_below_the_line_of_a_reader_without_memory(seed):
    settings = reseeded(CLAIMS["beyond"].settings, seed).replace(plain=True)
    found, traces = numbers_of("reading", settings).readers[0], drawn("reading", settings)
    assert found.trained.losses[-1] < traces["memoryless"].y[0] < traces["blind"].y[0] < found.trained.losses[0]
    assert len(found.written) == numbers.WRITTEN
    assert np.isnan(np.array(traces["map"].z, float)[0, settings.read_at :]).all()
    assert "".join(traces["map"].text[0]) == PARAGRAPH[:SHOWN]
    best = np.sort(found.p[settings.read_at - 1])[::-1][:3]
    np.testing.assert_allclose(traces["next.RNN"].x, best, rtol=1e-6)


def test_a_cold_sample_writes_the_likeliest_letter():
    found = numbers_of("reading", SETTINGS.replace(temperature=0.05))
    (reader,) = found.readers
    p = reader.p[found.at - 1]
    likeliest, second = np.sort(p)[::-1][:2]
    assert likeliest > 1.3 * second  # so that a twentieth of the temperature leaves no doubt
    assert reader.written[0] == found.text.characters[int(p.argmax())]
    told = numbers.measures(SETTINGS, found)
    assert told["rnn.loss"] == reader.trained.losses[-1] < told["memoryless"]
    assert told["rnn.log10_ratio"] == reader.log10_influence[0] - reader.log10_influence[int(told["back"])]


@pytest.mark.parametrize("seed", some(range(8), 1))
def test_the_five_networks_learn_their_tasks_and_no_output_depends_on_what_comes_after_it(seed):
    settings = SETTINGS.replace(experiment=Experiment(seed=seed))
    for found in numbers_of("modes", settings).listeners:
        assert found.right > 0.95, found.mode.name
        later = np.triu(np.ones_like(found.log10_input), 1) > 0
        assert np.isneginf(found.log10_input[later]).all()
        for step in found.mode.writes:
            assert all(np.isfinite(found.log10_input[step - 1, read - 1]) for read in found.mode.reads if read <= step)


def test_another_text_and_other_settings_compile_nothing(compilations):
    chance = random.Random(0)
    for name in FIGURES:
        numbers_of(name, SETTINGS.replace(experiment=Experiment(activation="relu")))
    before = len(compilations)
    for text in ("", "Das Eis ist heiß. Das Heiß ist eis?", "ab", "to be, or not to be\nthat is the question"):
        settings = SETTINGS.replace(
            experiment=Experiment(seed=chance.randrange(100), gain=chance.uniform(0.5, 2), activation="relu"),
            read_text=text,
            read_from=chance.randint(1, 500),
            read_at=chance.randint(1, SHOWN),
            temperature=chance.uniform(0.1, 2),
            hello_rate=chance.uniform(0.01, 0.2),
            read_rate=chance.uniform(0.001, 0.05),
            mode_rate=chance.uniform(0.01, 0.05),
            hello_cut=chance.choice([True, False]),
            mode_example=chance.randint(1, 81),
            mode_output=chance.randint(1, 5),
            hello_updates=3,
            read_updates=20,
            mode_updates=20,
        )
        for name, figure in FIGURES.items():
            to_json(figure, settings, numbers_of(name, settings), "dark")
    assert len(compilations) == before


def test_a_link_carries_a_text_or_its_fingerprint():
    short, long = "ab " * 100, "ä " * LINKED
    for content in (short, long):
        settings = Settings(**pastes.fields(content))
        assert Settings.repaired(settings.to_query()) == (settings, [])
        assert numbers.text(settings).content == content
        assert len(settings.to_query()) < LINKED + 20
    unknown = SETTINGS.replace(read_paste="0123456789abcdef")
    assert numbers.text(unknown).content == PARAGRAPH
    assert "paste it again" in say("reading", unknown).asides


def test_pastes_are_bounded_in_bytes(monkeypatch):
    texts = ["ab" * (LINKED + number) for number in range(4)]
    monkeypatch.setattr(pastes, "_texts", Store(2 * sys.getsizeof(texts[-1]), sys.getsizeof))
    named = [Settings(read_paste=pastes.keep(text)) for text in texts]
    assert list(map(pastes.found, named)) == [None, None, *texts[2:]]
    assert pastes.found(Settings()) is None


def test_a_link_with_a_text_that_cannot_be_read_says_why():
    settings, problems = Settings.repaired("read_text=aaa&read_paste=xyz")
    assert settings == Settings()
    assert problems == [
        "read_text: expected at least 2 different characters; got 'aaa'.",
        "read_paste: expected 16 digits; got 'xyz'.",
    ]


def test_a_run_that_breaks_ends_with_a_sentence_and_the_last_finite_weights():
    plan = numbers.hello_plan(SETTINGS)
    wild = dataclasses.replace(plan.settings.learner(), chunk=1)
    run = loop.start(wild, loop.Optimiser(1e38, loop.NO_CLIP), 0)
    while not run.broken:
        run, chunk = loop.advance(run)
    assert run.updates < 5
    losses = np.array([[1.0], chunk.measured.loss])
    assert (
        f"Update {run.broken} left the finite numbers"
        in verdict._broken(numbers.Trained(np.arange(2), losses, chunk.broken))[0]
    )
    assert "nan" not in verdict._loss(float(losses[-1, 0]))
    assert all(np.isfinite(leaf).all() for leaf in jax.tree.leaves(run.weights.params))


def test_a_curve_that_leaves_its_axis_is_said():
    fresh = SETTINGS.replace(experiment=Experiment(gain=0.6), read_updates=0)
    assert "leaves this axis" in say("reading", fresh).asides
    assert "leaves this axis" not in say("reading", fresh.replace(read_axis="vanish")).asides


def test_what_broke_off_is_said_and_nothing_is_drawn_until_it_is_tried_again(monkeypatch):
    begin, settings = numbers.Reading.begin, SETTINGS.replace(hello_rate=0.5)
    monkeypatch.setattr(training, "AGAIN", (0.2, 0.2))

    def broken(plan):
        raise MemoryError

    monkeypatch.setattr(numbers.Reading, "begin", broken)
    assert say("greeting", settings).sentence == "The computation broke off: MemoryError."
    assert draw("greeting", settings)["data"] == []
    monkeypatch.setattr(numbers.Reading, "begin", begin)
    time.sleep(0.3)
    assert "says" in say("greeting", settings).headline
