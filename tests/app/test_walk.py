"""How many files one move of a slider visits: what a reader has to open who follows it."""

import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from app.background import training
from app.live import routes
from tests.app.pages import ask, connect

ROOT = Path(__file__).parents[2]
FRAME = "/live/gradient?overlay=rnn,gru,lstm&gain="
UPDATE = "/live/learning?overlay=rnn&hidden_size=8&task_length=10&updates="


def files_visited(address, monkeypatch):
    """Files of the project whose functions are called while a figure is asked for, in the order they are entered."""
    visited = {}

    def note(frame, event, argument):
        path = Path(frame.f_code.co_filename)
        if event == "call" and {ROOT / "app", ROOT / "cells"} & set(path.parents):
            visited[path.relative_to(ROOT).as_posix()] = None

    def watched(request):
        sys.setprofile(note)
        try:
            return answered(request)
        finally:
            sys.setprofile(None)

    answered = routes._frame
    monkeypatch.setattr(routes, "_frame", watched)
    assert "figure" in connect().get(address).json()
    return list(visited)


DRAWING = {
    f"cells/{name}.py" for name in ("keys", "initializers", "base", "activations", "zoo/rnn", "zoo/gru", "zoo/lstm")
}
"""What draws the weights of three cells."""


def test_a_move_of_the_gain_visits_no_more_than_sixteen_files(monkeypatch):
    client = connect()
    for gain in (1.1, 1.2):
        ask(client, f"{FRAME}{gain}")
    visited = files_visited(f"{FRAME}1.31", monkeypatch)
    assert len(visited) <= 16, "\n".join(visited)


@pytest.fixture
def at_once(monkeypatch):
    """Training is done by whoever asks, so that what it calls is seen."""
    monkeypatch.setattr(training, "_workers", SimpleNamespace(submit=lambda turn: turn()))


def test_an_update_of_training_visits_no_more_than_twenty_files(at_once, monkeypatch):
    client = connect()
    for updates in (25, 50):
        ask(client, f"{UPDATE}{updates}")
    visited = files_visited(f"{UPDATE}75", monkeypatch)
    assert "cells/training/loop.py" in visited
    assert len(visited) <= 20, "\n".join(visited)
