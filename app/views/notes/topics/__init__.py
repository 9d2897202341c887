"""The sentences, a file for each topic: found, not listed."""

import importlib
import pkgutil

from app.language import in_each_language
from app.views.notes.card import TOPICS, Card


@in_each_language
def cards() -> dict[str, Card]:
    """Every card by its name, in the order of the topics and of their files, in the language of this session."""
    files = [importlib.import_module(f"{__name__}.{module.name}") for module in pkgutil.iter_modules(__path__)]
    found = [card for file in files for card in file.cards()]
    order = list(TOPICS)
    return {card.name: card for card in sorted(found, key=lambda card: order.index(card.topic))}
