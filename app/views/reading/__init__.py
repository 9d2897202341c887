"""What does it read? Karpathy's network, networks on any text, and five ways to feed one and to listen."""

from collections.abc import Callable
from typing import Any

from app.background.answer import Answer
from app.figure import Figure, Verdict
from app.language import _
from app.live import player
from app.page import Page
from app.settings import Settings
from app.views.reading import claims, numbers, sheet, verdict
from app.views.reading.figures import greeting, modes, text
from app.views.reading.settings import Fields


def figure(
    compute: Callable[[Settings], Answer[Any]],
    say: Callable[[Settings, Any], Verdict],
    draw: Callable[[Settings, Any, str], dict[str, Any]],
    **more: Any,
) -> Figure:
    """A figure of runs; a sentence where they broke off before there was anything to show."""

    def say_or_why(settings: Settings, found: Any) -> Verdict:
        return verdict.nothing(found) if isinstance(found, numbers.Nothing) else say(settings, found)

    def draw_or_not(settings: Settings, found: Any, mode: str) -> dict[str, Any]:
        return {"data": [], "layout": {}} if isinstance(found, numbers.Nothing) else draw(settings, found, mode)

    return Figure(compute, say_or_why, draw_or_not, extra=player.extra, **more)


PAGE = Page(
    title=lambda: _("What does it read?"),
    group="Train",
    order=80,
    icon="menu_book",
    figures={
        "greeting": figure(numbers.greeting, verdict.greeting, greeting.draw),
        "reading": figure(numbers.readers, verdict.reading, text.draw_reading, measures=numbers.measures),
        "units": figure(numbers.readers, verdict.units, text.draw_units),
        "modes": figure(numbers.listeners, verdict.modes, modes.draw),
    },
    settings=Fields,
    claims=claims.claims,
    legend=verdict.legend,
    sheet=sheet.sheet,
)
