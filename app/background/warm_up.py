"""Compile ahead, while nobody waits, what the sliders may ask next: each cell shown, at every length."""

import os
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor

from app.background.answer import Work, idle
from cells.experiment import BUCKETS, Experiment

GRACE = 2.0
"""Seconds a page has to itself before its other sequence lengths are compiled."""


def ahead(works: Iterable[Work], experiments: Iterable[Experiment]) -> None:
    """Compile what some work on experiments needs for their cells and sizes.

    The environment variable UNROLLED_WARM_UP=0 leaves it until somebody asks.
    """
    wanted = [(work, run.cell, run.hidden_size) for work in works for run in experiments]
    new = [item for item in dict.fromkeys(wanted) if item not in _asked]
    if not new or os.environ.get("UNROLLED_WARM_UP") == "0":
        return
    _asked.update(new)
    _worker.submit(time.sleep, GRACE)
    for shortest in (1, *(bucket + 1 for bucket in BUCKETS[:-1])):
        for work, cell, hidden_size in new:
            when_idle(_compile, work, Experiment(cell=cell, hidden_size=hidden_size, length=shortest))


def when_idle(task: Callable[..., object], *args: object) -> None:
    """Do something once nobody waits, after what is to be done then already."""
    _worker.submit(_when_idle, task, *args)


def close() -> None:
    """Drop what is not yet being compiled, so that the process can end."""
    _worker.shutdown(wait=False, cancel_futures=True)


def _when_idle(task: Callable[..., object], *args: object) -> None:
    while not idle():
        time.sleep(0.1)
    task(*args)


def _compile(work: Work, experiment: Experiment) -> None:
    if not work.is_compiled(experiment):
        work.now(experiment)


_asked: set[tuple[Work, str, int]] = set()
_worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="warm-up")
