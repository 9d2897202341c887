"""What may be asked next is compiled while nobody waits, once."""

from types import SimpleNamespace

import pytest

from app.background import warm_up
from app.background.answer import known, work
from app.page import figures
from app.settings import Settings
from cells.experiment import BUCKETS, Experiment


@pytest.fixture(autouse=True)
def at_once(monkeypatch):
    """Everything is done by whoever submits it, and nobody waits."""
    monkeypatch.setattr(warm_up, "_worker", SimpleNamespace(submit=lambda task, *args: task(*args)))
    monkeypatch.setattr(warm_up, "GRACE", 0)
    monkeypatch.setattr(warm_up, "idle", lambda: True)
    monkeypatch.setattr(warm_up, "_asked", {})
    monkeypatch.setenv("UNROLLED_WARM_UP", "1")


def test_every_cell_shown_is_compiled_at_every_length_with_its_activation_once():
    seen = []

    @work(compiles=lambda run: (run.cell, run.activation, run.bucket))
    def noted(run):
        seen.append((run.cell, run.hidden_size, run.activation, run.bucket))

    runs = [Experiment(cell="rnn", hidden_size=3, activation="relu", gain=2.0), Experiment(cell="gru", hidden_size=3)]
    for _visit in "ab":
        warm_up.ahead([noted], runs)
    cells = [("rnn", 3, "relu"), ("gru", 3, "tanh")]
    assert sorted(seen) == sorted((*cell, bucket) for cell in cells for bucket in BUCKETS)


def test_the_figure_of_the_next_page_is_begun_once():
    asked = []
    figure = figures()["gradient"]._replace(compute=lambda settings: asked.append(settings) or known(0))
    for _visit in "ab":
        warm_up.figure_ahead(figure, Settings())
    assert asked == [Settings()]


def test_nothing_is_compiled_ahead_where_that_is_switched_off(monkeypatch):
    monkeypatch.setenv("UNROLLED_WARM_UP", "0")
    monkeypatch.setattr(warm_up, "when_idle", lambda *_: pytest.fail("something was begun"))
    warm_up.ahead([work()(lambda run: None)], [Experiment()])
    warm_up.figure_ahead(figures()["gradient"], Settings())


def test_what_has_been_asked_for_is_not_remembered_without_bound(monkeypatch):
    monkeypatch.setattr(warm_up, "MOST", 3)
    for size in range(1, 9):
        warm_up.ahead([work()(lambda run: None)], [Experiment(hidden_size=size, length=9)])
    assert len(warm_up._asked) == 3
