"""What this page adds to the address: a term."""

from dataclasses import dataclass

from app.glossary import terms
from cells.fields import declared


def names() -> dict[str, str]:
    """{key: name} of the terms."""
    return {key: term.name for key, term in terms().items()}


@dataclass(frozen=True, kw_only=True)
class Fields:
    """The page's field.

    Attributes:
        term: the term shown.
    """

    term: str = declared("gradient", "choice", "term", choices=names)
