"""The search for settings that learn fast, on the sidebar's cell: its plan, and what it has come to."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from app.background import training
from app.background.answer import Answer
from app.background.training import Watched
from app.settings import Settings
from app.views.learning.terms import Terms
from cells.experiment import Experiment
from cells.training import search
from cells.training.search import Genes
from cells.training.tasks import TASKS


class Generation(NamedTuple):
    """One generation, as it was judged.

    Attributes:
        genes: (N,) individuals, the fittest first.
        fitness: (N,) their held-out losses.
    """

    genes: list[Genes]
    fitness: np.ndarray


class Searched(NamedTuple):
    """What the search has come to.

    Attributes:
        watched: how far it is.
        generations: those judged so far.
        baseline: the loss without memory.
        solved_below: the held-out loss below which the task is solved.
    """

    watched: Watched
    generations: list[Generation]
    baseline: float
    solved_below: float


@dataclass(frozen=True, kw_only=True)
class Search:
    """The plan of a search, see `app.background.training.Plan`; a chunk is a generation."""

    experiment: Experiment
    task: str
    length: int
    lag: int
    seed: int
    chunk: int = 1

    def begin(self) -> tuple[tuple[int, list[Genes]], None]:
        """The first generation, before it is judged."""
        return (1, search.first(self.seed)), None

    def advance(self, state: tuple[int, list[Genes]]) -> tuple[tuple[int, list[Genes]], Generation]:
        """Judge a generation, and breed the next."""
        number, genes = state
        fitness = search.fitness(self.experiment, self.task, genes, self.seed, length=self.length, lag=self.lag)
        order = np.argsort(fitness, kind="stable")
        bred = search.following(genes, fitness, self.seed, number)
        return (number + 1, bred), Generation([genes[k] for k in order], fitness[order])


def plan(settings: Settings) -> Search:
    """The search on the chosen cell."""
    return Search(
        experiment=Terms.of(settings, settings.experiment).experiment.replace(hidden_size=search.SIZES[-1]),
        task=settings.task,
        length=settings.task_length,
        lag=TASKS[settings.task].lag_of(settings.task_length, settings.lag),
        seed=settings.experiment.seed,
    )


def searched(settings: Settings) -> Answer[Searched]:
    """What the search has come to."""
    row, length, lag = TASKS[settings.task], settings.task_length, settings.lag
    return training.watch([plan(settings)], settings.generations, whole=settings.plain).then(
        lambda watched: Searched(
            watched, watched.runs[0].records[1:], row.baseline(length, lag), row.solved(length, lag)
        )
    )
