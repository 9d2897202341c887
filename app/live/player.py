"""What a page tells the player: the field that counts its updates, and its words.

A page shows training runs so:

    widgets.figure("name", settings, more=player.controls(settings, stop=1500))  # the figure with the player
    widgets.figure("other", settings, top=False, more=player.follows())  # further down: shows what is shown above

The figure of "name" computes `training.watch(plans, settings.updates, whole=settings.plain)` and adds
`extra=player.extra`, which reads the `watched` of its numbers. A figure further down computes the same. One player a
field and page.
"""

from typing import Any

from app.language import _
from app.settings import Settings, defaults, fields


def controls(settings: Settings, *, stop: int, field: str = "updates", unit: str = "") -> dict[str, Any]:
    """What the live figure's script reads.

    Args:
        settings: what is shown.
        stop: updates at which playing stops, unless the reader says otherwise.
        field: the whole-number field that counts updates.
        unit: what is counted; updates where empty.
    """
    unit = unit or _("updates")
    return {
        "script": "player.js",
        "player": {
            "field": field,
            "default": defaults()[field],
            "most": fields()[field].high,
            "stop": max(stop, getattr(settings, field)),
            "texts": {
                "player": _("Player"),
                "play": _("Play"),
                "pause": _("Pause"),
                "step": _("One chunk further"),
                "rewind": _("Back to the same start"),
                "stop": _("stop at"),
                "done": "{updates} " + unit,
                "of": _("{reached} of {target}") + f" {unit}",
                "left": _("about {seconds} s left"),
            },
        },
    }


def follows(field: str = "updates") -> dict[str, Any]:
    """What a lower figure's script reads, that shows what the player shows."""
    return {"follows": field}


def extra(settings: Settings, numbers: Any, mode: str) -> dict[str, Any]:
    """What the player reads of a frame: how far the runs were when its numbers were taken, `numbers.watched.state`."""
    return {"course": numbers.watched.state._asdict()}
