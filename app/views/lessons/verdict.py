"""What a step says once it is revealed: the truth in its own numbers, the right answer, the reason."""

import math
from collections.abc import Mapping
from typing import Any

from app.figure import Verdict
from app.language import _, number, power_of_ten
from app.live import controls
from app.settings import Settings
from app.views.lessons.lesson import NUMBER, Choice, Number, is_log
from app.views.lessons.numbers import Told, measured
from app.views.lessons.settings import OWN


def lesson(settings: Settings, found: Told) -> Verdict:
    """The truth of the step."""
    step = found.step
    said = filled(step.truth, found.measures) or step.invitation or step.question
    return Verdict(step.title, said, "lesson", filled(step.why, found.measures))


def extra(settings: Settings, found: Told, mode: str) -> dict[str, Any]:
    """What the lesson's script reads: texts with their numbers, and what was right."""
    step, asked = found.step, found.step.prediction
    value = measured(asked.measure, found.measures) if isinstance(asked, Choice | Number) else None
    making = {"making": offered(found)} if settings.lesson == OWN else {}
    return making | {
        "truth": filled(step.truth, found.measures),
        "why": filled(step.why, found.measures),
        "value": None if value is None or not math.isfinite(value) else value,
        "written": "" if value is None else in_words(asked.measure, value),
        "right": right(asked, value) if isinstance(asked, Choice) else None,
    }


def offered(found: Told) -> dict[str, Any]:
    """What the author of a step chooses among: its measures with their values now, and sliders of its figure."""
    step = found.step
    return {
        "figure": step.figure,
        "shown": step.shown.to_query(),
        "revealed": step.revealed.to_query(),
        "measures": [
            {"name": name, "value": value if math.isfinite(value) else None, "written": in_words(name, value)}
            for name, value in found.measures.items()
        ],
        "sliders": [
            {"name": slider["name"], "label": slider["label"]}
            for slider in controls.offered(step.figure, step.revealed)
        ],
    }


def right(choice: Choice, value: float) -> int:
    """Place of the first answer whose range holds the value; -1 where none does."""
    held = (place for place, option in enumerate(choice.options) if option.low <= value <= option.high)
    return next(held, -1)


def filled(text: str, measures: Mapping[str, float]) -> str:
    """A text with its measures as numbers.

    Raises:
        LessonError: it names a measure that the figure does not have.
    """
    return NUMBER.sub(lambda found: in_words(found[1], measured(found[1], measures)), text)


def in_words(name: str, value: float) -> str:
    """A number as it is read out; a logarithm as the power of ten that it is of."""
    if math.isnan(value):
        return _("no number")
    if is_log(name):
        return _("more than any number") if value == math.inf else power_of_ten(value)
    return _("for ever") if value == math.inf else number(value, 3)


def legend(settings: Settings) -> list[str]:
    """How a lesson is used."""
    return [
        _("**Every step** asks first. Predict, then look; a prediction is for yourself and stays in your browser."),
        _("**The truth** is computed when you look, by the figure that you see."),
        _("**Off by a decade** means ten times too much or too little."),
    ]
