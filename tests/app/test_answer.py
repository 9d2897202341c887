"""Answers: done once, in their lane, kept while there is room; work ahead keeps out of the reader's way."""

import threading
import time

import numpy as np
import pytest

from app.background import answer as answers
from app.background.answer import Store, known, report, size_of, together, work


@pytest.fixture
def clock(monkeypatch):
    """A clock that the test turns."""
    hands = [time.monotonic() + 60]
    monkeypatch.setattr(answers.time, "monotonic", lambda: hands[0])
    return hands


def finished(answer):
    while answer.ask() is not None:
        time.sleep(0.002)
    return answer.value()


def test_nothing_is_done_ahead_while_frames_are_asked_for(clock):
    assert answers.idle()
    answers.note_request()
    assert not answers.idle()
    clock[0] += answers.QUIET / 2
    answers.note_request()
    clock[0] += answers.QUIET * 0.9
    assert not answers.idle()
    clock[0] += answers.QUIET * 0.2
    assert answers.idle()


def test_nothing_is_done_ahead_while_somebody_waits_for_work():
    begun, finish = threading.Event(), threading.Event()

    @work(quick=-1)
    def slow():
        begun.set()
        finish.wait(10)
        return 7

    assert slow().ask() == 0.0
    assert begun.wait(10)
    assert not answers.idle()
    finish.set()
    assert finished(slow()) == 7
    assert not answers._waiting


def test_what_nobody_asks_after_any_more_is_not_begun(clock):
    turns, finish, over = [], threading.Event(), threading.Event()

    @work(lane="long", quick=-1)
    def noted(name):
        turns.append(name)

    answers.begin(lambda: finish.wait(10), "long")
    noted("left").ask()
    noted("followed").ask()
    clock[0] += answers.PATIENCE * 1.1
    noted("followed").ask()
    finish.set()
    answers.begin(over.set, "long")
    assert over.wait(10)
    assert turns == ["followed"]
    assert noted("left").ask() == 0.0, "asked for again, it is begun again"


def test_a_short_piece_of_work_never_waits_behind_a_long_one():
    finish = threading.Event()

    @work(lane="long", quick=-1)
    def scoreboard():
        return finish.wait(10)

    @work(quick=-1)
    def frame():
        return "there"

    assert scoreboard().ask() == 0.0
    assert finished(frame()) == "there"
    assert scoreboard().ask() == 0.0
    finish.set()
    assert finished(scoreboard())


def test_equal_arguments_are_one_answer_and_quick_work_is_done_while_one_asks():
    calls = []

    @work()
    def double(number):
        calls.append(number)
        return 2 * number

    assert double.there(4) is None
    assert double(4).ask() is None
    assert (double(4).value(), double.there(4), double.now(4), calls) == (8, 8, 8, [4])


def test_what_must_be_compiled_first_or_costs_much_is_done_beside_the_server():
    threads = []

    @work(compiles=lambda size, _number: size, cost=lambda _size, number: number, quick=10)
    def noted(size, number):
        threads.append(threading.current_thread())

    for arguments in ((1, 1), (1, 2), (2, 1), (1, 50)):
        finished(noted(*arguments))
    here = threading.current_thread()
    assert [thread is here for thread in threads] == [False, True, False, False]


def test_what_two_readers_need_is_compiled_by_one_of_them():
    under_way, most = [], []

    @work(compiles=lambda number: "one program", quick=0)
    def compiling(number):
        under_way.append(number)
        most.append(len(under_way))
        time.sleep(0.05)
        under_way.remove(number)
        return number

    both = together([compiling(1), compiling(2)])
    assert finished(both) == [1, 2]
    assert max(most) == 1


def test_progress_is_told_and_answers_are_joined():
    step = threading.Event()

    @work(quick=-1)
    def halves():
        report(0.5)
        step.wait(10)
        return 1

    both = together([halves(), known(2)]).then(lambda found: known(sum(found)).then(lambda total: total + 10))
    shares = {both.ask()}
    while max(shares) < 0.5:
        time.sleep(0.002)
        shares.add(both.ask())
    assert all(0 <= share < 1 for share in shares)
    step.set()
    assert finished(both) == 13


def test_work_that_breaks_off_says_so_once_and_is_tried_again():
    tries = []

    @work(quick=-1)
    def shaky():
        tries.append(1)
        if len(tries) == 1:
            raise OSError("a passing error")
        return "there"

    with pytest.raises(OSError, match="a passing error"):
        finished(shaky())
    assert finished(shaky()) == "there"


def test_what_has_been_let_go_is_not_there_and_whoever_holds_it_keeps_it(monkeypatch):
    monkeypatch.setattr(answers, "_answers", Store(3000, answers._size))

    @work()
    def row(number):
        return np.full(100, number)

    held = row(0)
    assert held.ask() is None
    for number in range(1, 10):
        row(number).ask()
    assert row.there(0) is None
    assert row.there(9)[0] == 9
    assert held.value()[0] == 0
    assert answers.kept().bytes <= 3000


def test_a_store_is_bounded_in_bytes_and_lets_go_what_was_asked_for_longest_ago():
    store = Store(2500)
    for name in "abc":
        store.put(name, np.zeros(100))  # 864 bytes each
    assert store.get("a") is None
    assert store.get("b") is not None
    store.put("d", np.zeros(100))
    assert [store.get(name) is None for name in "bcd"] == [False, True, False]
    store.put("large", np.zeros(10_000))
    assert len(store) == 1


def test_bytes_are_counted_through_tuples_mappings_and_texts():
    value = {"a": (np.zeros(10), [np.zeros(5)]), "b": "text"}
    assert size_of(value) >= 15 * 8 + 4
