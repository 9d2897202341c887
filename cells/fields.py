"""Declared fields: what a frozen dataclass of plain values accepts, and how its values are written and read as text.

A field is declared once, with its `Spec`; from it follow the check, the words of the error, the text in a link, and the
widget that an interface shows.
"""

import dataclasses
import math
import re
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Any, NamedTuple
from urllib.parse import parse_qs

import numpy as np

LISTED = 32
"""Names that a message gives of those that may be combined."""


class FieldError(ValueError):
    """A value that cannot be; the message begins with its field, and says what was expected and what came."""

    @property
    def field(self) -> str:
        """Name of the field that cannot be."""
        return str(self).partition(":")[0]


class Spec(NamedTuple):
    """What one field accepts; an interface reads it.

    Attributes:
        kind: "whole", "number", "switch", "choice", "choices", "text" or "numbers".
        label: name on the screen, with its unit.
        low: smallest value.
        high: largest value; for a text its longest length.
        log: whether its effect is multiplicative.
        help: one sentence for the reader.
        choices: of a "choice" or "choices", gives {value: label} in menu order.
        pattern: of a "text", the regular expression it must match; its help says so in words.
        check: of a "text", gives it as it is kept, or raises a ValueError that says what was expected and what came.
        unit: "step" where the value is a step of the sequence, so that it ends where the sequence does; else "".
        example: a query that shows what another value does, where one cannot be guessed from the rest; else "".
    """

    kind: str
    label: str
    low: float = 0
    high: float = 0
    log: bool = False
    help: str = ""
    choices: Callable[[], Mapping[str, str]] = dict
    pattern: str = ""
    check: Callable[[str], str] | None = None
    unit: str = ""
    example: str = ""

    def read(self, name: str, value: Any) -> Any:
        """The value as this field's type.

        Args:
            name: the field, for the message.
            value: a plain value, or its text.

        Raises:
            FieldError: it is of another type, not finite, or out of range.
        """
        return _READERS[self.kind](self, name, value)


def declared(default: Any, *spec: Any, **more: Any) -> Any:
    """A dataclass field that carries its `Spec`."""
    return dataclasses.field(default=default, metadata={"spec": Spec(*spec, **more)})


@cache
def declarations(declaring: type) -> dict[str, Spec]:
    """What each declared field of a dataclass accepts, by name, in the order they are declared."""
    return {item.name: item.metadata["spec"] for item in dataclasses.fields(declaring) if "spec" in item.metadata}


def departures(declaring: Any) -> list[tuple[str, str]]:
    """(name, text) of every declared field that does not have its default."""
    defaults = {item.name: item.default for item in dataclasses.fields(declaring)}
    named = [(name, getattr(declaring, name)) for name in declarations(type(declaring))]
    return [(name, written(value)) for name, value in named if value != defaults[name]]


def readable(specs: Mapping[str, Spec], values: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """The values that can be read, by name, and a sentence for each that cannot; names without a spec are left alone.

    Args:
        specs: what each field accepts.
        values: plain values, or their texts.
    """
    fields, problems = {}, []
    for name, spec in specs.items():
        if name in values:
            try:
                fields[name] = spec.read(name, values[name])
            except FieldError as error:
                problems.append(str(error))
    return fields, problems


def last_values(query: str | Mapping[str, str]) -> dict[str, str]:
    """{name: text} of a query string; of repeated names the last counts."""
    if isinstance(query, str):
        return {name: values[-1] for name, values in parse_qs(query, keep_blank_values=True).items()}
    return dict(query)


def written(value: Any) -> str:
    """A plain value as text that reads back to the same value."""
    if isinstance(value, tuple):
        return ",".join(written(item) for item in value)
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value == int(value):
        return str(int(value))
    return repr(value) if isinstance(value, float) else str(value)


def labels(table: Callable[[], Mapping[str, Any]]) -> Callable[[], dict[str, str]]:
    """The choices that a table offers whose rows have a label."""
    return lambda: {key: row.label for key, row in table().items()}


def _expected(name: str, what: str, value: Any) -> FieldError:
    shown = repr(value)
    return FieldError(f"{name}: expected {what}; got {shown if len(shown) <= 40 else shown[:40] + '…'}.")


def _number(value: Any) -> float | None:
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def _read_number(spec: Spec, name: str, value: Any) -> float:
    number = None if isinstance(value, bool) else _number(value)
    if number is None or not spec.low <= number <= spec.high:
        raise _expected(name, f"a number from {spec.low:g} to {spec.high:g}", value)
    return number


def _read_whole(spec: Spec, name: str, value: Any) -> int:
    number = None if isinstance(value, bool) else _number(value)
    if number is None or number != int(number) or not spec.low <= number <= spec.high:
        raise _expected(name, f"a whole number from {spec.low:d} to {spec.high:d}", value)
    return int(number)


def _read_switch(spec: Spec, name: str, value: Any) -> bool:
    known = {"true": True, "1": True, "1.0": True, "false": False, "0": False, "0.0": False}
    if str(value).lower() not in known:
        raise _expected(name, "true or false", value)
    return known[str(value).lower()]


def _read_choice(spec: Spec, name: str, value: Any) -> str:
    choices = spec.choices()
    if not isinstance(value, str) or value not in choices:
        raise _expected(name, f"one of {', '.join(choices)}", value)
    return value


def _read_choices(spec: Spec, name: str, value: Any) -> tuple[str, ...]:
    choices = spec.choices()
    named: Iterable[str] = [item for item in value.split(",") if item] if isinstance(value, str) else list(value)
    strange = [item for item in named if item not in choices]
    if strange:
        raise _expected(name, f"names among {_listed(choices)}", ", ".join(map(str, strange)))
    return tuple(choice for choice in choices if choice in named)


def _listed(names: Mapping[str, str]) -> str:
    shown = list(names)[:LISTED]
    return ", ".join(shown) + (f" and {len(names) - len(shown)} more" if len(names) > len(shown) else "")


def _read_text(spec: Spec, name: str, value: Any) -> str:
    if not isinstance(value, str):
        raise _expected(name, "text", value)
    if len(value) > spec.high:
        raise FieldError(f"{name}: expected at most {spec.high:d} characters; got {len(value)}.")
    if any(0xD800 <= ord(character) < 0xE000 for character in value):
        raise FieldError(f"{name}: expected text that a link can carry; got half of a surrogate pair.")
    if spec.pattern and not re.fullmatch(spec.pattern, value, re.ASCII):
        raise _expected(name, spec.help, value)
    try:
        return value if spec.check is None else spec.check(value)
    except ValueError as error:
        raise FieldError(f"{name}: {error}") from None


def _read_numbers(spec: Spec, name: str, value: Any) -> tuple[float, ...]:
    items = value.replace(",", " ").split() if isinstance(value, str) else np.ravel(value).tolist()
    numbers = tuple(_number(item) for item in items)
    if any(number is None or not abs(number) <= spec.high for number in numbers):
        raise _expected(name, f"finite numbers from {-spec.high:g} to {spec.high:g}, separated by commas", value)
    return numbers


_READERS = {
    "number": _read_number,
    "whole": _read_whole,
    "switch": _read_switch,
    "choice": _read_choice,
    "choices": _read_choices,
    "text": _read_text,
    "numbers": _read_numbers,
}
