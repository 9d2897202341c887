"""Training runs: shared, in turn, only while somebody asks, the same after a restart, tried again after an error."""

import threading
import time
from typing import NamedTuple

import pytest

from app.background import training
from app.background.answer import Store, size_of


class Counting(NamedTuple):
    """A plan that counts, and waits where it is told to."""

    name: str
    ends: int = 10**6
    fails: int = -1
    chunk: int = 10

    def begin(self):
        turns.append(self.name)
        self._break(0)
        return 0, f"{self.name}0"

    def advance(self, state):
        gate.wait(5)
        time.sleep(0.005)
        turns.append(self.name)
        self._break(state + 1)
        return (None if state + 1 == self.ends else state + 1), f"{self.name}{state + 1}"

    def _break(self, count):
        if count == self.fails and faults:
            faults.pop()
            raise ZeroDivisionError


turns: list[str] = []
faults: list[None] = []  # as many times does a plan fail where it fails
gate = threading.Event()


@pytest.fixture(autouse=True)
def fresh():
    turns.clear()
    faults[:] = [None] * 10**3
    gate.set()
    training.forget()
    yield
    training.forget()


def ask(plan, updates):
    """All records of a run, asked for until they are there."""
    return watched([plan], updates).runs[0].records


def watched(plans, updates):
    return training.watch(plans, updates, whole=True).value()


def reached(plans, updates):
    """How far runs are, of which all have a beginning."""
    answer = training.watch(plans, updates)
    return answer.value().state


def test_what_is_asked_for_is_computed_and_no_more():
    assert ask(Counting("a"), 40) == ["a0", "a1", "a2", "a3", "a4"]
    time.sleep(0.05)
    assert training.run(Counting("a")).reached == 40
    assert ask(Counting("a"), 29) == ["a0", "a1", "a2"]


def test_equal_settings_share_one_run_and_a_restart_computes_it_again():
    first = ask(Counting("a"), 30)
    assert training.run(Counting("a")) is training.run(Counting("a"))
    assert turns.count("a") == 4
    training.forget()
    assert ask(Counting("a"), 30) == first
    assert turns.count("a") == 8


def test_two_visitors_do_not_wait_for_one_anothers_whole_run():
    plans = [Counting(name) for name in "abcd"]  # more than there are workers
    while reached(plans, 200).reached < 200:
        time.sleep(0.002)
    # When the first has half of it, the others have more than a quarter.
    half = [place for place, name in enumerate(turns) if name == "a"][10]
    assert all(turns[:half].count(name) > 5 for name in "bcd")


def test_nobody_asking_lets_it_stand_still(monkeypatch):
    monkeypatch.setattr(training, "PATIENCE", 0.1)
    run = training.run(Counting("a"))
    run.ask(10**6)
    while run._under_way:
        time.sleep(0.01)
    stopped = run.reached
    time.sleep(0.05)
    assert run.reached == stopped < 10**6
    assert ask(Counting("a"), stopped + 20)[-1] == f"a{stopped // 10 + 2}"  # taken up where it stood


def test_who_wants_less_does_not_stop_who_wants_more(monkeypatch):
    monkeypatch.setattr(training, "PATIENCE", 60)  # whatever else this machine does
    run = training.run(Counting("a"))
    run.ask(100)
    while run.reached < 100:
        run.ask(10)
        time.sleep(0.002)


def test_an_ended_run_lets_the_others_go_on():
    found = watched([Counting("a", ends=2), Counting("b")], 50)
    assert [one.rests for one in found.runs] == [True, False]
    assert [len(one.records) for one in found.runs] == [3, 6]
    assert found.state == training.State(50, 50, 10, over=False)


def test_an_answer_keeps_to_its_moment():
    gate.clear()
    plans = [Counting("a"), Counting("b", chunk=5)]
    answer = training.watch(plans, 20)
    before = answer.value()
    gate.set()
    assert [one.records for one in watched(plans, 20).runs] == [["a0", "a1", "a2"], ["b0", "b1", "b2", "b3", "b4"]]
    assert answer.value() is before
    assert before.state == training.State(0, 20, 10, over=False)
    assert [one.records for one in before.runs] == [["a0"], ["b0"]]


@pytest.mark.parametrize(("fails", "kept"), [(2, ["a0", "a1"]), (0, [])])
def test_a_failure_is_a_sentence_and_no_page_waits_for_it(fails, kept):
    found = watched([Counting("a", fails=fails)], 50)
    assert found.runs[0].failure == "The computation broke off: ZeroDivisionError."
    assert found.runs[0].records == kept
    assert found.state.over


@pytest.mark.parametrize("fails", [0, 3])
def test_a_run_that_broke_off_goes_on_from_there_when_somebody_asks_again_after_a_pause(monkeypatch, fails):
    monkeypatch.setattr(training, "AGAIN", (0.3, 0.3))
    faults[:] = [None]
    plan = Counting("a", fails=fails)
    assert watched([plan], 50).runs[0].failure
    assert watched([plan], 50).runs[0].failure, "not at once"
    time.sleep(0.35)
    found = watched([plan], 50)
    assert found.runs[0].failure == ""
    assert found.runs[0].records == ["a0", "a1", "a2", "a3", "a4", "a5"]
    assert len(turns) == 7, "each chunk once, the one that failed twice"


def test_what_fails_again_and_again_is_tried_ever_more_rarely():
    run, (first, longest) = training.run(Counting("a")), training.AGAIN
    run._failures = 1
    assert run._pause() == first
    run._failures = 3
    assert run._pause() == 4 * first
    run._failures = 10**4
    assert run._pause() == longest


def test_memory_is_bounded(monkeypatch):
    room = 3 * (size_of(Counting("a")) + size_of("a0"))
    monkeypatch.setattr(training, "_runs", Store(room, training._runs._size))
    for name in "abcdef":
        ask(Counting(name), 0)
    assert [run.plan.name for run in training.all_runs()] == ["d", "e", "f"]
    assert training._runs.bytes == room
