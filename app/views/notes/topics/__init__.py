"""The sentences, a file for each topic: found, not listed."""

import importlib
import pkgutil
from functools import cache

from app.language import language
from app.views.notes.card import TOPICS, Card


def cards() -> dict[str, Card]:
    """Every card by its name, in the order of the topics and of their files, in the language of this session."""
    return _cards(language())


@cache
def _cards(language: str) -> dict[str, Card]:
    files = [importlib.import_module(f"{__name__}.{module.name}") for module in pkgutil.iter_modules(__path__)]
    found = [card for file in files for card in file.cards()]
    order = list(TOPICS)
    return {card.name: card for card in sorted(found, key=lambda card: order.index(card.topic))}
