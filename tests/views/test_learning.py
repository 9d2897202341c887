"""Can it learn to remember? Without a browser."""

from types import SimpleNamespace

import numpy as np
import plotly.graph_objects as go
import pytest

from app.background import training
from app.page import claims_of, pages
from app.settings import Settings
from app.views.learning import numbers, verdict
from app.views.learning.terms import MAX_RUNS, UNCLIPPED, Terms, read_kept, write_kept
from cells.experiment import Experiment
from cells.fields import FieldError
from cells.training import search as genetic
from tests.app.pages import ask, connect, draw, numbers_of, say

CLAIMS = {claim.name: claim for claim in claims_of(pages()["learning"])}
RNN = Experiment(hidden_size=8)
SMALL = Settings(experiment=RNN, overlay=("rnn",), task_length=10, updates=50, plain=True)
BROKEN = Terms(experiment=RNN.replace(gain=20.0), train_rate=1.0, train_clip=UNCLIPPED, optimiser="sgd")


@pytest.fixture(scope="module", autouse=True)
def small_generations():
    """A search of few and short lives."""
    patch = pytest.MonkeyPatch()
    patch.setattr(genetic, "POPULATION", 4)
    yield
    patch.undo()


def curves(settings):
    """The curves of the runs side by side, when all updates are there."""
    return numbers_of("learning", settings).curves


@pytest.mark.parametrize("name", pages()["learning"].figures)
def test_broken_and_truncated_runs_are_drawn(name):
    settings = SMALL.replace(kept=write_kept((BROKEN, Terms(experiment=RNN, truncate=3))))
    drawn = go.Figure(draw(name, settings))
    assert all(trace.name for trace in drawn.data)
    assert len({trace.uid for trace in drawn.data}) == len(drawn.data)


def test_a_run_that_breaks_is_said_so_and_the_others_go_on():
    settings = SMALL.replace(updates=200, kept=write_kept((BROKEN,)))
    broken, whole = curves(settings)
    assert 0 < broken.broken <= 200
    assert broken.at[-1] == broken.broken
    assert whole.at[-1] == 200
    said = say("learning", settings)
    assert f"left the finite numbers at update {broken.broken}" in said.sentence
    assert any("weights before it are kept" in line for line in said.comparisons)
    assert np.isfinite(whole.held_out).all()


def test_an_error_of_the_server_is_said_beside_the_runs_that_go_on(monkeypatch):
    begin = training.Training.begin
    monkeypatch.setattr(training.Training, "begin", lambda plan: begin(plan) if plan.settings == whole else 1 / 0)
    settings = SMALL.replace(experiment=RNN.replace(seed=3), kept=write_kept((BROKEN,)))
    whole = numbers.lessons(settings)[-1]
    said = say("learning", settings)
    assert "The computation broke off: ZeroDivisionError." in said.comparisons
    assert [found is None for found in curves(settings)] == [True, False]
    assert len(go.Figure(draw("learning", settings)).data) == 5


def test_weights_set_by_hand_are_said_to_be_left_aside():
    by_hand = SMALL.replace(experiment=Experiment(hidden_size=1, W_hh=(0.5,)))
    assert numbers.lessons(by_hand) == numbers.lessons(SMALL.replace(experiment=Experiment(hidden_size=1)))
    assert "Set by hand, but not trained: W_hh." in say("learning", by_hand).asides
    assert "by hand" not in say("learning", SMALL).asides


def test_the_curve_is_that_of_the_run():
    found = numbers_of("learning", SMALL)
    (run,), (seen,) = found.curves, found.watched.runs
    np.testing.assert_array_equal(run.at, [0, 25, 50])
    measured = [seen.records[0], *(chunk.measured for chunk in seen.records[1:])]
    np.testing.assert_allclose(run.held_out, [one.loss for one in measured])
    losses = np.concatenate([chunk.loss for chunk in seen.records[1:]])
    np.testing.assert_allclose(run.loss[run.update == 1], losses[0])
    assert run.loss.mean() == pytest.approx(losses.mean(), rel=0.3)
    assert run.log10_gradient.shape == (10, 3)


def test_what_a_lesson_asks_for_is_of_the_curves():
    settings = SMALL.replace(updates=200, kept=write_kept((BROKEN,)))
    found = numbers_of("learning", settings)
    told, (broken, whole) = numbers.measures(settings, found), found.curves
    # Adding over 10 steps, one of the last five numbers in sight: 1/5 of 1/12 and 4/5 of 1/6.
    assert told["baseline"] == pytest.approx(0.15)
    assert told["rnn.share"] == pytest.approx(100 * whole.held_out[-1] / 0.15)
    assert told["rnn.log10_ratio"] == whole.log10_gradient[0, -1] - whole.log10_gradient[-1, -1]
    assert told["rnn.solved"] == np.inf
    assert told["kept1.log10_largest"] == pytest.approx(broken.log10_norm[np.isfinite(broken.log10_norm)].max(), abs=1)


def test_what_is_solved_and_what_is_stuck_is_said():
    # Over ten steps an identity RNN can add, too: 150 to 175 updates on three seeds.
    easy = SMALL.replace(updates=400, experiment=RNN.replace(activation="relu", initializer="identity"))
    (run,) = curves(easy)
    said = say("learning", easy)
    assert 0 < run.solved <= 400
    assert said.sentence.startswith(f"RNN solved adding T=10 after {run.solved} updates")
    assert said.headline == "1 of 1 solved it"
    stuck = say("learning", SMALL.replace(train_rate=0.0001))
    assert stuck.headline == "0 of 1 solved it"
    (mine,) = (trial for trial in numbers_of("tried", easy).trials if trial.here)
    assert mine.solved == run.solved
    assert f"solved at {run.solved}" in draw("tried", easy)["data"][0]["text"][0]


def test_where_nothing_has_to_be_remembered_nobody_is_said_to_fail():
    # A sine of 25 steps comes again after 25: the present value is the answer.
    settings = SMALL.replace(task="sine", lag=25, task_length=30)
    said = say("learning", settings)
    assert said.headline == "Nothing to remember"
    assert "baseline" not in said.sentence
    low, high = draw("learning", settings)["layout"]["yaxis"]["range"]
    (run,) = curves(settings)
    assert low < np.log10(run.held_out).min() < high
    assert "Nothing" not in say("learning", settings.replace(lag=5)).headline


def test_the_route_answers_with_what_there_is_and_how_far_it_is():
    client = connect()
    query = SMALL.replace(experiment=RNN.replace(seed=77), updates=60, plain=False).to_query()
    answer = ask(client, f"/live/learning?{query}").json()
    while answer["course"]["reached"] < answer["course"]["target"]:
        answer = ask(client, f"/live/learning?{query}").json()
    assert answer["course"] == {"reached": 50, "target": 50, "chunk": 25, "over": False}
    training.forget()  # as after a restart
    again = ask(client, f"/live/learning?{query}").json()
    while again["course"]["reached"] < again["course"]["target"]:
        again = ask(client, f"/live/learning?{query}").json()
    assert again == answer


def test_a_search_is_played_generation_by_generation():
    settings = SMALL.replace(generations=1)
    (generation,) = numbers_of("search", settings).generations
    assert (np.diff(generation.fitness) >= 0).all()
    assert len(generation.genes) == 4
    assert "after 1 generation the best has loss" in say("search", settings).sentence
    individuals = go.Figure(draw("search", settings)).data[0]
    assert len(individuals.x) == 4


@pytest.mark.parametrize("claim", CLAIMS.values(), ids=lambda claim: claim.name)
def test_every_claim_counts_seeds_and_has_room_for_its_runs(claim):
    wanted = numbers.lessons(claim.settings)
    assert len(wanted) <= MAX_RUNS
    assert len(set(verdict.labels(wanted))) == len(wanted)
    assert "eeds" in claim.counts


def test_clipping_rescues_with_a_margin():
    unclipped, clipped = curves(CLAIMS["clip"].settings.replace(plain=True))
    assert 0 < clipped.solved <= 800
    assert unclipped.held_out.min() > 0.9 * numbers_of("learning", CLAIMS["clip"].settings).baseline


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
        ("cell=none", "kept: cell: expected one of"),
        ("train_rate=0", "kept: train_rate: expected a number from"),
    ):
        with pytest.raises(FieldError, match=said.replace("(", r"\(")):
            Settings(kept=text)
        settings, problems = Settings.repaired(f"kept={text.replace('=', '%3D')}")
        assert settings == Settings()
        assert len(problems) == 1


def test_runs_are_told_apart_by_what_differs():
    bias = [RNN.replace(cell="lstm", hyperparameters={"forget_bias": value}) for value in (0.0, 3.0)]
    kept = write_kept(tuple(Terms(experiment=experiment) for experiment in bias))
    labels = verdict.labels(numbers.lessons(SMALL.replace(kept=kept, train_clip=UNCLIPPED)))
    assert labels == ["LSTM, forget bias 0", "LSTM, forget bias 3", "RNN, no clipping"]
    chrono = Terms(experiment=RNN.replace(cell="lstm", hyperparameters={"chrono": 100.0}))
    assert verdict.name(chrono) == "LSTM, chrono memory 100, hidden size 8"


def test_a_run_that_never_got_below_the_baseline_is_at_it_or_above_it():
    found = SimpleNamespace(baseline=0.5)
    for losses, said in (
        ([0.9, 0.55], "RNN still at the baseline 0.5"),
        ([0.9, 2.0], "RNN at 2, above the baseline 0.5"),
        ([0.9, 0.2, 2.0], "RNN at 2, best 0.2"),
    ):
        assert verdict._unsolved("RNN", SimpleNamespace(broken=0, held_out=np.array(losses)), found) == said
