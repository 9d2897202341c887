"""Answers: slow work, asked for by its arguments, done once and kept while there is room.

Work is a plain function with hashable arguments:

    @work(compiles=shape, cost=lambda experiment: experiment.length)
    def flow(experiment: Experiment) -> Flow: ...

    answer = flow(experiment)      # nothing is done yet
    answer.ask()                   # the share done; None once the value is there
    answer.value()                 # the value
    flow.there(experiment)         # the value if it is there, None otherwise: never computes

Whoever asks again and again meets the answer when it is there. What is quick is done while one asks; the rest is done
beside the server, in one of several lanes, so that a short piece of work never waits behind a long one. An answer that
has been let go is not there any more, and is asked for anew; whoever holds it keeps its value. `then` and `together`
make one answer of several.
"""

import dataclasses
import inspect
import logging
import os
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from typing import Any, Generic, TypeVar

from cells.programs import let_go

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")
Other = TypeVar("Other")

PATIENCE = 5.0
"""Seconds after which work that nobody asks after any more is dropped."""
QUIET = 0.5
"""Seconds without a request after which no finger is on a slider."""
MOST = 128 * 2**20
"""Bytes of all answers together."""
LEAST = 64
"""Bytes that any value counts at least."""
LANES = {"short": os.cpu_count() or 2, "long": 1, "trained": 1}
"""Threads of each lane: "short" for what a reader waits for, "long" for many seconds, "trained" for many minutes."""
logger = logging.getLogger(__name__)


class Answer(Generic[Value]):
    """A value that may not be there yet."""

    def ask(self) -> float | None:
        """The share done, from 0 to 1; None once the value is there. The first call starts the work.

        Raises:
            Exception: what the work broke off with; whoever asks after that starts it again.
        """
        raise NotImplementedError

    def value(self) -> Value:
        """The value; where it is not there yet, the caller does the work or waits for it."""
        raise NotImplementedError

    def then(self, function: Callable[[Value], "Answer[Other] | Other"]) -> "Answer[Other]":
        """What a function makes of the value: another value, or another answer."""
        return _Then(self, function)


def together(answers: Iterable[Answer[Value]]) -> Answer[list[Value]]:
    """One answer of several: the list of their values."""
    return _Together(list(answers))


def known(value: Value) -> Answer[Value]:
    """An answer that is there from the beginning."""
    return _Known(value)


class Work(Generic[Value]):
    """A function whose answers are kept, see `work`."""

    def __init__(
        self,
        function: Callable[..., Value],
        *,
        lane: str,
        compiles: Callable[..., Hashable] | None,
        cost: Callable[..., float],
        quick: float,
    ):
        """Nothing has been asked for yet."""
        self.function, self.lane = function, lane
        self._compiles, self._cost, self._quick = compiles, cost, quick
        self.__name__, self.__doc__ = function.__name__, function.__doc__
        self._usual = [parameter.default for parameter in inspect.signature(function).parameters.values()]

    def __call__(self, *args: Any) -> Answer[Value]:
        """The answer for these arguments: the one there is, or a new one; what is left out has its default."""
        args = self._whole(args)
        return _answers.get_or_make((self, args), lambda: _Worked(self, args))

    def now(self, *args: Any) -> Value:
        """The value; the caller waits for it."""
        return self(*args).value()

    def there(self, *args: Any) -> Value | None:
        """The value if it is there; nothing is computed."""
        found = _answers.get((self, self._whole(args)))
        return found.value() if found is not None and found.done else None

    def is_quick(self, *args: Any) -> bool:
        """Whether it is done while one asks: all is compiled, and it costs little."""
        return self.is_compiled(*args) and self._cost(*self._whole(args)) <= self._quick

    def is_compiled(self, *args: Any) -> bool:
        """Whether work of the same shape has been done before."""
        return self._compiles is None or _compiled.get((self, self._compiles(*self._whole(args)))) == let_go()

    def note_done(self, *args: Any) -> None:
        """Remember that what these arguments need has been compiled."""
        if self._compiles is not None:
            _compiled[(self, self._compiles(*self._whole(args)))] = let_go()

    def turn(self, *args: Any) -> AbstractContextManager:
        """What lets one at a time compile what these arguments need; the others then find it compiled."""
        if self.is_compiled(*args):
            return nullcontext()
        with _guard:
            return _turns.setdefault((self, self._compiles(*self._whole(args))), threading.RLock())

    def _whole(self, args: tuple[Any, ...]) -> tuple[Any, ...]:
        left_out = self._usual[len(args) :]
        return (*args, *(value for value in left_out if value is not inspect.Parameter.empty))


def work(
    *,
    lane: str = "short",
    compiles: Callable[..., Hashable] | None = None,
    cost: Callable[..., float] = lambda *args: 0.0,
    quick: float = 0.0,
) -> Callable[[Callable[..., Value]], Work[Value]]:
    """Make a function give answers.

    Args:
        lane: where it is done if it is not quick, see `LANES`.
        compiles: of the arguments, what decides the programs it needs; the first of each kind is never quick. None
            where it needs none.
        cost: of the arguments, in any unit.
        quick: the largest cost of what is done while one asks.
    """
    return lambda function: Work(function, lane=lane, compiles=compiles, cost=cost, quick=quick)


def report(share: float) -> None:
    """Tell, from inside some work, the share done, from 0 to 1; where nobody asks any more, the work ends here."""
    answer = getattr(_here, "answer", None)
    if answer is not None:
        answer.report(share)


class _Dropped(BaseException):
    """Nobody waits for this any more."""


class _Worked(Answer[Value]):
    """One piece of work, done once, by whoever needs it first."""

    def __init__(self, work: Work[Value], args: tuple[Any, ...]):
        self.work, self.args = work, args
        self.done = False
        self._value: Value | None = None
        self._lock = threading.RLock()
        self._share = 0.0
        self._asked = 0.0
        self._begun = False
        self._error: Exception | None = None

    def ask(self) -> float | None:
        if self.done:
            return None
        if self._error is not None:
            error, self._error = self._error, None
            raise error
        self._asked = time.monotonic()
        if not self._begun and self.work.is_quick(*self.args):
            self.value()
            return None
        if not self._begun:
            self._begun = True
            _waiting.add(id(self))
            begin(self._beside, self.work.lane)
        return self._share

    def value(self) -> Value:
        if not self.done:
            with self._lock, self.work.turn(*self.args):
                if not self.done:
                    self._value = self.work.function(*self.args)
                    self.work.note_done(*self.args)
                    self.done = True
            _answers.measure((self.work, self.args))
        return self._value

    def report(self, share: float) -> None:
        self._share = share
        if time.monotonic() - self._asked > PATIENCE:
            raise _Dropped

    def _beside(self) -> None:
        before = getattr(_here, "answer", None)
        _here.answer = self
        try:
            self.report(self._share)  # it may have waited its turn longer than its reader
            self.value()
        except _Dropped:
            self._share = 0.0
        except Exception as error:
            logger.exception("%s broke off.", self.work.__name__)
            self._error, self._share = error, 0.0
        finally:
            _here.answer = before
            _waiting.discard(id(self))
            self._begun = False


class _Known(Answer[Value]):
    def __init__(self, value: Value):
        self._value = value

    def ask(self) -> None:
        return None

    def value(self) -> Value:
        return self._value


class _Together(Answer[list[Value]]):
    def __init__(self, answers: Sequence[Answer[Value]]):
        self._answers = answers

    def ask(self) -> float | None:
        shares = [answer.ask() for answer in self._answers]
        if all(share is None for share in shares):
            return None
        return sum(1.0 if share is None else share for share in shares) / len(shares)

    def value(self) -> list[Value]:
        return [answer.value() for answer in self._answers]


class _Then(Answer[Other]):
    FIRST = 0.7
    """Share of the first of two answers."""

    def __init__(self, first: Answer[Value], function: Callable[[Value], Answer[Other] | Other]):
        self._first, self._function = first, function
        self._second: Answer[Other] | None = None

    def ask(self) -> float | None:
        if self._second is None:
            share = self._first.ask()
            if share is not None:
                return self.FIRST * share
        share = self._following().ask()
        return None if share is None else self.FIRST + (1 - self.FIRST) * share

    def value(self) -> Other:
        return self._following().value()

    def _following(self) -> Answer[Other]:
        if self._second is None:
            found = self._function(self._first.value())
            self._second = found if isinstance(found, Answer) else known(found)
        return self._second


def size_of(value: Any) -> int:
    """Bytes of the arrays and texts in a value, through tuples, mappings and dataclasses."""
    if hasattr(value, "nbytes"):
        return LEAST + value.nbytes
    if isinstance(value, str | bytes):
        return LEAST + len(value)
    if isinstance(value, Mapping):
        return LEAST + sum(size_of(item) for item in value.values())
    if isinstance(value, tuple | list):
        return LEAST + sum(map(size_of, value))
    if dataclasses.is_dataclass(value):
        return LEAST + sum(size_of(getattr(value, field.name)) for field in dataclasses.fields(value))
    return LEAST


class Store(Generic[Key, Value]):
    """Values by key, for all threads, bounded in bytes: what nobody has asked for the longest goes first.

    Args of the constructor:
        most: bytes that all values together may have; the last one asked for always stays.
        size: bytes of a value.
    """

    def __init__(self, most: int, size: Callable[[Value], int] = size_of):
        """Nothing is kept yet."""
        self._most, self._size = most, size
        self._values: OrderedDict[Key, Value] = OrderedDict()
        self._sizes: dict[Key, int] = {}
        self._bytes = 0
        self._lock = threading.RLock()

    def __len__(self) -> int:
        return len(self._values)

    @property
    def bytes(self) -> int:
        """Bytes kept."""
        return self._bytes

    def get(self, key: Key) -> Value | None:
        """The value of a key, None where it is not there; it has been asked for."""
        with self._lock:
            if key in self._values:
                self._values.move_to_end(key)
            return self._values.get(key)

    def get_or_make(self, key: Key, make: Callable[[], Value]) -> Value:
        """The value of a key: the one there is, or a new one."""
        with self._lock:
            found = self.get(key)
            return self.put(key, make()) if found is None else found

    def put(self, key: Key, value: Value) -> Value:
        """Keep a value."""
        with self._lock:
            self._values[key] = value
            self._values.move_to_end(key)
            self.measure(key)
        return value

    def measure(self, key: Key) -> None:
        """Count a value that has grown once more, and let others go where there is no room for it."""
        with self._lock:
            if key not in self._values:
                return
            self._bytes -= self._sizes.get(key, 0)
            self._sizes[key] = self._size(self._values[key])
            self._bytes += self._sizes[key]
            while self._bytes > self._most and len(self._values) > 1:
                gone, _value = self._values.popitem(last=False)
                self._bytes -= self._sizes.pop(gone)

    def drop(self, key: Key) -> None:
        """Keep a value no longer."""
        with self._lock:
            if key in self._values:
                del self._values[key]
                self._bytes -= self._sizes.pop(key)

    def values(self) -> list[Value]:
        """All that is kept, the last one asked for at the end."""
        with self._lock:
            return list(self._values.values())

    def items(self) -> list[tuple[Key, Value]]:
        """The same with their keys."""
        with self._lock:
            return list(self._values.items())

    def forget(self) -> None:
        """Drop everything."""
        with self._lock:
            self._values.clear()
            self._sizes.clear()
            self._bytes = 0


def begin(task: Callable[[], object], lane: str = "short") -> None:
    """Do something beside the server, whether anybody asks after it or not."""
    _lanes[lane].submit(task)


def note_request() -> None:
    """Somebody asks for a frame, and may be about to ask for the next."""
    global _last_request
    _last_request = time.monotonic()


def idle() -> bool:
    """Whether no reader waits for work or moves a slider at this moment."""
    return not _waiting and time.monotonic() - _last_request > QUIET


def kept() -> Store:
    """Every answer there is."""
    return _answers


def forget() -> None:
    """Drop all answers, as a restart of the server would; for tests."""
    _answers.forget()
    _compiled.clear()
    _turns.clear()


def close() -> None:
    """Begin nothing more, so that the process can end."""
    for lane in _lanes.values():
        lane.shutdown(wait=False, cancel_futures=True)


def _size(answer: _Worked) -> int:
    return size_of(answer._value) if answer.done else 0


_answers: Store[tuple[Work, tuple[Any, ...]], _Worked] = Store(MOST, _size)
_compiled: dict[tuple[Work, Hashable], int] = {}  # how many programs had been let go by then
_turns: dict[tuple[Work, Hashable], threading.RLock] = {}
_guard = threading.Lock()
_waiting: set[int] = set()
_last_request = -QUIET
_here = threading.local()
_lanes = {
    name: ThreadPoolExecutor(max_workers=threads, thread_name_prefix=f"{name} work") for name, threads in LANES.items()
}
