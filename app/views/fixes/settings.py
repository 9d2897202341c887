"""What the page of remedies adds to the address: which are switched on, and every number that a remedy declares."""

import dataclasses

from app.language import _
from app.settings import Settings
from cells.analyses.updates import MAX_STEPS
from cells.fields import declared
from cells.remedies import all_remedies, fields
from cells.remedies import labels as switches


def labels() -> dict[str, str]:
    """{name: label} of all remedies, in the order of the switches."""
    return {name: _(label) for name, label in switches().items()}


Fields = dataclasses.make_dataclass(
    "Fields",
    [
        ("remedies", tuple[str, ...], declared(("residual",), "choices", "remedies", choices=labels)),
        *((name, type(field.default), field) for name, field in fields().items()),
        ("sgd_steps", int, declared(30, "whole", "updates", 1, MAX_STEPS)),
    ],
    frozen=True,
    kw_only=True,
)
"""The page's own fields."""


def sliders(settings: Settings) -> list[str]:
    """The numbers of the remedies that are switched on."""
    training = any(all_remedies()[name].acts == "training" for name in settings.remedies)
    return _numbers(settings, choices=False) + (["learning_rate", "sgd_steps"] if training else [])


def menus(settings: Settings) -> list[str]:
    """Their choices."""
    return _numbers(settings, choices=True)


def _numbers(settings: Settings, *, choices: bool) -> list[str]:
    numbers = [number for name in settings.remedies for number in all_remedies()[name].numbers]
    return [number.field for number in numbers if number.field and (number.spec.kind == "choice") == choices]
