"""Courses: work that goes on chunk by chunk, such as training, kept by its settings and shared by everybody.

A course is a pure function of its plan, so visitors with the same settings share one, and nothing is lost that cannot
be computed again: after a restart the same address gives the same curve.

To add one, write a frozen, hashable plan (see `Plan`; `Training` is the one for the loop in `cells.training`), then:

    course = courses.course(plan)            # the one there is, or a new one
    records = course.records(300)            # what exists of the first 300 updates, and the wish that there be more
    if records is None: ...                  # not even the beginning: course.failure says why, or it is being compiled

`records[0]` is the beginning, and every later one a chunk. Whoever wants more asks again, several times a second: a
course nobody has asked for in `PATIENCE` seconds stands still. One chunk at a time, the courses that are wanted take
turns on as many threads as there are cores.

On a page, a frame hands the player (`live/player.js`) what `state` returns, as its `more`: see there.
"""

import logging
import math
import os
import threading
import time
from collections import OrderedDict
from collections.abc import Hashable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple, Protocol

import jax
import numpy as np

from cells.training import loop

PATIENCE = 1.5
"""Seconds after which a course that nobody asks for stands still."""
MAX_COURSES = 256
"""Courses kept; the one not asked for the longest goes first."""
MAX_SIZE = 512 * 2**20
"""Bytes of all their records together; beyond it they go in the same order."""
logger = logging.getLogger(__name__)


class Plan(Hashable, Protocol):
    """What a course does.

    Attributes:
        chunk: updates a chunk, or whatever else is counted.
    """

    chunk: int

    def begin(self) -> tuple[Any, Any]:
        """(state, record) of the beginning; a record is what is kept for drawing, NumPy arrays."""

    def advance(self, state: Any) -> tuple[Any, Any]:
        """The same after the next chunk; a state of None ends the course."""


class Training(NamedTuple):
    """The plan of training a learner.

    Attributes:
        settings: plain hashable values; two plans with equal settings are the same course.
        chunk: updates a chunk, the learner's.
    """

    settings: Any
    chunk: int = 25

    def begin(self) -> tuple[loop.Run, Any]:
        """The settings say how: `settings.learner()`, `settings.optimiser()` and `settings.seed`."""
        run = loop.start(self.settings.learner(), self.settings.optimiser(), self.settings.seed)
        return run, jax.device_get(run.measured)

    def advance(self, state: loop.Run) -> tuple[loop.Run | None, loop.Chunk]:
        """The next chunk; a run that broke ends with it."""
        run, chunk = loop.advance(state)
        return None if chunk.broken else run, jax.device_get(chunk)


class Course:
    """One plan, as far as it has come."""

    def __init__(self, plan: Plan):
        """Nothing is done yet."""
        self.plan = plan
        self.failure = ""  # why it cannot go on, as a sentence
        self.size = 0  # bytes of its records
        self._records: list[Any] = []
        self._state: Any = None
        self._wanted = 0  # chunks
        self._asked = -math.inf
        self._under_way = False
        self._over = False
        self._lock = threading.Lock()

    @property
    def reached(self) -> int:
        """Updates done."""
        return max(len(self._records) - 1, 0) * self.plan.chunk

    @property
    def over(self) -> bool:
        """Whether no more will come."""
        return self._over

    def records(self, updates: int) -> list[Any] | None:
        """What exists of the first updates, beginning and chunks; None before there is a beginning.

        The course goes on until it has come that far, as long as somebody keeps asking.
        """
        chunks, now = updates // self.plan.chunk, time.monotonic()
        with self._lock:
            if chunks >= self._wanted or now - self._asked > PATIENCE:  # who wants less gets it on the way
                self._wanted, self._asked = chunks, now
            start = self._goes_on() and not self._under_way
            self._under_way |= start
        if start:
            self._take_turn()
        return self._records[: chunks + 1] or None

    def beginning(self) -> Any | None:
        """The first record if there is one; nobody's wish for more."""
        return self._records[0] if self._records else None

    def history(self) -> list[Any]:
        """All that exists; nobody's wish for more."""
        return list(self._records)

    def _goes_on(self) -> bool:
        return not self._over and len(self._records) <= self._wanted and time.monotonic() - self._asked < PATIENCE

    def _take_turn(self) -> None:
        try:
            _workers.submit(self._turn)
        except RuntimeError:  # the process ends
            self._under_way = False

    def _turn(self) -> None:
        with self._lock:  # while it waited for its turn, everybody may have gone
            self._under_way = self._goes_on()
        if not self._under_way:
            return
        try:
            self._state, record = self.plan.advance(self._state) if self._records else self.plan.begin()
            self._over = self._state is None
            self._records.append(record)
            self.size += sum(np.asarray(leaf).nbytes for leaf in jax.tree.leaves(record))
        except Exception as error:
            logger.exception("A course broke off.")
            self.failure = f"The computation broke off: {type(error).__name__}."
            self._over = True
        with self._lock:
            self._under_way = self._goes_on()
        if self._under_way:
            self._take_turn()


class State(NamedTuple):
    """How far the courses of one figure have come, for the player.

    Attributes:
        reached: updates that all of them have done, or would have if they had not ended: what is drawn.
        target: updates asked for, in whole chunks.
        chunk: updates a chunk.
        over: whether no course will go on.
    """

    reached: int
    target: int
    chunk: int
    over: bool


def course(plan: Plan) -> Course:
    """The course of a plan: the one there is, or a new one."""
    with _lock:
        found = _courses.get(plan) or Course(plan)
        _courses[plan] = found
        _courses.move_to_end(plan)
        size = sum(one.size for one in _courses.values())
        while len(_courses) > MAX_COURSES or (size > MAX_SIZE and len(_courses) > 1):
            size -= _courses.popitem(last=False)[1].size
        return found


def all_courses() -> list[Course]:
    """Every course kept, the last one asked for at the end."""
    with _lock:
        return list(_courses.values())


def forget() -> None:
    """Drop all courses, as a restart of the server would; for tests."""
    with _lock:
        _courses.clear()


def state(followed: Iterable[Course], updates: int) -> State:
    """How far some courses have come towards a number of updates; asking for it lets them go on."""
    followed = list(followed)
    chunk = max(one.plan.chunk for one in followed)
    target = updates // chunk * chunk
    done = []
    for one in followed:
        one.records(target)
        done.append(target if one.over else min(one.reached // chunk * chunk, target))
    return State(min(done), target, chunk, all(one.over for one in followed))


def begun(followed: Iterable[Course], updates: int, *, whole: bool = False) -> float | None:
    """None once all courses have a beginning, or, if the whole is asked for, as many updates; before, the share done.

    This is what a frame's `progress` answers; `whole` is for pages without the player, `picture.plain`.
    """
    followed = list(followed)
    there = [one.records(updates) is not None or one.over for one in followed]
    if whole and all(there):
        found = state(followed, updates)
        return None if found.reached >= found.target else found.reached / found.target
    return None if all(there) else 0.5 * sum(there) / len(there) if not whole else 0.0


_courses: OrderedDict[Plan, Course] = OrderedDict()
_lock = threading.Lock()
_workers = ThreadPoolExecutor(max_workers=os.cpu_count() or 2, thread_name_prefix="course")
