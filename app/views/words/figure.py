"""A term's example, drawn by the figure that shows it."""

from typing import Any

from app.page import figures
from app.settings import Settings
from app.views.words.numbers import Example


def draw(settings: Settings, found: Example, mode: str) -> dict[str, Any]:
    """The figure of the example."""
    return figures()[found.figure].draw(found.settings, found.numbers, mode)
