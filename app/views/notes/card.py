"""A card: a sentence from lecture notes, and what it predicts here. Its verdict is computed, never written."""

import math
from typing import Any, NamedTuple

from app.language import _
from cells.experiment import Experiment, default_experiment

TOPICS = {
    "time": lambda: _("Backpropagation through time"),
    "vanishing": lambda: _("Vanishing and exploding"),
    "weights": lambda: _("Eigenvalues and norms"),
    "remedies": lambda: _("Activations and remedies"),
    "gates": lambda: _("LSTM"),
    "others": lambda: _("GRU and others"),
    "wiring": lambda: _("Wiring"),
    "learning": lambda: _("Training"),
    "reading": lambda: _("Reading"),
}
"""Headings, in the order of a course."""
VERDICTS = {
    "holds": lambda: _("holds"),
    "only_if": lambda: _("holds only if"),
    "false": lambda: _("false"),
    "untested": lambda: _("cannot be tested here"),
    "pending": lambda: _("being tried"),
}
"""What a card comes to; "pending" until all of its numbers stand."""


LIGHT = {"holds": "#1b7f3b", "only_if": "#8a6000", "false": "#b3261e", "untested": "#5b6270", "pending": "#2f6fb0"}
DARK = {"holds": "#5fd08a", "only_if": "#f0c04a", "false": "#ff8a80", "untested": "#a9b0be", "pending": "#7fb4ea"}


def verdict_colours(mode: str) -> dict[str, str]:
    """The colour of every verdict, in the figure and on the cards, for the theme "light" or "dark"."""
    return LIGHT if mode == "light" else DARK


class Case(NamedTuple):
    """One thing that a sentence predicts: a number of an experiment, and where it lies if the sentence is right.

    Attributes:
        says: the prediction, as a sentence.
        experiment: where; the seed is the reader's, as are hidden size and length where it has the usual ones.
        least: the prediction holds from here ...
        most: ... to here.
        measure: name in `measures.MEASURES`.
        remedies: names of the remedies around the cell.
        page: that shows it.
        fields: (name, value) of what that page is set to besides, which is what the measure reads.
        fixed: whether hidden size and length are the case's own, whatever the reader chooses.
    """

    says: str
    experiment: Experiment
    least: float = -math.inf
    most: float = math.inf
    measure: str = "growth"
    remedies: tuple[str, ...] = ()
    page: str = "gradient"
    fields: tuple[tuple[str, Any], ...] = ()
    fixed: bool = False

    def holds(self, value: float) -> bool:
        """Whether a number is what was predicted; NaN never is."""
        return self.least <= value <= self.most

    @property
    def takes_size(self) -> bool:
        """Whether the hidden size is the reader's."""
        return not self.fixed and self.experiment.hidden_size == default_experiment().hidden_size

    @property
    def takes_length(self) -> bool:
        """Whether the length is the reader's."""
        return not self.fixed and self.experiment.length == default_experiment().length


class Card(NamedTuple):
    """A sentence on trial.

    Attributes:
        name: its anchor, the same in every language.
        topic: key of `TOPICS`.
        claim: the sentence, as notes have it, in our own words.
        cases: what it predicts; none where it cannot be tested here.
        why: why it comes out so.
        better: a sentence that is right.
    """

    name: str
    topic: str
    claim: str
    cases: tuple[Case, ...]
    why: str
    better: str

    @property
    def trains(self) -> bool:
        """Whether networks are trained for it, which takes seconds a seed."""
        return any(case.fixed for case in self.cases)


class Trial(NamedTuple):
    """What a case came to.

    Attributes:
        case: the case.
        values: its number, a seed each.
    """

    case: Case
    values: tuple[float, ...]

    @property
    def right(self) -> int:
        """Seeds at which the prediction holds."""
        return sum(map(self.case.holds, self.values))


def verdict_of(trials: list[Trial] | None) -> str:
    """Key of `VERDICTS`: right in every case and seed, in none of them, or in some; None is not known yet."""
    if trials is None:
        return "pending"
    if not trials:
        return "untested"
    right, all_of_them = sum(trial.right for trial in trials), sum(len(trial.values) for trial in trials)
    return "holds" if right == all_of_them else "only_if" if right else "false"
