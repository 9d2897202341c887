"""A term's example: the numbers of the figure that shows it, on whatever page that stands."""

from typing import Any, NamedTuple

from app.background.answer import Answer
from app.glossary import Term, terms
from app.page import figures
from app.settings import Settings


class Example(NamedTuple):
    """A term, and what the figure that shows it has computed."""

    term: Term
    numbers: Any


def example(settings: Settings) -> Answer[Example]:
    """The example of the term chosen."""
    term = terms()[settings.term]
    return figures()[term.figure].compute(term.settings()).then(lambda numbers: Example(term, numbers))
