"""What a step comes to: the numbers of its figure, and what a lesson may say of them."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from app.background.answer import Answer, together
from app.language import _
from app.page import figures
from app.settings import Settings
from app.views.lessons.lesson import MINUS, LessonError, Step
from app.views.lessons.settings import chosen, place

BEFORE = "before."
"""What begins the name of a measure of the picture that stood while the question did."""


class Told(NamedTuple):
    """A step and its truth.

    Attributes:
        step: the step.
        numbers: of its figure, as it is revealed.
        measures: {name: number} of it, and with `BEFORE` of what was shown while the question stood.
    """

    step: Step
    numbers: Any
    measures: Mapping[str, float]


def told(settings: Settings) -> Answer[Told]:
    """The step chosen."""
    return truth_of(chosen(settings).steps[place(settings)])


def truth_of(step: Step) -> Answer[Told]:
    """What a step comes to; networks are trained to the end before it is told."""
    figure = figures()[step.figure]
    pictures = [step.revealed, step.shown] if step.moves else [step.revealed]
    wanted = [settings.replace(plain=True) for settings in pictures]

    def read(found: list[Any]) -> Told:
        measures = dict(figure.measures(wanted[0], found[0]))
        for settings, numbers in zip(wanted[1:], found[1:], strict=True):
            measures |= {BEFORE + name: value for name, value in figure.measures(settings, numbers).items()}
        return Told(step, found[0], measures)

    return together([figure.compute(settings) for settings in wanted]).then(read)


def measured(name: str, measures: Mapping[str, float]) -> float:
    """A measure, or the difference of two: "lstm.log10_ratio - rnn.log10_ratio".

    Raises:
        LessonError: there is none of this name.
    """
    first, _minus, second = name.partition(MINUS)
    for wanted in filter(None, (first, second)):
        if wanted not in measures:
            text = _("measure: expected one of {names}; got {name}.")
            raise LessonError(text.format(names=", ".join(measures), name=wanted[:60]))
    return measures[first] - (measures[second] if second else 0.0)
