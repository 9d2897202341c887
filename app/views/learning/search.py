"""The search for settings that learn fast, from a picture: its plan, words and figure."""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from app.background import training as courses
from app.figure import Frame, Words
from app.language import _, power_of_ten
from app.live import player
from app.settings import Picture, place
from app.views.learning import figure as figures
from app.views.learning.terms import Terms
from cells import all_cells
from cells.experiment import Experiment, choices_of
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


@dataclass(frozen=True, kw_only=True)
class Search:
    """The plan of a search, see `app.courses.Plan`; a chunk is a generation."""

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


def course(picture: Picture) -> courses.Course:
    """The search that a picture asks for, on the chosen cell."""
    return courses.course(
        Search(
            experiment=Terms.of(picture, picture.experiment).experiment.replace(hidden_size=search.SIZES[-1]),
            task=picture.task,
            length=picture.task_length,
            lag=picture.lag if TASKS[picture.task].uses_lag else 1,
            seed=picture.experiment.seed,
        )
    )


def words(picture: Picture) -> Words:
    """The best individual so far."""
    found, row, going = _generations(picture), TASKS[picture.task], course(picture)
    cell = all_cells()[picture.experiment.cell]
    failures = [going.failure] if going.failure else []
    what = _("{count} individuals a generation, {updates} updates each, on {task} with T={length}.").format(
        count=search.POPULATION, updates=search.UPDATES, task=row.label, length=picture.task_length
    )
    if not found:
        sentence = _("nothing has been tried yet: play.")
        return Words(
            _("Search for a good {cell}").format(cell=cell.label), "carried", sentence, what, failures, "", True
        )
    best = min(found, key=lambda one: one.fitness[0])
    sentence = _("after {count} generations the best has loss {loss:.3g} ({baseline:.3g} without memory): {genes}.")
    said = sentence.format(
        count=len(found),
        loss=best.fitness[0],
        baseline=row.baseline(picture.task_length, picture.lag),
        genes=_in_words(picture.experiment, best.genes[0]),
    )
    return Words(_("Best {cell} so far").format(cell=cell.label), "carried", said, what, failures, "", True)


def figure(picture: Picture, mode: str) -> dict[str, Any]:
    """Fitness over generations."""
    row = TASKS[picture.task]
    seen = [
        figures.Generation(
            one.fitness,
            [_in_words(picture.experiment, genes) for genes in one.genes],
            np.array([search.SIZES[genes.size] for genes in one.genes], float),
        )
        for one in _generations(picture)
    ]
    return figures.generations(
        seen,
        row.baseline(picture.task_length, picture.lag),
        row.solved(picture.task_length, picture.lag),
        place(picture.experiment),
        _("loss after {updates} updates").format(updates=search.UPDATES),
        mode,
    )


def _generations(picture: Picture) -> list[Generation]:
    return (course(picture).records(picture.generations) or [None])[1:]


def _in_words(experiment: Experiment, genes: Genes) -> str:
    parts = [
        _("rate {rate:.2g}").format(rate=10.0**genes.rate),
        _("{size} units").format(size=search.SIZES[genes.size]),
        _("clip {clip}").format(clip=power_of_ten(genes.clip)),
        list(choices_of("initializer").values())[genes.initializer],
    ]
    memory = [spec.label for spec in all_cells()[experiment.cell].hyperparameters if spec.replaced_by]
    return ", ".join(parts + [f"{_(label)} {genes.bias:.1f}" for label in memory])


def _progress(picture: Picture) -> float | None:
    return courses.begun([course(picture)], picture.generations, whole=picture.plain)


SEARCH = Frame(
    lambda picture: [picture.experiment],
    _progress,
    words,
    figure,
    lambda picture, mode: player.state([course(picture)], picture.generations),
)
