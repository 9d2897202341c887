"""A step's picture as it is revealed, drawn by the figure that it is of."""

from typing import Any

from app.page import figures
from app.settings import Settings
from app.views.lessons.numbers import Told


def draw(settings: Settings, found: Told, mode: str) -> dict[str, Any]:
    """The figure of the step."""
    return figures()[found.step.figure].draw(found.step.revealed, found.numbers, mode)
