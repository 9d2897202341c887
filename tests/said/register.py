"""What a link says, template by template, and where the templates stand.

A test that is marked `@says(link, template, ...)` gets what the link says as `said`. All templates it names must be
said there, and it checks what they say against something that the laboratory did not compute.
"""

import ast
import importlib
import pkgutil
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from gettext import NullTranslations
from pathlib import Path
from typing import Any, NamedTuple
from unittest.mock import patch

import pytest

from app import language
from app.figure import Verdict
from app.page import figures, page_of, pages
from app.settings import Settings
from cells.experiment import Experiment

APP = Path(language.__file__).parent
SPEAKERS = ("phrases.py", "language.py", "views/*/verdict.py", "views/*/terms.py", "views/*/search.py")
"""Modules of the app that make sentences of numbers."""

says = pytest.mark.says
"""Mark of a test: (link, *templates), the link as "figure?query".

`altered=` a function of the numbers that gives those to be spoken of, where what happens would take long to compute.
"""


class Said(NamedTuple):
    """What a link says.

    Attributes:
        settings: what the link sets.
        numbers: what the figure computed.
        verdict: what it says of them.
        spoken: {template: the values of every time it was filled in}; a template without values has none.
        drawn: the figure in the light theme.
    """

    settings: Settings
    numbers: Any
    verdict: Verdict
    spoken: dict[str, list[dict[str, Any]]]
    drawn: dict[str, Any]

    @property
    def experiment(self) -> Experiment:
        """The experiment of the link."""
        return self.settings.experiment

    @property
    def traces(self) -> dict[str, dict[str, Any]]:
        """{key: trace} of the figure drawn."""
        return {trace["uid"]: trace for trace in self.drawn["data"]}

    def values(self, template: str) -> dict[str, Any]:
        """What a template was filled in with, the first time."""
        return self.spoken[template][0]


def open_link(link: str, altered: Callable[[Any], Any] = lambda numbers: numbers) -> Said:
    """What a link says, the legend of its page, and what stands in its figure and goes to its script."""
    figure, _question_mark, query = link.partition("?")
    settings, problems = Settings.repaired(query)
    assert not problems
    numbers = altered(figures()[figure].compute(settings).value())
    with listening() as spoken:
        verdict = figures()[figure].say(settings, numbers)
        pages()[page_of(figure)].legend(settings)
        drawn = figures()[figure].draw(settings, numbers, "light")
        if figures()[figure].extra is not None:
            figures()[figure].extra(settings, numbers, "light")
    return Said(settings, numbers, verdict, dict(spoken), drawn)


@contextmanager
def listening() -> Iterator[dict[str, list[dict[str, Any]]]]:
    """Collects every template that is said, and what it is filled in with."""
    spoken: dict[str, list[dict[str, Any]]] = defaultdict(list)
    fill_in = language.Text.format

    class Listening(NullTranslations):
        def gettext(self, message: str) -> str:
            spoken[message]  # noqa: B018 - said, if only as it is
            return message

    def listened(text: language.Text, /, *args: object, **values: object) -> str:
        spoken[str(text)].append(values)
        return fill_in(text, *args, **values)

    translated = patch.object(language, "_translations", lambda tag: Listening())
    with translated, patch.object(language.Text, "format", listened):
        yield spoken


@cache
def templates() -> dict[str, str]:
    """{template: module} of everything that the speaking modules can say."""
    found = {}
    for path in sorted(path for pattern in SPEAKERS for path in APP.glob(pattern)):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "_":
                if isinstance(node.args[0], ast.Constant):
                    found[node.args[0].value] = str(path.relative_to(APP))
    return found


def entries() -> set[str]:
    """Every template that some test of this folder names."""
    folder = Path(__file__).parent
    found: set[str] = set()
    for module in pkgutil.iter_modules([str(folder)]):
        if module.name.startswith("test_"):
            for value in vars(importlib.import_module(f"{__package__}.{module.name}")).values():
                for mark in getattr(value, "pytestmark", []):
                    if mark.name == "says":
                        found.update(mark.args[1:])
    return found
