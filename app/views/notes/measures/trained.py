"""What is measured of networks that are trained: when they have solved their task, and what they came to.

A case's fields are those of the page that shows the same training, which is the same to the last digit.
"""

import math
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np

from app.background.answer import report, work
from app.settings import defaults, fields
from app.views.notes.card import Case
from app.views.notes.measures.measure import Measure
from cells.experiment import Experiment
from cells.reading import modes
from cells.training import loop
from cells.training.learners.autoencoder import AutoencoderLearner
from cells.training.learners.forecast import ForecastLearner
from cells.training.learners.gap import READERS, GapLearner
from cells.training.learners.reading import ListLearner
from cells.training.learners.reversal import ReversalLearner
from cells.training.learners.sequence import SequenceLearner
from cells.training.tasks import TASKS

HELLO_UNITS, MODE_UNITS, MODE_CHUNK = 3, 8, 10
"""Units of the network that greets and of the five that are fed in five ways, and the updates of a chunk of theirs."""
RATE = 1e-2
"""Learning rate of wired cells."""


class Course(NamedTuple):
    """What a training is.

    Attributes:
        learner: what learns.
        optimiser: how.
        updates: how long.
    """

    learner: Any
    optimiser: loop.Optimiser
    updates: int


def sequence(experiment: Experiment, told: dict[str, Any]) -> Course:
    """A cell on a task of the page of training."""
    row, length = TASKS[told["task"]], told["task_length"]
    learner = SequenceLearner.of(
        experiment, told["task"], length=length, lag=row.lag_of(length, told["lag"]), window=told["truncate"]
    )
    clip = told["train_clip"]
    unclipped = clip == fields()["train_clip"].high
    optimiser = loop.Optimiser(
        np.asarray(told["train_rate"]),
        np.asarray(loop.NO_CLIP if unclipped else clip),
        np.asarray(told["optimiser"] == "adam"),
    )
    return Course(learner, optimiser, told["updates"])


def hello(experiment: Experiment, told: dict[str, Any]) -> Course:
    """Karpathy's network, which is fed "hell"."""
    learner = ListLearner.hello(experiment, HELLO_UNITS, remembers=not told["hello_cut"])
    return Course(learner, loop.Optimiser(told["hello_rate"], loop.NO_CLIP), told["hello_updates"])


def five_ways(experiment: Experiment, told: dict[str, Any]) -> Course:
    """Five networks, each fed and listened to in another way."""
    learner = ListLearner.modes(experiment, MODE_UNITS, modes.OUTPUTS, MODE_CHUNK)
    return Course(learner, loop.Optimiser(told["mode_rate"], loop.NO_CLIP), told["mode_updates"])


def gap(experiment: Experiment, told: dict[str, Any]) -> Course:
    """A missing word."""
    return Course(GapLearner.of(experiment, distance=told["gap_distance"]), _usual(), told["gap_updates"])


def code(experiment: Experiment, told: dict[str, Any]) -> Course:
    """A curve through a bottleneck."""
    return Course(AutoencoderLearner.of(experiment, bottleneck=told["bottleneck"]), _usual(), told["code_updates"])


def reverse(experiment: Experiment, told: dict[str, Any], *, attention: bool) -> Course:
    """A string backwards."""
    learner = ReversalLearner.of(experiment, length=told["word_length"], attention=attention)
    return Course(learner, _usual(), told["reverse_updates"])


def forecast(experiment: Experiment, told: dict[str, Any]) -> Course:
    """The sunspots of the next year, behind a convolution."""
    return Course(ForecastLearner.of(experiment), _usual(), told["forecast_updates"])


COURSES: dict[str, Callable[[Experiment, dict[str, Any]], Course]] = {
    "sequence": sequence,
    "hello": hello,
    "five_ways": five_ways,
    "gap": gap,
    "code": code,
    "attending": lambda experiment, told: reverse(experiment, told, attention=True),
    "unattending": lambda experiment, told: reverse(experiment, told, attention=False),
    "forecast": forecast,
}
"""Every training by its name."""


def course(
    kind: str, experiment: Experiment, given: tuple[tuple[str, Any], ...]
) -> Iterator[tuple[loop.Run, loop.Chunk | None]]:
    """A training, at its start and after each chunk, until its updates are done or it breaks.

    Args:
        kind: name in `COURSES`.
        experiment: its cell, weights and seed.
        given: (name, value) of the fields; what is not among them has its default.
    """
    learner, optimiser, updates = COURSES[kind](experiment, defaults() | dict(given))
    run, chunk = loop.start(learner, optimiser, experiment.seed), None
    yield run, chunk
    while run.updates < updates and not run.broken:
        report(run.updates / updates)
        run, chunk = loop.advance(run)
        yield run, chunk


@work(lane="trained", quick=-1)
def learned(kind: str, experiment: Experiment, given: tuple[tuple[str, Any], ...]) -> dict[str, np.ndarray]:
    """What is measured after the last update, by name, without the weights."""
    *_before, (run, _chunk) = course(kind, experiment, given)
    return {name: np.asarray(value) for name, value in run.measured._asdict().items() if name != "params"}


@work(lane="trained", quick=-1)
def solved(experiment: Experiment, given: tuple[tuple[str, Any], ...]) -> float:
    """Updates after which the task is solved, in whole chunks; inf where it is not solved in those it is given.

    Several cards ask it of the same training.
    """
    below = solved_below(given)
    for run, _chunk in course("sequence", experiment, given):
        if run.updates and float(run.measured.loss) < below:  # nothing is solved before the first
            return run.updates
    return math.inf


def solved_below(given: tuple[tuple[str, Any], ...], *, times: int = 1) -> float:
    """Loss below which a task counts as solved, at so many times its length."""
    told = defaults() | dict(given)
    row, length = TASKS[told["task"]], times * told["task_length"]
    return row.solved(length, row.lag_of(length, told["lag"]))


def broken_after(experiment: Experiment, case: Case) -> float:
    """The update that leaves the finite numbers; inf where none of those it is given does."""
    *_before, (run, _chunk) = course("sequence", experiment, case.fields)
    return run.broken or math.inf


def swing(experiment: Experiment, case: Case) -> float:
    """The largest norm of the gradient of all updates over the middle one."""
    _start, *chunks = (chunk for _run, chunk in course("sequence", experiment, case.fields))
    every = np.concatenate([np.asarray(chunk.log10_norm, float) for chunk in chunks])
    return float(10 ** (np.nanmax(every) - np.nanmedian(every)))


def elsewhere(experiment: Experiment, case: Case) -> float:
    """Loss at twice the length that the network was trained at until solved, over what counts as solved there."""
    below = solved_below(case.fields)
    for run, _chunk in course("sequence", experiment, case.fields):
        if float(run.measured.loss) < below:
            break
    told = defaults() | dict(case.fields)
    longer = SequenceLearner.of(experiment, told["task"], length=2 * told["task_length"], lag=told["lag"])
    loss = loop.measure(longer, np.uint32(experiment.seed), run.weights.params).loss
    return float(loss) / solved_below(case.fields, times=2)


def _usual() -> loop.Optimiser:
    return loop.Optimiser(RATE, 1.0)


def _of(kind: str, read: Callable[[dict[str, np.ndarray]], Any]) -> Measure:
    """A measure that reads what a training came to."""
    return lambda experiment, case: float(read(learned.now(kind, experiment, case.fields)))


MEASURES: dict[str, Measure] = {
    "solved_after": lambda experiment, case: solved.now(experiment, case.fields),
    "broken_after": broken_after,
    "swing": swing,
    "elsewhere": elsewhere,
    "hello_loss": _of("hello", lambda found: found["loss"][0]),
    "worst_of_five": _of("five_ways", lambda found: np.max(found["loss"])),
    **{
        f"gap_{reader}": _of("gap", lambda found, place=place: found["right"][place])
        for place, reader in enumerate(READERS)
    },
    "code_share": _of("code", lambda found: found["loss"] / found["mean"]),
    "strings_attending": _of("attending", lambda found: found["strings"]),
    "strings_unattending": _of("unattending", lambda found: found["strings"]),
    "forecast_share": _of("forecast", lambda found: found["loss"] / found["same"]),
}
