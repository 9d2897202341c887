"""A lesson as its script reads it: everything but the truth, which it asks for when the reader looks."""

import math
from functools import lru_cache
from typing import Any

from app.live import component, controls
from app.page import figures, page_of, pages
from app.settings import Settings, fields
from app.views.lessons.lesson import Choice, Lesson, Number, Step, is_log
from app.views.lessons.library import lessons
from cells.experiment import Experiment, every_spec, hyperparameter_specs, specs
from cells.fields import Spec

FIXED = {"hidden_size", "layers", "seed"}
"""Numbers that make another network of each value."""
FRAMES = 10
"""Pictures between the one shown and the one revealed, where only numbers change."""


def of(lesson: Lesson) -> list[dict[str, Any]]:
    """Every step."""
    return [_of(step) for step in lesson.steps]


def others(name: str) -> list[dict[str, str]]:
    """The lessons that come with the laboratory, but one: title and address."""
    here = component.address_of("lessons")
    return [
        {"title": lesson.title, "address": f"{here}?lesson={key}"} for key, lesson in lessons().items() if key != name
    ]


def _of(step: Step) -> dict[str, Any]:
    page = page_of(step.figure)
    return {
        "title": step.title,
        "question": step.question,
        "try": step.invitation,
        "notes": step.notes,
        "endpoint": step.figure,
        "shown": step.shown.to_query(),
        "between": on_the_way(step.shown, step.revealed),
        "revealed": step.revealed.to_query(),
        "moves": step.moves,
        "quiet": step.quiet,
        "kind": type(step.prediction).__name__.lower() if step.prediction else "",
        "controls": [controls.of_any(step.revealed, name) for name in step.sliders],
        "companion": _companion(step.figure, page),
        "address": component.address_of(page),
        "page": pages()[page].title(),
        **_prediction(step),
    }


def _companion(figure: str, page: str) -> dict[str, Any] | None:
    companion = figures()[figure].companion
    return companion and {"script": f"{page}/{companion.script}", "texts": companion.texts()}


def _prediction(step: Step) -> dict[str, Any]:
    if isinstance(step.prediction, Choice):
        return {"options": [option.text for option in step.prediction.options]}
    if isinstance(step.prediction, Number):
        low, high, log = step.prediction.low, step.prediction.high, is_log(step.prediction.measure)
        return {"low": low if log else math.log10(low), "high": high if log else math.log10(high), "isPower": log}
    return {"trace": step.prediction.trace} if step.prediction else {}


@lru_cache(maxsize=256)  # a page says all of its steps at every rerun
def on_the_way(shown: Settings, revealed: Settings) -> tuple[str, ...]:
    """The queries of what lies between."""
    return tuple(settings.to_query() for settings in between(shown, revealed))


def between(shown: Settings, revealed: Settings) -> list[Settings]:
    """Pictures on the way from one to the other where nothing but numbers changes; else none."""
    first, last = _values(shown), _values(revealed)
    changing = {name for name in first if first[name] != last[name]}
    known = every_spec() | fields()
    if not all(name in known and known[name].kind in ("number", "whole") for name in changing) or changing & FIXED:
        return []
    if (shown.overlay, shown.pins) != (revealed.overlay, revealed.pins) or not changing:
        return []
    return [
        _settings(
            shown, first | {name: _blend(known[name], first[name], last[name], frame / FRAMES) for name in changing}
        )
        for frame in range(1, FRAMES)
    ]


def _values(settings: Settings) -> dict[str, Any]:
    """Every number, menu and text, by name."""
    experiment = settings.experiment
    values = {name: getattr(experiment, name) for name in specs()}
    values |= {name: experiment.hyperparameter(name) for name in hyperparameter_specs()}
    return values | {name: getattr(settings, name) for name in fields()}


def _settings(like: Settings, values: dict[str, Any]) -> Settings:
    """Settings of such values, with the overlay and pins of others."""
    experiment = Experiment(
        **{name: values[name] for name in specs()},
        hyperparameters={name: values[name] for name in hyperparameter_specs()},
    )
    own = {name: values[name] for name in fields()}
    return Settings(experiment=experiment, overlay=like.overlay, pins=like.pins, **own)


def _blend(spec: Spec, first: float, last: float, share: float) -> float:
    """A value on the way from one to another; by ratio where its effect is one."""
    if spec.log and min(first, last) > 0:
        value = first * (last / first) ** share
    else:
        value = first + (last - first) * share
    return round(value) if spec.kind == "whole" else float(f"{value:.4g}")
