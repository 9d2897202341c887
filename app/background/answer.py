"""Work too long for one answer: done beside the server, and asked after until it is there."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Generic, TypeVar

PATIENCE = 5.0
"""Seconds after which work that nobody asks after any more is dropped."""

Answer = TypeVar("Answer")
_worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="job")


QUIET = 0.5
"""Seconds without a request after which no finger is on a slider."""
_waiting: set[int] = set()
_last_request = -QUIET


def note_request() -> None:
    """Somebody asks for a frame, and may be about to ask for the next."""
    global _last_request
    _last_request = time.monotonic()


def idle() -> bool:
    """Whether no reader waits for work or moves a slider at this moment."""
    return not _waiting and time.monotonic() - _last_request > QUIET


def begin(work: Callable[[], object]) -> None:
    """Do work that readers will wait for, before they ask; what they ask for meanwhile comes after it."""
    _worker.submit(work)


class _Dropped(Exception):
    """Nobody waits for this any more."""


class Job(Generic[Answer]):
    """One piece of work, done once, by whoever needs it first.

    Args of the constructor:
        work: the work; it calls what it is given with the share done, from 0 to 1, now and then.
    """

    def __init__(self, work: Callable[[Callable[[float], None]], Answer]):
        """Nothing is done yet."""
        self._work = work
        self._lock = threading.RLock()
        self._share = 0.0
        self._asked = 0.0
        self._begun = False
        self._failed = False  # then whoever asks for the answer meets the error
        self._answer: list[Answer] = []

    def answer(self) -> Answer:
        """The answer; the caller waits for it."""
        return self._answer[0] if self._answer else self._do(lambda share: None)

    def progress(self) -> float | None:
        """The share done, from 0 to 1; None once the answer is there, or cannot be. The first call starts the work."""
        if self._answer or self._failed:
            return None
        self._asked = time.monotonic()
        if not self._begun:
            self._begun = True
            _waiting.add(id(self))
            _worker.submit(self._beside)
        return self._share

    def _beside(self) -> None:
        try:
            self._report(self._share)  # it may have waited its turn longer than its reader
            self._do(self._report)
        except _Dropped:
            self._share = 0.0
        except Exception:
            self._failed = True
        finally:
            _waiting.discard(id(self))
            self._begun = False

    def _report(self, share: float) -> None:
        self._share = share
        if time.monotonic() - self._asked > PATIENCE:
            raise _Dropped

    def _do(self, report: Callable[[float], None]) -> Answer:
        with self._lock:
            if not self._answer:
                self._answer.append(self._work(report))
            return self._answer[0]
