"""The numbers of the page of training: what the runs side by side have come to, and what runs of this task came to."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from app.background import training
from app.background.answer import Answer
from app.background.training import Seen, Training, Watched
from app.settings import Settings
from app.views.learning.terms import MAX_RUNS, Lesson, Terms, read_kept
from cells.training.learners.sequence import gated_paths
from cells.training.tasks import TASKS

LEAST_SHOWN = 100
"""Updates that the axis holds at least."""
COLUMNS, ROWS, POINTS = 100, 64, 160
"""The most columns and rows of a map, and points of a curve."""
LEAST_UPDATES = 300
"""A run that has not been solved counts as tried after so many updates."""
MEASURED_ALONG = ("loss", "log10_norm", "log10_clipped")
"""What a chunk says of each of its updates."""


@dataclass(frozen=True, kw_only=True)
class Curves:
    """One run, ready to be drawn.

    Attributes:
        update: (N,) updates, thinned; where several fall together, their mean.
        loss: (N,) the loss that those updates saw.
        log10_norm: (N,) log10 norm of the gradient.
        log10_clipped: (N,) the same after clipping.
        log10_largest: log10 of the largest norm of all updates; -inf before the first.
        clipped: share of the updates whose gradient was clipped.
        at: (M,) updates after which something was measured; the first is 0.
        held_out: (M,) held-out loss.
        accuracy: (M,) share of right answers; NaN where the task has none.
        log10_gradient: (steps, M) log10 of dL/ds_t.
        gate_mean: (G, M) mean of each gate.
        best_mean: (M,) of the gate on the direct path, the mean of the unit where it is largest; empty without one.
        best_product: (M,) log10 of that gate's product over all steps, of the unit where it is largest.
        middle_product: (M,) the same, median over the units.
        gates: symbols of the gates.
        direct: symbol of the gate on the direct path; "" without one.
        solved: the update at which it solved the task, 0 if it has not.
        broken: the update that left the finite numbers, 0 if none did.
    """

    update: np.ndarray
    loss: np.ndarray
    log10_norm: np.ndarray
    log10_clipped: np.ndarray
    log10_largest: float
    clipped: float
    at: np.ndarray
    held_out: np.ndarray
    accuracy: np.ndarray
    log10_gradient: np.ndarray
    gate_mean: np.ndarray
    best_mean: np.ndarray
    best_product: np.ndarray
    middle_product: np.ndarray
    gates: tuple[str, ...]
    direct: str
    solved: int
    broken: int


class Learned(NamedTuple):
    """The runs side by side, at one moment.

    Attributes:
        watched: how far they are.
        lessons: what each is, in the order they are drawn; at most `MAX_RUNS`.
        left_out: what there was no room for.
        curves: of each; None before it has a beginning.
        baseline: the loss without memory.
        solved_below: the held-out loss below which the task is solved.
        target: updates that the axis holds.
    """

    watched: Watched
    lessons: list[Lesson]
    left_out: list[Lesson]
    curves: list[Curves | None]
    baseline: float
    solved_below: float
    target: int


class Trial(NamedTuple):
    """One run that anyone has made.

    Attributes:
        lesson: what it was.
        log10_ratio: of the gradient at step 1 to that at the last step, before training.
        best: the best held-out loss it reached over the baseline.
        updates: updates done.
        solved: the update at which it was solved; 0 if it was not.
        here: whether it is one of those side by side.
    """

    lesson: Lesson
    log10_ratio: float
    best: float
    updates: int
    solved: int
    here: bool


class Tried(NamedTuple):
    """The runs of a task on this server.

    Attributes:
        watched: the ones side by side.
        trials: every run that was solved, broke, or came far.
    """

    watched: Watched
    trials: list[Trial]


def lessons(settings: Settings) -> list[Lesson]:
    """The runs that are wanted: those kept, then the cells drawn under the present settings."""
    every = [*read_kept(settings.kept), *(Terms.of(settings, experiment) for experiment in settings.runs)]
    return [
        Lesson(
            terms=terms,
            task=settings.task,
            length=settings.task_length,
            lag=TASKS[settings.task].lag_of(settings.task_length, settings.lag),
            seed=settings.experiment.seed,
        )
        for terms in dict.fromkeys(every)
    ]


def learned(settings: Settings) -> Answer[Learned]:
    """What exists of the runs side by side."""
    wanted = lessons(settings)
    drawn, lesson = wanted[:MAX_RUNS], wanted[0]
    row = TASKS[lesson.task]

    def seen(watched: Watched) -> Learned:
        return Learned(
            watched,
            drawn,
            wanted[MAX_RUNS:],
            [curves(run) if run.records else None for run in watched.runs],
            row.baseline(lesson.length, lesson.lag),
            row.solved(lesson.length, lesson.lag),
            max(watched.state.target, LEAST_SHOWN),
        )

    return _watch(settings, drawn).then(seen)


def tried(settings: Settings) -> Answer[Tried]:
    """What came of every run of this task, length and lag on this server."""
    drawn = lessons(settings)[:MAX_RUNS]

    def seen(watched: Watched) -> Tried:
        trials = (trial(run, drawn) for run in training.all_runs())
        return Tried(watched, [one for one in trials if one is not None])

    return _watch(settings, drawn).then(seen)


def measures(settings: Settings, found: Learned) -> dict[str, float]:
    """What lessons ask for: `baseline`, and of every run what `of_curves` says.

    The name of a run is that of its cell; those kept are kept1, kept2 ... in the order of the link.
    """
    kept = len(read_kept(settings.kept))
    told = {"baseline": found.baseline}
    for place, (lesson, curves) in enumerate(zip(found.lessons, found.curves, strict=True), start=1):
        name = f"kept{place}" if place <= kept else lesson.terms.experiment.cell
        if curves is not None:
            told |= {f"{name}.{measure}": value for measure, value in of_curves(found.baseline, curves).items()}
    return told


def of_curves(baseline: float, curves: Curves) -> dict[str, float]:
    """A run in the numbers that lessons ask for.

    Returns:
        solved: the update at which it was solved; inf where it never was. share: of the baseline that its held-out loss
        has come to, in per cent; inf where that is no number. right: answers,
        in per cent; NaN where the task has none. log10_ratio: of the gradient at step 1 to that at the last step, now.
        log10_largest: norm of the gradient of all weights.
    """
    loss, gradient = float(curves.held_out[-1]), curves.log10_gradient[:, -1]
    return {
        "solved": curves.solved or np.inf,
        "share": 100 * loss / baseline if baseline and np.isfinite(loss) else np.inf,
        "right": 100 * float(curves.accuracy[-1]),
        "log10_ratio": float(gradient[0] - gradient[-1]),
        "log10_largest": curves.log10_largest,
    }


def _watch(settings: Settings, drawn: Sequence[Lesson]) -> Answer[Watched]:
    return training.watch(map(Training, drawn), settings.updates, whole=settings.plain)


def curves(run: Seen) -> Curves:
    """What is drawn of one run, which has a beginning."""
    lesson, records = run.plan.settings, run.records
    row, cell = TASKS[lesson.task], lesson.terms.experiment.cell_class
    chunks, measured = records[1:], _measured(records)
    broken = chunks[-1].broken if chunks else 0
    at = np.arange(len(records)) * run.plan.chunk
    if broken:
        at[-1] = broken
    keep, rows = _evenly(len(records), COLUMNS), _evenly(row.steps(lesson.length), ROWS)
    held_out = np.array([float(one.loss) for one in measured])
    whole = {name: np.concatenate([np.zeros(0), *(getattr(one, name) for one in chunks)]) for name in MEASURED_ALONG}
    update, along = _thinned(whole)
    before, after = whole["log10_norm"], whole["log10_clipped"]
    finite = np.isfinite(before)
    direct = next(iter(gated_paths(cell)), "")
    products = np.array([one.log10_direct[0] if direct else [0.0] for one in measured])
    means = np.array([one.direct_mean[0] if direct else [0.0] for one in measured])
    return Curves(
        update=update,
        **along,
        log10_largest=float(before[finite].max(initial=-np.inf)),
        clipped=float(np.mean(before[finite] > after[finite] + 1e-6)) if finite.any() else 0.0,
        at=at[keep],
        held_out=held_out[keep],
        accuracy=np.array([float(one.accuracy) for one in measured])[keep],
        log10_gradient=np.array([one.log10_gradient[rows] for one in measured]).T[:, keep],
        gate_mean=np.array([one.gate_mean for one in measured]).T[:, keep],
        best_mean=means.max(axis=1)[keep],
        best_product=products.max(axis=1)[keep],
        middle_product=np.median(products, axis=1)[keep],
        gates=tuple(gate.symbol for gate in cell.gates),
        direct=direct,
        solved=_solved_at(held_out, row.solved(lesson.length, lesson.lag)) * run.plan.chunk,
        broken=broken,
    )


def trial(run: training.TrainingRun, drawn: Sequence[Lesson]) -> Trial | None:
    """What came of one run; None if it is of another task than those drawn, or has not come far enough to say."""
    lesson, records, over = getattr(run.plan, "settings", None), run.history(), run.over
    if not isinstance(lesson, Lesson) or not records:
        return None
    if (lesson.task, lesson.length, lesson.lag) != (drawn[0].task, drawn[0].length, drawn[0].lag):
        return None
    row, measured = TASKS[lesson.task], _measured(records)
    losses = np.array([float(one.loss) for one in measured])
    solved = _solved_at(losses, row.solved(lesson.length, lesson.lag))
    updates = (len(records) - 1) * run.plan.chunk
    if not solved and updates < LEAST_UPDATES and not over:
        return None
    gradient = np.maximum(measured[0].log10_gradient[: row.steps(lesson.length)], -400.0)
    best = float(np.nanmin(np.where(np.isfinite(losses), losses, np.inf)))
    share = min(best / row.baseline(lesson.length, lesson.lag), 1e3)
    return Trial(lesson, float(gradient[0] - gradient[-1]), share, updates, solved * run.plan.chunk, lesson in drawn)


def _measured(records: Sequence[Any]) -> list[Any]:
    return [records[0], *(chunk.measured for chunk in records[1:])]


def _solved_at(losses: np.ndarray, below: float) -> int:
    """The first place below a loss; 0 where there is none (nothing is solved before the first update)."""
    places = np.flatnonzero(losses < below)
    return int(places[0]) if places.size else 0


def _thinned(rows: dict[str, np.ndarray]) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Updates that stand evenly on a log axis, and the mean of each row between one and the next."""
    count = len(next(iter(rows.values())))
    if not count:
        return np.zeros(0), rows
    edges = np.unique(np.floor(np.geomspace(1, count + 1, POINTS)).astype(int))[:-1] - 1
    sizes = np.diff([*edges, count])
    return edges + (sizes + 1) / 2, {name: np.add.reduceat(row, edges) / sizes for name, row in rows.items()}


def _evenly(count: int, most: int) -> np.ndarray:
    """Places of at most so many of `count`, first and last among them."""
    return np.unique(np.linspace(0, count - 1, min(count, most)).round().astype(int))
