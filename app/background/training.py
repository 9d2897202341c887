"""Training runs: answers that grow chunk by chunk while somebody asks, kept by their plans and shared by everybody.

A run is a pure function of its plan, so visitors with the same settings share one, and nothing is lost that cannot be
computed again: after a restart the same address gives the same curve. A figure of some runs computes

    watch(plans, settings.updates, whole=settings.plain)      # an answer: what exists of the first updates
    watch(...).then(lambda watched: ...)                      # ... and what the figure makes of it

A plan is frozen and hashable (see `Plan`; `Training` is the one for the loop in `cells.training`). Whoever wants more
asks again, several times a second: a run nobody has asked for in `PATIENCE` seconds stands still. One chunk at a time,
the runs that are wanted take turns on as many threads as there are cores. What breaks off is said, keeps what it has,
and goes on from there when somebody asks again.
"""

import logging
import math
import os
import threading
import time
from collections.abc import Hashable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple, Protocol

import jax

from app.background.answer import Answer, Store, size_of
from cells.training import loop

PATIENCE = 1.5
"""Seconds after which a run that nobody asks for stands still."""
AGAIN = (1.0, 60.0)
"""Seconds after which a run that broke off may be tried again: the first time, doubled each time, and at the most."""
MOST = 192 * 2**20
"""Bytes of the records of all runs together."""
logger = logging.getLogger(__name__)


class Plan(Hashable, Protocol):
    """What a run does.

    Attributes:
        chunk: updates a chunk, or whatever else is counted.
    """

    chunk: int

    def begin(self) -> tuple[Any, Any]:
        """(state, record) of the beginning; a record is what is kept for drawing, NumPy arrays."""

    def advance(self, state: Any) -> tuple[Any, Any]:
        """The same after the next chunk; a state of None ends the run."""


class Training(NamedTuple):
    """The plan of training a learner.

    Attributes:
        settings: plain hashable values; two plans with equal settings are the same run.
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


class TrainingRun:
    """One plan, as far as it has come."""

    def __init__(self, plan: Plan):
        """Nothing is done yet."""
        self.plan = plan
        self.failure = ""  # why it stands still, as a sentence
        self.over = False  # no more will come
        self._records: list[Any] = []
        self._bytes = 0
        self._state: Any = None
        self._wanted = 0  # chunks
        self._asked = -math.inf
        self._under_way = False
        self._failures = 0  # in a row
        self._failed = -math.inf
        self._lock = threading.Lock()

    @property
    def reached(self) -> int:
        """Updates done."""
        return max(len(self._records) - 1, 0) * self.plan.chunk

    @property
    def rests(self) -> bool:
        """Whether nothing more will come unless somebody asks anew: it is over, or has broken off."""
        return self.over or bool(self.failure)

    @property
    def nbytes(self) -> int:
        """Bytes of its records."""
        return self._bytes

    def ask(self, updates: int) -> "Seen":
        """What exists of the first updates, beginning and chunks; it goes on until it has come that far."""
        chunks, now = updates // self.plan.chunk, time.monotonic()
        with self._lock:
            if chunks >= self._wanted or now - self._asked > PATIENCE:  # who wants less gets it on the way
                self._wanted, self._asked = chunks, now
            if self.failure and now - self._failed > self._pause():
                self.failure = ""
            start = self._goes_on() and not self._under_way
            self._under_way |= start
            seen = Seen(self.plan, self._records[: chunks + 1], self.failure, self.rests)
        if start:
            self._take_turn()
        return seen

    def history(self) -> list[Any]:
        """All that exists; nobody's wish for more."""
        return list(self._records)

    def _pause(self) -> float:
        """Seconds after which it may be tried again."""
        first, longest = AGAIN
        return min(first * 2.0 ** min(self._failures - 1, 30), longest)

    def _goes_on(self) -> bool:
        return not self.rests and len(self._records) <= self._wanted and time.monotonic() - self._asked < PATIENCE

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
            state, record = self.plan.advance(self._state) if self._records else self.plan.begin()
        except Exception as error:
            logger.exception("A training run broke off.")
            with self._lock:
                self._failures, self._failed = self._failures + 1, time.monotonic()
                self.failure = f"The computation broke off: {type(error).__name__}."
        else:
            with self._lock:
                self._state, self.over, self._failures = state, state is None, 0
                self._records.append(record)
                self._bytes += size_of(record)
            _runs.measure(self.plan)
        with self._lock:
            self._under_way = self._goes_on()
        if self._under_way:
            self._take_turn()


class State(NamedTuple):
    """How far the runs of one figure have come, for the player.

    Attributes:
        reached: updates that all of them have done, or would have if they had not ended: what is drawn.
        target: updates asked for, in whole chunks.
        chunk: updates a chunk.
        over: whether no run will go on.
    """

    reached: int
    target: int
    chunk: int
    over: bool


class Seen(NamedTuple):
    """What one run has come to at one moment.

    Attributes:
        plan: of the run.
        records: beginning and chunks, none beyond what is drawn.
        failure: why it stands still, as a sentence; empty if it does not.
        rests: whether nothing more will come unless somebody asks anew.
    """

    plan: Plan
    records: list[Any]
    failure: str
    rests: bool


class Watched(NamedTuple):
    """The runs of a figure at one moment.

    Attributes:
        state: how far they are.
        runs: what each has come to.
    """

    state: State
    runs: list[Seen]


def run(plan: Plan) -> TrainingRun:
    """The run of a plan: the one there is, or a new one."""
    return _runs.get_or_make(plan, lambda: TrainingRun(plan))


def watch(plans: Iterable[Plan], updates: int, *, whole: bool = False) -> Answer[Watched]:
    """What exists of the first updates of some runs, all at the same moment.

    Args:
        plans: of the runs.
        updates: wanted; asking for the answer lets the runs go on.
        whole: the answer is there when all updates are, not when there is a beginning: for pages without the player.
    """
    return _Watch([run(plan) for plan in plans], updates, whole)


class _Watch(Answer[Watched]):
    def __init__(self, runs: list[TrainingRun], updates: int, whole: bool):
        self._runs, self._updates, self._whole = runs, updates, whole
        self._watched: Watched | None = None

    def ask(self) -> float | None:
        if self._watched is not None:
            return None
        seen = [one.ask(self._updates) for one in self._runs]
        begun = [bool(one.records) or one.rests for one in seen]
        if not all(begun):
            return 0.0 if self._whole else 0.5 * sum(begun) / len(begun)
        watched = _at_one_moment(seen, self._updates)
        if self._whole and watched.state.reached < watched.state.target:
            return watched.state.reached / watched.state.target
        self._watched = watched
        return None

    def value(self) -> Watched:
        while self.ask() is not None:
            time.sleep(0.02)
        return self._watched


def _at_one_moment(seen: list[Seen], updates: int) -> Watched:
    """Runs as far as all of them have come; one that rests holds up none of the others."""
    chunk = max(one.plan.chunk for one in seen)
    target = updates // chunk * chunk
    done = [
        target if one.rests else min((len(one.records) - 1) * one.plan.chunk // chunk * chunk, target) for one in seen
    ]
    state = State(min(done), target, chunk, all(one.rests for one in seen))
    drawn = [one._replace(records=one.records[: state.reached // one.plan.chunk + 1]) for one in seen]
    return Watched(state, drawn)


def all_runs() -> list[TrainingRun]:
    """Every run kept, the last one asked for at the end."""
    return _runs.values()


def forget() -> None:
    """Drop all runs, as a restart of the server would; for tests."""
    _runs.forget()


def close() -> None:
    """Begin nothing more, so that the process can end."""
    _workers.shutdown(wait=False, cancel_futures=True)


_runs: Store[Plan, TrainingRun] = Store(MOST, lambda run: size_of(run.plan) + run.nbytes)
_workers = ThreadPoolExecutor(max_workers=os.cpu_count() or 2, thread_name_prefix="training")
