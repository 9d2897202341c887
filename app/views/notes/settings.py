"""What this page adds to the address: which seeds, what size and what length the sentences are tried at."""

from dataclasses import dataclass

from app.language import _
from app.views.notes.topics import cards
from cells.fields import declared

SIZES = ("8", "16", "32")


def sizes() -> dict[str, str]:
    """{name: label} of the hidden sizes to choose from."""
    return {size: f"H = {size}" for size in SIZES}


def names() -> dict[str, str]:
    """{name: label} of the cards that a link may bring into view."""
    return {"": _("no card")} | {name: card.claim for name, card in cards().items()}


@dataclass(frozen=True, kw_only=True)
class Fields:
    """The page's fields.

    Attributes:
        notes_seed: the first of the seeds.
        notes_length: steps.
        notes_size: hidden size.
        notes_card: the card that is brought into view.
    """

    notes_seed: int = declared(0, "whole", "first seed", 0, 995)
    notes_length: int = declared(100, "whole", "length (steps)", 30, 200)
    notes_size: str = declared("16", "choice", "hidden size", choices=sizes)
    notes_card: str = declared("", "choice", "card", choices=names)
