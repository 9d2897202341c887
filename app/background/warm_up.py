"""Compile ahead, while nobody waits, what may be asked next: each cell shown at every length, and the next page."""

import os
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor

from app.background.answer import Work, idle
from app.figure import Figure
from app.settings import Settings
from cells.experiment import BUCKETS, Experiment

GRACE = 2.0
"""Seconds a page has to itself before anything else is compiled."""
MOST = 1000
"""What has been asked for that is remembered."""


def ahead(works: Iterable[Work], experiments: Iterable[Experiment]) -> None:
    """Compile what some work on experiments needs for their cells and sizes.

    The environment variable UNROLLED_WARM_UP=0 leaves it until somebody asks.
    """
    runs = [Experiment(cell=run.cell, hidden_size=run.hidden_size, activation=run.activation) for run in experiments]
    for work, run in _new((work, run) for work in works for run in runs):
        for shortest in (1, *(bucket + 1 for bucket in BUCKETS[:-1])):
            when_idle(_compile, work, run.replace(length=shortest))


def figure_ahead(figure: Figure, settings: Settings) -> None:
    """Begin a figure that somebody may open next."""
    for _figure, _runs in _new([(figure.compute, tuple(figure.runs(settings)))]):
        when_idle(lambda: figure.compute(settings).ask())


def _new(items: Iterable[tuple]) -> list[tuple]:
    """Those that were not asked for before; none where nothing is compiled ahead."""
    new = [item for item in dict.fromkeys(items) if item not in _asked]
    if not new or os.environ.get("UNROLLED_WARM_UP") == "0":
        return []
    _asked.update(dict.fromkeys(new))
    while len(_asked) > MOST:
        del _asked[next(iter(_asked))]
    _worker.submit(time.sleep, GRACE)
    return new


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


_asked: dict[tuple, None] = {}
_worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="warm-up")
