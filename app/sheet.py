"""What a teacher is given with a page: its goal, questions with answers, what it simplifies, what its address takes."""

import math
from collections.abc import Callable
from typing import Any, NamedTuple

from app.language import _, in_each_language
from app.settings import Shared, defaults, fields
from cells.experiment import default_experiment, every_spec, hyperparameter_specs, specs
from cells.fields import Spec, declarations, written

LISTED = 14
"""Names that a range gives one by one; more are counted."""
MIDDLE = 64
"""A step that lies inside the usual sequence."""


class Example(NamedTuple):
    """A link that shows something: what is to be seen there, and "page?query"."""

    label: str
    link: str


class Question(NamedTuple):
    """A question that a lecturer would ask.

    Attributes:
        name: a key that stays the same in every language.
        question: what is asked.
        answer: what is so; every number and comparison of it is tested.
        examples: where the laboratory shows it.
    """

    name: str
    question: str
    answer: str
    examples: tuple[Example, ...]


class Sheet(NamedTuple):
    """What a page declares for teachers, in the language of the session.

    Attributes:
        goal: what who has worked with the page can do, in one sentence.
        questions: three.
        simplifies: what the model leaves out or assumes, a sentence each.
    """

    goal: str
    questions: tuple[Question, ...]
    simplifies: tuple[str, ...]


class Parameter(NamedTuple):
    """A name that the address takes.

    Attributes:
        name: as it is written there.
        means: what it is.
        accepts: its range, in words.
        default: its value where nothing is said, as it would be written.
        query: an address that sets it to something else; "" where none can be guessed and none is declared.
    """

    name: str
    means: str
    accepts: str
    default: str
    query: str


def of_page(declaring: type) -> list[Parameter]:
    """What a page adds to the address, in the order it is declared."""
    return [parameter(name, fields()[name], defaults()[name]) for name in declarations(declaring)]


def of_every_page() -> list[Parameter]:
    """What every page takes: the experiment, then what several pages share."""
    usual = default_experiment()
    values = {name: getattr(usual, name) for name in specs()}
    values |= {name: usual.hyperparameter(name) for name in hyperparameter_specs()}
    found = [parameter(name, spec, values[name]) for name, spec in every_spec().items()]
    return found + of_page(Shared)


def parameter(name: str, spec: Spec, default: Any) -> Parameter:
    """One name of the address."""
    means = f"{_(spec.label)}. {_(spec.help)}" if spec.help else _(spec.label)
    query = spec.example or (f"{name}={another(spec, default)}" if spec.kind in _OTHERS else "")
    return Parameter(name, means, accepts(spec), written(default), query)


def accepts(spec: Spec) -> str:
    """A field's range, in words."""
    return _RANGES[spec.kind](spec)


def another(spec: Spec, default: Any) -> str:
    """A value that is not the default, as text, for a field of a kind of which one can be guessed."""
    return written(_OTHERS[spec.kind](spec, default))


def _another_number(spec: Spec, default: float) -> float:
    middle = math.sqrt(spec.low * spec.high) if spec.log and spec.low > 0 else (spec.low + spec.high) / 2
    value = float(f"{middle:.2g}")
    return value if value != default else float(f"{(spec.low + default) / 2:.2g}")


def _another_whole(spec: Spec, default: int) -> int:
    """Twice as many, for what is counted may take long."""
    if spec.unit == "step":
        return MIDDLE if default != MIDDLE else MIDDLE // 2
    twice = 2 * default if default > 0 else default + 1
    return twice if twice <= spec.high else max(int(spec.low), default // 2)


def _names(spec: Spec) -> str:
    names = list(spec.choices())
    listed = ", ".join(name or _("nothing") for name in names[:LISTED])
    if len(names) <= LISTED:
        return listed
    return _("{names} and {count} more").format(names=listed, count=len(names) - LISTED)


def _between(spec: Spec) -> str:
    return _("{low:g} to {high:g}").format(low=spec.low, high=spec.high)


_RANGES: dict[str, Callable[[Spec], str]] = {
    "number": _between,
    "whole": lambda spec: _("whole, {low:d} to {high:d}").format(low=int(spec.low), high=int(spec.high)),
    "switch": lambda spec: "true, false",
    "choice": _names,
    "choices": lambda spec: _("several, with commas: {names}").format(names=_names(spec)),
    "text": lambda spec: _("text, up to {most:d} characters").format(most=int(spec.high)),
    "numbers": lambda spec: _("numbers with commas, each up to {most:g} in size").format(most=spec.high),
}
_OTHERS: dict[str, Callable[[Spec, Any], Any]] = {
    "number": _another_number,
    "whole": _another_whole,
    "switch": lambda spec, default: not default,
    "choice": lambda spec, default: next(name for name in spec.choices() if name != default),
    "choices": lambda spec, default: next((name,) for name in spec.choices() if (name,) != default),
}


@in_each_language
def made(sheet: Callable[[], Sheet]) -> Sheet:
    """A page's sheet in the language of this session, made once."""
    return sheet()
