"""Courses: shared, in turn, only while somebody asks, and the same after a restart."""

import threading
import time
from typing import NamedTuple

import numpy as np
import pytest

from app.background import training as courses


class Counting(NamedTuple):
    """A plan that counts, and waits where it is told to."""

    name: str
    ends: int = 10**6
    fails: int = -1
    chunk: int = 10

    def begin(self):
        turns.append(self.name)
        return 0, f"{self.name}0"

    def advance(self, state):
        gate.wait(5)
        time.sleep(0.005)
        turns.append(self.name)
        if state + 1 == self.fails:
            raise ZeroDivisionError
        return (None if state + 1 == self.ends else state + 1), f"{self.name}{state + 1}"


turns: list[str] = []
gate = threading.Event()


@pytest.fixture(autouse=True)
def fresh():
    turns.clear()
    gate.set()
    courses.forget()
    yield
    courses.forget()


def ask(plan, updates):
    """All records of a course, asked for until they are there."""
    course = courses.course(plan)
    while len(course.records(updates) or ()) <= updates // plan.chunk and not course.over:
        time.sleep(0.002)
    return course.records(updates)


def test_what_is_asked_for_is_computed_and_no_more():
    assert ask(Counting("a"), 40) == ["a0", "a1", "a2", "a3", "a4"]
    time.sleep(0.05)
    assert courses.course(Counting("a")).reached == 40
    assert courses.course(Counting("a")).records(29) == ["a0", "a1", "a2"]


def test_equal_settings_share_one_course_and_a_restart_computes_it_again():
    first = ask(Counting("a"), 30)
    assert courses.course(Counting("a")) is courses.course(Counting("a"))
    assert turns.count("a") == 4
    courses.forget()
    assert ask(Counting("a"), 30) == first
    assert turns.count("a") == 8


def test_two_visitors_do_not_wait_for_one_anothers_whole_run():
    plans = [Counting(name) for name in "abcd"]  # more than there are workers
    followed = [courses.course(plan) for plan in plans]
    while courses.state(followed, 200).reached < 200:
        time.sleep(0.002)
    # When the first has half of it, the others have more than a quarter.
    half = [place for place, name in enumerate(turns) if name == "a"][10]
    assert all(turns[:half].count(name) > 5 for name in "bcd")


def test_nobody_asking_lets_it_stand_still(monkeypatch):
    monkeypatch.setattr(courses, "PATIENCE", 0.1)
    course = courses.course(Counting("a"))
    course.records(10**6)
    while course._under_way:
        time.sleep(0.01)
    stopped = course.reached
    time.sleep(0.05)
    assert course.reached == stopped < 10**6
    assert ask(Counting("a"), stopped + 20)[-1] == f"a{stopped // 10 + 2}"  # taken up where it stood


def test_who_wants_less_does_not_stop_who_wants_more(monkeypatch):
    monkeypatch.setattr(courses, "PATIENCE", 60)  # whatever else this machine does
    course = courses.course(Counting("a"))
    course.records(100)
    while course.reached < 100:
        course.records(10)
        time.sleep(0.002)


def test_an_ended_course_lets_the_others_go_on():
    followed = [courses.course(plan) for plan in (Counting("a", ends=2), Counting("b"))]
    while (state := courses.state(followed, 50)).reached < 50:
        time.sleep(0.002)
    assert followed[0].over
    assert len(followed[0].records(50)) == 3
    assert not state.over


def test_a_failure_is_a_sentence_and_no_page_waits_for_it():
    course = courses.course(Counting("a", fails=2))
    while courses.begun([course], 50, whole=True) is not None:
        time.sleep(0.002)
    assert course.failure == "The computation broke off: ZeroDivisionError."
    assert course.records(50) == ["a0", "a1"]


@pytest.mark.parametrize(("bound", "value"), [("MAX_COURSES", 3), ("MAX_SIZE", 3 * np.asarray("a0").nbytes)])
def test_memory_is_bounded(monkeypatch, bound, value):
    monkeypatch.setattr(courses, bound, value)
    for name in "abcdef":
        ask(Counting(name), 0)
    assert [course.plan.name for course in courses.all_courses()][-3:] == ["d", "e", "f"]
    assert len(courses.all_courses()) <= 4, "the newest has no size yet when the others are counted"
