"""What this page adds to the address: which seeds, what size and what length the sentences are tried at."""

from dataclasses import dataclass

from app.language import _
from app.views.notes.topics import cards
from cells.fields import declared

SIZES = ("8", "16", "32")
LAST_SEED = 995
"""The last first seed."""
LONGEST = 200
"""Steps at most."""


def sizes() -> dict[str, str]:
    """{name: label} of the hidden sizes to choose from."""
    return {size: f"H = {size}" for size in SIZES}


def own_sizes() -> dict[str, str]:
    """The same for one card."""
    return {"": _("as the page")} | sizes()


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
        notes_card_seed: the first of the seeds that this card alone is tried at; -1 for the page's.
        notes_card_length: its length in steps; 0 for the page's.
        notes_card_size: its hidden size; empty for the page's.
    """

    notes_seed: int = declared(0, "whole", "first seed", 0, LAST_SEED)
    notes_length: int = declared(100, "whole", "length (steps)", 30, LONGEST)
    notes_size: str = declared("16", "choice", "hidden size", choices=sizes)
    notes_card: str = declared("", "choice", "card", choices=names)
    notes_card_seed: int = declared(-1, "whole", "first seed of the card", -1, LAST_SEED)
    notes_card_length: int = declared(0, "whole", "length of the card (steps)", 0, LONGEST)
    notes_card_size: str = declared("", "choice", "hidden size of the card", choices=own_sizes)
