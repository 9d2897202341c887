"""The terms of one run of training: an experiment's cell, and how it is trained. A link carries several as text."""

import dataclasses
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import parse_qs, quote, urlencode

import numpy as np

from cells.experiment import Experiment, default_experiment, every_spec
from cells.fields import declarations, declared, departures
from cells.training.learners.sequence import BUCKETS, SequenceLearner
from cells.training.loop import NO_CLIP, Optimiser

UNCLIPPED = 1000.0
"""The clipping norm that stands for none."""
MAX_RUNS = 4
"""Runs side by side."""
APART = "~"
"""Between two runs in a link."""
OPTIMISERS = {"adam": "Adam", "sgd": "plain SGD"}
_OF_THE_CELL = (
    "cell",
    "hidden_size",
    "activation",
    "initializer",
    "gain",
    "spectral_radius",
    "input_scale",
    "bias_scale",
)


@dataclass(frozen=True, kw_only=True)
class Terms:
    """One run, but for task and seed, which all runs of a page share.

    Attributes:
        experiment: cell, size, initialisation and hyperparameters; everything else has its default.
        train_rate: learning rate.
        train_clip: largest norm of the gradient; `UNCLIPPED` for none.
        optimiser: "adam" or "sgd".
        truncate: steps after which the gradient is cut, counted back from the last; 0 for never.
    """

    experiment: Experiment = dataclasses.field(default_factory=default_experiment)
    train_rate: float = declared(0.01, "number", "learning rate", 0.0001, 1.0, log=True)
    train_clip: float = declared(
        1.0, "number", "clip the norm at", 0.001, UNCLIPPED, log=True, help="Of the whole gradient; 1000 is never."
    )
    optimiser: str = declared("adam", "choice", "optimiser", choices=lambda: OPTIMISERS)
    truncate: int = declared(
        0,
        "whole",
        "truncate after (steps)",
        0,
        BUCKETS[-1],
        help="Truncation: the gradient through the state is cut, counted back from the last step; 0 is never.",
    )

    @classmethod
    def of(cls, settings: Any, experiment: Experiment) -> Self:
        """The page's own terms for one of its experiments."""
        return cls(
            experiment=experiment.only(*_OF_THE_CELL), **{name: getattr(settings, name) for name in declarations(cls)}
        )

    def to_query(self) -> str:
        """URL query string that `from_query` reads back."""
        own = urlencode(departures(self), quote_via=quote)
        return "&".join(part for part in (self.experiment.to_query(), own) if part) or "default"

    @classmethod
    def from_query(cls, query: str) -> Self:
        """The terms a query string describes.

        Raises:
            ValueError: it has names or values that no run has.
        """
        if query == "default":
            return cls()
        values = {name: found[-1] for name, found in parse_qs(query, keep_blank_values=True).items()}
        known = {*declarations(cls), *_OF_THE_CELL, *(set(every_spec()) - set(declarations(Experiment)))}
        strange = sorted(set(values) - known)
        if strange or not values:
            raise ValueError(f"expected the settings of a run; got {(strange or [query])[0][:40]!r}.")
        own = {name: spec.read(name, values[name]) for name, spec in declarations(cls).items() if name in values}
        return cls(experiment=Experiment.from_query(query).only(*_OF_THE_CELL), **own)

    def replace(self, **changes: Any) -> Self:
        """The same terms with some changed."""
        return dataclasses.replace(self, **changes)


@dataclass(frozen=True, kw_only=True)
class Lesson:
    """Everything a run depends on: a plan's settings, see `app.background.training`.

    Attributes:
        terms: of this run.
        task: name of the task.
        length: of the task, in steps.
        lag: of the task, in steps.
        seed: of weights and data.
    """

    terms: Terms
    task: str
    length: int
    lag: int
    seed: int

    def learner(self) -> SequenceLearner:
        """What learns."""
        return SequenceLearner.of(
            self.terms.experiment, self.task, length=self.length, lag=self.lag, window=self.terms.truncate
        )

    def optimiser(self) -> Optimiser:
        """How it learns."""
        clip = self.terms.train_clip
        return Optimiser(
            np.asarray(self.terms.train_rate),
            np.asarray(clip if clip < UNCLIPPED else NO_CLIP),
            np.asarray(self.terms.optimiser == "adam"),
        )


def read_kept(text: str) -> tuple[Terms, ...]:
    """The runs a link keeps.

    Raises:
        ValueError: one of them cannot be read, or there are too many.
    """
    kept = tuple(Terms.from_query(part) for part in text.split(APART) if part)
    if len(kept) > MAX_RUNS:
        raise ValueError(f"expected at most {MAX_RUNS} runs; got {len(kept)}.")
    return kept


def write_kept(kept: tuple[Terms, ...]) -> str:
    """The text that `read_kept` reads back."""
    return APART.join(terms.to_query() for terms in kept)
