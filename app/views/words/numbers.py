"""A term's example: the numbers of the figure that shows it, on whatever page that stands."""

from functools import cache
from typing import Any, NamedTuple

from app.background.answer import Answer
from app.glossary import Term, terms
from app.page import figures
from app.settings import Settings


class Example(NamedTuple):
    """A term, the figure that shows it, what that is set to, and what it has computed."""

    term: Term
    figure: str
    settings: Settings
    numbers: Any


def example(settings: Settings) -> Answer[Example]:
    """The example of the term chosen."""
    term = terms()[settings.term]
    figure, shown = opened(term.example)
    return figures()[figure].compute(shown).then(lambda numbers: Example(term, figure, shown, numbers))


@cache
def opened(link: str) -> tuple[str, Settings]:
    """The figure and the settings of a link of the form "figure?query"."""
    figure, _question_mark, query = link.partition("?")
    return figure, Settings.repaired(query)[0]
