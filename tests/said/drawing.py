"""What a figure draws of what was said."""

from typing import Any

from app.page import figures
from tests.said.register import Said


def traces(figure: str, said: Said) -> dict[str, dict[str, Any]]:
    """{key of the trace: the trace} of a figure in its light theme."""
    return {trace["uid"]: trace for trace in drawn(figure, said)["data"]}


def drawn(figure: str, said: Said) -> dict[str, Any]:
    """A figure in its light theme."""
    return figures()[figure].draw(said.settings, said.numbers, "light")
