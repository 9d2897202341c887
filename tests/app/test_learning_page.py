"""Can it learn to remember? Without a browser."""

import time
from types import SimpleNamespace

import numpy as np
import plotly.graph_objects as go
import pytest

from app.background import training as courses
from app.live.routes import FRAMES
from app.settings import Picture
from app.views.learning import search
from app.views.learning import verdict as learning
from app.views.learning.claims import cards
from app.views.learning.terms import MAX_RUNS, UNCLIPPED, Terms, read_kept, write_kept
from cells.experiment import Experiment, ExperimentError
from cells.training import search as genetic
from tests.app import pages
from tests.app.pages import ask, assert_shows, assert_withstands, connect, open_page

FIGURES = pages.FIGURES["learning"]
RNN = Experiment(hidden_size=8)
SMALL = Picture(experiment=RNN, overlay=("rnn",), task_length=10, updates=50)
BROKEN = Terms(experiment=RNN.replace(gain=20.0), train_rate=1.0, train_clip=UNCLIPPED, optimiser="sgd")


@pytest.fixture(scope="module", autouse=True)
def small_generations():
    """A search of few and short lives."""
    patch = pytest.MonkeyPatch()
    patch.setattr(genetic, "POPULATION", 4)
    yield
    patch.undo()


def finished(picture):
    """Wait until all of a picture's runs are there."""
    followed = learning.followed(picture)
    while courses.begun(followed, picture.updates, whole=True) is not None:
        time.sleep(0.02)
    return picture


def test_the_page_has_its_figures():
    picture = SMALL.replace(experiment=RNN.replace(cell="lstm"), plain=True)
    page = open_page("learning", picture)
    finished(picture)
    assert_shows(page, (FRAMES[name] for name in FIGURES), picture)


@pytest.mark.parametrize("name", FIGURES)
def test_plotly_accepts_every_figure_and_every_mark_is_named(name):
    picture = finished(SMALL.replace(kept=write_kept((BROKEN, Terms(experiment=RNN, truncate=3)))))
    for mode in ("light", "dark"):
        drawn = go.Figure(FRAMES[name].figure(picture, mode))
        assert all(trace.name for trace in drawn.data)
        assert len({trace.uid for trace in drawn.data}) == len(drawn.data)


def test_a_run_that_breaks_is_said_so_and_the_others_go_on():
    picture = finished(SMALL.replace(updates=200, kept=write_kept((BROKEN,))))
    broken, whole = learning.view(picture).runs
    assert 0 < broken.broken <= 200
    assert broken.at[-1] == broken.broken
    assert whole.at[-1] == 200
    said = learning.words(picture)
    assert f"left the finite numbers at update {broken.broken}" in said.sentence
    assert any("weights before it are kept" in line for line in said.comparisons)
    assert np.isfinite(whole.held_out).all()


def test_weights_set_by_hand_are_said_to_be_left_aside():
    by_hand = SMALL.replace(experiment=Experiment(hidden_size=1, W_hh=(0.5,)))
    assert learning.lessons(by_hand) == learning.lessons(SMALL.replace(experiment=Experiment(hidden_size=1)))
    assert "Set by hand, but not trained: W_hh." in learning.words(by_hand).asides
    assert "by hand" not in learning.words(SMALL).asides


def test_the_curve_is_that_of_the_run():
    picture = finished(SMALL)
    (run,) = learning.view(picture).runs
    records = learning.followed(picture)[0].records(50)
    np.testing.assert_array_equal(run.at, [0, 25, 50])
    np.testing.assert_allclose(run.held_out, [records[0].loss, *(chunk.measured.loss for chunk in records[1:])])
    losses = np.concatenate([chunk.loss for chunk in records[1:]])
    np.testing.assert_allclose(run.loss[run.update == 1], losses[0])
    assert run.loss.mean() == pytest.approx(losses.mean(), rel=0.3)
    assert run.log10_gradient.shape == (10, 3)


def test_what_is_solved_and_what_is_stuck_is_said():
    # Over ten steps an identity RNN can add, too: 150 to 175 updates on three seeds.
    easy = finished(SMALL.replace(updates=400, experiment=RNN.replace(activation="relu", initializer="identity")))
    (run,) = learning.view(easy).runs
    said = learning.words(easy)
    assert 0 < run.solved <= 400
    assert said.sentence.startswith(f"RNN solved adding T=10 after {run.solved} updates")
    assert said.headline == "1 of 1 solved it"
    stuck = learning.words(finished(SMALL.replace(train_rate=0.0001)))
    assert stuck.headline == "0 of 1 solved it"
    found = learning.tried(easy)
    assert [one.solved for one in found if one.here] == [run.solved // 25]


def test_the_route_answers_with_what_there_is_and_how_far_it_is():
    client = connect()
    query = SMALL.replace(experiment=RNN.replace(seed=77), updates=60).to_query()
    answer = ask(client, f"/live/learning?{query}").json()
    while answer["course"]["reached"] < answer["course"]["target"]:
        answer = ask(client, f"/live/learning?{query}").json()
    assert answer["course"] == {"reached": 50, "target": 50, "chunk": 25, "over": False}
    courses.forget()  # as after a restart
    again = ask(client, f"/live/learning?{query}").json()
    while again["course"]["reached"] < again["course"]["target"]:
        again = ask(client, f"/live/learning?{query}").json()
    assert again == answer


def test_a_search_is_played_generation_by_generation():
    picture = SMALL.replace(generations=1)
    course = search.course(picture)
    while courses.begun([course], 1, whole=True) is not None:
        time.sleep(0.05)
    assert not course.failure
    (generation,) = course.records(1)[1:]
    assert (np.diff(generation.fitness) >= 0).all()
    assert len(generation.genes) == 4
    assert "after 1 generations the best has loss" in search.words(picture).sentence
    individuals = go.Figure(search.figure(picture, "light")).data[0]
    assert len(individuals.x) == 4


@pytest.mark.parametrize("card", cards(), ids=lambda card: card.scene.name)
def test_every_demonstration_is_a_link_that_reads_back_and_fits(card):
    picture = card.scene.picture
    assert Picture.repaired(picture.to_query()) == (picture, [])
    assert len(learning._wanted(picture)) <= MAX_RUNS
    labels = learning._labels(learning.lessons(picture))
    assert len(set(labels)) == len(labels)


def test_kept_runs_read_back_and_what_cannot_be_is_one_sentence():
    kept = (
        BROKEN,
        Terms(),
        Terms(experiment=Experiment(cell="lstm", hyperparameters={"forget_bias": 0.0}), truncate=5),
    )
    assert read_kept(write_kept(kept)) == kept
    for text, said in (
        ("foo=3", "kept: expected the settings of a run; got 'foo'."),
        ("seed=3", "kept: expected the settings of a run; got 'seed'."),
        ("~".join(["default"] * 5), "kept: expected at most 4 runs; got 5."),
        ("cell=none", "cell: expected one of"),
        ("train_rate=0", "train_rate: expected a number from"),
    ):
        with pytest.raises(ExperimentError, match=said.replace("(", r"\(")):
            Picture(kept=text)
        picture, problems = Picture.repaired(f"kept={text.replace('=', '%3D')}")
        assert picture == Picture()
        assert len(problems) == 1


def test_runs_are_told_apart_by_what_differs():
    bias = [RNN.replace(cell="lstm", hyperparameters={"forget_bias": value}) for value in (0.0, 3.0)]
    kept = write_kept(tuple(Terms(experiment=experiment) for experiment in bias))
    picture = SMALL.replace(kept=kept, train_clip=UNCLIPPED)
    labels = learning._labels(learning.lessons(picture))
    assert labels == ["LSTM, forget bias 0", "LSTM, forget bias 3", "RNN, no clipping"]
    chrono = Terms(experiment=RNN.replace(cell="lstm", hyperparameters={"chrono": 100.0}))
    assert learning._name(chrono) == "LSTM, chrono memory 100, hidden size 8"


def test_a_run_that_never_got_below_the_baseline_is_at_it_or_above_it():
    seen = SimpleNamespace(baseline=0.5)
    for losses, said in (
        ([0.9, 0.55], "RNN still at the baseline 0.5"),
        ([0.9, 2.0], "RNN at 2, above the baseline 0.5"),
        ([0.9, 0.2, 2.0], "RNN at 2, best 0.2"),
    ):
        run = SimpleNamespace(label="RNN", broken=0, held_out=np.array(losses))
        assert learning._unsolved(run, seen) == said


@pytest.mark.parametrize("name", FIGURES)
def test_hostile_queries_get_a_frame_or_a_sentence(name):
    assert_withstands(name)
