"""Work done ahead keeps out of the reader's way."""

import threading
import time

import pytest

from app.background import answer as jobs
from app.background.answer import Job


@pytest.fixture
def clock(monkeypatch):
    """A clock that the test turns."""
    hands = [time.monotonic() + 60]
    monkeypatch.setattr(jobs.time, "monotonic", lambda: hands[0])
    return hands


def test_nothing_is_done_ahead_while_frames_are_asked_for(clock):
    assert jobs.idle()
    jobs.note_request()
    assert not jobs.idle()
    clock[0] += jobs.QUIET / 2
    jobs.note_request()
    clock[0] += jobs.QUIET * 0.9
    assert not jobs.idle()
    clock[0] += jobs.QUIET * 0.2
    assert jobs.idle()


def test_nothing_is_done_ahead_while_somebody_waits_for_work():
    begun, finish = threading.Event(), threading.Event()

    def work(report):
        begun.set()
        finish.wait(10)
        return 7

    job = Job(work)
    assert job.progress() == 0.0
    assert begun.wait(10)
    assert not jobs.idle()
    finish.set()
    while job.progress() is not None:
        time.sleep(0.002)
    assert job.answer() == 7
    assert not jobs._waiting


def test_what_nobody_asks_after_any_more_is_not_begun(clock):
    turns, finish, over = [], threading.Event(), threading.Event()
    jobs.begin(lambda: finish.wait(10))
    left, followed = (Job(lambda report, name=name: turns.append(name)) for name in ("left", "followed"))
    left.progress()
    followed.progress()
    clock[0] += jobs.PATIENCE * 1.1
    followed.progress()
    finish.set()
    jobs.begin(over.set)
    assert over.wait(10)
    assert turns == ["followed"]
    assert left.progress() == 0.0, "asked for again, it is begun again"
