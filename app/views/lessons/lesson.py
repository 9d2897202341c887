"""A lesson: plain data that a lecturer writes without programming; read and checked with a sentence for each mistake.

A lesson is a TOML file. Of a whole address the page says which figure is meant:

    title = "Why do gradients vanish?"
    about = "One sentence on what one can say afterwards."
    minutes = 10

    [[steps]]
    title = "Half the gain"
    question = "The recurrent weights are halved. What is left of the gradient at step 1?"
    shown = "cell=rnn&overlay=rnn"                   # what stands on the screen while the question stands
    revealed = "cell=rnn&overlay=rnn&gain=0.5"       # what it becomes; left out where nothing moves
    truth = "Step 1 receives {log10_ratio} of what the loss gives: {factor} a step."
    why = "Every step multiplies by half as much."
    sliders = ["gain", "length"]
    [steps.number]                                   # or [steps.choice], or [steps.curve], or nothing at all
    measure = "log10_ratio"
    low = -40
    high = 5
"""

import base64
import binascii
import json
import re
import tomllib
import zlib
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import tomli_w

from app.figure import Unanswerable
from app.language import _
from app.page import figures, pages
from app.settings import Settings, fields
from cells.experiment import every_spec

STEP = "step"
"""The figure that shows lessons, and is in none."""
MOST_STEPS = 40
LONGEST = 1200
"""Characters of any one text."""
MOST_BYTES = 60_000
"""Of a lesson as data."""
NUMBER = re.compile(r"\{([a-z0-9_.]+)\}")
"""A measure in a text."""
MINUS = " - "
"""Between two measures whose difference is meant."""


class LessonError(Unanswerable):
    """What is wrong with a lesson: where, what was expected, and what came."""


class Option(NamedTuple):
    """An answer to choose; it is right where the measure lies between `low` and `high`."""

    text: str
    low: float
    high: float


class Choice(NamedTuple):
    """One of two to four answers."""

    measure: str
    options: tuple[Option, ...]


class Number(NamedTuple):
    """A number to estimate.

    Attributes:
        measure: what is estimated; one whose name begins with log10 is estimated in decades.
        low: the least estimate.
        high: the largest.
    """

    measure: str
    low: float
    high: float


class Curve(NamedTuple):
    """A curve to draw: `trace` is its name in the figure, the first curve where empty."""

    trace: str


class Held(NamedTuple):
    """What a text rests on: the measure lies between `low` and `high`, at every seed tried."""

    measure: str
    low: float
    high: float


class Step(NamedTuple):
    """A question, what is on the screen, and the truth.

    Attributes:
        title: a few words.
        question: what is asked, in plain words.
        figure: name of the figure.
        shown: what it shows while the question stands.
        revealed: what it shows then.
        prediction: what the reader predicts; None where there is nothing but to try.
        truth: one sentence, with measures in braces.
        why: the reason.
        invitation: what to try then.
        sliders: fields that may be moved then.
        notes: what the speaker alone reads.
        holds: what its texts rest on.
        seeds: how many seeds from its own they hold for.
        quiet: whether what the figure says is left out until the truth is told, since it would tell it.
    """

    title: str
    question: str
    figure: str
    shown: Settings
    revealed: Settings
    prediction: Choice | Number | Curve | None
    truth: str
    why: str
    invitation: str
    sliders: tuple[str, ...]
    notes: str
    holds: tuple[Held, ...]
    seeds: int
    quiet: bool

    @property
    def moves(self) -> bool:
        """Whether the picture changes when the truth is told."""
        return self.shown != self.revealed


class Lesson(NamedTuple):
    """Steps in their order.

    Attributes:
        title: its question.
        about: one sentence.
        minutes: how long it takes in a class.
        order: its place among the lessons.
        steps: at least one.
        data: what it was read from.
    """

    title: str
    about: str
    minutes: int
    order: int
    steps: tuple[Step, ...]
    data: dict[str, Any]


def read(text: str, translate: Callable[[str], str] = str) -> Lesson:
    """A lesson from TOML.

    Raises:
        LessonError: it is not one.
    """
    if len(text.encode()) > MOST_BYTES:
        raise LessonError(_("Expected at most {most} bytes; got {count}.").format(most=MOST_BYTES, count=len(text)))
    try:
        data = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise LessonError(_("Expected a lesson as TOML; {problem}.").format(problem=str(error)[:200])) from None
    return checked(data, translate)


def written(lesson: Lesson) -> str:
    """A lesson as TOML."""
    return tomli_w.dumps(lesson.data, multiline_strings=True)


def packed(lesson: Lesson) -> str:
    """A lesson as text that a link can carry."""
    content = json.dumps(lesson.data, ensure_ascii=False, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(zlib.compress(content, 9)).decode().rstrip("=")


def unpacked(text: str) -> Lesson:
    """A lesson from the text in a link.

    Raises:
        LessonError: it is none.
    """
    problem = LessonError(_("expected a lesson as “Make your own” writes it into a link; got something else."))
    try:
        content = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        opener = zlib.decompressobj()
        plain = opener.decompress(content, MOST_BYTES)
        if opener.unconsumed_tail or not opener.eof:
            raise problem
        data = json.loads(plain)
    except (binascii.Error, zlib.error, ValueError, RecursionError):
        raise problem from None
    return checked(data)


def checked(data: Any, translate: Callable[[str], str] = str) -> Lesson:
    """A lesson from plain data.

    Args:
        data: what TOML or JSON gives.
        translate: of every text that the reader sees.

    Raises:
        LessonError: it is not one.
    """
    table = _Table(_("The lesson"), data, translate)
    table.knows("title", "about", "minutes", "order", "steps")
    steps = table.tables("steps")
    if not 1 <= len(steps) <= MOST_STEPS:
        raise table.problem("steps", _("1 to {most} steps").format(most=MOST_STEPS), len(steps))
    return Lesson(
        table.text("title", needed=True),
        table.text("about"),
        int(table.number("minutes", 0)),
        int(table.number("order", 1000)),
        tuple(_step(number, step, translate) for number, step in enumerate(steps, start=1)),
        data,
    )


def _step(number: int, data: Any, translate: Callable[[str], str]) -> Step:
    table = _Table(_("Step {number}").format(number=number), data, translate)
    table.knows(
        *("title", "question", "figure", "shown", "revealed", "truth", "why", "try", "sliders", "notes", "seeds"),
        "quiet",
        *("choice", "number", "curve", "holds"),
    )
    predictions = [kind for kind in ("choice", "number", "curve") if kind in table.data]
    if len(predictions) > 1:
        raise table.problem(" ".join(predictions), _("one prediction"), len(predictions))
    revealed_in, revealed = table.settings("revealed" if "revealed" in table.data else "shown")
    shown_in, shown = table.settings("shown") if "shown" in table.data else (revealed_in, revealed)
    named = table.text("figure") or revealed_in or shown_in or next(iter(figures()))
    known = [name for name in figures() if name != STEP]
    if named not in known:
        raise table.problem("figure", _("one of {names}").format(names=", ".join(known)), named)
    sliders = table.names("sliders", {**every_spec(), **fields()})
    return Step(
        table.text("title", needed=True),
        table.text("question", needed=True),
        named,
        shown,
        revealed,
        _prediction(table, predictions[0]) if predictions else None,
        table.text("truth", needed=bool(predictions)),
        table.text("why"),
        table.text("try"),
        sliders,
        table.text("notes"),
        tuple(_held(each) for each in table.inner_tables("holds")),
        int(table.number("seeds", 3, 1, 20)),
        table.switch("quiet"),
    )


def _prediction(table: "_Table", kind: str) -> Choice | Number | Curve:
    mine = table.inner(kind)
    if kind == "curve":
        mine.knows("trace")
        return Curve(mine.plain("trace"))
    if kind == "number":
        mine.knows("measure", "low", "high")
        low, high = mine.number("low"), mine.number("high")
        if not low < high:
            raise mine.problem("high", _("more than low, {low}").format(low=low), high)
        if not is_log(mine.plain("measure")) and low <= 0:
            raise mine.problem("low", _("more than 0, since estimates are by factors"), low)
        return Number(mine.plain("measure", needed=True), low, high)
    mine.knows("measure", "options")
    options = mine.inner_tables("options")
    if not 2 <= len(options) <= 4:
        raise mine.problem("options", _("2 to 4 options"), len(options))
    for option in options:
        option.knows("text", "low", "high")
    return Choice(
        mine.plain("measure", needed=True),
        tuple(Option(option.text("text", needed=True), *(option.number(*end) for end in ENDS)) for option in options),
    )


ENDS = (("low", -float("inf")), ("high", float("inf")))


def _held(table: "_Table") -> Held:
    table.knows("measure", "low", "high")
    return Held(table.plain("measure", needed=True), *(table.number(*end) for end in ENDS))


def is_log(measure: str) -> bool:
    """Whether a measure is a logarithm."""
    return measure.rpartition(".")[2].startswith("log10")


class _Table:
    """A table of the file, which says what is wrong with it."""

    def __init__(self, where: str, data: Any, translate: Callable[[str], str]):
        self.where, self.data, self.translate = where, data, translate
        if not isinstance(data, Mapping):
            raise LessonError(_("{where}: expected a table; got {value}.").format(where=where, value=_brief(data)))

    def problem(self, key: str, expected: str, value: Any) -> LessonError:
        text = _("{where}, {key}: expected {expected}; got {value}.")
        return LessonError(text.format(where=self.where, key=key, expected=expected, value=_brief(value)))

    def knows(self, *keys: str) -> None:
        strange = [key for key in self.data if key not in keys]
        if strange:
            raise self.problem(_brief(strange[0]), _("one of {names}").format(names=", ".join(keys)), strange[0])

    def plain(self, key: str, *, needed: bool = False) -> str:
        value = self.data.get(key, "")
        if not isinstance(value, str):
            raise self.problem(key, _("text"), value)
        if len(value) > LONGEST:
            raise self.problem(key, _("at most {most} characters").format(most=LONGEST), len(value))
        if needed and not value.strip():
            raise self.problem(key, _("some text"), _("none"))
        return value

    def text(self, key: str, *, needed: bool = False) -> str:
        value = self.plain(key, needed=needed)
        return self.translate(value) if value else value

    def number(self, key: str, default: float | None = None, low: float = -1e9, high: float = 1e9) -> float:
        value = self.data.get(key, default)
        if value is default and default is not None:
            return default
        if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
            raise self.problem(key, _("a number from {low:g} to {high:g}").format(low=low, high=high), value)
        return value

    def switch(self, key: str) -> bool:
        value = self.data.get(key, False)
        if not isinstance(value, bool):
            raise self.problem(key, _("true or false"), value)
        return value

    def tables(self, key: str) -> list[Any]:
        value = self.data.get(key, [])
        if not isinstance(value, list):
            raise self.problem(key, _("a list of tables"), value)
        return value

    def inner(self, key: str) -> "_Table":
        return _Table(f"{self.where}, {key}", self.data[key], self.translate)

    def inner_tables(self, key: str) -> list["_Table"]:
        return [_Table(f"{self.where}, {key}", each, self.translate) for each in self.tables(key)]

    def names(self, key: str, known: Mapping[str, Any]) -> tuple[str, ...]:
        value = self.data.get(key, [])
        if not isinstance(value, list) or not all(isinstance(name, str) for name in value):
            raise self.problem(key, _("a list of names"), value)
        for name in value:
            if name not in known or known[name].kind not in ("number", "whole"):
                numbers = [name for name, spec in known.items() if spec.kind in ("number", "whole")]
                raise self.problem(key, _("names among {names}").format(names=", ".join(numbers)), name)
        return tuple(value)

    def settings(self, key: str) -> tuple[str, Settings]:
        """The figure an address leads to, "" where it is none but a query, and its settings."""
        value = self.plain_query(key)
        address = urlsplit(value if "?" in value or "/" in value else f"?{value}")
        page = address.path.rpartition("/")[2]
        figure = next(iter(pages()[page].figures)) if page in pages() else ""
        found, problems = Settings.repaired(address.query)
        if problems:
            raise LessonError(f"{self.where}, {key}: {' '.join(problems)[:400]}")
        return figure, found

    def plain_query(self, key: str) -> str:
        value = self.data.get(key, "")
        if not isinstance(value, str) or len(value) > 4 * LONGEST:
            raise self.problem(key, _("an address or its part behind the question mark"), value)
        return value


def _brief(value: Any) -> str:
    shown = value if isinstance(value, str) else repr(value)
    return shown if len(shown) <= 60 else shown[:60] + "…"
