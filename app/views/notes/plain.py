"""The cards where the live component cannot draw them."""

from app import widgets
from app.settings import Settings
from app.views.notes.card import VERDICTS
from app.views.notes.numbers import notes
from app.views.notes.verdict import card


def cards(settings: Settings) -> None:
    """Every sentence with its verdict and what it rests on."""
    found = notes(settings).value()
    told = [card(settings, name, found) for name in found.trials]
    widgets.cards(
        [
            (
                f"{each['claim']} — {VERDICTS[each['verdict']]()}",
                "  \n".join([*(f"{case['says']} {case['measured']}" for case in each["cases"]), each["why"]]),
            )
            for each in told
        ]
    )
