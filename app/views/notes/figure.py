"""The tally: how many sentences of each topic hold, and how many do not."""

from typing import Any

from app.plot import style, theme
from app.plot.traces import bars
from app.settings import Settings
from app.views.notes.card import TOPICS, VERDICTS, verdict_colours
from app.views.notes.numbers import Notes
from app.views.notes.topics import cards

UNDECIDED = "rgba(127,127,127,0.3)"
"""What is still being tried, so that the others stand out."""


def draw(settings: Settings, found: Notes, mode: str) -> dict[str, Any]:
    """A bar for each topic, with a part for each verdict."""
    colours, of_verdict = theme.colours(mode), verdict_colours(mode) | {"pending": UNDECIDED}
    every, verdicts = cards(), found.verdicts()
    topics = [label() for label in TOPICS.values()]
    traces = []
    for key, label in VERDICTS.items():
        counts = [
            sum(verdict == key and every[name].topic == topic for name, verdict in verdicts.items()) for topic in TOPICS
        ]
        traces.append(
            bars(
                f"notes.{key}",
                label(),
                counts,
                topics,
                of_verdict[key],
                orientation="h",
                hover="%{y}: %{x}",
            )
        )
    layout = style.layout(colours) | {
        "barmode": "stack",
        "bargap": 0.35,
        "margin": {"l": 8, "r": 16, "t": 6, "b": 40},
        "hovermode": "closest",
        "uirevision": "notes",
        "xaxis": style.axis(colours, title="", dtick=5, tickformat="d", rangemode="tozero"),
        "yaxis": style.axis(colours, autorange="reversed", showgrid=False, automargin=True),
    }
    return {"data": traces, "layout": layout}
